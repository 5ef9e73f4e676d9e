/* leat log: looks into the files of logs, and changes nothing. */
#include <errno.h>

#include "log/log_tool.h"
#include "main/leat.h"

#include "base/banned.h"

#define LOGS_MAX   64u
#define PATH_BYTES 4096u

/* What lies in the directory that was named. */
struct place {
    unsigned logs[LOGS_MAX]; /* numbers of log-N below it */
    unsigned logs_count;
    bool is_log; /* it is one itself */
};

/* The number of "log-N"; false for other names. */
static bool read_log_name(const char *name, unsigned *ret_number)
{
    uint64_t number;
    if (strncmp(name, "log-", 4) != 0 || !leat_read_number(name + 4, &number) ||
        number > UINT16_MAX)
        return false;
    *ret_number = (unsigned)number;
    return true;
}

static void found_name(void *context, const char *name)
{
    struct place *place = context;
    struct slice text = slice_from_text(name);
    unsigned number;
    if (read_log_name(name, &number) && place->logs_count < LOGS_MAX)
        place->logs[place->logs_count++] = number;
    place->is_log |= slice_starts_with(text, SLICE("segment-")) ||
                     slice_starts_with(text, SLICE("snapshot-")) ||
                     slice_starts_with(text, SLICE("spare-"));
}

static int compare_numbers(const void *a, const void *b)
{
    unsigned left = *(const unsigned *)a, right = *(const unsigned *)b;
    return left < right ? -1 : left > right;
}

/* ---- check and dump of one log ---- */

struct looking {
    bool is_dump;
    struct log_tool_filter filter;
};

static int look(const struct looking *looking, const char *path)
{
    struct files *files = files_system();
    enum err err = looking->is_dump ? log_tool_dump(files, path, &looking->filter, stdout)
                                    : log_tool_check(files, path, stdout);
    if (err == ERR_OK)
        return LEAT_GOOD;
    return err == ERR_CORRUPT ? LEAT_BAD
                              : leat_refuse("%s: cannot be read: %s", path, err_name(err));
}

/* Damage counts more than what cannot be read: the status of several logs is the gravest. */
static int worse(int a, int b)
{
    if (a == LEAT_BAD || b == LEAT_BAD)
        return LEAT_BAD;
    return a > b ? a : b;
}

static int look_at_all(const struct looking *looking, const char *directory, struct place *place)
{
    int status = LEAT_GOOD;
    qsort(place->logs, place->logs_count, sizeof(place->logs[0]), compare_numbers);
    for (unsigned i = 0; i < place->logs_count; i++) {
        char path[PATH_BYTES];
        int bytes = snprintf(path, sizeof(path), "%s/log-%u", directory, place->logs[i]);
        if (bytes < 0 || (size_t)bytes >= sizeof(path))
            return leat_refuse("%s: the path is too long", directory);
        printf("%s:\n", path);
        status = worse(status, look(looking, path));
    }
    return status;
}

/* ---- the command line ---- */

static bool read_filter(const struct leat_request *request, struct log_tool_filter *ret_filter)
{
    struct log_tool_filter filter = {0};
    if (request->queue != NULL && !leat_read_number(request->queue, &filter.queue))
        return false;
    if (request->from != NULL && !leat_read_number(request->from, &filter.sequence) &&
        !log_tool_position(slice_from_text(request->from), &filter.position))
        return false;
    *ret_filter = filter;
    return true;
}

int leat_log(struct leat_request *request)
{
    struct files *files = files_system();
    struct place place = {0};
    struct looking looking = {0};
    if (strcmp(request->words[0], "status") == 0)
        return leat_log_status(request);
    const char *directory = request->words[1];
    looking.is_dump = strcmp(request->words[0], "dump") == 0;
    if (!read_filter(request, &looking.filter))
        return leat_refuse(
            "--from wants a sequence number or segment-XXXXXXXX:OFFSET, --queue a number");
    enum err err = files->list(files, directory, found_name, &place);
    if (err != ERR_OK)
        return leat_refuse("%s: %s", directory, strerror(errno));
    if (!place.is_log && place.logs_count == 0)
        return leat_refuse("%s holds no log", directory);
    int status =
        place.is_log ? look(&looking, directory) : look_at_all(&looking, directory, &place);
    if (fflush(stdout) != 0)
        return leat_fail("cannot write: %s", strerror(errno));
    return status;
}

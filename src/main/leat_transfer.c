/* leat export, leat import: messages of a queue to JSON lines and back. */
#include <errno.h>

#include "main/leat.h"

#include "base/banned.h"

/* A request of an import: many small lines or one large one. */
#define BATCH_BYTES    (1u << 20)
#define BATCH_LINES    500u
#define LINE_BYTES_MAX (4u << 20) /* the server's limit of a request */
/* A disk that is behind is asked again. */
#define PAUSE_MS   100
#define PAUSES_MAX 100

static FILE *open_file(const char *path, const char *mode, FILE *standard)
{
    FILE *file = path != NULL ? fopen(path, mode) : standard;
    if (file == NULL)
        leat_fail("cannot open %s: %s", path, strerror(errno));
    return file;
}

/* ---- export ---- */

static json_t *ask_page(struct leat_request *request, uint64_t after)
{
    struct slice target =
        arena_print(&request->arena, "/export?after=%llu", (unsigned long long)after);
    target = leat_add_parameter(request, target, "queue", request->words[0]);
    target = leat_add_parameter(request, target, "account", request->account);
    return leat_ask(request, "GET", target, SLICE_NONE);
}

/* Takes the answer's reference. *after becomes 0 behind the last page. */
static int write_page(struct leat_request *request, json_t *answer, FILE *out, uint64_t *after,
                      unsigned long long *count)
{
    json_t *message;
    size_t i;
    json_array_foreach(json_object_get(answer, "messages"), i, message)
    {
        leat_print_json(message, out);
        ++*count;
    }
    const char *next = leat_text_of(answer, "next");
    bool is_read = *next == '\0' || leat_read_number(next, after);
    if (*next == '\0')
        *after = 0;
    json_decref(answer);
    arena_reset(&request->arena);
    if (!is_read)
        return leat_fail("the server's answer cannot be read");
    return ferror(out) ? leat_fail("cannot write: %s", strerror(errno)) : LEAT_GOOD;
}

static int write_pages(struct leat_request *request, json_t *first, FILE *out)
{
    unsigned long long count = 0;
    uint64_t after = 0;
    int status = write_page(request, first, out, &after, &count);
    while (status == LEAT_GOOD && after != 0) {
        json_t *answer = ask_page(request, after);
        status = answer != NULL ? write_page(request, answer, out, &after, &count) : LEAT_BAD;
    }
    fprintf(stderr, "leat: exported %llu messages\n", count);
    return status;
}

int leat_export(struct leat_request *request)
{
    json_t *first =
        ask_page(request, 0); /* before the file: an earlier export is worth more than none */
    FILE *out = first != NULL ? open_file(request->file, "w", stdout) : NULL;
    if (out == NULL) {
        json_decref(first);
        return LEAT_BAD;
    }
    int status = write_pages(request, first, out);
    bool is_closed = out == stdout ? fflush(out) == 0 : fclose(out) == 0;
    if (status == LEAT_GOOD && !is_closed)
        status = leat_fail("cannot write: %s", strerror(errno));
    return status;
}

/* ---- import ---- */

struct import {
    struct leat_request *request;
    FILE *in;
    char *line;        /* LINE_BYTES_MAX */
    size_t line_bytes; /* of a line that was read, but is in no batch yet */
    char *batch;
    size_t batch_bytes;
    uint64_t first; /* number in the file of the batch's first line */
    unsigned lines; /* in the batch */
    unsigned pauses;
    bool is_ended; /* the file, or reading it */
    bool is_refused;
    int read_status;
    unsigned long long imported, delay_restarted, age_restarted;
};

/* False: the file ended, or import->read_status says what is wrong. */
static bool read_line(struct import *import)
{
    size_t bytes = 0;
    int byte = 0;
    while (byte != '\n' && bytes < LINE_BYTES_MAX - 1 && (byte = getc_unlocked(import->in)) != EOF)
        import->line[bytes++] = (char)byte;
    import->is_ended = byte != '\n';
    if (byte == EOF && ferror(import->in))
        import->read_status = leat_fail("cannot read: %s", strerror(errno));
    else if (byte != EOF && byte != '\n')
        import->read_status = leat_fail("line %llu: longer than 4 MiB",
                                        (unsigned long long)(import->first + import->lines));
    if (import->read_status != LEAT_GOOD || bytes == 0)
        return false;
    import->line_bytes = bytes;
    return true;
}

static void add_line(struct import *import)
{
    memcpy(import->batch + import->batch_bytes, import->line, import->line_bytes);
    import->batch_bytes += import->line_bytes;
    if (import->batch[import->batch_bytes - 1] != '\n')
        import->batch[import->batch_bytes++] = '\n';
    import->line_bytes = 0;
    import->lines++;
}

/* Lines up to a batch's bounds; the last one read may be left for the next batch. */
static void fill_batch(struct import *import)
{
    while (import->lines < BATCH_LINES) {
        if (import->line_bytes == 0 && (import->is_ended || !read_line(import)))
            return;
        if (import->lines > 0 && import->batch_bytes + import->line_bytes + 1 > BATCH_BYTES)
            return;
        add_line(import);
    }
}

static void drop_lines(struct import *import, uint64_t count)
{
    size_t at = 0;
    for (uint64_t i = 0; i < count; i++)
        at += (size_t)((char *)memchr(import->batch + at, '\n', import->batch_bytes - at) -
                       (import->batch + at)) +
              1;
    memmove(import->batch, import->batch + at, import->batch_bytes - at);
    import->batch_bytes -= at;
    import->lines -= (unsigned)count;
    import->first += count;
}

static int settle(struct import *import, const json_t *answer)
{
    const json_t *refused = json_object_get(answer, "refused");
    unsigned long long imported = (unsigned long long)leat_number_of(answer, "imported");
    uint64_t line = (uint64_t)leat_number_of(refused, "line");
    import->imported += imported;
    import->delay_restarted += (unsigned long long)leat_number_of(answer, "delay_restarted");
    import->age_restarted += (unsigned long long)leat_number_of(answer, "age_restarted");
    if (refused == NULL) {
        drop_lines(import, import->lines);
        return LEAT_GOOD;
    }
    if (line < 1 || line > import->lines)
        return leat_fail("the server's answer cannot be read");
    drop_lines(import, line - 1);
    import->pauses = imported > 0 ? 0 : import->pauses + 1;
    if (json_is_true(json_object_get(refused, "again")) && import->pauses < PAUSES_MAX) {
        nanosleep(&(struct timespec){.tv_nsec = PAUSE_MS * 1000000L}, NULL);
        return LEAT_GOOD;
    }
    return leat_fail("line %llu: %s", (unsigned long long)import->first,
                     leat_text_of(refused, "error"));
}

static int send_batch(struct import *import)
{
    struct leat_request *request = import->request;
    struct slice target = leat_add_parameter(request, SLICE("/import"), "queue", request->words[0]);
    target = leat_add_parameter(request, target, "account", request->account);
    json_t *answer =
        leat_ask(request, "POST", target, slice_of(import->batch, import->batch_bytes));
    int status = LEAT_BAD;
    bool is_refused = request->answer_status >= 400 && request->answer_status < 500;
    if (answer != NULL)
        status = settle(import, answer);
    else if (is_refused)
        import->is_refused = import->imported == 0; /* the whole of it; leat_ask said why */
    else if (import->lines > 0)
        fprintf(stderr, "leat: whether lines %llu to %llu were imported is not known\n",
                (unsigned long long)import->first,
                (unsigned long long)import->first + import->lines - 1);
    json_decref(answer);
    arena_reset(&request->arena);
    return status;
}

static void skip_lines(struct import *import, uint64_t from)
{
    while (import->first < from && !import->is_ended && read_line(import))
        import->first++;
    import->line_bytes = 0;
}

static void note(unsigned long long count, const char *text)
{
    if (count > 0)
        fprintf(stderr, "leat: %s: %llu\n", text, count);
}

static int run(struct import *import, uint64_t from)
{
    int status = LEAT_GOOD;
    skip_lines(import, from);
    do { /* an empty file, too, is told that its queue does not exist */
        fill_batch(import);
        status = send_batch(import);
    } while (status == LEAT_GOOD &&
             !(import->is_ended && import->lines == 0 && import->line_bytes == 0));
    if (import->is_refused)
        return status;
    if (status == LEAT_GOOD)
        status = import->read_status;
    printf("imported %llu messages\n", import->imported);
    note(import->delay_restarted, "messages whose delay begins anew (FIFO queue)");
    note(import->age_restarted, "messages whose age begins anew");
    return status;
}

int leat_import(struct leat_request *request)
{
    uint64_t from = 1;
    if (request->from != NULL && (!leat_read_number(request->from, &from) || from == 0))
        return leat_refuse("--from wants the number of a line");
    struct import import = {.request = request, .first = 1};
    import.in = open_file(request->file, "r", stdin);
    import.batch = malloc(LINE_BYTES_MAX + BATCH_BYTES);
    import.line = malloc(LINE_BYTES_MAX);
    int status = LEAT_BAD;
    if (import.in != NULL && import.batch != NULL && import.line != NULL)
        status = run(&import, from);
    if (import.in != NULL && import.in != stdin)
        (void)fclose(import.in);
    free(import.line);
    free(import.batch);
    return status;
}

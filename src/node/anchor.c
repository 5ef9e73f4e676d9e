#include "node/anchor.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "base/check.h"
#include "base/logger.h"
#include "node/seal.h"

#include "base/banned.h"

#define FORMAT       2
#define TEXT_BYTES   256u
#define PATH_BYTES   4096u
#define BOOT_ID_PATH "/proc/sys/kernel/random/boot_id"

/* False: no such file, or the kernel said no. */
static bool read_text(struct files *files, const char *path, char ret_text[TEXT_BYTES])
{
    struct files_file file;
    size_t bytes = 0;
    if (files->open(files, path, FILES_READ, &file) != ERR_OK)
        return false;
    enum err err = files_read_some(files, file, ret_text, TEXT_BYTES - 1, 0, &bytes);
    files->close(files, file);
    ret_text[bytes] = '\0';
    return err == ERR_OK;
}

bool anchor_look(struct files *files, struct anchor_machine *ret_machine)
{
    char text[TEXT_BYTES];
    if (!read_text(files, BOOT_ID_PATH, text))
        return false;
    size_t length = strcspn(text, "\n");
    if (length == 0 || length >= ANCHOR_BOOT_BYTES)
        return false;
    memcpy(ret_machine->boot, text, length);
    ret_machine->boot[length] = '\0';
    ret_machine->passed_ms = clock_machine_passed_ms();
    return true;
}

bool anchor_read(struct files *files, const char *directory, const struct anchor_machine *machine,
                 struct mono_ms *ret_now)
{
    char path[PATH_BYTES], text[TEXT_BYTES];
    const char *kind, *boot;
    int format;
    json_int_t passed_ms, time_ms;
    snprintf(path, sizeof(path), "%s/clock.json", directory);
    if (!read_text(files, path, text))
        return false;
    if (!seal_is_whole(slice_from_text(text))) {
        LOG_WARNING("node", "%s is damaged or of another version: time goes on by the wall clock",
                    path);
        return false;
    }
    json_t *document = json_loads(text, 0, NULL);
    bool is_ours = json_unpack(document, "{s:s,s:i,s:s,s:I,s:I}", "leat", &kind, "format", &format,
                               "boot", &boot, "passed_ms", &passed_ms, "time_ms", &time_ms) == 0 &&
                   strcmp(kind, "clock") == 0 && format == FORMAT &&
                   strcmp(boot, machine->boot) == 0 && passed_ms >= 0 &&
                   passed_ms <= machine->passed_ms && time_ms >= 0 && time_ms < INT64_MAX / 2;
    if (is_ours)
        ret_now->v = time_ms + (machine->passed_ms - passed_ms);
    json_decref(document);
    return is_ours;
}

void anchor_write(struct files *files, const char *directory, const struct anchor_machine *machine,
                  struct mono_ms now)
{
    char path[PATH_BYTES], draft[PATH_BYTES + 8], text[TEXT_BYTES];
    struct files_file file;
    size_t moved = 0;
    snprintf(path, sizeof(path), "%s/clock.json", directory);
    snprintf(draft, sizeof(draft), "%s.tmp", path);
    int length = snprintf(
        text, sizeof(text),
        "{\"leat\":\"clock\",\"format\":%d,\"boot\":\"%s\",\"passed_ms\":%lld,\"time_ms\":%lld",
        FORMAT, machine->boot, (long long)machine->passed_ms, (long long)now.v);
    ASSERT(length > 0 && (size_t)length < sizeof(text));
    size_t bytes = seal_add(text, (size_t)length, sizeof(text));
    files->unlink(files, draft); /* of a start that was cut off */
    if (files->open(files, draft, FILES_CREATE, &file) != ERR_OK)
        return;
    enum err err = files->pwrite(files, file, text, bytes, 0, &moved);
    files->close(files, file);
    if (err == ERR_OK && moved == bytes)
        err = files->rename(files, draft, path);
    MAYBE(err != ERR_OK);
}

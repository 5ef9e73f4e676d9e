#include "node/manifest.h"

#include <errno.h>
#include <jansson.h>
#include <stdio.h>

#include "base/encode.h"
#include "base/logger.h"
#include "base/random.h"
#include "node/node.h"
#include "node/seal.h"

#include "base/banned.h"

#define FORMAT         2
#define MANIFEST_BYTES 512u
#define PATH_BYTES     4096u

static char why[PATH_BYTES + 256];

/* Every bit of it counts, so what was read is compared with this. */
static size_t print_manifest(const struct manifest *manifest, int format,
                             char ret_text[MANIFEST_BYTES])
{
    uint8_t identity[8], hex[16];
    put_u64(identity, manifest->identity);
    encode_hex(slice_of(identity, sizeof(identity)), hex);
    int length =
        snprintf(ret_text, MANIFEST_BYTES,
                 "{\"leat\":\"data directory\",\"format\":%d,\"identity\":\"%.16s\",\"logs\":%u%s",
                 format, (const char *)hex, manifest->logs_count,
                 format == 1           ? "}\n"
                 : manifest->is_opened ? ",\"opened\":true"
                                       : ",\"opened\":false");
    return format == 1 ? (size_t)length : seal_add(ret_text, (size_t)length, MANIFEST_BYTES);
}

static bool read_document(json_t *document, struct slice text, struct manifest *ret_manifest)
{
    const char *kind, *identity;
    char again[MANIFEST_BYTES];
    int format, logs, is_opened = 0;
    uint8_t bytes[8];
    if (json_unpack(document, "{s:s,s:i,s:s,s:i,s?b}", "leat", &kind, "format", &format, "identity",
                    &identity, "logs", &logs, "opened", &is_opened) != 0)
        return false;
    if (format < 1 || format > FORMAT || strlen(identity) != 16 ||
        !decode_hex(slice_from_text(identity), bytes) || logs < 1 || logs > (int)NODE_WORKERS_MAX)
        return false;
    *ret_manifest = (struct manifest){get_u64(bytes), (unsigned)logs, is_opened != 0, format > 1};
    size_t length = print_manifest(ret_manifest, format, again);
    return slice_equal(slice_of(again, length), text);
}

static enum err read_manifest(struct files *files, const char *path, struct manifest *ret_manifest)
{
    char text[MANIFEST_BYTES];
    size_t length = 0;
    struct files_file file;
    json_error_t error;
    enum err err = files->open(files, path, FILES_READ, &file);
    if (err != ERR_OK)
        return err;
    err = files_read_some(files, file, text, sizeof(text), 0, &length);
    files->close(files, file);
    if (err != ERR_OK)
        return err;
    json_t *document = json_loadb(text, length, 0, &error);
    bool is_good =
        document != NULL && read_document(document, slice_of(text, length), ret_manifest);
    json_decref(document);
    return is_good ? ERR_OK : ERR_CORRUPT;
}

static enum err write_bytes(struct files *files, const char *path, struct slice bytes)
{
    struct files_file file;
    size_t moved = 0;
    files->unlink(files, path); /* of a start that was cut off */
    enum err err = files->open(files, path, FILES_CREATE, &file);
    if (err != ERR_OK)
        return err;
    err = files->pwrite(files, file, bytes.at, bytes.bytes, 0, &moved);
    if (err == ERR_OK && moved != bytes.bytes)
        err = ERR_FULL;
    if (err == ERR_OK)
        err = files->sync_data(files, file);
    files->close(files, file);
    return err;
}

static enum err write_manifest(struct files *files, const char *directory,
                               const struct manifest *manifest)
{
    char text[MANIFEST_BYTES], path[PATH_BYTES], draft[PATH_BYTES + 8];
    size_t length = print_manifest(manifest, FORMAT, text);
    snprintf(path, sizeof(path), "%s/manifest.json", directory);
    snprintf(draft, sizeof(draft), "%s.tmp", path);
    enum err err = write_bytes(files, draft, slice_of(text, length));
    if (err == ERR_OK)
        err = files->rename(files, draft, path);
    if (err == ERR_OK)
        err = files->sync_directory(files, directory);
    return err;
}

/* ---- the directories of logs ---- */

struct logs {
    bool is_there[NODE_WORKERS_MAX];
    unsigned count, surplus; /* surplus: the highest number that is too high */
    unsigned logs_count;     /* as the manifest says; 0: there is none */
    bool has_surplus;
};

static void found_entry(void *context, const char *name)
{
    struct logs *logs = context;
    struct slice text = slice_from_text(name);
    char again[32];
    int64_t number;
    if (!slice_starts_with(text, SLICE("log-")) || !slice_to_int64(slice_from(text, 4), &number) ||
        number < 0 || number > 999999)
        return;
    snprintf(again, sizeof(again), "log-%d", (int)number);
    if (!slice_is(text, again))
        return;
    logs->count++;
    if (number < (int64_t)logs->logs_count) {
        logs->is_there[number] = true;
    } else {
        logs->has_surplus = true;
        logs->surplus = (unsigned)number;
    }
}

static void found_file(void *context, const char *name)
{
    if (slice_starts_with(slice_from_text(name), SLICE("segment-")))
        *(bool *)context = true;
}

static bool has_segments(struct files *files, const char *directory, unsigned number)
{
    char path[PATH_BYTES + 16];
    bool has_one = false;
    snprintf(path, sizeof(path), "%s/log-%u", directory, number);
    return files->list(files, path, found_file, &has_one) == ERR_OK && has_one;
}

static enum err list_logs(struct files *files, const char *directory, unsigned logs_count,
                          struct logs *ret_logs)
{
    *ret_logs = (struct logs){.logs_count = logs_count};
    return files->list(files, directory, found_entry, ret_logs);
}

/* Refused, or told and let pass. */
static enum err object(bool accepts_loss)
{
    if (!accepts_loss)
        return ERR_CORRUPT;
    LOG_WARNING("node", "taken as it is, as told: %s", why);
    return ERR_OK;
}

#define REMEDY "put it back, or give up its messages with --accept-loss on"

static enum err check_logs(struct files *files, const char *directory, struct manifest *manifest,
                           bool accepts_loss)
{
    struct logs logs;
    enum err err = list_logs(files, directory, manifest->logs_count, &logs);
    bool is_used = manifest->is_opened || (!manifest->is_sealed && logs.count > 0);
    if (err == ERR_OK && logs.has_surplus) {
        snprintf(why, sizeof(why),
                 "%s/log-%u is one too many: manifest.json says that there are %u logs; take it "
                 "away, or ignore it with --accept-loss on",
                 directory, logs.surplus, manifest->logs_count);
        err = object(accepts_loss);
    }
    for (unsigned i = 0; err == ERR_OK && is_used && i < manifest->logs_count; i++) {
        if (has_segments(files, directory, i))
            continue;
        snprintf(why, sizeof(why), "%s/log-%u %s, though manifest.json says that it was used; %s",
                 directory, i, logs.is_there[i] ? "has no segments" : "is missing", REMEDY);
        err = object(accepts_loss);
    }
    return err;
}

static enum err make_manifest(struct files *files, const char *directory, unsigned logs_count,
                              struct manifest *ret_manifest)
{
    struct logs logs;
    enum err err = list_logs(files, directory, 0, &logs);
    if (err == ERR_OK && logs.has_surplus) {
        snprintf(why, sizeof(why),
                 "%s/manifest.json is missing, though log-%u is there: nothing else tells which "
                 "logs belong together; put it back from a copy, or take the logs away",
                 directory, logs.surplus);
        return ERR_CORRUPT;
    }
    *ret_manifest = (struct manifest){.logs_count = logs_count};
    random_bytes(&ret_manifest->identity, sizeof(ret_manifest->identity));
    if (err == ERR_OK)
        err = write_manifest(files, directory, ret_manifest);
    if (err != ERR_OK)
        snprintf(why, sizeof(why), "%s/manifest.json cannot be written: %s", directory,
                 strerror(errno));
    return err;
}

enum err manifest_open(struct files *files, const char *directory, unsigned logs_count,
                       bool accepts_loss, struct manifest *ret_manifest, const char **ret_why)
{
    char path[PATH_BYTES];
    *ret_why = why;
    snprintf(path, sizeof(path), "%s/manifest.json", directory);
    enum err err = read_manifest(files, path, ret_manifest);
    if (err == ERR_ABSENT)
        return make_manifest(files, directory, logs_count, ret_manifest);
    if (err == ERR_CORRUPT)
        snprintf(why, sizeof(why),
                 "%s is damaged, or of a newer version: the format is not 1 or 2, or its checksum "
                 "does not fit; put it back from a copy of the directory",
                 path);
    else if (err != ERR_OK)
        snprintf(why, sizeof(why), "%s cannot be read: %s", path, strerror(errno));
    return err == ERR_OK ? check_logs(files, directory, ret_manifest, accepts_loss) : err;
}

enum err manifest_opened(struct files *files, const char *directory, struct manifest *manifest)
{
    if (manifest->is_opened)
        return ERR_OK;
    manifest->is_opened = true;
    return write_manifest(files, directory, manifest);
}

#include "node/manifest.h"

#include <jansson.h>
#include <stdio.h>

#include "base/encode.h"
#include "base/random.h"
#include "node/node.h"

#include "base/banned.h"

#define FORMAT         1
#define MANIFEST_BYTES 512u
#define PATH_BYTES     4096u

static bool read_document(json_t *document, struct manifest *ret_manifest)
{
    const char *kind, *identity;
    int format, logs;
    uint8_t bytes[8];
    if (json_unpack(document, "{s:s,s:i,s:s,s:i}", "leat", &kind, "format", &format, "identity",
                    &identity, "logs", &logs) != 0)
        return false;
    if (strcmp(kind, "data directory") != 0 || format != FORMAT || strlen(identity) != 16 ||
        !decode_hex(slice_from_text(identity), bytes) || logs < 1 || logs > (int)NODE_WORKERS_MAX)
        return false;
    *ret_manifest = (struct manifest){get_u64(bytes), (unsigned)logs};
    return true;
}

static enum err read_manifest(struct files *files, const char *path, struct manifest *ret_manifest)
{
    char text[MANIFEST_BYTES];
    size_t length = 0;
    struct files_file file;
    json_error_t why;
    enum err err = files->open(files, path, FILES_READ, &file);
    if (err != ERR_OK)
        return err;
    err = files_read_some(files, file, text, sizeof(text), 0, &length);
    files->close(files, file);
    if (err != ERR_OK)
        return err;
    json_t *document = json_loadb(text, length, 0, &why);
    bool is_good = document != NULL && read_document(document, ret_manifest);
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

static enum err write_manifest(struct files *files, const char *directory, const char *path,
                               const struct manifest *manifest)
{
    char text[MANIFEST_BYTES], draft[PATH_BYTES + 8];
    uint8_t identity[8], hex[16];
    put_u64(identity, manifest->identity);
    encode_hex(slice_of(identity, sizeof(identity)), hex);
    int length =
        snprintf(text, sizeof(text),
                 "{\"leat\":\"data directory\",\"format\":%d,\"identity\":\"%.16s\",\"logs\":%u}\n",
                 FORMAT, (const char *)hex, manifest->logs_count);
    snprintf(draft, sizeof(draft), "%s.tmp", path);
    enum err err = write_bytes(files, draft, slice_of(text, (size_t)length));
    if (err == ERR_OK)
        err = files->rename(files, draft, path);
    if (err == ERR_OK)
        err = files->sync_directory(files, directory);
    return err;
}

enum err manifest_open(struct files *files, const char *directory, unsigned logs_count,
                       struct manifest *ret_manifest, const char **ret_why)
{
    char path[PATH_BYTES];
    *ret_why = "the data directory's manifest.json cannot be read";
    snprintf(path, sizeof(path), "%s/manifest.json", directory);
    enum err err = read_manifest(files, path, ret_manifest);
    if (err == ERR_CORRUPT)
        *ret_why = "the data directory's manifest.json is not of this format";
    if (err != ERR_ABSENT)
        return err;
    *ret_why = "the data directory's manifest.json cannot be written";
    random_bytes(&ret_manifest->identity, sizeof(ret_manifest->identity));
    ret_manifest->logs_count = logs_count;
    return write_manifest(files, directory, path, ret_manifest);
}

/* What the catalog keeps beside queue definitions (metadata/queue_document.h), each one JSON object.
 *
 * FORMAT 1, members in this order; `?` may be absent:
 *   tombstone  format 1, id (of the deleted queue), deleted_ms
 *   dropped    as tombstone
 *   task       format 1, taskId, task (the engine's name), source, sourceId, destination?, destinationId?, rate?,
 *              status (as the API spells it), moved, toMove, started_ms, failure?
 *   setting "receipt-key"  format 1, key (64 hex digits)
 *   setting "ids"          format 1, next (the lowest id that nobody has leased)
 *
 * Times are milliseconds since the Unix epoch, ids numbers below 2^63. A newer format is refused; unknown members are
 * ignored, so whoever adds one that must not be lost raises the format. */
#include "node/catalog_private.h"

#include "base/encode.h"
#include "metadata/json_text.h"
#include "metadata/queue_name.h"

#include "base/banned.h"

#define FORMAT             1
#define DOCUMENT_BYTES_MAX 65536u
#define HANDLE_BYTES_MAX   1024u

/* An object of our format, or NULL. The caller drops the reference. */
static json_t *read_object(struct slice document, enum err *ret_err)
{
    json_t *object = json_text_read(document, DOCUMENT_BYTES_MAX);
    const json_t *format = json_object_get(object, "format");
    *ret_err =
        json_is_integer(format) && json_integer_value(format) > FORMAT ? ERR_INVALID : ERR_CORRUPT;
    if (json_is_integer(format) && json_integer_value(format) == FORMAT)
        return object;
    json_decref(object);
    return NULL;
}

static json_t *new_object(void)
{
    json_t *object = json_object();
    json_object_set_new(object, "format", json_integer(FORMAT));
    return object;
}

static bool get_number(const json_t *object, const char *name, int64_t min, int64_t *ret_number)
{
    const json_t *value = json_object_get(object, name);
    if (!json_is_integer(value) || json_integer_value(value) < min)
        return false;
    *ret_number = json_integer_value(value);
    return true;
}

static bool get_unsigned(const json_t *object, const char *name, int64_t min, uint64_t *ret_number)
{
    int64_t number;
    if (!get_number(object, name, min, &number))
        return false;
    *ret_number = (uint64_t)number;
    return true;
}

static bool get_text(const json_t *object, const char *name, struct arena *arena,
                     struct slice *ret_text)
{
    const json_t *value = json_object_get(object, name);
    if (!json_is_string(value))
        return false;
    *ret_text = arena_copy(arena, json_text_slice(value));
    return true;
}

/* ---- tombstones ---- */

struct slice catalog_write_tombstone(struct arena *arena, uint64_t id, struct wall_ms deleted)
{
    json_auto_t *object = new_object();
    json_object_set_new(object, "id", json_integer((json_int_t)id));
    json_object_set_new(object, "deleted_ms", json_integer(deleted.v));
    return json_text_write(arena, object);
}

enum err catalog_read_tombstone(struct slice document, uint64_t *ret_id,
                                struct wall_ms *ret_deleted)
{
    enum err err;
    json_auto_t *object = read_object(document, &err);
    if (object == NULL)
        return err;
    uint64_t id;
    int64_t deleted_ms;
    if (!get_unsigned(object, "id", 1, &id) ||
        !get_number(object, "deleted_ms", INT64_MIN, &deleted_ms))
        return ERR_CORRUPT;
    *ret_id = id;
    ret_deleted->v = deleted_ms;
    return ERR_OK;
}

/* ---- tasks ---- */

static const char *const status_names[] = {
    [CATALOG_TASK_RUNNING] = "RUNNING",     [CATALOG_TASK_CANCELLING] = "CANCELLING",
    [CATALOG_TASK_COMPLETED] = "COMPLETED", [CATALOG_TASK_CANCELLED] = "CANCELLED",
    [CATALOG_TASK_FAILED] = "FAILED",
};

const char *catalog_task_status_name(enum catalog_task_status status)
{
    ASSERT(status < ARRAY_COUNT(status_names));
    return status_names[status];
}

struct slice catalog_write_task(struct arena *arena, const struct catalog_task_facts *facts)
{
    json_auto_t *object = new_object();
    json_object_set_new(object, "taskId", json_text_string(catalog_task_key(facts)));
    json_object_set_new(object, "task", json_integer((json_int_t)facts->name));
    json_object_set_new(object, "source", json_text_string(facts->source_arn));
    json_object_set_new(object, "sourceId", json_integer((json_int_t)facts->source_id));
    if (facts->destination_arn.at != NULL) {
        json_object_set_new(object, "destination", json_text_string(facts->destination_arn));
        json_object_set_new(object, "destinationId",
                            json_integer((json_int_t)facts->destination_id));
    }
    if (facts->rate > 0)
        json_object_set_new(object, "rate", json_integer(facts->rate));
    json_object_set_new(object, "status", json_string(catalog_task_status_name(facts->status)));
    json_object_set_new(object, "moved", json_integer((json_int_t)facts->moved));
    json_object_set_new(object, "toMove", json_integer((json_int_t)facts->to_move));
    json_object_set_new(object, "started_ms", json_integer(facts->started_ms));
    if (facts->failure.at != NULL)
        json_object_set_new(object, "failure", json_text_string(facts->failure));
    return json_text_write(arena, object);
}

static bool get_status(const json_t *object, enum catalog_task_status *ret_status)
{
    const json_t *value = json_object_get(object, "status");
    for (unsigned i = 0; json_is_string(value) && i < ARRAY_COUNT(status_names); i++) {
        if (slice_is(json_text_slice(value), status_names[i])) {
            *ret_status = (enum catalog_task_status)i;
            return true;
        }
    }
    return false;
}

static bool read_optional(const json_t *object, struct arena *arena,
                          struct catalog_task_facts *facts)
{
    if (json_object_get(object, "destination") != NULL &&
        (!get_text(object, "destination", arena, &facts->destination_arn) ||
         !get_unsigned(object, "destinationId", 1, &facts->destination_id)))
        return false;
    if (json_object_get(object, "rate") != NULL &&
        (!get_number(object, "rate", 1, &facts->rate) || facts->rate > CATALOG_TASK_RATE_MAX))
        return false;
    return json_object_get(object, "failure") == NULL ||
           get_text(object, "failure", arena, &facts->failure);
}

enum err catalog_read_task(struct slice document, struct slice key, struct arena *arena,
                           struct catalog_task_facts *ret_facts)
{
    enum err err;
    json_auto_t *object = read_object(document, &err);
    if (object == NULL)
        return err;
    struct catalog_task_facts facts = {0};
    struct slice uuid;
    struct queue_arn arn;
    if (!get_text(object, "taskId", arena, &uuid) || !slice_equal(uuid, key) ||
        uuid.bytes != sizeof(facts.uuid) || !get_unsigned(object, "task", 1, &facts.name) ||
        !get_text(object, "source", arena, &facts.source_arn) ||
        !queue_arn_parse(facts.source_arn, &arn) ||
        !get_unsigned(object, "sourceId", 1, &facts.source_id) ||
        !get_status(object, &facts.status) || !get_unsigned(object, "moved", 0, &facts.moved) ||
        !get_unsigned(object, "toMove", 0, &facts.to_move) ||
        !get_number(object, "started_ms", INT64_MIN, &facts.started_ms) ||
        !read_optional(object, arena, &facts))
        return ERR_CORRUPT;
    memcpy(facts.uuid, uuid.at, sizeof(facts.uuid));
    *ret_facts = facts;
    return ERR_OK;
}

/* ---- the receipt key ---- */

struct slice catalog_write_key(struct arena *arena, const uint8_t key[CATALOG_KEY_BYTES])
{
    json_auto_t *object = new_object();
    json_object_set_new(object, "key",
                        json_text_string(encode_hex_in(arena, slice_of(key, CATALOG_KEY_BYTES))));
    return json_text_write(arena, object);
}

enum err catalog_read_key(struct slice document, uint8_t ret_key[CATALOG_KEY_BYTES])
{
    enum err err;
    json_auto_t *object = read_object(document, &err);
    if (object == NULL)
        return err;
    const json_t *key = json_object_get(object, "key");
    uint8_t bytes[CATALOG_KEY_BYTES];
    if (!json_is_string(key) || json_string_length(key) != 2 * CATALOG_KEY_BYTES ||
        !decode_hex(json_text_slice(key), bytes))
        return ERR_CORRUPT;
    memcpy(ret_key, bytes, sizeof(bytes));
    return ERR_OK;
}

/* ---- ids ---- */

struct slice catalog_write_ids(struct arena *arena, uint64_t next)
{
    json_auto_t *object = new_object();
    json_object_set_new(object, "next", json_integer((json_int_t)next));
    return json_text_write(arena, object);
}

enum err catalog_read_ids(struct slice document, uint64_t *ret_next)
{
    enum err err;
    json_auto_t *object = read_object(document, &err);
    if (object == NULL)
        return err;
    return get_unsigned(object, "next", 1, ret_next) ? ERR_OK : ERR_CORRUPT;
}

/* ---- task handles ---- */

struct slice catalog_write_handle(struct arena *arena, const struct catalog_task_facts *facts)
{
    json_auto_t *object = json_object();
    json_object_set_new(object, "taskId", json_text_string(catalog_task_key(facts)));
    json_object_set_new(object, "sourceArn", json_text_string(facts->source_arn));
    struct slice text = json_text_write(arena, object);
    uint8_t *handle = arena_take(arena, BASE64_TEXT_BYTES(text.bytes));
    encode_base64(text, handle);
    return slice_of(handle, BASE64_TEXT_BYTES(text.bytes));
}

bool catalog_read_handle(struct slice handle, struct arena *arena, struct slice *ret_uuid,
                         struct slice *ret_arn)
{
    if (handle.bytes > HANDLE_BYTES_MAX)
        return false;
    uint8_t *text = arena_take(arena, BASE64_DATA_BYTES(handle.bytes) + 1);
    size_t bytes;
    if (!decode_base64(handle, text, &bytes))
        return false;
    json_auto_t *object = json_text_read(slice_of(text, bytes), HANDLE_BYTES_MAX);
    return get_text(object, "taskId", arena, ret_uuid) &&
           get_text(object, "sourceArn", arena, ret_arn);
}

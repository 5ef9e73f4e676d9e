/* Parameters of a URL's query and of a form body: split, percent-decoded once, checked to be UTF-8. */
#include "api/api.h"
#include "base/encode.h"
#include "base/utf8.h"

#include "base/banned.h"

static uint32_t count_parts(struct slice text)
{
    uint32_t count = 0;
    struct slice part;
    while (count <= API_PARAMETERS_MAX && slice_split(&text, '&', &part))
        count++;
    return count;
}

/* False when an escape is broken or the result is not UTF-8. */
static bool decode_text(struct arena *arena, struct slice raw, struct slice *ret_text)
{
    *ret_text = raw;
    if (slice_find(raw, '%') < raw.bytes || slice_find(raw, '+') < raw.bytes) {
        uint8_t *text = arena_take(arena, raw.bytes);
        size_t length = decode_percent(raw, true, text);
        if (length == SIZE_MAX)
            return false;
        *ret_text = slice_of(text, length);
    }
    return utf8_is_valid(*ret_text);
}

static bool parse_part(struct arena *arena, struct slice part, struct api_parameter *ret_parameter)
{
    size_t equals = slice_find(part, '=');
    size_t from = equals < part.bytes ? equals + 1 : equals;
    struct slice value = slice_of(part.at + from, part.bytes - from); /* never NULL: it is there */
    return decode_text(arena, slice_head(part, equals), &ret_parameter->name) &&
           decode_text(arena, value, &ret_parameter->value);
}

static bool parse_parts(struct arena *arena, struct slice text, struct api_parameters *parameters,
                        struct api_error *ret_error)
{
    struct slice part;
    while (slice_split(&text, '&', &part)) {
        if (part.bytes == 0)
            continue;
        if (!parse_part(arena, part, &parameters->items[parameters->count]))
            return api_fail(ret_error, API_ERROR_SERIALIZATION,
                            SLICE("A parameter is not percent-encoded UTF-8."));
        parameters->count++;
    }
    return true;
}

bool api_parse_query(struct arena *arena, struct slice url_query, struct slice form_body,
                     struct api_parameters *ret_parameters, struct api_error *ret_error)
{
    uint32_t most = count_parts(url_query) + count_parts(form_body);
    if (most > API_PARAMETERS_MAX)
        return api_fail_print(ret_error, arena, API_ERROR_SERIALIZATION,
                              "A request can have at most %u parameters.", API_PARAMETERS_MAX);
    struct api_parameters parameters = {.items = ARENA_NEW_MANY(arena, struct api_parameter, most)};
    if (!parse_parts(arena, url_query, &parameters, ret_error) ||
        !parse_parts(arena, form_body, &parameters, ret_error))
        return false;
    *ret_parameters = parameters;
    return true;
}

struct slice api_parameter_find(const struct api_parameters *parameters, const char *name)
{
    struct slice wanted = slice_from_text(name);
    for (uint32_t i = 0; i < parameters->count; i++)
        if (slice_equal(parameters->items[i].name, wanted))
            return parameters->items[i].value;
    return SLICE_NONE;
}

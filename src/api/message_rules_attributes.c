#include "api/message_rules_attributes.h"

#include "api/message_rules.h"
#include "api/message_rules_text.h"
#include "base/utf8.h"

#include "base/banned.h"

#define INVALID       API_ERROR_INVALID_PARAMETER_VALUE
#define DIGITS_MAX    38   /* D4: significant ones of a Number */
#define MAGNITUDE_MIN -128 /* of the first significant digit */
#define MAGNITUDE_MAX 126
#define EXPONENT_MAX  1000000 /* enough to leave the range whatever the digits are */

enum value_kind { KIND_NONE, KIND_STRING, KIND_NUMBER, KIND_BINARY };

static const char *const kind_names[] = {
    [KIND_NONE] = "",
    [KIND_STRING] = "String",
    [KIND_NUMBER] = "Number",
    [KIND_BINARY] = "Binary",
};

/* By the prefix: the whole type, or what stands before a dot. */
static enum value_kind kind_of(struct slice type)
{
    struct slice prefix = slice_head(type, slice_find(type, '.'));
    for (int kind = KIND_STRING; kind <= KIND_BINARY; kind++)
        if (slice_is(prefix, kind_names[kind]))
            return (enum value_kind)kind;
    return KIND_NONE;
}

uint64_t message_rules_attributes_bytes(const struct api_message_attribute_map *map)
{
    uint64_t bytes = 0;
    for (uint32_t i = 0; i < map->count; i++) {
        const struct api_message_attribute_value *value = &map->items[i].value;
        bool is_binary = kind_of(value->data_type) == KIND_BINARY;
        bytes += map->items[i].name.bytes + value->data_type.bytes;
        bytes += is_binary ? value->binary_value.bytes : value->string_value.bytes;
    }
    return bytes;
}

/* ---- Number ---- */

/* Where the digits of a decimal number are: counted over all digits, the point left out. */
struct decimal {
    int64_t digits;
    int64_t digits_before_point;
    int64_t first_nonzero; /* -1: the number is zero */
    int64_t last_nonzero;
    bool is_power_of_ten;
    int64_t exponent;
};

static bool is_digit(struct slice text, size_t at)
{
    return at < text.bytes && text.at[at] >= '0' && text.at[at] <= '9';
}

static size_t skip_sign(struct slice text, size_t at)
{
    return at < text.bytes && (text.at[at] == '+' || text.at[at] == '-') ? at + 1 : at;
}

static size_t read_digits(struct slice text, size_t at, struct decimal *decimal)
{
    for (; is_digit(text, at); at++, decimal->digits++) {
        if (text.at[at] == '0')
            continue;
        if (decimal->first_nonzero < 0) {
            decimal->first_nonzero = decimal->digits;
            decimal->is_power_of_ten = text.at[at] == '1';
        }
        decimal->last_nonzero = decimal->digits;
    }
    return at;
}

/* Moves past "e-12". False when there is an e without digits. */
static bool read_exponent(struct slice text, size_t *at, struct decimal *decimal)
{
    if (*at >= text.bytes || (text.at[*at] != 'e' && text.at[*at] != 'E'))
        return true;
    size_t sign = *at + 1;
    size_t from = skip_sign(text, sign);
    if (!is_digit(text, from))
        return false;
    int64_t exponent = 0;
    for (*at = from; is_digit(text, *at); (*at)++)
        if (exponent < EXPONENT_MAX)
            exponent = exponent * 10 + (text.at[*at] - '0');
    decimal->exponent = from > sign && text.at[sign] == '-' ? -exponent : exponent;
    return true;
}

static bool is_in_range(const struct decimal *decimal)
{
    if (decimal->first_nonzero < 0)
        return true;
    int64_t significant = decimal->last_nonzero - decimal->first_nonzero + 1;
    int64_t magnitude =
        decimal->digits_before_point - 1 - decimal->first_nonzero + decimal->exponent;
    if (significant > DIGITS_MAX || magnitude < MAGNITUDE_MIN || magnitude > MAGNITUDE_MAX)
        return false;
    /* The range ends at 10^126 itself. */
    return magnitude < MAGNITUDE_MAX || (significant == 1 && decimal->is_power_of_ten);
}

/* Decimal, with sign, fraction and exponent as wanted; at most 38 digits that matter, 10^-128 to 10^126. */
static bool is_number(struct slice text)
{
    struct decimal decimal = {.first_nonzero = -1, .last_nonzero = -1};
    size_t at = read_digits(text, skip_sign(text, 0), &decimal);
    decimal.digits_before_point = decimal.digits;
    if (at < text.bytes && text.at[at] == '.')
        at = read_digits(text, at + 1, &decimal);
    if (decimal.digits == 0 || !read_exponent(text, &at, &decimal))
        return false;
    return at == text.bytes && is_in_range(&decimal);
}

/* ---- user attributes ---- */

/* Letters, digits, '_', '-', '.', and the accented Latin letters that AWS takes beyond its documentation (H1). */
static bool is_name_text(struct slice name)
{
    size_t at = 0;
    while (at < name.bytes) {
        uint32_t c;
        if (!utf8_next(name, &at, &c))
            return false;
        bool is_plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                        (c >= '0' && c <= '9') || c == '_' || c == '-' || c == '.';
        bool is_accented = c >= 0xc0 && c <= 0x17f && c != 0xd7 && c != 0xf7;
        if (!is_plain && !is_accented)
            return false;
    }
    return true;
}

static bool is_reserved_name(struct slice name)
{
    return slice_equal_nocase(slice_head(name, 4), SLICE("AWS.")) ||
           slice_equal_nocase(slice_head(name, 7), SLICE("Amazon.")) || name.at[0] == '.' ||
           name.at[name.bytes - 1] == '.';
}

static bool check_name(struct slice name, struct api_error *ret_error)
{
    if (name.bytes == 0)
        return api_fail(
            ret_error, INVALID,
            SLICE("The request must contain non-empty message (user) attribute names."));
    if (name.bytes > MESSAGE_ATTRIBUTE_NAME_BYTES_MAX)
        return api_fail(ret_error, INVALID,
                        SLICE("Message (user) attribute name must be shorter than 256 bytes."));
    if (!is_name_text(name))
        return api_fail(
            ret_error, INVALID,
            SLICE("Message (user) attributes name can only contain upper and lower score "
                  "characters, digits, periods, hyphens and underscores. "));
    if (is_reserved_name(name))
        return api_fail(ret_error, INVALID,
                        SLICE("You can't use message attribute names beginning with 'AWS.' or "
                              "'Amazon.'. These strings are reserved for internal use. "
                              "Additionally, they cannot start or end with '.'."));
    return true;
}

static bool check_type(struct arena *arena, struct slice name, struct slice type,
                       struct api_error *ret_error)
{
    uint32_t point;
    if (type.bytes == 0)
        return api_fail_print(
            ret_error, arena, INVALID,
            "The message (user) attribute '%.*s' must contain a non-empty message "
            "attribute type.",
            SLICE_PRINT(name));
    if (type.bytes > MESSAGE_ATTRIBUTE_TYPE_BYTES_MAX)
        return api_fail(ret_error, INVALID,
                        SLICE("Message (user) attribute type must be shorter than 256 bytes."));
    if (kind_of(type) == KIND_NONE || message_rules_text(type, &point) != MESSAGE_TEXT_GOOD)
        return api_fail_print(
            ret_error, arena, INVALID,
            "The type of message (user) attribute '%.*s' is invalid. You must use "
            "only the following supported type prefixes: Binary, Number, String.",
            SLICE_PRINT(name));
    return true;
}

/* D4: unlike in a body, a bad character here is an invalid parameter. */
static bool check_value_text(struct arena *arena, struct slice name, struct slice value,
                             struct api_error *ret_error)
{
    uint32_t point;
    switch (message_rules_text(value, &point)) {
    case MESSAGE_TEXT_GOOD:
        return true;
    case MESSAGE_TEXT_FORBIDDEN:
        return api_fail_print(ret_error, arena, INVALID,
                              "Invalid binary character '#x%X' was found in the value of message "
                              "(user) attribute '%.*s', the set of allowed characters "
                              "is " MESSAGE_TEXT_SET ".",
                              point, SLICE_PRINT(name));
    case MESSAGE_TEXT_NOT_UTF8:
        break;
    }
    return api_fail_print(ret_error, arena, INVALID,
                          "The value of message (user) attribute '%.*s' is not valid UTF-8.",
                          SLICE_PRINT(name));
}

static bool check_value(struct arena *arena, const struct message_attribute *attribute,
                        enum value_kind kind, struct api_error *ret_error)
{
    if (attribute->value.bytes == 0)
        return api_fail_print(
            ret_error, arena, INVALID,
            "Message (user) attribute '%.*s' must contain a non-empty value of type '%s'.",
            SLICE_PRINT(attribute->name), kind_names[kind]);
    if (kind == KIND_BINARY)
        return true;
    if (!check_value_text(arena, attribute->name, attribute->value, ret_error))
        return false;
    if (kind == KIND_NUMBER && !is_number(attribute->value))
        return api_fail_print(
            ret_error, arena, INVALID,
            "Can't cast the value of message (user) attribute '%.*s' to a number.",
            SLICE_PRINT(attribute->name));
    return true;
}

/* The value's field that belongs to the type; a field of the other kind is not looked at. */
static bool take_value(struct arena *arena, const struct api_message_attribute *attribute,
                       struct message_attribute *taken, struct api_error *ret_error)
{
    const struct api_message_attribute_value *value = &attribute->value;
    enum value_kind kind = kind_of(value->data_type);
    if (value->string_list_values.count > 0 || value->binary_list_values.count > 0)
        return api_fail(ret_error, API_ERROR_UNSUPPORTED_OPERATION,
                        SLICE("Message attribute list values in SendMessage operation are not "
                              "supported."));
    if (kind == KIND_BINARY ? !value->has_binary_value : !value->has_string_value)
        return api_fail_print(
            ret_error, arena, INVALID,
            "The message (user) attribute '%.*s' must contain a non-empty message "
            "attribute value.",
            SLICE_PRINT(attribute->name));
    taken->is_binary = kind == KIND_BINARY;
    taken->value = taken->is_binary ? value->binary_value : value->string_value;
    return check_value(arena, taken, kind, ret_error);
}

bool message_rules_check_attributes(struct arena *arena,
                                    const struct api_message_attribute_map *map,
                                    struct message_attribute *ret_attributes, uint32_t *ret_count,
                                    struct api_error *ret_error)
{
    if (map->count > MESSAGE_ATTRIBUTES_MAX)
        return api_fail_print(ret_error, arena, INVALID,
                              "Number of message attributes [%u] exceeds the allowed maximum [%u].",
                              map->count, MESSAGE_ATTRIBUTES_MAX);
    for (uint32_t i = 0; i < map->count; i++) {
        const struct api_message_attribute *attribute = &map->items[i];
        struct message_attribute *taken = &ret_attributes[i];
        taken->name = attribute->name;
        taken->type = attribute->value.data_type;
        if (!check_name(taken->name, ret_error) ||
            !check_type(arena, taken->name, taken->type, ret_error) ||
            !take_value(arena, attribute, taken, ret_error))
            return false;
    }
    message_digest_sort(ret_attributes, map->count);
    for (uint32_t i = 1; i < map->count; i++)
        if (slice_equal(ret_attributes[i - 1].name, ret_attributes[i].name))
            return api_fail_print(ret_error, arena, INVALID,
                                  "Message (user) attribute name '%.*s' already exists.",
                                  SLICE_PRINT(ret_attributes[i].name));
    *ret_count = map->count;
    return true;
}

/* ---- system attributes ---- */

static bool check_trace(const struct api_message_attribute *attribute, struct api_error *ret_error)
{
    const struct api_message_attribute_value *value = &attribute->value;
    uint32_t point;
    if (kind_of(value->data_type) != KIND_STRING ||
        value->data_type.bytes > MESSAGE_ATTRIBUTE_TYPE_BYTES_MAX)
        return api_fail(ret_error, INVALID,
                        SLICE("The type of message (system) attribute 'AWSTraceHeader' is invalid. "
                              "You must use only the following supported type prefixes: String."));
    if (!value->has_string_value || value->string_value.bytes == 0)
        return api_fail(
            ret_error, INVALID,
            SLICE("Message (system) attribute 'AWSTraceHeader' must contain a non-empty "
                  "value of type 'String'."));
    if (value->string_value.bytes > MESSAGE_TRACE_BYTES_MAX)
        return api_fail(
            ret_error, INVALID,
            SLICE("Message (system) attribute 'AWSTraceHeader' must be shorter than 4096 "
                  "bytes."));
    if (message_rules_text(value->string_value, &point) != MESSAGE_TEXT_GOOD)
        return api_fail(ret_error, INVALID,
                        SLICE("Message (system) attribute 'AWSTraceHeader' contains an invalid "
                              "character, the set of allowed characters is " MESSAGE_TEXT_SET "."));
    return true;
}

bool message_rules_check_system(struct arena *arena, const struct api_message_attribute_map *map,
                                struct message_attribute *ret_trace, bool *ret_found,
                                struct api_error *ret_error)
{
    for (uint32_t i = 0; i < map->count; i++) {
        const struct api_message_attribute *attribute = &map->items[i];
        if (!slice_is(attribute->name, "AWSTraceHeader"))
            return api_fail_print(ret_error, arena, INVALID,
                                  "Message system attribute name '%.*s' is invalid.",
                                  SLICE_PRINT(attribute->name));
        if (!check_trace(attribute, ret_error))
            return false;
        *ret_trace = (struct message_attribute){attribute->name, attribute->value.data_type,
                                                attribute->value.string_value, false};
    }
    *ret_found = map->count > 0;
    return true;
}

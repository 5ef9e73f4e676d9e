/* What the control tool's commands share. */
#include "base/encode.h"
#include "base/token_file.h"
#include "main/admin_client.h"
#include "main/leat.h"

#include "base/banned.h"

#define SAY_BYTES_MAX 8192

void leat_defuse(char *text)
{
    for (uint8_t *at = (uint8_t *)text; *at != '\0'; at++) {
        bool is_wide = at[0] == 0xc2 && at[1] >= 0x80 && at[1] < 0xa0;
        bool is_control = (at[0] < ' ' && at[0] != '\n') || at[0] == 0x7f;
        if (is_wide)
            *at++ = '?'; /* two bytes of UTF-8 */
        if (is_wide || is_control)
            *at = '?';
    }
}

static void say(const char *format, va_list args)
{
    char text[SAY_BYTES_MAX];
    vsnprintf(text, sizeof(text), format, args);
    leat_defuse(text);
    fprintf(stderr, "leat: %s\n", text);
}

int leat_fail(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    say(format, args);
    va_end(args);
    return LEAT_BAD;
}

int leat_refuse(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    say(format, args);
    va_end(args);
    return LEAT_USAGE;
}

struct slice leat_add_parameter(struct leat_request *request, struct slice target, const char *name,
                                const char *value)
{
    if (value == NULL)
        return target;
    uint8_t *escaped = arena_take(&request->arena, 3 * strlen(value));
    size_t length = encode_percent(slice_from_text(value), false, escaped);
    bool is_first = slice_find(target, '?') == target.bytes;
    return arena_print(&request->arena, "%.*s%c%s=%.*s", SLICE_PRINT(target), is_first ? '?' : '&',
                       name, (int)length, (const char *)escaped);
}

/* Why a server that wants a token was not content with ours; `err` is what reading the file gave. */
static struct slice explain_token(struct leat_request *request, enum err err)
{
    const char *fault = err == ERR_ABSENT    ? "which does not exist"
                        : err == ERR_INVALID ? "which holds no token"
                        : err == ERR_STALE   ? "which others may read or change (chmod 600)"
                                             : "which cannot be read";
    if (err == ERR_OK)
        return arena_print(&request->arena,
                           "the server at %s does not take the token in %s: name its data "
                           "directory by --data-dir, or the file by --token-file",
                           request->address, request->token_file);
    return arena_print(&request->arena,
                       "the server at %s wants a token, looked for in %s, %s: name its data "
                       "directory by --data-dir, or the file by --token-file",
                       request->address, request->token_file, fault);
}

json_t *leat_ask(struct leat_request *request, const char *method, struct slice target,
                 struct slice body)
{
    struct slice why = SLICE_NONE;
    char token[TOKEN_BYTES_MAX + 1] = "";
    enum err err = ERR_OK;
    if (strncmp(request->address, "unix:", 5) != 0)
        err = token_file_read(request->token_file, token);
    if (err != ERR_OK)
        token[0] = '\0'; /* perhaps the server wants none */
    json_t *answer = admin_client_ask(request->address, token, method, target, body,
                                      &request->arena, &why, &request->answer_status);
    if (request->answer_status == 401)
        why = explain_token(request, err);
    if (answer == NULL)
        leat_fail("%.*s", SLICE_PRINT(why));
    return answer;
}

const char *leat_text_of(const json_t *object, const char *name)
{
    const char *text = json_string_value(json_object_get(object, name));
    return text != NULL ? text : "";
}

long long leat_number_of(const json_t *object, const char *name)
{
    return (long long)json_integer_value(json_object_get(object, name));
}

void leat_print_json(const json_t *value, FILE *out)
{
    json_dumpf(value, out, JSON_COMPACT | JSON_PRESERVE_ORDER);
    fputc('\n', out);
}

bool leat_read_number(const char *text, uint64_t *ret_number)
{
    int64_t number;
    if (!slice_to_int64(slice_from_text(text), &number) || number < 0)
        return false;
    *ret_number = (uint64_t)number;
    return true;
}

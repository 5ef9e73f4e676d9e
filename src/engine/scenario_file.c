#include "engine/scenario_file.h"

#include "base/banned.h"

static bool is_space(uint8_t byte)
{
    return byte == ' ' || byte == '\t' || byte == '\r';
}

/* The next line without its end; the whole of it with the end is *ret_whole. False at the end of
 * the text. */
static bool next_line(struct slice *rest, struct slice *ret_line, struct slice *ret_whole)
{
    if (rest->bytes == 0)
        return false;
    size_t end = slice_find(*rest, '\n');
    *ret_whole = slice_head(*rest, end < rest->bytes ? end + 1 : end);
    *ret_line = slice_head(*rest, end);
    while (ret_line->bytes > 0 && is_space(ret_line->at[ret_line->bytes - 1]))
        ret_line->bytes--;
    *rest = slice_of(rest->at + ret_whole->bytes, rest->bytes - ret_whole->bytes);
    return true;
}

static bool is_comment(struct slice line)
{
    return line.bytes > 0 && line.at[0] == '#';
}

int scenario_next_block(struct slice *rest, uint32_t *line, struct scenario_block *ret_block,
                        const char **ret_problem)
{
    struct scenario_block block = {0};
    struct slice text;
    struct slice whole;
    bool has_separator = false;
    bool has_commands = false;
    while (next_line(rest, &text, &whole)) {
        uint32_t number = (*line)++;
        if (slice_is(text, "----")) {
            if (!has_commands || has_separator) {
                *ret_problem = "---- without commands before it";
                return -1;
            }
            has_separator = true;
            block.expected = slice_of(whole.at + whole.bytes, 0);
        } else if (has_separator) {
            if (text.bytes == 0)
                break;
            block.expected.bytes += whole.bytes;
        } else if (text.bytes == 0 && has_commands) {
            break;
        } else if (text.bytes > 0 && (has_commands || !is_comment(text))) {
            if (!has_commands)
                block = (struct scenario_block){.line = number, .commands = slice_of(whole.at, 0)};
            has_commands = true;
            block.commands.bytes += whole.bytes;
        }
    }
    if (has_commands && !has_separator) {
        *ret_problem = "commands without ---- after them";
        return -1;
    }
    if (has_commands)
        *ret_block = block;
    return has_commands;
}

/* ---- words ---- */

/* "m1..m12": the prefix and both numbers. */
static bool split_range(struct slice word, struct slice *ret_prefix, int64_t *ret_from,
                        int64_t *ret_to)
{
    size_t dots = 0;
    while (dots + 1 < word.bytes && !(word.at[dots] == '.' && word.at[dots + 1] == '.'))
        dots++;
    if (dots + 1 >= word.bytes)
        return false;
    struct slice first = slice_head(word, dots);
    struct slice last = slice_from(word, dots + 2);
    size_t digits = first.bytes;
    while (digits > 0 && first.at[digits - 1] >= '0' && first.at[digits - 1] <= '9')
        digits--;
    *ret_prefix = slice_head(first, digits);
    return slice_starts_with(last, *ret_prefix) &&
           slice_to_int64(slice_from(first, digits), ret_from) &&
           slice_to_int64(slice_from(last, digits), ret_to) && *ret_from <= *ret_to;
}

static bool add_word(struct scenario_command *command, struct slice word, struct arena *arena)
{
    struct slice prefix;
    int64_t from = 0;
    int64_t to = 0;
    if (!split_range(word, &prefix, &from, &to)) {
        if (command->words_count == SCENARIO_WORDS_MAX)
            return false;
        command->words[command->words_count++] = word;
        return true;
    }
    for (int64_t i = from; i <= to; i++) {
        if (command->words_count == SCENARIO_WORDS_MAX)
            return false;
        command->words[command->words_count++] =
            arena_print(arena, "%.*s%lld", SLICE_PRINT(prefix), (long long)i);
    }
    return true;
}

static bool add_option(struct scenario_command *command, struct slice word, size_t equals)
{
    if (equals == 0 || command->options_count == SCENARIO_OPTIONS_MAX)
        return false;
    command->options[command->options_count++] = (struct scenario_option){
        .key = slice_head(word, equals),
        .value = slice_of(word.at + equals + 1, word.bytes - equals - 1),
    };
    return true;
}

bool scenario_parse_command(struct slice line, struct arena *arena,
                            struct scenario_command *ret_command, const char **ret_problem)
{
    struct scenario_command command = {0};
    size_t at = 0;
    while (at < line.bytes && !is_comment(line)) {
        size_t start = at;
        while (at < line.bytes && !is_space(line.at[at]))
            at++;
        struct slice word = slice_of(line.at + start, at - start);
        size_t equals = slice_find(word, '=');
        if (word.bytes > 0 && equals < word.bytes && !add_option(&command, word, equals)) {
            *ret_problem = "too many options, or one without a name";
            return false;
        }
        if (word.bytes > 0 && equals == word.bytes && !add_word(&command, word, arena)) {
            *ret_problem = "too many words";
            return false;
        }
        while (at < line.bytes && is_space(line.at[at]))
            at++;
    }
    *ret_command = command;
    return true;
}

struct slice scenario_option(struct scenario_command *command, const char *key)
{
    for (uint32_t i = 0; i < command->options_count; i++) {
        if (slice_is(command->options[i].key, key)) {
            command->options[i].is_used = true;
            return command->options[i].value;
        }
    }
    return SLICE_NONE;
}

bool scenario_parse_ms(struct slice text, int64_t *ret_ms)
{
    int64_t whole = 0;
    int64_t ms = 0;
    size_t dot = slice_find(text, '.');
    struct slice decimals = slice_from(text, dot + 1);
    if (!slice_to_int64(slice_head(text, dot), &whole) || whole < 0 || decimals.bytes > 3 ||
        (dot < text.bytes && decimals.bytes == 0))
        return false;
    int64_t weight = 100;
    for (size_t i = 0; i < decimals.bytes; i++) {
        if (decimals.at[i] < '0' || decimals.at[i] > '9')
            return false;
        ms += (decimals.at[i] - '0') * weight;
        weight /= 10;
    }
    *ret_ms = whole * 1000 + ms;
    return true;
}

bool scenario_option_ms(struct scenario_command *command, const char *key, int64_t absent,
                        int64_t *ret_ms)
{
    struct slice value = scenario_option(command, key);
    *ret_ms = absent;
    return value.at == NULL || scenario_parse_ms(value, ret_ms);
}

bool scenario_option_count(struct scenario_command *command, const char *key, int64_t absent,
                           int64_t *ret_count)
{
    struct slice value = scenario_option(command, key);
    *ret_count = absent;
    return value.at == NULL || slice_to_int64(value, ret_count);
}

void scenario_print_ms(struct buffer *out, int64_t ms)
{
    buffer_add_int64(out, ms / 1000);
    if (ms % 1000 == 0)
        return;
    char decimals[8];
    (void)snprintf(decimals, sizeof(decimals), ".%03d", (int)(ms % 1000));
    size_t bytes = strlen(decimals);
    while (decimals[bytes - 1] == '0')
        bytes--;
    buffer_add(out, slice_of(decimals, bytes));
}

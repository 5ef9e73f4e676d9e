/* Scenario files: what to do with an engine and what it must say, as text.
 *
 *     # A comment: which row of the reference this is.
 *     send q m1
 *     receive q
 *     ----
 *     got m1/1
 *
 * A block is command lines, a line "----", and the expected output up to a blank line or the end.
 * Comments stand on lines of their own, before or between the commands. Test code only. */
#ifndef LEAT_ENGINE_SCENARIO_FILE_H
#define LEAT_ENGINE_SCENARIO_FILE_H

#include "base/buffer.h"

#define SCENARIO_WORDS_MAX   64u
#define SCENARIO_OPTIONS_MAX 16u

struct scenario_block {
    uint32_t line;         /* of its first command, 1-based */
    struct slice commands; /* whole lines, comments and all */
    struct slice expected; /* whole lines; empty: nothing is said */
};

/* Cuts the next block off *rest. 1: a block, 0: no more, -1: broken, and *ret_problem says how.
 * *line counts lines and starts at 1. */
int scenario_next_block(struct slice *rest, uint32_t *line, struct scenario_block *ret_block,
                        const char **ret_problem);

struct scenario_option {
    struct slice key, value;
    bool is_used; /* a misspelt option is an error, not a silent default */
};

/* One command line in words. */
struct scenario_command {
    struct slice words[SCENARIO_WORDS_MAX]; /* without the options; the first is the verb */
    uint32_t words_count;
    struct scenario_option options[SCENARIO_OPTIONS_MAX];
    uint32_t options_count;
};

/* False with *ret_problem when the line has too many words or an empty key. A line without words
 * has words_count 0 (blank or comment). A word "m1..m4" stands for m1 m2 m3 m4; the new names are
 * taken from the arena. */
bool scenario_parse_command(struct slice line, struct arena *arena,
                            struct scenario_command *ret_command, const char **ret_problem);

/* The option's value; SLICE_NONE when absent. */
struct slice scenario_option(struct scenario_command *command, const char *key);
/* The option as a number of seconds with up to three decimals, in milliseconds; `absent` when it is
 * not there. False when it is no such number. */
bool scenario_option_ms(struct scenario_command *command, const char *key, int64_t absent,
                        int64_t *ret_ms);
bool scenario_option_count(struct scenario_command *command, const char *key, int64_t absent,
                           int64_t *ret_count);
/* "1.5" -> 1500. */
bool scenario_parse_ms(struct slice text, int64_t *ret_ms);
/* 1500 -> "1.5". */
void scenario_print_ms(struct buffer *out, int64_t ms);

#endif

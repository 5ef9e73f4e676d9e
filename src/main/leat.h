/* What the parts of the control tool share. Private to leat*.c. */
#ifndef LEAT_MAIN_LEAT_H
#define LEAT_MAIN_LEAT_H

#include <jansson.h>
#include <stdio.h>

#include "base/arena.h"
#include "base/check.h"

/* Exit statuses. */
enum leat_status {
    LEAT_GOOD = 0,
    LEAT_BAD = 1, /* it was tried and did not work; `log check`: there is damage */
    LEAT_USAGE =
        2, /* it was not tried: the command line is wrong; `log`: the files cannot be read */
};

/* What the command line said. NULL: nothing. */
struct leat_request {
    const char *address;
    const char *data_dir, *token_file;
    const char *account;
    const char *prefix;
    const char *max;
    const char *after;
    const char *file;
    const char *from;
    const char *queue;
    bool wants_json;
    char **words; /* behind the command's name: as many as its form wants */
    int words_count;
    char token_path[4112];   /* of token_file, when it is in the data directory */
    char address_text[4112]; /* of address, without what people paste around it */
    unsigned answer_status;  /* HTTP's, of the last answer; 0: there was none */
    struct arena arena;
};

/* Commands: each returns an exit status and has said on stderr what went wrong. */
int leat_queues(struct leat_request *request);
int leat_peek(struct leat_request *request);
int leat_clock(struct leat_request *request);
int leat_export(struct leat_request *request);
int leat_import(struct leat_request *request);
int leat_log(struct leat_request *request);
int leat_log_status(struct leat_request *request); /* of leat_log */

/* Say why on stderr; LEAT_BAD and LEAT_USAGE. */
int leat_fail(const char *format, ...) PRINTF_LIKE(1, 2);
int leat_refuse(const char *format, ...) PRINTF_LIKE(1, 2);

/* Others' text may not steer the terminal: replaces its control characters, but for line ends, by question marks. */
void leat_defuse(char *text);

/* "/path?a=b" with the value escaped; nothing for an absent value. */
struct slice leat_add_parameter(struct leat_request *request, struct slice target, const char *name,
                                const char *value);
/* Asks the server. A reference for the caller; NULL: stderr was told why. */
json_t *leat_ask(struct leat_request *request, const char *method, struct slice target,
                 struct slice body);
/* A member of an answer; "" and 0 when it is not there. */
const char *leat_text_of(const json_t *object, const char *name);
long long leat_number_of(const json_t *object, const char *name);
/* One line. */
void leat_print_json(const json_t *value, FILE *out);
/* A whole decimal number, not negative. */
MUST_CHECK bool leat_read_number(const char *text, uint64_t *ret_number);

#endif

/* What the load generator wants to know of an answer's body, in both protocols. Written apart from the server's own
 * codecs, so that it checks them.
 *
 * Just enough is read: the members below, unescaped, wherever the API puts them; everything else is skipped. Bodies that
 * do not hold together (unbalanced, cut, a bad escape) are refused; grammar beyond that is not checked. Nothing is
 * allocated: texts are unescaped in place and point into the bytes given. Pure; any thread. */
#ifndef LEAT_BENCH_ANSWER_H
#define LEAT_BENCH_ANSWER_H

#include "base/slice.h"

#define ANSWER_ENTRIES_MAX 10u
#define ANSWER_DEPTH_MAX   64u

enum answer_list {
    ANSWER_NO_LIST,
    ANSWER_MESSAGES,   /* of ReceiveMessage */
    ANSWER_SUCCESSFUL, /* of a batch */
    ANSWER_FAILED,
};

/* Members that are absent have at == NULL. */
struct answer_entry {
    enum answer_list list;
    struct slice id; /* of a batch's entry */
    struct slice message_id;
    struct slice receipt;
    struct slice body;
    struct slice code; /* of a failed entry */
};

struct answer {
    struct slice message_id;
    struct slice queue_url;
    struct slice error_code; /* of the whole request */
    struct slice error_text;
    struct answer_entry entries[ANSWER_ENTRIES_MAX];
    uint32_t entries_count;
};

/* False: the bytes do not hold together, or there are more entries than a request can ask for. An empty body is an empty
 * answer. */
bool answer_parse_json(uint8_t *bytes, size_t count, struct answer *ret_answer);
bool answer_parse_xml(uint8_t *bytes, size_t count, struct answer *ret_answer);

/* An answer that is no success, for the reader: its status with the code and the text of the error, or with the beginning
 * of the body where there are none (a page of a proxy, the other protocol). Plain ASCII, ended by a NUL; bytes: room, at
 * least 16. */
void answer_describe(uint32_t status, const struct answer *answer, struct slice body,
                     char *ret_text, size_t bytes);

#endif

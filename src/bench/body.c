#include "bench/body.h"

#include "base/encode.h"
#include "base/random.h"

#include "base/banned.h"

/* Where the fields of the head begin, and how wide they are. */
#define RUN_AT         6u
#define RUN_BYTES      8u
#define PRODUCER_AT    (RUN_AT + RUN_BYTES + 7)
#define PRODUCER_BYTES 6u
#define SEQUENCE_AT    (PRODUCER_AT + PRODUCER_BYTES + 7)
#define SEQUENCE_BYTES 10u
#define SENT_AT        (SEQUENCE_AT + SEQUENCE_BYTES + 7)
#define SENT_BYTES     12u
#define SUM_AT         (SENT_AT + SENT_BYTES + 7)
#define SUM_BYTES      16u
#define HEAD_BYTES     (SUM_AT + SUM_BYTES + 7)
#define TAIL_BYTES     2u
#define SHIFTS         4096u /* bodies begin at different places of the padding */

static const char head_form[] = "{\"r\":\"........\",\"p\":\"......\",\"n\":\"..........\","
                                "\"t\":\"............\",\"s\":\"................\",\"x\":\"";
static uint8_t padding[BODY_BYTES_MAX + SHIFTS];

_Static_assert(sizeof(head_form) - 1 == HEAD_BYTES, "the form and the places of its fields agree");
_Static_assert(HEAD_BYTES + TAIL_BYTES < BODY_BYTES_MIN, "the smallest body has padding");

void body_prepare(void)
{
    static const char letters[64] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_";
    uint64_t state = 1;
    for (size_t i = 0; i < sizeof(padding); i++)
        padding[i] = (uint8_t)letters[random_next(&state) & 63];
}

/* Each step is a bijection of the state for a given word and of the word for a given state: no change of one word can
 * cancel out. */
static uint64_t add_to_sum(uint64_t sum, struct slice bytes)
{
    uint64_t word;
    while (bytes.bytes >= sizeof(word)) {
        memcpy(&word, bytes.at, sizeof(word));
        sum = (sum ^ word) * UINT64_C(0x9e3779b97f4a7c15);
        sum ^= sum >> 29;
        bytes = slice_of(bytes.at + sizeof(word), bytes.bytes - sizeof(word));
    }
    word = bytes.bytes;
    for (size_t i = 0; i < bytes.bytes; i++)
        word = word << 8 | bytes.at[i];
    sum = (sum ^ word) * UINT64_C(0x9e3779b97f4a7c15);
    return sum ^ sum >> 29;
}

static void put_hex(uint8_t *at, uint32_t digits, uint64_t value)
{
    for (uint32_t i = digits; i > 0; i--, value >>= 4)
        at[i - 1] = (uint8_t) "0123456789abcdef"[value & 15];
}

static bool get_hex(const uint8_t *at, uint32_t digits, uint64_t *ret_value)
{
    uint64_t value = 0;
    for (uint32_t i = 0; i < digits; i++) {
        if (at[i] >= '0' && at[i] <= '9')
            value = value << 4 | (uint64_t)(at[i] - '0');
        else if (at[i] >= 'a' && at[i] <= 'f')
            value = value << 4 | (uint64_t)(at[i] - 'a' + 10);
        else
            return false;
    }
    *ret_value = value;
    return true;
}

static void add_quotes_escaped(struct buffer *out, const uint8_t *at, size_t bytes,
                               enum body_escape escape)
{
    uint8_t *to = buffer_reserve(out, bytes * 3);
    size_t used = 0;
    if (escape == BODY_PERCENT) {
        used = encode_percent(slice_of(at, bytes), false, to);
    } else {
        for (size_t i = 0; i < bytes; i++) {
            if (at[i] == '"' && escape == BODY_JSON)
                to[used++] = '\\';
            to[used++] = at[i];
        }
    }
    buffer_advance(out, used);
}

void body_write(struct buffer *out, const struct body *body, uint32_t bytes,
                enum body_escape escape)
{
    ASSERT(bytes >= BODY_BYTES_MIN && bytes <= BODY_BYTES_MAX);
    ASSERT(body->producer < BODY_PRODUCERS_MAX);
    ASSERT(body->sequence <= BODY_SEQUENCE_MAX);
    ASSERT(body->sent_ns <= BODY_SENT_NS_MAX);
    uint8_t head[HEAD_BYTES];
    struct slice pad = slice_of(&padding[body->sequence % SHIFTS], bytes - HEAD_BYTES - TAIL_BYTES);
    memcpy(head, head_form, HEAD_BYTES);
    put_hex(&head[RUN_AT], RUN_BYTES, body->run);
    put_hex(&head[PRODUCER_AT], PRODUCER_BYTES, body->producer);
    put_hex(&head[SEQUENCE_AT], SEQUENCE_BYTES, body->sequence);
    put_hex(&head[SENT_AT], SENT_BYTES, body->sent_ns);
    put_hex(&head[SUM_AT], SUM_BYTES, add_to_sum(add_to_sum(bytes, slice_of(head, SUM_AT)), pad));
    add_quotes_escaped(out, head, HEAD_BYTES, escape);
    buffer_add(out, pad);
    add_quotes_escaped(out, (const uint8_t *)"\"}", TAIL_BYTES, escape);
}

/* Is everything around the fields as body_write writes it? */
static bool is_formed(struct slice text)
{
    static const uint32_t fields[][2] = {
        {RUN_AT, RUN_BYTES},   {PRODUCER_AT, PRODUCER_BYTES}, {SEQUENCE_AT, SEQUENCE_BYTES},
        {SENT_AT, SENT_BYTES}, {SUM_AT, SUM_BYTES},           {HEAD_BYTES, 0}};
    uint32_t at = 0;
    if (text.bytes < BODY_BYTES_MIN || text.bytes > BODY_BYTES_MAX)
        return false;
    for (size_t i = 0; i < ARRAY_COUNT(fields); i++) {
        if (memcmp(text.at + at, head_form + at, fields[i][0] - at) != 0)
            return false;
        at = fields[i][0] + fields[i][1];
    }
    return memcmp(text.at + text.bytes - TAIL_BYTES, "\"}", TAIL_BYTES) == 0;
}

enum body_verdict body_check(struct slice text, uint32_t run, struct body *ret_body)
{
    uint64_t of_run, producer, sequence, sent_ns, sum;
    if (!is_formed(text) || !get_hex(text.at + RUN_AT, RUN_BYTES, &of_run) ||
        !get_hex(text.at + PRODUCER_AT, PRODUCER_BYTES, &producer) ||
        !get_hex(text.at + SEQUENCE_AT, SEQUENCE_BYTES, &sequence) ||
        !get_hex(text.at + SENT_AT, SENT_BYTES, &sent_ns) ||
        !get_hex(text.at + SUM_AT, SUM_BYTES, &sum))
        return BODY_CORRUPT;
    struct slice pad = slice_of(text.at + HEAD_BYTES, text.bytes - HEAD_BYTES - TAIL_BYTES);
    if (add_to_sum(add_to_sum(text.bytes, slice_of(text.at, SUM_AT)), pad) != sum)
        return BODY_CORRUPT;
    *ret_body = (struct body){(uint32_t)of_run, (uint32_t)producer, sequence, sent_ns};
    return of_run == run ? BODY_OK : BODY_FOREIGN;
}

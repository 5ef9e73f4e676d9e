#include "bench/response.h"

#include "base/check.h"
#include "testkit/testkit.h"

#include "base/banned.h"

struct good {
    const char *bytes;
    uint32_t status;
    const char *body;
    bool is_last;
    const char *rest; /* of the stream, behind the answer */
};

static const struct good good[] = {
    {"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", 200, "hello", false, ""},
    {"HTTP/1.1 200 OK\r\ncontent-LENGTH:5 \r\n\r\nhelloHTTP/1.1", 200, "hello", false, "HTTP/1.1"},
    {"HTTP/1.1 200\r\nContent-Length: 0\r\n\r\n", 200, "", false, ""},
    {"HTTP/1.1 404 Not Found\nContent-Length: 2\n\nno", 404, "no", false, ""},
    {"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 1\r\n\r\nx", 200, "x", true, ""},
    {"HTTP/1.1 200 OK\r\nConnection: a, CLOSE\r\nContent-Length: 1\r\n\r\nx", 200, "x", true, ""},
    {"HTTP/1.0 200 OK\r\nContent-Length: 1\r\n\r\nx", 200, "x", true, ""},
    {"HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 1\r\n\r\nx", 200, "x", false,
     ""},
    {"HTTP/1.1 200 OK\r\nContent-Length: 1\r\ncontent-length: 1\r\n\r\nx", 200, "x", false, ""},
    {"HTTP/1.1 204 No Content\r\nContent-Length: 7\r\n\r\nrest", 204, "", false, "rest"},
    {"HTTP/1.1 304 Not Modified\r\nTransfer-Encoding: chunked\r\n\r\n", 304, "", false, ""},
    {"HTTP/1.1 100 Continue\r\nContent-Length: 9\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx",
     200, "x", false, ""},
    {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 200, "", false, ""},
    {"HTTP/1.1 200 OK\r\nTransfer-Encoding: Chunked\r\n\r\n1\r\na\r\n00A;x=y\r\n0123456789\r\n3 \r\n\r\n\n\r\n0\r\n"
     "Trailer: value\r\n\r\nnext",
     200, "a0123456789\r\n\n", false, "next"},
};

static const char *const bad[] = {
    "HTTP/2 200 OK\r\n\r\n",
    "HTTP/1.2 200 OK\r\n\r\n",
    "HTTP/1.1 2x0 OK\r\n\r\n",
    "HTTP/1.1 2000 OK\r\n\r\n",
    "HTTP/1.1 099 OK\r\n\r\n",
    "HTTP/1.1\r\n\r\n",
    "HTTP/1.1 101 Switching\r\n\r\n",
    "\r\nHTTP/1.1 200 OK\r\n\r\n",
    "HTTP/1.1 200 OK\r\nno colon\r\n\r\n",
    "HTTP/1.1 200 OK\r\n: no name\r\n\r\n",
    "HTTP/1.1 200 OK\r\nContent-Length: \r\n\r\n",
    "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
    "HTTP/1.1 200 OK\r\nContent-Length: 5, 5\r\n\r\nhello",
    "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nxx",
    "HTTP/1.1 200 OK\r\nContent-Length: 33554433\r\n\r\n",
    "HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999999999\r\n\r\n",
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n",
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n\r\n",
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nx\r\n",
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1x\r\na\r\n",
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nab\r\n",
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2000001\r\n",
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n2000000\r\n",
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffffffffffff\r\n",
};

static void check_good(const struct good *row, const struct response *r, const uint8_t *bytes,
                       size_t count)
{
    ck_assert_uint_eq(r->status, row->status);
    testkit_slice_eq(slice_of(bytes + r->body_at, r->body_bytes), row->body);
    ck_assert_int_eq(r->is_last, row->is_last);
    testkit_slice_eq(slice_of(bytes + r->used_bytes, count - r->used_bytes), row->rest);
}

/* The answer in two parts, cut at every byte; the second time the run has moved. */
START_TEST(an_answer_torn_anywhere_is_the_same_answer)
{
    const struct good *row = &good[_i];
    size_t count = strlen(row->bytes);
    for (size_t cut = 0; cut <= count; cut++) {
        struct response r;
        char first[512], second[512];
        response_init(&r);
        memcpy(first, row->bytes, cut);
        enum response_state state = response_parse(&r, (uint8_t *)first, cut, false);
        ck_assert_int_ne(state, RESPONSE_BAD);
        size_t needed = count - strlen(row->rest);
        ck_assert_int_eq(state, cut >= needed ? RESPONSE_DONE : RESPONSE_MORE);
        if (state == RESPONSE_DONE)
            continue;
        memcpy(second, first, cut);
        memcpy(second + cut, row->bytes + cut, count - cut);
        ck_assert_int_eq(response_parse(&r, (uint8_t *)second, count, false), RESPONSE_DONE);
        check_good(row, &r, (uint8_t *)second, count);
    }
}
END_TEST

START_TEST(an_answer_byte_by_byte_is_the_same_answer)
{
    const struct good *row = &good[_i];
    size_t needed = strlen(row->bytes) - strlen(row->rest);
    struct response r;
    char bytes[512];
    response_init(&r);
    for (size_t count = 0; count < needed; count++) {
        ck_assert_int_eq(response_parse(&r, (uint8_t *)bytes, count, false), RESPONSE_MORE);
        bytes[count] = row->bytes[count];
    }
    memcpy(bytes + needed, row->rest, strlen(row->rest));
    ck_assert_int_eq(response_parse(&r, (uint8_t *)bytes, strlen(row->bytes), false),
                     RESPONSE_DONE);
    check_good(row, &r, (uint8_t *)bytes, strlen(row->bytes));
}
END_TEST

START_TEST(an_answer_that_ends_early_is_bad)
{
    const struct good *row = &good[_i];
    for (size_t count = 0; count < strlen(row->bytes) - strlen(row->rest); count++) {
        struct response r;
        char bytes[512];
        response_init(&r);
        memcpy(bytes, row->bytes, count);
        ck_assert_int_eq(response_parse(&r, (uint8_t *)bytes, count, true), RESPONSE_BAD);
    }
}
END_TEST

START_TEST(what_is_not_http_is_refused)
{
    struct response r;
    char bytes[512];
    size_t count = strlen(bad[_i]);
    response_init(&r);
    memcpy(bytes, bad[_i], count);
    ck_assert_int_eq(response_parse(&r, (uint8_t *)bytes, count, false), RESPONSE_BAD);
}
END_TEST

START_TEST(without_framing_the_body_ends_with_the_stream)
{
    static const char text[] = "HTTP/1.1 200 OK\r\n\r\nall of it";
    struct response r;
    uint8_t bytes[sizeof(text)];
    memcpy(bytes, text, sizeof(text));
    response_init(&r);
    ck_assert_int_eq(response_parse(&r, bytes, 22, false), RESPONSE_MORE);
    ck_assert_int_eq(response_parse(&r, bytes, sizeof(text) - 1, true), RESPONSE_DONE);
    testkit_slice_eq(slice_of(bytes + r.body_at, r.body_bytes), "all of it");
    ck_assert(r.is_last);
}
END_TEST

/* Each row: an endless run of `unit` behind `head`. */
static const struct {
    const char *head, *unit;
} endless[] = {
    {"", "H"},
    {"HTTP/1.1 200 OK\r\n", "A"},
    {"HTTP/1.1 200 OK\r\n", "A: b\r\n"},
    {"", "HTTP/1.1 100 Continue\r\n\r\n"},
    {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", "0"},
    {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1", ";"},
    {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n", "A: b\r\n"},
    {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n", "A"},
};

START_TEST(endless_heads_are_refused)
{
    size_t capacity = RESPONSE_HEAD_BYTES_MAX * 2, count = strlen(endless[_i].head);
    uint8_t *bytes = malloc(capacity);
    struct response r;
    response_init(&r);
    memcpy(bytes, endless[_i].head, count);
    enum response_state state = RESPONSE_MORE;
    while (state == RESPONSE_MORE && count + strlen(endless[_i].unit) <= capacity) {
        memcpy(bytes + count, endless[_i].unit, strlen(endless[_i].unit));
        count += strlen(endless[_i].unit);
        state = response_parse(&r, bytes, count, false);
    }
    ck_assert_int_eq(state, RESPONSE_BAD);
    free(bytes);
}
END_TEST

static void fill(TCase *tests)
{
    tcase_add_loop_test(tests, an_answer_torn_anywhere_is_the_same_answer, 0, ARRAY_COUNT(good));
    tcase_add_loop_test(tests, an_answer_byte_by_byte_is_the_same_answer, 0, ARRAY_COUNT(good));
    tcase_add_loop_test(tests, an_answer_that_ends_early_is_bad, 0, ARRAY_COUNT(good));
    tcase_add_loop_test(tests, what_is_not_http_is_refused, 0, ARRAY_COUNT(bad));
    tcase_add_test(tests, without_framing_the_body_ends_with_the_stream);
    tcase_add_loop_test(tests, endless_heads_are_refused, 0, ARRAY_COUNT(endless));
}

int main(void)
{
    return testkit_run("response", fill);
}

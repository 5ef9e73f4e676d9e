#include "api/message_digest.h"

#include "base/encode.h"
#include "testkit/testkit.h"

#define TEXT(n, v)                                 \
    {                                              \
        SLICE(n), SLICE("String"), SLICE(v), false \
    }
#define NUMBER(n, v)                               \
    {                                              \
        SLICE(n), SLICE("Number"), SLICE(v), false \
    }
#define BLOB(n, v)                                \
    {                                             \
        SLICE(n), SLICE("Binary"), SLICE(v), true \
    }

/* Reference D3: values that AWS and its SDKs give. */
START_TEST(digests_equal_the_known_ones)
{
    static const struct {
        const char *digest;
        struct message_attribute attributes[4];
        uint32_t count;
    } rows[] = {
        {"a45daa70926828a2f0a1db3418e6feb4", {TEXT("k", "x")}, 1},
        {"235c5c510d26fb653d073faed50ae77c", {NUMBER("timestamp", "1493147359900")}, 1},
        {"adb59cd4678ea5a855436b949cd07ab6", {TEXT("MyAttribute", "foobar")}, 1},
        {"ae7155c6026991b6d54b11589678bf9c", {TEXT("Foo", "Bar")}, 1},
        {"befa18540a897f7d022bf07057754a03", {TEXT("test-key", "test-value")}, 1},
        {"4c360f3fdafd970e05fae2f149d997f5",
         {TEXT("Help.Me", "Me"), TEXT("Hello", "There"), TEXT("General", "Kenobi")},
         3},
        {"fca026605781cb4126a1e9044df24232",
         {TEXT("Hello", "There"), TEXT("General", "Kenobi")},
         2},
        {"a311262e065454b75da111d535b8dacd", {TEXT("Hello", "There")}, 1},
        {"83fee93c1bcd8b9a5a923ffacdc636c7", {TEXT("Help.Me", "Me"), TEXT("Hello", "There")}, 2},
        {"d838729972a4b70e2d2acd9d59ac847c",
         {TEXT("color", "blue"), NUMBER("count", "3"), BLOB("blob", "\x01\x02\x03")},
         3},
        {"da1b33cc3cbfe8b1630921e78e6b9880", {TEXT("color", "blue")}, 1},
        {"8cbe4db156db8a94db8b801b7addb984",
         {BLOB("attr1", "traceparent\x1e"
                        "00-774062d6c37081a5a0b9b5b88e30627c-2d2482211f6489da-01")},
         1},
        {"5ae4d5d7636402d80f4eb6d213245a88",
         {TEXT("AWSTraceHeader",
               "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1")},
         1},
        {"d41d8cd98f00b204e9800998ecf8427e", {TEXT("unused", "")}, 0},
    };
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        struct message_attribute attributes[4];
        uint8_t digest[MD5_BYTES], text[2 * MD5_BYTES];
        memcpy(attributes, rows[i].attributes, sizeof(attributes));
        message_digest_sort(attributes, rows[i].count);
        message_digest_attributes(attributes, rows[i].count, digest);
        encode_hex(slice_of(digest, sizeof(digest)), text);
        testkit_slice_eq(slice_of(text, sizeof(text)), rows[i].digest);
    }
}
END_TEST

START_TEST(names_sort_as_bytes)
{
    struct message_attribute attributes[] = {
        TEXT("b", "3"),  TEXT("\xc3\xb8", "6"), TEXT("a.b", "2"), TEXT("Z", "0"),
        TEXT("ba", "4"), TEXT("a", "1"),        TEXT("z", "5"),
    };
    message_digest_sort(attributes, ARRAY_COUNT(attributes));
    for (size_t i = 0; i < ARRAY_COUNT(attributes); i++)
        ck_assert_int_eq(attributes[i].value.at[0], '0' + (int)i);
}
END_TEST

static void fill(TCase *tests)
{
    tcase_add_test(tests, digests_equal_the_known_ones);
    tcase_add_test(tests, names_sort_as_bytes);
}

int main(void)
{
    return testkit_run("message_digest", fill);
}

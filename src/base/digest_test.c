#include "base/check.h"
#include "base/digest.h"
#include "base/encode.h"
#include "testkit/testkit.h"

static void check_hex(const uint8_t *digest, size_t bytes, const char *want)
{
    uint8_t text[2 * SHA256_BYTES];
    encode_hex(slice_of(digest, bytes), text);
    testkit_slice_eq(slice_of(text, 2 * bytes), want);
}

START_TEST(hashes_equal_published_values)
{
    uint8_t digest[SHA256_BYTES];
    digest_md5(SLICE("abc"), digest);
    check_hex(digest, MD5_BYTES, "900150983cd24fb0d6963f7d28e17f72");
    digest_sha256(SLICE("abc"), digest);
    check_hex(digest, SHA256_BYTES,
              "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    digest_sha256(SLICE_NONE, digest);
    check_hex(digest, SHA256_BYTES,
              "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}
END_TEST

START_TEST(parts_hash_like_the_whole)
{
    uint8_t whole[SHA256_BYTES], parts[SHA256_BYTES];
    digest_sha256(SLICE("ab, then cd"), whole);
    digest_sha256_begin();
    digest_sha256_add(SLICE("ab, "));
    digest_sha256_add(SLICE_NONE);
    digest_sha256_add(SLICE("then cd"));
    digest_sha256_end(parts);
    ck_assert(digest_equal(whole, parts, SHA256_BYTES));
    digest_md5(SLICE("ab, then cd"), whole);
    digest_md5_begin();
    digest_md5_add(SLICE("ab, "));
    digest_md5_add(SLICE("then cd"));
    digest_md5_end(parts);
    ck_assert(digest_equal(whole, parts, MD5_BYTES));
}
END_TEST

/* RFC 4231, cases 1, 2 and 6 (a key longer than a block). */
START_TEST(both_hmacs_equal_published_values)
{
    uint8_t key_1[20], key_6[131];
    memset(key_1, 0x0b, sizeof(key_1));
    memset(key_6, 0xaa, sizeof(key_6));
    const struct {
        struct slice key, text;
        const char *hmac;
    } rows[] = {
        {slice_of(key_1, sizeof(key_1)), SLICE("Hi There"),
         "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"},
        {SLICE("Jefe"), SLICE("what do ya want for nothing?"),
         "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"},
        {slice_of(key_6, sizeof(key_6)),
         SLICE("Test Using Larger Than Block-Size Key - Hash Key First"),
         "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"},
    };
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        uint8_t digest[SHA256_BYTES];
        digest_hmac_sha256(rows[i].key, rows[i].text, digest);
        check_hex(digest, SHA256_BYTES, rows[i].hmac);
        struct digest_hmac *hmac = digest_hmac_create(rows[i].key);
        for (int again = 0; again < 2; again++) {
            digest_hmac_sign(hmac, rows[i].text, digest);
            check_hex(digest, SHA256_BYTES, rows[i].hmac);
        }
        digest_hmac_destroy(hmac);
    }
    digest_hmac_destroy(NULL);
}
END_TEST

static void fill(TCase *tests)
{
    tcase_add_test(tests, hashes_equal_published_values);
    tcase_add_test(tests, parts_hash_like_the_whole);
    tcase_add_test(tests, both_hmacs_equal_published_values);
}

int main(void)
{
    return testkit_run("digest", fill);
}

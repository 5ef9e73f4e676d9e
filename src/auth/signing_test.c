#include "auth/signing.h"

#include "testkit/testkit.h"

#include "base/banned.h"

#define KEYS_COUNT 200u

static const char *const dates[] = {"20150830", "20150831"};
static const char *const regions[] = {"us-east-1", "us-east-2", "eu-west-1"};

static struct claim make_claim(const char *date, const char *region)
{
    return (struct claim){
        .date = slice_from_text(date),
        .region = slice_from_text(region),
        .service = SLICE("sqs"),
        .terminator = SLICE("aws4_request"),
    };
}

/* Different for every key, date and region, so that a mix-up shows. */
static void make_signing_key(uint32_t key, uint32_t date, uint32_t region,
                             uint8_t ret_key[SHA256_BYTES])
{
    const uint32_t parts[] = {key, date, region};
    digest_sha256(slice_of(parts, sizeof(parts)), ret_key);
}

static void check_found(const struct digest_hmac *hmac, const uint8_t signing_key[SHA256_BYTES])
{
    uint8_t got[SHA256_BYTES], want[SHA256_BYTES];
    digest_hmac_sign(hmac, SLICE("text"), got);
    digest_hmac_sha256(slice_of(signing_key, SHA256_BYTES), SLICE("text"), want);
    ck_assert_mem_eq(got, want, SHA256_BYTES);
}

START_TEST(the_cache_gives_the_right_key_or_none)
{
    static struct auth_key keys[KEYS_COUNT];
    struct signing_cache *cache = signing_cache_create();
    uint32_t found_count = 0;
    for (uint32_t i = 0; i < KEYS_COUNT; i++)
        keys[i].number = i;
    for (uint32_t round = 0; round < 2; round++)
        for (uint32_t n = 0; n < KEYS_COUNT * 6; n++) {
            uint32_t k = n / 6, d = n / 3 % 2, r = n % 3;
            struct claim claim = make_claim(dates[d], regions[r]);
            uint8_t signing_key[SHA256_BYTES];
            make_signing_key(k, d, r, signing_key);
            const struct digest_hmac *hmac = signing_cache_find(cache, &keys[k], &claim);
            if (hmac == NULL) {
                signing_cache_put(cache, &keys[k], &claim, signing_key);
                hmac = signing_cache_find(cache, &keys[k], &claim);
                ck_assert_ptr_nonnull(hmac);
            } else {
                found_count++;
            }
            check_found(hmac, signing_key);
        }
    ck_assert_uint_lt(found_count, 300); /* 256 places: the others were given up */
    signing_cache_destroy(cache);
    signing_cache_destroy(NULL);
}
END_TEST

START_TEST(one_key_stays_in_the_cache)
{
    struct auth_key key = {.number = 7};
    struct signing_cache *cache = signing_cache_create();
    struct claim claim = make_claim(dates[0], regions[0]);
    struct claim long_region = make_claim(dates[0], "a-region-with-a-name-that-no-region-has");
    uint8_t signing_key[SHA256_BYTES] = {1};
    signing_cache_put(cache, &key, &claim, signing_key);
    for (int i = 0; i < 1000; i++)
        ck_assert_ptr_nonnull(signing_cache_find(cache, &key, &claim));
    signing_cache_put(cache, &key, &long_region, signing_key);
    ck_assert_ptr_null(signing_cache_find(cache, &key, &long_region));
    signing_cache_destroy(cache);
}
END_TEST

/* The value is of an independent implementation. */
START_TEST(derived_keys_equal_a_known_one)
{
    struct arena arena;
    struct auth_key key = {.secret = SLICE("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY")};
    struct claim claim = make_claim("20150830", "us-east-1");
    uint8_t signing_key[SHA256_BYTES];
    static const uint8_t want[SHA256_BYTES] = {0x9e, 0x65, 0xb0, 0xbe, 0x0d, 0x06, 0x5e, 0xc1,
                                               0xc6, 0xad, 0x43, 0x7e, 0x0f, 0x49, 0x5e, 0x15,
                                               0x79, 0x70, 0x93, 0xb9, 0x9a, 0xd6, 0xde, 0x07,
                                               0xa0, 0x6d, 0x7f, 0xf0, 0x44, 0xca, 0x5c, 0x6a};
    arena_init(&arena);
    signing_derive(&key, &claim, &arena, signing_key);
    ck_assert_mem_eq(signing_key, want, SHA256_BYTES);
    arena_done(&arena);
}
END_TEST

static void fill(TCase *tests)
{
    tcase_add_test(tests, the_cache_gives_the_right_key_or_none);
    tcase_add_test(tests, one_key_stays_in_the_cache);
    tcase_add_test(tests, derived_keys_equal_a_known_one);
}

int main(void)
{
    return testkit_run("signing", fill);
}

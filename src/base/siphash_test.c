#include "base/siphash.h"

#include "base/encode.h"
#include "testkit/testkit.h"

/* Key 00 01 .. 0f, input 00 01 ..: the first two are of the authors' vectors, the others by OpenSSL. */
START_TEST(values_are_those_of_others)
{
    static const struct {
        size_t bytes;
        const char *hash;
    } rows[] = {
        {0, "a3817f04ba25a8e66df67214c7550293"},  {1, "da87c1d86b99af44347659119b22fc45"},
        {7, "a1f1ebbed8dbc153c0b84aa61ff08239"},  {8, "3b62a9ba6258f5610f83e264f31497b4"},
        {15, "5493e99933b0a8117e08ec0f97cfc3d9"}, {16, "6ee2a4ca67b054bbfd3315bf85230577"},
        {17, "473d06e8738db89854c066c47ae47740"}, {36, "3dc47d1f29c448461e9e76ed904f6711"},
        {63, "5150d1772f50834a503e069a973fbd7c"},
    };
    uint8_t bytes[64], hash[SIPHASH_BYTES], text[2 * SIPHASH_BYTES];
    for (size_t i = 0; i < sizeof(bytes); i++)
        bytes[i] = (uint8_t)i;
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        siphash(siphash_key(bytes), slice_of(bytes, rows[i].bytes), hash);
        encode_hex(slice_of(hash, sizeof(hash)), text);
        testkit_slice_eq(slice_of(text, sizeof(text)), rows[i].hash);
    }
}
END_TEST

static void fill(TCase *tests)
{
    tcase_add_test(tests, values_are_those_of_others);
}

int main(void)
{
    return testkit_run("siphash", fill);
}

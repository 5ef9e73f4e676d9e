#include "log/record_crc.h"

#if defined(__x86_64__)
#include <nmmintrin.h>
#endif

#include "base/check.h"

#include "base/banned.h"

#define POLYNOMIAL 0x82f63b78u /* 0x1edc6f41, bits reversed */

static uint32_t crc_table[256];

__attribute__((constructor)) static void fill_table(void)
{
    for (uint32_t i = 0; i < ARRAY_COUNT(crc_table); i++) {
        uint32_t crc = i;
        for (int bit = 0; bit < 8; bit++)
            crc = (crc >> 1) ^ ((crc & 1) != 0 ? POLYNOMIAL : 0);
        crc_table[i] = crc;
    }
}

uint32_t record_crc_portable(uint32_t crc, struct slice bytes)
{
    crc = ~crc;
    for (size_t i = 0; i < bytes.bytes; i++)
        crc = (crc >> 8) ^ crc_table[(crc ^ bytes.at[i]) & 0xff];
    return ~crc;
}

#if defined(__x86_64__)
__attribute__((target("sse4.2"))) static uint32_t crc_by_instruction(uint32_t crc,
                                                                     struct slice bytes)
{
    const uint8_t *at = bytes.at;
    size_t left = bytes.bytes;
    uint64_t state = ~crc;
    for (; left >= 8; left -= 8, at += 8) {
        uint64_t word;
        memcpy(&word, at, sizeof(word));
        state = _mm_crc32_u64(state, word);
    }
    for (; left > 0; left--, at++)
        state = _mm_crc32_u8((uint32_t)state, *at);
    return ~(uint32_t)state;
}

uint32_t record_crc(uint32_t crc, struct slice bytes)
{
    if (LIKELY(__builtin_cpu_supports("sse4.2")))
        return crc_by_instruction(crc, bytes);
    return record_crc_portable(crc, bytes);
}
#else
uint32_t record_crc(uint32_t crc, struct slice bytes)
{
    return record_crc_portable(crc, bytes);
}
#endif

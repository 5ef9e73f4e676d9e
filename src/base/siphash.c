#include "base/siphash.h"

#include "base/encode.h"

#include "base/banned.h"

#define WORD_BYTES    8u
#define WORD_ROUNDS   2
#define FINISH_ROUNDS 4

struct state {
    uint64_t v0, v1, v2, v3;
};

static inline uint64_t rotate(uint64_t x, unsigned bits)
{
    return x << bits | x >> (64 - bits);
}

static inline void mix(struct state *s, int rounds)
{
    for (int i = 0; i < rounds; i++) {
        s->v0 += s->v1;
        s->v1 = rotate(s->v1, 13) ^ s->v0;
        s->v0 = rotate(s->v0, 32);
        s->v2 += s->v3;
        s->v3 = rotate(s->v3, 16) ^ s->v2;
        s->v0 += s->v3;
        s->v3 = rotate(s->v3, 21) ^ s->v0;
        s->v2 += s->v1;
        s->v1 = rotate(s->v1, 17) ^ s->v2;
        s->v2 = rotate(s->v2, 32);
    }
}

static inline void add(struct state *s, uint64_t word)
{
    s->v3 ^= word;
    mix(s, WORD_ROUNDS);
    s->v0 ^= word;
}

static inline uint64_t finish(struct state *s)
{
    mix(s, FINISH_ROUNDS);
    return s->v0 ^ s->v1 ^ s->v2 ^ s->v3;
}

struct siphash_key siphash_key(const uint8_t bytes[SIPHASH_KEY_BYTES])
{
    return (struct siphash_key){get_u64(bytes), get_u64(bytes + WORD_BYTES)};
}

void siphash(struct siphash_key key, struct slice input, uint8_t ret_hash[SIPHASH_BYTES])
{
    struct state s = {
        .v0 = key.low ^ UINT64_C(0x736f6d6570736575),
        .v1 = key.high ^ UINT64_C(0x646f72616e646f6d) ^ 0xee,
        .v2 = key.low ^ UINT64_C(0x6c7967656e657261),
        .v3 = key.high ^ UINT64_C(0x7465646279746573),
    };
    uint64_t last = (uint64_t)input.bytes << 56;
    for (; input.bytes >= WORD_BYTES; input = slice_from(input, WORD_BYTES))
        add(&s, get_u64(input.at));
    for (size_t i = 0; i < input.bytes; i++)
        last |= (uint64_t)input.at[i] << (8 * i);
    add(&s, last);
    s.v2 ^= 0xee;
    put_u64(ret_hash, finish(&s));
    s.v1 ^= 0xdd;
    put_u64(ret_hash + WORD_BYTES, finish(&s));
}

#include "auth/signing.h"

#include "base/banned.h"

#define SETS_COUNT       64u /* a power of two */
#define WAYS_COUNT       4u
#define REGION_BYTES_MAX 32u

struct place {
    const struct auth_key *key; /* NULL: free */
    struct digest_hmac *hmac;
    uint8_t date[CLAIM_DATE_BYTES];
    uint8_t region[REGION_BYTES_MAX];
    uint32_t region_bytes;
};

struct signing_cache {
    struct place places[SETS_COUNT][WAYS_COUNT];
    uint8_t oldest[SETS_COUNT]; /* the way to give up next */
};

struct signing_cache *signing_cache_create(void)
{
    struct signing_cache *cache = calloc(1, sizeof(*cache));
    ASSERT(cache != NULL);
    return cache;
}

void signing_cache_destroy(struct signing_cache *cache)
{
    if (cache == NULL)
        return;
    for (uint32_t set = 0; set < SETS_COUNT; set++)
        for (uint32_t way = 0; way < WAYS_COUNT; way++)
            digest_hmac_destroy(cache->places[set][way].hmac);
    free(cache);
}

/* Keys in use at the same time differ by number; dates and regions seldom differ. */
static uint32_t find_set(const struct auth_key *key, const struct claim *claim)
{
    uint32_t mixed = key->number * 2654435761u ^ claim->date.at[CLAIM_DATE_BYTES - 1];
    for (size_t i = 0; i < claim->region.bytes; i++)
        mixed = (mixed ^ claim->region.at[i]) * 16777619u;
    return mixed >> 16 & (SETS_COUNT - 1);
}

const struct digest_hmac *signing_cache_find(const struct signing_cache *cache,
                                             const struct auth_key *key, const struct claim *claim)
{
    ASSERT(claim->date.bytes == CLAIM_DATE_BYTES);
    const struct place *set = cache->places[find_set(key, claim)];
    for (uint32_t way = 0; way < WAYS_COUNT; way++) {
        const struct place *place = &set[way];
        if (place->key == key &&
            slice_equal(slice_of(place->date, CLAIM_DATE_BYTES), claim->date) &&
            slice_equal(slice_of(place->region, place->region_bytes), claim->region))
            return place->hmac;
    }
    return NULL;
}

void signing_cache_put(struct signing_cache *cache, const struct auth_key *key,
                       const struct claim *claim, const uint8_t signing_key[SHA256_BYTES])
{
    ASSERT(claim->date.bytes == CLAIM_DATE_BYTES);
    uint32_t set = find_set(key, claim);
    struct place *place = &cache->places[set][cache->oldest[set]];
    if (claim->region.bytes == 0 || claim->region.bytes > REGION_BYTES_MAX)
        return;
    cache->oldest[set] = (uint8_t)((cache->oldest[set] + 1) % WAYS_COUNT);
    digest_hmac_destroy(place->hmac);
    place->key = key;
    place->hmac = digest_hmac_create(slice_of(signing_key, SHA256_BYTES));
    memcpy(place->date, claim->date.at, CLAIM_DATE_BYTES);
    memcpy(place->region, claim->region.at, claim->region.bytes);
    place->region_bytes = (uint32_t)claim->region.bytes;
}

void signing_derive(const struct auth_key *key, const struct claim *claim, struct arena *arena,
                    uint8_t ret_signing_key[SHA256_BYTES])
{
    const struct slice parts[] = {claim->date, claim->region, claim->service, claim->terminator};
    struct slice first = arena_join(arena, SLICE("AWS4"), key->secret);
    digest_hmac_sha256(first, parts[0], ret_signing_key);
    digest_wipe((void *)(uintptr_t)first.at, first.bytes);
    for (size_t i = 1; i < ARRAY_COUNT(parts); i++) {
        uint8_t next[SHA256_BYTES];
        digest_hmac_sha256(slice_of(ret_signing_key, SHA256_BYTES), parts[i], next);
        memcpy(ret_signing_key, next, SHA256_BYTES);
    }
}

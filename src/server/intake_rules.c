/* Rules of what is taken in: the shared budget, wasteful and slow senders. */
#include "server/intake_rules.h"

#include "base/banned.h"

/* A chunked body may carry so much framing whatever its chunks are like. */
#define FRAMING_FREE_BYTES 16384u
#define SLOW_AFTER_MS      5000u
#define SLOW_BYTES_PER_S   32768u

bool intake_take(struct intake_budget *budget, uint64_t bytes)
{
    if (atomic_fetch_add(&budget->bytes, bytes) + bytes <= budget->bytes_max)
        return true;
    atomic_fetch_sub(&budget->bytes, bytes);
    return false;
}

void intake_give(struct intake_budget *budget, uint64_t bytes)
{
    uint64_t before = atomic_fetch_sub(&budget->bytes, bytes);
    ASSERT(before >= bytes);
}

uint64_t intake_charge_of(size_t input_bytes)
{
    if (input_bytes <= INTAKE_FREE_BYTES)
        return 0;
    return ((uint64_t)input_bytes + INTAKE_STEP_BYTES - 1) / INTAKE_STEP_BYTES * INTAKE_STEP_BYTES;
}

bool intake_is_wasteful(uint64_t framing_bytes, uint64_t body_bytes)
{
    return framing_bytes > FRAMING_FREE_BYTES && framing_bytes > body_bytes;
}

bool intake_is_slow(uint64_t input_bytes, uint64_t since_ms)
{
    return since_ms >= SLOW_AFTER_MS && input_bytes * 1000 < since_ms * SLOW_BYTES_PER_S;
}

bool intake_speaks_json(struct slice input)
{
    static const struct slice json = {(const uint8_t *)"application/x-amz-json-1.", 25};
    struct slice rest = input, line;
    while (slice_split(&rest, '\n', &line) && line.bytes > 1) {
        size_t colon = slice_find(line, ':');
        struct slice name = slice_head(line, colon);
        struct slice value = slice_trim(slice_from(line, colon + 1));
        if (slice_equal_nocase(name, SLICE("x-amz-target")))
            return true;
        if (slice_equal_nocase(name, SLICE("content-type")) &&
            slice_equal_nocase(slice_head(value, json.bytes), json))
            return true;
    }
    return false;
}

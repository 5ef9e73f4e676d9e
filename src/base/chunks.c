#include "base/chunks.h"

#include "base/banned.h"

static _Thread_local int64_t refuse_after = -1;

void chunks_refuse_after(int64_t growths)
{
    refuse_after = growths;
}

void chunks_init(struct chunks *chunks, uint32_t chunk_bytes)
{
    ASSERT(chunk_bytes > 0);
    *chunks = (struct chunks){.chunk_bytes = chunk_bytes};
}

void chunks_done(struct chunks *chunks)
{
    for (uint32_t i = 0; i < chunks->count; i++)
        free(chunks->at[i]);
    free(chunks->at);
    chunks_init(chunks, chunks->chunk_bytes);
}

static bool grow_directory(struct chunks *chunks)
{
    uint32_t capacity = chunks->capacity == 0 ? 4 : chunks->capacity * 2;
    ASSERT(capacity > chunks->capacity);
    void **at = realloc(chunks->at, capacity * sizeof(*at));
    if (at == NULL)
        return false;
    chunks->at = at;
    chunks->capacity = capacity;
    return true;
}

bool chunks_add(struct chunks *chunks)
{
    if (refuse_after >= 0 && refuse_after-- == 0)
        return false;
    if (chunks->count == chunks->capacity && !grow_directory(chunks))
        return false;
    void *chunk = calloc(1, chunks->chunk_bytes);
    if (chunk == NULL)
        return false;
    chunks->at[chunks->count++] = chunk;
    return true;
}

uint64_t chunks_bytes(const struct chunks *chunks)
{
    return (uint64_t)chunks->count * chunks->chunk_bytes +
           (uint64_t)chunks->capacity * sizeof(*chunks->at);
}

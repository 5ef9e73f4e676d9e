#include "base/arena.h"

#include "base/banned.h"

struct arena_block {
    struct arena_block *older;
    size_t bytes; /* of data */
    _Alignas(16) uint8_t data[];
};

static void add_block(struct arena *arena, size_t bytes)
{
    struct arena_block *block = malloc(sizeof(*block) + bytes);
    if (block == NULL)
        check_failed(__FILE__, __LINE__, "out of memory");
    block->older = arena->blocks;
    block->bytes = bytes;
    arena->blocks = block;
    arena->next = block->data;
    arena->end = block->data + bytes;
}

void arena_init(struct arena *arena)
{
    *arena = (struct arena){0};
}

static void use_block(struct arena *arena, struct arena_block *block)
{
    block->older = NULL;
    arena->blocks = block;
    arena->next = block->data;
    arena->end = block->data + block->bytes;
}

/* Of the two sizes that requests begin with. */
static bool is_worth_keeping(const struct arena_block *block)
{
    return block->bytes == ARENA_BLOCK_BYTES || block->bytes == ARENA_FIRST_BYTES;
}

void arena_reset(struct arena *arena)
{
    struct arena_block *kept = NULL;
    while (arena->blocks != NULL) {
        struct arena_block *block = arena->blocks;
        arena->blocks = block->older;
        if (is_worth_keeping(block) && (kept == NULL || block->bytes > kept->bytes)) {
            free(kept);
            kept = block;
        } else {
            free(block);
        }
    }
    arena_init(arena);
    if (kept != NULL)
        use_block(arena, kept);
}

void arena_done(struct arena *arena)
{
    while (arena->blocks != NULL) {
        struct arena_block *block = arena->blocks;
        arena->blocks = block->older;
        free(block);
    }
    arena_init(arena);
}

void arena_reserve(struct arena *arena, size_t bytes)
{
    ASSERT(bytes < SIZE_MAX / 2);
    size_t padded = (bytes + 15u) & ~(size_t)15u;
    if ((size_t)(arena->end - arena->next) < padded)
        add_block(arena, padded);
}

/* Of the next block, which must take `wanted`. */
static size_t block_bytes(const struct arena *arena, size_t wanted)
{
    if (arena->blocks == NULL && wanted <= ARENA_FIRST_BYTES)
        return ARENA_FIRST_BYTES;
    return wanted > ARENA_BLOCK_BYTES ? wanted : ARENA_BLOCK_BYTES;
}

void *arena_take(struct arena *arena, size_t bytes)
{
    ASSERT(bytes < SIZE_MAX / 2);
    size_t padded = (bytes + 15u) & ~(size_t)15u;
    if ((size_t)(arena->end - arena->next) < padded)
        add_block(arena, block_bytes(arena, padded));
    void *taken = arena->next;
    arena->next += padded;
    arena->used_bytes += padded;
    return taken;
}

void *arena_take_zero(struct arena *arena, size_t bytes)
{
    void *taken = arena_take(arena, bytes);
    if (bytes > 0)
        memset(taken, 0, bytes);
    return taken;
}

struct slice arena_copy(struct arena *arena, struct slice bytes)
{
    return arena_join(arena, bytes, SLICE_NONE);
}

struct slice arena_join(struct arena *arena, struct slice a, struct slice b)
{
    uint8_t *joined = arena_take(arena, a.bytes + b.bytes);
    if (a.bytes > 0)
        memcpy(joined, a.at, a.bytes);
    if (b.bytes > 0)
        memcpy(joined + a.bytes, b.at, b.bytes);
    return slice_of(joined, a.bytes + b.bytes);
}

struct slice arena_print_args(struct arena *arena, const char *format, va_list args)
{
    va_list again;
    va_copy(again, args);
    int length = vsnprintf(NULL, 0, format, args);
    ASSERT(length >= 0);
    char *text = arena_take(arena, (size_t)length + 1);
    vsnprintf(text, (size_t)length + 1, format, again);
    va_end(again);
    return slice_of(text, (size_t)length);
}

struct slice arena_print(struct arena *arena, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    struct slice text = arena_print_args(arena, format, args);
    va_end(args);
    return text;
}

/* A growing run of bytes in an arena: what encoders write to.
 *
 * Growing moves the bytes (the old place stays in the arena until its reset). Freed with the arena. */
#ifndef LEAT_BASE_BUFFER_H
#define LEAT_BASE_BUFFER_H

#include "base/arena.h"

struct buffer {
    struct arena *arena;
    uint8_t *at;
    size_t bytes;
    size_t capacity;
};

void buffer_init(struct buffer *buffer, struct arena *arena, size_t capacity_hint);
/* The rare part of buffer_reserve. */
uint8_t *buffer_grow(struct buffer *buffer, size_t bytes);

/* Makes room for `bytes` more and returns where they go; count them with buffer_advance. */
static inline uint8_t *buffer_reserve(struct buffer *buffer, size_t bytes)
{
    if (buffer->capacity - buffer->bytes < bytes)
        return buffer_grow(buffer, bytes);
    return buffer->at + buffer->bytes;
}

static inline void buffer_advance(struct buffer *buffer, size_t bytes)
{
    ASSERT(buffer->capacity - buffer->bytes >= bytes);
    buffer->bytes += bytes;
}

static inline void buffer_add(struct buffer *buffer, struct slice bytes)
{
    if (bytes.bytes > 0)
        memcpy(buffer_reserve(buffer, bytes.bytes), bytes.at, bytes.bytes);
    buffer_advance(buffer, bytes.bytes);
}

static inline void buffer_add_byte(struct buffer *buffer, uint8_t byte)
{
    *buffer_reserve(buffer, 1) = byte;
    buffer_advance(buffer, 1);
}

static inline void buffer_add_text(struct buffer *buffer, const char *text)
{
    buffer_add(buffer, slice_from_text(text));
}

/* Decimal. */
void buffer_add_int64(struct buffer *buffer, int64_t value);
void buffer_print(struct buffer *buffer, const char *format, ...) PRINTF_LIKE(2, 3);

static inline struct slice buffer_slice(const struct buffer *buffer)
{
    return slice_of(buffer->at, buffer->bytes);
}

#endif

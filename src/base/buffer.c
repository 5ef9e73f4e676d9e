#include "base/buffer.h"

#include <stdarg.h>

#include "base/banned.h"

void buffer_init(struct buffer *buffer, struct arena *arena, size_t capacity_hint)
{
    *buffer = (struct buffer){.arena = arena};
    if (capacity_hint > 0)
        buffer_reserve(buffer, capacity_hint);
}

uint8_t *buffer_grow(struct buffer *buffer, size_t bytes)
{
    size_t wanted = buffer->bytes + bytes;
    size_t capacity = buffer->capacity * 2 > wanted ? buffer->capacity * 2 : wanted;
    if (capacity < 128)
        capacity = 128;
    uint8_t *moved = arena_take(buffer->arena, capacity);
    if (buffer->bytes > 0)
        memcpy(moved, buffer->at, buffer->bytes);
    buffer->at = moved;
    buffer->capacity = capacity;
    return buffer->at + buffer->bytes;
}

void buffer_add_int64(struct buffer *buffer, int64_t value)
{
    uint8_t text[20];
    size_t at = sizeof(text);
    uint64_t rest = value < 0 ? -(uint64_t)value : (uint64_t)value;
    do {
        text[--at] = (uint8_t)('0' + rest % 10);
        rest /= 10;
    } while (rest > 0);
    if (value < 0)
        text[--at] = '-';
    buffer_add(buffer, slice_of(text + at, sizeof(text) - at));
}

void buffer_print(struct buffer *buffer, const char *format, ...)
{
    va_list args, again;
    va_start(args, format);
    va_copy(again, args);
    int length = vsnprintf(NULL, 0, format, args);
    va_end(args);
    ASSERT(length >= 0);
    char *text = (char *)buffer_reserve(buffer, (size_t)length + 1);
    vsnprintf(text, (size_t)length + 1, format, again);
    va_end(again);
    buffer_advance(buffer, (size_t)length);
}

/* A slab is 64 KiB, aligned to that, with items of one size behind its header: so an item's address tells its slab. Slabs
 * are cut from regions of 1 MiB that are never unmapped; the pages of empty ones are given back, but for a few.
 *
 * A heap is what one thread takes from. Items of another thread's heap are pushed on that heap's stack of returns, which
 * its thread empties before it takes a new slab, and now and then. When a thread ends, its heap goes to the next one
 * that needs a heap. */
#include "base/slabs.h"

#include <pthread.h>
#include <stdatomic.h>
#include <sys/mman.h>

#include "base/banned.h"

#if defined(__SANITIZE_ADDRESS__)
#define IS_SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define IS_SANITIZED 1
#endif
#endif

#ifdef IS_SANITIZED

/* So that use after giving back is seen. */
void *slabs_take(size_t bytes)
{
    return malloc(bytes > 0 ? bytes : 1);
}

void slabs_give(void *at, size_t bytes)
{
    MAYBE(bytes);
    free(at);
}

struct slabs_counts slabs_counts(void)
{
    return (struct slabs_counts){0};
}

#else

#define SLAB_BYTES        (64u << 10)
#define REGION_SLABS      16u
#define FINE_MAX          512u /* up to there sizes are rounded up to 8 bytes, then to 64 */
#define FINE_CLASSES      (FINE_MAX / 8)
#define CLASSES           (FINE_CLASSES + (SLABS_ITEM_MAX - FINE_MAX) / 64 + 1)
#define EMPTY_KEPT_MAX    32u  /* empty slabs whose pages stay */
#define TAKES_A_LOOK      256u /* at what others gave back */
#define SLAB_HEADER_BYTES 64u
#define PAGE_BYTES        4096u

struct item {
    struct item *next;
};

struct slab {
    struct heap_of_slabs *heap;
    struct slab *next,
        *previous;      /* among those of its class with room; next: among the empty ones */
    struct item *given; /* back */
    uint32_t item_bytes, items_max;
    uint32_t used;  /* items now out */
    uint32_t fresh; /* items from here on were never out */
    uint32_t size_class;
};
_Static_assert(sizeof(struct slab) <= SLAB_HEADER_BYTES, "items begin behind the header");

struct heap_of_slabs {
    struct slab *with_room[CLASSES];
    struct slab *empty;
    uint32_t empty_count;
    uint32_t takes;
    struct slabs_counts counts;
    struct heap_of_slabs *next_orphan;
    _Alignas(64) _Atomic(struct item *) returns;
};

static _Thread_local struct heap_of_slabs *mine;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static pthread_key_t end_of_thread;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct heap_of_slabs *orphans; /* under the lock */

/* ---- heaps ---- */

static void leave_heap(void *heap_of_thread)
{
    struct heap_of_slabs *heap = heap_of_thread;
    mine = NULL;
    pthread_mutex_lock(&lock);
    heap->next_orphan = orphans;
    orphans = heap;
    pthread_mutex_unlock(&lock);
}

static void make_key(void)
{
    int failed = pthread_key_create(&end_of_thread, leave_heap);
    ASSERT(failed == 0);
}

static struct heap_of_slabs *take_orphan(void)
{
    pthread_mutex_lock(&lock);
    struct heap_of_slabs *heap = orphans;
    if (heap != NULL)
        orphans = heap->next_orphan;
    pthread_mutex_unlock(&lock);
    return heap;
}

static struct heap_of_slabs *make_heap(void)
{
    struct heap_of_slabs *heap = aligned_alloc(_Alignof(struct heap_of_slabs), sizeof(*heap));
    if (heap != NULL)
        memset(heap, 0, sizeof(*heap));
    return heap;
}

static struct heap_of_slabs *find_heap(void)
{
    if (LIKELY(mine != NULL))
        return mine;
    pthread_once(&once, make_key);
    mine = take_orphan();
    if (mine == NULL)
        mine = make_heap();
    if (mine != NULL)
        (void)pthread_setspecific(end_of_thread, mine);
    return mine;
}

/* ---- slabs ---- */

static uint32_t class_of(size_t bytes)
{
    if (bytes <= FINE_MAX)
        return bytes > 0 ? (uint32_t)(bytes - 1) / 8 : 0;
    return FINE_CLASSES + (uint32_t)(bytes - FINE_MAX - 1) / 64;
}

static uint32_t bytes_of_class(uint32_t size_class)
{
    if (size_class < FINE_CLASSES)
        return (size_class + 1) * 8;
    return FINE_MAX + (size_class - FINE_CLASSES + 1) * 64;
}

static void push_empty(struct heap_of_slabs *heap, struct slab *slab)
{
    slab->next = heap->empty;
    heap->empty = slab;
    heap->empty_count++;
}

/* Cuts a new region into empty slabs. Their pages are the kernel's until somebody writes there. */
static bool add_region(struct heap_of_slabs *heap)
{
    size_t bytes = (size_t)(REGION_SLABS + 1) * SLAB_BYTES;
    uint8_t *at = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (at == MAP_FAILED)
        return false;
    uintptr_t first = ((uintptr_t)at + SLAB_BYTES - 1) & ~(uintptr_t)(SLAB_BYTES - 1);
    for (uint32_t i = REGION_SLABS; i > 0; i--) {
        struct slab *slab = (struct slab *)(first + (uintptr_t)(i - 1) * SLAB_BYTES);
        slab->heap = heap;
        push_empty(heap, slab);
    }
    return true;
}

static void link_with_room(struct heap_of_slabs *heap, struct slab *slab)
{
    struct slab **first = &heap->with_room[slab->size_class];
    slab->previous = NULL;
    slab->next = *first;
    if (*first != NULL)
        (*first)->previous = slab;
    *first = slab;
}

static void unlink_with_room(struct heap_of_slabs *heap, struct slab *slab)
{
    if (slab->previous != NULL)
        slab->previous->next = slab->next;
    else
        heap->with_room[slab->size_class] = slab->next;
    if (slab->next != NULL)
        slab->next->previous = slab->previous;
}

static struct slab *add_slab(struct heap_of_slabs *heap, uint32_t size_class)
{
    if (heap->empty == NULL && !add_region(heap))
        return NULL;
    struct slab *slab = heap->empty;
    heap->empty = slab->next;
    heap->empty_count--;
    heap->counts.slabs++;
    slab->given = NULL;
    slab->used = slab->fresh = 0;
    slab->size_class = size_class;
    slab->item_bytes = bytes_of_class(size_class);
    slab->items_max = (SLAB_BYTES - SLAB_HEADER_BYTES) / slab->item_bytes;
    link_with_room(heap, slab);
    return slab;
}

/* One empty slab stays with its class, so that a thing that comes and goes costs nothing. */
static void remove_slab(struct heap_of_slabs *heap, struct slab *slab)
{
    if (slab->next == NULL && slab->previous == NULL)
        return;
    unlink_with_room(heap, slab);
    heap->counts.slabs--;
    push_empty(heap, slab);
    if (heap->empty_count > EMPTY_KEPT_MAX)
        (void)madvise((uint8_t *)slab + PAGE_BYTES, SLAB_BYTES - PAGE_BYTES, MADV_DONTNEED);
}

/* ---- items ---- */

static void *take_from(struct heap_of_slabs *heap, struct slab *slab)
{
    struct item *item = slab->given;
    if (item != NULL)
        slab->given = item->next;
    else
        item = (struct item *)(void *)((uint8_t *)slab + SLAB_HEADER_BYTES +
                                       (size_t)slab->fresh++ * slab->item_bytes);
    if (++slab->used == slab->items_max)
        unlink_with_room(heap, slab);
    heap->counts.items++;
    return item;
}

static struct slab *slab_of(const void *item)
{
    return (struct slab *)((uintptr_t)item & ~(uintptr_t)(SLAB_BYTES - 1));
}

static void give_to(struct heap_of_slabs *heap, struct slab *slab, struct item *item)
{
    item->next = slab->given;
    slab->given = item;
    heap->counts.items--;
    if (slab->used == slab->items_max)
        link_with_room(heap, slab);
    if (--slab->used == 0)
        remove_slab(heap, slab);
}

static void take_returns(struct heap_of_slabs *heap)
{
    if (atomic_load_explicit(&heap->returns, memory_order_relaxed) == NULL)
        return;
    struct item *item = atomic_exchange_explicit(&heap->returns, NULL, memory_order_acquire);
    while (item != NULL) {
        struct item *next = item->next;
        give_to(heap, slab_of(item), item);
        item = next;
    }
}

static void return_to(struct heap_of_slabs *heap, struct item *item)
{
    struct item *first = atomic_load_explicit(&heap->returns, memory_order_relaxed);
    do
        item->next = first;
    while (!atomic_compare_exchange_weak_explicit(&heap->returns, &first, item,
                                                  memory_order_release, memory_order_relaxed));
}

void *slabs_take(size_t bytes)
{
    if (bytes > SLABS_ITEM_MAX)
        return malloc(bytes);
    uint32_t size_class = class_of(bytes);
    struct heap_of_slabs *heap = find_heap();
    if (heap == NULL)
        return NULL;
    if (++heap->takes % TAKES_A_LOOK == 0 || heap->with_room[size_class] == NULL)
        take_returns(heap);
    struct slab *slab = heap->with_room[size_class];
    if (slab == NULL)
        slab = add_slab(heap, size_class);
    return slab != NULL ? take_from(heap, slab) : NULL;
}

void slabs_give(void *at, size_t bytes)
{
    if (at == NULL)
        return;
    if (bytes > SLABS_ITEM_MAX) {
        free(at);
        return;
    }
    struct slab *slab = slab_of(at);
    ASSERT(slab->size_class == class_of(bytes));
    if (slab->heap == mine)
        give_to(slab->heap, slab, at);
    else
        return_to(slab->heap, at);
}

struct slabs_counts slabs_counts(void)
{
    struct heap_of_slabs *heap = find_heap();
    if (heap == NULL)
        return (struct slabs_counts){0};
    take_returns(heap);
    return heap->counts;
}

#endif

/* Changes on their way to the subscribers.
 *
 * A publication is one change: one letter for each subscriber, in one piece of memory. Whoever gives back the last of
 * its letters posts the publication to the catalog, which counts it off its barrier and frees it. */
#include "node/catalog_private.h"

#include "base/banned.h"

struct catalog_publication {
    struct letter letter; /* back to the catalog */
    struct catalog *catalog;
    struct catalog_barrier *barrier; /* NULL: nobody waits */
    struct catalog_publication *previous, *next;
    struct queue *queue; /* its reference */
    _Atomic unsigned left;
    struct catalog_update updates[]; /* one a subscriber */
};

static void unlink_publication(struct catalog_publication *publication)
{
    if (publication->previous != NULL)
        publication->previous->next = publication->next;
    else
        publication->catalog->publications = publication->next;
    if (publication->next != NULL)
        publication->next->previous = publication->previous;
}

static void destroy(struct catalog_publication *publication)
{
    unlink_publication(publication);
    queue_unref(publication->queue);
    free(publication);
}

static void come_back(struct letter *letter, void *owner)
{
    struct catalog_publication *publication = (struct catalog_publication *)letter;
    struct catalog *catalog = owner;
    struct catalog_barrier *barrier = publication->barrier;
    destroy(publication);
    if (barrier != NULL) {
        ASSERT(barrier->waiting > 0);
        barrier->waiting--;
        if (barrier->is_sealed && barrier->waiting == 0)
            barrier->passed(barrier->context);
    }
    catalog_finished(catalog);
}

/* Any thread. */
void catalog_update_done(struct catalog_update *update)
{
    struct catalog_publication *publication = update->barrier;
    if (atomic_fetch_sub_explicit(&publication->left, 1, memory_order_acq_rel) == 1)
        mailbox_post(&publication->catalog->box, &publication->letter);
}

static struct catalog_publication *create(struct catalog *catalog, struct queue *queue,
                                          struct catalog_barrier *barrier)
{
    unsigned count = catalog->subscribers_count;
    struct catalog_publication *publication =
        calloc(1, sizeof(*publication) + count * sizeof(publication->updates[0]));
    if (publication == NULL)
        check_failed(__FILE__, __LINE__, "out of memory");
    publication->letter.deliver = come_back;
    publication->catalog = catalog;
    publication->barrier = barrier;
    publication->queue = queue != NULL ? queue_ref(queue) : NULL;
    publication->next = catalog->publications;
    if (publication->next != NULL)
        publication->next->previous = publication;
    catalog->publications = publication;
    atomic_init(&publication->left, count);
    return publication;
}

void catalog_publish(struct catalog *catalog, enum catalog_update_kind kind, struct queue *queue,
                     const struct engine_event *event, struct catalog_barrier *barrier)
{
    if (catalog->subscribers_count == 0)
        return;
    struct catalog_publication *publication = create(catalog, queue, barrier);
    catalog_began(catalog);
    if (barrier != NULL) {
        ASSERT(!barrier->is_sealed);
        barrier->waiting++;
    }
    for (unsigned i = 0; i < catalog->subscribers_count; i++) {
        struct catalog_update *update = &publication->updates[i];
        update->letter.deliver = catalog->subscribers[i].deliver;
        update->kind = kind;
        update->queue = queue;
        if (event != NULL)
            update->event = *event;
        update->barrier = publication;
    }
    /* The last one may come back, and the memory go, only after the loop: this thread reads the box later. */
    for (unsigned i = 0; i < catalog->subscribers_count; i++)
        mailbox_post(catalog->subscribers[i].box, &publication->updates[i].letter);
}

void catalog_barrier_seal(struct catalog_barrier *barrier)
{
    ASSERT(!barrier->is_sealed);
    barrier->is_sealed = true;
    if (barrier->waiting == 0)
        barrier->passed(barrier->context);
}

void catalog_publications_done(struct catalog *catalog)
{
    while (catalog->publications != NULL)
        come_back(&catalog->publications->letter, catalog);
}

#include "base/sorted.h"

#include "base/random.h"

#include "base/banned.h"

struct sorted_place {
    void *item;
    struct sorted_place *next[];
};

void sorted_init(struct sorted *sorted, int (*compare)(const void *a, const void *b))
{
    *sorted = (struct sorted){.compare = compare, .levels = 1};
    random_bytes(&sorted->chance, sizeof(sorted->chance));
}

void sorted_done(struct sorted *sorted)
{
    struct sorted_place *place = sorted->first[0];
    while (place != NULL) {
        struct sorted_place *next = place->next[0];
        free(place);
        place = next;
    }
    sorted_init(sorted, sorted->compare);
}

/* Every second place is one level high, every fourth two, and so on. */
static unsigned draw_height(struct sorted *sorted)
{
    uint64_t bits = random_next(&sorted->chance) | UINT64_C(1) << (SORTED_LEVELS_MAX - 1);
    return (unsigned)__builtin_ctzll(bits) + 1;
}

/* For every level: where the pointer to the first place not before probe stands. */
static void find_links(struct sorted *sorted, const void *probe,
                       struct sorted_place **ret_links[SORTED_LEVELS_MAX])
{
    struct sorted_place **row = sorted->first;
    for (unsigned level = sorted->levels; level-- > 0;) {
        while (row[level] != NULL && sorted->compare(row[level]->item, probe) < 0)
            row = row[level]->next;
        ret_links[level] = &row[level];
    }
}

static bool is_equal(const struct sorted *sorted, const struct sorted_place *place,
                     const void *probe)
{
    return place != NULL && sorted->compare(place->item, probe) == 0;
}

bool sorted_add(struct sorted *sorted, void *item)
{
    struct sorted_place **links[SORTED_LEVELS_MAX];
    find_links(sorted, item, links);
    if (is_equal(sorted, *links[0], item))
        return false;
    unsigned height = draw_height(sorted);
    for (; sorted->levels < height; sorted->levels++)
        links[sorted->levels] = &sorted->first[sorted->levels];
    struct sorted_place *place = malloc(sizeof(*place) + height * sizeof(struct sorted_place *));
    if (place == NULL)
        check_failed(__FILE__, __LINE__, "out of memory");
    place->item = item;
    for (unsigned level = 0; level < height; level++) {
        place->next[level] = *links[level];
        *links[level] = place;
    }
    sorted->count++;
    return true;
}

bool sorted_remove(struct sorted *sorted, const void *item)
{
    struct sorted_place **links[SORTED_LEVELS_MAX];
    find_links(sorted, item, links);
    struct sorted_place *place = *links[0];
    if (!is_equal(sorted, place, item))
        return false;
    for (unsigned level = 0; level < sorted->levels && *links[level] == place; level++)
        *links[level] = place->next[level];
    free(place);
    sorted->count--;
    return true;
}

const struct sorted_place *sorted_from(const struct sorted *sorted, const void *probe)
{
    struct sorted_place *const *row = sorted->first;
    for (unsigned level = sorted->levels; level-- > 0;)
        while (row[level] != NULL && sorted->compare(row[level]->item, probe) < 0)
            row = row[level]->next;
    return row[0];
}

const struct sorted_place *sorted_next(const struct sorted_place *place)
{
    return place->next[0];
}

void *sorted_item(const struct sorted_place *place)
{
    return place->item;
}

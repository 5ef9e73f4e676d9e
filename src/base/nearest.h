/* The nearest of several names to a misspelled word, for "did you mean". Pure. */
#ifndef LEAT_BASE_NEAREST_H
#define LEAT_BASE_NEAREST_H

#include "base/slice.h"

#define NEAREST_BYTES_MAX 64u /* longer words are near to nothing */

struct nearest {
    struct slice word; /* what was written; borrowed */
    const char *name;  /* the nearest so far; NULL: none is near enough to be meant */
    unsigned distance; /* private */
};

struct nearest nearest_to(struct slice word);
/* Considers one more name, a text that outlives *nearest. Letters' case makes no difference, and
 * neither do '_' and '-'. The first of two equal ones
 * wins. A beginning of a name of at least three letters is near to it. */
void nearest_try(struct nearest *nearest, const char *name);

#endif

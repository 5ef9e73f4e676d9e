/* What must hold for every typed request or response that a decoder filled, whatever the bytes were. */
#ifndef LEAT_FUZZ_TYPED_H
#define LEAT_FUZZ_TYPED_H

#include "api/tables.h"
#include "base/arena.h"

/* Texts are UTF-8, keys of maps differ, counts are bounded. */
void typed_check(const struct api_table *table, const void *values);

/* Both are answers of the action: writes the XML and JSON of it, reads the JSON back and checks that it says the same. */
void typed_check_answer(struct arena *arena, enum api_action action, const void *values);

#endif

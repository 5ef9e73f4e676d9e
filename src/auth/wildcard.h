/* Patterns of policies: `*` is any run of bytes, `?` any one byte. Pure; at most text times pattern
 * steps. */
#ifndef LEAT_AUTH_WILDCARD_H
#define LEAT_AUTH_WILDCARD_H

#include "base/slice.h"

bool wildcard_matches(struct slice pattern, struct slice text);
/* ASCII letters compare without case. */
bool wildcard_matches_nocase(struct slice pattern, struct slice text);

#endif

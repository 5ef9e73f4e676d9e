/* Points in time as text: the basic form of ISO 8601 that SigV4 uses, and the forms that policies
 * use. UTC, seconds since the Unix epoch, years 1970 to 9999, no leap seconds. Pure. */
#ifndef LEAT_AUTH_TIMESTAMP_H
#define LEAT_AUTH_TIMESTAMP_H

#include "base/slice.h"

#define TIMESTAMP_BASIC_BYTES 16u /* yyyymmddThhmmssZ */

/* Exactly that form, with a date that exists. */
bool timestamp_parse_basic(struct slice text, int64_t *ret_seconds);
/* Times outside of the years 1970 to 9999 show as the nearest inside. */
void timestamp_print_basic(int64_t seconds, uint8_t ret_text[TIMESTAMP_BASIC_BYTES]);
/* yyyy-mm-dd, or with Thh:mm:ssZ behind it, or a decimal number of seconds. */
bool timestamp_parse(struct slice text, int64_t *ret_seconds);

#endif

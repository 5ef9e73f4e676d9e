/* UUID text: 36 characters, lower case. */
#ifndef LEAT_BASE_UUID_H
#define LEAT_BASE_UUID_H

#include "base/slice.h"

#define UUID_TEXT_BYTES 36u

void uuid_print(const uint8_t uuid[16], uint8_t ret_text[UUID_TEXT_BYTES]);
/* Either case; false when the text is not of the form 8-4-4-4-12. */
bool uuid_parse(struct slice text, uint8_t ret_uuid[16]);

#endif

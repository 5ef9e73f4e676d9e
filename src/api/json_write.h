/* JSON text into a buffer. */
#ifndef LEAT_API_JSON_WRITE_H
#define LEAT_API_JSON_WRITE_H

#include "base/buffer.h"

/* With quotes; bytes that are not UTF-8 become U+FFFD. */
void json_write_string(struct buffer *out, struct slice text);
/* Base64 with quotes. */
void json_write_blob(struct buffer *out, struct slice bytes);
/* "name": with a comma before it when *is_first is false; *is_first becomes false. */
void json_write_name(struct buffer *out, bool *is_first, struct slice name);
/* The same for a name that is known to have nothing to escape. */
void json_write_plain_name(struct buffer *out, bool *is_first, struct slice name);

#endif

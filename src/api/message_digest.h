/* The MD5 digests by which clients verify what was stored and returned (reference D3). Any thread.
 */
#ifndef LEAT_API_MESSAGE_DIGEST_H
#define LEAT_API_MESSAGE_DIGEST_H

#include "base/digest.h"
#include "base/slice.h"

#define MESSAGE_ATTRIBUTES_MAX           10u
#define MESSAGE_ATTRIBUTE_NAME_BYTES_MAX 256u
#define MESSAGE_ATTRIBUTE_TYPE_BYTES_MAX 256u

/* One message attribute, user's or system's. */
struct message_attribute {
    struct slice name;
    struct slice type;  /* with its custom suffix: "Number.int" */
    struct slice value; /* text, or decoded bytes when is_binary */
    bool is_binary;     /* type begins with Binary */
};

/* Digest of attributes that are sorted by name in byte order (message_digest_sort). Clients show it
 * only when there is at least one attribute; of none it is the MD5 of nothing. */
void message_digest_attributes(const struct message_attribute *attributes, uint32_t count,
                               uint8_t ret_digest[MD5_BYTES]);

/* By name, in place; for the few attributes of one message (at most MESSAGE_ATTRIBUTES_MAX). */
void message_digest_sort(struct message_attribute *attributes, uint32_t count);

#endif

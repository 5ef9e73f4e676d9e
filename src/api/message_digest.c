#include "api/message_digest.h"

#include "base/check.h"

#include "base/banned.h"

static void add_sized(struct slice bytes)
{
    uint8_t size[4] = {(uint8_t)(bytes.bytes >> 24), (uint8_t)(bytes.bytes >> 16),
                       (uint8_t)(bytes.bytes >> 8), (uint8_t)bytes.bytes};
    ASSERT(bytes.bytes <= UINT32_MAX);
    digest_md5_add(slice_of(size, sizeof(size)));
    digest_md5_add(bytes);
}

void message_digest_attributes(const struct message_attribute *attributes, uint32_t count,
                               uint8_t ret_digest[MD5_BYTES])
{
    static const uint8_t kinds[2] = {1, 2}; /* D3: text, binary */
    digest_md5_begin();
    for (uint32_t i = 0; i < count; i++) {
        const struct message_attribute *attribute = &attributes[i];
        ASSERT(i == 0 || slice_compare(attributes[i - 1].name, attribute->name) < 0);
        add_sized(attribute->name);
        add_sized(attribute->type);
        digest_md5_add(slice_of(&kinds[attribute->is_binary], 1));
        add_sized(attribute->value);
    }
    digest_md5_end(ret_digest);
}

void message_digest_sort(struct message_attribute *attributes, uint32_t count)
{
    ASSERT(count <= MESSAGE_ATTRIBUTES_MAX);
    for (uint32_t i = 1; i < count; i++) {
        struct message_attribute moved = attributes[i];
        uint32_t at = i;
        while (at > 0 && slice_compare(attributes[at - 1].name, moved.name) > 0) {
            attributes[at] = attributes[at - 1];
            at--;
        }
        attributes[at] = moved;
    }
}

/* The characters that a message may carry: those of XML 1.0 (reference D1). Pure; any thread. */
#ifndef LEAT_API_MESSAGE_RULES_TEXT_H
#define LEAT_API_MESSAGE_RULES_TEXT_H

#include "base/slice.h"

enum message_text {
    MESSAGE_TEXT_GOOD,
    MESSAGE_TEXT_FORBIDDEN, /* a code point outside the set, lone surrogates included */
    MESSAGE_TEXT_NOT_UTF8,  /* bytes that are no code point at all */
};

/* *ret_point is set for MESSAGE_TEXT_FORBIDDEN: the first offending code point. */
enum message_text message_rules_text(struct slice text, uint32_t *ret_point);

/* The set as error texts name it. */
#define MESSAGE_TEXT_SET "#x9 | #xA | #xD | [#x20-#xD7FF] | [#xE000-#xFFFD] | [#x10000-#x10FFFF]"

#endif

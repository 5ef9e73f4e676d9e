/* Assertions that stay on in every build.
 *
 * They state what only a bug of ours can break. Hostile input never reaches an assertion: it gets an API error. */
#ifndef LEAT_BASE_CHECK_H
#define LEAT_BASE_CHECK_H

#include <stdbool.h>

#define MUST_CHECK        __attribute__((warn_unused_result))
#define PRINTF_LIKE(f, a) __attribute__((format(printf, f, a)))
#define NORETURN          __attribute__((noreturn))
#define LIKELY(x)         __builtin_expect(!!(x), 1)
#define UNLIKELY(x)       __builtin_expect(!!(x), 0)
#define ARRAY_COUNT(a)    (sizeof(a) / sizeof((a)[0]))

/* Prints the place and the broken fact to standard error and aborts. Any thread. */
NORETURN void check_failed(const char *file, int line, const char *fact);

#define ASSERT(fact)                                 \
    do {                                             \
        if (UNLIKELY(!(fact)))                       \
            check_failed(__FILE__, __LINE__, #fact); \
    } while (0)
#define ASSERT_IMPLIES(a, b) ASSERT(!(a) || (b))
#define UNREACHABLE(why)     check_failed(__FILE__, __LINE__, "unreachable: " why)
/* Both answers are legal here: documents the case without testing it. */
#define MAYBE(x) ((void)(x))

#endif

#include "base/check.h"

#include "base/banned.h"

void check_failed(const char *file, int line, const char *fact)
{
    fprintf(stderr, "leat: %s:%d: broken: %s\n", file, line, fact);
    fflush(stderr);
    abort();
}

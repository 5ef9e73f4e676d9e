/* What every fuzz target is: one function that takes hostile bytes, and a name.
 *
 * A target X is the file fuzz_X.c and the inputs in corpus/X/. It is built twice: with libFuzzer (configure
 * --enable-fuzzers, clang), and with replay.c into a program of `make check` that runs the corpus. The input that made
 * a crash joins the corpus with a telling file name. */
#ifndef LEAT_FUZZ_FUZZ_H
#define LEAT_FUZZ_FUZZ_H

#include <stddef.h>
#include <stdint.h>

/* X: names the folder of the corpus. */
extern const char fuzz_name[];

/* Must return 0 whatever the bytes are, and leave nothing allocated behind. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);

#endif

/* Runs a fuzz target over files: those named, or all of $srcdir/src/fuzz/corpus/<name>. Directories are read one
 * level deep. Every prefix of a short file is run as well, because inputs that end early are what parsers get wrong. */
#include <dirent.h>
#include <errno.h>
#include <sys/stat.h>

#include "base/check.h"
#include "fuzz/fuzz.h"

#include "base/banned.h"

#define FILE_BYTES_MAX   (1u << 20)
#define PREFIX_BYTES_MAX 1024u

/* The target gets its own copy of exactly that size, so that a read past the end is seen by sanitizers. */
static void run(const uint8_t *data, size_t bytes)
{
    uint8_t *copy = malloc(bytes > 0 ? bytes : 1);
    ASSERT(copy != NULL);
    memcpy(copy, data, bytes);
    LLVMFuzzerTestOneInput(copy, bytes);
    free(copy);
}

static bool run_file(const char *path)
{
    static uint8_t data[FILE_BYTES_MAX];
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
        fprintf(stderr, "%s: %s\n", path, strerror(errno));
        return false;
    }
    size_t bytes = fread(data, 1, sizeof(data), file);
    fclose(file);
    run(data, bytes);
    for (size_t prefix = 0; bytes <= PREFIX_BYTES_MAX && prefix < bytes; prefix++)
        run(data, prefix);
    return true;
}

/* Number of files run, or -1. */
static int run_directory(const char *path, DIR *directory)
{
    int count = 0;
    for (struct dirent *entry = readdir(directory); entry != NULL; entry = readdir(directory)) {
        if (entry->d_name[0] == '.')
            continue;
        char name[4096];
        int length = snprintf(name, sizeof(name), "%s/%s", path, entry->d_name);
        if (length >= (int)sizeof(name) || !run_file(name))
            return -1;
        count++;
    }
    return count;
}

static int run_path(const char *path)
{
    DIR *directory = opendir(path);
    if (directory == NULL)
        return run_file(path) ? 1 : -1;
    int count = run_directory(path, directory);
    closedir(directory);
    return count;
}

int main(int argc, char **argv)
{
    char corpus[4096];
    const char *srcdir = getenv("srcdir");
    snprintf(corpus, sizeof(corpus), "%s/src/fuzz/corpus/%s", srcdir != NULL ? srcdir : ".",
             fuzz_name);
    char *corpus_only[] = {corpus};
    char **paths = argc > 1 ? argv + 1 : corpus_only;
    int paths_count = argc > 1 ? argc - 1 : 1;
    int files_count = 0;
    for (int i = 0; i < paths_count; i++) {
        int count = run_path(paths[i]);
        if (count < 0)
            return 1;
        files_count += count;
    }
    printf("%s: %d files\n", fuzz_name, files_count);
    return files_count > 0 ? 0 : 1; /* a corpus that is not found must not pass */
}

#include "testkit/directory.h"

#include <ftw.h>

#include "testkit/testkit.h"

#include "base/banned.h"

#define DESCRIPTORS_MAX 16

void testkit_directory_make(char ret_path[DIRECTORY_PATH_BYTES])
{
    const char *parent = getenv("TMPDIR");
    int length = snprintf(ret_path, DIRECTORY_PATH_BYTES, "%s/leat-test-XXXXXX",
                          parent != NULL ? parent : "/tmp");
    ck_assert(length > 0 && length < DIRECTORY_PATH_BYTES);
    ck_assert_msg(mkdtemp(ret_path) != NULL, "cannot make %s: %m", ret_path);
}

static int remove_one(const char *path, const struct stat *facts, int type, struct FTW *place)
{
    (void)facts;
    (void)type;
    (void)place;
    return remove(path);
}

void testkit_directory_remove(const char *path)
{
    ck_assert_int_eq(nftw(path, remove_one, DESCRIPTORS_MAX, FTW_DEPTH | FTW_PHYS), 0);
}

/* A directory for the files of one test. */
#ifndef LEAT_TESTKIT_DIRECTORY_H
#define LEAT_TESTKIT_DIRECTORY_H

#define DIRECTORY_PATH_BYTES 512

/* Makes an empty one below TMPDIR (or /tmp); fails the test when it cannot. */
void testkit_directory_make(char ret_path[DIRECTORY_PATH_BYTES]);
/* Removes it with all that is in it, a few levels deep. */
void testkit_directory_remove(const char *path);

#endif

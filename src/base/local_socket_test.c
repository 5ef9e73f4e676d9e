/* Unix sockets in the file system: long paths, sockets that are left over, files that must stay. */
#include "base/local_socket.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "testkit/testkit.h"

#include "base/banned.h"

static char directory[64], path[PATH_MAX];

static void set_up(void)
{
    memcpy(directory, "/tmp/leat-socket-XXXXXX", 24);
    ck_assert_ptr_nonnull(mkdtemp(directory));
    snprintf(path, sizeof(path), "%s/s", directory);
}

static void tear_down(void)
{
    unlink(path);
    rmdir(directory);
}

static int listening(void)
{
    int fd;
    ck_assert_int_eq(local_socket_listen(path, 8, &fd), ERR_OK);
    return fd;
}

static bool can_connect(void)
{
    int fd = local_socket_connect(path);
    if (fd >= 0)
        close(fd);
    return fd >= 0;
}

START_TEST(only_its_user_may_connect_whatever_the_umask_says)
{
    struct stat facts;
    mode_t before = umask(0);
    int made = listening();
    umask(before);
    ck_assert_int_eq(stat(path, &facts), 0);
    ck_assert_int_eq(facts.st_mode & 0777, 0600);
    ck_assert(can_connect());
    close(made);
    ck_assert(!can_connect());
    local_socket_remove(path);
    ck_assert_int_eq(access(path, F_OK), -1);
}
END_TEST

START_TEST(the_socket_of_a_dead_server_is_replaced)
{
    close(listening());
    ck_assert(!can_connect());
    int made = listening();
    ck_assert(can_connect());
    local_socket_remove(path); /* by the one that was replaced */
    ck_assert(can_connect());
    close(made);
}
END_TEST

START_TEST(the_socket_of_a_live_server_is_kept)
{
    int made = listening(), other;
    ck_assert_int_eq(local_socket_listen(path, 8, &other), ERR_UNAVAILABLE);
    ck_assert(can_connect());
    close(made);
}
END_TEST

START_TEST(a_server_with_a_full_queue_is_alive)
{
    int made, other;
    int waiting[16];
    ck_assert_int_eq(local_socket_listen(path, 1, &made), ERR_OK);
    size_t count = 0;
    for (; count < 2; count++) {
        waiting[count] = local_socket_connect(path);
        ck_assert_int_ge(waiting[count], 0);
    }
    ck_assert_int_eq(local_socket_listen(path, 8, &other), ERR_UNAVAILABLE);
    for (size_t i = 0; i < count; i++)
        close(waiting[i]);
    close(made);
}
END_TEST

START_TEST(what_is_no_socket_is_kept)
{
    int made;
    char target[2 * PATH_MAX];
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL, 0600);
    ck_assert_int_eq(write(fd, "mine", 4), 4);
    close(fd);
    ck_assert_int_eq(local_socket_listen(path, 8, &made), ERR_EXISTS);
    local_socket_remove(path);
    ck_assert_int_eq(access(path, F_OK), 0);
    /* Neither a link to a socket that is dead, nor one to nothing, nor a directory. */
    snprintf(target, sizeof(target), "%s-target", path);
    ck_assert_int_eq(rename(path, target), 0);
    ck_assert_int_eq(symlink(target, path), 0);
    ck_assert_int_eq(local_socket_listen(path, 8, &made), ERR_EXISTS);
    ck_assert_int_eq(unlink(target), 0);
    ck_assert_int_eq(local_socket_listen(path, 8, &made), ERR_EXISTS);
    ck_assert_int_eq(unlink(path), 0);
    ck_assert_int_eq(mkdir(path, 0700), 0);
    ck_assert_int_eq(local_socket_listen(path, 8, &made), ERR_EXISTS);
    ck_assert_int_eq(rmdir(path), 0);
}
END_TEST

START_TEST(a_path_may_be_longer_than_the_kernel_takes)
{
    char name[150];
    memset(name, 'd', sizeof(name) - 1);
    name[sizeof(name) - 1] = '\0';
    snprintf(path, sizeof(path), "%s/%s", directory, name);
    ck_assert_int_eq(mkdir(path, 0700), 0);
    snprintf(path + strlen(path), 3, "/s");
    int made = listening();
    ck_assert(can_connect());
    int other;
    ck_assert_int_eq(local_socket_listen(path, 8, &other), ERR_UNAVAILABLE);
    close(made);
    local_socket_remove(path);
    ck_assert_int_eq(access(path, F_OK), -1);
    *strrchr(path, '/') = '\0';
    ck_assert_int_eq(rmdir(path), 0);
}
END_TEST

START_TEST(a_missing_directory_is_told)
{
    int made;
    snprintf(path, sizeof(path), "%s/none/s", directory);
    ck_assert_int_eq(local_socket_listen(path, 8, &made), ERR_IO);
    ck_assert_int_eq(errno, ENOENT);
    ck_assert_int_eq(local_socket_connect(path), -1);
    ck_assert_int_eq(errno, ENOENT);
}
END_TEST

static void fill(TCase *tests)
{
    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_test(tests, only_its_user_may_connect_whatever_the_umask_says);
    tcase_add_test(tests, the_socket_of_a_dead_server_is_replaced);
    tcase_add_test(tests, the_socket_of_a_live_server_is_kept);
    tcase_add_test(tests, a_server_with_a_full_queue_is_alive);
    tcase_add_test(tests, what_is_no_socket_is_kept);
    tcase_add_test(tests, a_path_may_be_longer_than_the_kernel_takes);
    tcase_add_test(tests, a_missing_directory_is_told);
}

int main(void)
{
    return testkit_run("local_socket", fill);
}

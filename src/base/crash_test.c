/* What a process says when a signal ends it: seen from its parent. */
#include "base/crash.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/check.h"
#include "testkit/testkit.h"

static char said[1024];

/* Runs `end` in a child and keeps what it said; returns the signal that ended it. */
static int end_child(void (*end)(void))
{
    int ends[2], status = 0;
    ck_assert_int_eq(pipe(ends), 0);
    pid_t child = fork();
    ck_assert_int_ge(child, 0);
    if (child == 0) {
        struct rlimit none = {0, 0};
        setrlimit(RLIMIT_CORE, &none);
        dup2(ends[1], STDERR_FILENO);
        close(ends[0]);
        close(ends[1]);
        crash_init("leat-test", "9.8.7");
        end();
        _exit(0);
    }
    close(ends[1]);
    size_t used = 0;
    ssize_t got;
    while ((got = read(ends[0], said + used, sizeof(said) - 1 - used)) > 0)
        used += (size_t)got;
    said[used] = '\0';
    close(ends[0]);
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    return WIFSIGNALED(status) ? WTERMSIG(status) : 0;
}

static void write_nowhere(void)
{
    volatile int *volatile nowhere = (int *)(uintptr_t)0x1234;
    *nowhere = 1;
}

static void fail_check(void)
{
    ASSERT(said[0] == 'x');
}

static void send_to_self(void)
{
    kill(getpid(), SIGBUS);
    for (;;)
        pause();
}

/* Without an end that a compiler can see. */
static int descend(volatile int depth)
{
    volatile char room[4096];
    room[0] = (char)depth;
    return depth == -1 ? 0 : descend(depth + 1) + room[0];
}

static void *overflow(void *context)
{
    sigset_t all;
    sigfillset(&all);
    crash_spare(&all);
    pthread_sigmask(SIG_SETMASK, &all, NULL);
    crash_init_thread();
    MAYBE(context != NULL);
    _exit(descend(0));
}

static void overflow_in_thread(void)
{
    pthread_t thread;
    pthread_create(&thread, NULL, overflow, NULL);
    pthread_join(thread, NULL);
}

/* Sanitizers keep their own handlers. */
static bool has_sanitizer(void)
{
    struct sigaction now;
    return sigaction(SIGSEGV, NULL, &now) == 0 &&
           ((now.sa_flags & SA_SIGINFO) != 0 || now.sa_handler != SIG_DFL);
}

START_TEST(a_bad_access_is_told_with_its_address_and_its_instruction)
{
    if (has_sanitizer())
        return;
    ck_assert_int_eq(end_child(write_nowhere), SIGSEGV);
    const char *start = "leat-test 9.8.7: ended by SIGSEGV, address 0x1234, instruction ";
    ck_assert_msg(strncmp(said, start, strlen(start)) == 0, "%s", said);
    ck_assert_ptr_eq(strchr(said, '\n'), said + strlen(said) - 1);
}
END_TEST

START_TEST(a_broken_assertion_is_told_with_the_version_behind_it)
{
    ck_assert_int_eq(end_child(fail_check), SIGABRT);
    ck_assert_ptr_nonnull(
        strstr(said, "broken: said[0] == 'x'\nleat-test 9.8.7: ended by SIGABRT"));
}
END_TEST

START_TEST(a_signal_that_was_sent_ends_the_process_by_it)
{
    if (has_sanitizer())
        return;
    ck_assert_int_eq(end_child(send_to_self), SIGBUS);
    ck_assert_ptr_nonnull(strstr(said, "leat-test 9.8.7: ended by SIGBUS"));
    ck_assert_ptr_null(strstr(said, "address"));
}
END_TEST

START_TEST(an_overflow_of_a_threads_stack_is_told)
{
    if (has_sanitizer())
        return;
    ck_assert_int_eq(end_child(overflow_in_thread), SIGSEGV);
    ck_assert_ptr_nonnull(strstr(said, "ended by SIGSEGV, address 0x"));
}
END_TEST

static void fill(TCase *tests)
{
    tcase_add_test(tests, a_bad_access_is_told_with_its_address_and_its_instruction);
    tcase_add_test(tests, a_broken_assertion_is_told_with_the_version_behind_it);
    tcase_add_test(tests, a_signal_that_was_sent_ends_the_process_by_it);
    tcase_add_test(tests, an_overflow_of_a_threads_stack_is_told);
}

int main(void)
{
    return testkit_run("crash", fill);
}

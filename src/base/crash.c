/* Nothing here may call what is not safe in a signal handler: the line is put together by hand and written at once. */
#include "base/crash.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <ucontext.h>
#include <unistd.h>

#include "base/check.h"

#include "base/banned.h"

#define STACK_BYTES 32768u
#define LINE_BYTES  256u

static const char *the_program = "leat";
static const char *the_version = "";
static _Thread_local _Alignas(16) uint8_t own_stack[STACK_BYTES];

/* The linker's: where the program lies in memory. */
extern const char __executable_start[], etext[];

static const struct {
    int number;
    const char *name;
} signals[] = {
    {SIGSEGV, "SIGSEGV"}, {SIGBUS, "SIGBUS"},   {SIGFPE, "SIGFPE"},
    {SIGILL, "SIGILL"},   {SIGABRT, "SIGABRT"},
};

/* ---- the line ---- */

struct line {
    char text[LINE_BYTES];
    size_t bytes;
};

static void add(struct line *line, const char *text)
{
    for (; *text != '\0' && line->bytes < sizeof(line->text) - 1; text++)
        line->text[line->bytes++] = *text;
}

static void add_hex(struct line *line, uintptr_t number)
{
    char digits[2 * sizeof(number) + 1];
    size_t at = sizeof(digits) - 1;
    digits[at] = '\0';
    do {
        digits[--at] = "0123456789abcdef"[number & 15];
        number >>= 4;
    } while (number != 0);
    add(line, "0x");
    add(line, digits + at);
}

static const char *name_of(int number)
{
    for (size_t i = 0; i < ARRAY_COUNT(signals); i++)
        if (signals[i].number == number)
            return signals[i].name;
    return "a signal";
}

/* Which instruction it was; 0: this machine's registers are not known here. */
static uintptr_t instruction_of(const ucontext_t *context)
{
#if defined(__x86_64__)
    return (uintptr_t)context->uc_mcontext.gregs[REG_RIP];
#elif defined(__aarch64__)
    return (uintptr_t)context->uc_mcontext.pc;
#else
    MAYBE(context != NULL);
    return 0;
#endif
}

/* Relative to the program, as addr2line wants it; one of a library as it is. */
static void add_instruction(struct line *line, uintptr_t at)
{
    uintptr_t start = (uintptr_t)__executable_start, end = (uintptr_t)etext;
    bool is_ours = at >= start && at < end;
    add(line, ", instruction ");
    if (is_ours) {
        add(line, the_program);
        add(line, "+");
    }
    add_hex(line, is_ours ? at - start : at);
}

static void tell(int number, siginfo_t *info, void *context)
{
    struct line line = {.bytes = 0};
    bool has_address = info->si_code > 0 && number != SIGABRT; /* else somebody sent it */
    uintptr_t at = instruction_of(context);
    add(&line, the_program);
    add(&line, " ");
    add(&line, the_version);
    add(&line, ": ended by ");
    add(&line, name_of(number));
    if (has_address) {
        add(&line, ", address ");
        add_hex(&line, (uintptr_t)info->si_addr);
    }
    if (at != 0)
        add_instruction(&line, at);
    add(&line, "\n");
    ssize_t written = write(STDERR_FILENO, line.text, line.bytes);
    MAYBE(written < 0);
    /* The default is back (SA_RESETHAND): a fault happens again on return, and what was sent comes from here. */
    if (!has_address)
        raise(number);
}

void crash_init_thread(void)
{
    stack_t stack = {.ss_sp = own_stack, .ss_size = sizeof(own_stack)}, before;
    if (sigaltstack(NULL, &before) == 0 && (before.ss_flags & SS_DISABLE) == 0)
        return; /* a sanitizer's, which it takes away itself */
    int refused = sigaltstack(&stack, NULL);
    MAYBE(refused != 0); /* then an overflow of the stack ends the process without its line */
}

void crash_spare(sigset_t *blocked)
{
    for (size_t i = 0; i < ARRAY_COUNT(signals); i++)
        sigdelset(blocked, signals[i].number);
}

void crash_init(const char *program, const char *version)
{
    the_program = program;
    the_version = version;
    crash_init_thread();
    for (size_t i = 0; i < ARRAY_COUNT(signals); i++) {
        struct sigaction action = {.sa_flags = (int)(SA_SIGINFO | SA_RESETHAND | SA_ONSTACK)},
                         before;
        action.sa_sigaction = tell;
        sigemptyset(&action.sa_mask);
        bool is_free = sigaction(signals[i].number, NULL, &before) == 0 &&
                       (before.sa_flags & SA_SIGINFO) == 0 && before.sa_handler == SIG_DFL;
        if (is_free)
            sigaction(signals[i].number, &action, NULL);
    }
}

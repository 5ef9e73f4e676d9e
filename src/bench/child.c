#include "bench/child.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "base/check.h"
#include "bench/ticks.h"

#include "base/banned.h"

#define START_NS (300 * TICKS_S) /* a log of many gigabytes is read first */
#define STOP_NS  (120 * TICKS_S) /* ... and a last snapshot of it written */

static struct sockaddr_in loopback(uint16_t port)
{
    return (struct sockaddr_in){
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr = {htonl(INADDR_LOOPBACK)}};
}

uint16_t child_pick_port(void)
{
    struct sockaddr_in address = loopback(0);
    socklen_t bytes = sizeof(address);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    bool is_good = fd >= 0 && bind(fd, (struct sockaddr *)&address, sizeof(address)) == 0 &&
                   getsockname(fd, (struct sockaddr *)&address, &bytes) == 0;
    if (fd >= 0)
        close(fd);
    return is_good ? ntohs(address.sin_port) : 0;
}

static NORETURN void become(char *const *argv, int cpu, const char *log_path, pid_t parent)
{
    cpu_set_t set;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent)
        _exit(1);
    CPU_ZERO(&set);
    CPU_SET((size_t)(cpu < 0 ? 0 : cpu), &set);
    if (cpu >= 0 && sched_setaffinity(0, sizeof(set), &set) != 0)
        _exit(1);
    int log = open(log_path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (log < 0 || dup2(log, STDOUT_FILENO) < 0 || dup2(log, STDERR_FILENO) < 0)
        _exit(1);
    execv(argv[0], argv);
    dprintf(STDERR_FILENO, "%s: %s\n", argv[0], strerror(errno));
    _exit(1);
}

static bool accepts(uint16_t port)
{
    struct sockaddr_in address = loopback(port);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    bool is_open = fd >= 0 && connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0;
    if (fd >= 0)
        close(fd);
    return is_open;
}

/* True: it has ended, and is reaped. */
static bool has_ended(struct child *child)
{
    int status;
    if (waitpid(child->pid, &status, WNOHANG) != child->pid)
        return false;
    child->pid = 0;
    return true;
}

bool child_start(struct child *child, char *const *argv, int cpu, const char *log_path,
                 uint16_t port)
{
    pid_t parent = getpid();
    *child = (struct child){.port = port, .start_ns = ticks_now_ns()};
    child->pid = fork();
    if (child->pid < 0) {
        child->pid = 0;
        return false;
    }
    if (child->pid == 0)
        become(argv, cpu, log_path, parent);
    while (ticks_now_ns() < child->start_ns + START_NS) {
        if (has_ended(child))
            return false;
        if (accepts(port))
            return true;
        poll(NULL, 0, 1);
    }
    child_stop(child);
    return false;
}

void child_kill(struct child *child)
{
    int status;
    if (child->pid == 0)
        return;
    kill(child->pid, SIGKILL);
    waitpid(child->pid, &status, 0);
    child->pid = 0;
}

void child_stop(struct child *child)
{
    if (child->pid == 0)
        return;
    uint64_t start_ns = ticks_now_ns();
    kill(child->pid, SIGTERM);
    while (!has_ended(child)) {
        if (ticks_now_ns() > start_ns + STOP_NS) {
            child_kill(child);
            return;
        }
        poll(NULL, 0, 5);
    }
}

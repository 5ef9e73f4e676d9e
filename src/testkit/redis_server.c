#include "testkit/redis_server.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "base/check.h"
#include "testkit/testkit.h"

#include "base/banned.h"

#define PROGRAM        "redis-server"
#define PORTS_TRIED    5
#define ANSWER_ROUNDS  1000
#define ANSWER_WAIT_MS 10

bool redis_server_is_installed(void)
{
    struct slice rest = slice_from_text(getenv("PATH") != NULL ? getenv("PATH") : "");
    struct slice part;
    while (slice_split(&rest, ':', &part)) {
        char path[4096];
        int length = snprintf(path, sizeof(path), "%.*s/" PROGRAM, SLICE_PRINT(part));
        if (length > 0 && (size_t)length < sizeof(path) && access(path, X_OK) == 0)
            return true;
    }
    return false;
}

static struct sockaddr_in loopback(uint16_t port)
{
    return (struct sockaddr_in){
        .sin_family = AF_INET,
        .sin_port = htons(port),
        .sin_addr = {htonl(INADDR_LOOPBACK)},
    };
}

/* A port that was free a moment ago. */
static uint16_t pick_port(void)
{
    struct sockaddr_in address = loopback(0);
    socklen_t bytes = sizeof(address);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
    ck_assert_int_eq(getsockname(fd, (struct sockaddr *)&address, &bytes), 0);
    close(fd);
    return ntohs(address.sin_port);
}

static NORETURN void become_server(const struct redis_server *server, pid_t parent)
{
    char port[8];
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent)
        _exit(1);
    snprintf(port, sizeof(port), "%u", server->port);
    if (chdir(server->directory) != 0)
        _exit(1);
    int log = open("redis.log", O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    dup2(log, STDOUT_FILENO);
    dup2(log, STDERR_FILENO);
    execlp(PROGRAM, PROGRAM, "--port", port, "--bind", "127.0.0.1", "--save", "", "--appendonly",
           "yes", "--appendfsync", "no", "--daemonize", "no",
           server->password != NULL ? "--requirepass" : NULL, server->password, NULL);
    _exit(1);
}

/* Does it answer to PING? An answer that asks for the password counts; one that says LOADING does not. */
static bool answers(const struct redis_server *server)
{
    struct sockaddr_in address = loopback(server->port);
    char answer[8] = "";
    bool is_there = false;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    ck_assert_int_ge(fd, 0);
    if (connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0 &&
        write(fd, "PING\r\n", 6) == 6) {
        struct pollfd wait = {.fd = fd, .events = POLLIN};
        if (poll(&wait, 1, ANSWER_WAIT_MS) == 1 && read(fd, answer, sizeof(answer) - 1) > 0)
            is_there = strncmp(answer, "+PONG", 5) == 0 || strncmp(answer, "-NOAUTH", 7) == 0;
    }
    close(fd);
    return is_there;
}

static void reap(struct redis_server *server)
{
    int status;
    while (waitpid(server->pid, &status, 0) < 0 && errno == EINTR)
        continue;
    server->pid = 0;
}

/* False: it ended before it answered, as when somebody else has taken the port. */
static bool run(struct redis_server *server)
{
    pid_t parent = getpid();
    server->pid = fork();
    ck_assert_int_ge(server->pid, 0);
    if (server->pid == 0)
        become_server(server, parent);
    for (int i = 0; i < ANSWER_ROUNDS; i++) {
        int status;
        if (waitpid(server->pid, &status, WNOHANG) == server->pid) {
            server->pid = 0;
            return false;
        }
        if (answers(server))
            return true;
        poll(NULL, 0, ANSWER_WAIT_MS);
    }
    redis_server_kill(server);
    return false;
}

void redis_server_start(struct redis_server *server, const char *password)
{
    *server = (struct redis_server){.password = password};
    testkit_directory_make(server->directory);
    for (int i = 0; i < PORTS_TRIED; i++) {
        server->port = pick_port();
        if (run(server))
            return;
    }
    ck_abort_msg(PROGRAM " does not start");
}

void redis_server_kill(struct redis_server *server)
{
    ck_assert_int_gt(server->pid, 0);
    ck_assert_int_eq(kill(server->pid, SIGKILL), 0);
    reap(server);
}

void redis_server_restart(struct redis_server *server)
{
    ck_assert_int_eq(server->pid, 0);
    for (int i = 0; i < PORTS_TRIED; i++) {
        if (run(server))
            return;
        poll(NULL, 0, ANSWER_WAIT_MS); /* a passing connection may have the port */
    }
    ck_abort_msg(PROGRAM " does not start again");
}

void redis_server_stop(struct redis_server *server)
{
    if (server->port == 0)
        return;
    if (server->pid != 0)
        redis_server_kill(server);
    testkit_directory_remove(server->directory);
    server->port = 0;
}

void redis_server_pause(const struct redis_server *server)
{
    int status;
    ck_assert_int_eq(kill(server->pid, SIGSTOP), 0);
    ck_assert_int_eq(waitpid(server->pid, &status, WUNTRACED), server->pid);
    ck_assert(WIFSTOPPED(status));
}

void redis_server_resume(const struct redis_server *server)
{
    ck_assert_int_eq(kill(server->pid, SIGCONT), 0);
}

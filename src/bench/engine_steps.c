#include "bench/engine_steps.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <math.h>
#include <sched.h>
#include <sys/wait.h>

#include "base/banned.h"

#define OUTPUT_BYTES_MAX 65536u

static bool read_line(json_t *line, struct engine_steps *ret_steps)
{
    const char *bench = json_string_value(json_object_get(line, "bench"));
    const char *queue = json_string_value(json_object_get(line, "queue"));
    if (bench == NULL || queue == NULL || strcmp(bench, "engine") != 0 ||
        strcmp(queue, "standard") != 0 || json_integer_value(json_object_get(line, "groups")) != 0)
        return false;
    ret_steps->depth = json_number_value(json_object_get(line, "depth"));
    ret_steps->send_ns = json_number_value(json_object_get(line, "send_ns"));
    ret_steps->receive_ns = json_number_value(json_object_get(line, "receive_ns"));
    ret_steps->delete_ns = json_number_value(json_object_get(line, "delete_ns"));
    return ret_steps->send_ns > 0 && ret_steps->receive_ns > 0 && ret_steps->delete_ns > 0;
}

enum err engine_steps_parse(const char *text, double depth, struct engine_steps *ret_steps)
{
    bool is_found = false;
    while (*text != 0) {
        struct engine_steps steps = {0};
        size_t bytes = strcspn(text, "\n");
        json_t *line = json_loadb(text, bytes, 0, NULL);
        if (line != NULL && read_line(line, &steps) &&
            (!is_found || fabs(steps.depth - depth) < fabs(ret_steps->depth - depth))) {
            *ret_steps = steps;
            is_found = true;
        }
        json_decref(line);
        text += bytes + (text[bytes] != 0);
    }
    return is_found ? ERR_OK : ERR_INVALID;
}

static NORETURN void become(const char *path, int cpu, int output)
{
    char *const argv[] = {(char *)(uintptr_t)path, (char *)(uintptr_t) "brief", NULL};
    cpu_set_t set;
    CPU_ZERO(&set);
    CPU_SET((size_t)(cpu < 0 ? 0 : cpu), &set);
    if (cpu >= 0)
        MAYBE(sched_setaffinity(0, sizeof(set), &set) == 0);
    if (dup2(output, STDOUT_FILENO) >= 0)
        execv(path, argv);
    dprintf(STDERR_FILENO, "%s: %s\n", path, strerror(errno));
    _exit(127);
}

/* Ended by a NUL; what is too long is cut. */
static void read_all(int fd, char text[OUTPUT_BYTES_MAX])
{
    size_t count = 0;
    ssize_t got = 1;
    while (got > 0 && count < OUTPUT_BYTES_MAX - 1) {
        got = read(fd, text + count, OUTPUT_BYTES_MAX - 1 - count);
        count += got > 0 ? (size_t)got : 0;
    }
    text[count] = 0;
}

enum err engine_steps_run(const char *path, int cpu, double depth, struct engine_steps *ret_steps)
{
    static char text[OUTPUT_BYTES_MAX];
    int ends[2], status;
    if (pipe2(ends, O_CLOEXEC) != 0)
        return ERR_IO;
    pid_t pid = fork();
    if (pid == 0)
        become(path, cpu, ends[1]);
    close(ends[1]);
    if (pid > 0)
        read_all(ends[0], text);
    close(ends[0]);
    if (pid < 0 || waitpid(pid, &status, 0) != pid || status != 0)
        return ERR_IO;
    return engine_steps_parse(text, depth, ret_steps);
}

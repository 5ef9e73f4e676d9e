#include "bench/rig.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <sys/stat.h>

#include "bench/ticks.h"

#include "base/banned.h"

#define HICCUP_NS     TICKS_S
#define ARGUMENTS_MAX 64u
#define DIRECTORY_FDS 16
#define ACCESS_KEY    "leat-bench"
#define SECRET_KEY    "leat-bench-suite"

bool rig_fail(const struct rig *rig, const char *what, const char *why)
{
    fprintf(stderr, "leat-bench %s: %s: %s\n", rig->name, what, why);
    return false;
}

void rig_join(const struct rig *rig, const char *name, char ret_path[RIG_PATH_BYTES])
{
    int length = snprintf(ret_path, RIG_PATH_BYTES, "%s/%s", rig->directory, name);
    ASSERT(length > 0 && length < (int)RIG_PATH_BYTES);
}

bool rig_open(struct rig *rig)
{
    const char *parent = getenv("TMPDIR");
    bool has_two = sysconf(_SC_NPROCESSORS_ONLN) >= 2;
    rig->server_cpu = has_two ? 0 : -1;
    rig->generator_cpu = has_two ? 1 : -1;
    snprintf(rig->directory, sizeof(rig->directory), "%s/leat-bench-XXXXXX",
             parent != NULL ? parent : "/tmp");
    return mkdtemp(rig->directory) != NULL || rig_fail(rig, rig->directory, strerror(errno));
}

static int remove_one(const char *path, const struct stat *facts, int type, struct FTW *place)
{
    MAYBE(facts);
    MAYBE(type + place->level);
    return remove(path);
}

void rig_remove(const char *path)
{
    nftw(path, remove_one, DIRECTORY_FDS, FTW_DEPTH | FTW_PHYS);
}

void rig_close(struct rig *rig, bool keeps)
{
    if (keeps)
        fprintf(stderr, "logs are in %s\n", rig->directory);
    else
        rig_remove(rig->directory);
}

bool rig_start_null(const struct rig *rig, struct child *null, uint32_t sync_bytes)
{
    char self[RIG_PATH_BYTES], log[RIG_PATH_BYTES], directory[RIG_PATH_BYTES], port[8], bytes[16];
    ssize_t length = readlink("/proc/self/exe", self, sizeof(self) - 1);
    uint16_t number = child_pick_port();
    if (length <= 0)
        return rig_fail(rig, "/proc/self/exe", strerror(errno));
    self[length] = 0;
    rig_join(rig, "null.log", log);
    snprintf(port, sizeof(port), "%u", number);
    snprintf(bytes, sizeof(bytes), "%u", sync_bytes);
    snprintf(directory, sizeof(directory), "%s", rig->directory);
    char mode[] = "null", flag[] = "--port", sync[] = "--sync", where[] = "--dir";
    char *argv[] = {self,  mode,  flag,      port, sync_bytes > 0 ? sync : NULL,
                    bytes, where, directory, NULL};
    return child_start(null, argv, rig->server_cpu, log, number) ||
           rig_fail(rig, "the null server does not start, see", log);
}

bool rig_start_leatd(const struct rig *rig, struct child *server, const char *data, bool has_admin,
                     const char *const *options)
{
    char path[RIG_PATH_BYTES], log[RIG_PATH_BYTES], listen[32], admin[RIG_PATH_BYTES + 32];
    uint16_t port = child_pick_port();
    const char *head[] = {rig->leatd,  "--listen", listen,       "--admin", admin,
                          "--workers", "1",        "--data-dir", path};
    char *argv[ARGUMENTS_MAX] = {NULL};
    size_t count = 0;
    rig_join(rig, data, path);
    rig_join(rig, "leatd.log", log);
    snprintf(listen, sizeof(listen), "127.0.0.1:%u", port);
    snprintf(admin, sizeof(admin), has_admin ? "unix:%s/admin.sock" : "off", path);
    for (; count < ARRAY_COUNT(head); count++)
        argv[count] = (char *)(uintptr_t)head[count];
    for (; *options != NULL && count + 1 < ARGUMENTS_MAX; options++)
        argv[count++] = (char *)(uintptr_t)*options;
    for (char **extra = rig->extra; *extra != NULL && count + 1 < ARGUMENTS_MAX; extra++)
        argv[count++] = *extra;
    return child_start(server, argv, rig->server_cpu, log, port) ||
           rig_fail(rig, "leatd does not start, see", log);
}

bool rig_write_keys(const struct rig *rig, char ret_path[RIG_PATH_BYTES])
{
    rig_join(rig, "keys", ret_path);
    int fd = open(ret_path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (fd < 0)
        return rig_fail(rig, ret_path, strerror(errno));
    dprintf(fd, "[bench]\naws_access_key_id = " ACCESS_KEY "\naws_secret_access_key = " SECRET_KEY
                "\n");
    return close(fd) == 0 || rig_fail(rig, ret_path, strerror(errno));
}

struct signer_options rig_signer(enum signer_mode mode)
{
    return (struct signer_options){mode, SLICE(ACCESS_KEY), SLICE(SECRET_KEY), SLICE(""),
                                   SLICE("us-east-1")};
}

void rig_fill_settings(const struct rig *rig, const struct child *server,
                       struct settings *ret_settings, char ret_endpoint[64])
{
    settings_init(ret_settings);
    snprintf(ret_endpoint, 64, "http://127.0.0.1:%u", server->port);
    ret_settings->endpoint = ret_endpoint;
    ret_settings->server_pid = server->pid;
    ret_settings->cpu = rig->generator_cpu;
}

double rig_measure_hiccups(void)
{
    uint64_t start_ns = ticks_now_ns(), last_ns = start_ns, lost_ns = 0;
    while (last_ns < start_ns + HICCUP_NS) {
        uint64_t now_ns = ticks_now_ns();
        if (now_ns - last_ns > TICKS_MS)
            lost_ns += now_ns - last_ns;
        last_ns = now_ns;
    }
    return (double)lost_ns / (double)(last_ns - start_ns);
}

#include "bench/sync.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>

#include "base/slice.h"
#include "bench/ticks.h"

#include "base/banned.h"

#define FILE_BYTES_MIN (64u * 1024 * 1024)

static bool write_all(int fd, const uint8_t *bytes, size_t count, off_t at)
{
    while (count > 0) {
        ssize_t written = pwrite(fd, bytes, count, at);
        if (written < 0)
            return false;
        bytes += written;
        count -= (size_t)written;
        at += written;
    }
    return true;
}

static bool fill(int fd, const uint8_t *bytes, uint32_t write_bytes, uint32_t writes)
{
    for (uint32_t i = 0; i < writes; i++)
        if (!write_all(fd, bytes, write_bytes, (off_t)i * write_bytes))
            return false;
    return fsync(fd) == 0;
}

enum err sync_file_open(struct sync_file *file, const struct sync_settings *settings)
{
    char path[4096];
    ASSERT(settings->write_bytes >= 1 && settings->write_bytes <= SYNC_BYTES_MAX);
    uint32_t file_bytes = settings->file_bytes > 0 ? settings->file_bytes : FILE_BYTES_MIN;
    int length = snprintf(path, sizeof(path), "%s/leat-bench-sync-XXXXXX", settings->directory);
    if (length < 0 || (size_t)length >= sizeof(path)) {
        errno = ENAMETOOLONG;
        return ERR_IO;
    }
    int fd = mkostemp(path, O_CLOEXEC);
    if (fd < 0)
        return ERR_IO;
    *file = (struct sync_file){.fd = fd,
                               .bytes = calloc(1, settings->write_bytes),
                               .write_bytes = settings->write_bytes,
                               .writes = (file_bytes + settings->write_bytes - 1) /
                                         settings->write_bytes};
    ASSERT(file->bytes != NULL);
    if (unlink(path) == 0 && fill(fd, file->bytes, file->write_bytes, file->writes))
        return ERR_OK;
    sync_file_close(file);
    return ERR_IO;
}

enum err sync_file_write(struct sync_file *file)
{
    uint32_t index = file->next;
    file->next = (index + 1) % file->writes;
    memset(file->bytes, (int)(index & 0xff), file->write_bytes < 64 ? file->write_bytes : 64);
    bool is_good =
        write_all(file->fd, file->bytes, file->write_bytes, (off_t)index * file->write_bytes) &&
        fdatasync(file->fd) == 0;
    return is_good ? ERR_OK : ERR_IO;
}

void sync_file_close(struct sync_file *file)
{
    int problem = errno;
    free(file->bytes);
    close(file->fd);
    *file = (struct sync_file){0};
    errno = problem;
}

static enum err measure(struct sync_file *file, double seconds, struct sync_result *result)
{
    uint64_t start_ns = ticks_now_ns(), now_ns = start_ns;
    uint64_t end_ns = start_ns + (uint64_t)(seconds * (double)TICKS_S);
    while (now_ns < end_ns) {
        uint64_t before_ns = now_ns;
        if (sync_file_write(file) != ERR_OK)
            return ERR_IO;
        now_ns = ticks_now_ns();
        histogram_add(&result->latency, now_ns - before_ns);
    }
    result->rate = (double)result->latency.count * (double)TICKS_S / (double)(now_ns - start_ns);
    return ERR_OK;
}

enum err sync_measure(const struct sync_settings *settings, struct sync_result *ret_result)
{
    struct sync_file file;
    histogram_reset(&ret_result->latency);
    enum err err = sync_file_open(&file, settings);
    if (err != ERR_OK)
        return err;
    err = measure(&file, settings->seconds, ret_result);
    sync_file_close(&file);
    return err;
}

static bool parse_number(const char *name, const char *text, double min, double max,
                         double *ret_value)
{
    char *end;
    double value = strtod(text, &end);
    if (end == text || *end != 0 || !(value >= min && value <= max)) {
        fprintf(stderr, "leat-bench sync: --%s: %g to %g\n", name, min, max);
        return false;
    }
    *ret_value = value;
    return true;
}

static bool parse_options(struct sync_settings *settings, int argc, char **argv, int *ret_status)
{
    static const struct option options[] = {{"dir", required_argument, NULL, 'd'},
                                            {"size", required_argument, NULL, 's'},
                                            {"seconds", required_argument, NULL, 't'},
                                            {"help", no_argument, NULL, 'h'},
                                            {0}};
    double bytes = settings->write_bytes;
    int c;
    optind = 1;
    while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
        *ret_status = c == 'h' ? 0 : 2;
        if (c == 'h')
            printf(
                "leat-bench sync [--dir DIR] [--size BYTES] [--seconds S]\n\nWrites BYTES [16384] and waits for "
                "fdatasync, over and over, in a zero-filled file in DIR [.].\n");
        if (c == 'd')
            settings->directory = optarg;
        if (c == 'h' || c == '?' ||
            (c == 's' && !parse_number("size", optarg, 1, SYNC_BYTES_MAX, &bytes)) ||
            (c == 't' && !parse_number("seconds", optarg, 0.01, 3600, &settings->seconds)))
            return false;
    }
    settings->write_bytes = (uint32_t)bytes;
    return true;
}

int sync_main(int argc, char **argv)
{
    static struct sync_result result;
    struct sync_settings settings = {.directory = ".", .write_bytes = 16384, .seconds = 2};
    int status;
    if (!parse_options(&settings, argc, argv, &status))
        return status;
    if (sync_measure(&settings, &result) != ERR_OK) {
        fprintf(stderr, "leat-bench sync: %s: %s\n", settings.directory, strerror(errno));
        return 1;
    }
    const struct histogram *h = &result.latency;
    printf("pwrite + fdatasync of %u B, zero-filled file: %.0f a second, %.1f MB/s\n"
           "  latency, us: p50 %.0f  p90 %.0f  p99 %.0f  p99.9 %.0f  max %.0f\n",
           settings.write_bytes, result.rate, result.rate * settings.write_bytes / 1e6,
           (double)histogram_quantile(h, 0.5) / 1e3, (double)histogram_quantile(h, 0.9) / 1e3,
           (double)histogram_quantile(h, 0.99) / 1e3, (double)histogram_quantile(h, 0.999) / 1e3,
           (double)h->max / 1e3);
    return 0;
}

/* The token file: read and checked, or made with mode 0600. */
#include "base/token_file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sys/stat.h>

#include "base/random.h"

#include "base/banned.h"

#define RANDOM_BYTES 32u

static enum err check_token(const char *text, size_t bytes, char ret_token[TOKEN_BYTES_MAX + 1])
{
    if (bytes > 0 && text[bytes - 1] == '\n')
        bytes--;
    if (bytes < TOKEN_BYTES_MIN || bytes > TOKEN_BYTES_MAX)
        return ERR_INVALID;
    for (size_t i = 0; i < bytes; i++)
        if (text[i] <= ' ' || text[i] >= 0x7f)
            return ERR_INVALID;
    memcpy(ret_token, text, bytes);
    ret_token[bytes] = '\0';
    return ERR_OK;
}

static enum err read_open(int fd, char ret_token[TOKEN_BYTES_MAX + 1])
{
    char text[TOKEN_BYTES_MAX + 2];
    struct stat facts;
    if (fstat(fd, &facts) != 0)
        return ERR_IO;
    if (!S_ISREG(facts.st_mode) || (facts.st_mode & 077) != 0)
        return ERR_STALE;
    ssize_t got = read(fd, text, sizeof(text));
    return got >= 0 ? check_token(text, (size_t)got, ret_token) : ERR_IO;
}

/* Not blocking: a pipe at that place must not hold the start. */
enum err token_file_read(const char *path, char ret_token[TOKEN_BYTES_MAX + 1])
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0)
        return errno == ENOENT ? ERR_ABSENT : ERR_IO;
    enum err err = read_open(fd, ret_token);
    int why = errno;
    close(fd);
    errno = why;
    return err;
}

static bool write_token(int fd)
{
    static const char digits[] = "0123456789abcdef";
    uint8_t random[RANDOM_BYTES];
    char text[2 * RANDOM_BYTES + 1];
    random_bytes(random, sizeof(random));
    for (size_t i = 0; i < sizeof(random); i++) {
        text[2 * i] = digits[random[i] >> 4];
        text[2 * i + 1] = digits[random[i] & 15];
    }
    text[sizeof(text) - 1] = '\n';
    return write(fd, text, sizeof(text)) == (ssize_t)sizeof(text) && fsync(fd) == 0;
}

/* Linked to its name when it is whole: a crash leaves no half token, and a file that another
 * process made meanwhile stays. */
static enum err make(const char *path)
{
    char draft[PATH_MAX];
    int length = snprintf(draft, sizeof(draft), "%s.%ld", path, (long)getpid());
    if (length < 0 || (size_t)length >= sizeof(draft)) {
        errno = ENAMETOOLONG;
        return ERR_IO;
    }
    unlink(draft);
    int fd = open(draft, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0)
        return ERR_IO;
    bool is_made = write_token(fd) && (link(draft, path) == 0 || errno == EEXIST);
    int why = errno;
    close(fd);
    unlink(draft);
    errno = why;
    return is_made ? ERR_OK : ERR_IO;
}

enum err token_file_read_or_make(const char *path, char ret_token[TOKEN_BYTES_MAX + 1])
{
    enum err err = token_file_read(path, ret_token);
    if (err != ERR_ABSENT)
        return err;
    err = make(path);
    return err == ERR_OK ? token_file_read(path, ret_token) : err;
}

/* Reads the configuration file line by line. Why not a library: doc/adr/0004-configuration-library.md. */
#include "main/config_file.h"

#include <errno.h>
#include <fcntl.h>

#include "base/banned.h"

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\v' || c == '\f';
}

/* Ends the text at its first trailing blank and returns its first mark. */
static char *trim(char *text)
{
    size_t bytes = strlen(text);
    while (bytes > 0 && is_blank(text[bytes - 1]))
        text[--bytes] = '\0';
    while (is_blank(*text))
        text++;
    return text;
}

static void cut_comment(char *text)
{
    for (char *at = text; *at != '\0'; at++) {
        if ((*at == '#' || *at == ';') && (at == text || is_blank(at[-1]))) {
            *at = '\0';
            return;
        }
    }
}

static bool is_quoted(const char *value)
{
    size_t bytes = strlen(value);
    return bytes >= 2 && (*value == '"' || *value == '\'') && value[bytes - 1] == *value;
}

static void parse_line(char *line, unsigned number, const struct config_reader *reader)
{
    cut_comment(line);
    char *key = trim(line);
    if (*key == '\0')
        return;
    if (*key == '[') {
        reader->complain(reader->user, number,
                         "sections are not used here: write the keys without [...] lines");
        return;
    }
    size_t key_bytes = strcspn(key, "=:");
    if (key[key_bytes] == '\0' || key_bytes == 0) {
        reader->complain(reader->user, number, "a line of the form key = value is wanted");
        return;
    }
    key[key_bytes] = '\0';
    char *value = trim(key + key_bytes + 1);
    key = trim(key);
    if (is_quoted(value))
        reader->complain(reader->user, number, "values are written without quotation marks");
    else if (*value == '\0')
        reader->complain(reader->user, number,
                         "the value is missing; a key that is left out has its default");
    else
        reader->take(reader->user, number, key, value);
}

void config_file_parse(char *text, size_t bytes, const struct config_reader *reader)
{
    static const char mark[] = "\xef\xbb\xbf"; /* some editors write it first */
    size_t at = bytes >= 3 && memcmp(text, mark, 3) == 0 ? 3 : 0;
    text[bytes] = '\0';
    for (unsigned number = 1; at < bytes; number++) {
        char *end = memchr(text + at, '\n', bytes - at);
        size_t next = end != NULL ? (size_t)(end - text) + 1 : bytes + 1;
        text[next - 1] = '\0';
        if (memchr(text + at, '\0', next - 1 - at) != NULL)
            reader->complain(reader->user, number, "this is not text: it holds a zero byte");
        else
            parse_line(text + at, number, reader);
        at = next;
    }
}

/* Returns how much was read, at most `most`; -1: errno tells. */
static ssize_t read_all(int fd, char *text, size_t most)
{
    size_t bytes = 0;
    while (bytes < most) {
        ssize_t got = read(fd, text + bytes, most - bytes);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return -1;
        if (got == 0)
            break;
        bytes += (size_t)got;
    }
    return (ssize_t)bytes;
}

void config_file_read(const char *path, const struct config_reader *reader)
{
    char *text = malloc(CONFIG_FILE_BYTES_MAX + 2);
    ASSERT(text != NULL);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t bytes = fd >= 0 ? read_all(fd, text, CONFIG_FILE_BYTES_MAX + 1) : -1;
    int why = errno;
    if (fd >= 0)
        close(fd);
    if (bytes < 0)
        reader->complain(reader->user, 0,
                         why == EISDIR ? "it is a directory; --config wants a file"
                                       : strerror(why));
    else if (bytes > (ssize_t)CONFIG_FILE_BYTES_MAX)
        reader->complain(reader->user, 0, "it is larger than 1 MiB: is this a configuration file?");
    else
        config_file_parse(text, (size_t)bytes, reader);
    free(text);
}

/* A credentials file: read a line at a time, checked, put into a hash by key id. */
#include "auth/credentials.h"

#include <errno.h>
#include <sys/stat.h>

#include "base/digest.h"
#include "base/logger.h"

#include "base/banned.h"

#define FILE_BYTES_MAX      (32u << 20)
#define LINE_BYTES_MAX      16384u /* a session token has up to 1,500, in theory more */
#define KEY_ID_BYTES_MAX    128u
#define USER_NAME_BYTES_MAX 64u
#define USER_ID_DIGITS      17u

struct auth_credentials {
    struct arena memory; /* holds the keys, their texts and the chains */
    struct auth_key **chains;
    uint32_t chains_count; /* a power of two */
    uint32_t keys_count;
};

/* What a section may say. */
enum field {
    FIELD_ID,
    FIELD_SECRET,
    FIELD_TOKEN,
    FIELD_ACCOUNT,
    FIELD_USER,
    FIELDS_COUNT,
    FIELD_SKIPPED
};

static const struct {
    const char *name;
    enum field field;
} names[] = {
    {"aws_access_key_id", FIELD_ID},    {"aws_secret_access_key", FIELD_SECRET},
    {"aws_session_token", FIELD_TOKEN}, {"account_id", FIELD_ACCOUNT},
    {"aws_account_id", FIELD_ACCOUNT},  {"user_name", FIELD_USER},
    {"region", FIELD_SKIPPED},          {"output", FIELD_SKIPPED},
};

struct reading {
    const char *name; /* of the file */
    const struct auth_credentials_options *options;
    int line; /* being read, from 1 */
    struct auth_credentials *credentials;
    struct auth_key *keys_last; /* all so far, newest first, by `next` */
    struct slice header;        /* of the section that the line stands in; at == NULL: none yet */
    bool is_open;               /* a section has said something */
    struct slice section;
    int section_line; /* of its first name = value */
    struct slice fields[FIELDS_COUNT];
    struct arena *arena;
    enum err err; /* the first failure */
    struct slice why;
};

static void wipe(struct slice secret)
{
    if (secret.at != NULL)
        digest_wipe((void *)(uintptr_t)secret.at, secret.bytes);
}

static int fail(struct reading *reading, enum err err, int line, const char *what)
{
    if (reading->err != ERR_OK)
        return 0;
    reading->err = err;
    reading->why = arena_print(reading->arena, "%s:%d: %s", reading->name, line, what);
    return 0;
}

static bool consists_of(struct slice text, size_t bytes_max, const char *marks)
{
    for (size_t i = 0; i < text.bytes; i++) {
        uint8_t c = text.at[i];
        bool is_plain = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
        if (!is_plain && (c == '\0' || strchr(marks, c) == NULL))
            return false;
    }
    return text.bytes > 0 && text.bytes <= bytes_max;
}

static bool is_account(struct slice text)
{
    for (size_t i = 0; i < text.bytes; i++)
        if (text.at[i] < '0' || text.at[i] > '9')
            return false;
    return text.bytes == AUTH_ACCOUNT_BYTES;
}

/* IAM's unique ids are AIDA and 17 characters; ours are made of the account and the name, so they
 * outlive restarts. */
static struct slice make_user_id(struct arena *arena, struct slice account, struct slice user)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    uint8_t digest[SHA256_BYTES];
    char text[USER_ID_DIGITS + 1] = {0};
    digest_sha256(arena_print(arena, "%.*s/%.*s", SLICE_PRINT(account), SLICE_PRINT(user)), digest);
    for (size_t i = 0; i < USER_ID_DIGITS; i++)
        text[i] = digits[digest[i] % 32];
    return arena_print(arena, "AIDA%s", text);
}

static struct auth_identity make_identity(struct reading *reading)
{
    struct arena *memory = &reading->credentials->memory;
    struct slice account = reading->fields[FIELD_ACCOUNT];
    struct slice user = reading->fields[FIELD_USER];
    struct slice partition = reading->options->partition;
    if (account.at == NULL)
        account = arena_copy(memory, reading->options->account);
    struct auth_identity identity = {.account = account,
                                     .access_key = reading->fields[FIELD_ID],
                                     .user_id = account,
                                     .user_name = user};
    if (user.at == NULL) {
        identity.principal_arn = arena_print(memory, "arn:%.*s:iam::%.*s:root",
                                             SLICE_PRINT(partition), SLICE_PRINT(account));
        return identity;
    }
    identity.user_id = make_user_id(memory, account, user);
    identity.principal_arn =
        arena_print(memory, "arn:%.*s:iam::%.*s:user/%.*s", SLICE_PRINT(partition),
                    SLICE_PRINT(account), SLICE_PRINT(user));
    return identity;
}

/* Turns the fields read into a key. */
static int close_section(struct reading *reading)
{
    struct slice *fields = reading->fields;
    int line = reading->section_line;
    if (!reading->is_open)
        return 1;
    reading->is_open = false;
    if (fields[FIELD_ID].at == NULL)
        return fail(reading, ERR_INVALID, line, "this section lacks aws_access_key_id");
    if (fields[FIELD_SECRET].at == NULL)
        return fail(reading, ERR_INVALID, line, "this section lacks aws_secret_access_key");
    if (reading->credentials->keys_count == AUTH_CREDENTIALS_MAX)
        return fail(reading, ERR_FULL, line, "too many keys");
    struct auth_key *key = ARENA_NEW(&reading->credentials->memory, struct auth_key);
    key->id = fields[FIELD_ID];
    key->secret = fields[FIELD_SECRET];
    key->token = fields[FIELD_TOKEN];
    key->identity = make_identity(reading);
    key->line = line;
    key->number = reading->credentials->keys_count++;
    key->next = reading->keys_last;
    reading->keys_last = key;
    memset(fields, 0, sizeof(reading->fields));
    return 1;
}

static const char *check_field(enum field field, struct slice value)
{
    if (value.bytes == 0)
        return "this name has no value";
    if (field == FIELD_ID && !consists_of(value, KEY_ID_BYTES_MAX, "_-."))
        return "an access key id has at most 128 letters, digits, '_', '-' and '.'";
    if (field == FIELD_ACCOUNT && !is_account(value))
        return "an account id has 12 digits";
    if (field == FIELD_USER && !consists_of(value, USER_NAME_BYTES_MAX, "_+=,.@-"))
        return "a user name has at most 64 letters, digits and characters of _+=,.@-";
    return NULL;
}

static enum field find_field(struct slice name)
{
    for (size_t i = 0; i < ARRAY_COUNT(names); i++)
        if (slice_is(name, names[i].name))
            return names[i].field;
    return FIELDS_COUNT;
}

static int take_value(struct reading *reading, struct slice name, struct slice value)
{
    struct arena *memory = &reading->credentials->memory;
    if (reading->header.at == NULL)
        return fail(reading, ERR_INVALID, reading->line, "there is no [section] before this line");
    if (!reading->is_open || !slice_equal(reading->section, reading->header)) {
        if (!close_section(reading))
            return 0;
        reading->is_open = true;
        reading->section = reading->header;
        reading->section_line = reading->line;
    }
    enum field field = find_field(name);
    if (field == FIELD_SKIPPED)
        return 1;
    if (field == FIELDS_COUNT)
        return fail(reading, ERR_INVALID, reading->line, "a section has no such name");
    if (reading->fields[field].at != NULL)
        return fail(reading, ERR_INVALID, reading->line, "the section says this twice");
    const char *what = check_field(field, value);
    if (what != NULL)
        return fail(reading, ERR_INVALID, reading->line, what);
    reading->fields[field] = arena_copy(memory, value);
    return 1;
}

/* ---- lines ---- */

static bool is_blank(uint8_t c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

static struct slice trim(struct slice text)
{
    while (text.bytes > 0 && is_blank(text.at[text.bytes - 1]))
        text.bytes--;
    while (text.bytes > 0 && is_blank(text.at[0]))
        text = slice_of(text.at + 1, text.bytes - 1);
    return text;
}

/* Without what follows a ';' behind a blank. */
static struct slice cut_comment(struct slice text)
{
    for (size_t i = 1; i < text.bytes; i++)
        if (text.at[i] == ';' && is_blank(text.at[i - 1]))
            return trim(slice_head(text, i));
    return text;
}

/* "[name]": false when there is more, or less. */
static bool take_header(struct reading *reading, struct slice line)
{
    struct slice header = cut_comment(line);
    size_t end = slice_find(header, ']');
    if (end + 1 != header.bytes)
        return false;
    reading->header = slice_of(header.at + 1, end - 1);
    return true;
}

static int read_line(struct reading *reading, struct slice raw)
{
    static const char want[] = "this line is neither a [section] nor name = value";
    struct slice line = trim(raw);
    if (raw.bytes > LINE_BYTES_MAX)
        return fail(reading, ERR_INVALID, reading->line,
                    "this line is too long: 16384 bytes are the most");
    if (slice_find(raw, '\0') != raw.bytes)
        return fail(reading, ERR_INVALID, reading->line, "there is a NUL byte in this line");
    if (line.bytes == 0 || line.at[0] == '#' || line.at[0] == ';')
        return 1;
    if (line.at[0] == '[')
        return take_header(reading, line) || fail(reading, ERR_INVALID, reading->line, want);
    size_t colon = slice_find(line, ':');
    size_t mark = slice_find(slice_head(line, colon), '='); /* whichever comes first */
    if (mark == line.bytes)
        return fail(reading, ERR_INVALID, reading->line, want);
    struct slice value = trim(slice_of(line.at + mark + 1, line.bytes - mark - 1));
    if (value.bytes > 0 && value.at[0] == ';')
        value.bytes = 0;
    return take_value(reading, trim(slice_head(line, mark)), cut_comment(value));
}

static void read_lines(struct reading *reading, struct slice text)
{
    struct slice line;
    if (slice_starts_with(text, SLICE("\xef\xbb\xbf")))
        text = slice_from(text, 3); /* what editors on Windows begin with */
    while (reading->err == ERR_OK && slice_split(&text, '\n', &line)) {
        reading->line++;
        read_line(reading, line);
    }
    if (reading->err == ERR_OK)
        close_section(reading);
}

/* FNV-1a: the keys of the table are the operator's own, so outsiders cannot make chains long. */
static uint32_t hash_id(struct slice id)
{
    uint32_t hash = 2166136261u;
    for (size_t i = 0; i < id.bytes; i++)
        hash = (hash ^ id.at[i]) * 16777619u;
    return hash;
}

static void build_chains(struct reading *reading)
{
    struct auth_credentials *credentials = reading->credentials;
    credentials->chains_count = 16;
    while (credentials->chains_count < 2 * credentials->keys_count)
        credentials->chains_count *= 2;
    credentials->chains =
        ARENA_NEW_MANY(&credentials->memory, struct auth_key *, credentials->chains_count);
    struct auth_key *key = reading->keys_last;
    while (key != NULL) {
        struct auth_key *older = key->next;
        struct auth_key **chain =
            &credentials->chains[hash_id(key->id) & (credentials->chains_count - 1)];
        const struct auth_key *later = credentials_find(credentials, key->id);
        if (later != NULL)
            fail(reading, ERR_INVALID, later->line,
                 "another section has the same aws_access_key_id");
        key->next = *chain;
        *chain = key;
        key = older;
    }
}

enum err auth_credentials_parse(struct slice text, const char *name,
                                const struct auth_credentials_options *options, struct arena *arena,
                                struct auth_credentials **ret_credentials, struct slice *ret_why)
{
    struct auth_credentials *credentials = calloc(1, sizeof(*credentials));
    ASSERT(credentials != NULL);
    ASSERT(options->account.bytes == AUTH_ACCOUNT_BYTES);
    struct reading reading = {
        .name = name, .options = options, .credentials = credentials, .arena = arena};
    arena_init(&credentials->memory);
    read_lines(&reading, text);
    build_chains(&reading);
    if (reading.err != ERR_OK) {
        *ret_why = reading.why;
        for (size_t i = 0; i < FIELDS_COUNT; i++) /* of the section under way */
            wipe(reading.fields[i]);
        auth_credentials_destroy(credentials);
        return reading.err;
    }
    *ret_credentials = credentials;
    return ERR_OK;
}

/* Secrets are for their owner. Mounted ones are often readable by all, so that is only told. *ret_why is set when anybody
 * could put a key of his own there. */
static bool check_mode(const char *path, FILE *file, struct arena *arena, struct slice *ret_why)
{
    struct stat status;
    if (fstat(fileno(file), &status) != 0 || !S_ISREG(status.st_mode))
        return true;
    unsigned mode = status.st_mode & 07777;
    if ((mode & S_IWOTH) != 0) {
        *ret_why =
            arena_print(arena, "%s: everybody may write to it (mode %04o); chmod 600", path, mode);
        return false;
    }
    if ((mode & S_IROTH) != 0)
        LOG_WARNING("auth", "%s: everybody may read the keys in it (mode %04o); chmod 600", path,
                    mode);
    return true;
}

/* The whole file, which may be a pipe. False: errno tells. */
static bool read_file(FILE *file, uint8_t **ret_text, size_t *ret_bytes)
{
    size_t capacity = 65536, bytes = 0;
    uint8_t *text = calloc(1, capacity);
    ASSERT(text != NULL);
    while ((bytes += fread(text + bytes, 1, capacity - bytes, file)) == capacity &&
           capacity < FILE_BYTES_MAX) {
        uint8_t *larger = calloc(2, capacity);
        ASSERT(larger != NULL);
        memcpy(larger, text, bytes);
        digest_wipe(text, bytes);
        free(text);
        text = larger;
        capacity *= 2;
    }
    int error = ferror(file) ? errno : bytes == FILE_BYTES_MAX ? EFBIG : 0;
    *ret_text = text;
    *ret_bytes = bytes;
    if (error == 0)
        return true;
    digest_wipe(text, bytes);
    free(text);
    errno = error;
    return false;
}

enum err auth_credentials_load(const char *path, const struct auth_credentials_options *options,
                               struct arena *arena, struct auth_credentials **ret_credentials,
                               struct slice *ret_why)
{
    size_t bytes;
    uint8_t *text;
    FILE *file = fopen(path, "re");
    if (file != NULL && !check_mode(path, file, arena, ret_why)) {
        fclose(file);
        return ERR_INVALID;
    }
    if (file == NULL || !read_file(file, &text, &bytes)) {
        *ret_why = arena_print(arena, "%s: cannot be read: %s", path, strerror(errno));
        if (file != NULL)
            fclose(file);
        return ERR_IO;
    }
    fclose(file);
    enum err err = auth_credentials_parse(slice_of(text, bytes), path, options, arena,
                                          ret_credentials, ret_why);
    digest_wipe(text, bytes);
    free(text);
    if (err == ERR_OK && auth_credentials_count(*ret_credentials) == 0) {
        *ret_why =
            arena_print(arena, "%s: there is no key in it: nobody could sign a request", path);
        auth_credentials_destroy(*ret_credentials);
        *ret_credentials = NULL;
        return ERR_INVALID;
    }
    return err;
}

uint32_t auth_credentials_count(const struct auth_credentials *credentials)
{
    return credentials->keys_count;
}

void auth_credentials_destroy(struct auth_credentials *credentials)
{
    if (credentials == NULL)
        return;
    for (uint32_t i = 0; i < credentials->chains_count; i++)
        for (struct auth_key *key = credentials->chains[i]; key != NULL; key = key->next) {
            wipe(key->secret);
            wipe(key->token);
        }
    arena_done(&credentials->memory);
    free(credentials);
}

const struct auth_key *credentials_find(const struct auth_credentials *credentials,
                                        struct slice key_id)
{
    if (credentials == NULL)
        return NULL;
    struct auth_key *key = credentials->chains[hash_id(key_id) & (credentials->chains_count - 1)];
    while (key != NULL && !slice_equal(key->id, key_id))
        key = key->next;
    return key;
}

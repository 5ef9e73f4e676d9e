/* The small files of a data directory: every flipped bit and every cut is refused or harmless. */
#include "node/manifest.h"

#include <stdio.h>

#include "base/logger.h"
#include "node/anchor.h"
#include "testkit/files_faulty.h"
#include "testkit/testkit.h"

#include "base/banned.h"

#define DIRECTORY "/data"
#define MANIFEST  DIRECTORY "/manifest.json"
#define CLOCK     DIRECTORY "/clock.json"

static struct files_faulty *disk;
static struct files *files;
static const char *why;

static void put_text(const char *path, struct slice text)
{
    struct files_file file;
    MAYBE(files->unlink(files, path));
    ck_assert_int_eq(files->open(files, path, FILES_CREATE, &file), ERR_OK);
    ck_assert_int_eq(files_write_all(files, file, text, 0), ERR_OK);
    files->close(files, file);
    ck_assert_int_eq(files->sync_directory(files, DIRECTORY), ERR_OK);
}

static void put_log(unsigned number, bool has_segment)
{
    char path[64];
    snprintf(path, sizeof(path), DIRECTORY "/log-%u", number);
    ck_assert_int_eq(files->make_directory(files, path), ERR_OK);
    snprintf(path, sizeof(path), DIRECTORY "/log-%u/segment-00000001", number);
    if (has_segment)
        put_text(path, SLICE("x"));
}

static void setup(void)
{
    logger_set_level(LOGGER_ERROR); /* each damage is a warning */
    disk = files_faulty_create(1);
    files = files_faulty_files(disk);
    ck_assert_int_eq(files->make_directory(files, DIRECTORY), ERR_OK);
}

static void teardown(void)
{
    files_faulty_destroy(disk);
}

static enum err open_it(struct manifest *ret_manifest)
{
    return manifest_open(files, DIRECTORY, 2, false, ret_manifest, &why);
}

static size_t read_bytes(const char *path, uint8_t ret_bytes[512])
{
    uint64_t bytes = 0;
    const uint8_t *at = files_faulty_bytes(disk, path, &bytes);
    ck_assert_ptr_nonnull(at);
    ck_assert_uint_lt(bytes, 512);
    memcpy(ret_bytes, at, bytes);
    return bytes;
}

/* A directory that was in use. */
static struct manifest make_used(void)
{
    struct manifest made;
    ck_assert_int_eq(open_it(&made), ERR_OK);
    put_log(0, true);
    put_log(1, true);
    ck_assert_int_eq(manifest_opened(files, DIRECTORY, &made), ERR_OK);
    return made;
}

START_TEST(a_manifest_is_read_as_it_was_written)
{
    struct manifest read;
    struct manifest made = make_used();
    ck_assert_int_eq(open_it(&read), ERR_OK);
    ck_assert_uint_eq(read.identity, made.identity);
    ck_assert_uint_eq(read.logs_count, 2);
    ck_assert(read.is_opened);
    put_text(MANIFEST,
             SLICE("{\"leat\":\"data directory\",\"format\":2,\"identity\":\"0123456789abcdef\","
                   "\"logs\":2,\"opened\":true,\"crc32c\":\"88708321\"}\n"));
    ck_assert_int_eq(open_it(&read), ERR_OK); /* golden bytes */
    ck_assert_uint_eq(read.identity, UINT64_C(0xefcdab8967452301));
}
END_TEST

START_TEST(every_flipped_bit_and_every_cut_of_the_manifest_is_refused)
{
    uint8_t bytes[512];
    struct manifest read;
    MAYBE(make_used());
    size_t length = read_bytes(MANIFEST, bytes);
    for (size_t bit = 0; bit < length * 8; bit++) {
        bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
        put_text(MANIFEST, slice_of(bytes, length));
        ck_assert_msg(open_it(&read) == ERR_CORRUPT, "bit %zu", bit);
        ck_assert_ptr_nonnull(strstr(why, MANIFEST));
        bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    for (size_t cut = 0; cut < length; cut++) {
        put_text(MANIFEST, slice_of(bytes, cut));
        ck_assert_msg(open_it(&read) == ERR_CORRUPT, "cut to %zu", cut);
    }
    put_text(MANIFEST, slice_of(bytes, length));
    ck_assert_int_eq(open_it(&read), ERR_OK);
}
END_TEST

START_TEST(every_flipped_bit_and_every_cut_of_the_clock_counts_as_absent)
{
    struct anchor_machine machine = {.boot = "0e6b-boot", .passed_ms = 5000};
    struct mono_ms now = {42};
    uint8_t bytes[512];
    anchor_write(files, DIRECTORY, &machine, (struct mono_ms){1700000000000});
    size_t length = read_bytes(CLOCK, bytes);
    for (size_t bit = 0; bit < length * 8; bit++) {
        bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
        put_text(CLOCK, slice_of(bytes, length));
        ck_assert_msg(!anchor_read(files, DIRECTORY, &machine, &now), "bit %zu", bit);
        bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    for (size_t cut = 0; cut < length; cut++) {
        put_text(CLOCK, slice_of(bytes, cut));
        ck_assert_msg(!anchor_read(files, DIRECTORY, &machine, &now), "cut to %zu", cut);
    }
    ck_assert_int_eq(now.v, 42);
    put_text(CLOCK, slice_of(bytes, length));
    ck_assert(anchor_read(files, DIRECTORY, &machine, &now));
}
END_TEST

/* Refused with what is wrong in words, and let pass when loss is accepted. */
static void expect_objection(const char *text)
{
    struct manifest read;
    ck_assert_int_eq(open_it(&read), ERR_CORRUPT);
    ck_assert_msg(strstr(why, text) != NULL, "%s", why);
    ck_assert_int_eq(manifest_open(files, DIRECTORY, 2, true, &read, &why), ERR_OK);
}

START_TEST(logs_that_do_not_fit_the_manifest_are_refused)
{
    MAYBE(make_used());
    switch (_i) {
    case 0:
        put_log(2, true);
        expect_objection(DIRECTORY "/log-2 is one too many");
        break;
    case 1:
        ck_assert_int_eq(files->unlink(files, DIRECTORY "/log-1/segment-00000001"), ERR_OK);
        expect_objection(DIRECTORY "/log-1 has no segments");
        break;
    case 2:
        ck_assert_int_eq(
            files->rename(files, DIRECTORY "/log-1/segment-00000001", DIRECTORY "/kept"), ERR_OK);
        ck_assert_int_eq(files->rename(files, DIRECTORY "/log-1", DIRECTORY "/away"), ERR_OK);
        expect_objection(DIRECTORY "/log-1 is missing");
        break;
    }
}
END_TEST

START_TEST(logs_without_a_manifest_are_refused)
{
    struct manifest read;
    MAYBE(make_used());
    ck_assert_int_eq(files->unlink(files, MANIFEST), ERR_OK);
    ck_assert_int_eq(open_it(&read), ERR_CORRUPT);
    ck_assert_ptr_nonnull(strstr(why, MANIFEST " is missing"));
}
END_TEST

START_TEST(a_first_start_that_was_cut_off_is_gone_on_with)
{
    struct manifest read;
    ck_assert_int_eq(open_it(&read), ERR_OK);
    put_log(0, true);
    ck_assert_int_eq(open_it(&read), ERR_OK);
    ck_assert(!read.is_opened);
    put_log(1, false);
    ck_assert_int_eq(open_it(&read), ERR_OK);
}
END_TEST

START_TEST(format_1_is_read_with_the_same_suspicion)
{
    struct manifest read;
    static const char text[] = "{\"leat\":\"data directory\",\"format\":1,\"identity\":"
                               "\"0123456789abcdef\",\"logs\":2}\n";
    put_text(MANIFEST, slice_from_text(text));
    put_log(0, true);
    ck_assert_int_eq(open_it(&read), ERR_CORRUPT);
    put_log(1, true);
    ck_assert_int_eq(open_it(&read), ERR_OK);
    ck_assert_int_eq(manifest_opened(files, DIRECTORY, &read), ERR_OK);
    ck_assert_int_eq(open_it(&read), ERR_OK);
    ck_assert(read.is_opened);
}
END_TEST

static void fill(TCase *tests)
{
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, a_manifest_is_read_as_it_was_written);
    tcase_add_test(tests, every_flipped_bit_and_every_cut_of_the_manifest_is_refused);
    tcase_add_test(tests, every_flipped_bit_and_every_cut_of_the_clock_counts_as_absent);
    tcase_add_loop_test(tests, logs_that_do_not_fit_the_manifest_are_refused, 0, 3);
    tcase_add_test(tests, logs_without_a_manifest_are_refused);
    tcase_add_test(tests, a_first_start_that_was_cut_off_is_gone_on_with);
    tcase_add_test(tests, format_1_is_read_with_the_same_suspicion);
}

int main(void)
{
    return testkit_run("manifest", fill);
}

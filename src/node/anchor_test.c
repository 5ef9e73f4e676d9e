#include "node/anchor.h"

#include <stdio.h>

#include "node/seal.h"
#include "testkit/directory.h"
#include "testkit/testkit.h"

#include "base/banned.h"

static char directory[DIRECTORY_PATH_BYTES];
static struct anchor_machine machine = {.boot = "0e6b-boot", .passed_ms = 5000};

static void setup(void)
{
    testkit_directory_make(directory);
}

static void teardown(void)
{
    testkit_directory_remove(directory);
}

static void write_text(const char *text)
{
    char path[DIRECTORY_PATH_BYTES + 16];
    char sealed[256];
    size_t length = slice_from_text(text).bytes;
    snprintf(sealed, sizeof(sealed), "%s", text);
    if (length > 1)
        MAYBE(seal_add(sealed, length - 1, sizeof(sealed)));
    snprintf(path, sizeof(path), "%s/clock.json", directory);
    FILE *file = fopen(path, "w");
    ck_assert_ptr_nonnull(file);
    ck_assert_int_ge(fputs(sealed, file), 0);
    ck_assert_int_eq(fclose(file), 0);
}

static void expect_text(const char *want)
{
    char path[DIRECTORY_PATH_BYTES + 16], text[256] = "";
    snprintf(path, sizeof(path), "%s/clock.json", directory);
    FILE *file = fopen(path, "r");
    ck_assert_ptr_nonnull(file);
    ck_assert_ptr_nonnull(fgets(text, sizeof(text), file));
    ck_assert_int_eq(fclose(file), 0);
    ck_assert_str_eq(text, want);
}

START_TEST(the_next_process_goes_on_after_the_time_that_passed)
{
    struct mono_ms now = {0};
    struct anchor_machine later = machine;
    anchor_write(files_system(), directory, &machine, (struct mono_ms){1700000000000});
    expect_text("{\"leat\":\"clock\",\"format\":2,\"boot\":\"0e6b-boot\",\"passed_ms\":5000,"
                "\"time_ms\":1700000000000,\"crc32c\":\"4020ee88\"}\n");
    later.passed_ms += 70;
    ck_assert(anchor_read(files_system(), directory, &later, &now));
    ck_assert_int_eq(now.v, 1700000000070);
    anchor_write(files_system(), directory, &later, (struct mono_ms){1800000000000});
    ck_assert(anchor_read(files_system(), directory, &later, &now));
    ck_assert_int_eq(now.v, 1800000000000);
}
END_TEST

START_TEST(what_is_of_another_boot_or_unreadable_counts_as_absent)
{
    static const char *const texts[] = {
        "",
        "{",
        "{\"leat\":\"clock\",\"format\":2,\"boot\":\"another\",\"passed_ms\":1,\"time_ms\":1}",
        "{\"leat\":\"clock\",\"format\":3,\"boot\":\"0e6b-boot\",\"passed_ms\":1,\"time_ms\":1}",
        "{\"leat\":\"other\",\"format\":2,\"boot\":\"0e6b-boot\",\"passed_ms\":1,\"time_ms\":1}",
        "{\"leat\":\"clock\",\"format\":2,\"boot\":\"0e6b-boot\",\"passed_ms\":5001,\"time_ms\":1}",
        "{\"leat\":\"clock\",\"format\":2,\"boot\":\"0e6b-boot\",\"passed_ms\":-1,\"time_ms\":1}",
        "{\"leat\":\"clock\",\"format\":2,\"boot\":\"0e6b-boot\",\"passed_ms\":1,\"time_ms\":-1}",
        "{\"leat\":\"clock\",\"format\":2,\"boot\":\"0e6b-boot\",\"passed_ms\":1,"
        "\"time_ms\":9223372036854775807}",
        "{\"leat\":\"clock\",\"format\":2,\"boot\":\"0e6b-boot\",\"passed_ms\":1}",
    };
    struct mono_ms now = {42};
    ck_assert(!anchor_read(files_system(), directory, &machine, &now));
    for (size_t i = 0; i < ARRAY_COUNT(texts); i++) {
        write_text(texts[i]);
        ck_assert_msg(!anchor_read(files_system(), directory, &machine, &now), "%s", texts[i]);
    }
    ck_assert_int_eq(now.v, 42);
}
END_TEST

START_TEST(this_machine_tells_its_boot)
{
    struct anchor_machine first, second;
    ck_assert(anchor_look(files_system(), &first) && anchor_look(files_system(), &second));
    ck_assert_str_eq(first.boot, second.boot);
    ck_assert_uint_gt(slice_from_text(first.boot).bytes, 8);
    ck_assert_int_ge(second.passed_ms, first.passed_ms);
}
END_TEST

static void fill(TCase *tests)
{
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, the_next_process_goes_on_after_the_time_that_passed);
    tcase_add_test(tests, what_is_of_another_boot_or_unreadable_counts_as_absent);
    tcase_add_test(tests, this_machine_tells_its_boot);
}

int main(void)
{
    return testkit_run("anchor", fill);
}

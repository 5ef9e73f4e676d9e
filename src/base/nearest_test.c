/* The nearest name: what a slip finds, and what finds nothing. */
#include "base/nearest.h"

#include "base/check.h"
#include "testkit/testkit.h"

static const char *find(const char *word)
{
    static const char *const names[] = {"listen", "admin",   "data-dir", "durability",
                                        "auth",   "account", "clock",    "connections-max"};
    struct nearest nearest = nearest_to(slice_from_text(word));
    for (size_t i = 0; i < ARRAY_COUNT(names); i++)
        nearest_try(&nearest, names[i]);
    return nearest.name != NULL ? nearest.name : "";
}

START_TEST(slips_of_the_keyboard_find_their_name)
{
    static const char *const rows[][2] = {
        {"lsten", "listen"},
        {"listne", "listen"},
        {"listenn", "listen"},
        {"LISTEN", "listen"},
        {"data_dir", "data-dir"},
        {"datadir", "data-dir"},
        {"data", "data-dir"},
        {"durabilty", "durability"},
        {"conections-max", "connections-max"},
        {"ahtu", "auth"},
        {"connections", "connections-max"},
        {"clokc", "clock"},
        {"admn", "admin"},
    };
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++)
        ck_assert_str_eq(find(rows[i][0]), rows[i][1]);
}
END_TEST

START_TEST(what_resembles_nothing_finds_nothing)
{
    static const char *const rows[] = {"", "x", "da", "colour", "verbose", "zzzzzzzz", "\xff\xfe"};
    char long_word[3 * NEAREST_BYTES_MAX];
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++)
        ck_assert_str_eq(find(rows[i]), "");
    memset(long_word, 'a', sizeof(long_word) - 1);
    long_word[sizeof(long_word) - 1] = '\0';
    ck_assert_str_eq(find(long_word), "");
}
END_TEST

static void fill(TCase *tests)
{
    tcase_add_test(tests, slips_of_the_keyboard_find_their_name);
    tcase_add_test(tests, what_resembles_nothing_finds_nothing);
}

int main(void)
{
    return testkit_run("nearest", fill);
}

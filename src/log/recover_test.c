#include "log/recover.h"

#include "testkit/testkit.h"

START_TEST(each_combination_of_facts_has_its_verdict)
{
    for (unsigned facts = 0; facts < 1u << RECOVER_FACTS; facts++) {
        bool is_damage = (facts & (RECOVER_CLAIMED | RECOVER_INTACT | RECOVER_HEADLESS)) != 0;
        enum recover_verdict want =
            is_damage ? (facts & RECOVER_ACCEPTS) != 0 ? RECOVER_CUT : RECOVER_REFUSE
            : (facts & RECOVER_BLANK) != 0 ? RECOVER_END
                                           : RECOVER_TORN;
        const struct recover_row *row = recover_decide(facts);
        ck_assert_msg(row->verdict == want, "facts %x: %s", facts, row->reason);
        ck_assert_ptr_nonnull(row->reason);
    }
}
END_TEST

START_TEST(names_of_files)
{
    static const struct {
        const char *name;
        bool is_ours;
        enum log_name kind;
        uint64_t number;
    } rows[] = {
        {"segment-0000002a", true, LOG_NAME_SEGMENT, 42},
        {"spare-ffffffff", true, LOG_NAME_SPARE, UINT32_MAX},
        {"snapshot-0000000100000040", true, LOG_NAME_SNAPSHOT, 0x100000040},
        {"snapshot.tmp", true, LOG_NAME_TEMPORARY, 0},
        {"segment-0000002A", false, 0, 0},
        {"segment-000002a", false, 0, 0},
        {"segment-0000002a ", false, 0, 0},
        {"segment-", false, 0, 0},
        {"", false, 0, 0},
        {"lost+found", false, 0, 0},
    };
    struct log_place place = {.directory = "d"};
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        enum log_name kind;
        uint64_t number;
        struct log_path path;
        ck_assert_msg(log_name_parse(rows[i].name, &kind, &number) == rows[i].is_ours, "%s",
                      rows[i].name);
        if (!rows[i].is_ours)
            continue;
        ck_assert_uint_eq(kind, rows[i].kind);
        ck_assert_uint_eq(number, rows[i].number);
        log_path_make(&place, kind, number, &path);
        ck_assert_str_eq(path.name, rows[i].name);
    }
}
END_TEST

static void fill(TCase *tests)
{
    tcase_add_test(tests, each_combination_of_facts_has_its_verdict);
    tcase_add_test(tests, names_of_files);
}

int main(void)
{
    return testkit_run("recover", fill);
}

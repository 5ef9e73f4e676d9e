/* How the admin listener reads the name of a queue. */
#include "admin/admin_private.h"

#include "base/check.h"
#include "testkit/testkit.h"

START_TEST(a_queue_is_named_by_name_url_or_arn)
{
    static const struct {
        const char *text, *account, *name;
    } rows[] = {
        {"orders", "", "orders"},
        {"orders.fifo", "", "orders.fifo"},
        {"http://127.0.0.1:9324/000000000000/orders", "000000000000", "orders"},
        {"https://sqs.us-east-1.amazonaws.com/111122223333/orders.fifo/", "111122223333",
         "orders.fifo"},
        {"http://host/prefix/orders", "", "orders"},
        {"/111122223333/orders", "111122223333", "orders"},
        {"111122223333/orders", "111122223333", "orders"},
        {"arn:aws:sqs:us-east-1:111122223333:orders", "111122223333", "orders"},
        {"", "", ""},
        {"/", "", ""},
        {"arn:", "", ""},
        {"111122223333", "", "111122223333"},
    };
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        struct slice account, name;
        admin_parse_queue(slice_from_text(rows[i].text), &account, &name);
        testkit_slice_eq(account, rows[i].account);
        testkit_slice_eq(name, rows[i].name);
    }
}
END_TEST

static void fill(TCase *tests)
{
    tcase_add_test(tests, a_queue_is_named_by_name_url_or_arn);
}

int main(void)
{
    return testkit_run("admin_named", fill);
}

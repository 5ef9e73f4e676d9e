#include "testkit/testkit.h"

#include <stdlib.h>

int testkit_run(const char *suite_name, void (*fill)(TCase *tests))
{
    const char *timeout = getenv("LEAT_TEST_TIMEOUT_S");
    Suite *suite = suite_create(suite_name);
    TCase *tests = tcase_create("all");
    tcase_set_timeout(tests, timeout != NULL ? strtod(timeout, NULL) : 180);
    fill(tests);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

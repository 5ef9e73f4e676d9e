/* What the end of a log is: each row a case with its reason, the first one that fits counts. */
#include "log/recover.h"

#include "base/banned.h"

static const struct recover_row rows[] = {
    {RECOVER_INTACT, RECOVER_ACCEPTS, RECOVER_REFUSE,
     "a whole record that this version does not understand"},
    {RECOVER_INTACT | RECOVER_ACCEPTS, 0, RECOVER_CUT,
     "a record that this version does not understand was given up, with all behind it"},
    {RECOVER_HEADLESS, RECOVER_ACCEPTS, RECOVER_REFUSE,
     "a segment is missing or its head is damaged"},
    {RECOVER_HEADLESS | RECOVER_ACCEPTS, 0, RECOVER_CUT,
     "a segment that is missing or has no head was given up, with all behind it"},
    /* Blank or not: zeros where durable records were are damage as well. */
    {RECOVER_CLAIMED, RECOVER_ACCEPTS, RECOVER_REFUSE, "damage in what had become durable"},
    {RECOVER_CLAIMED | RECOVER_ACCEPTS, 0, RECOVER_CUT,
     "what had become durable is damaged and was given up, with all behind it"},
    {RECOVER_BLANK, 0, RECOVER_END, "the end"},
    /* Nobody says that it was durable: the last batch was never synced, so nothing of it was acknowledged. */
    {0, 0, RECOVER_TORN, "an unfinished batch"},
};

const struct recover_row *recover_decide(unsigned facts)
{
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++)
        if ((facts & rows[i].must) == rows[i].must && (facts & rows[i].must_not) == 0)
            return &rows[i];
    UNREACHABLE("the last row fits all");
}

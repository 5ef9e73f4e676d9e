/* leat clock. */
#include "main/leat.h"

#include "base/banned.h"

/* "5m", "1.5h", "250ms", "90" (seconds) to milliseconds; -1 when it is none. */
static long long parse_duration(const char *text)
{
    static const struct {
        const char *unit;
        double ms;
    } units[] = {{"ms", 1}, {"", 1000}, {"s", 1000}, {"m", 60e3}, {"h", 3600e3}, {"d", 86400e3}};
    char *end;
    double value = strtod(text, &end);
    if (end == text || !(value >= 0) || value > 1e9)
        return -1;
    for (size_t i = 0; i < ARRAY_COUNT(units); i++)
        if (strcmp(end, units[i].unit) == 0)
            return (long long)(value * units[i].ms + 0.5);
    return -1;
}

static int show_clock(struct leat_request *request, json_t *answer)
{
    if (answer == NULL)
        return LEAT_BAD;
    if (request->wants_json)
        leat_print_json(answer, stdout);
    else
        printf("%s clock, %lld ms since 1970\n", leat_text_of(answer, "clock"),
               leat_number_of(answer, "now_ms"));
    json_decref(answer);
    return 0;
}

int leat_clock(struct leat_request *request)
{
    if (request->words_count == 0)
        return show_clock(request, leat_ask(request, "GET", SLICE("/clock"), SLICE_NONE));
    long long ms = parse_duration(request->words[1]);
    if (ms < 0)
        return leat_refuse(
            "\"%s\" is no duration: a number with ms, s, m, h or d behind it, such as 90s",
            request->words[1]);
    return show_clock(request, leat_ask(request, "POST",
                                        arena_print(&request->arena, "/clock?advance=%lld", ms),
                                        SLICE_NONE));
}

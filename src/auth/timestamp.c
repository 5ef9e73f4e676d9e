#include "auth/timestamp.h"

#include "base/banned.h"

#define DAY_SECONDS (24 * 60 * 60)
#define SECONDS_MAX INT64_C(253402300799) /* 9999-12-31T23:59:59Z */

struct civil {
    int year, month, day, hour, minute, second;
};

/* Days since 1970-01-01 of a date of the proleptic Gregorian calendar, counted in years that begin
 * in March, so that the leap day is the last of a year. */
static int64_t days_from_civil(int year, int month, int day)
{
    int64_t y = month > 2 ? year : year - 1;
    int64_t month_from_march = (month + 9) % 12;
    int64_t day_of_year = (153 * month_from_march + 2) / 5 + day - 1;
    return 365 * y + y / 4 - y / 100 + y / 400 + day_of_year - 719468;
}

static struct civil civil_from_seconds(int64_t seconds)
{
    int64_t days = seconds / DAY_SECONDS;
    int64_t rest = seconds % DAY_SECONDS;
    int64_t shifted = days + 719468; /* since 0000-03-01 */
    int64_t era = shifted / 146097;  /* of 400 years */
    int64_t day_of_era = shifted % 146097;
    int64_t year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    int64_t month_from_march = (5 * day_of_year + 2) / 153;
    int month = (int)(month_from_march < 10 ? month_from_march + 3 : month_from_march - 9);
    return (struct civil){
        .year = (int)(era * 400 + year_of_era) + (month <= 2),
        .month = month,
        .day = (int)(day_of_year - (153 * month_from_march + 2) / 5 + 1),
        .hour = (int)(rest / 3600),
        .minute = (int)(rest / 60 % 60),
        .second = (int)(rest % 60),
    };
}

static bool seconds_from_civil(struct civil c, int64_t *ret_seconds)
{
    static const int days_in_month[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool is_leap = c.year % 4 == 0 && (c.year % 100 != 0 || c.year % 400 == 0);
    if (c.year < 1970 || c.month < 1 || c.month > 12 || c.day < 1)
        return false;
    if (c.day > days_in_month[c.month - 1] + (is_leap && c.month == 2))
        return false;
    if (c.hour > 23 || c.minute > 59 || c.second > 59)
        return false;
    *ret_seconds = days_from_civil(c.year, c.month, c.day) * DAY_SECONDS + c.hour * 3600 +
                   c.minute * 60 + c.second;
    return true;
}

/* Which number of struct civil a letter of a pattern stands for, plus one; 0: it stands for itself. */
static const uint8_t fields[256] = {
    ['Y'] = 1, ['M'] = 2, ['D'] = 3, ['h'] = 4, ['m'] = 5, ['s'] = 6};

/* The text must look like the pattern, in which each letter stands for a digit of one of the six
 * numbers. */
static bool scan(struct slice text, struct slice pattern, struct civil *ret_civil)
{
    int numbers[7] = {0};
    if (text.bytes != pattern.bytes)
        return false;
    for (size_t i = 0; i < text.bytes; i++) {
        uint8_t field = fields[pattern.at[i]];
        unsigned digit = text.at[i] - (unsigned)'0';
        if (field == 0 ? text.at[i] != pattern.at[i] : digit > 9)
            return false;
        numbers[field] = numbers[field] * 10 + (int)(field == 0 ? 0 : digit);
    }
    *ret_civil =
        (struct civil){numbers[1], numbers[2], numbers[3], numbers[4], numbers[5], numbers[6]};
    return true;
}

bool timestamp_parse_basic(struct slice text, int64_t *ret_seconds)
{
    struct civil c;
    return scan(text, SLICE("YYYYMMDDThhmmssZ"), &c) && seconds_from_civil(c, ret_seconds);
}

void timestamp_print_basic(int64_t seconds, uint8_t ret_text[TIMESTAMP_BASIC_BYTES])
{
    int64_t shown = seconds < 0 ? 0 : seconds > SECONDS_MAX ? SECONDS_MAX : seconds;
    struct civil c = civil_from_seconds(shown);
    char text[64];
    snprintf(text, sizeof(text), "%04d%02d%02dT%02d%02d%02dZ", c.year, c.month, c.day, c.hour,
             c.minute, c.second);
    memcpy(ret_text, text, TIMESTAMP_BASIC_BYTES);
}

bool timestamp_parse(struct slice text, int64_t *ret_seconds)
{
    struct civil c;
    if (scan(text, SLICE("YYYY-MM-DDThh:mm:ssZ"), &c) || scan(text, SLICE("YYYY-MM-DD"), &c))
        return seconds_from_civil(c, ret_seconds);
    return slice_to_int64(text, ret_seconds);
}

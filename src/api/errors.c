#include "api/errors.h"

#include "api/tables.h"

#include "base/banned.h"

const struct api_error_row *api_error_row(enum api_error_code code)
{
    ASSERT(code < API_ERRORS_COUNT);
    return &api_error_rows[code];
}

bool api_fail(struct api_error *error, enum api_error_code code, struct slice message)
{
    *error = (struct api_error){.row = api_error_row(code), .message = message};
    return false;
}

bool api_fail_print(struct api_error *error, struct arena *arena, enum api_error_code code,
                    const char *format, ...)
{
    va_list args;
    va_start(args, format);
    struct slice message = arena_print_args(arena, format, args);
    va_end(args);
    return api_fail(error, code, message);
}

bool api_fail_no_queue(struct api_error *error)
{
    api_fail(error, API_ERROR_QUEUE_DOES_NOT_EXIST, SLICE("The specified queue does not exist."));
    error->query_message = SLICE("The specified queue does not exist for this wsdl version.");
    return false;
}

bool api_fail_missing(struct api_error *error, struct arena *arena, const char *name)
{
    return api_fail_print(error, arena, API_ERROR_MISSING_REQUIRED_PARAMETER,
                          "The request must contain the parameter %s.", name);
}

#include "base/err.h"

#include "base/check.h"

#include "base/banned.h"

const char *err_name(enum err err)
{
    switch (err) {
    case ERR_OK:
        return "ok";
    case ERR_ABSENT:
        return "absent";
    case ERR_EXISTS:
        return "exists";
    case ERR_FULL:
        return "full";
    case ERR_STALE:
        return "stale";
    case ERR_INVALID:
        return "invalid";
    case ERR_CORRUPT:
        return "corrupt";
    case ERR_IO:
        return "input/output error";
    case ERR_UNAVAILABLE:
        return "unavailable";
    }
    UNREACHABLE("no such error");
}

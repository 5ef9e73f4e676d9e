/* Where Redis is and who we are there: redis://[user:password@]host[:port][/database]. */
#ifndef LEAT_METADATA_REDIS_URL_H
#define LEAT_METADATA_REDIS_URL_H

#include "base/check.h"
#include "base/err.h"
#include "base/slice.h"

#define REDIS_URL_HOST_BYTES   256u
#define REDIS_URL_SECRET_BYTES 512u
#define REDIS_URL_PORT         6379u

struct redis_url {
    char host[REDIS_URL_HOST_BYTES]; /* a name or an address, without brackets */
    uint16_t port;
    uint32_t database;
    bool has_password;
    /* Percent-decoded, any bytes. An empty user is Redis's default user. */
    uint8_t user_at[REDIS_URL_SECRET_BYTES];
    size_t user_bytes;
    uint8_t password_at[REDIS_URL_SECRET_BYTES];
    size_t password_bytes;
};

/* ERR_INVALID: *ret_why says what is wrong (English, static). */
MUST_CHECK enum err redis_url_parse(struct slice text, struct redis_url *ret_url,
                                    const char **ret_why);

#endif

/* The expected failures inside the server. What a client sees is an API error (api/errors.h). */
#ifndef LEAT_BASE_ERR_H
#define LEAT_BASE_ERR_H

enum err {
    ERR_OK = 0,
    ERR_ABSENT,      /* the thing named does not exist */
    ERR_EXISTS,      /* the thing named exists already */
    ERR_FULL,        /* a bound is reached: memory, table, disk */
    ERR_STALE,       /* somebody changed it since it was read */
    ERR_INVALID,     /* input breaks its format */
    ERR_CORRUPT,     /* stored bytes break their format */
    ERR_IO,          /* the kernel said no; errno tells */
    ERR_UNAVAILABLE, /* a part that is needed does not answer: try again later */
};

/* A short English name, never NULL. */
const char *err_name(enum err err);

#endif

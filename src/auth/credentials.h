/* The keys of a credentials file, inside auth. Loading is in auth/auth.h. */
#ifndef LEAT_AUTH_CREDENTIALS_H
#define LEAT_AUTH_CREDENTIALS_H

#include "auth/auth.h"

struct auth_key {
    struct slice id;
    struct slice secret;
    struct slice token; /* at == NULL: any or none is accepted */
    struct auth_identity identity;
    uint32_t number;       /* unique among the keys: 0, 1, ... */
    int line;              /* of its section in the file */
    struct auth_key *next; /* in its chain of the hash */
};

/* NULL: unknown. Any thread. credentials may be NULL: nothing is known. */
const struct auth_key *credentials_find(const struct auth_credentials *credentials,
                                        struct slice key_id);

#endif

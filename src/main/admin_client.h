/* One request to a server's admin listener: connect, ask, read the whole answer. Blocking; for
 * the command line. */
#ifndef LEAT_MAIN_ADMIN_CLIENT_H
#define LEAT_MAIN_ADMIN_CLIENT_H

#include <jansson.h>

#include "base/arena.h"
#include "base/check.h"

#define ADMIN_CLIENT_WAIT_S    30
#define ADMIN_CLIENT_BYTES_MAX (256u << 20)

/* address: HOST:PORT or unix:PATH. token: "" or what the server's
 * admin.token says. target: path and query string. body: JSON lines, or nothing. The answer's document, a reference for the caller; NULL: *ret_why says in English what went wrong (of the connection,
 * or what the server answered), in the arena. *ret_status: of the HTTP answer, 0 when there was none. */
MUST_CHECK json_t *admin_client_ask(const char *address, const char *token, const char *method,
                                    struct slice target, struct slice body, struct arena *arena,
                                    struct slice *ret_why, unsigned *ret_status);

#endif

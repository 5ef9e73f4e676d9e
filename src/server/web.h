/* Which web pages may speak to a listener: the rules about Host, Origin and Sec-Fetch-Site.
 *
 * A page that somebody visits can send requests to every server that its visitor's machine reaches.
 * Three facts tell such a request from a client's: its Origin or Sec-Fetch-Site is that of another
 * site, or its Host is a name that the page's owner has pointed at us (DNS rebinding). Programs
 * send neither header, and know us by a name of ours.
 *
 * Pure: knows nothing of h2o. */
#ifndef LEAT_SERVER_WEB_H
#define LEAT_SERVER_WEB_H

#include "base/check.h"
#include "base/err.h"
#include "base/slice.h"

#define WEB_NAMES_MAX 64u

struct web_rules {
    struct slice host_names[WEB_NAMES_MAX]; /* further names of this server, without ports */
    unsigned host_names_count;
    struct slice origins[WEB_NAMES_MAX]; /* pages that may use the API: "http://app.example:3000" */
    unsigned origins_count;
    bool allows_local_origins; /* every page of this machine, whatever its port */
};

/* Reads two lists, separated by commas; NULL or empty: none. The rules point into the texts.
 * ERR_INVALID: *ret_why says what is wanted of ret_wrong's list (one of the two arguments). */
MUST_CHECK enum err web_rules_read(const char *host_names, const char *cors_origins,
                                   struct web_rules *ret_rules, const char **ret_wrong,
                                   const char **ret_why);

/* What a request says of where it comes from; at == NULL: nothing. */
struct web_request {
    struct slice authority;  /* Host, with its port */
    struct slice origin;     /* Origin */
    struct slice fetch_site; /* Sec-Fetch-Site */
};

/* The API without signatures: an IP address, localhost and names under it, names of one label
 * (compose), names under .internal (Docker), host-names. An absent Host is no browser's. */
bool web_is_own_host(const struct web_rules *rules, struct slice authority);
/* The admin listener: a loopback address, localhost, host-names. */
bool web_is_admin_host(const struct web_rules *rules, struct slice authority);
/* May this page use the API? */
bool web_allows_origin(const struct web_rules *rules, struct slice origin);
/* Does a page of another origin send this? Whether it is allowed is another question. */
bool web_is_foreign(const struct web_request *request);

#endif

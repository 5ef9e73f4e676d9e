/* What the admin's parts share. Private to src/admin. */
#ifndef LEAT_ADMIN_PRIVATE_H
#define LEAT_ADMIN_PRIVATE_H

#include <jansson.h>

#include "admin/admin.h"

/* Ends the request with a document; takes the reference. */
void admin_answer(struct admin_request *request, json_t *document);
/* Ends it with {"error": text}. */
void admin_refuse(struct admin_request *request, int status, const char *text);
/* A parameter's text, or `standard` when absent. */
struct slice admin_parameter(const struct admin_request *request, const char *name,
                             struct slice standard);
/* A whole number in a range. False: the request was refused. */
bool admin_number(struct admin_request *request, const char *name, int64_t standard, int64_t least,
                  int64_t most, int64_t *ret_value);
/* The account (empty: not said) and name that a name, a queue URL, ACCOUNT/NAME or an ARN tell. */
void admin_parse_queue(struct slice text, struct slice *ret_account, struct slice *ret_name);
/* The queue of the parameters `queue` and `account`, borrowed from the directory. NULL: the request was refused. */
struct queue *admin_find_queue(struct admin_request *request);
/* 404 that names both. */
void admin_refuse_queue(struct admin_request *request, struct slice account, struct slice name);
json_t *admin_text(struct slice text);
/* The same of bytes that may be anything, cut after a few hundred: what is not printable ASCII becomes `?`. */
json_t *admin_quoted(struct slice bytes);

void admin_queues(struct admin_request *request);
void admin_peek(struct admin_request *request);
void admin_export(struct admin_request *request);
void admin_import(struct admin_request *request);
void admin_log(struct admin_request *request);
void admin_clock_show(struct admin_request *request);
void admin_clock_advance(struct admin_request *request);

#endif

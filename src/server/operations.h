/* The handlers: one a action of the API. Each gets a decoded call, its queue resolved and
 * authorised, and ends with call_answer or call_fail. Thread: the call's front. */
#ifndef LEAT_SERVER_OPERATIONS_H
#define LEAT_SERVER_OPERATIONS_H

#include "server/call.h"

typedef void (*operation)(struct call *call);

/* Indexed by enum api_action; no gaps. */
extern const operation operations[API_ACTIONS_COUNT];

void operation_send(struct call *call);
void operation_send_batch(struct call *call);
void operation_receive(struct call *call);
void operation_delete(struct call *call);
void operation_delete_batch(struct call *call);
void operation_change_visibility(struct call *call);
void operation_change_visibility_batch(struct call *call);
void operation_purge(struct call *call);
void operation_get_queue_url(struct call *call);
void operation_get_queue_attributes(struct call *call);
void operation_list_queue_tags(struct call *call);
void operation_start_move_task(struct call *call);
/* Everything that the catalog does alone. */
void operation_catalog(struct call *call);

/* What the checks of messages depend on. */
struct message_rules;
struct message_rules operation_rules(const struct call *call);
/* A fresh step of the call's queue; the event's kind and members are the caller's to set. */
void operation_prepare(const struct call *call, struct node_call *node,
                       void (*done)(struct node_call *node));
/* The error for a refusal that is the same for every action; *ret_error stays as it is when there is none. */
void operation_refuse(struct call *call, const struct node_call *node, struct api_error *ret_error);

#endif

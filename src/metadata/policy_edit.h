/* Changing a queue's policy document: AddPermission, RemovePermission, and what SetQueueAttributes lets in
 * (reference C1, C18, C21). What a policy means is auth/policy.h.
 *
 * Checks run in the order of the reference's tables. Results point into the arena. Any thread. */
#ifndef LEAT_METADATA_POLICY_EDIT_H
#define LEAT_METADATA_POLICY_EDIT_H

#include "api/api.h"
#include "base/arena.h"
#include "base/slice.h"

#define POLICY_EDIT_ACTIONS_MAX  7u
#define POLICY_EDIT_ACCOUNTS_MAX 50u
#define POLICY_EDIT_LABEL_MAX    80u

/* May a client make this text the attribute Policy of a queue of this account? What would never match is refused, as AWS
 * does: partial wildcards in principals, Allow with NotPrincipal, actions that are none, the owner's actions for others,
 * unknown operators, no Resource. It is not empty: the empty text removes the policy. *ret_policy: with a Version. */
bool policy_edit_accept(struct slice policy, struct slice account, struct arena *arena,
                        struct slice *ret_policy, struct api_error *error);
/* Is it a policy by its form? All that holds of one in the store: an older server took more than this one. */
bool policy_edit_check(struct slice policy, struct arena *arena, struct api_error *error);
/* Sets InvalidAttributeValue for Policy; false. */
bool policy_edit_refuse(struct api_error *error);

struct policy_edit_grant {
    struct slice label;              /* at == NULL: absent */
    struct api_string_list accounts; /* 12-digit ids */
    struct api_string_list actions;  /* "SendMessage", "*" */
    struct slice partition;          /* of the ARNs to be written */
    struct slice queue_arn;
};

/* Appends one statement to `policy` (at == NULL: makes one, Version 2008-10-17). */
bool policy_edit_add(struct slice policy, const struct policy_edit_grant *grant,
                     struct arena *arena, struct slice *ret_policy, struct api_error *error);
/* Removes the statements with that Sid; *ret_policy has at == NULL when none is left. label.at == NULL: absent. */
bool policy_edit_remove(struct slice policy, struct slice label, struct arena *arena,
                        struct slice *ret_policy, struct api_error *error);

#endif

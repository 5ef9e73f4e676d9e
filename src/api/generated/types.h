/* Actions, and the typed request and response of each.
 * Made by api-spec/generate.py from api-spec/sqs.json: change those, not this file.
 *
 * Every member X has has_X: whether it is there. Strings are UTF-8 as sent; blobs are decoded.
 * A list or map that is there but empty has count 0. Memory: the call's arena, or the request's
 * own bytes. */
#ifndef LEAT_API_GENERATED_TYPES_H
#define LEAT_API_GENERATED_TYPES_H

#include <stdbool.h>
#include <stdint.h>

#include "base/slice.h"

enum api_action {
    API_ADD_PERMISSION,
    API_CANCEL_MESSAGE_MOVE_TASK,
    API_CHANGE_MESSAGE_VISIBILITY,
    API_CHANGE_MESSAGE_VISIBILITY_BATCH,
    API_CREATE_QUEUE,
    API_DELETE_MESSAGE,
    API_DELETE_MESSAGE_BATCH,
    API_DELETE_QUEUE,
    API_GET_QUEUE_ATTRIBUTES,
    API_GET_QUEUE_URL,
    API_LIST_DEAD_LETTER_SOURCE_QUEUES,
    API_LIST_MESSAGE_MOVE_TASKS,
    API_LIST_QUEUE_TAGS,
    API_LIST_QUEUES,
    API_PURGE_QUEUE,
    API_RECEIVE_MESSAGE,
    API_REMOVE_PERMISSION,
    API_SEND_MESSAGE,
    API_SEND_MESSAGE_BATCH,
    API_SET_QUEUE_ATTRIBUTES,
    API_START_MESSAGE_MOVE_TASK,
    API_TAG_QUEUE,
    API_UNTAG_QUEUE,
    API_ACTIONS_COUNT,
};

struct api_string_list {
    struct slice *items;
    uint32_t count;
};

struct api_blob_list {
    struct slice *items;
    uint32_t count;
};

struct api_string_pair {
    struct slice key, value;
};
struct api_string_map {
    struct api_string_pair *items;
    uint32_t count;
};

struct api_batch_result_error_entry {
    bool has_id;
    struct slice id;
    bool has_code;
    struct slice code;
    bool has_message;
    struct slice message;
    bool has_sender_fault;
    bool sender_fault;
};

struct api_batch_result_error_entry_list {
    struct api_batch_result_error_entry *items;
    uint32_t count;
};

struct api_change_message_visibility_batch_request_entry {
    bool has_id;
    struct slice id;
    bool has_receipt_handle;
    struct slice receipt_handle;
    bool has_visibility_timeout;
    int64_t visibility_timeout;
};

struct api_change_message_visibility_batch_request_entry_list {
    struct api_change_message_visibility_batch_request_entry *items;
    uint32_t count;
};

struct api_change_message_visibility_batch_result_entry {
    bool has_id;
    struct slice id;
};

struct api_change_message_visibility_batch_result_entry_list {
    struct api_change_message_visibility_batch_result_entry *items;
    uint32_t count;
};

struct api_delete_message_batch_request_entry {
    bool has_id;
    struct slice id;
    bool has_receipt_handle;
    struct slice receipt_handle;
};

struct api_delete_message_batch_request_entry_list {
    struct api_delete_message_batch_request_entry *items;
    uint32_t count;
};

struct api_delete_message_batch_result_entry {
    bool has_id;
    struct slice id;
};

struct api_delete_message_batch_result_entry_list {
    struct api_delete_message_batch_result_entry *items;
    uint32_t count;
};

struct api_list_message_move_tasks_result_entry {
    bool has_task_handle;
    struct slice task_handle;
    bool has_status;
    struct slice status;
    bool has_source_arn;
    struct slice source_arn;
    bool has_destination_arn;
    struct slice destination_arn;
    bool has_max_number_of_messages_per_second;
    int64_t max_number_of_messages_per_second;
    bool has_approximate_number_of_messages_moved;
    int64_t approximate_number_of_messages_moved;
    bool has_approximate_number_of_messages_to_move;
    int64_t approximate_number_of_messages_to_move;
    bool has_failure_reason;
    struct slice failure_reason;
    bool has_started_timestamp;
    int64_t started_timestamp;
};

struct api_list_message_move_tasks_result_entry_list {
    struct api_list_message_move_tasks_result_entry *items;
    uint32_t count;
};

struct api_message_attribute_value {
    bool has_string_value;
    struct slice string_value;
    bool has_binary_value;
    struct slice binary_value;
    bool has_string_list_values;
    struct api_string_list string_list_values;
    bool has_binary_list_values;
    struct api_blob_list binary_list_values;
    bool has_data_type;
    struct slice data_type;
};

struct api_message_attribute {
    struct slice name;
    struct api_message_attribute_value value;
};
struct api_message_attribute_map {
    struct api_message_attribute *items;
    uint32_t count;
};

struct api_message {
    bool has_message_id;
    struct slice message_id;
    bool has_receipt_handle;
    struct slice receipt_handle;
    bool has_md5_of_body;
    struct slice md5_of_body;
    bool has_md5_of_message_attributes;
    struct slice md5_of_message_attributes;
    bool has_body;
    struct slice body;
    bool has_attributes;
    struct api_string_map attributes;
    bool has_message_attributes;
    struct api_message_attribute_map message_attributes;
};

struct api_message_list {
    struct api_message *items;
    uint32_t count;
};

struct api_send_message_batch_request_entry {
    bool has_id;
    struct slice id;
    bool has_message_body;
    struct slice message_body;
    bool has_delay_seconds;
    int64_t delay_seconds;
    bool has_message_attributes;
    struct api_message_attribute_map message_attributes;
    bool has_message_system_attributes;
    struct api_message_attribute_map message_system_attributes;
    bool has_message_deduplication_id;
    struct slice message_deduplication_id;
    bool has_message_group_id;
    struct slice message_group_id;
};

struct api_send_message_batch_request_entry_list {
    struct api_send_message_batch_request_entry *items;
    uint32_t count;
};

struct api_send_message_batch_result_entry {
    bool has_id;
    struct slice id;
    bool has_message_id;
    struct slice message_id;
    bool has_md5_of_message_body;
    struct slice md5_of_message_body;
    bool has_md5_of_message_attributes;
    struct slice md5_of_message_attributes;
    bool has_md5_of_message_system_attributes;
    struct slice md5_of_message_system_attributes;
    bool has_sequence_number;
    struct slice sequence_number;
};

struct api_send_message_batch_result_entry_list {
    struct api_send_message_batch_result_entry *items;
    uint32_t count;
};

struct api_add_permission_request {
    bool has_queue_url;
    struct slice queue_url;
    bool has_label;
    struct slice label;
    bool has_aws_account_ids;
    struct api_string_list aws_account_ids;
    bool has_actions;
    struct api_string_list actions;
};

struct api_add_permission_response {
    bool present; /* the model has no members here, and C wants one */
};

struct api_cancel_message_move_task_request {
    bool has_task_handle;
    struct slice task_handle;
};

struct api_cancel_message_move_task_response {
    bool has_approximate_number_of_messages_moved;
    int64_t approximate_number_of_messages_moved;
};

struct api_change_message_visibility_request {
    bool has_queue_url;
    struct slice queue_url;
    bool has_receipt_handle;
    struct slice receipt_handle;
    bool has_visibility_timeout;
    int64_t visibility_timeout;
};

struct api_change_message_visibility_response {
    bool present; /* the model has no members here, and C wants one */
};

struct api_change_message_visibility_batch_request {
    bool has_queue_url;
    struct slice queue_url;
    bool has_entries;
    struct api_change_message_visibility_batch_request_entry_list entries;
};

struct api_change_message_visibility_batch_response {
    bool has_successful;
    struct api_change_message_visibility_batch_result_entry_list successful;
    bool has_failed;
    struct api_batch_result_error_entry_list failed;
};

struct api_create_queue_request {
    bool has_queue_name;
    struct slice queue_name;
    bool has_attributes;
    struct api_string_map attributes;
    bool has_tags;
    struct api_string_map tags;
};

struct api_create_queue_response {
    bool has_queue_url;
    struct slice queue_url;
};

struct api_delete_message_request {
    bool has_queue_url;
    struct slice queue_url;
    bool has_receipt_handle;
    struct slice receipt_handle;
};

struct api_delete_message_response {
    bool present; /* the model has no members here, and C wants one */
};

struct api_delete_message_batch_request {
    bool has_queue_url;
    struct slice queue_url;
    bool has_entries;
    struct api_delete_message_batch_request_entry_list entries;
};

struct api_delete_message_batch_response {
    bool has_successful;
    struct api_delete_message_batch_result_entry_list successful;
    bool has_failed;
    struct api_batch_result_error_entry_list failed;
};

struct api_delete_queue_request {
    bool has_queue_url;
    struct slice queue_url;
};

struct api_delete_queue_response {
    bool present; /* the model has no members here, and C wants one */
};

struct api_get_queue_attributes_request {
    bool has_queue_url;
    struct slice queue_url;
    bool has_attribute_names;
    struct api_string_list attribute_names;
};

struct api_get_queue_attributes_response {
    bool has_attributes;
    struct api_string_map attributes;
};

struct api_get_queue_url_request {
    bool has_queue_name;
    struct slice queue_name;
    bool has_queue_owner_aws_account_id;
    struct slice queue_owner_aws_account_id;
};

struct api_get_queue_url_response {
    bool has_queue_url;
    struct slice queue_url;
};

struct api_list_dead_letter_source_queues_request {
    bool has_queue_url;
    struct slice queue_url;
    bool has_next_token;
    struct slice next_token;
    bool has_max_results;
    int64_t max_results;
};

struct api_list_dead_letter_source_queues_response {
    bool has_queue_urls;
    struct api_string_list queue_urls;
    bool has_next_token;
    struct slice next_token;
};

struct api_list_message_move_tasks_request {
    bool has_source_arn;
    struct slice source_arn;
    bool has_max_results;
    int64_t max_results;
};

struct api_list_message_move_tasks_response {
    bool has_results;
    struct api_list_message_move_tasks_result_entry_list results;
};

struct api_list_queue_tags_request {
    bool has_queue_url;
    struct slice queue_url;
};

struct api_list_queue_tags_response {
    bool has_tags;
    struct api_string_map tags;
};

struct api_list_queues_request {
    bool has_queue_name_prefix;
    struct slice queue_name_prefix;
    bool has_next_token;
    struct slice next_token;
    bool has_max_results;
    int64_t max_results;
};

struct api_list_queues_response {
    bool has_queue_urls;
    struct api_string_list queue_urls;
    bool has_next_token;
    struct slice next_token;
};

struct api_purge_queue_request {
    bool has_queue_url;
    struct slice queue_url;
};

struct api_purge_queue_response {
    bool present; /* the model has no members here, and C wants one */
};

struct api_receive_message_request {
    bool has_queue_url;
    struct slice queue_url;
    bool has_attribute_names;
    struct api_string_list attribute_names;
    bool has_message_system_attribute_names;
    struct api_string_list message_system_attribute_names;
    bool has_message_attribute_names;
    struct api_string_list message_attribute_names;
    bool has_max_number_of_messages;
    int64_t max_number_of_messages;
    bool has_visibility_timeout;
    int64_t visibility_timeout;
    bool has_wait_time_seconds;
    int64_t wait_time_seconds;
    bool has_receive_request_attempt_id;
    struct slice receive_request_attempt_id;
};

struct api_receive_message_response {
    bool has_messages;
    struct api_message_list messages;
};

struct api_remove_permission_request {
    bool has_queue_url;
    struct slice queue_url;
    bool has_label;
    struct slice label;
};

struct api_remove_permission_response {
    bool present; /* the model has no members here, and C wants one */
};

struct api_send_message_request {
    bool has_queue_url;
    struct slice queue_url;
    bool has_message_body;
    struct slice message_body;
    bool has_delay_seconds;
    int64_t delay_seconds;
    bool has_message_attributes;
    struct api_message_attribute_map message_attributes;
    bool has_message_system_attributes;
    struct api_message_attribute_map message_system_attributes;
    bool has_message_deduplication_id;
    struct slice message_deduplication_id;
    bool has_message_group_id;
    struct slice message_group_id;
};

struct api_send_message_response {
    bool has_message_id;
    struct slice message_id;
    bool has_md5_of_message_body;
    struct slice md5_of_message_body;
    bool has_md5_of_message_attributes;
    struct slice md5_of_message_attributes;
    bool has_md5_of_message_system_attributes;
    struct slice md5_of_message_system_attributes;
    bool has_sequence_number;
    struct slice sequence_number;
};

struct api_send_message_batch_request {
    bool has_queue_url;
    struct slice queue_url;
    bool has_entries;
    struct api_send_message_batch_request_entry_list entries;
};

struct api_send_message_batch_response {
    bool has_successful;
    struct api_send_message_batch_result_entry_list successful;
    bool has_failed;
    struct api_batch_result_error_entry_list failed;
};

struct api_set_queue_attributes_request {
    bool has_queue_url;
    struct slice queue_url;
    bool has_attributes;
    struct api_string_map attributes;
};

struct api_set_queue_attributes_response {
    bool present; /* the model has no members here, and C wants one */
};

struct api_start_message_move_task_request {
    bool has_source_arn;
    struct slice source_arn;
    bool has_destination_arn;
    struct slice destination_arn;
    bool has_max_number_of_messages_per_second;
    int64_t max_number_of_messages_per_second;
};

struct api_start_message_move_task_response {
    bool has_task_handle;
    struct slice task_handle;
};

struct api_tag_queue_request {
    bool has_queue_url;
    struct slice queue_url;
    bool has_tags;
    struct api_string_map tags;
};

struct api_tag_queue_response {
    bool present; /* the model has no members here, and C wants one */
};

struct api_untag_queue_request {
    bool has_queue_url;
    struct slice queue_url;
    bool has_tag_keys;
    struct api_string_list tag_keys;
};

struct api_untag_queue_response {
    bool present; /* the model has no members here, and C wants one */
};

#endif

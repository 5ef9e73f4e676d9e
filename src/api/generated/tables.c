/* The tables that the walkers go by.
 * Made by api-spec/generate.py from api-spec/sqs.json: change those, not this file. */
/* clang-format off */
#include "api/tables.h"

#include <stddef.h>

#include "api/errors.h"

#include "base/banned.h"

static const struct api_member members_api_batch_result_error_entry[] = {
    {
        .json_name = {(const uint8_t *)"Id", 2},
        .query_name = {(const uint8_t *)"Id", 2},
        .query_json_name = {(const uint8_t *)"Id", 2},
        .offset = offsetof(struct api_batch_result_error_entry, id),
        .has_offset = offsetof(struct api_batch_result_error_entry, has_id),
        .type = API_TYPE_STRING,
        .is_required = true,
    },
    {
        .json_name = {(const uint8_t *)"Code", 4},
        .query_name = {(const uint8_t *)"Code", 4},
        .query_json_name = {(const uint8_t *)"Code", 4},
        .offset = offsetof(struct api_batch_result_error_entry, code),
        .has_offset = offsetof(struct api_batch_result_error_entry, has_code),
        .type = API_TYPE_STRING,
        .is_required = true,
    },
    {
        .json_name = {(const uint8_t *)"Message", 7},
        .query_name = {(const uint8_t *)"Message", 7},
        .query_json_name = {(const uint8_t *)"Message", 7},
        .offset = offsetof(struct api_batch_result_error_entry, message),
        .has_offset = offsetof(struct api_batch_result_error_entry, has_message),
        .type = API_TYPE_STRING,
    },
    {
        .json_name = {(const uint8_t *)"SenderFault", 11},
        .query_name = {(const uint8_t *)"SenderFault", 11},
        .query_json_name = {(const uint8_t *)"SenderFault", 11},
        .offset = offsetof(struct api_batch_result_error_entry, sender_fault),
        .has_offset = offsetof(struct api_batch_result_error_entry, has_sender_fault),
        .type = API_TYPE_BOOLEAN,
        .is_required = true,
    },
};
static const uint8_t order_api_batch_result_error_entry[] = {1, 0, 2, 3};
static const struct api_table table_api_batch_result_error_entry = {
    .members = members_api_batch_result_error_entry,
    .order = order_api_batch_result_error_entry,
    .members_count = 4,
    .bytes = sizeof(struct api_batch_result_error_entry),
};

static const struct api_member members_api_change_message_visibility_batch_request_entry[] = {
    {
        .json_name = {(const uint8_t *)"Id", 2},
        .query_name = {(const uint8_t *)"Id", 2},
        .query_json_name = {(const uint8_t *)"Id", 2},
        .offset = offsetof(struct api_change_message_visibility_batch_request_entry, id),
        .has_offset = offsetof(struct api_change_message_visibility_batch_request_entry, has_id),
        .type = API_TYPE_STRING,
        .is_required = true,
    },
    {
        .json_name = {(const uint8_t *)"ReceiptHandle", 13},
        .query_name = {(const uint8_t *)"ReceiptHandle", 13},
        .query_json_name = {(const uint8_t *)"ReceiptHandle", 13},
        .offset = offsetof(struct api_change_message_visibility_batch_request_entry, receipt_handle),
        .has_offset = offsetof(struct api_change_message_visibility_batch_request_entry, has_receipt_handle),
        .type = API_TYPE_STRING,
        .is_required = true,
    },
    {
        .json_name = {(const uint8_t *)"VisibilityTimeout", 17},
        .query_name = {(const uint8_t *)"VisibilityTimeout", 17},
        .query_json_name = {(const uint8_t *)"VisibilityTimeout", 17},
        .offset = offsetof(struct api_change_message_visibility_batch_request_entry, visibility_timeout),
        .has_offset = offsetof(struct api_change_message_visibility_batch_request_entry, has_visibility_timeout),
        .type = API_TYPE_INTEGER,
    },
};
static const uint8_t order_api_change_message_visibility_batch_request_entry[] = {0, 1, 2};
static const struct api_table table_api_change_message_visibility_batch_request_entry = {
    .members = members_api_change_message_visibility_batch_request_entry,
    .order = order_api_change_message_visibility_batch_request_entry,
    .members_count = 3,
    .bytes = sizeof(struct api_change_message_visibility_batch_request_entry),
};

static const struct api_member members_api_change_message_visibility_batch_result_entry[] = {
    {
        .json_name = {(const uint8_t *)"Id", 2},
        .query_name = {(const uint8_t *)"Id", 2},
        .query_json_name = {(const uint8_t *)"Id", 2},
        .offset = offsetof(struct api_change_message_visibility_batch_result_entry, id),
        .has_offset = offsetof(struct api_change_message_visibility_batch_result_entry, has_id),
        .type = API_TYPE_STRING,
        .is_required = true,
    },
};
static const uint8_t order_api_change_message_visibility_batch_result_entry[] = {0};
static const struct api_table table_api_change_message_visibility_batch_result_entry = {
    .members = members_api_change_message_visibility_batch_result_entry,
    .order = order_api_change_message_visibility_batch_result_entry,
    .members_count = 1,
    .bytes = sizeof(struct api_change_message_visibility_batch_result_entry),
};

static const struct api_member members_api_delete_message_batch_request_entry[] = {
    {
        .json_name = {(const uint8_t *)"Id", 2},
        .query_name = {(const uint8_t *)"Id", 2},
        .query_json_name = {(const uint8_t *)"Id", 2},
        .offset = offsetof(struct api_delete_message_batch_request_entry, id),
        .has_offset = offsetof(struct api_delete_message_batch_request_entry, has_id),
        .type = API_TYPE_STRING,
        .is_required = true,
    },
    {
        .json_name = {(const uint8_t *)"ReceiptHandle", 13},
        .query_name = {(const uint8_t *)"ReceiptHandle", 13},
        .query_json_name = {(const uint8_t *)"ReceiptHandle", 13},
        .offset = offsetof(struct api_delete_message_batch_request_entry, receipt_handle),
        .has_offset = offsetof(struct api_delete_message_batch_request_entry, has_receipt_handle),
        .type = API_TYPE_STRING,
        .is_required = true,
    },
};
static const uint8_t order_api_delete_message_batch_request_entry[] = {0, 1};
static const struct api_table table_api_delete_message_batch_request_entry = {
    .members = members_api_delete_message_batch_request_entry,
    .order = order_api_delete_message_batch_request_entry,
    .members_count = 2,
    .bytes = sizeof(struct api_delete_message_batch_request_entry),
};

static const struct api_member members_api_delete_message_batch_result_entry[] = {
    {
        .json_name = {(const uint8_t *)"Id", 2},
        .query_name = {(const uint8_t *)"Id", 2},
        .query_json_name = {(const uint8_t *)"Id", 2},
        .offset = offsetof(struct api_delete_message_batch_result_entry, id),
        .has_offset = offsetof(struct api_delete_message_batch_result_entry, has_id),
        .type = API_TYPE_STRING,
        .is_required = true,
    },
};
static const uint8_t order_api_delete_message_batch_result_entry[] = {0};
static const struct api_table table_api_delete_message_batch_result_entry = {
    .members = members_api_delete_message_batch_result_entry,
    .order = order_api_delete_message_batch_result_entry,
    .members_count = 1,
    .bytes = sizeof(struct api_delete_message_batch_result_entry),
};

static const struct api_member members_api_list_message_move_tasks_result_entry[] = {
    {
        .json_name = {(const uint8_t *)"TaskHandle", 10},
        .query_name = {(const uint8_t *)"TaskHandle", 10},
        .query_json_name = {(const uint8_t *)"TaskHandle", 10},
        .offset = offsetof(struct api_list_message_move_tasks_result_entry, task_handle),
        .has_offset = offsetof(struct api_list_message_move_tasks_result_entry, has_task_handle),
        .type = API_TYPE_STRING,
    },
    {
        .json_name = {(const uint8_t *)"Status", 6},
        .query_name = {(const uint8_t *)"Status", 6},
        .query_json_name = {(const uint8_t *)"Status", 6},
        .offset = offsetof(struct api_list_message_move_tasks_result_entry, status),
        .has_offset = offsetof(struct api_list_message_move_tasks_result_entry, has_status),
        .type = API_TYPE_STRING,
    },
    {
        .json_name = {(const uint8_t *)"SourceArn", 9},
        .query_name = {(const uint8_t *)"SourceArn", 9},
        .query_json_name = {(const uint8_t *)"SourceArn", 9},
        .offset = offsetof(struct api_list_message_move_tasks_result_entry, source_arn),
        .has_offset = offsetof(struct api_list_message_move_tasks_result_entry, has_source_arn),
        .type = API_TYPE_STRING,
    },
    {
        .json_name = {(const uint8_t *)"DestinationArn", 14},
        .query_name = {(const uint8_t *)"DestinationArn", 14},
        .query_json_name = {(const uint8_t *)"DestinationArn", 14},
        .offset = offsetof(struct api_list_message_move_tasks_result_entry, destination_arn),
        .has_offset = offsetof(struct api_list_message_move_tasks_result_entry, has_destination_arn),
        .type = API_TYPE_STRING,
    },
    {
        .json_name = {(const uint8_t *)"MaxNumberOfMessagesPerSecond", 28},
        .query_name = {(const uint8_t *)"MaxNumberOfMessagesPerSecond", 28},
        .query_json_name = {(const uint8_t *)"MaxNumberOfMessagesPerSecond", 28},
        .offset = offsetof(struct api_list_message_move_tasks_result_entry, max_number_of_messages_per_second),
        .has_offset = offsetof(struct api_list_message_move_tasks_result_entry, has_max_number_of_messages_per_second),
        .type = API_TYPE_INTEGER,
    },
    {
        .json_name = {(const uint8_t *)"ApproximateNumberOfMessagesMoved", 32},
        .query_name = {(const uint8_t *)"ApproximateNumberOfMessagesMoved", 32},
        .query_json_name = {(const uint8_t *)"ApproximateNumberOfMessagesMoved", 32},
        .offset = offsetof(struct api_list_message_move_tasks_result_entry, approximate_number_of_messages_moved),
        .has_offset = offsetof(struct api_list_message_move_tasks_result_entry, has_approximate_number_of_messages_moved),
        .type = API_TYPE_LONG,
    },
    {
        .json_name = {(const uint8_t *)"ApproximateNumberOfMessagesToMove", 33},
        .query_name = {(const uint8_t *)"ApproximateNumberOfMessagesToMove", 33},
        .query_json_name = {(const uint8_t *)"ApproximateNumberOfMessagesToMove", 33},
        .offset = offsetof(struct api_list_message_move_tasks_result_entry, approximate_number_of_messages_to_move),
        .has_offset = offsetof(struct api_list_message_move_tasks_result_entry, has_approximate_number_of_messages_to_move),
        .type = API_TYPE_LONG,
    },
    {
        .json_name = {(const uint8_t *)"FailureReason", 13},
        .query_name = {(const uint8_t *)"FailureReason", 13},
        .query_json_name = {(const uint8_t *)"FailureReason", 13},
        .offset = offsetof(struct api_list_message_move_tasks_result_entry, failure_reason),
        .has_offset = offsetof(struct api_list_message_move_tasks_result_entry, has_failure_reason),
        .type = API_TYPE_STRING,
    },
    {
        .json_name = {(const uint8_t *)"StartedTimestamp", 16},
        .query_name = {(const uint8_t *)"StartedTimestamp", 16},
        .query_json_name = {(const uint8_t *)"StartedTimestamp", 16},
        .offset = offsetof(struct api_list_message_move_tasks_result_entry, started_timestamp),
        .has_offset = offsetof(struct api_list_message_move_tasks_result_entry, has_started_timestamp),
        .type = API_TYPE_LONG,
    },
};
static const uint8_t order_api_list_message_move_tasks_result_entry[] = {5, 6, 3, 7, 4, 2, 8, 1, 0};
static const struct api_table table_api_list_message_move_tasks_result_entry = {
    .members = members_api_list_message_move_tasks_result_entry,
    .order = order_api_list_message_move_tasks_result_entry,
    .members_count = 9,
    .bytes = sizeof(struct api_list_message_move_tasks_result_entry),
};

static const struct api_member members_api_message_attribute_value[] = {
    {
        .json_name = {(const uint8_t *)"StringValue", 11},
        .query_name = {(const uint8_t *)"StringValue", 11},
        .query_json_name = {(const uint8_t *)"StringValue", 11},
        .offset = offsetof(struct api_message_attribute_value, string_value),
        .has_offset = offsetof(struct api_message_attribute_value, has_string_value),
        .type = API_TYPE_STRING,
    },
    {
        .json_name = {(const uint8_t *)"BinaryValue", 11},
        .query_name = {(const uint8_t *)"BinaryValue", 11},
        .query_json_name = {(const uint8_t *)"BinaryValue", 11},
        .offset = offsetof(struct api_message_attribute_value, binary_value),
        .has_offset = offsetof(struct api_message_attribute_value, has_binary_value),
        .type = API_TYPE_BLOB,
    },
    {
        .json_name = {(const uint8_t *)"StringListValues", 16},
        .query_name = {(const uint8_t *)"StringListValue", 15},
        .query_json_name = {(const uint8_t *)"StringListValues", 16},
        .offset = offsetof(struct api_message_attribute_value, string_list_values),
        .has_offset = offsetof(struct api_message_attribute_value, has_string_list_values),
        .type = API_TYPE_STRING_LIST,
    },
    {
        .json_name = {(const uint8_t *)"BinaryListValues", 16},
        .query_name = {(const uint8_t *)"BinaryListValue", 15},
        .query_json_name = {(const uint8_t *)"BinaryListValues", 16},
        .offset = offsetof(struct api_message_attribute_value, binary_list_values),
        .has_offset = offsetof(struct api_message_attribute_value, has_binary_list_values),
        .type = API_TYPE_BLOB_LIST,
    },
    {
        .json_name = {(const uint8_t *)"DataType", 8},
        .query_name = {(const uint8_t *)"DataType", 8},
        .query_json_name = {(const uint8_t *)"DataType", 8},
        .offset = offsetof(struct api_message_attribute_value, data_type),
        .has_offset = offsetof(struct api_message_attribute_value, has_data_type),
        .type = API_TYPE_STRING,
        .is_required = true,
    },
};
static const uint8_t order_api_message_attribute_value[] = {3, 1, 4, 2, 0};
static const struct api_table table_api_message_attribute_value = {
    .members = members_api_message_attribute_value,
    .order = order_api_message_attribute_value,
    .members_count = 5,
    .bytes = sizeof(struct api_message_attribute_value),
};

static const struct api_member members_api_message[] = {
    {
        .json_name = {(const uint8_t *)"MessageId", 9},
        .query_name = {(const uint8_t *)"MessageId", 9},
        .query_json_name = {(const uint8_t *)"MessageId", 9},
        .offset = offsetof(struct api_message, message_id),
        .has_offset = offsetof(struct api_message, has_message_id),
        .type = API_TYPE_STRING,
    },
    {
        .json_name = {(const uint8_t *)"ReceiptHandle", 13},
        .query_name = {(const uint8_t *)"ReceiptHandle", 13},
        .query_json_name = {(const uint8_t *)"ReceiptHandle", 13},
        .offset = offsetof(struct api_message, receipt_handle),
        .has_offset = offsetof(struct api_message, has_receipt_handle),
        .type = API_TYPE_STRING,
    },
    {
        .json_name = {(const uint8_t *)"MD5OfBody", 9},
        .query_name = {(const uint8_t *)"MD5OfBody", 9},
        .query_json_name = {(const uint8_t *)"MD5OfBody", 9},
        .offset = offsetof(struct api_message, md5_of_body),
        .has_offset = offsetof(struct api_message, has_md5_of_body),
        .type = API_TYPE_STRING,
    },
    {
        .json_name = {(const uint8_t *)"MD5OfMessageAttributes", 22},
        .query_name = {(const uint8_t *)"MD5OfMessageAttributes", 22},
        .query_json_name = {(const uint8_t *)"MD5OfMessageAttributes", 22},
        .offset = offsetof(struct api_message, md5_of_message_attributes),
        .has_offset = offsetof(struct api_message, has_md5_of_message_attributes),
        .type = API_TYPE_STRING,
    },
    {
        .json_name = {(const uint8_t *)"Body", 4},
        .query_name = {(const uint8_t *)"Body", 4},
        .query_json_name = {(const uint8_t *)"Body", 4},
        .offset = offsetof(struct api_message, body),
        .has_offset = offsetof(struct api_message, has_body),
        .type = API_TYPE_STRING,
    },
    {
        .json_name = {(const uint8_t *)"Attributes", 10},
        .query_name = {(const uint8_t *)"Attribute", 9},
        .query_json_name = {(const uint8_t *)"Attributes", 10},
        .key_name = {(const uint8_t *)"Name", 4},
        .value_name = {(const uint8_t *)"Value", 5},
        .offset = offsetof(struct api_message, attributes),
        .has_offset = offsetof(struct api_message, has_attributes),
        .type = API_TYPE_STRING_MAP,
    },
    {
        .json_name = {(const uint8_t *)"MessageAttributes", 17},
        .query_name = {(const uint8_t *)"MessageAttribute", 16},
        .query_json_name = {(const uint8_t *)"MessageAttributes", 17},
        .key_name = {(const uint8_t *)"Name", 4},
        .value_name = {(const uint8_t *)"Value", 5},
        .offset = offsetof(struct api_message, message_attributes),
        .has_offset = offsetof(struct api_message, has_message_attributes),
        .type = API_TYPE_ATTRIBUTE_MAP,
        .element = &table_api_message_attribute_value,
    },
};
static const uint8_t order_api_message[] = {5, 4, 2, 3, 6, 0, 1};
static const struct api_table table_api_message = {
    .members = members_api_message,
    .order = order_api_message,
    .members_count = 7,
    .bytes = sizeof(struct api_message),
};

static const struct api_member members_api_send_message_batch_request_entry[] = {
    {
        .json_name = {(const uint8_t *)"Id", 2},
        .query_name = {(const uint8_t *)"Id", 2},
        .query_json_name = {(const uint8_t *)"Id", 2},
        .offset = offsetof(struct api_send_message_batch_request_entry, id),
        .has_offset = offsetof(struct api_send_message_batch_request_entry, has_id),
        .type = API_TYPE_STRING,
        .is_required = true,
    },
    {
        .json_name = {(const uint8_t *)"MessageBody", 11},
        .query_name = {(const uint8_t *)"MessageBody", 11},
        .query_json_name = {(const uint8_t *)"MessageBody", 11},
        .offset = offsetof(struct api_send_message_batch_request_entry, message_body),
        .has_offset = offsetof(struct api_send_message_batch_request_entry, has_message_body),
        .type = API_TYPE_STRING,
        .is_required = true,
    },
    {
        .json_name = {(const uint8_t *)"DelaySeconds", 12},
        .query_name = {(const uint8_t *)"DelaySeconds", 12},
        .query_json_name = {(const uint8_t *)"DelaySeconds", 12},
        .offset = offsetof(struct api_send_message_batch_request_entry, delay_seconds),
        .has_offset = offsetof(struct api_send_message_batch_request_entry, has_delay_seconds),
        .type = API_TYPE_INTEGER,
    },
    {
        .json_name = {(const uint8_t *)"MessageAttributes", 17},
        .query_name = {(const uint8_t *)"MessageAttribute", 16},
        .query_json_name = {(const uint8_t *)"MessageAttributes", 17},
        .key_name = {(const uint8_t *)"Name", 4},
        .value_name = {(const uint8_t *)"Value", 5},
        .offset = offsetof(struct api_send_message_batch_request_entry, message_attributes),
        .has_offset = offsetof(struct api_send_message_batch_request_entry, has_message_attributes),
        .type = API_TYPE_ATTRIBUTE_MAP,
        .element = &table_api_message_attribute_value,
    },
    {
        .json_name = {(const uint8_t *)"MessageSystemAttributes", 23},
        .query_name = {(const uint8_t *)"MessageSystemAttribute", 22},
        .query_json_name = {(const uint8_t *)"MessageSystemAttributes", 23},
        .key_name = {(const uint8_t *)"Name", 4},
        .value_name = {(const uint8_t *)"Value", 5},
        .offset = offsetof(struct api_send_message_batch_request_entry, message_system_attributes),
        .has_offset = offsetof(struct api_send_message_batch_request_entry, has_message_system_attributes),
        .type = API_TYPE_ATTRIBUTE_MAP,
        .element = &table_api_message_attribute_value,
    },
    {
        .json_name = {(const uint8_t *)"MessageDeduplicationId", 22},
        .query_name = {(const uint8_t *)"MessageDeduplicationId", 22},
        .query_json_name = {(const uint8_t *)"MessageDeduplicationId", 22},
        .offset = offsetof(struct api_send_message_batch_request_entry, message_deduplication_id),
        .has_offset = offsetof(struct api_send_message_batch_request_entry, has_message_deduplication_id),
        .type = API_TYPE_STRING,
    },
    {
        .json_name = {(const uint8_t *)"MessageGroupId", 14},
        .query_name = {(const uint8_t *)"MessageGroupId", 14},
        .query_json_name = {(const uint8_t *)"MessageGroupId", 14},
        .offset = offsetof(struct api_send_message_batch_request_entry, message_group_id),
        .has_offset = offsetof(struct api_send_message_batch_request_entry, has_message_group_id),
        .type = API_TYPE_STRING,
    },
};
static const uint8_t order_api_send_message_batch_request_entry[] = {2, 0, 3, 1, 5, 6, 4};
static const struct api_table table_api_send_message_batch_request_entry = {
    .members = members_api_send_message_batch_request_entry,
    .order = order_api_send_message_batch_request_entry,
    .members_count = 7,
    .bytes = sizeof(struct api_send_message_batch_request_entry),
};

static const struct api_member members_api_send_message_batch_result_entry[] = {
    {
        .json_name = {(const uint8_t *)"Id", 2},
        .query_name = {(const uint8_t *)"Id", 2},
        .query_json_name = {(const uint8_t *)"Id", 2},
        .offset = offsetof(struct api_send_message_batch_result_entry, id),
        .has_offset = offsetof(struct api_send_message_batch_result_entry, has_id),
        .type = API_TYPE_STRING,
        .is_required = true,
    },
    {
        .json_name = {(const uint8_t *)"MessageId", 9},
        .query_name = {(const uint8_t *)"MessageId", 9},
        .query_json_name = {(const uint8_t *)"MessageId", 9},
        .offset = offsetof(struct api_send_message_batch_result_entry, message_id),
        .has_offset = offsetof(struct api_send_message_batch_result_entry, has_message_id),
        .type = API_TYPE_STRING,
        .is_required = true,
    },
    {
        .json_name = {(const uint8_t *)"MD5OfMessageBody", 16},
        .query_name = {(const uint8_t *)"MD5OfMessageBody", 16},
        .query_json_name = {(const uint8_t *)"MD5OfMessageBody", 16},
        .offset = offsetof(struct api_send_message_batch_result_entry, md5_of_message_body),
        .has_offset = offsetof(struct api_send_message_batch_result_entry, has_md5_of_message_body),
        .type = API_TYPE_STRING,
        .is_required = true,
    },
    {
        .json_name = {(const uint8_t *)"MD5OfMessageAttributes", 22},
        .query_name = {(const uint8_t *)"MD5OfMessageAttributes", 22},
        .query_json_name = {(const uint8_t *)"MD5OfMessageAttributes", 22},
        .offset = offsetof(struct api_send_message_batch_result_entry, md5_of_message_attributes),
        .has_offset = offsetof(struct api_send_message_batch_result_entry, has_md5_of_message_attributes),
        .type = API_TYPE_STRING,
    },
    {
        .json_name = {(const uint8_t *)"MD5OfMessageSystemAttributes", 28},
        .query_name = {(const uint8_t *)"MD5OfMessageSystemAttributes", 28},
        .query_json_name = {(const uint8_t *)"MD5OfMessageSystemAttributes", 28},
        .offset = offsetof(struct api_send_message_batch_result_entry, md5_of_message_system_attributes),
        .has_offset = offsetof(struct api_send_message_batch_result_entry, has_md5_of_message_system_attributes),
        .type = API_TYPE_STRING,
    },
    {
        .json_name = {(const uint8_t *)"SequenceNumber", 14},
        .query_name = {(const uint8_t *)"SequenceNumber", 14},
        .query_json_name = {(const uint8_t *)"SequenceNumber", 14},
        .offset = offsetof(struct api_send_message_batch_result_entry, sequence_number),
        .has_offset = offsetof(struct api_send_message_batch_result_entry, has_sequence_number),
        .type = API_TYPE_STRING,
    },
};
static const uint8_t order_api_send_message_batch_result_entry[] = {0, 3, 2, 4, 1, 5};
static const struct api_table table_api_send_message_batch_result_entry = {
    .members = members_api_send_message_batch_result_entry,
    .order = order_api_send_message_batch_result_entry,
    .members_count = 6,
    .bytes = sizeof(struct api_send_message_batch_result_entry),
};

static const struct api_member members_api_add_permission_request[] = {
    {
        .json_name = {(const uint8_t *)"QueueUrl", 8},
        .query_name = {(const uint8_t *)"QueueUrl", 8},
        .query_json_name = {(const uint8_t *)"QueueUrl", 8},
        .offset = offsetof(struct api_add_permission_request, queue_url),
        .has_offset = offsetof(struct api_add_permission_request, has_queue_url),
        .type = API_TYPE_STRING,
        .is_required = true,
    },
    {
        .json_name = {(const uint8_t *)"Label", 5},
        .query_name = {(const uint8_t *)"Label", 5},
        .query_json_name = {(const uint8_t *)"Label", 5},
        .offset = offsetof(struct api_add_permission_request, label),
        .has_offset = offsetof(struct api_add_permission_request, has_label),
        .type = API_TYPE_STRING,
        .is_required = true,
    },
    {
        .json_name = {(const uint8_t *)"AWSAccountIds", 13},
        .query_name = {(const uint8_t *)"AWSAccountId", 12},
        .query_json_name = {(const uint8_t *)"AWSAccountIds", 13},
        .offset = offsetof(struct api_add_permission_request, aws_account_ids),
        .has_offset = offsetof(struct api_add_permission_request, has_aws_account_ids),
        .type = API_TYPE_STRING_LIST,
        .is_required = true,
    },
    {
        .json_name = {(const uint8_t *)"Actions", 7},
        .query_name = {(const uint8_t *)"ActionName", 10},
        .query_json_name = {(const uint8_t *)"Actions", 7},
        .offset = offsetof(struct api_add_permission_request, actions),
        .has_offset = offsetof(struct api_add_permission_request, has_actions),
        .type = API_TYPE_STRING_LIST,
        .is_required = true,
    },
};
static const uint8_t order_api_add_permission_request[] = {2, 3, 1, 0};
static const struct api_table table_api_add_permission_request = {
    .members = members_api_add_permission_request,
    .order = order_api_add_permission_request,
    .members_count = 4,
    .bytes = sizeof(struct api_add_permission_request),
};

static const struct api_table table_api_add_permission_response = {
    .bytes = sizeof(struct api_add_permission_response),
};

static const struct api_member members_api_cancel_message_move_task_request[] = {
    {
        .json_name = {(const uint8_t *)"TaskHandle", 10},
        .query_name = {(const uint8_t *)"TaskHandle", 10},
        .query_json_name = {(const uint8_t *)"TaskHandle", 10},
        .offset = offsetof(struct api_cancel_message_move_task_request, task_handle),
        .has_offset = offsetof(struct api_cancel_message_move_task_request, has_task_handle),
        .type = API_TYPE_STRING,
        .is_required = true,
    },
};
static const uint8_t order_api_cancel_message_move_task_request[] = {0};
static const struct api_table table_api_cancel_message_move_task_request = {
    .members = members_api_cancel_message_move_task_request,
    .order = order_api_cancel_message_move_task_request,
    .members_count = 1,
    .bytes = sizeof(struct api_cancel_message_move_task_request),
};

static const struct api_member members_api_cancel_message_move_task_response[] = {
    {
        .json_name = {(const uint8_t *)"ApproximateNumberOfMessagesMoved", 32},
        .query_name = {(const uint8_t *)"ApproximateNumberOfMessagesMoved", 32},
        .query_json_name = {(const uint8_t *)"ApproximateNumberOfMessagesMoved", 32},
        .offset = offsetof(struct api_cancel_message_move_task_response, approximate_number_of_messages_moved),
        .has_offset = offsetof(struct api_cancel_message_move_task_response, has_approximate_number_of_messages_moved),
        .type = API_TYPE_LONG,
    },
};
static const uint8_t order_api_cancel_message_move_task_response[] = {0};
static const struct api_table table_api_cancel_message_move_task_response = {
    .members = members_api_cancel_message_move_task_response,
    .order = order_api_cancel_message_move_task_response,
    .members_count = 1,
    .bytes = sizeof(struct api_cancel_message_move_task_response),
};

static const struct api_member members_api_change_message_visibility_request[] = {
    {
        .json_name = {(const uint8_t *)"QueueUrl", 8},
        .query_name = {(const uint8_t *)"QueueUrl", 8},
        .query_json_name = {(const uint8_t *)"QueueUrl", 8},
        .offset = offsetof(struct api_change_message_visibility_request, queue_url),
        .has_offset = offsetof(struct api_change_message_visibility_request, has_queue_url),
        .type = API_TYPE_STRING,
        .is_required = true,
    },
    {
        .json_name = {(const uint8_t *)"ReceiptHandle", 13},
        .query_name = {(const uint8_t *)"ReceiptHandle", 13},
        .query_json_name = {(const uint8_t *)"ReceiptHandle", 13},
        .offset = offsetof(struct api_change_message_visibility_request, receipt_handle),
        .has_offset = offsetof(struct api_change_message_visibility_request, has_receipt_handle),
        .type = API_TYPE_STRING,
        .is_required = true,
    },
    {
        .json_name = {(const uint8_t *)"VisibilityTimeout", 17},
        .query_name = {(const uint8_t *)"VisibilityTimeout", 17},
        .query_json_name = {(const uint8_t *)"VisibilityTimeout", 17},
        .offset = offsetof(struct api_change_message_visibility_request, visibility_timeout),
        .has_offset = offsetof(struct api_change_message_visibility_request, has_visibility_timeout),
        .type = API_TYPE_INTEGER,
        .is_required = true,
    },
};
static const uint8_t order_api_change_message_visibility_request[] = {0, 1, 2};
static const struct api_table table_api_change_message_visibility_request = {
    .members = members_api_change_message_visibility_request,
    .order = order_api_change_message_visibility_request,
    .members_count = 3,
    .bytes = sizeof(struct api_change_message_visibility_request),
};

static const struct api_table table_api_change_message_visibility_response = {
    .bytes = sizeof(struct api_change_message_visibility_response),
};

static const struct api_member members_api_change_message_visibility_batch_request[] = {
    {
        .json_name = {(const uint8_t *)"QueueUrl", 8},
        .query_name = {(const uint8_t *)"QueueUrl", 8},
        .query_json_name = {(const uint8_t *)"QueueUrl", 8},
        .offset = offsetof(struct api_change_message_visibility_batch_request, queue_url),
        .has_offset = offsetof(struct api_change_message_visibility_batch_request, has_queue_url),
        .type = API_TYPE_STRING,
        .is_required = true,
    },
    {
        .json_name = {(const uint8_t *)"Entries", 7},
        .query_name = {(const uint8_t *)"ChangeMessageVisibilityBatchRequestEntry", 40},
        .query_json_name = {(const uint8_t *)"Entries", 7},
        .offset = offsetof(struct api_change_message_visibility_batch_request, entries),
        .has_offset = offsetof(struct api_change_message_visibility_batch_request, has_entries),
        .type = API_TYPE_STRUCT_LIST,
        .element = &table_api_change_message_visibility_batch_request_entry,
        .is_required = true,
    },
};
static const uint8_t order_api_change_message_visibility_batch_request[] = {1, 0};
static const struct api_table table_api_change_message_visibility_batch_request = {
    .members = members_api_change_message_visibility_batch_request,
    .order = order_api_change_message_visibility_batch_request,
    .members_count = 2,
    .bytes = sizeof(struct api_change_message_visibility_batch_request),
};

static const struct api_member members_api_change_message_visibility_batch_response[] = {
    {
        .json_name = {(const uint8_t *)"Successful", 10},
        .query_name = {(const uint8_t *)"ChangeMessageVisibilityBatchResultEntry", 39},
        .query_json_name = {(const uint8_t *)"Successful", 10},
        .offset = offsetof(struct api_change_message_visibility_batch_response, successful),
        .has_offset = offsetof(struct api_change_message_visibility_batch_response, has_successful),
        .type = API_TYPE_STRUCT_LIST,
        .element = &table_api_change_message_visibility_batch_result_entry,
        .is_required = true,
    },
    {
        .json_name = {(const uint8_t *)"Failed", 6},
        .query_name = {(const uint8_t *)"BatchResultErrorEntry", 21},
        .query_json_name = {(const uint8_t *)"Failed", 6},
        .offset = offsetof(struct api_change_message_visibility_batch_response, failed),
        .has_offset = offsetof(struct api_change_message_visibility_batch_response, has_failed),
        .type = API_TYPE_STRUCT_LIST,
        .element = &table_api_batch_result_error_entry,
        .is_required = true,
    },
};
static const uint8_t order_api_change_message_visibility_batch_response[] = {1, 0};
static const struct api_table table_api_change_message_visibility_batch_response = {
    .members = members_api_change_message_visibility_batch_response,
    .order = order_api_change_message_visibility_batch_response,
    .members_count = 2,
    .bytes = sizeof(struct api_change_message_visibility_batch_response),
};

static const struct api_member members_api_create_queue_request[] = {
    {
        .json_name = {(const uint8_t *)"QueueName", 9},
        .query_name = {(const uint8_t *)"QueueName", 9},
        .query_json_name = {(const uint8_t *)"QueueName", 9},
        .offset = offsetof(struct api_create_queue_request, queue_name),
        .has_offset = offsetof(struct api_create_queue_request, has_queue_name),
        .type = API_TYPE_STRING,
        .is_required = true,
    },
    {
        .json_name = {(const uint8_t *)"Attributes", 10},
        .query_name = {(const uint8_t *)"Attribute", 9},
        .query_json_name = {(const uint8_t *)"Attributes", 10},
        .key_name = {(const uint8_t *)"Name", 4},
        .value_name = {(const uint8_t *)"Value", 5},
        .offset = offsetof(struct api_create_queue_request, attributes),
        .has_offset = offsetof(struct api_create_queue_request, has_attributes),
        .type = API_TYPE_STRING_MAP,
    },
    {
        .json_name = {(const uint8_t *)"tags", 4},
        .query_name = {(const uint8_t *)"Tag", 3},
        .query_alias = {(const uint8_t *)"Tags", 4},
        .query_json_name = {(const uint8_t *)"tags", 4},
        .key_name = {(const uint8_t *)"Key", 3},
        .value_name = {(const uint8_t *)"Value", 5},
        .offset = offsetof(struct api_create_queue_request, tags),
        .has_offset = offsetof(struct api_create_queue_request, has_tags),
        .type = API_TYPE_STRING_MAP,
    },
};
static const uint8_t order_api_create_queue_request[] = {1, 0, 2};
static const struct api_table table_api_create_queue_request = {
    .members = members_api_create_queue_request,
    .order = order_api_create_queue_request,
    .members_count = 3,
    .bytes = sizeof(struct api_create_queue_request),
};

static const struct api_member members_api_create_queue_response[] = {
    {
        .json_name = {(const uint8_t *)"QueueUrl", 8},
        .query_name = {(const uint8_t *)"QueueUrl", 8},
        .query_json_name = {(const uint8_t *)"QueueUrl", 8},
        .offset = offsetof(struct api_create_queue_response, queue_url),
        .has_offset = offsetof(struct api_create_queue_response, has_queue_url),
        .type = API_TYPE_STRING,
    },
};
static const uint8_t order_api_create_queue_response[] = {0};
static const struct api_table table_api_create_queue_response = {
    .members = members_api_create_queue_response,
    .order = order_api_create_queue_response,
    .members_count = 1,
    .bytes = sizeof(struct api_create_queue_response),
};

static const struct api_member members_api_delete_message_request[] = {
    {
        .json_name = {(const uint8_t *)"QueueUrl", 8},
        .query_name = {(const uint8_t *)"QueueUrl", 8},
        .query_json_name = {(const uint8_t *)"QueueUrl", 8},
        .offset = offsetof(struct api_delete_message_request, queue_url),
        .has_offset = offsetof(struct api_delete_message_request, has_queue_url),
        .type = API_TYPE_STRING,
        .is_required = true,
    },
    {
        .json_name = {(const uint8_t *)"ReceiptHandle", 13},
        .query_name = {(const uint8_t *)"ReceiptHandle", 13},
        .query_json_name = {(const uint8_t *)"ReceiptHandle", 13},
        .offset = offsetof(struct api_delete_message_request, receipt_handle),
        .has_offset = offsetof(struct api_delete_message_request, has_receipt_handle),
        .type = API_TYPE_STRING,
        .is_required = true,
    },
};
static const uint8_t order_api_delete_message_request[] = {0, 1};
static const struct api_table table_api_delete_message_request = {
    .members = members_api_delete_message_request,
    .order = order_api_delete_message_request,
    .members_count = 2,
    .bytes = sizeof(struct api_delete_message_request),
};

static const struct api_table table_api_delete_message_response = {
    .bytes = sizeof(struct api_delete_message_response),
};

static const struct api_member members_api_delete_message_batch_request[] = {
    {
        .json_name = {(const uint8_t *)"QueueUrl", 8},
        .query_name = {(const uint8_t *)"QueueUrl", 8},
        .query_json_name = {(const uint8_t *)"QueueUrl", 8},
        .offset = offsetof(struct api_delete_message_batch_request, queue_url),
        .has_offset = offsetof(struct api_delete_message_batch_request, has_queue_url),
        .type = API_TYPE_STRING,
        .is_required = true,
    },
    {
        .json_name = {(const uint8_t *)"Entries", 7},
        .query_name = {(const uint8_t *)"DeleteMessageBatchRequestEntry", 30},
        .query_json_name = {(const uint8_t *)"Entries", 7},
        .offset = offsetof(struct api_delete_message_batch_request, entries),
        .has_offset = offsetof(struct api_delete_message_batch_request, has_entries),
        .type = API_TYPE_STRUCT_LIST,
        .element = &table_api_delete_message_batch_request_entry,
        .is_required = true,
    },
};
static const uint8_t order_api_delete_message_batch_request[] = {1, 0};
static const struct api_table table_api_delete_message_batch_request = {
    .members = members_api_delete_message_batch_request,
    .order = order_api_delete_message_batch_request,
    .members_count = 2,
    .bytes = sizeof(struct api_delete_message_batch_request),
};

static const struct api_member members_api_delete_message_batch_response[] = {
    {
        .json_name = {(const uint8_t *)"Successful", 10},
        .query_name = {(const uint8_t *)"DeleteMessageBatchResultEntry", 29},
        .query_json_name = {(const uint8_t *)"Successful", 10},
        .offset = offsetof(struct api_delete_message_batch_response, successful),
        .has_offset = offsetof(struct api_delete_message_batch_response, has_successful),
        .type = API_TYPE_STRUCT_LIST,
        .element = &table_api_delete_message_batch_result_entry,
        .is_required = true,
    },
    {
        .json_name = {(const uint8_t *)"Failed", 6},
        .query_name = {(const uint8_t *)"BatchResultErrorEntry", 21},
        .query_json_name = {(const uint8_t *)"Failed", 6},
        .offset = offsetof(struct api_delete_message_batch_response, failed),
        .has_offset = offsetof(struct api_delete_message_batch_response, has_failed),
        .type = API_TYPE_STRUCT_LIST,
        .element = &table_api_batch_result_error_entry,
        .is_required = true,
    },
};
static const uint8_t order_api_delete_message_batch_response[] = {1, 0};
static const struct api_table table_api_delete_message_batch_response = {
    .members = members_api_delete_message_batch_response,
    .order = order_api_delete_message_batch_response,
    .members_count = 2,
    .bytes = sizeof(struct api_delete_message_batch_response),
};

static const struct api_member members_api_delete_queue_request[] = {
    {
        .json_name = {(const uint8_t *)"QueueUrl", 8},
        .query_name = {(const uint8_t *)"QueueUrl", 8},
        .query_json_name = {(const uint8_t *)"QueueUrl", 8},
        .offset = offsetof(struct api_delete_queue_request, queue_url),
        .has_offset = offsetof(struct api_delete_queue_request, has_queue_url),
        .type = API_TYPE_STRING,
        .is_required = true,
    },
};
static const uint8_t order_api_delete_queue_request[] = {0};
static const struct api_table table_api_delete_queue_request = {
    .members = members_api_delete_queue_request,
    .order = order_api_delete_queue_request,
    .members_count = 1,
    .bytes = sizeof(struct api_delete_queue_request),
};

static const struct api_table table_api_delete_queue_response = {
    .bytes = sizeof(struct api_delete_queue_response),
};

static const struct api_member members_api_get_queue_attributes_request[] = {
    {
        .json_name = {(const uint8_t *)"QueueUrl", 8},
        .query_name = {(const uint8_t *)"QueueUrl", 8},
        .query_json_name = {(const uint8_t *)"QueueUrl", 8},
        .offset = offsetof(struct api_get_queue_attributes_request, queue_url),
        .has_offset = offsetof(struct api_get_queue_attributes_request, has_queue_url),
        .type = API_TYPE_STRING,
        .is_required = true,
    },
    {
        .json_name = {(const uint8_t *)"AttributeNames", 14},
        .query_name = {(const uint8_t *)"AttributeName", 13},
        .query_json_name = {(const uint8_t *)"AttributeNames", 14},
        .offset = offsetof(struct api_get_queue_attributes_request, attribute_names),
        .has_offset = offsetof(struct api_get_queue_attributes_request, has_attribute_names),
        .type = API_TYPE_STRING_LIST,
    },
};
static const uint8_t order_api_get_queue_attributes_request[] = {1, 0};
static const struct api_table table_api_get_queue_attributes_request = {
    .members = members_api_get_queue_attributes_request,
    .order = order_api_get_queue_attributes_request,
    .members_count = 2,
    .bytes = sizeof(struct api_get_queue_attributes_request),
};

static const struct api_member members_api_get_queue_attributes_response[] = {
    {
        .json_name = {(const uint8_t *)"Attributes", 10},
        .query_name = {(const uint8_t *)"Attribute", 9},
        .query_json_name = {(const uint8_t *)"Attributes", 10},
        .key_name = {(const uint8_t *)"Name", 4},
        .value_name = {(const uint8_t *)"Value", 5},
        .offset = offsetof(struct api_get_queue_attributes_response, attributes),
        .has_offset = offsetof(struct api_get_queue_attributes_response, has_attributes),
        .type = API_TYPE_STRING_MAP,
    },
};
static const uint8_t order_api_get_queue_attributes_response[] = {0};
static const struct api_table table_api_get_queue_attributes_response = {
    .members = members_api_get_queue_attributes_response,
    .order = order_api_get_queue_attributes_response,
    .members_count = 1,
    .bytes = sizeof(struct api_get_queue_attributes_response),
};

static const struct api_member members_api_get_queue_url_request[] = {
    {
        .json_name = {(const uint8_t *)"QueueName", 9},
        .query_name = {(const uint8_t *)"QueueName", 9},
        .query_json_name = {(const uint8_t *)"QueueName", 9},
        .offset = offsetof(struct api_get_queue_url_request, queue_name),
        .has_offset = offsetof(struct api_get_queue_url_request, has_queue_name),
        .type = API_TYPE_STRING,
        .is_required = true,
    },
    {
        .json_name = {(const uint8_t *)"QueueOwnerAWSAccountId", 22},
        .query_name = {(const uint8_t *)"QueueOwnerAWSAccountId", 22},
        .query_json_name = {(const uint8_t *)"QueueOwnerAWSAccountId", 22},
        .offset = offsetof(struct api_get_queue_url_request, queue_owner_aws_account_id),
        .has_offset = offsetof(struct api_get_queue_url_request, has_queue_owner_aws_account_id),
        .type = API_TYPE_STRING,
    },
};
static const uint8_t order_api_get_queue_url_request[] = {0, 1};
static const struct api_table table_api_get_queue_url_request = {
    .members = members_api_get_queue_url_request,
    .order = order_api_get_queue_url_request,
    .members_count = 2,
    .bytes = sizeof(struct api_get_queue_url_request),
};

static const struct api_member members_api_get_queue_url_response[] = {
    {
        .json_name = {(const uint8_t *)"QueueUrl", 8},
        .query_name = {(const uint8_t *)"QueueUrl", 8},
        .query_json_name = {(const uint8_t *)"QueueUrl", 8},
        .offset = offsetof(struct api_get_queue_url_response, queue_url),
        .has_offset = offsetof(struct api_get_queue_url_response, has_queue_url),
        .type = API_TYPE_STRING,
    },
};
static const uint8_t order_api_get_queue_url_response[] = {0};
static const struct api_table table_api_get_queue_url_response = {
    .members = members_api_get_queue_url_response,
    .order = order_api_get_queue_url_response,
    .members_count = 1,
    .bytes = sizeof(struct api_get_queue_url_response),
};

static const struct api_member members_api_list_dead_letter_source_queues_request[] = {
    {
        .json_name = {(const uint8_t *)"QueueUrl", 8},
        .query_name = {(const uint8_t *)"QueueUrl", 8},
        .query_json_name = {(const uint8_t *)"QueueUrl", 8},
        .offset = offsetof(struct api_list_dead_letter_source_queues_request, queue_url),
        .has_offset = offsetof(struct api_list_dead_letter_source_queues_request, has_queue_url),
        .type = API_TYPE_STRING,
        .is_required = true,
    },
    {
        .json_name = {(const uint8_t *)"NextToken", 9},
        .query_name = {(const uint8_t *)"NextToken", 9},
        .query_json_name = {(const uint8_t *)"NextToken", 9},
        .offset = offsetof(struct api_list_dead_letter_source_queues_request, next_token),
        .has_offset = offsetof(struct api_list_dead_letter_source_queues_request, has_next_token),
        .type = API_TYPE_STRING,
    },
    {
        .json_name = {(const uint8_t *)"MaxResults", 10},
        .query_name = {(const uint8_t *)"MaxResults", 10},
        .query_json_name = {(const uint8_t *)"MaxResults", 10},
        .offset = offsetof(struct api_list_dead_letter_source_queues_request, max_results),
        .has_offset = offsetof(struct api_list_dead_letter_source_queues_request, has_max_results),
        .type = API_TYPE_INTEGER,
    },
};
static const uint8_t order_api_list_dead_letter_source_queues_request[] = {2, 1, 0};
static const struct api_table table_api_list_dead_letter_source_queues_request = {
    .members = members_api_list_dead_letter_source_queues_request,
    .order = order_api_list_dead_letter_source_queues_request,
    .members_count = 3,
    .bytes = sizeof(struct api_list_dead_letter_source_queues_request),
};

static const struct api_member members_api_list_dead_letter_source_queues_response[] = {
    {
        .json_name = {(const uint8_t *)"queueUrls", 9},
        .query_name = {(const uint8_t *)"QueueUrl", 8},
        .query_json_name = {(const uint8_t *)"queueUrls", 9},
        .offset = offsetof(struct api_list_dead_letter_source_queues_response, queue_urls),
        .has_offset = offsetof(struct api_list_dead_letter_source_queues_response, has_queue_urls),
        .type = API_TYPE_STRING_LIST,
        .is_required = true,
    },
    {
        .json_name = {(const uint8_t *)"NextToken", 9},
        .query_name = {(const uint8_t *)"NextToken", 9},
        .query_json_name = {(const uint8_t *)"NextToken", 9},
        .offset = offsetof(struct api_list_dead_letter_source_queues_response, next_token),
        .has_offset = offsetof(struct api_list_dead_letter_source_queues_response, has_next_token),
        .type = API_TYPE_STRING,
    },
};
static const uint8_t order_api_list_dead_letter_source_queues_response[] = {1, 0};
static const struct api_table table_api_list_dead_letter_source_queues_response = {
    .members = members_api_list_dead_letter_source_queues_response,
    .order = order_api_list_dead_letter_source_queues_response,
    .members_count = 2,
    .bytes = sizeof(struct api_list_dead_letter_source_queues_response),
};

static const struct api_member members_api_list_message_move_tasks_request[] = {
    {
        .json_name = {(const uint8_t *)"SourceArn", 9},
        .query_name = {(const uint8_t *)"SourceArn", 9},
        .query_json_name = {(const uint8_t *)"SourceArn", 9},
        .offset = offsetof(struct api_list_message_move_tasks_request, source_arn),
        .has_offset = offsetof(struct api_list_message_move_tasks_request, has_source_arn),
        .type = API_TYPE_STRING,
        .is_required = true,
    },
    {
        .json_name = {(const uint8_t *)"MaxResults", 10},
        .query_name = {(const uint8_t *)"MaxResults", 10},
        .query_json_name = {(const uint8_t *)"MaxResults", 10},
        .offset = offsetof(struct api_list_message_move_tasks_request, max_results),
        .has_offset = offsetof(struct api_list_message_move_tasks_request, has_max_results),
        .type = API_TYPE_INTEGER,
    },
};
static const uint8_t order_api_list_message_move_tasks_request[] = {1, 0};
static const struct api_table table_api_list_message_move_tasks_request = {
    .members = members_api_list_message_move_tasks_request,
    .order = order_api_list_message_move_tasks_request,
    .members_count = 2,
    .bytes = sizeof(struct api_list_message_move_tasks_request),
};

static const struct api_member members_api_list_message_move_tasks_response[] = {
    {
        .json_name = {(const uint8_t *)"Results", 7},
        .query_name = {(const uint8_t *)"ListMessageMoveTasksResultEntry", 31},
        .query_json_name = {(const uint8_t *)"Results", 7},
        .offset = offsetof(struct api_list_message_move_tasks_response, results),
        .has_offset = offsetof(struct api_list_message_move_tasks_response, has_results),
        .type = API_TYPE_STRUCT_LIST,
        .element = &table_api_list_message_move_tasks_result_entry,
    },
};
static const uint8_t order_api_list_message_move_tasks_response[] = {0};
static const struct api_table table_api_list_message_move_tasks_response = {
    .members = members_api_list_message_move_tasks_response,
    .order = order_api_list_message_move_tasks_response,
    .members_count = 1,
    .bytes = sizeof(struct api_list_message_move_tasks_response),
};

static const struct api_member members_api_list_queue_tags_request[] = {
    {
        .json_name = {(const uint8_t *)"QueueUrl", 8},
        .query_name = {(const uint8_t *)"QueueUrl", 8},
        .query_json_name = {(const uint8_t *)"QueueUrl", 8},
        .offset = offsetof(struct api_list_queue_tags_request, queue_url),
        .has_offset = offsetof(struct api_list_queue_tags_request, has_queue_url),
        .type = API_TYPE_STRING,
        .is_required = true,
    },
};
static const uint8_t order_api_list_queue_tags_request[] = {0};
static const struct api_table table_api_list_queue_tags_request = {
    .members = members_api_list_queue_tags_request,
    .order = order_api_list_queue_tags_request,
    .members_count = 1,
    .bytes = sizeof(struct api_list_queue_tags_request),
};

static const struct api_member members_api_list_queue_tags_response[] = {
    {
        .json_name = {(const uint8_t *)"Tags", 4},
        .query_name = {(const uint8_t *)"Tag", 3},
        .query_json_name = {(const uint8_t *)"Tags", 4},
        .key_name = {(const uint8_t *)"Key", 3},
        .value_name = {(const uint8_t *)"Value", 5},
        .offset = offsetof(struct api_list_queue_tags_response, tags),
        .has_offset = offsetof(struct api_list_queue_tags_response, has_tags),
        .type = API_TYPE_STRING_MAP,
    },
};
static const uint8_t order_api_list_queue_tags_response[] = {0};
static const struct api_table table_api_list_queue_tags_response = {
    .members = members_api_list_queue_tags_response,
    .order = order_api_list_queue_tags_response,
    .members_count = 1,
    .bytes = sizeof(struct api_list_queue_tags_response),
};

static const struct api_member members_api_list_queues_request[] = {
    {
        .json_name = {(const uint8_t *)"QueueNamePrefix", 15},
        .query_name = {(const uint8_t *)"QueueNamePrefix", 15},
        .query_json_name = {(const uint8_t *)"QueueNamePrefix", 15},
        .offset = offsetof(struct api_list_queues_request, queue_name_prefix),
        .has_offset = offsetof(struct api_list_queues_request, has_queue_name_prefix),
        .type = API_TYPE_STRING,
    },
    {
        .json_name = {(const uint8_t *)"NextToken", 9},
        .query_name = {(const uint8_t *)"NextToken", 9},
        .query_json_name = {(const uint8_t *)"NextToken", 9},
        .offset = offsetof(struct api_list_queues_request, next_token),
        .has_offset = offsetof(struct api_list_queues_request, has_next_token),
        .type = API_TYPE_STRING,
    },
    {
        .json_name = {(const uint8_t *)"MaxResults", 10},
        .query_name = {(const uint8_t *)"MaxResults", 10},
        .query_json_name = {(const uint8_t *)"MaxResults", 10},
        .offset = offsetof(struct api_list_queues_request, max_results),
        .has_offset = offsetof(struct api_list_queues_request, has_max_results),
        .type = API_TYPE_INTEGER,
    },
};
static const uint8_t order_api_list_queues_request[] = {2, 1, 0};
static const struct api_table table_api_list_queues_request = {
    .members = members_api_list_queues_request,
    .order = order_api_list_queues_request,
    .members_count = 3,
    .bytes = sizeof(struct api_list_queues_request),
};

static const struct api_member members_api_list_queues_response[] = {
    {
        .json_name = {(const uint8_t *)"QueueUrls", 9},
        .query_name = {(const uint8_t *)"QueueUrl", 8},
        .query_json_name = {(const uint8_t *)"queueUrls", 9},
        .offset = offsetof(struct api_list_queues_response, queue_urls),
        .has_offset = offsetof(struct api_list_queues_response, has_queue_urls),
        .type = API_TYPE_STRING_LIST,
    },
    {
        .json_name = {(const uint8_t *)"NextToken", 9},
        .query_name = {(const uint8_t *)"NextToken", 9},
        .query_json_name = {(const uint8_t *)"NextToken", 9},
        .offset = offsetof(struct api_list_queues_response, next_token),
        .has_offset = offsetof(struct api_list_queues_response, has_next_token),
        .type = API_TYPE_STRING,
    },
};
static const uint8_t order_api_list_queues_response[] = {1, 0};
static const struct api_table table_api_list_queues_response = {
    .members = members_api_list_queues_response,
    .order = order_api_list_queues_response,
    .members_count = 2,
    .bytes = sizeof(struct api_list_queues_response),
};

static const struct api_member members_api_purge_queue_request[] = {
    {
        .json_name = {(const uint8_t *)"QueueUrl", 8},
        .query_name = {(const uint8_t *)"QueueUrl", 8},
        .query_json_name = {(const uint8_t *)"QueueUrl", 8},
        .offset = offsetof(struct api_purge_queue_request, queue_url),
        .has_offset = offsetof(struct api_purge_queue_request, has_queue_url),
        .type = API_TYPE_STRING,
        .is_required = true,
    },
};
static const uint8_t order_api_purge_queue_request[] = {0};
static const struct api_table table_api_purge_queue_request = {
    .members = members_api_purge_queue_request,
    .order = order_api_purge_queue_request,
    .members_count = 1,
    .bytes = sizeof(struct api_purge_queue_request),
};

static const struct api_table table_api_purge_queue_response = {
    .bytes = sizeof(struct api_purge_queue_response),
};

static const struct api_member members_api_receive_message_request[] = {
    {
        .json_name = {(const uint8_t *)"QueueUrl", 8},
        .query_name = {(const uint8_t *)"QueueUrl", 8},
        .query_json_name = {(const uint8_t *)"QueueUrl", 8},
        .offset = offsetof(struct api_receive_message_request, queue_url),
        .has_offset = offsetof(struct api_receive_message_request, has_queue_url),
        .type = API_TYPE_STRING,
        .is_required = true,
    },
    {
        .json_name = {(const uint8_t *)"AttributeNames", 14},
        .query_name = {(const uint8_t *)"AttributeName", 13},
        .query_json_name = {(const uint8_t *)"AttributeNames", 14},
        .offset = offsetof(struct api_receive_message_request, attribute_names),
        .has_offset = offsetof(struct api_receive_message_request, has_attribute_names),
        .type = API_TYPE_STRING_LIST,
    },
    {
        .json_name = {(const uint8_t *)"MessageSystemAttributeNames", 27},
        .query_name = {(const uint8_t *)"MessageSystemAttributeName", 26},
        .query_json_name = {(const uint8_t *)"MessageSystemAttributeNames", 27},
        .offset = offsetof(struct api_receive_message_request, message_system_attribute_names),
        .has_offset = offsetof(struct api_receive_message_request, has_message_system_attribute_names),
        .type = API_TYPE_STRING_LIST,
    },
    {
        .json_name = {(const uint8_t *)"MessageAttributeNames", 21},
        .query_name = {(const uint8_t *)"MessageAttributeName", 20},
        .query_json_name = {(const uint8_t *)"MessageAttributeNames", 21},
        .offset = offsetof(struct api_receive_message_request, message_attribute_names),
        .has_offset = offsetof(struct api_receive_message_request, has_message_attribute_names),
        .type = API_TYPE_STRING_LIST,
    },
    {
        .json_name = {(const uint8_t *)"MaxNumberOfMessages", 19},
        .query_name = {(const uint8_t *)"MaxNumberOfMessages", 19},
        .query_json_name = {(const uint8_t *)"MaxNumberOfMessages", 19},
        .offset = offsetof(struct api_receive_message_request, max_number_of_messages),
        .has_offset = offsetof(struct api_receive_message_request, has_max_number_of_messages),
        .type = API_TYPE_INTEGER,
    },
    {
        .json_name = {(const uint8_t *)"VisibilityTimeout", 17},
        .query_name = {(const uint8_t *)"VisibilityTimeout", 17},
        .query_json_name = {(const uint8_t *)"VisibilityTimeout", 17},
        .offset = offsetof(struct api_receive_message_request, visibility_timeout),
        .has_offset = offsetof(struct api_receive_message_request, has_visibility_timeout),
        .type = API_TYPE_INTEGER,
    },
    {
        .json_name = {(const uint8_t *)"WaitTimeSeconds", 15},
        .query_name = {(const uint8_t *)"WaitTimeSeconds", 15},
        .query_json_name = {(const uint8_t *)"WaitTimeSeconds", 15},
        .offset = offsetof(struct api_receive_message_request, wait_time_seconds),
        .has_offset = offsetof(struct api_receive_message_request, has_wait_time_seconds),
        .type = API_TYPE_INTEGER,
    },
    {
        .json_name = {(const uint8_t *)"ReceiveRequestAttemptId", 23},
        .query_name = {(const uint8_t *)"ReceiveRequestAttemptId", 23},
        .query_json_name = {(const uint8_t *)"ReceiveRequestAttemptId", 23},
        .offset = offsetof(struct api_receive_message_request, receive_request_attempt_id),
        .has_offset = offsetof(struct api_receive_message_request, has_receive_request_attempt_id),
        .type = API_TYPE_STRING,
    },
};
static const uint8_t order_api_receive_message_request[] = {1, 4, 3, 2, 0, 7, 5, 6};
static const struct api_table table_api_receive_message_request = {
    .members = members_api_receive_message_request,
    .order = order_api_receive_message_request,
    .members_count = 8,
    .bytes = sizeof(struct api_receive_message_request),
};

static const struct api_member members_api_receive_message_response[] = {
    {
        .json_name = {(const uint8_t *)"Messages", 8},
        .query_name = {(const uint8_t *)"Message", 7},
        .query_json_name = {(const uint8_t *)"messages", 8},
        .offset = offsetof(struct api_receive_message_response, messages),
        .has_offset = offsetof(struct api_receive_message_response, has_messages),
        .type = API_TYPE_STRUCT_LIST,
        .element = &table_api_message,
    },
};
static const uint8_t order_api_receive_message_response[] = {0};
static const struct api_table table_api_receive_message_response = {
    .members = members_api_receive_message_response,
    .order = order_api_receive_message_response,
    .members_count = 1,
    .bytes = sizeof(struct api_receive_message_response),
};

static const struct api_member members_api_remove_permission_request[] = {
    {
        .json_name = {(const uint8_t *)"QueueUrl", 8},
        .query_name = {(const uint8_t *)"QueueUrl", 8},
        .query_json_name = {(const uint8_t *)"QueueUrl", 8},
        .offset = offsetof(struct api_remove_permission_request, queue_url),
        .has_offset = offsetof(struct api_remove_permission_request, has_queue_url),
        .type = API_TYPE_STRING,
        .is_required = true,
    },
    {
        .json_name = {(const uint8_t *)"Label", 5},
        .query_name = {(const uint8_t *)"Label", 5},
        .query_json_name = {(const uint8_t *)"Label", 5},
        .offset = offsetof(struct api_remove_permission_request, label),
        .has_offset = offsetof(struct api_remove_permission_request, has_label),
        .type = API_TYPE_STRING,
        .is_required = true,
    },
};
static const uint8_t order_api_remove_permission_request[] = {1, 0};
static const struct api_table table_api_remove_permission_request = {
    .members = members_api_remove_permission_request,
    .order = order_api_remove_permission_request,
    .members_count = 2,
    .bytes = sizeof(struct api_remove_permission_request),
};

static const struct api_table table_api_remove_permission_response = {
    .bytes = sizeof(struct api_remove_permission_response),
};

static const struct api_member members_api_send_message_request[] = {
    {
        .json_name = {(const uint8_t *)"QueueUrl", 8},
        .query_name = {(const uint8_t *)"QueueUrl", 8},
        .query_json_name = {(const uint8_t *)"QueueUrl", 8},
        .offset = offsetof(struct api_send_message_request, queue_url),
        .has_offset = offsetof(struct api_send_message_request, has_queue_url),
        .type = API_TYPE_STRING,
        .is_required = true,
    },
    {
        .json_name = {(const uint8_t *)"MessageBody", 11},
        .query_name = {(const uint8_t *)"MessageBody", 11},
        .query_json_name = {(const uint8_t *)"MessageBody", 11},
        .offset = offsetof(struct api_send_message_request, message_body),
        .has_offset = offsetof(struct api_send_message_request, has_message_body),
        .type = API_TYPE_STRING,
        .is_required = true,
    },
    {
        .json_name = {(const uint8_t *)"DelaySeconds", 12},
        .query_name = {(const uint8_t *)"DelaySeconds", 12},
        .query_json_name = {(const uint8_t *)"DelaySeconds", 12},
        .offset = offsetof(struct api_send_message_request, delay_seconds),
        .has_offset = offsetof(struct api_send_message_request, has_delay_seconds),
        .type = API_TYPE_INTEGER,
    },
    {
        .json_name = {(const uint8_t *)"MessageAttributes", 17},
        .query_name = {(const uint8_t *)"MessageAttribute", 16},
        .query_json_name = {(const uint8_t *)"MessageAttributes", 17},
        .key_name = {(const uint8_t *)"Name", 4},
        .value_name = {(const uint8_t *)"Value", 5},
        .offset = offsetof(struct api_send_message_request, message_attributes),
        .has_offset = offsetof(struct api_send_message_request, has_message_attributes),
        .type = API_TYPE_ATTRIBUTE_MAP,
        .element = &table_api_message_attribute_value,
    },
    {
        .json_name = {(const uint8_t *)"MessageSystemAttributes", 23},
        .query_name = {(const uint8_t *)"MessageSystemAttribute", 22},
        .query_json_name = {(const uint8_t *)"MessageSystemAttributes", 23},
        .key_name = {(const uint8_t *)"Name", 4},
        .value_name = {(const uint8_t *)"Value", 5},
        .offset = offsetof(struct api_send_message_request, message_system_attributes),
        .has_offset = offsetof(struct api_send_message_request, has_message_system_attributes),
        .type = API_TYPE_ATTRIBUTE_MAP,
        .element = &table_api_message_attribute_value,
    },
    {
        .json_name = {(const uint8_t *)"MessageDeduplicationId", 22},
        .query_name = {(const uint8_t *)"MessageDeduplicationId", 22},
        .query_json_name = {(const uint8_t *)"MessageDeduplicationId", 22},
        .offset = offsetof(struct api_send_message_request, message_deduplication_id),
        .has_offset = offsetof(struct api_send_message_request, has_message_deduplication_id),
        .type = API_TYPE_STRING,
    },
    {
        .json_name = {(const uint8_t *)"MessageGroupId", 14},
        .query_name = {(const uint8_t *)"MessageGroupId", 14},
        .query_json_name = {(const uint8_t *)"MessageGroupId", 14},
        .offset = offsetof(struct api_send_message_request, message_group_id),
        .has_offset = offsetof(struct api_send_message_request, has_message_group_id),
        .type = API_TYPE_STRING,
    },
};
static const uint8_t order_api_send_message_request[] = {2, 3, 1, 5, 6, 4, 0};
static const struct api_table table_api_send_message_request = {
    .members = members_api_send_message_request,
    .order = order_api_send_message_request,
    .members_count = 7,
    .bytes = sizeof(struct api_send_message_request),
};

static const struct api_member members_api_send_message_response[] = {
    {
        .json_name = {(const uint8_t *)"MessageId", 9},
        .query_name = {(const uint8_t *)"MessageId", 9},
        .query_json_name = {(const uint8_t *)"MessageId", 9},
        .offset = offsetof(struct api_send_message_response, message_id),
        .has_offset = offsetof(struct api_send_message_response, has_message_id),
        .type = API_TYPE_STRING,
    },
    {
        .json_name = {(const uint8_t *)"MD5OfMessageBody", 16},
        .query_name = {(const uint8_t *)"MD5OfMessageBody", 16},
        .query_json_name = {(const uint8_t *)"MD5OfMessageBody", 16},
        .offset = offsetof(struct api_send_message_response, md5_of_message_body),
        .has_offset = offsetof(struct api_send_message_response, has_md5_of_message_body),
        .type = API_TYPE_STRING,
    },
    {
        .json_name = {(const uint8_t *)"MD5OfMessageAttributes", 22},
        .query_name = {(const uint8_t *)"MD5OfMessageAttributes", 22},
        .query_json_name = {(const uint8_t *)"MD5OfMessageAttributes", 22},
        .offset = offsetof(struct api_send_message_response, md5_of_message_attributes),
        .has_offset = offsetof(struct api_send_message_response, has_md5_of_message_attributes),
        .type = API_TYPE_STRING,
    },
    {
        .json_name = {(const uint8_t *)"MD5OfMessageSystemAttributes", 28},
        .query_name = {(const uint8_t *)"MD5OfMessageSystemAttributes", 28},
        .query_json_name = {(const uint8_t *)"MD5OfMessageSystemAttributes", 28},
        .offset = offsetof(struct api_send_message_response, md5_of_message_system_attributes),
        .has_offset = offsetof(struct api_send_message_response, has_md5_of_message_system_attributes),
        .type = API_TYPE_STRING,
    },
    {
        .json_name = {(const uint8_t *)"SequenceNumber", 14},
        .query_name = {(const uint8_t *)"SequenceNumber", 14},
        .query_json_name = {(const uint8_t *)"SequenceNumber", 14},
        .offset = offsetof(struct api_send_message_response, sequence_number),
        .has_offset = offsetof(struct api_send_message_response, has_sequence_number),
        .type = API_TYPE_STRING,
    },
};
static const uint8_t order_api_send_message_response[] = {2, 1, 3, 0, 4};
static const struct api_table table_api_send_message_response = {
    .members = members_api_send_message_response,
    .order = order_api_send_message_response,
    .members_count = 5,
    .bytes = sizeof(struct api_send_message_response),
};

static const struct api_member members_api_send_message_batch_request[] = {
    {
        .json_name = {(const uint8_t *)"QueueUrl", 8},
        .query_name = {(const uint8_t *)"QueueUrl", 8},
        .query_json_name = {(const uint8_t *)"QueueUrl", 8},
        .offset = offsetof(struct api_send_message_batch_request, queue_url),
        .has_offset = offsetof(struct api_send_message_batch_request, has_queue_url),
        .type = API_TYPE_STRING,
        .is_required = true,
    },
    {
        .json_name = {(const uint8_t *)"Entries", 7},
        .query_name = {(const uint8_t *)"SendMessageBatchRequestEntry", 28},
        .query_json_name = {(const uint8_t *)"Entries", 7},
        .offset = offsetof(struct api_send_message_batch_request, entries),
        .has_offset = offsetof(struct api_send_message_batch_request, has_entries),
        .type = API_TYPE_STRUCT_LIST,
        .element = &table_api_send_message_batch_request_entry,
        .is_required = true,
    },
};
static const uint8_t order_api_send_message_batch_request[] = {1, 0};
static const struct api_table table_api_send_message_batch_request = {
    .members = members_api_send_message_batch_request,
    .order = order_api_send_message_batch_request,
    .members_count = 2,
    .bytes = sizeof(struct api_send_message_batch_request),
};

static const struct api_member members_api_send_message_batch_response[] = {
    {
        .json_name = {(const uint8_t *)"Successful", 10},
        .query_name = {(const uint8_t *)"SendMessageBatchResultEntry", 27},
        .query_json_name = {(const uint8_t *)"Successful", 10},
        .offset = offsetof(struct api_send_message_batch_response, successful),
        .has_offset = offsetof(struct api_send_message_batch_response, has_successful),
        .type = API_TYPE_STRUCT_LIST,
        .element = &table_api_send_message_batch_result_entry,
        .is_required = true,
    },
    {
        .json_name = {(const uint8_t *)"Failed", 6},
        .query_name = {(const uint8_t *)"BatchResultErrorEntry", 21},
        .query_json_name = {(const uint8_t *)"Failed", 6},
        .offset = offsetof(struct api_send_message_batch_response, failed),
        .has_offset = offsetof(struct api_send_message_batch_response, has_failed),
        .type = API_TYPE_STRUCT_LIST,
        .element = &table_api_batch_result_error_entry,
        .is_required = true,
    },
};
static const uint8_t order_api_send_message_batch_response[] = {1, 0};
static const struct api_table table_api_send_message_batch_response = {
    .members = members_api_send_message_batch_response,
    .order = order_api_send_message_batch_response,
    .members_count = 2,
    .bytes = sizeof(struct api_send_message_batch_response),
};

static const struct api_member members_api_set_queue_attributes_request[] = {
    {
        .json_name = {(const uint8_t *)"QueueUrl", 8},
        .query_name = {(const uint8_t *)"QueueUrl", 8},
        .query_json_name = {(const uint8_t *)"QueueUrl", 8},
        .offset = offsetof(struct api_set_queue_attributes_request, queue_url),
        .has_offset = offsetof(struct api_set_queue_attributes_request, has_queue_url),
        .type = API_TYPE_STRING,
        .is_required = true,
    },
    {
        .json_name = {(const uint8_t *)"Attributes", 10},
        .query_name = {(const uint8_t *)"Attribute", 9},
        .query_json_name = {(const uint8_t *)"Attributes", 10},
        .key_name = {(const uint8_t *)"Name", 4},
        .value_name = {(const uint8_t *)"Value", 5},
        .offset = offsetof(struct api_set_queue_attributes_request, attributes),
        .has_offset = offsetof(struct api_set_queue_attributes_request, has_attributes),
        .type = API_TYPE_STRING_MAP,
        .is_required = true,
    },
};
static const uint8_t order_api_set_queue_attributes_request[] = {1, 0};
static const struct api_table table_api_set_queue_attributes_request = {
    .members = members_api_set_queue_attributes_request,
    .order = order_api_set_queue_attributes_request,
    .members_count = 2,
    .bytes = sizeof(struct api_set_queue_attributes_request),
};

static const struct api_table table_api_set_queue_attributes_response = {
    .bytes = sizeof(struct api_set_queue_attributes_response),
};

static const struct api_member members_api_start_message_move_task_request[] = {
    {
        .json_name = {(const uint8_t *)"SourceArn", 9},
        .query_name = {(const uint8_t *)"SourceArn", 9},
        .query_json_name = {(const uint8_t *)"SourceArn", 9},
        .offset = offsetof(struct api_start_message_move_task_request, source_arn),
        .has_offset = offsetof(struct api_start_message_move_task_request, has_source_arn),
        .type = API_TYPE_STRING,
        .is_required = true,
    },
    {
        .json_name = {(const uint8_t *)"DestinationArn", 14},
        .query_name = {(const uint8_t *)"DestinationArn", 14},
        .query_json_name = {(const uint8_t *)"DestinationArn", 14},
        .offset = offsetof(struct api_start_message_move_task_request, destination_arn),
        .has_offset = offsetof(struct api_start_message_move_task_request, has_destination_arn),
        .type = API_TYPE_STRING,
    },
    {
        .json_name = {(const uint8_t *)"MaxNumberOfMessagesPerSecond", 28},
        .query_name = {(const uint8_t *)"MaxNumberOfMessagesPerSecond", 28},
        .query_json_name = {(const uint8_t *)"MaxNumberOfMessagesPerSecond", 28},
        .offset = offsetof(struct api_start_message_move_task_request, max_number_of_messages_per_second),
        .has_offset = offsetof(struct api_start_message_move_task_request, has_max_number_of_messages_per_second),
        .type = API_TYPE_INTEGER,
    },
};
static const uint8_t order_api_start_message_move_task_request[] = {1, 2, 0};
static const struct api_table table_api_start_message_move_task_request = {
    .members = members_api_start_message_move_task_request,
    .order = order_api_start_message_move_task_request,
    .members_count = 3,
    .bytes = sizeof(struct api_start_message_move_task_request),
};

static const struct api_member members_api_start_message_move_task_response[] = {
    {
        .json_name = {(const uint8_t *)"TaskHandle", 10},
        .query_name = {(const uint8_t *)"TaskHandle", 10},
        .query_json_name = {(const uint8_t *)"TaskHandle", 10},
        .offset = offsetof(struct api_start_message_move_task_response, task_handle),
        .has_offset = offsetof(struct api_start_message_move_task_response, has_task_handle),
        .type = API_TYPE_STRING,
    },
};
static const uint8_t order_api_start_message_move_task_response[] = {0};
static const struct api_table table_api_start_message_move_task_response = {
    .members = members_api_start_message_move_task_response,
    .order = order_api_start_message_move_task_response,
    .members_count = 1,
    .bytes = sizeof(struct api_start_message_move_task_response),
};

static const struct api_member members_api_tag_queue_request[] = {
    {
        .json_name = {(const uint8_t *)"QueueUrl", 8},
        .query_name = {(const uint8_t *)"QueueUrl", 8},
        .query_json_name = {(const uint8_t *)"QueueUrl", 8},
        .offset = offsetof(struct api_tag_queue_request, queue_url),
        .has_offset = offsetof(struct api_tag_queue_request, has_queue_url),
        .type = API_TYPE_STRING,
        .is_required = true,
    },
    {
        .json_name = {(const uint8_t *)"Tags", 4},
        .query_name = {(const uint8_t *)"Tag", 3},
        .query_alias = {(const uint8_t *)"Tags", 4},
        .query_json_name = {(const uint8_t *)"Tags", 4},
        .key_name = {(const uint8_t *)"Key", 3},
        .value_name = {(const uint8_t *)"Value", 5},
        .offset = offsetof(struct api_tag_queue_request, tags),
        .has_offset = offsetof(struct api_tag_queue_request, has_tags),
        .type = API_TYPE_STRING_MAP,
        .is_required = true,
    },
};
static const uint8_t order_api_tag_queue_request[] = {0, 1};
static const struct api_table table_api_tag_queue_request = {
    .members = members_api_tag_queue_request,
    .order = order_api_tag_queue_request,
    .members_count = 2,
    .bytes = sizeof(struct api_tag_queue_request),
};

static const struct api_table table_api_tag_queue_response = {
    .bytes = sizeof(struct api_tag_queue_response),
};

static const struct api_member members_api_untag_queue_request[] = {
    {
        .json_name = {(const uint8_t *)"QueueUrl", 8},
        .query_name = {(const uint8_t *)"QueueUrl", 8},
        .query_json_name = {(const uint8_t *)"QueueUrl", 8},
        .offset = offsetof(struct api_untag_queue_request, queue_url),
        .has_offset = offsetof(struct api_untag_queue_request, has_queue_url),
        .type = API_TYPE_STRING,
        .is_required = true,
    },
    {
        .json_name = {(const uint8_t *)"TagKeys", 7},
        .query_name = {(const uint8_t *)"TagKey", 6},
        .query_alias = {(const uint8_t *)"TagKeys", 7},
        .query_json_name = {(const uint8_t *)"TagKeys", 7},
        .offset = offsetof(struct api_untag_queue_request, tag_keys),
        .has_offset = offsetof(struct api_untag_queue_request, has_tag_keys),
        .type = API_TYPE_STRING_LIST,
        .is_required = true,
    },
};
static const uint8_t order_api_untag_queue_request[] = {0, 1};
static const struct api_table table_api_untag_queue_request = {
    .members = members_api_untag_queue_request,
    .order = order_api_untag_queue_request,
    .members_count = 2,
    .bytes = sizeof(struct api_untag_queue_request),
};

static const struct api_table table_api_untag_queue_response = {
    .bytes = sizeof(struct api_untag_queue_response),
};

const struct api_action_info api_action_infos[API_ACTIONS_COUNT] = {
    [API_ADD_PERMISSION] = {
        .name = {(const uint8_t *)"AddPermission", 13},
        .iam_action = "sqs:AddPermission",
        .request = &table_api_add_permission_request,
        .response = &table_api_add_permission_response,
        .is_mutating = true,
        .is_cross_account = false,
        .needs_queue = true,
        .has_output = false,
    },
    [API_CANCEL_MESSAGE_MOVE_TASK] = {
        .name = {(const uint8_t *)"CancelMessageMoveTask", 21},
        .iam_action = "sqs:CancelMessageMoveTask",
        .request = &table_api_cancel_message_move_task_request,
        .response = &table_api_cancel_message_move_task_response,
        .is_mutating = true,
        .is_cross_account = false,
        .needs_queue = false,
        .has_output = true,
    },
    [API_CHANGE_MESSAGE_VISIBILITY] = {
        .name = {(const uint8_t *)"ChangeMessageVisibility", 23},
        .iam_action = "sqs:ChangeMessageVisibility",
        .request = &table_api_change_message_visibility_request,
        .response = &table_api_change_message_visibility_response,
        .is_mutating = true,
        .is_cross_account = true,
        .needs_queue = true,
        .has_output = false,
    },
    [API_CHANGE_MESSAGE_VISIBILITY_BATCH] = {
        .name = {(const uint8_t *)"ChangeMessageVisibilityBatch", 28},
        .iam_action = "sqs:ChangeMessageVisibility",
        .request = &table_api_change_message_visibility_batch_request,
        .response = &table_api_change_message_visibility_batch_response,
        .is_mutating = true,
        .is_cross_account = true,
        .needs_queue = true,
        .has_output = true,
    },
    [API_CREATE_QUEUE] = {
        .name = {(const uint8_t *)"CreateQueue", 11},
        .iam_action = "sqs:CreateQueue",
        .request = &table_api_create_queue_request,
        .response = &table_api_create_queue_response,
        .is_mutating = true,
        .is_cross_account = false,
        .needs_queue = false,
        .has_output = true,
    },
    [API_DELETE_MESSAGE] = {
        .name = {(const uint8_t *)"DeleteMessage", 13},
        .iam_action = "sqs:DeleteMessage",
        .request = &table_api_delete_message_request,
        .response = &table_api_delete_message_response,
        .is_mutating = true,
        .is_cross_account = true,
        .needs_queue = true,
        .has_output = false,
    },
    [API_DELETE_MESSAGE_BATCH] = {
        .name = {(const uint8_t *)"DeleteMessageBatch", 18},
        .iam_action = "sqs:DeleteMessage",
        .request = &table_api_delete_message_batch_request,
        .response = &table_api_delete_message_batch_response,
        .is_mutating = true,
        .is_cross_account = true,
        .needs_queue = true,
        .has_output = true,
    },
    [API_DELETE_QUEUE] = {
        .name = {(const uint8_t *)"DeleteQueue", 11},
        .iam_action = "sqs:DeleteQueue",
        .request = &table_api_delete_queue_request,
        .response = &table_api_delete_queue_response,
        .is_mutating = true,
        .is_cross_account = false,
        .needs_queue = true,
        .has_output = false,
    },
    [API_GET_QUEUE_ATTRIBUTES] = {
        .name = {(const uint8_t *)"GetQueueAttributes", 18},
        .iam_action = "sqs:GetQueueAttributes",
        .request = &table_api_get_queue_attributes_request,
        .response = &table_api_get_queue_attributes_response,
        .is_mutating = false,
        .is_cross_account = true,
        .needs_queue = true,
        .has_output = true,
    },
    [API_GET_QUEUE_URL] = {
        .name = {(const uint8_t *)"GetQueueUrl", 11},
        .iam_action = "sqs:GetQueueUrl",
        .request = &table_api_get_queue_url_request,
        .response = &table_api_get_queue_url_response,
        .is_mutating = false,
        .is_cross_account = true,
        .needs_queue = false,
        .has_output = true,
    },
    [API_LIST_DEAD_LETTER_SOURCE_QUEUES] = {
        .name = {(const uint8_t *)"ListDeadLetterSourceQueues", 26},
        .iam_action = "sqs:ListDeadLetterSourceQueues",
        .request = &table_api_list_dead_letter_source_queues_request,
        .response = &table_api_list_dead_letter_source_queues_response,
        .is_mutating = false,
        .is_cross_account = true,
        .needs_queue = true,
        .has_output = true,
    },
    [API_LIST_MESSAGE_MOVE_TASKS] = {
        .name = {(const uint8_t *)"ListMessageMoveTasks", 20},
        .iam_action = "sqs:ListMessageMoveTasks",
        .request = &table_api_list_message_move_tasks_request,
        .response = &table_api_list_message_move_tasks_response,
        .is_mutating = false,
        .is_cross_account = false,
        .needs_queue = false,
        .has_output = true,
    },
    [API_LIST_QUEUE_TAGS] = {
        .name = {(const uint8_t *)"ListQueueTags", 13},
        .iam_action = "sqs:ListQueueTags",
        .request = &table_api_list_queue_tags_request,
        .response = &table_api_list_queue_tags_response,
        .is_mutating = false,
        .is_cross_account = false,
        .needs_queue = true,
        .has_output = true,
    },
    [API_LIST_QUEUES] = {
        .name = {(const uint8_t *)"ListQueues", 10},
        .iam_action = "sqs:ListQueues",
        .request = &table_api_list_queues_request,
        .response = &table_api_list_queues_response,
        .is_mutating = false,
        .is_cross_account = false,
        .needs_queue = false,
        .has_output = true,
    },
    [API_PURGE_QUEUE] = {
        .name = {(const uint8_t *)"PurgeQueue", 10},
        .iam_action = "sqs:PurgeQueue",
        .request = &table_api_purge_queue_request,
        .response = &table_api_purge_queue_response,
        .is_mutating = true,
        .is_cross_account = true,
        .needs_queue = true,
        .has_output = false,
    },
    [API_RECEIVE_MESSAGE] = {
        .name = {(const uint8_t *)"ReceiveMessage", 14},
        .iam_action = "sqs:ReceiveMessage",
        .request = &table_api_receive_message_request,
        .response = &table_api_receive_message_response,
        .is_mutating = true,
        .is_cross_account = true,
        .needs_queue = true,
        .has_output = true,
    },
    [API_REMOVE_PERMISSION] = {
        .name = {(const uint8_t *)"RemovePermission", 16},
        .iam_action = "sqs:RemovePermission",
        .request = &table_api_remove_permission_request,
        .response = &table_api_remove_permission_response,
        .is_mutating = true,
        .is_cross_account = false,
        .needs_queue = true,
        .has_output = false,
    },
    [API_SEND_MESSAGE] = {
        .name = {(const uint8_t *)"SendMessage", 11},
        .iam_action = "sqs:SendMessage",
        .request = &table_api_send_message_request,
        .response = &table_api_send_message_response,
        .is_mutating = true,
        .is_cross_account = true,
        .needs_queue = true,
        .has_output = true,
    },
    [API_SEND_MESSAGE_BATCH] = {
        .name = {(const uint8_t *)"SendMessageBatch", 16},
        .iam_action = "sqs:SendMessage",
        .request = &table_api_send_message_batch_request,
        .response = &table_api_send_message_batch_response,
        .is_mutating = true,
        .is_cross_account = true,
        .needs_queue = true,
        .has_output = true,
    },
    [API_SET_QUEUE_ATTRIBUTES] = {
        .name = {(const uint8_t *)"SetQueueAttributes", 18},
        .iam_action = "sqs:SetQueueAttributes",
        .request = &table_api_set_queue_attributes_request,
        .response = &table_api_set_queue_attributes_response,
        .is_mutating = true,
        .is_cross_account = false,
        .needs_queue = true,
        .has_output = false,
    },
    [API_START_MESSAGE_MOVE_TASK] = {
        .name = {(const uint8_t *)"StartMessageMoveTask", 20},
        .iam_action = "sqs:StartMessageMoveTask",
        .request = &table_api_start_message_move_task_request,
        .response = &table_api_start_message_move_task_response,
        .is_mutating = true,
        .is_cross_account = false,
        .needs_queue = false,
        .has_output = true,
    },
    [API_TAG_QUEUE] = {
        .name = {(const uint8_t *)"TagQueue", 8},
        .iam_action = "sqs:TagQueue",
        .request = &table_api_tag_queue_request,
        .response = &table_api_tag_queue_response,
        .is_mutating = true,
        .is_cross_account = false,
        .needs_queue = true,
        .has_output = false,
    },
    [API_UNTAG_QUEUE] = {
        .name = {(const uint8_t *)"UntagQueue", 10},
        .iam_action = "sqs:UntagQueue",
        .request = &table_api_untag_queue_request,
        .response = &table_api_untag_queue_response,
        .is_mutating = true,
        .is_cross_account = false,
        .needs_queue = true,
        .has_output = false,
    },
};

const struct api_error_row api_error_rows[API_ERRORS_COUNT] = {
    [API_ERROR_ACCESS_DENIED] = {
        .json_name = "AccessDeniedException",
        .json_namespace = "com.amazon.coral.service",
        .query_code = "AccessDenied",
        .status = 403,
        .has_capital_message = true,
    },
    [API_ERROR_BATCH_ENTRY_IDS_NOT_DISTINCT] = {
        .json_name = "BatchEntryIdsNotDistinct",
        .json_namespace = "com.amazonaws.sqs",
        .query_code = "AWS.SimpleQueueService.BatchEntryIdsNotDistinct",
        .status = 400,
    },
    [API_ERROR_BATCH_REQUEST_TOO_LONG] = {
        .json_name = "BatchRequestTooLong",
        .json_namespace = "com.amazonaws.sqs",
        .query_code = "AWS.SimpleQueueService.BatchRequestTooLong",
        .status = 400,
    },
    [API_ERROR_EMPTY_BATCH_REQUEST] = {
        .json_name = "EmptyBatchRequest",
        .json_namespace = "com.amazonaws.sqs",
        .query_code = "AWS.SimpleQueueService.EmptyBatchRequest",
        .status = 400,
    },
    [API_ERROR_EXPIRED_TOKEN] = {
        .json_name = "ExpiredTokenException",
        .json_namespace = "com.amazon.coral.service",
        .query_code = "ExpiredToken",
        .status = 403,
    },
    [API_ERROR_INCOMPLETE_SIGNATURE] = {
        .json_name = "IncompleteSignatureException",
        .json_namespace = "com.amazon.coral.service",
        .query_code = "IncompleteSignature",
        .status = 400,
    },
    [API_ERROR_INTERNAL_FAILURE] = {
        .json_name = "InternalFailure",
        .json_namespace = "com.amazon.coral.service",
        .query_code = "InternalFailure",
        .status = 500,
        .is_receiver_fault = true,
    },
    [API_ERROR_INVALID_ADDRESS] = {
        .json_name = "InvalidAddress",
        .json_namespace = "com.amazonaws.sqs",
        .query_code = "InvalidAddress",
        .status = 404,
    },
    [API_ERROR_INVALID_ATTRIBUTE_NAME] = {
        .json_name = "InvalidAttributeName",
        .json_namespace = "com.amazonaws.sqs",
        .query_code = "InvalidAttributeName",
        .status = 400,
    },
    [API_ERROR_INVALID_ATTRIBUTE_VALUE] = {
        .json_name = "InvalidAttributeValue",
        .json_namespace = "com.amazonaws.sqs",
        .query_code = "InvalidAttributeValue",
        .status = 400,
    },
    [API_ERROR_INVALID_BATCH_ENTRY_ID] = {
        .json_name = "InvalidBatchEntryId",
        .json_namespace = "com.amazonaws.sqs",
        .query_code = "AWS.SimpleQueueService.InvalidBatchEntryId",
        .status = 400,
    },
    [API_ERROR_INVALID_ID_FORMAT] = {
        .json_name = "InvalidIdFormat",
        .json_namespace = "com.amazonaws.sqs",
        .query_code = "InvalidIdFormat",
        .status = 400,
    },
    [API_ERROR_INVALID_MESSAGE_CONTENTS] = {
        .json_name = "InvalidMessageContents",
        .json_namespace = "com.amazonaws.sqs",
        .query_code = "InvalidMessageContents",
        .status = 400,
    },
    [API_ERROR_INVALID_PARAMETER_VALUE] = {
        .json_name = "InvalidParameterValueException",
        .json_namespace = "com.amazon.coral.service",
        .query_code = "InvalidParameterValue",
        .status = 400,
    },
    [API_ERROR_INVALID_SECURITY] = {
        .json_name = "InvalidSecurity",
        .json_namespace = "com.amazonaws.sqs",
        .query_code = "InvalidSecurity",
        .status = 403,
    },
    [API_ERROR_INVALID_SIGNATURE] = {
        .json_name = "InvalidSignatureException",
        .json_namespace = "com.amazon.coral.service",
        .query_code = "SignatureDoesNotMatch",
        .status = 403,
    },
    [API_ERROR_KMS_ACCESS_DENIED] = {
        .json_name = "KmsAccessDenied",
        .json_namespace = "com.amazonaws.sqs",
        .query_code = "KMS.AccessDeniedException",
        .status = 400,
    },
    [API_ERROR_KMS_DISABLED] = {
        .json_name = "KmsDisabled",
        .json_namespace = "com.amazonaws.sqs",
        .query_code = "KMS.DisabledException",
        .status = 400,
    },
    [API_ERROR_KMS_INVALID_KEY_USAGE] = {
        .json_name = "KmsInvalidKeyUsage",
        .json_namespace = "com.amazonaws.sqs",
        .query_code = "KMS.InvalidKeyUsageException",
        .status = 400,
    },
    [API_ERROR_KMS_INVALID_STATE] = {
        .json_name = "KmsInvalidState",
        .json_namespace = "com.amazonaws.sqs",
        .query_code = "KMS.InvalidStateException",
        .status = 400,
    },
    [API_ERROR_KMS_NOT_FOUND] = {
        .json_name = "KmsNotFound",
        .json_namespace = "com.amazonaws.sqs",
        .query_code = "KMS.NotFoundException",
        .status = 400,
    },
    [API_ERROR_KMS_OPT_IN_REQUIRED] = {
        .json_name = "KmsOptInRequired",
        .json_namespace = "com.amazonaws.sqs",
        .query_code = "KMS.OptInRequired",
        .status = 403,
    },
    [API_ERROR_KMS_THROTTLED] = {
        .json_name = "KmsThrottled",
        .json_namespace = "com.amazonaws.sqs",
        .query_code = "KMS.ThrottlingException",
        .status = 400,
    },
    [API_ERROR_MESSAGE_NOT_INFLIGHT] = {
        .json_name = "MessageNotInflight",
        .json_namespace = "com.amazonaws.sqs",
        .query_code = "AWS.SimpleQueueService.MessageNotInflight",
        .status = 400,
    },
    [API_ERROR_MISSING_REQUIRED_PARAMETER] = {
        .json_name = "MissingRequiredParameterException",
        .json_namespace = "com.amazon.coral.service",
        .query_code = "MissingParameter",
        .status = 400,
    },
    [API_ERROR_OVER_LIMIT] = {
        .json_name = "OverLimit",
        .json_namespace = "com.amazonaws.sqs",
        .query_code = "OverLimit",
        .status = 403,
    },
    [API_ERROR_PURGE_QUEUE_IN_PROGRESS] = {
        .json_name = "PurgeQueueInProgress",
        .json_namespace = "com.amazonaws.sqs",
        .query_code = "AWS.SimpleQueueService.PurgeQueueInProgress",
        .status = 403,
    },
    [API_ERROR_QUEUE_DELETED_RECENTLY] = {
        .json_name = "QueueDeletedRecently",
        .json_namespace = "com.amazonaws.sqs",
        .query_code = "AWS.SimpleQueueService.QueueDeletedRecently",
        .status = 400,
    },
    [API_ERROR_QUEUE_DOES_NOT_EXIST] = {
        .json_name = "QueueDoesNotExist",
        .json_namespace = "com.amazonaws.sqs",
        .query_code = "AWS.SimpleQueueService.NonExistentQueue",
        .status = 400,
    },
    [API_ERROR_QUEUE_NAME_EXISTS] = {
        .json_name = "QueueNameExists",
        .json_namespace = "com.amazonaws.sqs",
        .query_code = "QueueAlreadyExists",
        .status = 400,
    },
    [API_ERROR_RECEIPT_HANDLE_IS_INVALID] = {
        .json_name = "ReceiptHandleIsInvalid",
        .json_namespace = "com.amazonaws.sqs",
        .query_code = "ReceiptHandleIsInvalid",
        .status = 404,
    },
    [API_ERROR_REQUEST_ENTITY_TOO_LARGE] = {
        .json_name = "RequestEntityTooLargeException",
        .json_namespace = "com.amazon.coral.service",
        .query_code = "RequestEntityTooLarge",
        .status = 413,
    },
    [API_ERROR_REQUEST_THROTTLED] = {
        .json_name = "RequestThrottled",
        .json_namespace = "com.amazonaws.sqs",
        .query_code = "RequestThrottled",
        .status = 403,
    },
    [API_ERROR_RESOURCE_NOT_FOUND] = {
        .json_name = "ResourceNotFoundException",
        .json_namespace = "com.amazonaws.sqs",
        .query_code = "ResourceNotFoundException",
        .status = 404,
    },
    [API_ERROR_SERIALIZATION] = {
        .json_name = "SerializationException",
        .json_namespace = "com.amazon.coral.service",
        .query_code = "MalformedInput",
        .status = 400,
    },
    [API_ERROR_SERVICE_UNAVAILABLE] = {
        .json_name = "ServiceUnavailable",
        .json_namespace = "com.amazon.coral.service",
        .query_code = "ServiceUnavailable",
        .status = 503,
        .is_receiver_fault = true,
    },
    [API_ERROR_THROTTLING] = {
        .json_name = "ThrottlingException",
        .json_namespace = "com.amazon.coral.service",
        .query_code = "ThrottlingException",
        .status = 400,
    },
    [API_ERROR_TOO_MANY_ENTRIES_IN_BATCH_REQUEST] = {
        .json_name = "TooManyEntriesInBatchRequest",
        .json_namespace = "com.amazonaws.sqs",
        .query_code = "AWS.SimpleQueueService.TooManyEntriesInBatchRequest",
        .status = 400,
    },
    [API_ERROR_UNKNOWN_OPERATION] = {
        .json_name = "UnknownOperationException",
        .json_namespace = "com.amazon.coral.service",
        .query_code = "InvalidAction",
        .status = 400,
    },
    [API_ERROR_UNRECOGNIZED_CLIENT] = {
        .json_name = "UnrecognizedClientException",
        .json_namespace = "com.amazon.coral.service",
        .query_code = "InvalidClientTokenId",
        .status = 403,
    },
    [API_ERROR_UNSUPPORTED_OPERATION] = {
        .json_name = "UnsupportedOperation",
        .json_namespace = "com.amazonaws.sqs",
        .query_code = "AWS.SimpleQueueService.UnsupportedOperation",
        .status = 400,
    },
};

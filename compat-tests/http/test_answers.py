"""Answers recorded from Amazon in public reports, where guessing went wrong before: both protocols where they apply."""
import json

from harness import (ACCOUNT, Server, arn, bodies, call, case, check, counts, create, equal, exchange, fresh_name,
                     is_error, is_xml_error, json_call, query_call, receive, send, shared)

BATCHES = (("SendMessageBatch", {"MessageBody": "x"}), ("DeleteMessageBatch", {"ReceiptHandle": "x"}),
           ("ChangeMessageVisibilityBatch", {"ReceiptHandle": "x", "VisibilityTimeout": 1}))
NO_NAME = "The request must contain non-empty message (user) attribute names."
NOT_ON_STANDARD = "The request include parameter that is not valid for this queue type"
BAD_POLICY = "Invalid value for the parameter Policy."


def tags(server, url):
    return call(server, "ListQueueTags", QueueUrl=url).get("Tags", {})


def fifo(server, **attributes):
    return create(server, {"FifoQueue": "true", "ContentBasedDeduplication": "true", **attributes})


@case("answers: tags under the names that old SDKs of Java send")
def _():
    server = shared()
    url = create(server)
    for n, (key, value) in enumerate((("Tags.1.Key", "Tags.1.Value"), ("Tag.1.Key", "Tag.1.Value"),
                                      ("Tags.Key", "Tags.Value"))):
        answer = query_call(server, {"Action": "TagQueue", "QueueUrl": url, key: f"k{n}", value: f"v{n}"})
        equal(answer.status, 200, answer)
    equal(tags(server, url), {"k0": "v0", "k1": "v1", "k2": "v2"})
    answer = query_call(server, {"Action": "UntagQueue", "QueueUrl": url, "TagKey.1": "k0", "TagKey.2": "k1"})
    equal(answer.status, 200, answer)
    answer = query_call(server, {"Action": "UntagQueue", "QueueUrl": url, "TagKeys.1": "k2"})
    equal(answer.status, 200, answer)
    equal(tags(server, url), {})
    for name in ("Tag", "Tags"):
        query = {"Action": "CreateQueue", "QueueName": fresh_name(), f"{name}.1.Key": "k", f"{name}.1.Value": "v"}
        answer = query_call(server, query)
        equal(answer.status, 200, answer)
        equal(tags(server, query["QueueName"]), {"k": "v"})


@case("answers: a batch without entries, and with one that says nothing")
def _():
    server = shared()
    url = create(server)
    for operation, _ in BATCHES:
        entry = f"{operation}RequestEntry"
        empty = f"There should be at least one {entry} in the request."
        for more in ({}, {"Entries": ""}):
            answer = query_call(server, {"Action": operation, "QueueUrl": url, **more})
            is_xml_error(answer, 400, "AWS.SimpleQueueService.EmptyBatchRequest", empty)
        for more in ({entry: ""}, {f"{entry}.1": ""}):
            answer = query_call(server, {"Action": operation, "QueueUrl": url, **more})
            is_xml_error(answer, 400, "MissingParameter", f"The request must contain the parameter {entry}.1.Id.")
        is_error(json_call(server, operation, {"QueueUrl": url, "Entries": []}), "EmptyBatchRequest", empty)


@case("answers: a message attribute without a name")
def _():
    server = shared()
    url, ordered = create(server), fifo(server)
    value = {"MessageAttribute.1.Value.DataType": "String", "MessageAttribute.1.Value.StringValue": "v"}
    one = {"Action": "SendMessage", "QueueUrl": url, "MessageBody": "x"}
    for more in (value, {**value, "MessageAttribute.1.Name": ""}):
        is_xml_error(query_call(server, {**one, **more}), 400, "InvalidParameterValue", NO_NAME)
    is_error(json_call(server, "SendMessage", {"QueueUrl": url, "MessageBody": "x", "MessageAttributes": {
        "": {"DataType": "String", "StringValue": "v"}}}), "InvalidParameterValueException", NO_NAME)
    entry = "SendMessageBatchRequestEntry"
    batch = {"Action": "SendMessageBatch", f"{entry}.1.Id": "a", f"{entry}.1.MessageBody": "x", f"{entry}.2.Id": "b",
             f"{entry}.2.MessageBody": "y", f"{entry}.1.MessageGroupId": "g", f"{entry}.2.MessageGroupId": "g",
             **{f"{entry}.1.{name}": text for name, text in value.items()}}
    answer = query_call(server, {**batch, "QueueUrl": url})
    equal(answer.status, 200, answer)
    check(f"<BatchResultErrorEntry><Id>a</Id><Code>InvalidParameterValue</Code><Message>{NO_NAME}</Message>"
          "<SenderFault>true</SenderFault></BatchResultErrorEntry>" in answer.text, answer.text)
    equal(bodies(receive(server, url)), ["y"])
    is_xml_error(query_call(server, {**batch, "QueueUrl": ordered}), 400, "InvalidParameterValue", NO_NAME)


@case("answers: MessageDeduplicationId on a standard queue")
def _():
    server = shared()
    url = create(server)
    text = f"Value d1 for parameter MessageDeduplicationId is invalid. Reason: {NOT_ON_STANDARD}."
    message = {"QueueUrl": url, "MessageBody": "x", "MessageDeduplicationId": "d1"}
    is_error(json_call(server, "SendMessage", message), "InvalidParameterValueException", text)
    is_xml_error(query_call(server, {"Action": "SendMessage", **message}), 400, "InvalidParameterValue", text)
    entries = [{"Id": "a", "MessageBody": "x", "MessageDeduplicationId": "d1"}, {"Id": "b", "MessageBody": "y"}]
    got = call(server, "SendMessageBatch", QueueUrl=url, Entries=entries)
    equal(got["Failed"], [{"Id": "a", "Code": "InvalidParameterValue", "SenderFault": True,
                           "Message": NOT_ON_STANDARD}])
    equal([row["Id"] for row in got["Successful"]], ["b"])


@case("answers: an expired FIFO handle in a batch")
def _():
    server = shared()
    url = fifo(server)
    send(server, url, "x", MessageGroupId="g")
    old = receive(server, url, VisibilityTimeout=0)[0]["ReceiptHandle"]
    new = receive(server, url)[0]["ReceiptHandle"]
    failed = [{"Id": "old", "Code": "ReceiptHandleIsInvalid", "Message": "The receipt handle has expired",
               "SenderFault": True}]
    for operation, more in (("ChangeMessageVisibilityBatch", {"VisibilityTimeout": 60}), ("DeleteMessageBatch", {})):
        got = call(server, operation, QueueUrl=url, Entries=[
            {"Id": "old", "ReceiptHandle": old, **more}, {"Id": "new", "ReceiptHandle": new, **more}])
        equal(got, {"Successful": [{"Id": "new"}], "Failed": failed})
    single = json_call(server, "DeleteMessage", {"QueueUrl": url, "ReceiptHandle": old})
    equal(single.status, 200, single)  # the message is gone by now
    entry = "DeleteMessageBatchRequestEntry"
    send(server, url, "y", MessageGroupId="g")
    old = receive(server, url, VisibilityTimeout=0)[0]["ReceiptHandle"]
    receive(server, url)
    answer = query_call(server, {"Action": "DeleteMessageBatch", "QueueUrl": url, f"{entry}.1.Id": "old",
                                 f"{entry}.1.ReceiptHandle": old})
    check("<BatchResultErrorEntry><Id>old</Id><Code>ReceiptHandleIsInvalid</Code><Message>The receipt handle has "
          "expired</Message><SenderFault>true</SenderFault>" in answer.text, answer)


@case("answers: X-Forwarded-Proto counts by its first value, in any case")
def _():
    with Server(trust_forwarded="on") as server:
        for value, scheme in (("https,http", "https"), ("HTTPS", "https"), ("Http , https", "http"),
                              ("https, http", "https"), ("gopher", "http"), ("", "http"), (",https", "http")):
            answer = json_call(server, "CreateQueue", {"QueueName": "q"}, headers={"X-Forwarded-Proto": value})
            equal(answer.json()["QueueUrl"].split(":")[0], scheme, value)


@case("answers: one bad delay fails a whole FIFO batch, and one entry of a standard one")
def _():
    server = shared()
    url = create(server)
    entries = [{"Id": "a", "MessageBody": "a", "MessageGroupId": "g"},
               {"Id": "b", "MessageBody": "b", "MessageGroupId": "g", "DelaySeconds": 901}]
    got = call(server, "SendMessageBatch", QueueUrl=url, Entries=entries)
    equal([row["Id"] for row in got["Successful"]], ["a"])
    equal(got["Failed"], [{"Id": "b", "Code": "InvalidParameterValue", "SenderFault": True, "Message":
                           "Value 901 for parameter DelaySeconds is invalid. Reason: DelaySeconds must be >= 0 and "
                           "<= 900."}])
    ordered = fifo(server)
    for delay in (1, 901, -1):
        entries[1]["DelaySeconds"] = delay
        is_error(json_call(server, "SendMessageBatch", {"QueueUrl": ordered, "Entries": entries}),
                 "InvalidParameterValueException",
                 f"Value {delay} for parameter DelaySeconds is invalid. Reason: {NOT_ON_STANDARD}.")
    equal(counts(server, ordered), (0, 0, 0))


@case("answers: a data type with an empty label, and null in maps and lists of JSON")
def _():
    server = shared()
    url = create(server)
    for kind, value in (("String.", {"StringValue": "1"}), ("Number.", {"StringValue": "1"}),
                        ("Binary.", {"BinaryValue": "AQ=="})):
        attributes = {"k": {"DataType": kind, **value}}
        send(server, url, "x", MessageAttributes=attributes)
        got = receive(server, url, MessageAttributeNames=["All"])[0]
        equal(got["MessageAttributes"], attributes)
    send(server, url, "null", MessageAttributes={"k": None, "l": {"DataType": "String", "StringValue": "v",
                                                                 "BinaryValue": None}})
    got = receive(server, url, MessageAttributeNames=["All", None])[0]
    equal(got["MessageAttributes"], {"l": {"DataType": "String", "StringValue": "v"}})
    call(server, "SetQueueAttributes", QueueUrl=url, Attributes={"VisibilityTimeout": "7", "DelaySeconds": None})
    call(server, "TagQueue", QueueUrl=url, Tags={"a": None, "b": "1"})
    equal(tags(server, url), {"b": "1"})
    is_error(json_call(server, "SendMessageBatch", {"QueueUrl": url, "Entries": [None]}), "EmptyBatchRequest")


@case("answers: lists of the query protocol under the names of JSON are told, not dropped")
def _():
    server = shared()
    url = create(server)
    for more, text in (({"Entries.1.Id": "a"}, "Top level element may not be treated as a list"),
                       ({"Entries.member.1.Id": "a"}, "Start of list found where not expected")):
        is_xml_error(query_call(server, {"Action": "SendMessageBatch", "QueueUrl": url, **more}), 400,
                     "MalformedInput", text)
    for more, text in (({"MessageAttributeNames.member.1": "All"}, "Start of list found where not expected"),
                       ({"AttributeNames.1": "All"}, "Top level element may not be treated as a list")):
        is_xml_error(query_call(server, {"Action": "ReceiveMessage", "QueueUrl": url, **more}), 400,
                     "MalformedInput", text)


# ---- what an SDK repeats ----

def repeated(server, operation, invocation="i-1", **members):
    answer = json_call(server, operation, members, headers={"amz-sdk-invocation-id": invocation})
    equal(answer.status, 200, answer)
    return answer.json()


@case("answers: an invocation id with another content is another message")
def _():
    server = shared()
    url, other = create(server), create(server)
    attribute = {"k": {"DataType": "String", "StringValue": "v"}}
    trace = {"AWSTraceHeader": {"DataType": "String", "StringValue": "Root=1"}}
    variants = [
        {"MessageBody": "a"}, {"MessageBody": "b"}, {"MessageBody": "a", "DelaySeconds": 0},
        {"MessageBody": "a", "MessageGroupId": "g"}, {"MessageBody": "a", "MessageGroupId": "h"},
        {"MessageBody": "a", "MessageAttributes": attribute},
        {"MessageBody": "a", "MessageAttributes": {"k": {"DataType": "String.x", "StringValue": "v"}}},
        {"MessageBody": "a", "MessageAttributes": {"k": {"DataType": "Binary", "BinaryValue": "dg=="}}},
        {"MessageBody": "a", "MessageAttributes": {"kv": {"DataType": "String", "StringValue": "v"}}},
        {"MessageBody": "a", "MessageSystemAttributes": trace},
    ]
    first = [repeated(server, "SendMessage", QueueUrl=url, **members)["MessageId"] for members in variants]
    again = [repeated(server, "SendMessage", QueueUrl=url, **members)["MessageId"] for members in variants]
    equal(again, first)
    equal(len(set(first)), len(variants), first)
    equal(sum(counts(server, url)), len(variants))
    elsewhere = repeated(server, "SendMessage", QueueUrl=other, MessageBody="a")["MessageId"]
    check(elsewhere not in first)
    check(repeated(server, "SendMessage", "i-2", QueueUrl=url, MessageBody="a")["MessageId"] not in first)
    delayed = repeated(server, "SendMessage", QueueUrl=url, MessageBody="a", DelaySeconds=5)["MessageId"]
    check(delayed not in first)


@case("answers: an invocation id with another content, FIFO and batches")
def _():
    server = shared()
    url, ordered = create(server), create(server, {"FifoQueue": "true"})
    one = {"MessageBody": "a", "MessageGroupId": "g", "MessageDeduplicationId": "d1"}
    ids = [repeated(server, "SendMessage", QueueUrl=ordered, **message)["MessageId"] for message in (
        one, one, {**one, "MessageDeduplicationId": "d2"}, {**one, "MessageDeduplicationId": "d3",
                                                           "MessageGroupId": "h"})]
    equal(len(set(ids)), 3, ids)
    equal(ids[0], ids[1])

    def batch(**texts):
        got = repeated(server, "SendMessageBatch", QueueUrl=url, Entries=[
            {"Id": name, "MessageBody": text} for name, text in texts.items()])
        return {row["Id"]: row["MessageId"] for row in got["Successful"]}

    first = batch(a="1", b="2")
    equal(batch(a="1", b="2"), first)
    changed = batch(a="1", b="3")
    check(changed["b"] != first["b"], "the entry with another body is another message")
    swapped = batch(a="2", b="1")
    check(not set(swapped.values()) & set(first.values()), "ids of entries count")
    equal(sorted(bodies(receive(server, url, MaxNumberOfMessages=10))), sorted(
        ["1", "2", "3", "1", "2"]))
    equal(changed["a"], first["a"])


@case("answers: a query send repeated under an invocation id")
def _():
    server = shared()
    url = create(server)

    def post(body):
        return query_call(server, {"Action": "SendMessage", "QueueUrl": url, "MessageBody": body},
                          headers={"amz-sdk-invocation-id": "q-1"}).text.split("<MessageId>")[1].split("<")[0]

    first = post("a")
    equal(post("a"), first)
    check(post("b") != first)
    equal(counts(server, url)[0], 2)

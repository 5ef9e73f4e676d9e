"""Rules of parameters, attributes and messages: reference C and D, as tables of request and answer."""
import hashlib
import json

from harness import (ACCOUNT, arn, bodies, call, case, check, create, equal, fresh_name, is_error, json_call, ok,
                     receive, send, shared)

INVALID = "InvalidParameterValueException"
MISSING = "MissingRequiredParameterException"


def refuse(server, rows, **common):
    """Each row is (operation, members, error name, text or None)."""
    for operation, members, name, text in rows:
        answer = json_call(server, operation, {**common, **members})
        try:
            is_error(answer, name, text)
        except AssertionError as problem:
            raise AssertionError(f"{operation} {json.dumps(members)[:200]}: {problem}") from None


def unknown(name):
    return f"Unknown Attribute {name}."


def bad_value(name):
    return f"Invalid value for the parameter {name}."


def attribute(kind="String", **value):
    return {"DataType": kind, **value}


@case("rules: names of queues")
def _():
    text = "Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length"
    fifo_text = ("The name of a FIFO queue can only include alphanumeric characters, hyphens, or underscores, must end "
                 "with .fifo suffix and be 1 to 80 in length")
    server = shared()
    refuse(server, [("CreateQueue", {"QueueName": name}, INVALID, text)
                    for name in ("a/b", "a b", "a.b", "a" * 81, "x.fifo", "\u00e9", "a:b", "a\n")])
    refuse(server, [("CreateQueue", {"QueueName": name, "Attributes": {"FifoQueue": "true"}}, INVALID, fifo_text)
                    for name in ("x", ".fifo", "a b.fifo", "a" * 76 + ".fifo")])
    refuse(server, [("CreateQueue", {"QueueName": ""}, INVALID, "Queue name cannot be empty"),
                    ("CreateQueue", {}, INVALID, None)])
    for name in ("a" * 80, "A_b-9", "a" * 75 + ".fifo"):
        attributes = {"Attributes": {"FifoQueue": "true"}} if name.endswith(".fifo") else {}
        ok(json_call(server, "CreateQueue", {"QueueName": name, **attributes}))


@case("rules: names of queues are case-sensitive")
def _():
    server = shared()
    name = fresh_name("case")
    check(create(server, name=name) != create(server, name=name.upper()))


@case("rules: attributes that a new queue refuses")
def _():
    server = shared()
    rows = [("FifoQueue", "false", "InvalidAttributeName", unknown("FifoQueue")),
            ("ContentBasedDeduplication", "true", "InvalidAttributeName", unknown("ContentBasedDeduplication")),
            ("DeduplicationScope", "queue", "InvalidAttributeName",
             "You can specify the DeduplicationScope only when FifoQueue is set to true."),
            ("FifoThroughputLimit", "perQueue", "InvalidAttributeName",
             "You can specify the FifoThroughputLimit only when FifoQueue is set to true."),
            ("Foobar", "1", "InvalidAttributeName", unknown("Foobar")),
            ("QueueArn", "x", "InvalidAttributeName", unknown("QueueArn")),
            ("ApproximateNumberOfMessages", "1", "InvalidAttributeName", unknown("ApproximateNumberOfMessages"))]
    for name, low, high in (("DelaySeconds", 0, 900), ("MaximumMessageSize", 1024, 1048576),
                            ("MessageRetentionPeriod", 60, 1209600), ("ReceiveMessageWaitTimeSeconds", 0, 20),
                            ("VisibilityTimeout", 0, 43200)):
        for value in (str(low - 1), str(high + 1), "", " 1", "1.5", "+5", "x", "99999999999999999999"):
            rows.append((name, value, "InvalidAttributeValue", bad_value(name)))
        for value in (low, high):
            create(server, {name: str(value)})
    refuse(server, [("CreateQueue", {"QueueName": fresh_name(), "Attributes": {name: value}}, error, text)
                    for name, value, error, text in rows])


@case("rules: creating again compares only what is supplied, with the current values")
def _():
    server = shared()
    name = fresh_name()
    url = create(server, {"VisibilityTimeout": "5", "DelaySeconds": "1"}, name)
    for attributes in ({}, {"VisibilityTimeout": "5"}, {"DelaySeconds": "1", "MaximumMessageSize": "1048576"}):
        equal(create(server, attributes, name), url)
    call(server, "SetQueueAttributes", QueueUrl=url, Attributes={"VisibilityTimeout": "6"})
    equal(create(server, {"VisibilityTimeout": "6"}, name), url)
    refuse(server, [("CreateQueue", {"QueueName": name, "Attributes": {"VisibilityTimeout": "5"}}, "QueueNameExists",
                     "A queue already exists with the same name and a different value for attribute "
                     "VisibilityTimeout")])
    fifo = create(server, {"FifoQueue": "True", "ContentBasedDeduplication": "True"}, name + ".fifo")
    equal(create(server, {"FifoQueue": "true", "ContentBasedDeduplication": "true"}, name + ".fifo"), fifo)


@case("rules: attributes of a new queue")
def _():
    server = shared()
    standard = {"ApproximateNumberOfMessages", "ApproximateNumberOfMessagesDelayed",
                "ApproximateNumberOfMessagesNotVisible", "CreatedTimestamp", "DelaySeconds", "LastModifiedTimestamp",
                "MaximumMessageSize", "MessageRetentionPeriod", "QueueArn", "ReceiveMessageWaitTimeSeconds",
                "SqsManagedSseEnabled", "VisibilityTimeout"}
    url = create(server)
    got = call(server, "GetQueueAttributes", QueueUrl=url, AttributeNames=["All"])["Attributes"]
    equal(set(got), standard)
    equal(got["QueueArn"], arn(url))
    check(all(isinstance(value, str) for value in got.values()), got)
    fifo = create(server, {"FifoQueue": "True"})
    got = call(server, "GetQueueAttributes", QueueUrl=fifo, AttributeNames=["All"])["Attributes"]
    equal(set(got), standard | {"ContentBasedDeduplication", "DeduplicationScope", "FifoQueue", "FifoThroughputLimit"})
    equal([got[name] for name in ("FifoQueue", "ContentBasedDeduplication", "DeduplicationScope",
                                  "FifoThroughputLimit")], ["true", "false", "queue", "perQueue"])
    refuse(server, [("GetQueueAttributes", {"AttributeNames": [name]}, "InvalidAttributeName", unknown(name))
                    for name in ("Foobar", "", "SenderId")], QueueUrl=url)


@case("rules: what SetQueueAttributes refuses")
def _():
    server = shared()
    url, fifo = create(server), create(server, {"FifoQueue": "true"})
    set_rows = [(url, {}, MISSING, "The request must contain the parameter Attribute.Name."),
                (url, {"Foobar": "1"}, "InvalidAttributeName", unknown("Foobar")),
                (url, {"CreatedTimestamp": "1"}, "InvalidAttributeName", unknown("CreatedTimestamp")),
                (url, {"FifoQueue": "true"}, "InvalidAttributeName", unknown("FifoQueue")),
                (url, {"FifoQueue": "false"}, "InvalidAttributeName", unknown("FifoQueue")),
                (fifo, {"FifoQueue": "false"}, "InvalidAttributeValue",
                 "Invalid value for the parameter FifoQueue. Reason: Modifying queue type is not supported."),
                (fifo, {"FifoThroughputLimit": "perMessageGroupId"}, "InvalidAttributeValue", None),
                (fifo, {"DeduplicationScope": "group"}, "InvalidAttributeValue", None),
                (url, {"KmsMasterKeyId": "key", "SqsManagedSseEnabled": "true"}, "InvalidAttributeName",
                 "You can use one type of server-side encryption (SSE) at one time. You can either enable KMS SSE or "
                 "SQS SSE."),
                (url, {"VisibilityTimeout": "43201"}, "InvalidAttributeValue", bad_value("VisibilityTimeout"))]
    refuse(server, [("SetQueueAttributes", {"QueueUrl": queue, "Attributes": attributes}, name, text)
                    for queue, attributes, name, text in set_rows])
    # One bad value changes nothing.
    refuse(server, [("SetQueueAttributes", {"QueueUrl": url, "Attributes": {
        "DelaySeconds": "5", "VisibilityTimeout": "x"}}, "InvalidAttributeValue", None)])
    equal(call(server, "GetQueueAttributes", QueueUrl=url, AttributeNames=["DelaySeconds"])["Attributes"],
          {"DelaySeconds": "0"})
    call(server, "SetQueueAttributes", QueueUrl=fifo, Attributes={"FifoQueue": "true"})
    call(server, "SetQueueAttributes", QueueUrl=fifo, Attributes={
        "FifoThroughputLimit": "perMessageGroupId", "DeduplicationScope": "messageGroup"})


@case("rules: encryption attributes exclude each other")
def _():
    server = shared()
    url = create(server)

    def show():
        names = ["KmsMasterKeyId", "KmsDataKeyReusePeriodSeconds", "SqsManagedSseEnabled"]
        return call(server, "GetQueueAttributes", QueueUrl=url, AttributeNames=names)["Attributes"]

    def put(**attributes):
        call(server, "SetQueueAttributes", QueueUrl=url, Attributes=attributes)

    put(KmsMasterKeyId="testKeyId")
    equal({name: value for name, value in show().items() if name != "KmsDataKeyReusePeriodSeconds"},
          {"KmsMasterKeyId": "testKeyId", "SqsManagedSseEnabled": "false"})
    put(KmsMasterKeyId="")
    equal(show(), {"SqsManagedSseEnabled": "false"})
    put(KmsMasterKeyId="testKeyId")
    put(SqsManagedSseEnabled="true")
    equal(show(), {"SqsManagedSseEnabled": "true"})


@case("rules: redrive policies")
def _():
    server = shared()
    dead, url, fifo = create(server), create(server), create(server, {"FifoQueue": "true"})

    def row(policy, reason):
        text = policy if isinstance(policy, str) else json.dumps(policy)
        return ("SetQueueAttributes", {"Attributes": {"RedrivePolicy": text}}, INVALID,
                f"Value {text} for parameter RedrivePolicy is invalid. Reason: {reason}")

    count = "Invalid value for maxReceiveCount: {}, valid values are from 1 to 1000 both inclusive."
    mandatory = "Redrive policy does not contain mandatory attribute: {}."
    refuse(server, [
        row({}, mandatory.format("maxReceiveCount")),
        row({"deadLetterTargetArn": arn(dead)}, mandatory.format("maxReceiveCount")),
        row({"maxReceiveCount": 3}, mandatory.format("deadLetterTargetArn")),
        row({"deadLetterTargetArn": arn(dead), "maxReceiveCount": 0}, count.format(0)),
        row({"deadLetterTargetArn": arn(dead), "maxReceiveCount": 1001}, count.format(1001)),
        row({"deadLetterTargetArn": "dummy", "maxReceiveCount": 3}, "Invalid value for deadLetterTargetArn."),
        row({"deadLetterTargetArn": arn(dead) + "-missing", "maxReceiveCount": 3},
            "Dead letter target does not exist."),
        row({"deadLetterTargetArn": arn(fifo), "maxReceiveCount": 3},
            "Dead-letter queue must be same type of queue as the source.."),
    ], QueueUrl=url)
    for policy in ({"deadLetterTargetArn": arn(dead), "maxReceiveCount": "7"},
                   {"maxReceiveCount": 7, "deadLetterTargetArn": arn(dead)}):
        call(server, "SetQueueAttributes", QueueUrl=url, Attributes={"RedrivePolicy": json.dumps(policy, indent=1)})
        got = call(server, "GetQueueAttributes", QueueUrl=url, AttributeNames=["RedrivePolicy"])["Attributes"]
        equal(got["RedrivePolicy"], f'{{"deadLetterTargetArn":"{arn(dead)}","maxReceiveCount":7}}')
    call(server, "SetQueueAttributes", QueueUrl=url, Attributes={"RedrivePolicy": ""})
    call(server, "SetQueueAttributes", QueueUrl=url, Attributes={"RedrivePolicy": ""})
    check("Attributes" not in call(server, "GetQueueAttributes", QueueUrl=url, AttributeNames=["RedrivePolicy"]))


@case("rules: redrive allow policies")
def _():
    server = shared()
    dead, url = create(server), create(server)
    policy = json.dumps({"deadLetterTargetArn": arn(dead), "maxReceiveCount": 3})

    def allow(document):
        return json_call(server, "SetQueueAttributes", {
            "QueueUrl": dead, "Attributes": {"RedriveAllowPolicy": json.dumps(document)}})

    def attach():
        return json_call(server, "SetQueueAttributes", {"QueueUrl": url, "Attributes": {"RedrivePolicy": policy}})

    ok(allow({"redrivePermission": "denyAll"}))
    is_error(attach(), INVALID)
    ok(allow({"redrivePermission": "byQueue", "sourceQueueArns": [arn(url) + "-other"]}))
    is_error(attach(), INVALID)
    ok(allow({"redrivePermission": "byQueue", "sourceQueueArns": [arn(url)]}))
    ok(attach())
    is_error(allow({"redrivePermission": "byQueue"}), INVALID)
    is_error(allow({"redrivePermission": "denyAll", "sourceQueueArns": [arn(url)]}), INVALID)
    is_error(allow({"redrivePermission": "byQueue", "sourceQueueArns": [arn(url)] * 11}), INVALID)
    is_error(allow({"redrivePermission": "sometimes"}), "InvalidAttributeValue")


@case("rules: receive parameters")
def _():
    server = shared()
    ten = "Value {} for parameter MaxNumberOfMessages is invalid. Reason: Must be between 1 and 10, if provided."
    wait = "Value {} for parameter WaitTimeSeconds is invalid. Reason: Must be >= 0 and <= 20, if provided."
    hide = "Value {} for parameter VisibilityTimeout is invalid. Reason: Must be >= 0 and <= 43200, if provided."
    rows = [("ReceiveMessage", {name: value}, INVALID, text.format(value)) for name, text, values in (
        ("MaxNumberOfMessages", ten, (0, 11, -1)), ("WaitTimeSeconds", wait, (-1, 21)),
        ("VisibilityTimeout", hide, (-1, 43201))) for value in values]
    url = create(server)
    refuse(server, rows, QueueUrl=url)
    # Without meaning on a standard queue, and sent by some frameworks all the same.
    call(server, "ReceiveMessage", QueueUrl=url, ReceiveRequestAttemptId="attempt")


@case("rules: visibility parameters and receipt handles")
def _():
    server = shared()
    url, other = create(server), create(server)
    send(server, url)
    handle = receive(server, url)[0]["ReceiptHandle"]
    between = "Value {} for parameter VisibilityTimeout is invalid. Reason: Must be between 0 and 43200."
    garbage = 'The input receipt handle "{}" is not a valid receipt handle.'
    refuse(server, [
        ("ChangeMessageVisibility", {"ReceiptHandle": handle, "VisibilityTimeout": 43201}, INVALID,
         between.format(43201)),
        ("ChangeMessageVisibility", {"ReceiptHandle": handle, "VisibilityTimeout": -1}, INVALID, between.format(-1)),
        ("ChangeMessageVisibility", {"ReceiptHandle": "garbage", "VisibilityTimeout": 1}, "ReceiptHandleIsInvalid",
         garbage.format("garbage")),
        ("DeleteMessage", {"ReceiptHandle": "garbage"}, "ReceiptHandleIsInvalid", garbage.format("garbage")),
        ("DeleteMessage", {"ReceiptHandle": handle[:-4] + "AAAA"}, "ReceiptHandleIsInvalid", None),
        ("DeleteMessage", {"ReceiptHandle": "x" * 5000}, "ReceiptHandleIsInvalid", None)], QueueUrl=url)
    is_error(json_call(server, "DeleteMessage", {"QueueUrl": other, "ReceiptHandle": handle}),
             "ReceiptHandleIsInvalid", f'The receipt handle "{handle}" is not valid for this queue.')
    call(server, "DeleteMessage", QueueUrl=url, ReceiptHandle=handle)
    is_error(json_call(server, "ChangeMessageVisibility", {
        "QueueUrl": url, "ReceiptHandle": handle, "VisibilityTimeout": 1}), INVALID,
             f"Value {handle} for parameter ReceiptHandle is invalid. Reason: Message does not exist or is not "
             "available for visibility timeout change.")


@case("rules: permissions")
def _():
    server = shared()
    url = create(server)
    reason = "Value SQS:{} for parameter ActionName is invalid. Reason: "
    row = {"Label": "l", "AWSAccountIds": [ACCOUNT], "Actions": ["SendMessage"]}
    refuse(server, [
        ("AddPermission", {**row, "Actions": ["Foo"]}, INVALID, reason.format("Foo") +
         "Please refer to the appropriate WSDL for a list of valid actions. "),
        ("AddPermission", {**row, "Actions": ["CreateQueue"]}, INVALID, reason.format("CreateQueue") +
         "Only the queue owner is allowed to invoke this action."),
        ("AddPermission", {**row, "Label": ""}, MISSING, "The request must contain the parameter Label."),
        ("RemovePermission", {"Label": "none"}, INVALID,
         "Value none for parameter Label is invalid. Reason: can't find label.")], QueueUrl=url)
    call(server, "AddPermission", QueueUrl=url, **row)
    refuse(server, [("AddPermission", {**row, "Actions": ["ReceiveMessage"]}, INVALID,
                     "Value l for parameter Label is invalid. Reason: Already exists.")], QueueUrl=url)
    call(server, "AddPermission", QueueUrl=url, **{**row, "Label": "two", "Actions": ["*"]})
    policy = call(server, "GetQueueAttributes", QueueUrl=url, AttributeNames=["Policy"])["Attributes"]["Policy"]
    equal([statement["Sid"] for statement in json.loads(policy)["Statement"]], ["l", "two"])
    call(server, "RemovePermission", QueueUrl=url, Label="l")
    call(server, "SetQueueAttributes", QueueUrl=url, Attributes={"Policy": ""})
    check("Attributes" not in call(server, "GetQueueAttributes", QueueUrl=url, AttributeNames=["Policy"]))


@case("rules: tags")
def _():
    server = shared()
    url = create(server)
    name = url.split("/")[-1]
    refuse(server, [
        ("TagQueue", {"Tags": {}}, MISSING, "The request must contain the parameter Tags."),
        ("TagQueue", {"Tags": {f"k{number}": "v" for number in range(51)}}, INVALID,
         f"Too many tags added for queue {name}."),
        ("UntagQueue", {"TagKeys": []}, INVALID, "Tag keys must be between 1 and 128 characters in length.")],
        QueueUrl=url)
    check("Tags" not in call(server, "ListQueueTags", QueueUrl=url))
    call(server, "TagQueue", QueueUrl=url, Tags={"Key": "a", "key": "", "\u00e9 _.:/=+-@": "\u4e2d"})
    equal(call(server, "ListQueueTags", QueueUrl=url)["Tags"], {"Key": "a", "key": "", "\u00e9 _.:/=+-@": "\u4e2d"})


@case("rules: characters of bodies")
def _():
    server = shared()
    url = create(server)
    text = ("Invalid binary character '#x{:X}' was found in the message body, the set of allowed characters is "
            "#x9 | #xA | #xD | [#x20-#xD7FF] | [#xE000-#xFFFD] | [#x10000-#x10FFFF].")
    refuse(server, [("SendMessage", {"MessageBody": "ab" + chr(point)}, "InvalidMessageContents", text.format(point))
                    for point in (0, 1, 7, 8, 0xb, 0xc, 0xe, 0x1f, 0xfffe, 0xffff)], QueueUrl=url)


@case("rules: sizes")
def _():
    server = shared()
    url, small = create(server), create(server, {"MaximumMessageSize": "1024"})
    single = "One or more parameters are invalid. Reason: Message must be shorter than {} bytes."
    send(server, url, "x" * 1048576)
    send(server, small, "\u00e9" * 512)
    named = {"ab": attribute(StringValue="c" * 10)}  # 2 + 6 + 10 bytes
    send(server, small, "x" * (1024 - 18), MessageAttributes=named)
    refuse(server, [
        ("SendMessage", {"QueueUrl": url, "MessageBody": "x" * 1048577}, INVALID, single.format(1048576)),
        ("SendMessage", {"QueueUrl": small, "MessageBody": "\u00e9" * 512 + "x"}, INVALID, single.format(1024)),
        ("SendMessage", {"QueueUrl": small, "MessageBody": "x" * (1025 - 18), "MessageAttributes": named}, INVALID,
         single.format(1024)),
        ("SendMessageBatch", {"QueueUrl": url, "Entries": [
            {"Id": str(n), "MessageBody": "x" * (104857 + (7 if n == 9 else 0))} for n in range(10)]},
         "BatchRequestTooLong", "Batch requests cannot be longer than 1048576 bytes. You have sent 1048577 bytes."),
        ("SendMessageBatch", {"QueueUrl": small, "Entries": [{"Id": "a", "MessageBody": "x" * 1048577}]},
         "BatchRequestTooLong", None)])
    got = call(server, "SendMessageBatch", QueueUrl=small, Entries=[
        {"Id": "a", "MessageBody": "x" * 1025}, {"Id": "b", "MessageBody": "x" * 1024}])
    equal(got["Failed"], [{"Id": "a", "Code": "InvalidParameterValue", "SenderFault": True, "Message":
                           "One or more parameters cannot be validated. Reason: Message must be shorter than 1024 "
                           "bytes."}])
    equal([entry["Id"] for entry in got["Successful"]], ["b"])


@case("rules: message attributes")
def _():
    server = shared()
    url = create(server)
    some = attribute(StringValue="x")
    reserved = ("You can't use message attribute names beginning with 'AWS.' or 'Amazon.'. These strings are reserved "
                "for internal use. Additionally, they cannot start or end with '.'.")
    rows = [
        ({f"a{number}": some for number in range(11)},
         "Number of message attributes [11] exceeds the allowed maximum [10]."),
        ({"AWS.x": some}, reserved), ({"amazon.x": some}, reserved), ({".x": some}, reserved), ({"x.": some}, reserved),
        ({"a!": some}, None), ({"a b": some}, None), ({"x" * 257: some}, None), ({"": some}, None),
        ({"x": attribute("Date", StringValue="x")}, "The type of message (user) attribute 'x' is invalid. You must use "
         "only the following supported type prefixes: Binary, Number, String."),
        ({"x": {"StringValue": "x"}}, None), ({"x": attribute("", StringValue="x")}, None),
        ({"x": attribute()}, "The message (user) attribute 'x' must contain a non-empty message attribute value."),
        ({"x": attribute("Binary", StringValue="x")},
         "The message (user) attribute 'x' must contain a non-empty message attribute value."),
        ({"x": attribute(StringValue="")},
         "Message (user) attribute 'x' must contain a non-empty value of type 'String'."),
        ({"x": attribute("Number", StringValue="ten")},
         "Can't cast the value of message (user) attribute 'x' to a number."),
        ({"x": attribute(StringValue="\x01")}, None)]
    refuse(server, [("SendMessage", {"MessageBody": "x", "MessageAttributes": attributes}, INVALID, text)
                    for attributes, text in rows], QueueUrl=url)
    refuse(server, [("SendMessage", {"MessageBody": "x", "MessageAttributes": {
        "x": attribute(StringValue="a", StringListValues=["x"])}}, "UnsupportedOperation",
        "Message attribute list values in SendMessage operation are not supported.")], QueueUrl=url)
    fine = {"a..b": some, "\u00f8": some, "n": attribute("Number.x", StringValue="-1.5e10"), "A-_.9": some}
    sent = send(server, url, MessageAttributes=fine)
    message, = receive(server, url, MessageAttributeNames=["All"])
    equal(message["MessageAttributes"], fine)
    equal(message["MD5OfMessageAttributes"], sent["MD5OfMessageAttributes"])
    check("MD5OfMessageAttributes" not in send(server, url, MessageAttributes={}))
    refuse(server, [("SendMessage", {"MessageBody": "x", "MessageSystemAttributes": {"Foo": some}}, INVALID, None)],
           QueueUrl=url)


@case("rules: digests of attributes")
def _():
    server = shared()
    url = create(server)
    for attributes, digest in (
            ({"timestamp": attribute("Number", StringValue="1493147359900")}, "235c5c510d26fb653d073faed50ae77c"),
            ({"MyAttribute": attribute(StringValue="foobar")}, "adb59cd4678ea5a855436b949cd07ab6"),
            ({"test-key": attribute(StringValue="test-value")}, "befa18540a897f7d022bf07057754a03"),
            ({"color": attribute(StringValue="blue"), "count": attribute("Number", StringValue="3"),
              "blob": attribute("Binary", BinaryValue="AQID")}, "d838729972a4b70e2d2acd9d59ac847c")):
        equal(send(server, url, MessageAttributes=attributes)["MD5OfMessageAttributes"], digest)


@case("rules: groups and deduplication ids")
def _():
    server = shared()
    url, fifo, plain = create(server), create(server, {"FifoQueue": "true", "ContentBasedDeduplication": "true"}), \
        create(server, {"FifoQueue": "true"})
    syntax = "Value {1} for parameter {0} is invalid. Reason: {0} can only include alphanumeric and punctuation " \
             "characters. 1 to 128 in length."
    dedup = "The queue should either have ContentBasedDeduplication enabled or MessageDeduplicationId provided explicitly"
    rows = []
    for queue in (url, fifo):
        for value in ("", "a b", "\u00e9", "x" * 129):
            rows.append(("SendMessage", {"QueueUrl": queue, "MessageGroupId": value}, INVALID,
                         syntax.format("MessageGroupId", value)))
    rows += [
        ("SendMessage", {"QueueUrl": fifo, "MessageGroupId": "g", "MessageDeduplicationId": ""}, INVALID,
         syntax.format("MessageDeduplicationId", "")),
        ("SendMessage", {"QueueUrl": fifo}, MISSING, "The request must contain the parameter MessageGroupId."),
        ("SendMessage", {"QueueUrl": plain, "MessageGroupId": "g"}, INVALID, dedup),
        ("SendMessage", {"QueueUrl": url, "MessageDeduplicationId": "d"}, INVALID, None),
        ("SendMessage", {"QueueUrl": fifo, "MessageGroupId": "g", "DelaySeconds": 2}, INVALID,
         "Value 2 for parameter DelaySeconds is invalid. Reason: The request include parameter that is not valid for "
         "this queue type."),
        ("SendMessage", {"QueueUrl": url, "DelaySeconds": 901}, INVALID,
         "Value 901 for parameter DelaySeconds is invalid. Reason: DelaySeconds must be >= 0 and <= 900."),
        ("SendMessage", {"QueueUrl": url, "DelaySeconds": -1}, INVALID,
         "Value -1 for parameter DelaySeconds is invalid. Reason: DelaySeconds must be >= 0 and <= 900."),
        ("SendMessageBatch", {"QueueUrl": fifo, "Entries": [{"Id": "a", "MessageBody": "x", "MessageGroupId": "g"},
                                                            {"Id": "b", "MessageBody": "x"}]}, INVALID,
         "The request must contain the parameter MessageGroupId."),
        ("SendMessageBatch", {"QueueUrl": plain, "Entries": [{"Id": "a", "MessageBody": "x", "MessageGroupId": "g"}]},
         INVALID, dedup)]
    refuse(server, rows, MessageBody="x")
    equal(receive(server, fifo), [])
    punctuation = "aZ09!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~"
    send(server, fifo, MessageGroupId=punctuation, MessageDeduplicationId=punctuation)
    message, = receive(server, fifo, MessageSystemAttributeNames=["MessageGroupId", "MessageDeduplicationId"])
    equal(message["Attributes"], {"MessageGroupId": punctuation, "MessageDeduplicationId": punctuation})
    send(server, url, MessageGroupId="fair")
    message, = receive(server, url, MessageSystemAttributeNames=["MessageGroupId"])
    equal(message["Attributes"], {"MessageGroupId": "fair"})
    send(server, fifo, "same", MessageGroupId="g2", DelaySeconds=0)
    message, = receive(server, fifo, MessageSystemAttributeNames=["MessageDeduplicationId"])
    equal(message["Attributes"], {"MessageDeduplicationId": hashlib.sha256(b"same").hexdigest()})


@case("rules: batches")
def _():
    server = shared()
    url = create(server)
    ids = "A batch entry id can only contain alphanumeric characters, hyphens and underscores. It can be at most 80 " \
          "letters long."
    rows = []
    for operation, entry in (("SendMessageBatch", {"MessageBody": "x"}),
                             ("DeleteMessageBatch", {"ReceiptHandle": "x"}),
                             ("ChangeMessageVisibilityBatch", {"ReceiptHandle": "x", "VisibilityTimeout": 1})):
        rows += [
            (operation, {}, MISSING, "The request must contain the parameter Entries."),
            (operation, {"Entries": []}, "EmptyBatchRequest",
             f"There should be at least one {operation}RequestEntry in the request."),
            (operation, {"Entries": [{"Id": str(n), **entry} for n in range(11)]}, "TooManyEntriesInBatchRequest",
             "Maximum number of entries per request are 10. You have sent 11."),
            (operation, {"Entries": [{"Id": "a", **entry}, entry]}, MISSING,
             f"The request must contain the parameter {operation}RequestEntry.2.Id."),
            (operation, {"Entries": [{"Id": "", **entry}]}, "InvalidBatchEntryId", ids),
            (operation, {"Entries": [{"Id": "x" * 81, **entry}]}, "InvalidBatchEntryId", ids),
            (operation, {"Entries": [{"Id": "a b", **entry}]}, "InvalidBatchEntryId", ids),
            (operation, {"Entries": [{"Id": i, **entry} for i in ("id_1", "id_2", "id_2")]},
             "BatchEntryIdsNotDistinct", "Id id_2 repeated.")]
    refuse(server, rows, QueueUrl=url)
    got = call(server, "SendMessageBatch", QueueUrl=url, Entries=[{"Id": "a"}, {"Id": "b", "MessageBody": "b"}])
    equal(got["Failed"], [{"Id": "a", "Code": "MissingParameter", "SenderFault": True, "Message":
                           "The request must contain the parameter SendMessageBatchRequestEntry.1.MessageBody."}])
    got = call(server, "DeleteMessageBatch", QueueUrl=url, Entries=[{"Id": "a"}])
    equal(got["Failed"], [{"Id": "a", "Code": "MissingParameter", "SenderFault": True,
                           "Message": "The request must contain the parameter ReceiptHandle."}])
    handle = receive(server, url)[0]["ReceiptHandle"]
    got = call(server, "ChangeMessageVisibilityBatch", QueueUrl=url, Entries=[
        {"Id": "low", "ReceiptHandle": handle, "VisibilityTimeout": -20}, {"Id": "ok", "ReceiptHandle": handle,
                                                                           "VisibilityTimeout": 20}])
    equal(got["Successful"], [{"Id": "ok"}])
    equal(got["Failed"], [{"Id": "low", "Code": "InvalidParameterValue", "SenderFault": True, "Message":
                           "Value -20 for parameter VisibilityTimeout is invalid. Reason: VisibilityTimeout must be an "
                           "integer between 0 and 43200."}])


@case("rules: selection of message attributes")
def _():
    server = shared()
    url = create(server)
    send(server, url, MessageAttributes={name: attribute(StringValue=name) for name in ("Help.Me", "Hello", "General")})
    for wanted, found in ((["*"], 3), (["All"], 3), ([".*"], 3), (["Hel.*"], 2), (["hello"], 0), (["!", "Hello"], 1),
                          (["Hello", "Hello"], 1), ([], 0), (["Help"], 0), (["Help.*", "G.*"], 2)):
        message, = receive(server, url, MessageAttributeNames=wanted, VisibilityTimeout=0)
        equal(len(message.get("MessageAttributes", {})), found, wanted)
        equal("MD5OfMessageAttributes" in message, found > 0, wanted)


@case("rules: selection of system attributes")
def _():
    server = shared()
    url = create(server)
    send(server, url)
    for members, found in (({}, None), ({"AttributeNames": ["All"]}, 4), ({"MessageSystemAttributeNames": ["All"]}, 4),
                           ({"AttributeNames": ["SenderId"], "MessageSystemAttributeNames": ["SentTimestamp"]}, 2),
                           ({"MessageSystemAttributeNames": ["Nonsense", "SenderId"]}, 1),
                           ({"AttributeNames": ["VisibilityTimeout"]}, None)):
        message, = receive(server, url, VisibilityTimeout=0, **members)
        equal(len(message["Attributes"]) if "Attributes" in message else None, found, members)


@case("rules: lists of queues")
def _():
    server = shared()
    prefix = fresh_name("list")
    for number in range(4):
        create(server, name=f"{prefix}_{number}")
    refuse(server, [
        ("ListQueues", {"MaxResults": 1001}, INVALID,
         "Value for parameter MaxResults is invalid. Reason: MaxResults must be an integer between 1 and 1000."),
        ("ListQueues", {"NextToken": "garbage", "MaxResults": 2}, INVALID, "Invalid or expired next token.")])
    got = call(server, "ListQueues", QueueNamePrefix=prefix + "_", MaxResults=4)
    equal((len(got["QueueUrls"]), "NextToken" in got), (4, False))
    got = call(server, "ListQueues", QueueNamePrefix=prefix + "_", MaxResults=3)
    equal((len(got["QueueUrls"]), "NextToken" in got), (3, True))
    equal(call(server, "ListQueues", QueueNamePrefix=(prefix + "_").upper()), {})


@case("rules: move tasks")
def _():
    server = shared()
    dead, plain, fifo = create(server), create(server), create(server, {"FifoQueue": "true"})
    create(server, {"RedrivePolicy": json.dumps({"deadLetterTargetArn": arn(dead), "maxReceiveCount": 1})})
    form = "You must use this format to specify the {}: arn:<partition>:<service>:<region>:<account-id>:<resource-id>"
    gone = "The resource that you specified for the {} parameter doesn't exist."
    refuse(server, [
        ("StartMessageMoveTask", {"SourceArn": "x"}, INVALID, form.format("SourceArn")),
        ("StartMessageMoveTask", {"SourceArn": arn(plain) + "-x"}, "ResourceNotFoundException",
         gone.format("SourceArn")),
        ("StartMessageMoveTask", {"SourceArn": arn(plain)}, INVALID,
         "Source queue must be configured as a Dead Letter Queue."),
        ("StartMessageMoveTask", {"SourceArn": arn(dead), "DestinationArn": arn(plain) + "-x"},
         "ResourceNotFoundException", gone.format("DestinationArn")),
        ("StartMessageMoveTask", {"SourceArn": arn(dead), "DestinationArn": arn(dead)}, INVALID,
         "Source queue arn and destination queue arn cannot be the same."),
        ("StartMessageMoveTask", {"SourceArn": arn(dead), "DestinationArn": arn(fifo)}, INVALID,
         "The source queue and destination queue must be of the same queue type."),
        ("StartMessageMoveTask", {"SourceArn": arn(dead), "MaxNumberOfMessagesPerSecond": 501}, INVALID,
         "Value for parameter MaxNumberOfMessagesPerSecond is invalid. Reason: You must enter a number that's between "
         "1 and 500."),
        ("CancelMessageMoveTask", {"TaskHandle": "garbage"}, INVALID, "Value for parameter TaskHandle is invalid."),
        ("ListMessageMoveTasks", {"SourceArn": arn(plain) + "-x"}, "ResourceNotFoundException",
         gone.format("SourceArn"))])


@case("rules: deleting a queue takes its messages, its name rests for a minute")
def _():
    server = shared()
    url = create(server)
    send(server, url)
    call(server, "DeleteQueue", QueueUrl=url)
    refuse(server, [("DeleteQueue", {"QueueUrl": url}, "QueueDoesNotExist", None),
                    ("ReceiveMessage", {"QueueUrl": url}, "QueueDoesNotExist", None),
                    ("CreateQueue", {"QueueName": url.split("/")[-1]}, "QueueDeletedRecently",
                     "You must wait 60 seconds after deleting a queue before you can create another with the same "
                     "name.")])


@case("rules: purging takes waiting, hidden and delayed messages")
def _():
    server = shared()
    url = create(server)
    for delay in (0, 0, 900):
        send(server, url, DelaySeconds=delay)
    handle = receive(server, url)[0]["ReceiptHandle"]
    call(server, "PurgeQueue", QueueUrl=url)
    equal(bodies(receive(server, url)), [])
    call(server, "DeleteMessage", QueueUrl=url, ReceiptHandle=handle)
    refuse(server, [("PurgeQueue", {}, "PurgeQueueInProgress",
                     f"Only one PurgeQueue operation on {url.split('/')[-1]} is allowed every 60 seconds.")],
           QueueUrl=url)

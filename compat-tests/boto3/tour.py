"""The tour with boto3. The same file serves both protocols: new versions speak JSON, old ones query.

Deliberately one claim a function, no cleverness: this is also the reference for the tours in other languages.
"""
import json
import os
import sys
import threading
import time

import boto3
import botocore.config
from botocore.exceptions import ClientError

ENDPOINT = os.environ["LEAT_ENDPOINT"]
PREFIX = os.environ["LEAT_PREFIX"]
QUERY = "query" in sys.argv[1:]

sqs = boto3.client("sqs", endpoint_url=ENDPOINT,
                   config=botocore.config.Config(retries={"max_attempts": 1}, read_timeout=40))
claims = []


def claim(text):
    def add(function):
        claims.append((text, function))
        return function

    return add


class Failed(Exception):
    pass


def check(fact, *details):
    if not fact:
        raise Failed(" ".join(str(detail) for detail in details) or "it is not so")


def equal(got, want):
    check(got == want, "got", repr(got), "want", repr(want))


def create(name, attributes=None, tags=None):
    return sqs.create_queue(QueueName=PREFIX + name, Attributes=attributes or {}, tags=tags or {})["QueueUrl"]


def fifo(name, **attributes):
    return create(name + ".fifo", {"FifoQueue": "true", "ContentBasedDeduplication": "true", **attributes})


def arn(url):
    return sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]


def receive(url, count=1, **options):
    return sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=count, **options).get("Messages", [])


def system(*names):
    """How this version asks for system attributes."""
    return {"AttributeNames": list(names)} if QUERY else {"MessageSystemAttributeNames": list(names)}


def refused(code, function, modelled=True, **arguments):
    """The call fails with this code, and as the exception class of that name where the API has one."""
    try:
        function(**arguments)
    except ClientError as error:
        name = code.split(".")[-1]
        name = {"NonExistentQueue": "QueueDoesNotExist", "QueueAlreadyExists": "QueueNameExists"}.get(name, name)
        got = error.response["Error"]["Code"]
        if QUERY:
            # These versions know no error traits: the code is all there is.
            equal(got, code)
        else:
            equal(got, code)
            if modelled:
                equal(type(error).__name__, name)
        return error.response["Error"]["Message"]
    raise Failed("the call succeeded")


@claim("create queue with attributes and tags")
def _():
    url = create("main", {"VisibilityTimeout": "45", "DelaySeconds": "0"}, {"team": "water", "empty": ""})
    got = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["VisibilityTimeout"])["Attributes"]
    equal(got, {"VisibilityTimeout": "45"})
    equal(sqs.list_queue_tags(QueueUrl=url)["Tags"], {"team": "water", "empty": ""})


@claim("create queue again gives the same url")
def _():
    equal(create("main", {"VisibilityTimeout": "45"}), create("main"))


@claim("queue url ends in account and name")
def _():
    url = create("main")
    parts = url.split("/")
    equal(parts[-1], PREFIX + "main")
    check(len(parts) == 5 and len(parts[3]) == 12 and parts[3].isdigit(), url)
    check(url.startswith(ENDPOINT + "/"), url)


@claim("get queue url")
def _():
    equal(sqs.get_queue_url(QueueName=PREFIX + "main")["QueueUrl"], create("main"))


@claim("list queues by prefix in pages")
def _():
    wanted = sorted(create(f"page-{number}") for number in range(5))
    found, token, pages = [], None, 0
    while True:
        more = {"NextToken": token} if token else {}
        page = sqs.list_queues(QueueNamePrefix=PREFIX + "page-", MaxResults=2, **more)
        check(len(page["QueueUrls"]) <= 2, page)
        found += page["QueueUrls"]
        pages += 1
        token = page.get("NextToken")
        if not token:
            break
    equal(sorted(found), wanted)
    equal(pages, 3)
    equal(sorted(sqs.list_queues(QueueNamePrefix=PREFIX + "page-")["QueueUrls"]), wanted)
    check("QueueUrls" not in sqs.list_queues(QueueNamePrefix=PREFIX + "nothing-here"))


@claim("get queue attributes")
def _():
    got = sqs.get_queue_attributes(QueueUrl=create("main"), AttributeNames=["All"])["Attributes"]
    for name, value in {"VisibilityTimeout": "45", "MaximumMessageSize": "1048576", "DelaySeconds": "0",
                        "MessageRetentionPeriod": "345600", "ReceiveMessageWaitTimeSeconds": "0",
                        "SqsManagedSseEnabled": "true", "ApproximateNumberOfMessages": "0",
                        "ApproximateNumberOfMessagesNotVisible": "0",
                        "ApproximateNumberOfMessagesDelayed": "0"}.items():
        equal((name, got.get(name)), (name, value))
    check(got["QueueArn"].endswith(":" + PREFIX + "main"), got["QueueArn"])
    check(abs(int(got["CreatedTimestamp"]) - time.time()) < 600, got["CreatedTimestamp"])
    check("FifoQueue" not in got and "Policy" not in got and "RedrivePolicy" not in got, sorted(got))


@claim("set queue attributes")
def _():
    url = create("main")
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"VisibilityTimeout": "30", "MaximumMessageSize": "2048"})
    got = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["VisibilityTimeout", "MaximumMessageSize"])
    equal(got["Attributes"], {"VisibilityTimeout": "30", "MaximumMessageSize": "2048"})
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"MaximumMessageSize": "1048576"})


@claim("tags are listed and removed")
def _():
    url = create("tags")
    check("Tags" not in sqs.list_queue_tags(QueueUrl=url))
    sqs.tag_queue(QueueUrl=url, Tags={"a": "1", "b": "2"})
    sqs.tag_queue(QueueUrl=url, Tags={"b": "3"})
    equal(sqs.list_queue_tags(QueueUrl=url)["Tags"], {"a": "1", "b": "3"})
    sqs.untag_queue(QueueUrl=url, TagKeys=["a", "missing"])
    equal(sqs.list_queue_tags(QueueUrl=url)["Tags"], {"b": "3"})


@claim("permissions are added and removed")
def _():
    url = create("permissions")
    sqs.add_permission(QueueUrl=url, Label="friends", AWSAccountIds=["111122223333"],
                       Actions=["SendMessage", "ReceiveMessage"])
    policy = json.loads(sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["Policy"])["Attributes"]["Policy"])
    equal(policy["Version"], "2008-10-17")
    statement = policy["Statement"][0]
    equal(statement["Sid"], "friends")
    equal(sorted(statement["Action"]), ["SQS:ReceiveMessage", "SQS:SendMessage"])
    equal(statement["Principal"], {"AWS": "arn:aws:iam::111122223333:root"})
    sqs.remove_permission(QueueUrl=url, Label="friends")
    check("Attributes" not in sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["Policy"]))


@claim("send, receive and delete a message")
def _():
    url = create("main")
    sent = sqs.send_message(QueueUrl=url, MessageBody="hello")
    equal(sent["MD5OfMessageBody"], "5d41402abc4b2a76b9719d911017c592")
    check("SequenceNumber" not in sent and "MD5OfMessageAttributes" not in sent, sent)
    got, = receive(url)
    equal((got["MessageId"], got["Body"], got["MD5OfBody"]),
          (sent["MessageId"], "hello", "5d41402abc4b2a76b9719d911017c592"))
    check("Attributes" not in got and "MessageAttributes" not in got, got)
    sqs.delete_message(QueueUrl=url, ReceiptHandle=got["ReceiptHandle"])
    sqs.delete_message(QueueUrl=url, ReceiptHandle=got["ReceiptHandle"])
    counts = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=[
        "ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"])["Attributes"]
    equal(set(counts.values()), {"0"})


@claim("a body comes back byte for byte")
def _():
    url = create("main")
    body = "<a href=\"x\">&amp;</a>\r\n\t'%2B+ \u00e9\u4e2d\U0001f30a\ufffd " + "x" * 1000 + "\r"
    sqs.send_message(QueueUrl=url, MessageBody=body)
    got, = receive(url)
    equal(got["Body"], body)
    sqs.delete_message(QueueUrl=url, ReceiptHandle=got["ReceiptHandle"])


ATTRIBUTES = {
    "color": {"DataType": "String", "StringValue": "blue & <green> \u00e9"},
    "count": {"DataType": "Number", "StringValue": "3.140"},
    "blob": {"DataType": "Binary", "BinaryValue": b"\x00\x01\xff"},
    "Help.Me": {"DataType": "String.custom", "StringValue": "x"},
    "size": {"DataType": "Number.int", "StringValue": "7"},
}


@claim("message attributes of every type come back")
def _():
    url = create("main")
    sent = sqs.send_message(QueueUrl=url, MessageBody="attributes", MessageAttributes=ATTRIBUTES)
    check(len(sent["MD5OfMessageAttributes"]) == 32, sent)
    got, = receive(url, MessageAttributeNames=["All"])
    equal(got["MessageAttributes"], ATTRIBUTES)
    equal(got["MD5OfMessageAttributes"], sent["MD5OfMessageAttributes"])
    sqs.delete_message(QueueUrl=url, ReceiptHandle=got["ReceiptHandle"])


@claim("message attributes are selected by name and prefix")
def _():
    url = create("main")
    names = {"Help.Me": "Me", "Hello": "There", "General": "Kenobi"}
    sqs.send_message(QueueUrl=url, MessageBody="select", MessageAttributes={
        name: {"DataType": "String", "StringValue": value} for name, value in names.items()})
    for wanted, found, digest in (
            (["Hello"], ["Hello"], "a311262e065454b75da111d535b8dacd"),
            (["Hel.*"], ["Hello", "Help.Me"], "83fee93c1bcd8b9a5a923ffacdc636c7"),
            (["Hello", "General", "nothing"], ["General", "Hello"], "fca026605781cb4126a1e9044df24232"),
            ([".*"], ["General", "Hello", "Help.Me"], "4c360f3fdafd970e05fae2f149d997f5")):
        got, = receive(url, MessageAttributeNames=wanted, VisibilityTimeout=0)
        equal(sorted(got["MessageAttributes"]), found)
        equal(got["MD5OfMessageAttributes"], digest)
    got, = receive(url, MessageAttributeNames=["nothing"])
    check("MessageAttributes" not in got and "MD5OfMessageAttributes" not in got, got)
    sqs.delete_message(QueueUrl=url, ReceiptHandle=got["ReceiptHandle"])


@claim("system attributes of a message")
def _():
    url = create("main")
    before = int(time.time() * 1000)
    sqs.send_message(QueueUrl=url, MessageBody="system")
    got, = receive(url, VisibilityTimeout=0, **system("All"))
    got, = receive(url, **system("All"))
    found = got["Attributes"]
    equal(found["ApproximateReceiveCount"], "2")
    check(found["SenderId"], found)
    check(abs(int(found["SentTimestamp"]) - before) < 60_000, found)
    check(int(found["ApproximateFirstReceiveTimestamp"]) >= int(found["SentTimestamp"]), found)
    check("SequenceNumber" not in found and "AWSTraceHeader" not in found, found)
    sqs.delete_message(QueueUrl=url, ReceiptHandle=got["ReceiptHandle"])


@claim("trace header comes back")
def _():
    url = create("main")
    trace = "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1"
    sent = sqs.send_message(QueueUrl=url, MessageBody="traced", MessageSystemAttributes={
        "AWSTraceHeader": {"DataType": "String", "StringValue": trace}})
    equal(sent["MD5OfMessageSystemAttributes"], "5ae4d5d7636402d80f4eb6d213245a88")
    got, = receive(url, **system("AWSTraceHeader"))
    equal(got["Attributes"], {"AWSTraceHeader": trace})
    sqs.delete_message(QueueUrl=url, ReceiptHandle=got["ReceiptHandle"])


@claim("an empty queue gives no messages")
def _():
    check("Messages" not in sqs.receive_message(QueueUrl=create("main")))


@claim("a delayed message waits")
def _():
    url = create("delayed")
    sqs.send_message(QueueUrl=url, MessageBody="later", DelaySeconds=1)
    equal(receive(url), [])
    names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesDelayed"]
    equal(sqs.get_queue_attributes(QueueUrl=url, AttributeNames=names)["Attributes"], dict(zip(names, "01")))
    equal([got["Body"] for got in receive(url, WaitTimeSeconds=5)], ["later"])


@claim("send batch reports the entry that failed")
def _():
    url = create("batch")
    got = sqs.send_message_batch(QueueUrl=url, Entries=[
        {"Id": "one", "MessageBody": "one", "MessageAttributes": {
            "k": {"DataType": "String", "StringValue": "x"}}},
        {"Id": "late", "MessageBody": "late", "DelaySeconds": 901},
        {"Id": "two", "MessageBody": "two"}])
    equal([entry["Id"] for entry in got["Successful"]], ["one", "two"])
    equal(got["Successful"][0]["MD5OfMessageAttributes"], "a45daa70926828a2f0a1db3418e6feb4")
    failed, = got["Failed"]
    equal((failed["Id"], failed["Code"], failed["SenderFault"]), ("late", "InvalidParameterValue", True))
    equal(sorted(message["Body"] for message in receive(url, 10)), ["one", "two"])


@claim("receive ten and delete in a batch with one failure")
def _():
    url = create("ten")
    for start in (0, 10):
        got = sqs.send_message_batch(QueueUrl=url, Entries=[
            {"Id": str(number), "MessageBody": f"body {number}"} for number in range(start, start + 10)])
        check("Failed" not in got and len(got["Successful"]) == 10, got)
    messages = receive(url, 10)
    equal(len(messages), 10)
    entries = [{"Id": f"m{number}", "ReceiptHandle": message["ReceiptHandle"]}
               for number, message in enumerate(messages[:9])]
    got = sqs.delete_message_batch(QueueUrl=url, Entries=entries + [{"Id": "bad", "ReceiptHandle": "garbage"}])
    equal([entry["Id"] for entry in got["Successful"]], [entry["Id"] for entry in entries])
    failed, = got["Failed"]
    equal((failed["Id"], failed["Code"], failed["SenderFault"]), ("bad", "ReceiptHandleIsInvalid", True))
    counts = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    equal((counts["ApproximateNumberOfMessages"], counts["ApproximateNumberOfMessagesNotVisible"]), ("10", "1"))


@claim("change visibility makes a message visible again")
def _():
    url = create("visibility")
    sqs.send_message(QueueUrl=url, MessageBody="again")
    first, = receive(url)
    equal(receive(url), [])
    sqs.change_message_visibility(QueueUrl=url, ReceiptHandle=first["ReceiptHandle"], VisibilityTimeout=0)
    second, = receive(url)
    equal(second["MessageId"], first["MessageId"])
    check(second["ReceiptHandle"] != first["ReceiptHandle"], "the receipt handle is the same")


@claim("change visibility in a batch with one failure")
def _():
    url = create("visibility-batch")
    sqs.send_message_batch(QueueUrl=url, Entries=[{"Id": name, "MessageBody": name} for name in "ab"])
    messages = receive(url, 10)
    got = sqs.change_message_visibility_batch(QueueUrl=url, Entries=[
        {"Id": "good", "ReceiptHandle": messages[0]["ReceiptHandle"], "VisibilityTimeout": 0},
        {"Id": "bad", "ReceiptHandle": "garbage", "VisibilityTimeout": 0}])
    equal([entry["Id"] for entry in got["Successful"]], ["good"])
    equal([(entry["Id"], entry["Code"]) for entry in got["Failed"]], [("bad", "ReceiptHandleIsInvalid")])
    equal([message["MessageId"] for message in receive(url, 10)], [messages[0]["MessageId"]])


def send_fifo(url, group, body, **options):
    return sqs.send_message(QueueUrl=url, MessageBody=body, MessageGroupId=group, **options)


@claim("fifo keeps the order of a group")
def _():
    url = fifo("order")
    for number in range(3):
        send_fifo(url, "g1", f"g1-{number}")
        send_fifo(url, "g2", f"g2-{number}")
    bodies = [message["Body"] for message in receive(url, 10, **system("All"))]
    for group in ("g1", "g2"):
        equal([body for body in bodies if body.startswith(group)], [f"{group}-{number}" for number in range(3)])


@claim("fifo locks a group until its messages are deleted")
def _():
    url = fifo("lock")
    for body in ("a1", "a2", "b1"):
        send_fifo(url, body[0], body)
    first, = receive(url, **system("MessageGroupId"))
    equal((first["Body"], first["Attributes"]), ("a1", {"MessageGroupId": "a"}))
    equal([message["Body"] for message in receive(url, 10)], ["b1"])
    equal(receive(url, 10), [])
    sqs.delete_message(QueueUrl=url, ReceiptHandle=first["ReceiptHandle"])
    equal([message["Body"] for message in receive(url, 10)], ["a2"])


@claim("fifo sequence numbers grow")
def _():
    url = fifo("sequence")
    numbers = [send_fifo(url, "g", f"m{number}")["SequenceNumber"] for number in range(4)]
    check(all(len(number) == 20 and number.isdigit() for number in numbers), numbers)
    equal(numbers, sorted(set(numbers)))
    got = receive(url, 10, **system("SequenceNumber", "MessageDeduplicationId"))
    equal([message["Attributes"]["SequenceNumber"] for message in got], numbers)
    equal(len(got[0]["Attributes"]["MessageDeduplicationId"]), 64)


@claim("fifo drops a duplicate and repeats its answer")
def _():
    url = fifo("duplicate")
    first = send_fifo(url, "g", "one", MessageDeduplicationId="same")
    second = send_fifo(url, "g", "two", MessageDeduplicationId="same")
    equal((second["MessageId"], second["SequenceNumber"]), (first["MessageId"], first["SequenceNumber"]))
    equal([message["Body"] for message in receive(url, 10)], ["one"])


def dead_letters(name, count, sends):
    """A queue whose messages have all moved to its dead-letter queue: (url, url of dead letters)."""
    dead = create(name + "-dead")
    url = create(name, {"RedrivePolicy": json.dumps({"deadLetterTargetArn": arn(dead), "maxReceiveCount": count})})
    for number in range(sends):
        sqs.send_message(QueueUrl=url, MessageBody=f"poison {number}")
    for _ in range(count):
        equal(len(receive(url, 10, VisibilityTimeout=0)), sends)
    equal(receive(url, 10, VisibilityTimeout=0), [])
    return url, dead


@claim("dead letters after too many receives")
def _():
    url, dead = dead_letters("dlq", 2, 1)
    got, = receive(dead, VisibilityTimeout=0, **system("All"))
    equal(got["Body"], "poison 0")
    equal(got["Attributes"]["DeadLetterQueueSourceArn"], arn(url))
    equal(got["Attributes"]["ApproximateReceiveCount"], "3")


@claim("dead letter sources are listed")
def _():
    dead = create("dlq-dead")
    equal(sqs.list_dead_letter_source_queues(QueueUrl=dead)["queueUrls"], [create("dlq")])
    equal(sqs.list_dead_letter_source_queues(QueueUrl=create("dlq")).get("queueUrls", []), [])


def task(url):
    return sqs.list_message_move_tasks(SourceArn=arn(url))["Results"][0]


def wait_for(fact, seconds=10):
    deadline = time.monotonic() + seconds
    while not fact():
        check(time.monotonic() < deadline, f"not within {seconds} s")
        time.sleep(0.05)


@claim("a move task brings dead letters back")
def _():
    url, dead = dead_letters("redrive", 1, 3)
    check(sqs.start_message_move_task(SourceArn=arn(dead))["TaskHandle"])
    wait_for(lambda: task(dead)["Status"] == "COMPLETED")
    equal(task(dead)["ApproximateNumberOfMessagesMoved"], 3)
    check("TaskHandle" not in task(dead) and task(dead)["StartedTimestamp"] > 1_600_000_000_000, task(dead))
    equal(receive(dead, 10), [])
    equal(sorted(message["Body"] for message in receive(url, 10)), [f"poison {number}" for number in range(3)])


@claim("a move task is cancelled")
def _():
    url, dead = dead_letters("cancel", 1, 5)
    target = create("cancel-target")
    handle = sqs.start_message_move_task(SourceArn=arn(dead), DestinationArn=arn(target),
                                         MaxNumberOfMessagesPerSecond=1)["TaskHandle"]
    running = task(dead)
    equal((running["Status"], running["TaskHandle"], running["MaxNumberOfMessagesPerSecond"]),
          ("RUNNING", handle, 1))
    equal(running["DestinationArn"], arn(target))
    moved = sqs.cancel_message_move_task(TaskHandle=handle)["ApproximateNumberOfMessagesMoved"]
    check(0 <= moved < 5, moved)
    wait_for(lambda: task(dead)["Status"] == "CANCELLED")
    check(receive(dead, 10), "nothing stayed in the source")


@claim("a long poll is answered by a later send")
def _():
    url = create("poll")
    threading.Timer(0.5, lambda: sqs.send_message(QueueUrl=url, MessageBody="wake up")).start()
    started = time.monotonic()
    got, = receive(url, 10, WaitTimeSeconds=15)
    waited = time.monotonic() - started
    equal(got["Body"], "wake up")
    check(0.3 < waited < 5, f"{waited:.2f} s")


@claim("purge empties a queue")
def _():
    url = create("purge")
    for body in "abc":
        sqs.send_message(QueueUrl=url, MessageBody=body)
    sqs.purge_queue(QueueUrl=url)
    wait_for(lambda: not receive(url, 10))


@claim("a second purge is refused as PurgeQueueInProgress")
def _():
    text = refused("AWS.SimpleQueueService.PurgeQueueInProgress", sqs.purge_queue, QueueUrl=create("purge"))
    equal(text, f"Only one PurgeQueue operation on {PREFIX}purge is allowed every 60 seconds.")


@claim("a missing queue is QueueDoesNotExist")
def _():
    text = refused("AWS.SimpleQueueService.NonExistentQueue", sqs.get_queue_url, QueueName=PREFIX + "missing")
    equal(text, "The specified queue does not exist" + (" for this wsdl version." if QUERY else "."))
    refused("AWS.SimpleQueueService.NonExistentQueue", sqs.send_message, QueueUrl=create("main") + "-missing",
            MessageBody="x")


@claim("other attributes for an existing name are QueueNameExists")
def _():
    text = refused("QueueAlreadyExists", sqs.create_queue, QueueName=PREFIX + "main",
                   Attributes={"VisibilityTimeout": "31"})
    equal(text, "A queue already exists with the same name and a different value for attribute VisibilityTimeout")


@claim("an unknown attribute is InvalidAttributeName")
def _():
    text = refused("InvalidAttributeName", sqs.get_queue_attributes, QueueUrl=create("main"),
                   AttributeNames=["Foobar"])
    equal(text, "Unknown Attribute Foobar.")


@claim("a bad attribute value is InvalidAttributeValue")
def _():
    text = refused("InvalidAttributeValue", sqs.set_queue_attributes, QueueUrl=create("main"),
                   Attributes={"VisibilityTimeout": "43201"})
    equal(text, "Invalid value for the parameter VisibilityTimeout.")


@claim("a bad receipt handle is ReceiptHandleIsInvalid")
def _():
    text = refused("ReceiptHandleIsInvalid", sqs.delete_message, QueueUrl=create("main"), ReceiptHandle="garbage")
    equal(text, 'The input receipt handle "garbage" is not a valid receipt handle.')


@claim("repeated batch ids are BatchEntryIdsNotDistinct")
def _():
    text = refused("AWS.SimpleQueueService.BatchEntryIdsNotDistinct", sqs.send_message_batch,
                   QueueUrl=create("main"), Entries=[{"Id": "same", "MessageBody": body} for body in "ab"])
    equal(text, "Id same repeated.")


@claim("an empty batch is EmptyBatchRequest")
def _():
    # The query protocol cannot express an empty list: there it is a missing parameter.
    code = "AWS.SimpleQueueService.EmptyBatchRequest"
    try:
        sqs.send_message_batch(QueueUrl=create("main"), Entries=[])
    except ClientError as error:
        check(error.response["Error"]["Code"] in ((code, "MissingParameter") if QUERY else (code,)), error)
    else:
        raise Failed("the call succeeded")


@claim("eleven batch entries are TooManyEntriesInBatchRequest")
def _():
    text = refused("AWS.SimpleQueueService.TooManyEntriesInBatchRequest", sqs.send_message_batch,
                   QueueUrl=create("main"), Entries=[{"Id": str(n), "MessageBody": "x"} for n in range(11)])
    equal(text, "Maximum number of entries per request are 10. You have sent 11.")


@claim("a bad batch id is InvalidBatchEntryId")
def _():
    refused("AWS.SimpleQueueService.InvalidBatchEntryId", sqs.send_message_batch, QueueUrl=create("main"),
            Entries=[{"Id": "no blanks", "MessageBody": "x"}])


@claim("a control character is InvalidMessageContents")
def _():
    text = refused("InvalidMessageContents", sqs.send_message, QueueUrl=create("main"), MessageBody="a\x07")
    check(text.startswith("Invalid binary character '#x7' was found in the message body"), text)


@claim("a bad number of messages is InvalidParameterValue")
def _():
    text = refused("InvalidParameterValue", receive, modelled=False, url=create("main"), count=11)
    equal(text, "Value 11 for parameter MaxNumberOfMessages is invalid. Reason: Must be between 1 and 10, "
                "if provided.")


@claim("a message without group on fifo is MissingParameter")
def _():
    text = refused("MissingParameter", sqs.send_message, modelled=False, QueueUrl=fifo("order"), MessageBody="x")
    equal(text, "The request must contain the parameter MessageGroupId.")


@claim("an unknown task source is ResourceNotFoundException")
def _():
    refused("ResourceNotFoundException", sqs.start_message_move_task,
            SourceArn=arn(create("main")) + "-missing")


@claim("delete queue")
def _():
    url = create("gone")
    sqs.delete_queue(QueueUrl=url)
    refused("AWS.SimpleQueueService.NonExistentQueue", sqs.get_queue_attributes, QueueUrl=url,
            AttributeNames=["All"])
    refused("AWS.SimpleQueueService.QueueDeletedRecently", sqs.create_queue, QueueName=PREFIX + "gone")


def main():
    failed = 0
    for text, function in claims:
        try:
            function()
            print(f"ok - {text}", flush=True)
        except Exception as problem:  # pylint: disable=broad-except
            failed += 1
            print(f"not ok - {text}\n# {type(problem).__name__}: {problem}".replace("\n", "\n# ").replace(
                "\n# # ", "\n# "), flush=True)
    print(f"1..{len(claims)}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())

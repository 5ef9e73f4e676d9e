"""The tour with aws-cli. Claim by claim the same as ../boto3/tour.py, which has the reasons.

A process a call is slow, so claims run side by side and each has queues of its own.
"""
import concurrent.futures
import json
import os
import re
import subprocess
import sys
import threading
import time

ENDPOINT = os.environ["LEAT_ENDPOINT"]
PREFIX = os.environ["LEAT_PREFIX"]
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


def run(operation, *arguments):
    texts = [argument if isinstance(argument, str) else json.dumps(argument) for argument in arguments]
    return subprocess.run([os.environ["AWS"], "--endpoint-url", ENDPOINT, "--output", "json", "sqs", operation, *texts],
                          stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60)


def aws(operation, *arguments):
    """Runs `aws sqs OPERATION ARGUMENTS`; what is no text becomes JSON. Its output as a dict."""
    done = run(operation, *arguments)
    check(done.returncode == 0, operation, "ended with", done.returncode, done.stderr.strip())
    return json.loads(done.stdout) if done.stdout.strip() else {}


def refused(code, operation, *arguments):
    """The error's text, as the user reads it."""
    done = run(operation, *arguments)
    check(done.returncode != 0, "the call succeeded")
    match = re.search(r"An error occurred \(([^)]+)\) when calling the \w+ operation: (.*)", done.stderr, re.S)
    check(match, done.stderr)
    equal(match.group(1), code)
    return match.group(2).strip()


def create(name, attributes=None, tags=None):
    more = ["--attributes", attributes] if attributes else []
    more += ["--tags", tags] if tags else []
    return aws("create-queue", "--queue-name", PREFIX + name, *more)["QueueUrl"]


def fifo(name):
    return create(name + ".fifo", {"FifoQueue": "true", "ContentBasedDeduplication": "true"})


def attributes(url, *names):
    return aws("get-queue-attributes", "--queue-url", url, "--attribute-names", *names).get("Attributes", {})


def arn(url):
    return attributes(url, "QueueArn")["QueueArn"]


def receive(url, count=1, *more):
    return aws("receive-message", "--queue-url", url, "--max-number-of-messages", str(count), *more).get(
        "Messages", [])


def send(url, body, *more):
    return aws("send-message", "--queue-url", url, "--message-body", body, *more)


def remove(url, message):
    aws("delete-message", "--queue-url", url, "--receipt-handle", message["ReceiptHandle"])


NOT_HIDDEN = ("--visibility-timeout", "0")


@claim("create queue with attributes and tags")
def _():
    url = create("main", {"VisibilityTimeout": "45", "DelaySeconds": "0"}, {"team": "water", "empty": ""})
    equal(attributes(url, "VisibilityTimeout"), {"VisibilityTimeout": "45"})
    equal(aws("list-queue-tags", "--queue-url", url)["Tags"], {"team": "water", "empty": ""})


@claim("create queue again gives the same url")
def _():
    equal(create("again", {"VisibilityTimeout": "45"}), create("again"))


@claim("queue url ends in account and name")
def _():
    url = create("url")
    check(re.fullmatch(re.escape(ENDPOINT) + r"/\d{12}/" + re.escape(PREFIX) + "url", url), url)


@claim("get queue url")
def _():
    url = create("get-url")
    equal(aws("get-queue-url", "--queue-name", PREFIX + "get-url")["QueueUrl"], url)


@claim("list queues by prefix in pages")
def _():
    wanted = sorted(create(f"page-{number}") for number in range(3))
    prefix = ("--queue-name-prefix", PREFIX + "page-")
    first = aws("list-queues", *prefix, "--max-items", "2", "--page-size", "2")
    equal(len(first["QueueUrls"]), 2)
    rest = aws("list-queues", *prefix, "--starting-token", first["NextToken"], "--page-size", "2")
    equal(sorted(first["QueueUrls"] + rest["QueueUrls"]), wanted)
    check("NextToken" not in rest, rest)
    equal(sorted(aws("list-queues", *prefix)["QueueUrls"]), wanted)
    check("QueueUrls" not in aws("list-queues", "--queue-name-prefix", PREFIX + "nothing-here"))


@claim("get queue attributes")
def _():
    got = attributes(create("attributes", {"VisibilityTimeout": "45"}), "All")
    for name, value in {"VisibilityTimeout": "45", "MaximumMessageSize": "1048576", "DelaySeconds": "0",
                        "MessageRetentionPeriod": "345600", "ReceiveMessageWaitTimeSeconds": "0",
                        "SqsManagedSseEnabled": "true", "ApproximateNumberOfMessages": "0",
                        "ApproximateNumberOfMessagesNotVisible": "0",
                        "ApproximateNumberOfMessagesDelayed": "0"}.items():
        equal((name, got.get(name)), (name, value))
    check(got["QueueArn"].endswith(":" + PREFIX + "attributes"), got["QueueArn"])
    check(abs(int(got["CreatedTimestamp"]) - time.time()) < 600, got["CreatedTimestamp"])
    check("FifoQueue" not in got and "Policy" not in got and "RedrivePolicy" not in got, sorted(got))


@claim("set queue attributes")
def _():
    url = create("set")
    aws("set-queue-attributes", "--queue-url", url, "--attributes", "VisibilityTimeout=31,MaximumMessageSize=2048")
    equal(attributes(url, "VisibilityTimeout", "MaximumMessageSize"),
          {"VisibilityTimeout": "31", "MaximumMessageSize": "2048"})


@claim("tags are listed and removed")
def _():
    url = create("tags")
    check("Tags" not in aws("list-queue-tags", "--queue-url", url))
    aws("tag-queue", "--queue-url", url, "--tags", "a=1,b=2")
    aws("tag-queue", "--queue-url", url, "--tags", "b=3")
    equal(aws("list-queue-tags", "--queue-url", url)["Tags"], {"a": "1", "b": "3"})
    aws("untag-queue", "--queue-url", url, "--tag-keys", "a", "missing")
    equal(aws("list-queue-tags", "--queue-url", url)["Tags"], {"b": "3"})


@claim("permissions are added and removed")
def _():
    url = create("permissions")
    aws("add-permission", "--queue-url", url, "--label", "friends", "--aws-account-ids", "111122223333",
        "--actions", "SendMessage", "ReceiveMessage")
    policy = json.loads(attributes(url, "Policy")["Policy"])
    equal(policy["Version"], "2008-10-17")
    statement = policy["Statement"][0]
    equal(statement["Sid"], "friends")
    equal(sorted(statement["Action"]), ["SQS:ReceiveMessage", "SQS:SendMessage"])
    equal(statement["Principal"], {"AWS": "arn:aws:iam::111122223333:root"})
    aws("remove-permission", "--queue-url", url, "--label", "friends")
    equal(attributes(url, "Policy"), {})


@claim("send, receive and delete a message")
def _():
    url = create("message")
    sent = send(url, "hello")
    equal(sent["MD5OfMessageBody"], "5d41402abc4b2a76b9719d911017c592")
    check("SequenceNumber" not in sent and "MD5OfMessageAttributes" not in sent, sent)
    got, = receive(url)
    equal((got["MessageId"], got["Body"], got["MD5OfBody"]),
          (sent["MessageId"], "hello", "5d41402abc4b2a76b9719d911017c592"))
    check("Attributes" not in got and "MessageAttributes" not in got, got)
    remove(url, got)
    remove(url, got)
    counts = attributes(url, "ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible")
    equal(set(counts.values()), {"0"})


@claim("a body comes back byte for byte")
def _():
    url = create("bytes")
    body = "<a href=\"x\">&amp;</a>\r\n\t'%2B+ \u00e9\u4e2d\U0001f30a\ufffd " + "x" * 1000 + "\r"
    send(url, body)
    got, = receive(url)
    equal(got["Body"], body)


@claim("message attributes of every type come back")
def _():
    url = create("typed")
    wanted = {
        "color": {"DataType": "String", "StringValue": "blue & <green> \u00e9"},
        "count": {"DataType": "Number", "StringValue": "3.140"},
        "blob": {"DataType": "Binary", "BinaryValue": "raw"},
        "Help.Me": {"DataType": "String.custom", "StringValue": "x"},
        "size": {"DataType": "Number.int", "StringValue": "7"},
    }
    sent = send(url, "attributes", "--message-attributes", wanted)
    got, = receive(url, 1, "--message-attribute-names", "All")
    found = got["MessageAttributes"]
    check(found["blob"].pop("BinaryValue") in ("raw", "cmF3"), found)
    del wanted["blob"]["BinaryValue"]
    equal(found, wanted)
    equal(got["MD5OfMessageAttributes"], sent["MD5OfMessageAttributes"])


@claim("message attributes are selected by name and prefix")
def _():
    url = create("select")
    names = {"Help.Me": "Me", "Hello": "There", "General": "Kenobi"}
    send(url, "select", "--message-attributes",
         {name: {"DataType": "String", "StringValue": value} for name, value in names.items()})
    for wanted, found, digest in (
            (["Hello"], ["Hello"], "a311262e065454b75da111d535b8dacd"),
            (["Hel.*"], ["Hello", "Help.Me"], "83fee93c1bcd8b9a5a923ffacdc636c7"),
            (["Hello", "General", "nothing"], ["General", "Hello"], "fca026605781cb4126a1e9044df24232"),
            ([".*"], ["General", "Hello", "Help.Me"], "4c360f3fdafd970e05fae2f149d997f5")):
        got, = receive(url, 1, *NOT_HIDDEN, "--message-attribute-names", *wanted)
        equal(sorted(got["MessageAttributes"]), found)
        equal(got["MD5OfMessageAttributes"], digest)
    got, = receive(url, 1, "--message-attribute-names", "nothing")
    check("MessageAttributes" not in got and "MD5OfMessageAttributes" not in got, got)


@claim("system attributes of a message")
def _():
    url = create("system")
    before = int(time.time() * 1000)
    send(url, "system")
    receive(url, 1, *NOT_HIDDEN)
    got, = receive(url, 1, "--message-system-attribute-names", "All")
    found = got["Attributes"]
    equal(found["ApproximateReceiveCount"], "2")
    check(found["SenderId"], found)
    check(abs(int(found["SentTimestamp"]) - before) < 60_000, found)
    check(int(found["ApproximateFirstReceiveTimestamp"]) >= int(found["SentTimestamp"]), found)
    check("SequenceNumber" not in found and "AWSTraceHeader" not in found, found)


@claim("trace header comes back")
def _():
    url = create("trace")
    trace = "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1"
    sent = send(url, "traced", "--message-system-attributes",
                {"AWSTraceHeader": {"DataType": "String", "StringValue": trace}})
    equal(sent["MD5OfMessageSystemAttributes"], "5ae4d5d7636402d80f4eb6d213245a88")
    got, = receive(url, 1, "--attribute-names", "AWSTraceHeader")
    equal(got["Attributes"], {"AWSTraceHeader": trace})


@claim("an empty queue gives no messages")
def _():
    equal(aws("receive-message", "--queue-url", create("empty")), {})


@claim("a delayed message waits")
def _():
    # A process takes most of a second here, so the delay is longer than in other tours.
    url = create("delayed")
    send(url, "later", "--delay-seconds", "10")
    equal(receive(url), [])
    names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesDelayed"]
    equal(attributes(url, *names), dict(zip(names, "01")))
    equal([got["Body"] for got in receive(url, 1, "--wait-time-seconds", "20")], ["later"])


def send_batch(url, *entries):
    return aws("send-message-batch", "--queue-url", url, "--entries", list(entries))


@claim("send batch reports the entry that failed")
def _():
    url = create("batch")
    got = send_batch(url,
                     {"Id": "one", "MessageBody": "one",
                      "MessageAttributes": {"k": {"DataType": "String", "StringValue": "x"}}},
                     {"Id": "late", "MessageBody": "late", "DelaySeconds": 901},
                     {"Id": "two", "MessageBody": "two"})
    equal([entry["Id"] for entry in got["Successful"]], ["one", "two"])
    equal(got["Successful"][0]["MD5OfMessageAttributes"], "a45daa70926828a2f0a1db3418e6feb4")
    failed, = got["Failed"]
    equal((failed["Id"], failed["Code"], failed["SenderFault"]), ("late", "InvalidParameterValue", True))
    equal(sorted(message["Body"] for message in receive(url, 10)), ["one", "two"])


@claim("receive ten and delete in a batch with one failure")
def _():
    url = create("ten")
    for start in (0, 10):
        got = send_batch(url, *({"Id": str(number), "MessageBody": f"body {number}"}
                                for number in range(start, start + 10)))
        check("Failed" not in got and len(got["Successful"]) == 10, got)
    messages = receive(url, 10)
    equal(len(messages), 10)
    entries = [{"Id": f"m{number}", "ReceiptHandle": message["ReceiptHandle"]}
               for number, message in enumerate(messages[:9])]
    got = aws("delete-message-batch", "--queue-url", url, "--entries",
              entries + [{"Id": "bad", "ReceiptHandle": "garbage"}])
    equal([entry["Id"] for entry in got["Successful"]], [entry["Id"] for entry in entries])
    failed, = got["Failed"]
    equal((failed["Id"], failed["Code"], failed["SenderFault"]), ("bad", "ReceiptHandleIsInvalid", True))
    counts = attributes(url, "ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible")
    equal(sorted(counts.values()), ["1", "10"])


@claim("change visibility makes a message visible again")
def _():
    url = create("visibility")
    send(url, "again")
    first, = receive(url)
    equal(receive(url), [])
    aws("change-message-visibility", "--queue-url", url, "--receipt-handle", first["ReceiptHandle"], *NOT_HIDDEN)
    second, = receive(url)
    equal(second["MessageId"], first["MessageId"])
    check(second["ReceiptHandle"] != first["ReceiptHandle"], "the receipt handle is the same")


@claim("change visibility in a batch with one failure")
def _():
    url = create("visibility-batch")
    send_batch(url, *({"Id": name, "MessageBody": name} for name in "ab"))
    messages = receive(url, 10)
    got = aws("change-message-visibility-batch", "--queue-url", url, "--entries", [
        {"Id": "good", "ReceiptHandle": messages[0]["ReceiptHandle"], "VisibilityTimeout": 0},
        {"Id": "bad", "ReceiptHandle": "garbage", "VisibilityTimeout": 0}])
    equal([entry["Id"] for entry in got["Successful"]], ["good"])
    equal([(entry["Id"], entry["Code"]) for entry in got["Failed"]], [("bad", "ReceiptHandleIsInvalid")])
    equal([message["MessageId"] for message in receive(url, 10)], [messages[0]["MessageId"]])


def send_fifo(url, group, body, *more):
    return send(url, body, "--message-group-id", group, *more)


def send_fifo_batch(url, *bodies):
    """One process for several messages; the group is what stands before the dash."""
    return send_batch(url, *({"Id": body, "MessageBody": body, "MessageGroupId": body.split("-")[0]}
                             for body in bodies))


@claim("fifo keeps the order of a group")
def _():
    url = fifo("order")
    send_fifo_batch(url, *(f"{group}-{number}" for number in range(3) for group in ("g1", "g2")))
    bodies = [message["Body"] for message in receive(url, 10, "--message-system-attribute-names", "All")]
    for group in ("g1", "g2"):
        equal([body for body in bodies if body.startswith(group)], [f"{group}-{number}" for number in range(3)])


@claim("fifo locks a group until its messages are deleted")
def _():
    url = fifo("lock")
    send_fifo_batch(url, "a-1", "a-2", "b-1")
    first, = receive(url, 1, "--message-system-attribute-names", "MessageGroupId")
    equal((first["Body"], first["Attributes"]), ("a-1", {"MessageGroupId": "a"}))
    equal([message["Body"] for message in receive(url, 10)], ["b-1"])
    equal(receive(url, 10), [])
    remove(url, first)
    equal([message["Body"] for message in receive(url, 10)], ["a-2"])


@claim("fifo sequence numbers grow")
def _():
    url = fifo("sequence")
    numbers = [entry["SequenceNumber"] for entry in send_fifo_batch(url, "g-0", "g-1")["Successful"]]
    numbers.append(send_fifo(url, "g", "m2")["SequenceNumber"])
    check(all(len(number) == 20 and number.isdigit() for number in numbers), numbers)
    equal(numbers, sorted(set(numbers)))
    got = receive(url, 10, "--message-system-attribute-names", "SequenceNumber", "MessageDeduplicationId")
    equal([message["Attributes"]["SequenceNumber"] for message in got], numbers)
    equal(len(got[0]["Attributes"]["MessageDeduplicationId"]), 64)


@claim("fifo drops a duplicate and repeats its answer")
def _():
    url = fifo("duplicate")
    first = send_fifo(url, "g", "one", "--message-deduplication-id", "same")
    second = send_fifo(url, "g", "two", "--message-deduplication-id", "same")
    equal((second["MessageId"], second["SequenceNumber"]), (first["MessageId"], first["SequenceNumber"]))
    equal([message["Body"] for message in receive(url, 10)], ["one"])


def dead_letters(name, count, sends):
    """A queue whose messages have all moved to its dead-letter queue: (url, url of dead letters)."""
    dead = create(name + "-dead")
    url = create(name, {"RedrivePolicy": json.dumps({"deadLetterTargetArn": arn(dead), "maxReceiveCount": count})})
    send_batch(url, *({"Id": str(number), "MessageBody": f"poison {number}"} for number in range(sends)))
    for _ in range(count):
        equal(len(receive(url, 10, *NOT_HIDDEN)), sends)
    equal(receive(url, 10, *NOT_HIDDEN), [])
    return url, dead


@claim("dead letters after too many receives")
def _():
    url, dead = dead_letters("dlq", 2, 1)
    got, = receive(dead, 1, "--message-system-attribute-names", "All")
    equal(got["Body"], "poison 0")
    equal(got["Attributes"]["DeadLetterQueueSourceArn"], arn(url))
    equal(got["Attributes"]["ApproximateReceiveCount"], "3")


@claim("dead letter sources are listed")
def _():
    dead = create("sources-dead")
    url = create("sources", {"RedrivePolicy": json.dumps({"deadLetterTargetArn": arn(dead), "maxReceiveCount": 1})})
    equal(aws("list-dead-letter-source-queues", "--queue-url", dead)["queueUrls"], [url])
    equal(aws("list-dead-letter-source-queues", "--queue-url", url).get("queueUrls", []), [])


def task(source):
    return aws("list-message-move-tasks", "--source-arn", source)["Results"][0]


def wait_for(fact, seconds=15):
    deadline = time.monotonic() + seconds
    while not fact():
        check(time.monotonic() < deadline, f"not within {seconds} s")


@claim("a move task brings dead letters back")
def _():
    url, dead = dead_letters("redrive", 1, 3)
    source = arn(dead)
    check(aws("start-message-move-task", "--source-arn", source)["TaskHandle"])
    wait_for(lambda: task(source)["Status"] == "COMPLETED")
    done = task(source)
    equal(done["ApproximateNumberOfMessagesMoved"], 3)
    check("TaskHandle" not in done and done["StartedTimestamp"] > 1_600_000_000_000, done)
    equal(receive(dead, 10), [])
    equal(sorted(message["Body"] for message in receive(url, 10)), [f"poison {number}" for number in range(3)])


@claim("a move task is cancelled")
def _():
    # Enough messages for the slowest machine: a message a second, two calls until the end.
    source = arn(dead := create("cancel-dead"))
    create("cancel", {"RedrivePolicy": json.dumps({"deadLetterTargetArn": source, "maxReceiveCount": 1})})
    target = arn(create("cancel-target"))
    for _ in range(3):
        send_batch(dead, *({"Id": str(number), "MessageBody": str(number)} for number in range(10)))
    handle = aws("start-message-move-task", "--source-arn", source, "--destination-arn", target,
                 "--max-number-of-messages-per-second", "1")["TaskHandle"]
    running = task(source)
    equal((running["Status"], running["TaskHandle"], running["MaxNumberOfMessagesPerSecond"]), ("RUNNING", handle, 1))
    equal(running["DestinationArn"], target)
    moved = aws("cancel-message-move-task", "--task-handle", handle)["ApproximateNumberOfMessagesMoved"]
    check(0 <= moved < 30, moved)
    wait_for(lambda: task(source)["Status"] == "CANCELLED")
    check(receive(dead, 10), "nothing stayed in the source")


@claim("a long poll is answered by a later send")
def _():
    url = create("poll")
    later = threading.Timer(2, lambda: send(url, "wake up"))
    started = time.monotonic()
    later.start()
    got, = receive(url, 10, "--wait-time-seconds", "20")
    waited = time.monotonic() - started
    equal(got["Body"], "wake up")
    check(1.5 < waited < 15, f"{waited:.2f} s")
    later.join()


@claim("purge empties a queue")
def _():
    url = create("purge")
    send_batch(url, *({"Id": body, "MessageBody": body} for body in "abc"))
    aws("purge-queue", "--queue-url", url)
    wait_for(lambda: not receive(url, 10))


@claim("a second purge is refused as PurgeQueueInProgress")
def _():
    url = create("purge-twice")
    aws("purge-queue", "--queue-url", url)
    equal(refused("AWS.SimpleQueueService.PurgeQueueInProgress", "purge-queue", "--queue-url", url),
          f"Only one PurgeQueue operation on {PREFIX}purge-twice is allowed every 60 seconds.")


@claim("a missing queue is QueueDoesNotExist")
def _():
    code = "AWS.SimpleQueueService.NonExistentQueue"
    equal(refused(code, "get-queue-url", "--queue-name", PREFIX + "missing"), "The specified queue does not exist.")
    refused(code, "send-message", "--queue-url", create("here") + "-missing", "--message-body", "x")


@claim("other attributes for an existing name are QueueNameExists")
def _():
    create("exists")
    equal(refused("QueueAlreadyExists", "create-queue", "--queue-name", PREFIX + "exists", "--attributes",
                  "VisibilityTimeout=31"),
          "A queue already exists with the same name and a different value for attribute VisibilityTimeout")


@claim("an unknown attribute is InvalidAttributeName")
def _():
    equal(refused("InvalidAttributeName", "get-queue-attributes", "--queue-url", create("names"),
                  "--attribute-names", "Foobar"), "Unknown Attribute Foobar.")


@claim("a bad attribute value is InvalidAttributeValue")
def _():
    equal(refused("InvalidAttributeValue", "set-queue-attributes", "--queue-url", create("values"),
                  "--attributes", "VisibilityTimeout=43201"), "Invalid value for the parameter VisibilityTimeout.")


@claim("a bad receipt handle is ReceiptHandleIsInvalid")
def _():
    equal(refused("ReceiptHandleIsInvalid", "delete-message", "--queue-url", create("handles"),
                  "--receipt-handle", "garbage"),
          'The input receipt handle "garbage" is not a valid receipt handle.')


def refused_batch(code, name, *ids):
    return refused("AWS.SimpleQueueService." + code, "send-message-batch", "--queue-url", create(name),
                   "--entries", [{"Id": one, "MessageBody": "x"} for one in ids])


@claim("repeated batch ids are BatchEntryIdsNotDistinct")
def _():
    equal(refused_batch("BatchEntryIdsNotDistinct", "distinct", "same", "same"), "Id same repeated.")


@claim("an empty batch is EmptyBatchRequest")
def _():
    refused_batch("EmptyBatchRequest", "no-entries")


@claim("eleven batch entries are TooManyEntriesInBatchRequest")
def _():
    equal(refused_batch("TooManyEntriesInBatchRequest", "eleven", *map(str, range(11))),
          "Maximum number of entries per request are 10. You have sent 11.")


@claim("a bad batch id is InvalidBatchEntryId")
def _():
    refused_batch("InvalidBatchEntryId", "bad-id", "no blanks")


@claim("a control character is InvalidMessageContents")
def _():
    text = refused("InvalidMessageContents", "send-message", "--queue-url", create("control"),
                   "--message-body", "a\x07")
    check(text.startswith("Invalid binary character '#x7' was found in the message body"), text)


@claim("a bad number of messages is InvalidParameterValue")
def _():
    equal(refused("InvalidParameterValue", "receive-message", "--queue-url", create("eleven-messages"),
                  "--max-number-of-messages", "11"),
          "Value 11 for parameter MaxNumberOfMessages is invalid. Reason: Must be between 1 and 10, if provided.")


@claim("a message without group on fifo is MissingParameter")
def _():
    equal(refused("MissingParameter", "send-message", "--queue-url", fifo("no-group"), "--message-body", "x"),
          "The request must contain the parameter MessageGroupId.")


@claim("an unknown task source is ResourceNotFoundException")
def _():
    refused("ResourceNotFoundException", "start-message-move-task", "--source-arn",
            arn(create("no-source")) + "-missing")


@claim("delete queue")
def _():
    url = create("gone")
    aws("delete-queue", "--queue-url", url)
    refused("AWS.SimpleQueueService.NonExistentQueue", "get-queue-attributes", "--queue-url", url,
            "--attribute-names", "All")
    refused("AWS.SimpleQueueService.QueueDeletedRecently", "create-queue", "--queue-name", PREFIX + "gone")


def attempt(row):
    text, function = row
    try:
        function()
    except Exception as problem:  # pylint: disable=broad-except
        return f"not ok - {text}\n# {type(problem).__name__}: " + str(problem).replace("\n", "\n# ")
    return f"ok - {text}"


def main():
    failed = 0
    with concurrent.futures.ThreadPoolExecutor(max_workers=os.cpu_count() or 1) as pool:
        for outcome in pool.map(attempt, claims):
            failed += outcome.startswith("not")
            print(outcome, flush=True)
    print(f"1..{len(claims)}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())

"""Time by command: with --clock manual nothing happens until `leat clock advance` says so."""
import json
import re
import subprocess
import time

from harness import (Server, arn, binary, bodies, call, case, check, counts, create, equal, fresh_name, in_background,
                     is_error, json_call, query_call, receive, send, until)


def advance(server, duration):
    done = subprocess.run([binary("leat"), *server.admin_flags, "clock", "advance", duration],
                          stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=10)
    equal(done.returncode, 0, done.stdout, done.stderr)


@case("clock: visibility, delay and retention follow it")
def _():
    with Server(clock="manual") as server:
        url = create(server, {"VisibilityTimeout": "30", "MessageRetentionPeriod": "3600"})
        send(server, url, "a")
        send(server, url, "b", DelaySeconds=600)
        equal(bodies(receive(server, url, MaxNumberOfMessages=10)), ["a"])
        advance(server, "29s")
        equal((receive(server, url), counts(server, url)), ([], (0, 1, 1)))
        advance(server, "1s")
        equal(bodies(receive(server, url, MaxNumberOfMessages=10)), ["a"])
        advance(server, "5m")
        equal(counts(server, url), (1, 0, 1))
        advance(server, "270s")
        equal(counts(server, url), (2, 0, 0))
        advance(server, "1h")
        equal((receive(server, url), counts(server, url)), ([], (0, 0, 0)))


@case("clock: it stands still by itself")
def _():
    with Server(clock="manual") as server:
        url = create(server, {"VisibilityTimeout": "1"})
        send(server, url)
        first, = receive(server, url, AttributeNames=["All"])
        time.sleep(1.2)
        equal(receive(server, url), [])
        advance(server, "1s")
        second, = receive(server, url, AttributeNames=["All"])
        sent, seen = (int(second["Attributes"][name]) for name in ("SentTimestamp", "ApproximateFirstReceiveTimestamp"))
        equal(seen - sent, 0)
        equal(second["MessageId"], first["MessageId"])


@case("clock: a parked poll is answered by an advance")
def _():
    with Server(clock="manual") as server:
        url = create(server)
        send(server, url, "later", DelaySeconds=300)
        with in_background(receive, server, url, WaitTimeSeconds=20) as outcome:
            time.sleep(0.3)
            check(not outcome, "it was answered too early")
            advance(server, "10s")
            time.sleep(0.2)
            check(not outcome, "it was answered too early")
            call(server, "SetQueueAttributes", QueueUrl=url, Attributes={"VisibilityTimeout": "31"})
            advance(server, "10s")
            until(lambda: outcome, 5, "the end of the poll")
        equal(outcome[0], [])
        advance(server, "280s")
        equal(bodies(receive(server, url)), ["later"])


@case("clock: deduplication forgets after five minutes")
def _():
    with Server(clock="manual") as server:
        url = create(server, {"FifoQueue": "true"})

        def put(body):
            return send(server, url, body, MessageGroupId="g", MessageDeduplicationId="d")

        first = put("1")
        advance(server, "299s")
        equal(put("2")["MessageId"], first["MessageId"])
        advance(server, "2s")
        check(put("3")["MessageId"] != first["MessageId"])
        equal(bodies(receive(server, url, MaxNumberOfMessages=10)), ["1", "3"])


@case("clock: fifo receipts expire, standard ones do not")
def _():
    with Server(clock="manual") as server:
        for attributes, group in (({"FifoQueue": "true", "ContentBasedDeduplication": "true"},
                                   {"MessageGroupId": "g"}), ({}, {})):
            url = create(server, attributes)
            send(server, url, **group)
            handle = receive(server, url)[0]["ReceiptHandle"]
            advance(server, "31s")
            answer = json_call(server, "DeleteMessage", {"QueueUrl": url, "ReceiptHandle": handle})
            if group:
                is_error(answer, "InvalidParameterValueException",
                         f"Value {handle} for parameter ReceiptHandle is invalid. Reason: The receipt handle has "
                         "expired.")
            else:
                equal((answer.status, counts(server, url)), (200, (0, 0, 0)))


@case("clock: a hidden message may be kept for twelve hours, no longer")
def _():
    with Server(clock="manual") as server:
        url = create(server)
        send(server, url)
        handle = receive(server, url)[0]["ReceiptHandle"]
        call(server, "ChangeMessageVisibility", QueueUrl=url, ReceiptHandle=handle, VisibilityTimeout=43200)
        advance(server, "1h")
        is_error(json_call(server, "ChangeMessageVisibility", {
            "QueueUrl": url, "ReceiptHandle": handle, "VisibilityTimeout": 43200}), "InvalidParameterValueException",
                 "Value 43200 for parameter VisibilityTimeout is invalid. Reason: Total VisibilityTimeout for the "
                 "message is beyond the limit [43200 seconds]")
        call(server, "ChangeMessageVisibility", QueueUrl=url, ReceiptHandle=handle, VisibilityTimeout=39600)


@case("clock: names and purges rest for a minute")
def _():
    with Server(clock="manual") as server:
        url = create(server)
        name = url.split("/")[-1]
        call(server, "PurgeQueue", QueueUrl=url)
        is_error(json_call(server, "PurgeQueue", {"QueueUrl": url}), "PurgeQueueInProgress")
        advance(server, "61s")
        call(server, "PurgeQueue", QueueUrl=url)
        call(server, "DeleteQueue", QueueUrl=url)
        advance(server, "58s")
        is_error(json_call(server, "CreateQueue", {"QueueName": name}), "QueueDeletedRecently")
        advance(server, "3s")
        equal(create(server, name=name), url)


@case("clock: a message that expired is shown again before younger ones")
def _():
    with Server(clock="manual") as server:
        url = create(server)
        send(server, url, "old")
        receive(server, url)
        advance(server, "10s")
        send(server, url, "young")
        advance(server, "20s")
        equal(bodies(receive(server, url, MaxNumberOfMessages=10)), ["old", "young"])


@case("clock: a changed DeduplicationScope leaves what was a duplicate one until the window ends")
def _():
    def ids(server, url, *sends):
        return [send(server, url, MessageGroupId=group, MessageDeduplicationId=name)["MessageId"] for group, name in sends]

    def set_scope(server, url, scope):
        call(server, "SetQueueAttributes", QueueUrl=url, Attributes={"DeduplicationScope": scope})

    attributes = {"FifoQueue": "true", "FifoThroughputLimit": "perQueue"}
    with Server(clock="manual") as server:
        url = create(server, attributes, fresh_name() + ".fifo")
        first, = ids(server, url, ("a", "x"))
        advance(server, "400s")
        first, = ids(server, url, ("a", "x"))
        advance(server, "100s")
        set_scope(server, url, "messageGroup")
        equal(ids(server, url, ("a", "x"), ("b", "x")), [first, first])
        of_a, of_b = ids(server, url, ("a", "y"), ("b", "y"))
        check(of_a != of_b, "ids of messages sent since the change are those of their groups")
        advance(server, "199s")
        equal(ids(server, url, ("b", "x")), [first])
        advance(server, "1s")
        check(ids(server, url, ("b", "x")) != [first], "the window has ended")
        set_scope(server, url, "queue")
        equal(ids(server, url, ("a", "y"), ("b", "y")), [of_a, of_b])
        third, = ids(server, url, ("c", "y"))
        check(third not in (of_a, of_b), "nothing of that group was known")
        equal(ids(server, url, ("d", "y")), [third])


@case("clock: a changed DeduplicationScope is remembered over a restart")
def _():
    with Server() as server:
        url = create(server, {"FifoQueue": "true"}, fresh_name() + ".fifo")
        first = send(server, url, MessageGroupId="a", MessageDeduplicationId="x")["MessageId"]
        call(server, "SetQueueAttributes", QueueUrl=url, Attributes={"DeduplicationScope": "messageGroup"})
        server.stop()
        server.start()
        equal(send(server, url, MessageGroupId="b", MessageDeduplicationId="x")["MessageId"], first)


@case("clock: a move task says how many messages it has moved")
def _():
    with Server(clock="manual") as server:
        dead = create(server)
        url = create(server, {"RedrivePolicy": json.dumps({"deadLetterTargetArn": arn(dead), "maxReceiveCount": 1})})
        for number in range(10):
            send(server, url, str(number))
        for _ in range(2):
            receive(server, url, MaxNumberOfMessages=10, VisibilityTimeout=0)
        equal(counts(server, dead), (10, 0, 0))

        def start():
            return call(server, "StartMessageMoveTask", SourceArn=arn(dead),
                        MaxNumberOfMessagesPerSecond=1)["TaskHandle"]

        def task():
            return call(server, "ListMessageMoveTasks", SourceArn=arn(dead))["Results"][0]

        def in_query(action, **parameters):
            answer = query_call(server, {"Action": action, **parameters})
            equal(answer.status, 200, answer.body)
            return int(re.search(rb"<ApproximateNumberOfMessagesMoved>([0-9]+)<", answer.body).group(1))

        def has_moved(number):
            until(lambda: counts(server, url)[0] == number, 10, "the message in its queue")
            until(lambda: task()["ApproximateNumberOfMessagesMoved"] == number - before, 10, "the number of those moved")
            equal(in_query("ListMessageMoveTasks", SourceArn=arn(dead)), number - before)

        before = 0
        handle = start()
        has_moved(1)
        for number in (2, 3):
            advance(server, "1s")
            has_moved(number)
        equal(call(server, "CancelMessageMoveTask", TaskHandle=handle), {"ApproximateNumberOfMessagesMoved": 3})
        until(lambda: task()["Status"] == "CANCELLED", 10, "the end of the task")
        equal(task()["ApproximateNumberOfMessagesMoved"], 3)
        before = 3
        handle = start()
        has_moved(4)
        advance(server, "1s")
        has_moved(5)
        equal(in_query("CancelMessageMoveTask", TaskHandle=handle), 2)


@case("clock: a move task keeps its rate")
def _():
    with Server(clock="manual") as server:
        dead = create(server)
        url = create(server, {"RedrivePolicy": json.dumps({"deadLetterTargetArn": arn(dead), "maxReceiveCount": 1})})
        for number in range(5):
            send(server, url, str(number))
        receive(server, url, MaxNumberOfMessages=10, VisibilityTimeout=0)
        receive(server, url, MaxNumberOfMessages=10, VisibilityTimeout=0)
        equal(counts(server, dead), (5, 0, 0))
        call(server, "StartMessageMoveTask", SourceArn=arn(dead), MaxNumberOfMessagesPerSecond=1)

        def status():
            return call(server, "ListMessageMoveTasks", SourceArn=arn(dead))["Results"][0]["Status"]

        time.sleep(1.5)
        equal(status(), "RUNNING")
        check(counts(server, url)[0] <= 2, counts(server, url))

        def step():
            advance(server, "1s")
            return status() == "COMPLETED"

        until(step, 15, "the end of the task")
        equal((counts(server, url)[0], counts(server, dead)[0]), (5, 0))

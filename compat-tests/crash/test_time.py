"""Deadlines and memories that outlive the process: with `--clock manual`, over kills and stops. And retries."""
import json
import subprocess

from base import (Server, arn, attempt, binary, bodies, call, case, check, counts, create, equal,
                  invocation, ok, json_call, receive, restart, send, until)

HOW = ("kill", "stop")


def advance(server, duration):
    done = subprocess.run([binary("leat"), *server.admin_flags, "clock", "advance", duration],
                          stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=10)
    equal(done.returncode, 0, done.stdout, done.stderr)


def touch(server):
    """Something durable in every log: it carries the clock's time over a kill."""
    for number in range(6):
        send(server, create(server, name=f"touch-{number}"), "x")


def passes(server, duration, how):
    """Time goes by, and the server ends and starts somewhere in it."""
    advance(server, duration)
    touch(server)
    restart(server, how)


@case("restart: visibility goes on where it was")
def _():
    with Server(clock="manual") as server:
        for how in HOW:
            for attributes, group in (({}, {}), ({"FifoQueue": "true"}, {"MessageGroupId": "g",
                                                                         "MessageDeduplicationId": "d"})):
                url = create(server, {"VisibilityTimeout": "600", **attributes})
                send(server, url, "a", **group)
                message, = receive(server, url)
                passes(server, "300s", how)
                equal((receive(server, url), counts(server, url)), ([], (0, 1, 0)), how)
                call(server, "ChangeMessageVisibility", QueueUrl=url, ReceiptHandle=message["ReceiptHandle"],
                     VisibilityTimeout=900)
                passes(server, "890s", how)
                equal(receive(server, url), [], how)
                advance(server, "10s")
                again, = receive(server, url, AttributeNames=["All"])
                equal((again["MessageId"], again["Attributes"]["ApproximateReceiveCount"]),
                      (message["MessageId"], "2"), how)
                call(server, "DeleteMessage", QueueUrl=url, ReceiptHandle=again["ReceiptHandle"])
                restart(server, how)
                advance(server, "2h")
                equal(receive(server, url), [], how)


@case("restart: receipt handles stay valid, and expired ones expired")
def _():
    with Server(clock="manual") as server:
        for how in HOW:
            url = create(server, {"FifoQueue": "true", "ContentBasedDeduplication": "true"})
            send(server, url, "a", MessageGroupId="g")
            old = receive(server, url)[0]["ReceiptHandle"]
            advance(server, "31s")
            new = receive(server, url)[0]["ReceiptHandle"]
            restart(server, how)
            equal(attempt(server, "DeleteMessage", QueueUrl=url, ReceiptHandle=old)[0], 400, how)
            equal(counts(server, url), (0, 1, 0), how)
            call(server, "DeleteMessage", QueueUrl=url, ReceiptHandle=new)
            equal(counts(server, url), (0, 0, 0), how)


@case("restart: delays end when they should")
def _():
    with Server(clock="manual") as server:
        for how in HOW:
            url = create(server)
            send(server, url, "later", DelaySeconds=900)
            passes(server, "600s", how)
            equal((receive(server, url), counts(server, url)), ([], (0, 0, 1)), how)
            advance(server, "300s")
            equal(bodies(receive(server, url)), ["later"], how)


@case("restart: deduplication remembers five minutes, not more")
def _():
    with Server(clock="manual") as server:
        for how in HOW:
            url = create(server, {"FifoQueue": "true"})

            def put(body, url=url):
                return send(server, url, body, MessageGroupId="g", MessageDeduplicationId="d")

            first = put("1")
            message, = receive(server, url)
            call(server, "DeleteMessage", QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
            passes(server, "200s", how)
            second = put("2")
            equal((second["MessageId"], second["SequenceNumber"]), (first["MessageId"], first["SequenceNumber"]), how)
            passes(server, "99s", how)
            equal(put("3")["MessageId"], first["MessageId"], how)
            equal(receive(server, url), [], how)
            advance(server, "2s")
            fourth = put("4")
            check(int(fourth["SequenceNumber"]) > int(first["SequenceNumber"]), how, first, fourth)
            equal(bodies(receive(server, url)), ["4"], how)


@case("restart: a receive attempt is repeated with the same answer")
def _():
    with Server(clock="manual") as server:
        for how in HOW:
            url = create(server, {"FifoQueue": "true", "ContentBasedDeduplication": "true"})
            for body in "ab":
                send(server, url, body, MessageGroupId="g")
            first = receive(server, url, ReceiveRequestAttemptId="attempt", MaxNumberOfMessages=10)
            passes(server, "10s", how)
            second = receive(server, url, ReceiveRequestAttemptId="attempt", MaxNumberOfMessages=10)
            equal([(one["MessageId"], one["Body"]) for one in second],
                  [(one["MessageId"], one["Body"]) for one in first], how)
            for one in first:
                call(server, "DeleteMessage", QueueUrl=url, ReceiptHandle=one["ReceiptHandle"])
            equal(counts(server, url), (0, 0, 0), how)


@case("restart: retention counts from the send")
def _():
    with Server(clock="manual") as server:
        for how in HOW:
            url = create(server, {"MessageRetentionPeriod": "3600"})
            send(server, url, "old")
            passes(server, "1800s", how)
            send(server, url, "young")
            passes(server, "1790s", how)
            equal(counts(server, url), (2, 0, 0), how)
            advance(server, "70s")
            equal(bodies(receive(server, url, MaxNumberOfMessages=10)), ["young"], how)
            restart(server, how)
            equal(sum(counts(server, url)), 1, how)


@case("restart: counts are there before anybody asks for messages")
def _():
    with Server() as server:
        urls = [create(server) for _ in range(6)]
        for url in urls:
            for body in "abc":
                send(server, url, body)
            receive(server, url, VisibilityTimeout=600)
            send(server, url, "d", DelaySeconds=600)
        for how in HOW:
            restart(server, how)
            for url in urls:
                equal(counts(server, url), (2, 1, 1), how)


@case("restart: dead letters are in one queue")
def _():
    with Server(clock="manual") as server:
        for how in HOW:
            dead = create(server)
            url = create(server, {"RedrivePolicy": json.dumps({"deadLetterTargetArn": arn(dead),
                                                               "maxReceiveCount": 2})})
            sent = send(server, url, "poison")["MessageId"]
            for count in ("1", "2"):
                message, = receive(server, url, VisibilityTimeout=0, AttributeNames=["All"])
                equal(message["Attributes"]["ApproximateReceiveCount"], count, how)
                touch(server)
                restart(server, how)
            equal(receive(server, url), [], how)
            restart(server, how)
            equal((counts(server, url), counts(server, dead)), ((0, 0, 0), (1, 0, 0)), how)
            message, = receive(server, dead, AttributeNames=["All"])
            equal((message["MessageId"], message["Attributes"]["ApproximateReceiveCount"]), (sent, "3"), how)


@case("restart: purged and deleted queues stay empty")
def _():
    with Server(clock="manual") as server:
        for how in HOW:
            url, gone = create(server), create(server)
            for target in (url, gone):
                for body in "abc":
                    send(server, target, body)
            call(server, "PurgeQueue", QueueUrl=url)
            call(server, "DeleteQueue", QueueUrl=gone)
            send(server, url, "after")
            restart(server, how)
            advance(server, "61s")
            equal(create(server, name=gone.split("/")[-1]), gone)
            equal(receive(server, gone, MaxNumberOfMessages=10), [], how)
            equal(bodies(receive(server, url, MaxNumberOfMessages=10)), ["after"], how)


@case("restart: a move task goes on")
def _():
    with Server(clock="manual") as server:
        for how in HOW:
            dead = create(server)
            url = create(server, {"RedrivePolicy": json.dumps({"deadLetterTargetArn": arn(dead),
                                                               "maxReceiveCount": 1})})
            for number in range(6):
                send(server, url, str(number))
            for _ in range(2):
                receive(server, url, MaxNumberOfMessages=10, VisibilityTimeout=0)
            equal(counts(server, dead), (6, 0, 0), how)
            call(server, "StartMessageMoveTask", SourceArn=arn(dead), MaxNumberOfMessagesPerSecond=1)
            advance(server, "2s")
            restart(server, how)
            # One that is under way between the two is counted when it has arrived.
            until(lambda url=url, dead=dead: sum(counts(server, url)) + sum(counts(server, dead)) == 6, 5, how)
            for _ in range(40):
                advance(server, "1s")
                if call(server, "ListMessageMoveTasks", SourceArn=arn(dead))["Results"][0]["Status"] != "RUNNING":
                    break
            task = call(server, "ListMessageMoveTasks", SourceArn=arn(dead))["Results"][0]
            equal((task["Status"], counts(server, url)[0], counts(server, dead)[0]), ("COMPLETED", 6, 0), how)


# ---- D11: the same call, repeated ----

@case("retry: a repeated send makes no second message")
def _():
    with Server() as server:
        for how in (None,) + HOW:
            url, other = create(server), create(server)
            mine = invocation()
            members = {"QueueUrl": url, "MessageBody": "once"}
            first = ok(json_call(server, "SendMessage", members, headers=mine))
            if how:
                restart(server, how)
            second = ok(json_call(server, "SendMessage", members, headers=mine))
            equal(second["MessageId"], first["MessageId"], how)
            check(ok(json_call(server, "SendMessage", {**members, "QueueUrl": other},
                               headers=mine))["MessageId"] != first["MessageId"], "another queue")
            check(ok(json_call(server, "SendMessage", members, headers=invocation()))["MessageId"]
                  != first["MessageId"], "another call")
            equal(sorted(bodies(receive(server, url, MaxNumberOfMessages=10))), ["once", "once"], how)


@case("retry: a repeated batch makes no second messages")
def _():
    with Server() as server:
        for how in (None,) + HOW:
            url = create(server)
            mine = invocation()
            members = {"QueueUrl": url, "Entries": [{"Id": f"e{number}", "MessageBody": "same"}
                                                    for number in range(10)]}
            first = ok(json_call(server, "SendMessageBatch", members, headers=mine))
            if how:
                restart(server, how)
            second = ok(json_call(server, "SendMessageBatch", members, headers=mine))
            equal({row["Id"]: row["MessageId"] for row in second["Successful"]},
                  {row["Id"]: row["MessageId"] for row in first["Successful"]}, how)
            equal(counts(server, url), (10, 0, 0), how)


@case("retry: a repeated send is known though its message was deleted")
def _():
    with Server(clock="manual") as server:
        for how in HOW:
            url = create(server)
            mine = invocation()
            members = {"QueueUrl": url, "MessageBody": "once"}
            first = ok(json_call(server, "SendMessage", members, headers=mine))
            message, = receive(server, url)
            call(server, "DeleteMessage", QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
            passes(server, "30s", how)
            equal(ok(json_call(server, "SendMessage", members, headers=mine))["MessageId"], first["MessageId"], how)
            equal(receive(server, url), [], how)
            advance(server, "31s")
            check(ok(json_call(server, "SendMessage", members, headers=mine))["MessageId"] != first["MessageId"],
                  "still known after a minute")

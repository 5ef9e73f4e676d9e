"""Long polls: who is woken, when, and what happens to clients that leave. Reference E3."""
import json
import threading
import time
from random import Random

from harness import (Connection, Server, bodies, call, case, check, counts, create, equal, in_background, receive, request_bytes,
                     send, shared, until)


def json_bytes(action, **members):
    return request_bytes("POST", "/", {
        "Content-Type": "application/x-amz-json-1.0", "X-Amz-Target": f"AmazonSQS.{action}"}, json.dumps(members))


def poll_bytes(url, seconds=20, **members):
    return json_bytes("ReceiveMessage", QueueUrl=url, WaitTimeSeconds=seconds, **members)


def park_at_once(server, url, count, **members):
    """That many connections, each with a long poll that is sent."""
    connections = [Connection(server, 25) for _ in range(count)]
    for connection in connections:
        connection.send(poll_bytes(url, **members))
    return connections


def park(server, url, count, **members):
    """That many connections, each with a long poll under way."""
    connections = park_at_once(server, url, count, **members)
    time.sleep(0.3)
    return connections


def woken(connections, seconds=2.0):
    """Bodies that came on these connections, those without an answer left out."""
    got = []
    deadline = time.monotonic() + seconds
    for connection in connections:
        connection.socket.settimeout(max(0.01, deadline - time.monotonic()))
        try:
            answer = connection.answer()
        except TimeoutError:
            continue
        got += bodies(answer.json().get("Messages", [])) if answer else []
    return got


@case("polls: an empty poll ends when its time is over")
def _():
    server = shared()
    url = create(server)
    started = time.monotonic()
    equal(receive(server, url, WaitTimeSeconds=1), [])
    check(0.9 < time.monotonic() - started < 3, f"{time.monotonic() - started:.2f} s")


@case("polls: the queue's wait time is the default, zero overrides it")
def _():
    server = shared()
    url = create(server, {"ReceiveMessageWaitTimeSeconds": "1"})
    for members, low, high in (({}, 0.9, 3), ({"WaitTimeSeconds": 0}, 0, 0.7)):
        started = time.monotonic()
        receive(server, url, **members)
        check(low <= time.monotonic() - started < high, f"{time.monotonic() - started:.2f} s", members)


@case("polls: two hundred are woken by two hundred messages, each once")
def _():
    server = shared()
    url = create(server)
    connections = park(server, url, 200)
    for start in range(0, 200, 10):
        call(server, "SendMessageBatch", QueueUrl=url, Entries=[
            {"Id": str(number), "MessageBody": str(number)} for number in range(start, start + 10)])
    got = woken(connections, 10)
    equal(sorted(got, key=int), [str(number) for number in range(200)])
    equal(counts(server, url), (0, 200, 0))
    for connection in connections:
        connection.close()


@case("polls: one message wakes one of many")
def _():
    server = shared()
    url = create(server)
    connections = park(server, url, 30)
    send(server, url, "only")
    equal(woken(connections, 1.5), ["only"])
    send(server, url, "second")
    equal(woken(connections, 1.5), ["second"])
    for connection in connections:
        connection.close()


@case("polls: a client that has gone swallows no message")
def _():
    server = shared()
    url = create(server)
    for connection in park(server, url, 20):
        connection.close()
    time.sleep(0.2)
    send(server, url, "kept")
    started = time.monotonic()
    equal(bodies(receive(server, url, WaitTimeSeconds=5)), ["kept"])
    check(time.monotonic() - started < 2, "it waited for a visibility timeout")
    message, = _again(server, url)
    equal(message["Attributes"]["ApproximateReceiveCount"], "1")


def _again(server, url):
    call(server, "PurgeQueue", QueueUrl=url)
    for connection in park(server, url, 3):
        connection.close()
    send(server, url, "count")
    return receive(server, url, WaitTimeSeconds=5, AttributeNames=["ApproximateReceiveCount"])


@case("polls: clients that leave while messages arrive lose none")
def _():
    server = shared()
    url = create(server, {"VisibilityTimeout": "1"})
    stop = threading.Event()

    def leave():
        while not stop.is_set():
            with Connection(server) as connection:
                connection.send(poll_bytes(url, MaxNumberOfMessages=10))
                stop.wait(0.01)

    threads = [threading.Thread(target=leave) for _ in range(8)]
    for thread in threads:
        thread.start()
    for number in range(100):
        send(server, url, str(number))
    stop.set()
    for thread in threads:
        thread.join()
    got = set()

    def collect():
        for message in receive(server, url, MaxNumberOfMessages=10, WaitTimeSeconds=1):
            got.add(message["Body"])
            call(server, "DeleteMessage", QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
        return len(got) == 100

    until(collect, 30, "all messages")


@case("polls: the end of a delay and of a visibility timeout wake")
def _():
    server = shared()
    url = create(server)
    send(server, url, "delayed", DelaySeconds=1)
    started = time.monotonic()
    equal(bodies(receive(server, url, WaitTimeSeconds=10, VisibilityTimeout=1)), ["delayed"])
    check(0.8 < time.monotonic() - started < 3, f"{time.monotonic() - started:.2f} s")
    started = time.monotonic()
    equal(bodies(receive(server, url, WaitTimeSeconds=10)), ["delayed"])
    check(0.8 < time.monotonic() - started < 3, f"{time.monotonic() - started:.2f} s")


@case("polls: a change of visibility to zero wakes")
def _():
    server = shared()
    url = create(server)
    send(server, url, "x")
    handle = receive(server, url)[0]["ReceiptHandle"]
    with in_background(receive, server, url, WaitTimeSeconds=15) as outcome:
        time.sleep(0.3)
        call(server, "ChangeMessageVisibility", QueueUrl=url, ReceiptHandle=handle, VisibilityTimeout=0)
        until(lambda: outcome, 3)
    equal(bodies(outcome[0]), ["x"])


@case("polls: a fifo group that is unlocked wakes")
def _():
    server = shared()
    url = create(server, {"FifoQueue": "true", "ContentBasedDeduplication": "true"})
    for body in ("1", "2"):
        send(server, url, body, MessageGroupId="g")
    first, = receive(server, url)
    with in_background(receive, server, url, WaitTimeSeconds=15) as outcome:
        time.sleep(0.3)
        check(not outcome, "the group was not locked")
        call(server, "DeleteMessage", QueueUrl=url, ReceiptHandle=first["ReceiptHandle"])
        until(lambda: outcome, 3)
    equal(bodies(outcome[0]), ["2"])


@case("polls: it is answered at once with what there is")
def _():
    server = shared()
    url = create(server)
    for body in ("1", "2"):
        send(server, url, body)
    started = time.monotonic()
    equal(sorted(bodies(receive(server, url, WaitTimeSeconds=20, MaxNumberOfMessages=10))), ["1", "2"])
    check(time.monotonic() - started < 1, "it waited to fill up")


@case("polls: deleting the queue ends them")
def _():
    server = shared()
    url = create(server)
    connections = park(server, url, 5)
    call(server, "DeleteQueue", QueueUrl=url)
    for connection in connections:
        connection.socket.settimeout(3)
        answer = connection.answer()
        check(answer is not None and answer.status in (200, 400), answer)
        connection.close()


def hang_up_at_the_end(server, url, count, seconds, random):
    """That many polls, each given up by its client when its wait ends: like a read timeout of the same length."""
    connections = []
    for _ in range(count):
        connections.append((Connection(server, 25), time.monotonic()))
        connections[-1][0].send(poll_bytes(url, seconds))
    for connection, started in connections:
        time.sleep(max(0.0, started + seconds + random.uniform(-0.002, 0.002) - time.monotonic()))
        connection.close()


@case("polls: clients that hang up at the very end of their wait leave a server that serves")
def _():
    for workers in (1, 2):
        with Server(workers=workers) as server:
            url = create(server)
            random = Random(workers)
            for count in (2, 20, 200):
                hang_up_at_the_end(server, url, count, 1, random)
                check(server.process.poll() is None, workers, count, server.log_tail(5))
            send(server, url, "still here")
            equal(bodies(receive(server, url)), ["still here"])
            equal(server.stop(), 0)


@case("polls: a queue deleted under receives that were just offered a message ends each of them once")
def _():
    for workers in (1, 2):
        with Server(workers=workers) as server:
            for _ in range(25):
                url = create(server)
                polls = park_at_once(server, url, 8)
                rivals = [Connection(server, 25) for _ in range(3)]
                for rival, request in zip(rivals, (
                        json_bytes("SendMessage", QueueUrl=url, MessageBody="one"),
                        json_bytes("DeleteQueue", QueueUrl=url),
                        json_bytes("SendMessage", QueueUrl=url, MessageBody="two"))):
                    rival.send(request)
                for connection in rivals + polls:  # each an answer: of a message, or that the queue is gone
                    answer = connection.answer()
                    check(answer is not None, workers, server.log_tail(5))
                    check(answer.status in (200, 400), answer.status, answer.body)
                    connection.close()
                check(server.process.poll() is None, workers, server.log_tail(5))
            equal(server.stop(), 0)

"""Metadata in Redis: shared by servers, and what happens while Redis is away. D9 of the architecture."""
import json
import shutil
import time
import urllib.error
import urllib.request

from harness import (ACCOUNT, Server, bodies, call, case, check, create, equal, in_background, json_call, query_call,
                     receive, send, until)
from redis_server import Redis
from test_clock import advance
from test_process import survives


def status(server, path):
    try:
        with urllib.request.urlopen(server.admin_url + path, timeout=5) as answer:
            return answer.status
    except urllib.error.HTTPError as error:
        return error.code


@case("redis: a restart keeps queues, attributes, tags and policies")
def _():
    with Redis() as redis, Server(metadata=redis.url) as server:
        survives(server, lambda server: equal(server.stop(), 0))


@case("redis: definitions are in Redis, not in the data directory")
def _():
    with Redis() as redis, Server(metadata=redis.url) as one:
        name = create(one, {"VisibilityTimeout": "9"}).split("/")[-1]
        equal(one.stop(), 0)
        with Server(metadata=redis.url) as two:
            url = call(two, "GetQueueUrl", QueueName=name)["QueueUrl"]
            got = call(two, "GetQueueAttributes", QueueUrl=url, AttributeNames=["VisibilityTimeout"])["Attributes"]
            equal(got, {"VisibilityTimeout": "9"})


@case("redis: while it is away known queues work and CreateQueue fails so that clients try again")
def _():
    with Redis() as redis, Server(metadata=redis.url) as server:
        url = create(server)
        send(server, url, "before")
        redis.stop()
        time.sleep(0.2)
        send(server, url, "during")
        equal(sorted(bodies(receive(server, url, MaxNumberOfMessages=10))), ["before", "during"])
        call(server, "GetQueueAttributes", QueueUrl=url, AttributeNames=["All"])
        call(server, "GetQueueUrl", QueueName=url.split("/")[-1])
        started = time.monotonic()
        answer = json_call(server, "CreateQueue", {"QueueName": "while-away"})
        equal(answer.status, 503, answer)
        check(answer.headers.get("x-amzn-query-error", "").startswith("ServiceUnavailable;"), answer)
        check(time.monotonic() - started < 5, f"it took {time.monotonic() - started:.1f} s")
        equal(status(server, "/livez"), 200)
        redis.start()
        until(lambda: json_call(server, "CreateQueue", {"QueueName": "while-away"}).status == 200, 15, "CreateQueue")
        equal(sorted(call(server, "ListQueues")["QueueUrls"]),
              sorted([url, call(server, "GetQueueUrl", QueueName="while-away")["QueueUrl"]]))


@case("redis: a server that starts without it tells the anonymous to try again")
def _():
    redis = Redis()
    server = Server(auth="verify", metadata=redis.url)
    try:
        try:
            server.start(ready_seconds=1)
        except RuntimeError as problem:
            check("was not ready" in str(problem), problem)
        url = f"http://localhost/{ACCOUNT}/q"
        for answer in (json_call(server, "SendMessage", {"QueueUrl": url, "MessageBody": "x"}),
                       query_call(server, {"Action": "SendMessage", "QueueUrl": url, "MessageBody": "x"})):
            equal(answer.status, 503, answer)
        equal(json_call(server, "ListQueues").status, 403)
    finally:
        server.remove()
        redis.stop()
        shutil.rmtree(redis.home, ignore_errors=True)


@case("redis: a server that starts without it is alive, and ready when it comes")
def _():
    redis = Redis()
    server = Server(metadata=redis.url)
    try:
        try:
            server.start(ready_seconds=2)
        except RuntimeError as problem:
            check("was not ready" in str(problem), problem)
        else:
            raise AssertionError("it is ready without Redis")
        equal(status(server, "/livez"), 200)
        redis.start()
        until(server.is_ready, 15, "readyz")
        send(server, create(server))
    finally:
        server.remove()
        redis.stop()
        shutil.rmtree(redis.home, ignore_errors=True)


def moved(url, server):
    """The same queue's URL at another server."""
    return server.url + "/" + "/".join(url.split("/")[3:])


def attribute(server, url, name):
    return call(server, "GetQueueAttributes", QueueUrl=url, AttributeNames=[name])["Attributes"][name]


def is_gone(answer):
    return answer.status == 400 and "NonExistentQueue" in answer.headers.get("x-amzn-query-error", "")


@case("redis: what one server changes the other sees, also tags, attributes and a name that is used again")
def _():
    with Redis() as redis, Server(metadata=redis.url) as one, Server(metadata=redis.url, relaxed="on") as two:
        url = create(one)
        there = moved(url, two)
        send(two, there, "x")  # an unknown name is looked up at once
        call(one, "SetQueueAttributes", QueueUrl=url, Attributes={"VisibilityTimeout": "7"})
        until(lambda: attribute(two, there, "VisibilityTimeout") == "7", 10, "the attribute at the other server")
        call(two, "TagQueue", QueueUrl=there, Tags={"t": "1"})
        until(lambda: call(one, "ListQueueTags", QueueUrl=url).get("Tags") == {"t": "1"}, 10, "the tag")
        other = create(two)
        until(lambda: moved(other, one) in call(one, "ListQueues")["QueueUrls"], 10, "the other's queue in the list")
        call(two, "DeleteQueue", QueueUrl=there)
        call(two, "CreateQueue", QueueName=url.split("/")[-1], Attributes={"VisibilityTimeout": "9"})
        until(lambda: attribute(one, url, "VisibilityTimeout") == "9", 10, "the queue's next life")
        equal(receive(two, there), [])


@case("redis: a queue deleted through one server ends parked receives at the other")
def _():
    with Redis() as redis, Server(metadata=redis.url) as one, Server(metadata=redis.url) as two:
        url = create(one)
        there = moved(url, two)
        send(two, there, "x")
        equal(bodies(receive(two, there)), ["x"])
        with in_background(json_call, two, "ReceiveMessage", {"QueueUrl": there, "WaitTimeSeconds": 20}) as parked:
            time.sleep(0.3)  # parked by then, most of the time: either way it must find no queue in the end
            call(one, "DeleteQueue", QueueUrl=url)
        check(is_gone(parked[0]), parked)
        check(is_gone(json_call(two, "SendMessage", {"QueueUrl": there, "MessageBody": "y"})), "a send afterwards")


@case("redis: two servers never give the same id, also when the clock of one is ahead")
def _():
    with Redis() as redis, Server(metadata=redis.url, clock="manual") as ahead:
        advance(ahead, "1d")
        names = [create(ahead) for _ in range(3)]
        with Server(metadata=redis.url) as one, Server(metadata=redis.url) as two:
            for _ in range(20):
                names += [create(one), create(ahead), create(two)]
            ids = [json.loads(text.split(" ", 1)[1])["id"] for text in redis.ask("HVALS", "leat:{meta}:queue").split("\n")]
            equal(len(ids), len(names))
            equal(len(set(ids)), len(ids))


@case("redis: one that lost its data is told, changes are refused, known queues go on, a restart takes it as it is")
def _():
    with Redis() as redis, Server(metadata=redis.url) as server:
        url = create(server)
        for body in "abc":
            send(server, url, body)
        redis.ask("FLUSHALL")
        until(lambda: "is missing" in server.log_tail(200), 10, "a line about the loss")
        for name in ("new", url.split("/")[-1] + "x"):
            answer = json_call(server, "CreateQueue", {"QueueName": name})
            equal(answer.status, 503, answer)
            check("has lost what this server read" in answer.text, answer)
        equal(json_call(server, "DeleteQueue", {"QueueUrl": url}).status, 503)
        send(server, url, "d")
        equal(bodies(receive(server, url)), ["a"])
        equal(call(server, "ListQueues")["QueueUrls"], [url])
        equal(redis.ask("EXISTS", "leat:{meta}:queue"), "0")
        equal(server.stop(), 0)
        server.start()
        until(lambda: "messages of 1 queues that the metadata store does not know" in server.log_tail(200), 10,
              "how many messages belong to unknown queues")
        check("holds 4 messages" in server.log_tail(200), server.log_tail(200))
        create(server)


@case("redis: one whose data is put back is used again without a restart")
def _():
    with Redis() as redis, Server(metadata=redis.url) as server:
        url = create(server)
        run = redis.ask("GET", "leat:{meta}:run")
        redis.ask("SET", "leat:{meta}:run", "another")
        until(lambda: "has changed" in server.log_tail(200), 10, "a line about the loss")
        equal(json_call(server, "SetQueueAttributes", {"QueueUrl": url, "Attributes": {"DelaySeconds": "1"}}).status, 503)
        redis.ask("SET", "leat:{meta}:run", run)
        until(lambda: json_call(server, "SetQueueAttributes",
                                {"QueueUrl": url, "Attributes": {"DelaySeconds": "1"}}).status == 200, 10, "changes")

"""Metadata in Redis: shared by servers, and what happens while Redis is away. D9 of the architecture."""
import shutil
import time
import urllib.error
import urllib.request

from harness import Server, bodies, call, case, check, create, equal, json_call, receive, send, until
from redis_server import Redis
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

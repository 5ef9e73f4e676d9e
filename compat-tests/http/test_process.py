"""leatd as a process: options, signals, restarts."""
import json
import signal
import subprocess
import time
import urllib.error
import urllib.request

from harness import Connection, Server, binary, call, case, check, create, equal, is_error, json_call, send
from test_polls import park


def get(url):
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:
            return answer.status
    except urllib.error.HTTPError as error:
        return error.code


def leatd(*options):
    return subprocess.run([binary("leatd"), *options], stdin=subprocess.DEVNULL, capture_output=True, text=True,
                          timeout=20)


@case("process: help and version are printed and end well")
def _():
    for option in ("--help", "--version"):
        for name in ("leatd", "leat"):
            done = subprocess.run([binary(name), option], stdin=subprocess.DEVNULL, capture_output=True, text=True,
                                  timeout=10)
            equal((name, option, done.returncode), (name, option, 0), done.stderr)
            check(done.stdout.strip(), name, option, "prints nothing")


@case("process: bad options end it with a sentence")
def _():
    for options in (["--no-such-option"], ["--listen", "nonsense"], ["--auth", "maybe"], ["--clock", "sundial"],
                    ["--account", "12"], ["--auth", "verify", "--credentials", "/nonexistent/file"],
                    ["--config", "/nonexistent/file"]):
        done = leatd(*options)
        check(done.returncode not in (0, None) and done.returncode > 0, options, done)
        check(done.stderr.strip(), options, "says nothing")


@case("process: a port that is taken ends it with a sentence")
def _():
    with Server() as server:
        other = Server()
        other.port = server.port
        try:
            other.start()
        except RuntimeError as problem:
            check("ended with" in str(problem), problem)
            check(str(server.port) in other.log_tail() or "in use" in other.log_tail(), other.log_tail())
        else:
            raise AssertionError("it started on a port that is taken")
        finally:
            other.remove()


@case("process: a port that is taken is noticed before the data is read, and before it is made")
def _():
    with Server() as server, Server() as first:
        send(first, create(first), "kept")
        first.kill()
        for data, is_there in ((first.data, True), (first.home / "none", False)):
            other = Server()
            other.port, other.data = server.port, data
            try:
                other.start()
            except RuntimeError as problem:
                check("ended with 1" in str(problem), problem)
            else:
                raise AssertionError("it started on a port that is taken")
            check("another process listens there" in other.log_tail(), other.log_tail())
            check("replayed" not in other.log_tail(), other.log_tail())
            equal(data.exists(), is_there)
            other.remove()


@case("process: livez and readyz answer")
def _():
    with Server() as server:
        equal((get(server.admin_url + "/livez"), get(server.admin_url + "/readyz")), (200, 200))


@case("process: SIGTERM answers parked polls and ends with status 0")
def _():
    for stop in (signal.SIGTERM, signal.SIGINT):
        with Server() as server:
            url = create(server)
            connections = park(server, url, 20)
            started = time.monotonic()
            server.process.send_signal(stop)
            for connection in connections:
                answer = connection.answer()
                check(answer is not None, "closed without an answer")
                equal((answer.status, answer.body), (200, b"{}"))
                connection.close()
            equal(server.process.wait(10), 0)
            check(time.monotonic() - started < 6, f"it took {time.monotonic() - started:.1f} s")


@case("process: idle and half-sent connections do not delay the end for long")
def _():
    with Server(drain_seconds=2) as server:
        idle = [Connection(server) for _ in range(10)]
        for connection in idle[:5]:
            connection.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n{")
        time.sleep(0.1)
        started = time.monotonic()
        equal(server.stop(), 0)
        check(time.monotonic() - started < 5, f"it took {time.monotonic() - started:.1f} s")
        for connection in idle:
            connection.close()


DEFINITION = {"VisibilityTimeout": "77", "DelaySeconds": "5", "MessageRetentionPeriod": "600"}


def define(server):
    """Queues with everything that a restart must keep."""
    dead = create(server, name="dead")
    url = create(server, {**DEFINITION, "RedrivePolicy": json.dumps({
        "deadLetterTargetArn": f"arn:aws:sqs:us-east-1:000000000000:{dead.split('/')[-1]}", "maxReceiveCount": 3})},
                 "kept", {"team": "water"})
    create(server, {"FifoQueue": "true", "ContentBasedDeduplication": "true"}, "kept.fifo")
    call(server, "AddPermission", QueueUrl=url, Label="l", AWSAccountIds=["111122223333"], Actions=["SendMessage"])
    gone = create(server, name="gone")
    call(server, "DeleteQueue", QueueUrl=gone)
    return url, describe(server, url)


def describe(server, url):
    attributes = call(server, "GetQueueAttributes", QueueUrl=url, AttributeNames=["All"])["Attributes"]
    names = sorted(queue.split("/")[-1] for queue in call(server, "ListQueues")["QueueUrls"])
    fifo = call(server, "GetQueueAttributes", QueueUrl=url + ".fifo", AttributeNames=["All"])["Attributes"]
    return (names, call(server, "ListQueueTags", QueueUrl=url)["Tags"],
            {name: value for name, value in attributes.items() if not name.startswith("Approximate")},
            {name: value for name, value in fifo.items() if not name.startswith("Approximate")})


def survives(server, end):
    """Queues, attributes, tags and policies are the same after the server ended in that way and was started again."""
    url, before = define(server)
    end(server)
    server.start()
    equal(describe(server, url), before)
    send(server, url)
    is_error(json_call(server, "GetQueueUrl", {"QueueName": "gone"}), "QueueDoesNotExist")


@case("process: a restart keeps queues, attributes, tags and policies")
def _():
    with Server() as server:
        survives(server, lambda server: equal(server.stop(), 0))


@case("process: a crash keeps queues, attributes, tags and policies")
def _():
    with Server() as server:
        survives(server, lambda server: server.kill())


@case("process: options come from a configuration file too")
def _():
    with Server() as server:
        server.stop()
        path = server.home / "leatd.conf"
        done = leatd("--config", str(path))
        check(done.returncode > 0, "a missing configuration file is accepted")

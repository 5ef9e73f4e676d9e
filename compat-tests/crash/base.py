"""What the cases share: the harness of the HTTP tests, and a few calls that may fail."""
import json
import pathlib
import sys
import uuid

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "http"))

from harness import (Connection, Server, arn, binary, bodies, call, case, check, counts, create,  # noqa: E402,F401
                     equal, exchange, json_call, ok, receive, request_bytes, run, send, until)


def attempt(server, operation, timeout=10, headers=None, **members):
    """(status, members). Status 0: no answer."""
    try:
        answer = json_call(server, operation, members, headers=headers, timeout=timeout)
    except (AssertionError, OSError):
        return 0, {}
    return answer.status, answer.json() if answer.body else {}


def ready(server):
    """The statuses of /readyz on the admin listener and on the API's."""
    class Admin:
        port = server.admin_port
        process = server.process
        log_tail = server.log_tail

    return tuple(exchange(where, "GET", "/readyz", timeout=5).status for where in (Admin, server))


def drain(server, url, seconds=20):
    """Bodies of all that is left in a queue, deleted."""
    found = []
    with Connection(server, seconds) as connection:
        while True:
            messages = speak(connection, "ReceiveMessage", QueueUrl=url, MaxNumberOfMessages=10, VisibilityTimeout=60)
            if not messages.get("Messages"):
                return found
            found += bodies(messages["Messages"])
            speak(connection, "DeleteMessageBatch", QueueUrl=url, Entries=[
                {"Id": f"e{number}", "ReceiptHandle": message["ReceiptHandle"]}
                for number, message in enumerate(messages["Messages"])])


def speak(connection, operation, **members):
    """One call on a connection that is kept; it must succeed."""
    connection.send(request_bytes("POST", "/", {"Content-Type": "application/x-amz-json-1.0",
                                                "X-Amz-Target": f"AmazonSQS.{operation}"}, json.dumps(members)))
    answer = connection.answer()
    check(answer is not None, "closed without an answer")
    return ok(answer)


def invocation():
    return {"amz-sdk-invocation-id": str(uuid.uuid4())}


def restart(server, how="kill"):
    if how == "kill":
        server.kill()
    else:
        equal(server.stop(), 0, server.log_tail(5))
    return server.start(ready_seconds=60)

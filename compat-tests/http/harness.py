"""Cases, and an HTTP client that sends just the bytes it is told to."""
import contextlib
import json
import pathlib
import re
import socket
import sys
import threading
import time
import traceback
import urllib.parse

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "lib"))

from server import ACCOUNT, REGION, Server, binary, free_port  # noqa: E402,F401

UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
cases = []
_shared = {}


def case(claim):
    """The decorated function is a test; it fails by an exception."""

    def add(function):
        cases.append((claim, function))
        return function

    return add


def shared(auth="off"):
    """A server for the cases that need nothing special: one for all of them."""
    if auth not in _shared or _shared[auth].process.poll() is not None:
        _shared[auth] = Server(auth=auth).start()
    return _shared[auth]


def close_shared():
    for server in _shared.values():
        server.remove()


def check(fact, *details):
    if not fact:
        raise AssertionError(" ".join(str(detail) for detail in details) or "it is not so")


def equal(got, want, *details):
    check(got == want, *details, "\n  got ", repr(got), "\n  want", repr(want))


def matches(text, pattern):
    check(re.fullmatch(pattern, text, re.S), "\n  got    ", repr(text), "\n  pattern", pattern)


def until(fact, seconds=10, what=""):
    deadline = time.monotonic() + seconds
    while not fact():
        check(time.monotonic() < deadline, f"not within {seconds} s", what)
        time.sleep(0.02)


class Answer:
    def __init__(self, status, headers, body):
        self.status = status
        self.headers = headers  # names in lower case; of repeated ones the last
        self.body = body

    @property
    def text(self):
        return self.body.decode()

    def json(self):
        return json.loads(self.body)

    def __repr__(self):
        return f"{self.status} {self.headers} {self.body[:600]!r}"


class Connection:
    """A TCP connection that reads HTTP answers one by one."""

    def __init__(self, server, timeout=10):
        self.socket = socket.create_connection(("127.0.0.1", server.port), timeout=timeout)
        self.buffer = b""

    def send(self, data):
        self.socket.sendall(data if isinstance(data, bytes) else data.encode())

    def more(self):
        data = self.socket.recv(65536)
        self.buffer += data
        return bool(data)

    def answer(self, method="POST"):
        """The next answer, or None when the server closed without one."""
        while b"\r\n\r\n" not in self.buffer:
            try:
                if not self.more():
                    check(not self.buffer, "half an answer:", self.buffer)
                    return None
            except ConnectionError:
                return None
        head, self.buffer = self.buffer.split(b"\r\n\r\n", 1)
        lines = head.decode("latin-1").split("\r\n")
        status = int(lines[0].split(" ")[1])
        headers = {}
        for line in lines[1:]:
            name, _, value = line.partition(":")
            headers[name.strip().lower()] = value.strip()
        if status == 100:
            return self.answer(method)
        if method == "HEAD" or status in (204, 304):
            return Answer(status, headers, b"")
        if headers.get("transfer-encoding", "").lower() == "chunked":
            return Answer(status, headers, self.chunks())
        if "content-length" not in headers:
            while self.more():
                pass
            body, self.buffer = self.buffer, b""
            return Answer(status, headers, body)
        length = int(headers["content-length"])
        while len(self.buffer) < length:
            check(self.more(), "the connection ended within a body")
        body, self.buffer = self.buffer[:length], self.buffer[length:]
        return Answer(status, headers, body)

    def chunks(self):
        body = b""
        while True:
            while b"\r\n" not in self.buffer:
                check(self.more(), "the connection ended within a chunk")
            line, self.buffer = self.buffer.split(b"\r\n", 1)
            size = int(line.split(b";")[0], 16)
            while len(self.buffer) < size + 2:
                check(self.more(), "the connection ended within a chunk")
            body, self.buffer = body + self.buffer[:size], self.buffer[size + 2:]
            if size == 0:
                return body

    def is_closed(self, seconds=5):
        """True when the server ends the connection within that time."""
        self.socket.settimeout(seconds)
        try:
            while self.more():
                pass
            return True
        except TimeoutError:
            return False
        except ConnectionError:
            return True

    def close(self):
        self.socket.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


def request_bytes(method, target, headers=None, body=b"", host="127.0.0.1"):
    body = body.encode() if isinstance(body, str) else body
    lines = [f"{method} {target} HTTP/1.1"]
    names = {name.lower() for name in headers or {}}
    if "host" not in names:
        lines.append(f"Host: {host}")
    lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
    if "content-length" not in names and (body or method == "POST"):
        lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def exchange(server, method, target, headers=None, body=b"", timeout=30):
    with Connection(server, timeout) as connection:
        connection.send(request_bytes(method, target, headers, body, f"127.0.0.1:{server.port}"))
        answer = connection.answer(method)
        if answer is None:
            raise AssertionError(f"the server closed the connection without an answer; "
                                 f"status {server.process and server.process.poll()}, its log ends with\n"
                                 f"{server.log_tail(15)}")
        return answer


def json_call(server, operation, members=None, path="/", headers=None, timeout=30):
    """One JSON call; members may be a dict or the very text of the body."""
    body = members if isinstance(members, (str, bytes)) else json.dumps(members or {})
    more = {"Content-Type": "application/x-amz-json-1.0", **(headers or {})}
    if operation is not None:
        more["X-Amz-Target"] = f"AmazonSQS.{operation}"
    return exchange(server, "POST", path, more, body, timeout)


def query_call(server, parameters, path="/", method="POST", headers=None, timeout=30):
    text = parameters if isinstance(parameters, str) else urllib.parse.urlencode(parameters)
    if method == "GET":
        return exchange(server, "GET", f"{path}?{text}" if text else path, headers, b"", timeout)
    more = {"Content-Type": "application/x-www-form-urlencoded; charset=utf-8", **(headers or {})}
    return exchange(server, "POST", path, more, text, timeout)


def ok(answer):
    """The members of a successful JSON answer."""
    equal(answer.status, 200, answer)
    return answer.json() if answer.body else {}


def call(server, operation, timeout=30, **members):
    return ok(json_call(server, operation, members, timeout=timeout))


_names = iter(range(1, 1 << 30))


def fresh_name(kind="q"):
    return f"{kind}-{next(_names)}"


def create(server, attributes=None, name=None, tags=None):
    """URL of a new queue."""
    fifo = (attributes or {}).get("FifoQueue", "").lower() == "true"
    members = {"QueueName": name or fresh_name() + (".fifo" if fifo else "")}
    if attributes:
        members["Attributes"] = attributes
    if tags:
        members["tags"] = tags
    return call(server, "CreateQueue", **members)["QueueUrl"]


def arn(url):
    return f"arn:aws:sqs:{REGION}:{ACCOUNT}:{url.split('/')[-1]}"


def send(server, url, body="x", **members):
    return call(server, "SendMessage", QueueUrl=url, MessageBody=body, **members)


def receive(server, url, **members):
    timeout = 30 + members.get("WaitTimeSeconds", 0)
    return call(server, "ReceiveMessage", timeout=timeout, QueueUrl=url, **members).get("Messages", [])


def bodies(messages):
    return [message["Body"] for message in messages]


def counts(server, url):
    """(visible, in flight, delayed)"""
    names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible",
             "ApproximateNumberOfMessagesDelayed"]
    got = call(server, "GetQueueAttributes", QueueUrl=url, AttributeNames=names)["Attributes"]
    return tuple(int(got[name]) for name in names)


def refused(answer, status, namespace, name, query_code, text=None):
    """The JSON error of reference A3 and A8, whole."""
    equal(answer.status, status, answer)
    equal(answer.headers.get("x-amzn-query-error"), f"{query_code};{'Sender' if status < 500 else 'Receiver'}")
    equal(answer.headers.get("content-type"), "application/x-amz-json-1.0")
    matches(answer.headers.get("x-amzn-requestid", ""), UUID.pattern)
    got = answer.json()
    prefix = {"M": "com.amazonaws.sqs#", "C": "com.amazon.coral.service#"}[namespace]
    equal(got.get("__type"), prefix + name)
    member = "Message" if name == "AccessDeniedException" else "message"
    equal(sorted(got), sorted(["__type", member]))
    if text is not None:
        equal(got[member], text)
    return got[member]


# name -> (namespace, status, query code) of reference A8.
ERRORS = {
    "BatchEntryIdsNotDistinct": ("M", 400, "AWS.SimpleQueueService.BatchEntryIdsNotDistinct"),
    "BatchRequestTooLong": ("M", 400, "AWS.SimpleQueueService.BatchRequestTooLong"),
    "EmptyBatchRequest": ("M", 400, "AWS.SimpleQueueService.EmptyBatchRequest"),
    "InvalidAttributeName": ("M", 400, "InvalidAttributeName"),
    "InvalidAttributeValue": ("M", 400, "InvalidAttributeValue"),
    "InvalidBatchEntryId": ("M", 400, "AWS.SimpleQueueService.InvalidBatchEntryId"),
    "InvalidMessageContents": ("M", 400, "InvalidMessageContents"),
    "OverLimit": ("M", 403, "OverLimit"),
    "PurgeQueueInProgress": ("M", 403, "AWS.SimpleQueueService.PurgeQueueInProgress"),
    "QueueDeletedRecently": ("M", 400, "AWS.SimpleQueueService.QueueDeletedRecently"),
    "QueueDoesNotExist": ("M", 400, "AWS.SimpleQueueService.NonExistentQueue"),
    "QueueNameExists": ("M", 400, "QueueAlreadyExists"),
    "ReceiptHandleIsInvalid": ("M", 404, "ReceiptHandleIsInvalid"),
    "ResourceNotFoundException": ("M", 404, "ResourceNotFoundException"),
    "TooManyEntriesInBatchRequest": ("M", 400, "AWS.SimpleQueueService.TooManyEntriesInBatchRequest"),
    "UnsupportedOperation": ("M", 400, "AWS.SimpleQueueService.UnsupportedOperation"),
    "InvalidParameterValueException": ("C", 400, "InvalidParameterValue"),
    "MissingRequiredParameterException": ("C", 400, "MissingParameter"),
    "UnknownOperationException": ("C", 400, "InvalidAction"),
    "SerializationException": ("C", 400, "MalformedInput"),
    "AccessDeniedException": ("C", 403, "AccessDenied"),
    "UnrecognizedClientException": ("C", 403, "InvalidClientTokenId"),
    "InvalidSignatureException": ("C", 403, "SignatureDoesNotMatch"),
    "IncompleteSignatureException": ("C", 400, "IncompleteSignature"),
}


def is_error(answer, name, text=None):
    namespace, status, query_code = ERRORS[name]
    return refused(answer, status, namespace, name, query_code, text)


def is_xml_error(answer, status, code, text):
    equal(answer.status, status, answer)
    equal(answer.headers.get("content-type"), "text/xml")
    escaped = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace('"', "&quot;")
    matches(answer.text, re.escape(
        '<?xml version="1.0"?><ErrorResponse xmlns="http://queue.amazonaws.com/doc/2012-11-05/"><Error>'
        f"<Type>Sender</Type><Code>{code}</Code><Message>{escaped}</Message><Detail/></Error><RequestId>")
        + UUID.pattern + "</RequestId></ErrorResponse>")


@contextlib.contextmanager
def in_background(function, *arguments, **keywords):
    """Runs a call on a thread; the context value is a list that holds its outcome after the block."""
    outcome = []

    def work():
        try:
            outcome.append(function(*arguments, **keywords))
        except Exception as problem:  # pylint: disable=broad-except
            outcome.append(problem)

    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    yield outcome
    thread.join(60)
    check(outcome, "the call did not end within 60 s")
    if isinstance(outcome[0], Exception):
        raise outcome[0]


def run(pattern):
    failed = 0
    wanted = [row for row in cases if pattern in row[0] or pattern in row[1].__module__]
    for claim, function in wanted:
        try:
            function()
            print(f"ok - {claim}", flush=True)
        except Exception as problem:  # pylint: disable=broad-except
            failed += 1
            where = next((frame for frame in reversed(traceback.extract_tb(problem.__traceback__))
                          if not frame.filename.endswith("harness.py")), None)
            text = f"{type(problem).__name__}: {problem}" + (f"\nat {where.name}:{where.lineno}" if where else "")
            print(f"not ok - {claim}\n# " + text.replace("\n", "\n# "), flush=True)
    close_shared()
    print(f"1..{len(wanted)}")
    return 1 if failed else 0

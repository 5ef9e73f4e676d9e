"""A small client for counting: requests of one shape over several connections, signed with SigV4, one burst a round.

A round writes one request to each connection and then reads the answers, so that the server finds several requests in
one turn of its loop, as under load, and the work is the same in every run.
"""
import base64
import datetime
import hashlib
import hmac
import json
import re
import socket
import urllib.parse
import uuid

REGION = "us-east-1"
ACCESS_KEY = "AKIASTAGES0000000001"
SECRET_KEY = "stages/secret/of/forty/characters/000000"


def _hmac(key, text):
    return hmac.new(key, text.encode(), hashlib.sha256).digest()


class Connection:
    def __init__(self, port):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=60)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.input = b""

    def write(self, request):
        self.socket.sendall(request)

    def read(self):
        """The body of the next answer; anything but 200 ends the run."""
        while b"\r\n\r\n" not in self.input:
            self._more()
        head, self.input = self.input.split(b"\r\n\r\n", 1)
        length = int(re.search(rb"content-length: *(\d+)", head.lower()).group(1))
        while len(self.input) < length:
            self._more()
        body, self.input = self.input[:length], self.input[length:]
        if not head.startswith(b"HTTP/1.1 200"):
            raise RuntimeError(head.decode() + "\n" + body.decode())
        return body

    def _more(self):
        part = self.socket.recv(262144)
        if not part:
            raise RuntimeError("the server closed a connection")
        self.input += part


class Client:
    def __init__(self, port, connections_count):
        self.host = f"127.0.0.1:{port}"
        self.connections = [Connection(port) for _ in range(connections_count)]

    def burst(self, requests):
        """Writes each request to a connection of its own, then reads the answers in order."""
        for connection, request in zip(self.connections, requests):
            connection.write(request)
        return [connection.read() for connection, _ in zip(self.connections, requests)]

    def _request(self, path, content_type, target, body):
        now = datetime.datetime.now(datetime.timezone.utc)
        stamp, day = now.strftime("%Y%m%dT%H%M%SZ"), now.strftime("%Y%m%d")
        signed = {"content-type": content_type, "host": self.host, "x-amz-date": stamp}
        if target:
            signed["x-amz-target"] = target
        names = ";".join(signed)
        lines = "".join(f"{name}:{value}\n" for name, value in signed.items())
        canonical = f"POST\n{path}\n\n{lines}\n{names}\n{hashlib.sha256(body).hexdigest()}"
        scope = f"{day}/{REGION}/sqs/aws4_request"
        to_sign = f"AWS4-HMAC-SHA256\n{stamp}\n{scope}\n{hashlib.sha256(canonical.encode()).hexdigest()}"
        key = ("AWS4" + SECRET_KEY).encode()
        for part in (day, REGION, "sqs", "aws4_request"):
            key = _hmac(key, part)
        head = f"POST {path} HTTP/1.1\r\nHost: {self.host}\r\n"
        if target:
            head += f"X-Amz-Target: {target}\r\nx-amzn-query-mode: true\r\n"
        head += (
            f"Content-Type: {content_type}\r\nUser-Agent: stages\r\namz-sdk-invocation-id: {uuid.uuid4()}\r\n"
            f"amz-sdk-request: attempt=1; max=3\r\nX-Amz-Date: {stamp}\r\n"
            f"Authorization: AWS4-HMAC-SHA256 Credential={ACCESS_KEY}/{scope}, SignedHeaders={names}, "
            f"Signature={_hmac(key, to_sign).hex()}\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        return head.encode() + body

    def json(self, action, members):
        body = json.dumps(members, separators=(",", ":")).encode()
        return self._request("/", "application/x-amz-json-1.0", f"AmazonSQS.{action}", body)

    def query(self, action, members):
        path = urllib.parse.urlsplit(members["QueueUrl"]).path
        parameters = {"Action": action, "Version": "2012-11-05", **_flatten("", members)}
        body = urllib.parse.urlencode(parameters).encode()
        return self._request(path, "application/x-www-form-urlencoded; charset=utf-8", None, body)


def _flatten(prefix, value):
    if isinstance(value, dict):
        flat = {}
        for name, part in value.items():
            flat.update(_flatten(f"{prefix}.{name}" if prefix else name, part))
        return flat
    if isinstance(value, list):
        flat = {}
        for i, part in enumerate(value):
            flat.update(_flatten(f"{prefix}.{i + 1}", part))
        return flat
    return {prefix: value}


def received(protocol, body):
    """Receipt handles of an answer to ReceiveMessage."""
    if protocol == "json":
        return [message["ReceiptHandle"] for message in json.loads(body).get("Messages", [])]
    return re.findall(r"<ReceiptHandle>([^<]*)</ReceiptHandle>", body.decode())


def text(number, size):
    """A body that differs from all others, without anything to escape."""
    words = base64.b64encode(hashlib.sha256(str(number).encode()).digest()).decode().rstrip("=")
    return (words * (size // len(words) + 1))[:size]

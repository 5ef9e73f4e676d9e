"""Calls of the SQS API that say how they ended: ok, fail (refused: it did not happen) or unknown.

Plain: one keep-alive socket, JSON protocol, no SDK: for the mass. Sdk: boto3 with its own retries."""
import json
import socket
import time
import uuid

TIMEOUT_S = 20


class Plain:
    is_sdk = False

    def __init__(self, server):
        self.server = server
        self.socket = None
        self.buffer = b""

    def close(self):
        if self.socket is not None:
            self.socket.close()
        self.socket = None
        self.buffer = b""

    def connect(self, stopping):
        """False: there is no server and we are asked to stop."""
        while self.socket is None:
            if stopping():
                return False
            try:
                self.socket = socket.create_connection(("127.0.0.1", self.server.port), timeout=TIMEOUT_S)
                self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            except OSError:
                time.sleep(0.01)
        return True

    def call(self, operation, members, invocation=None):
        """(outcome, members of the answer, error name, repeats). The connection must be there (connect)."""
        body = json.dumps(members).encode()
        head = (f"POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/x-amz-json-1.0\r\n"
                f"X-Amz-Target: AmazonSQS.{operation}\r\namz-sdk-invocation-id: {invocation or uuid.uuid4()}\r\n"
                f"Content-Length: {len(body)}\r\n\r\n")
        try:
            self.socket.sendall(head.encode() + body)
            status, text = self.read()
        except (OSError, ValueError):
            self.close()
            return "unknown", {}, None, 0
        answer = json.loads(text) if text else {}
        if status == 200:
            return "ok", answer, None, 0
        name = answer.get("__type", "").split("#")[-1]
        return ("unknown" if status >= 500 and status != 503 else "fail"), {}, f"{status} {name}", 0

    def more(self):
        data = self.socket.recv(262144)
        if not data:
            raise ConnectionError("closed")
        self.buffer += data

    def read(self):
        while b"\r\n\r\n" not in self.buffer:
            self.more()
        head, self.buffer = self.buffer.split(b"\r\n\r\n", 1)
        head = head.decode("latin-1").lower()
        length = int(head.split("\r\ncontent-length:", 1)[1].split("\r\n", 1)[0])
        while len(self.buffer) < length:
            self.more()
        text, self.buffer = self.buffer[:length], self.buffer[length:]
        if "\r\nconnection: close" in head:
            self.close()
        return int(head.split(" ", 2)[1]), text


class Sdk:
    is_sdk = True

    def __init__(self, server):
        import boto3  # only the cycles that drive it need it
        import botocore.config
        import botocore.exceptions
        self.problems = botocore.exceptions
        config = botocore.config.Config(retries={"mode": "standard", "max_attempts": 12}, connect_timeout=5,
                                        read_timeout=TIMEOUT_S, max_pool_connections=1)
        self.client = boto3.session.Session(aws_access_key_id="AKIDCOMPAT0000000000", aws_secret_access_key="x" * 40,
                                            region_name="us-east-1").client("sqs", endpoint_url=server.url,
                                                                            config=config)

    def close(self):
        self.client.close()

    def connect(self, stopping):
        return not stopping()

    def call(self, operation, members, invocation=None):
        del invocation  # it makes its own
        method = "".join("_" + letter.lower() if letter.isupper() else letter for letter in operation).lstrip("_")
        try:
            answer = getattr(self.client, method)(**members)
        except self.problems.ClientError as error:
            meta = error.response["ResponseMetadata"]
            status = meta["HTTPStatusCode"]
            outcome = "unknown" if (status >= 500 and status != 503) or meta.get("RetryAttempts") else "fail"
            return outcome, {}, f"{status} {error.response['Error']['Code']}", meta.get("RetryAttempts", 0)
        except (self.problems.BotoCoreError, OSError):
            return "unknown", {}, None, 12
        return "ok", answer, None, answer.pop("ResponseMetadata").get("RetryAttempts", 0)

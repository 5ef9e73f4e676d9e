"""Bytes that no well-meaning client sends, and clients that behave badly."""
import json
import socket
import time

from harness import (Connection, call, case, check, create, equal, exchange, json_call, query_call, receive,
                     request_bytes, send, shared)

JSON = {"Content-Type": "application/x-amz-json-1.0", "X-Amz-Target": "AmazonSQS.ListQueues"}
HEAD = "POST / HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-amz-json-1.0\r\nX-Amz-Target: AmazonSQS.ListQueues\r\n"


def is_alive(server):
    equal(json_call(server, "ListQueues", {"MaxResults": 1}).status, 200)
    check(server.process.poll() is None, "the server has ended")


def refuses(server, data, statuses=(400,)):
    """The bytes are answered with one of these statuses or by closing; nothing behind them is served."""
    with Connection(server) as connection:
        try:
            connection.send(data)
        except ConnectionError:
            pass
        answer = connection.answer()
        if answer is not None:
            check(answer.status in statuses, data[:120], answer)
        is_alive(server)
        return answer


@case("hostile: both a length and a transfer encoding do not smuggle a request")
def _():
    server = shared()
    smuggled = request_bytes("POST", "/", {**JSON, "X-Amz-Target": "AmazonSQS.CreateQueue"},
                             json.dumps({"QueueName": "smuggled"}))
    for order in ("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n",
                  "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n"):
        with Connection(server) as connection:
            connection.send(HEAD.encode() + order.encode() + b"\r\n0\r\n\r\n" + smuggled)
            first = connection.answer()
            check(first is None or first.status in (200, 400), first)
            if first is not None and first.status == 200:
                check(connection.is_closed(2), "the connection stays open after an ambiguous request")
        equal(json_call(server, "GetQueueUrl", {"QueueName": "smuggled"}).status, 400)


@case("hostile: two different lengths, two hosts, no host")
def _():
    server = shared()
    refuses(server, HEAD + "Content-Length: 2\r\nContent-Length: 3\r\n\r\n{} ")
    refuses(server, HEAD + "Host: y\r\nContent-Length: 2\r\n\r\n{}")
    refuses(server, "POST / HTTP/1.1\r\nContent-Length: 2\r\nX-Amz-Target: AmazonSQS.ListQueues\r\n\r\n{}")


@case("hostile: lengths that are no numbers")
def _():
    server = shared()
    for length in ("-1", "+2", "2 2", "0x2", "", "abc", "99999999999999999999999", "2,3"):
        refuses(server, HEAD + f"Content-Length: {length}\r\n\r\n{{}}", (400, 411, 413))


@case("hostile: a host that is no host does not reach a queue url")
def _():
    server = shared()
    for host in ("a b", "x\"><y", "x/y", "x\ty", "user@x", "", "x?y", "x#y", "[::1", "a" * 2000):
        answer = exchange(server, "POST", "/", {**JSON, "X-Amz-Target": "AmazonSQS.CreateQueue", "Host": host},
                          json.dumps({"QueueName": "host-test"}))
        check(answer.status == 400 or answer.status == 200 and (not host or host not in answer.text), host, answer)
    is_alive(server)


@case("hostile: a body larger than any request is 413")
def _():
    server = shared()
    with Connection(server) as connection:
        connection.send(HEAD + "Content-Length: 1000000000\r\n\r\n{")
        answer = connection.answer()
        check(answer is not None and answer.status == 413, answer)
    with Connection(server) as connection:
        connection.send(HEAD + "Transfer-Encoding: chunked\r\n\r\n")
        chunk = b"10000\r\n" + b" " * 65536 + b"\r\n"
        try:
            for _ in range(1000):
                connection.send(chunk)
        except OSError:
            pass
        answer = connection.answer()
        check(answer is None or answer.status == 413, answer)
    is_alive(server)


@case("hostile: the largest legal requests are accepted")
def _():
    server = shared()
    url = create(server)
    # One MiB of UTF-8 that takes three on the wire, escaped as clients do it.
    answer = json_call(server, "SendMessage", '{"QueueUrl":"%s","MessageBody":"%s"}' % (url, "\\u00e9" * 524288))
    equal(answer.status, 200, repr(answer)[:300])
    answer = query_call(server, f"Action=SendMessage&QueueUrl={url}&MessageBody=" + "%C3%A9" * 524288)
    equal(answer.status, 200, repr(answer)[:300])
    equal([len(message["Body"]) for message in receive(server, url, MaxNumberOfMessages=10)], [524288, 524288])


@case("hostile: huge headers are refused")
def _():
    server = shared()
    refuses(server, HEAD + "X-Big: " + "x" * 1_000_000 + "\r\n\r\n", (400, 413, 431))
    refuses(server, HEAD + "".join(f"X-{n}: y\r\n" for n in range(10_000)) + "\r\n", (400, 413, 431))
    refuses(server, "GET /" + "a" * 1_000_000 + " HTTP/1.1\r\nHost: x\r\n\r\n", (400, 404, 413, 414, 431))


@case("hostile: garbage in place of a request")
def _():
    server = shared()
    for data in (b"\x00" * 100, b"\xff\xfe\xfd\r\n\r\n", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"a" * 200,
                 b"GET\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", b"\r\n\r\n\r\n\r\n",
                 b"POST / HTTP/1.1\r\nHost x\r\n\r\n", b"POST / HTTP/1.1\r\n: y\r\n\r\n",
                 HEAD.encode() + b"X-Null: a\x00b\r\nContent-Length: 2\r\n\r\n{}",
                 HEAD.encode() + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n",
                 HEAD.encode() + b"Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n"):
        with Connection(server, 3) as connection:
            connection.send(data)
            connection.socket.shutdown(socket.SHUT_WR)
            try:
                answer = connection.answer()
            except (TimeoutError, AssertionError):
                answer = None
            check(answer is None or answer.status < 600, answer)
    is_alive(server)


@case("hostile: methods and targets that the API does not have")
def _():
    server = shared()
    for method in ("PUT", "DELETE", "PATCH", "OPTIONS", "HEAD", "TRACE", "BREW"):
        answer = exchange(server, method, "/", JSON, b"")
        check(400 <= answer.status < 500, method, answer)
    for target in ("/a/b/c/d", "/%00", "/%zz", "/../../etc/passwd", "//", "/?" + "a=b&" * 5000, "/000000000000/",
                   "/000000000000/missing", "*", "/" + "%41" * 2000, "/?Action=%ff%fe", "/?Action"):
        answer = exchange(server, "GET", target)
        check(400 <= answer.status < 500, target[:60], answer)
    is_alive(server)


@case("hostile: an absolute target names the same resources")
def _():
    answer = exchange(shared(), "POST", "http://queues.example/", JSON, b"{}")
    check(answer.status in (200, 400, 404), answer)


@case("hostile: HTTP/1.0, lower-case names, odd blanks, chunks and 100-continue are fine")
def _():
    server = shared()
    with Connection(server) as connection:
        connection.send("POST / HTTP/1.0\r\nHost: x\r\ncontent-type:application/x-amz-json-1.0\r\n"
                        "x-amz-target:   AmazonSQS.ListQueues  \r\ncontent-length:2\r\n\r\n{}")
        equal(connection.answer().status, 200)
    with Connection(server) as connection:
        connection.send(HEAD + "Transfer-Encoding: chunked\r\n\r\n1\r\n{\r\n1;ext=1\r\n}\r\n0\r\n\r\n")
        equal(connection.answer().status, 200)
        connection.send(HEAD + "Expect: 100-continue\r\nContent-Length: 2\r\n\r\n")
        time.sleep(0.2)
        connection.send("{}")
        equal(connection.answer().status, 200)


@case("hostile: pipelined requests are answered in order")
def _():
    server = shared()
    url = create(server)
    requests = b"".join(request_bytes("POST", "/", {**JSON, "X-Amz-Target": "AmazonSQS.SendMessage"}, json.dumps(
        {"QueueUrl": url, "MessageBody": str(number)})) for number in range(20))
    with Connection(server) as connection:
        connection.send(requests + request_bytes("POST", "/", {**JSON, "X-Amz-Target": "AmazonSQS.GetQueueUrl"},
                                                 '{"QueueName":"missing"}'))
        answers = [connection.answer() for _ in range(21)]
    equal([answer.status for answer in answers], [200] * 20 + [400])
    equal(len({answer.json()["MessageId"] for answer in answers[:20]}), 20)


@case("hostile: a request behind a long poll on the same connection waits its turn")
def _():
    server = shared()
    url = create(server)
    with Connection(server) as connection:
        connection.send(request_bytes("POST", "/", {**JSON, "X-Amz-Target": "AmazonSQS.ReceiveMessage"}, json.dumps(
            {"QueueUrl": url, "WaitTimeSeconds": 1})) + request_bytes("POST", "/", JSON, b'{"MaxResults":1}'))
        first, second = connection.answer(), connection.answer()
    equal((first.status, first.body, second.status), (200, b"{}", 200))


@case("hostile: a request that comes byte by byte is served")
def _():
    server = shared()
    with Connection(server) as connection:
        for byte in request_bytes("POST", "/", JSON, b"{ }"):
            connection.send(bytes([byte]))
            time.sleep(0.002)
        equal(connection.answer().status, 200)


@case("hostile: a client that closes its sending side still gets an answer or loses no message")
def _():
    server = shared()
    url = create(server)
    with Connection(server) as connection:
        connection.send(request_bytes("POST", "/", {**JSON, "X-Amz-Target": "AmazonSQS.SendMessage"}, json.dumps(
            {"QueueUrl": url, "MessageBody": "half"})))
        connection.socket.shutdown(socket.SHUT_WR)
        answer = connection.answer()
    check(answer is None or answer.status == 200, answer)
    if answer is not None:
        equal(len(receive(server, url)), 1)
    is_alive(server)


@case("hostile: three hundred idle and half-sent connections do not keep others out")
def _():
    server = shared()
    idle = [Connection(server) for _ in range(300)]
    try:
        for number, connection in enumerate(idle):
            if number % 2:
                connection.send(HEAD + "Content-Length: 100\r\n\r\n{")
        started = time.monotonic()
        for _ in range(20):
            is_alive(server)
        check(time.monotonic() - started < 5, f"{time.monotonic() - started:.1f} s for 20 calls")
    finally:
        for connection in idle:
            connection.close()


@case("hostile: a client that does not read its answers does not stop the server")
def _():
    server = shared()
    url = create(server)
    send(server, url, "x" * 1_000_000)
    with Connection(server) as connection:
        connection.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        one = request_bytes("POST", "/", {**JSON, "X-Amz-Target": "AmazonSQS.ReceiveMessage"}, json.dumps(
            {"QueueUrl": url, "VisibilityTimeout": 0}))
        connection.socket.settimeout(1)
        try:
            for _ in range(50):
                connection.send(one)
        except OSError:
            pass
        is_alive(server)
    is_alive(server)


@case("hostile: very many parameters and deep documents are refused quickly")
def _():
    server = shared()
    started = time.monotonic()
    for body in ("Action=SendMessage&" + "&".join(f"a{n}=b" for n in range(50_000)),
                 "Action=SendMessageBatch&" + "&".join(f"SendMessageBatchRequestEntry.{n}.Id=a" for n in range(20_000)),
                 "Action=SendMessageBatch&SendMessageBatchRequestEntry.4294967297.Id=a",
                 "Action=GetQueueAttributes&AttributeName." + "9" * 100 + "=All",
                 "Action=GetQueueAttributes&AttributeName.-1=All", "Action=ListQueues&Action=CreateQueue",
                 "&" * 100_000, "=" * 1000, "Action=" + "A" * 100_000):
        answer = query_call(server, body)
        check(answer.status in (200, 400, 413), body[:80], answer)
    for body in ('{"Entries":' + "[" * 50_000, '{"a":"' + "\\" * 99_999 + '"}', '{"MaxResults":1e999}',
                 '{"MaxResults":' + "9" * 5000 + "}", '{"QueueName":"a","QueueName":"b"}',
                 "{" + ",".join(f'"k{n}":{n}' for n in range(50_000)) + "}"):
        answer = json_call(server, "ListQueues", body)
        check(answer.status in (200, 400, 413), body[:80], answer)
    check(time.monotonic() - started < 20, "too slow")
    is_alive(server)


@case("hostile: invalid UTF-8 is refused in both protocols")
def _():
    server = shared()
    url = create(server)
    for data in (b"\xff", b"\xc3", b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"\xc0\x80"):
        answer = json_call(server, "SendMessage", b'{"QueueUrl":"' + url.encode() + b'","MessageBody":"' + data + b'"}')
        equal(answer.status, 400, data, answer)
        escaped = "".join(f"%{byte:02X}" for byte in data)
        answer = query_call(server, f"Action=SendMessage&QueueUrl={url}&MessageBody={escaped}")
        equal(answer.status, 400, data, answer)
    equal(call(server, "GetQueueAttributes", QueueUrl=url, AttributeNames=["ApproximateNumberOfMessages"])[
        "Attributes"]["ApproximateNumberOfMessages"], "0")

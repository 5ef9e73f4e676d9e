"""Clients that want more than their share: the others are served all the same, and memory stays bounded.

Rates are measured by `./dev test floods`; here is only what holds on any machine."""
import contextlib
import json
import pathlib
import threading

from harness import (Connection, Server, case, check, create, equal, exchange, is_error, json_call, matches, request_bytes,
                     until)

JSON = {"Content-Type": "application/x-amz-json-1.0", "X-Amz-Target": "AmazonSQS.SendMessage"}
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
HEALTH = request_bytes("GET", "/livez")
MIB = 1 << 20


def start(**options):
    return Server(durability="memory", workers=options.pop("workers", 1), **options).start()


def rss_bytes(server):
    for line in pathlib.Path(f"/proc/{server.process.pid}/status").read_text().splitlines():
        if line.startswith("VmRSS"):
            return int(line.split()[1]) * 1024
    return 0


def head_of(headers, length):
    """The head of a POST that announces a body of that length, or a chunked one."""
    lines = ["POST / HTTP/1.1", "Host: a", *(f"{name}: {value}" for name, value in headers.items()),
             "Transfer-Encoding: chunked" if length is None else f"Content-Length: {length}"]
    return "\r\n".join(lines).encode() + b"\r\n\r\n"


def push(connection, data):
    """Sends until the server has had enough of it."""
    try:
        connection.send(data)
    except (ConnectionError, TimeoutError):
        pass


def is_open(connection):
    connection.socket.settimeout(0.01)
    try:
        return connection.socket.recv(1) != b""
    except TimeoutError:
        return True
    except ConnectionError:
        return False


@contextlib.contextmanager
def closing(connections):
    """Closes them at the end of the block."""
    yield connections
    for connection in connections:
        connection.close()


def served_between(server, burst, count):
    """How many requests of another connection are answered while a burst on one connection is."""
    done = threading.Event()
    with Connection(server, 60) as flood, Connection(server, 60) as good:
        def work():
            seen, end = 0, b""
            while seen < count:
                data = flood.socket.recv(1 << 20)
                if not data:
                    return
                seen += (end + data).count(b"HTTP/1.1 200 ")
                end = data[-12:]
            done.set()

        reader = threading.Thread(target=work, daemon=True)
        writer = threading.Thread(target=lambda: flood.send(burst), daemon=True)
        good.send(HEALTH)
        equal(good.answer().status, 200)
        reader.start()
        writer.start()
        served = 0
        while not done.is_set() and reader.is_alive():
            good.send(HEALTH)
            equal(good.answer().status, 200)
            served += 1
        reader.join(60)
        writer.join(60)
        check(done.is_set(), "the burst was not answered whole")
        return served


@case("floods: others are answered between the requests that one connection pipelines")
def _():
    with start() as server:
        served = served_between(server, HEALTH * 8000, 8000)
        check(served >= 20, served, "answers within 8,000 pipelined requests")


@case("floods: a burst of pipelined sends is answered whole, in order, and others between")
def _():
    with start() as server:
        url = create(server, {"FifoQueue": "true", "ContentBasedDeduplication": "true"})
        burst = b"".join(request_bytes("POST", "/", JSON, json.dumps(
            {"QueueUrl": url, "MessageBody": str(i), "MessageGroupId": "g"})) for i in range(3000))
        served = served_between(server, burst, 3000)
        check(served >= 20, served, "answers within 3,000 pipelined requests")
        got = []
        while len(got) < 30:
            answer = json_call(server, "ReceiveMessage", {"QueueUrl": url, "MaxNumberOfMessages": 10}).json()
            got += answer["Messages"]
            for message in answer["Messages"]:
                json_call(server, "DeleteMessage", {"QueueUrl": url, "ReceiptHandle": message["ReceiptHandle"]})
        equal([message["Body"] for message in got], [str(i) for i in range(30)])


@case("floods: bodies that are mostly framing are refused, as JSON and as XML")
def _():
    with start() as server:
        tiny = b"1\r\na\r\n" * 30000
        extensions = (b"1;" + b"x" * 3000 + b"\r\na\r\n") * 100
        trailers = b"0\r\n" + b"x: y\r\n" * 30000
        for framing in (tiny, extensions, trailers):
            with Connection(server) as connection:
                push(connection, head_of(JSON, None) + framing)
                is_error(connection.answer(), "SerializationException", "The chunks of the request's body are too small.")
                check(connection.is_closed(), "the connection stays open")
        with Connection(server) as connection:
            push(connection, head_of(FORM, None) + tiny)
            answer = connection.answer()
            equal((answer.status, answer.headers["content-type"]), (400, "text/xml"), answer)
            matches(answer.text, ".*<Code>MalformedInput</Code>.*")
        equal(exchange(server, "GET", "/livez").status, 200)


@case("floods: large chunked bodies with chunks of 16 bytes are served")
def _():
    with start() as server:
        body = json.dumps({"QueueUrl": create(server), "MessageBody": "m" * 500000}).encode()
        chunks = b"".join(b"10\r\n" + body[i:i + 16] + b"\r\n" for i in range(0, len(body) // 16 * 16, 16))
        rest = body[len(body) // 16 * 16:]
        chunks += f"{len(rest):x}\r\n".encode() + rest + b"\r\n" if rest else b""
        with Connection(server) as connection:
            for _ in range(2):
                connection.send(head_of(JSON, None) + chunks + b"0\r\n\r\n")
                equal(connection.answer().status, 200)
            connection.send(HEALTH)
            equal(connection.answer().status, 200)


@case("floods: bodies that never end take no more than --intake-bytes; others get 503, small requests are served")
def _():
    with start(intake_bytes="8M") as server:
        url = create(server)
        before = rss_bytes(server)
        holders = []
        large = json.dumps({"QueueUrl": url, "MessageBody": "m" * 1000000})

        def send_large():
            return exchange(server, "POST", "/", JSON, large)

        with closing(holders):
            answer = send_large()
            while answer.status != 503:
                check(len(holders) < 500, "no large request is refused")
                holders.append(Connection(server, 5))
                push(holders[-1], head_of(JSON, 6000000) + b"x" * 1000000)
                answer = send_large()
            equal(answer.headers["x-amzn-query-error"], "ServiceUnavailable;Receiver")
            check("too many large requests" in answer.json()["message"], answer)
            form = "Action=SendMessage&MessageBody=" + "m" * 1000000
            until(lambda: exchange(server, "POST", "/", FORM, form).status == 503, what="a large form is refused")
            answer = exchange(server, "POST", "/", FORM, form)
            equal((answer.status, answer.headers["content-type"]), (503, "text/xml"), answer)
            equal(json_call(server, "SendMessage", {"QueueUrl": url, "MessageBody": "small"}).status, 200)
            grown = rss_bytes(server) - before
            check(grown < 160 * MIB, f"the server grew by {grown / MIB:.0f} MiB")
        until(lambda: send_large().status == 200, what="there is room again")


@case("floods: memory of bodies comes back when they are answered or given up")
def _():
    with start(intake_bytes="8M") as server:
        url = create(server)
        for _ in range(30):
            with Connection(server) as connection:
                push(connection, head_of(JSON, 6000000) + b"x" * 3000000)
        large = json.dumps({"QueueUrl": url, "MessageBody": "m" * 1000000})
        until(lambda: all(exchange(server, "POST", "/", JSON, large).status == 200 for _ in range(20)),
              what="there is room")


@case("floods: a connection that sends slowly gives its memory to others")
def _():
    with start(intake_bytes="8M") as server:
        url = create(server)
        large = json.dumps({"QueueUrl": url, "MessageBody": "m" * 1000000})
        holders = [Connection(server, 5) for _ in range(80)]
        with closing(holders):
            for holder in holders:
                push(holder, head_of(JSON, 6000000) + b"x" * 100000)
            until(lambda: exchange(server, "POST", "/", JSON, large).status == 200, seconds=40, what="there is room")


@case("floods: at --connections-max the longest idle connection is closed, busy and active ones stay")
def _():
    with start(connections_max=20) as server:
        url = create(server)
        with Connection(server) as parked, Connection(server) as active:
            parked.send(request_bytes("POST", "/", {**JSON, "X-Amz-Target": "AmazonSQS.ReceiveMessage"},
                                      json.dumps({"QueueUrl": url, "WaitTimeSeconds": 20})))
            idle = []
            with closing(idle):
                for _ in range(60):
                    idle.append(Connection(server))
                    active.send(HEALTH)
                    equal(active.answer().status, 200)
                    idle[-1].send(HEALTH)
                    equal(idle[-1].answer().status, 200)
                check(idle[0].is_closed(), "the one that is idle longest is open")
                check(is_open(idle[-1]), "the latest one is closed")
                active.send(HEALTH)
                equal(active.answer().status, 200)
                equal(json_call(server, "SendMessage", {"QueueUrl": url, "MessageBody": "m"}).status, 200)
                check("Messages" in parked.answer().json(), "the parked poll was not answered")
        lines = [line for line in server.log_tail(1000).splitlines() if "at the bound" in line]
        equal(len(lines), 1, "\n".join(lines))


@case("floods: idle connections of one worker make room for clients of another")
def _():
    with start(connections_max=8, workers=4) as server:
        idle = [Connection(server) for _ in range(8)]
        with closing(idle):
            for _ in range(40):
                equal(exchange(server, "GET", "/livez").status, 200)


@case("floods: with all connections busy the admin listener still answers, and has few connections of its own")
def _():
    with start(connections_max=4) as server:
        url = create(server)
        polls = [Connection(server) for _ in range(4)]
        with closing(polls):
            for poll in polls:
                poll.send(request_bytes("POST", "/", {**JSON, "X-Amz-Target": "AmazonSQS.ReceiveMessage"},
                                        json.dumps({"QueueUrl": url, "WaitTimeSeconds": 20})))
            with Connection(server) as late:
                late.send(HEALTH)
                until(server.is_ready, what="the admin listener answers")
                polls[0].close()
                equal(late.answer().status, 200)
            port, server.port = server.port, server.admin_port
            held = [Connection(server) for _ in range(200)]
            with closing(held):
                for connection in held[150:]:
                    connection.send(HEALTH)
                    equal(connection.answer().status, 200)
                check(held[0].is_closed(), "an idle admin connection is open")
            server.port = port


@case("floods: slow heads and silent connections do not keep others out")
def _():
    with start(connections_max=30) as server:
        slow = [Connection(server) for _ in range(60)]
        with closing(slow):
            for connection in slow:
                push(connection, b"POST / HTTP/1.1\r\nHost: a\r\nX-Slow: ")
            for _ in range(40):
                equal(exchange(server, "GET", "/livez").status, 200)

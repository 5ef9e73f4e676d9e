"""The control tool on a real server and on its files: export, import, log check, log dump."""
import base64
import json
import pathlib
import shutil
import socket
import subprocess
import threading
import time

from harness import (Server, arn, binary, bodies, call, case, check, counts, create, equal, exchange,
                     in_background, receive, send)


def leat(server, *words, text=None, status=0):
    """(standard output, standard error) of the tool."""
    command = [binary("leat"), *server.admin_flags, *words]
    done = subprocess.run(command, input=text if text is not None else "", capture_output=True, text=True, timeout=30)
    equal(done.returncode, status, done.stdout, done.stderr)
    return done.stdout, done.stderr


def name_of(url):
    return url.split("/")[-1]


def export(server, url):
    out, told = leat(server, "export", name_of(url))
    lines = [json.loads(line) for line in out.splitlines()]
    check(f"exported {len(lines)} messages" in told, told)
    return lines


def import_lines(server, url, lines, status=0, *flags):
    """(how many were imported, what else was said)"""
    text = "".join((line if isinstance(line, str) else json.dumps(line)) + "\n" for line in lines)
    out, told = leat(server, "import", name_of(url), *flags, text=text, status=status)
    return int(out.split()[1]), told


def without(lines, *names):
    return [{name: value for name, value in line.items() if name not in names} for line in lines]


def admin(server, method, target, headers=None, body=b""):
    class At:
        port = server.admin_port
        process = server.process
        log_tail = server.log_tail
    return exchange(At, method, target, {**server.admin_headers, **(headers or {})}, body)


ALL = {"MessageAttributeNames": ["All"], "AttributeNames": ["All"], "MaxNumberOfMessages": 10}
ATTRIBUTES = {"text": {"DataType": "String.words", "StringValue": "\u00e4 \U0001f600"},
              "number": {"DataType": "Number", "StringValue": "-1.5"},
              "bytes": {"DataType": "Binary", "BinaryValue": base64.b64encode(bytes(range(256))).decode()}}


def fill_standard(server, url):
    """One message of each state: two plain ones, one in flight, one delayed."""
    send(server, url, "in flight", MessageAttributes=ATTRIBUTES)
    receive(server, url, VisibilityTimeout=600)
    send(server, url, "plain \u00e4\n\"\\ \U0001f600 </x>", MessageGroupId="g", MessageSystemAttributes={
        "AWSTraceHeader": {"DataType": "String", "StringValue": "Root=1-5e3d83c1-e6a0db584850d61342823d4c"}})
    send(server, url, "delayed", DelaySeconds=700)
    send(server, url, "seen")
    check(receive(server, url, VisibilityTimeout=0, **ALL))


@case("tools: export, import and export again tell the same of a standard queue")
def _():
    with Server(durability="sync", clock="manual") as server:
        one, two = create(server), create(server)
        fill_standard(server, one)
        before = export(server, one)
        equal([line["state"] for line in before], ["in flight", "visible", "delayed", "visible"])
        equal([line.get("visible_in_ms") for line in before], [600000, None, 700000, None])
        equal(export(server, one), before, "an export changes nothing")
        equal(import_lines(server, two, before), (4, ""))
        equal(without(export(server, two), "sequence"), without(before, "sequence"))
        equal(counts(server, two), counts(server, one))
        leat(server, "clock", "advance", "600s")
        equal(counts(server, two), (3, 0, 1))
        leat(server, "clock", "advance", "100s")
        equal(counts(server, two), (4, 0, 0))
        got = {message["Body"]: message for message in receive(server, two, **ALL)}
        equal(got["in flight"]["MessageId"], before[0]["message_id"])
        equal(got["in flight"]["Attributes"]["ApproximateReceiveCount"], "2")
        equal(got["in flight"]["MessageAttributes"]["bytes"], ATTRIBUTES["bytes"])
        equal(got["in flight"]["Attributes"]["SentTimestamp"], str(before[0]["sent_ms"]))
        equal(got["in flight"]["Attributes"]["ApproximateFirstReceiveTimestamp"], str(before[0]["first_received_ms"]))


@case("tools: what was imported survives a kill")
def _():
    with Server(durability="sync") as server:
        one, two = create(server), create(server)
        fill_standard(server, one)
        before = export(server, one)
        import_lines(server, two, before)
        server.kill()
        server.start()
        after = export(server, two)
        equal(without(after, "sequence", "visible_in_ms"), without(before, "sequence", "visible_in_ms"))
        for line, was in zip(after, before):
            check(0 <= was.get("visible_in_ms", 0) - line.get("visible_in_ms", 0) < 60000, line, was)


@case("tools: a FIFO queue keeps order, groups, counts, deduplication and what is in flight; delays begin anew")
def _():
    with Server(durability="sync", clock="manual") as server:
        one, two = (create(server, {"FifoQueue": "true"}) for _ in range(2))
        late = create(server, {"FifoQueue": "true", "DelaySeconds": "60"})
        for number in range(6):
            send(server, one, f"{number}", MessageGroupId=f"g{number % 2}", MessageDeduplicationId=f"d{number}")
        receive(server, one, MaxNumberOfMessages=1, VisibilityTimeout=15)
        send(server, late, "late", MessageGroupId="g", MessageDeduplicationId="d")
        before = export(server, one)
        equal([line["state"] for line in before], ["in flight", "visible", "locked", "visible", "locked", "visible"])
        count, told = import_lines(server, two, before)
        equal(count, 6)
        check("in flight" not in told, told)
        after = export(server, two)
        equal(without(after, "sequence"), without(before, "sequence"))
        again = send(server, two, "again", MessageGroupId="g1", MessageDeduplicationId="d3")
        equal(again["MessageId"], before[3]["message_id"], "it is a repetition")
        equal(bodies(receive(server, two, MaxNumberOfMessages=10)), ["1", "3", "5"])
        server.kill()
        server.start()
        equal(bodies(receive(server, two, MaxNumberOfMessages=10)), [], "it holds its group over a restart")
        leat(server, "clock", "advance", "20s")
        equal(bodies(receive(server, two, MaxNumberOfMessages=10)), ["0", "2", "4"])
        count, told = import_lines(server, late, export(server, late))
        check(count == 1 and "delay begins anew (FIFO queue): 1\n" in told, told)
        was, fresh = [line["visible_in_ms"] for line in export(server, late)]
        check(30000 < was <= 40000 and fresh == 60000, was, fresh)
        leat(server, "clock", "advance", "5m")
        import_lines(server, two, before[5:])
        fresh = send(server, two, "fresh", MessageGroupId="g1", MessageDeduplicationId="d5")
        check(fresh["MessageId"] != before[5]["message_id"], "five minutes after it was sent it is none")


@case("tools: a dead letter finds the way back to its queue")
def _():
    with Server(durability="sync") as server:
        dead, other = create(server), create(server)
        url = create(server, {"RedrivePolicy": json.dumps({"deadLetterTargetArn": arn(dead), "maxReceiveCount": 1})})
        send(server, url, "poison")
        receive(server, url, VisibilityTimeout=0)
        receive(server, url)
        before = export(server, dead)
        equal([(line["dead_letter_source"], line["receive_count"]) for line in before], [(arn(url), 1)])
        call(server, "PurgeQueue", QueueUrl=dead)
        import_lines(server, dead, before)
        equal(without(export(server, dead), "sequence"), without(before, "sequence"))
        call(server, "StartMessageMoveTask", SourceArn=arn(dead))
        equal(bodies(receive(server, url, WaitTimeSeconds=10)), ["poison"])
        equal(counts(server, other), (0, 0, 0))


@case("tools: receives before an import count for the redrive, but for dead letters")
def _():
    with Server(durability="sync") as server:
        dead, source = create(server), create(server)
        url = create(server, {"RedrivePolicy": json.dumps({"deadLetterTargetArn": arn(dead), "maxReceiveCount": 3})})
        for line, more in ({"receive_count": 2}, ["3"]), ({"receive_count": 7, "dead_letter_source": arn(source)},
                                                          ["8", "9", "10"]):
            import_lines(server, url, [{"body": "x", **line}])
            for want in more:
                message, = receive(server, url, VisibilityTimeout=0, AttributeNames=["All"])
                equal(message["Attributes"]["ApproximateReceiveCount"], want)
            equal(receive(server, url), [])
        equal(counts(server, dead), (2, 0, 0))


@case("tools: an import goes on from the line that was refused")
def _():
    with Server(durability="sync") as server:
        url = create(server, {"MaximumMessageSize": "1024"})
        lines = [{"body": f"{number}"} for number in range(10)]
        broken = lines[:4] + ["", {"body": "x", "colour": "red"}] + lines[4:]
        count, told = import_lines(server, url, broken, 1)
        check(count == 4 and 'line 6: "colour" is no member' in told, count, told)
        count, told = import_lines(server, url, broken, 0, "--from", "7")
        equal((count, told), (6, ""))
        equal([line["body"] for line in export(server, url)], [str(number) for number in range(10)])
        for line, why in ({"body": "x" * 1025}, "line 1: "), ({"body": ""}, "line 1: "), ("{", "no JSON"), (
                "\x01\xff", "line 1: no JSON"), ({"body": "x", "attributes": {"aws.a": {"type": "String", "value": "x"}}},
                                                 "line 1: "), ({"body": "\ufffe"}, "line 1: "):
            count, told = import_lines(server, url, [line], 1)
            check(count == 0 and why in told, told)
        equal(counts(server, url), (10, 0, 0))
        leat(server, "import", "no-such-queue", text='{"body": "x"}\n', status=1)
        leat(server, "export", "no-such-queue", status=1)
        leat(server, "import", status=2)


@case("tools: large messages and many lines go in several requests")
def _():
    with Server(durability="sync") as server:
        url, copy = create(server), create(server)
        count, told = import_lines(server, url, [{"body": "y" * 1048576, "group": "g"}] * 9)
        equal((count, told), (9, ""))
        count, told = import_lines(server, url, [{"body": f"{number}"} for number in range(2500)])
        equal((count, told), (2500, ""))
        lines = export(server, url)
        equal([len(line["body"]) for line in lines[:9]], [1048576] * 9)
        equal([line["body"] for line in lines[9:]], [f"{number}" for number in range(2500)])
        path = server.home / "lines"
        leat(server, "export", name_of(url), "--file", str(path))
        leat(server, "import", name_of(copy), "--file", str(path))
        equal(without(export(server, copy), "sequence"), without(lines, "sequence"))
        _, told = leat(server, "import", name_of(copy), text="{\"body\": \"" + "z" * (4 << 20) + "\"}\n", status=1)
        check("line 1: longer than 4 MiB" in told, told)


@case("tools: nothing that is imported vanishes at once for its age")
def _():
    with Server(durability="sync", clock="manual") as server:
        url = create(server, {"MessageRetentionPeriod": "3600"})
        now = json.loads(leat(server, "clock", "--json")[0])["now_ms"]
        count, told = import_lines(server, url, [{"body": "old", "sent_ms": now - 3600000},
                                                 {"body": "older", "sent_ms": 0},
                                                 {"body": "young", "sent_ms": now - 3000000}])
        check(count == 3 and "age begins anew: 2\n" in told, told)
        equal(counts(server, url), (3, 0, 0))
        leat(server, "clock", "advance", "601s")
        equal([line["body"] for line in export(server, url)], ["old", "older"])


@case("tools: no receive gets an imported message that is in flight")
def _():
    with Server(durability="sync", clock="manual") as server:
        url = create(server)
        with in_background(receive, server, url, WaitTimeSeconds=20) as outcome:
            time.sleep(0.3)
            import_lines(server, url, [{"body": "hidden", "state": "in flight", "visible_in_ms": 5000,
                                        "receive_count": 1}])
            time.sleep(0.3)
            check(not outcome, "it was handed out")
            leat(server, "clock", "advance", "6s")
        equal(bodies(outcome[0]), ["hidden"])


@case("tools: the admin listener bounds and checks what it is given")
def _():
    with Server() as server:
        name = name_of(create(server))
        lines = {"Content-Type": "application/x-ndjson"}
        target = f"/import?queue={name}"
        for want, method, path, headers, body in (
                (415, "POST", target, {}, b"{}"),
                (415, "POST", target, {"Content-Type": "text/plain"}, b"{}"),
                (405, "GET", target, lines, b""),
                (404, "POST", "/import?queue=none", lines, b"{}"),
                (404, "POST", f"{target}&account=111122223333", lines, b"{}"),
                (413, "POST", target, lines, b" " * ((4 << 20) + 1)),
                (404, "GET", "/export?queue=none", {}, b""),
                (400, "GET", f"/export?queue={name}&max=101", {}, b""),
                (400, "GET", f"/export?queue={name}&after=x", {}, b"")):
            answer = admin(server, method, path, headers, body)
            equal(answer.status, want, answer)
            check(answer.json()["error"])
        answer = admin(server, "POST", target, lines, b'{"body":"x"}\n' * 1001).json()
        equal((answer["imported"], answer["refused"]["line"]), (1000, 1001))
        equal(admin(server, "POST", target, lines, b"").json()["imported"], 0)
        equal(admin(server, "POST", target, lines, b"\xff\xfe\n").json()["refused"]["line"], 1)


def log_tool(*words, status=0):
    done = subprocess.run([binary("leat"), "log", *map(str, words)], stdin=subprocess.DEVNULL, capture_output=True,
                          text=True, timeout=30)
    equal(done.returncode, status, done.stdout, done.stderr)
    return done.stdout + done.stderr


def contents(directory):
    return {str(path): path.read_bytes() for path in pathlib.Path(directory).rglob("*") if path.is_file()}


@case("tools: log check and log dump read a copy and change nothing")
def _():
    with Server(durability="sync", workers=2) as server:
        urls = [create(server) for _ in range(4)]
        for number in range(20):
            if number == 16:  # nobody waits for the record of a receive: the send behind it takes it to the disk
                receive(server, urls[0])
            send(server, urls[number % 4], f"body {number}")
        queues = [json.loads(line) for line in leat(server, "queues", "--json")[0].splitlines()]
        wanted, = (queue["id"] for queue in queues if queue["name"] == name_of(urls[0]))
        sequences = [int(line["sequence"]) for line in export(server, urls[0])]
        server.kill()
        copy = server.home / "copy"
        shutil.copytree(server.home / "data", copy)
        before = contents(copy)
        told = log_tool("check", copy)
        check(told.count("ends at segment") == 2 and "damage" not in told, told)
        whole = log_tool("dump", copy)
        equal(sum(" sent queue=" in line for line in whole.splitlines()), 20)
        one = log_tool("dump", copy, "--queue", wanted).splitlines()
        equal(sum(" sent " in line for line in one), 5)
        equal(sum(" received " in line for line in one), 1)
        check(all(f"queue={wanted} " in line for line in one if " queue=" in line), one)
        late = log_tool("dump", copy, "--queue", wanted, "--from", sequences[3]).splitlines()
        equal(sum(" sent " in line for line in late), 2)
        at = [line.split(" ")[0] for line in one if " sent " in line][4]
        log, = {line.rstrip(":") for line in whole.splitlines() if line.endswith(":")
                and any(f"queue={wanted} " in other for other in log_tool("dump", line.rstrip(":")).splitlines())}
        behind = log_tool("dump", log, "--from", at).splitlines()
        equal(behind[0].split(" ")[0], at)
        equal(contents(copy), before)

        name, offset = [line.split(" ")[0] for line in one if " sent " in line][1].split(":")
        damaged = pathlib.Path(log) / name
        data = bytearray(damaged.read_bytes())
        data[int(offset) + 40] ^= 1
        damaged.write_bytes(data)
        before = contents(copy)
        told = log_tool("check", copy, status=1)
        check(f"{name} at offset {offset}: damage" in told, told)
        told = log_tool("dump", log, status=1)
        check(f"{name} at offset {offset}: damage" in told, told)
        equal(contents(copy), before)
        log_tool("check", server.home, status=2)
        log_tool("check", server.home / "none", status=2)
        log_tool("look", copy, status=2)
        log_tool("dump", copy, "--from", "x", status=2)
        log_tool("check", server.home / "data")
        server.start()
        equal(sum(counts(server, url)[0] + counts(server, url)[1] for url in urls), 20)


def answer_once(answer):
    """The address of a listener whose one client gets this answer."""
    listener = socket.create_server(("127.0.0.1", 0))

    def serve():
        with listener, listener.accept()[0] as client:
            while b"\r\n\r\n" not in client.recv(65536):
                pass
            client.sendall(answer)

    threading.Thread(target=serve, daemon=True).start()
    return f"127.0.0.1:{listener.getsockname()[1]}"


@case("the control tool takes strange answers for an error, and none steers the terminal")
def strange_answers():
    def ask(answer, *words):
        command = [binary("leat"), "--admin", answer_once(answer), *words]
        return subprocess.run(command, capture_output=True, timeout=30, check=False)

    def said(answer):
        done = ask(answer, "queues")
        equal(done.returncode, 1, done.stdout, done.stderr)
        equal(done.stdout, b"")
        check(done.stderr.startswith(b"leat: ") and done.stderr.count(b"\n") == 1, done.stderr)
        return done.stderr

    check(b"no JSON" in said(b"HTTP/1.1 200 OK\r\n\r\n"))
    check(b"no JSON" in said(b"HTTP/1.1 302 Found\r\nLocation: /\r\n\r\n"))
    equal(said(b'HTTP/1.1 400 Bad\r\n\r\n{"error":"a\\u001b[31m\\u009b1m\\u007f\\u00e9"}'),
          "leat: a?[31m??1m?é\n".encode())
    out = ask(b'HTTP/1.1 200 OK\r\n\r\n{"messages":[{"body":"a\\u001b\\u009b1m\\u007f\\u00e9"}]}', "peek", "q").stdout
    check('"a\\u001B??1m?é"'.encode() in out, out)

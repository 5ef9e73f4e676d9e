"""What a newcomer meets: spelling mistakes, wrong files, wrong addresses, wrong words."""
import contextlib
import json
import os
import pathlib
import re
import signal
import socket
import subprocess
import tempfile

import boto3

from harness import (Connection, Server, arn, binary, bodies, call, case, check, counts, create, equal, exchange,
                     is_error, json_call, query_call, receive, request_bytes, send, shared, until)
from redis_server import Redis
from server import KEY, OTHER_ACCOUNT, OTHER_KEY, OTHER_SECRET, SECRET
from test_polls import park


@contextlib.contextmanager
def directory():
    with tempfile.TemporaryDirectory(prefix="leat-steps-") as path:
        yield pathlib.Path(path)


def run(name, *words, cwd=None, text="", environment=None):
    """(exit status, standard output, standard error) of a program that ends by itself, in a directory of its own."""
    with directory() as home:
        done = subprocess.run([binary(name), *map(str, words)], input=text, capture_output=True, text=True, timeout=30,
                              cwd=cwd or home, env=environment)
    return done.returncode, done.stdout, done.stderr


def refused(words, *parts, cwd=None):
    """leatd ends with status 2 before it does anything, and its text holds all parts."""
    status, out, told = run("leatd", *words, cwd=cwd)
    equal((status, out), (2, ""), words, told)
    for part in parts:
        check(part in told, words, "lacks", repr(part), "in", told)
    return told


@case("first steps: an option that does not exist is refused with the nearest")
def _():
    for words, meant in ((["--lsten", "127.0.0.1:0"], "--listen"), (["--data_dir=x"], "--data-dir"),
                         (["--data", "x"], "--data-dir"), (["--port", "1"], "--listen"), (["--hepl"], "--help"),
                         (["-listen", "x"], "--listen"), (["listen=127.0.0.1:0"], "--listen"),
                         (["--confg", "x"], "--config"), (["--conections-max=1"], "--connections-max")):
        told = refused(words, f"did you mean {meant}?", words[0], "leatd: ")
        equal(len(told.splitlines()), 1, told)
    told = refused(["--zzzzzzzz"], '"--zzzzzzzz"', "leatd --help")
    check("did you mean" not in told, told)
    refused(["surplus"], '"surplus"')
    refused(["--", "x"], '"--"')


@case("first steps: an option without its value is refused")
def _():
    refused(["--listen"], "--listen HOST:PORT")
    refused(["--listen", "--auth", "off"], "--listen HOST:PORT")
    refused(["--data-dir="], "--data-dir DIR")
    refused(["--config"], "--config FILE")
    refused(["--config", "/dev/null", "--config", "/dev/null"], "twice")


@case("first steps: what is no configuration file is refused")
def _():
    with directory() as home:
        refused(["--config", home], str(home), "is a directory")
        refused(["--config", home / "none"], str(home / "none"), "No such file")
        refused(["--config", "/dev/zero"], "larger than 1 MiB")


@case("first steps: a configuration file's errors name file, line and the nearest key, all of them at once")
def _():
    with directory() as home:
        path = home / "leatd.conf"
        path.write_text("# comment\n[server]\nlsten = 127.0.0.1:0\nregion = eu-west-1\nregion = eu-west-2\n"
                        "account\ndurability = \"os\"\nworkers =\nzzzzzzzz = 1\n")
        told = refused(["--config", path], f"{path}:2: sections", f'{path}:3: there is no option "lsten"; did you mean '
                       '"listen"?', f'{path}:5: "region" stands on line 4 already', f"{path}:6: ", f"{path}:7: ",
                       f"{path}:8: ", f'{path}:9: there is no option "zzzzzzzz"')
        equal(len(told.splitlines()), 7, told)
        for line, part in (("durability = fast", "memory, os or sync is wanted"), ("workers = many", "a number from"),
                           ("clock = sundial", "system or manual"), ("accept-loss = maybe", "on or off"),
                           ("cache-bytes = 1T", "a size such as"), ("listen = nonsense", "HOST:PORT"),
                           ("listen = 127.0.0.1:65536", "0 to 65535"), ("account = 12", "12 digits"),
                           ("admin = nonsense", "HOST:PORT"), ("auth = maybe", "off, verify or explain"),
                           ("region = x y", "small letters"), ("log-level = all", "error, warning"),
                           ("segment-bytes = 5", "64K to 1G")):
            path.write_text("\n" + line + "\n")
            refused(["--config", path], f"{path}:2: {line}: ", part)
            name, _, value = line.partition(" = ")
            refused([f"--{name}={value}"], f'--{name} "{value}": ', part)


@case("first steps: bad addresses are refused with what is wanted")
def _():
    for address, part in (("9324", "127.0.0.1:9324"), ("127.0.0.1", "HOST:PORT"), ("127.0.0.1:", "0 to 65535"),
                          ("127.0.0.1:65536", "0 to 65535"), ("127.0.0.1:http", "0 to 65535"),
                          ("http://127.0.0.1:1", "nothing before it"), ("::1:9324", "[::1]:9324"),
                          ("127.0.0.1:-1", "0 to 65535")):
        refused(["--listen", address], f'--listen "{address}"', part)


@case("first steps: a file with long lines, comments and flags that win")
def _():
    with Server() as server:
        server.stop()
        path = server.home / "leatd.conf"
        deep = server.home / "/".join(["d" * 100] * 3)
        deep.parent.mkdir(parents=True)
        path.write_text(f"\ufeff# of a test\r\nlisten = 127.0.0.1:1 ; a flag wins\r\ndata-dir = {deep}\r\n"
                        "region: us-east-1\r\n")
        command = server.command()
        at = command.index("--data-dir")
        del command[at:at + 2]
        at = command.index("--region")
        del command[at:at + 2]
        server.command = lambda: [*command, "--config", str(path)]
        server.start()
        check(deep.is_dir(), "the long line was cut")
        check("region us-east-1" in server.log_tail(), server.log_tail())


@case("first steps: -h, -v and where help goes")
def _():
    for name in ("leatd", "leat"):
        equal(run(name, "-h"), run(name, "--help"))
        status, out, told = run(name, "--help")
        check(status == 0 and "usage: " in out and not told, name, out, told)
        equal(run(name, "-v"), run(name, "--version"))
        equal(run(name, "-v")[0], 0)
        wide = [line for line in out.splitlines() if len(line) > 120]
        equal(wide, [])


def recreate(server):
    """What a test suite does before every case: the same queues again, emptied and made anew."""
    for kind in ({}, {"FifoQueue": "true", "ContentBasedDeduplication": "true"}):
        name = "case.fifo" if kind else "case"
        group = {"MessageGroupId": "g"} if kind else {}
        for number in range(3):
            url = create(server, kind, name)
            send(server, url, "in flight", **group)
            equal(bodies(receive(server, url)), ["in flight"], "a new queue is empty", number)
            for _ in range(3):
                send(server, url, "same", **group)
                call(server, "PurgeQueue", QueueUrl=url)
                equal(counts(server, url), (0, 0, 0))
            send(server, url, "left over", **group)
            call(server, "DeleteQueue", QueueUrl=url)


@case("first steps: with --relaxed on queues are recreated and purged as often as one likes; off is as Amazon")
def _():
    with Redis() as redis:
        for options in ({}, {"metadata": redis.url}, {"durability": "memory"}):
            with Server(relaxed="on", **options) as server:
                recreate(server)
                url = create(server, name="kept")
                send(server, url, "kept")
                server.kill()
                server.start()
                equal(counts(server, url), (0 if "durability" in options else 1, 0, 0))
                recreate(server)
                check("relaxed: " in server.log_tail(), server.log_tail())
    with Server() as server:
        url = create(server, name="case")
        call(server, "PurgeQueue", QueueUrl=url)
        is_error(json_call(server, "PurgeQueue", {"QueueUrl": url}), "PurgeQueueInProgress")
        call(server, "DeleteQueue", QueueUrl=url)
        is_error(json_call(server, "CreateQueue", {"QueueName": "case"}), "QueueDeletedRecently")


@case("first steps: a browser's GET / says what this is and where health is; SQS requests to / stay what they are")
def _():
    for auth in ("off", "verify"):
        server = shared(auth)
        for headers in ({}, {"Accept": "text/html,application/xhtml+xml", "User-Agent": "Mozilla/5.0"}):
            answer = exchange(server, "GET", "/", headers)
            equal((answer.status, answer.headers["content-type"].split(";")[0]), (200, "text/plain"))
            for part in ("leat", "SQS", "/livez", "/readyz"):
                check(part in answer.text, answer)
        equal(exchange(server, "HEAD", "/").status, 200)
        for method, target in (("GET", "/?"), ("GET", "/?Version=2012-11-05"), ("POST", "/"), ("GET", "/000000000000/q"),
                               ("GET", "/favicon.ico")):
            answer = exchange(server, method, target)
            equal((answer.status, answer.text.strip()), (404, "<UnknownOperationException/>"), method, target)
    server = shared()
    equal(query_call(server, {"Action": "ListQueues"}, method="GET").status, 200)
    call(server, "ListQueues")
    with Connection(server) as connection:  # it is one request of several on a connection
        connection.send(request_bytes("GET", "/") + request_bytes("GET", "/livez"))
        equal((connection.answer("GET").status, connection.answer("GET").text), (200, "ok\n"))


@case("first steps: SIGHUP does not end the server and is told")
def _():
    for action in (signal.SIG_DFL, signal.SIG_IGN):
        before = signal.signal(signal.SIGHUP, action)
        try:
            server = Server().start()
        finally:
            signal.signal(signal.SIGHUP, before)
        with server:
            url = create(server)
            for number in range(3):
                server.process.send_signal(signal.SIGHUP)
                until(lambda: server.log_tail().count("SIGHUP: ") == number + 1, what=server.log_tail())
                send(server, url)
            equal(server.stop(), 0)


@case("first steps: Ctrl-C ends it with status 0, also when it was started with SIGINT ignored; a second one at once")
def _():
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        servers = [Server(drain_seconds=60).start() for _ in range(2)]
    finally:
        signal.signal(signal.SIGINT, before)
    with servers[0] as server:
        server.process.send_signal(signal.SIGINT)
        equal(server.process.wait(30), 0)
    with servers[1] as server, Connection(server) as busy:
        url = create(server)
        send(server, url, "kept")
        busy.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n{")
        exchange(server, "GET", "/livez")
        server.process.send_signal(signal.SIGINT)
        until(lambda: "once more" in server.log_tail(), what=server.log_tail())
        server.process.send_signal(signal.SIGINT)
        equal(server.process.wait(30), -signal.SIGINT)
        server.start()
        equal(counts(server, url), (1, 0, 0))


@case("first steps: a long poll under the manual clock is hinted at once, and once")
def _():
    with Server(clock="manual") as server:
        url = create(server)
        check("leat clock advance" in server.log_tail(), "the start does not tell of the clock")
        receive(server, url)
        check("long poll" not in server.log_tail(), server.log_tail())
        connections = park(server, url, 5)
        until(lambda: "a long poll waits under the manual clock" in server.log_tail(), what=server.log_tail())
        subprocess.run([binary("leat"), *server.admin_flags, "clock", "advance", "1h"],
                       stdin=subprocess.DEVNULL, capture_output=True, timeout=30, check=True)
        for connection in connections:
            equal(connection.answer().status, 200)
            connection.close()
        equal(server.log_tail().count("long poll"), 1)


def leat(server, *words, text="", status=0):
    """(standard output, standard error)"""
    got, out, told = run("leat", *server.admin_flags, *words, text=text)
    equal(got, status, words, out, told)
    return out, told


@case("first steps: leat refuses what it does not know, with the nearest and a usage line, before it asks anybody")
def _():
    for words, part in ((["qeues"], 'did you mean "queues"?'), (["queues", "--jsn"], "did you mean --json?"),
                        (["peek"], "usage: leat peek QUEUE"), (["peek", "a", "b"], '"b" is one word too many'),
                        (["queues", "a"], '"a" is one word too many'), (["export"], "wants QUEUE"),
                        (["export", "a", "b"], "too many"), (["import", "a", "b"], "too many"),
                        (["clock", "back"], "usage: leat clock advance DURATION"),
                        (["clock", "advance"], "leat clock advance wants DURATION"), (["clock", "advance", "1m", "x"], "too many"),
                        (["clock", "advance", "soon"], '"soon" is no duration'), (["log"], "usage: leat log check DIR"),
                        (["log", "status", "x"], "leat log status: "), (["log", "check"], "leat log check wants DIR"),
                        (["log", "check", "a", "b"], "too many"), (["log", "dump", "a", "--max", "1"], "no option --max"),
                        (["queues", "--max", "5"], "no option --max"), (["peek", "q", "--max", "x"], "a number"),
                        (["peek", "q", "--max"], "--max N"), (["queues", "--admin", "nonsense"], "HOST:PORT or unix:PATH"),
                        (["queues", "-x"], '"-x"'), ([], "usage: leat COMMAND"), (["help", "peak"], '"peek"')):
        status, out, told = run("leat", *words)
        equal((status, out), (2, ""), words, told)
        check(part in told, words, told)


@case("first steps: leat COMMAND --help tells usage, options and an example of every command")
def _():
    for command in ("queues", "peek", "export", "import", "clock", "log"):
        status, out, told = run("leat", command, "--help")
        equal((status, told), (0, ""))
        check(f"usage: leat {command}" in out and f"example: leat {command}" in out, out)
        equal(run("leat", command, "-h"), run("leat", "help", command))
    check("--max" in run("leat", "peek", "--help")[1] and "--max" not in run("leat", "queues", "--help")[1])


@case("first steps: a queue is named by its name, URL or ARN wherever leat wants one; what does not exist is named")
def _():
    with Server() as server:
        url = create(server, name="orders")
        send(server, url, "one")
        arn = f"arn:aws:sqs:us-east-1:000000000000:{'orders'}"
        for named in ("orders", url, url + "/", "https://queue.example.com/000000000000/orders", arn):
            equal([json.loads(line)["body"] for line in leat(server, "export", named)[0].splitlines()], ["one"])
            check("one" in leat(server, "peek", named)[0])
            equal(leat(server, "import", named, text=""), ("imported 0 messages\n", ""))
        leat(server, "import", url, text='{"body": "two"}\n')
        equal(counts(server, url), (2, 0, 0))
        for words in (["peek"], ["export"], ["import"]):
            for named, account in (("none", "000000000000"), (url.replace("0" * 12, "111122223333"), "111122223333"),
                                   (url.replace("orders", "none"), "000000000000")):
                out, told = leat(server, *words, named, text='{"body": "x"}\n' * 3, status=1)
                equal((out, told), ("", f'leat: there is no queue "{named.split("/")[-1]}" in account {account}\n'))
            out, told = leat(server, *words, "orders", "--account", "111122223333", status=1)
            equal((out, told), ("", 'leat: there is no queue "orders" in account 111122223333\n'))
            leat(server, *words, url, "--account", "111122223333", status=1)
        kept = server.home / "export"
        kept.write_text("an earlier export")
        leat(server, "export", "none", "--file", kept, status=1)
        equal(kept.read_text(), "an earlier export")


@case("first steps: leat at the API's port, at no server and at another one says so")
def _():
    for auth in ("off", "verify"):
        server = shared(auth)
        for words in (["queues"], ["peek", "q"], ["import", "q"], ["clock"], ["clock", "advance", "1s"], ["log", "status"]):
            status, out, told = run("leat", "--admin", f"127.0.0.1:{server.port}", *words, text='{"body": "x"}\n')
            equal((status, out), (1, ""), words, told)
            check("is the address of the API" in told and str(server.port) in told, words, told)
            equal(len(told.splitlines()), 1, told)
    status, _, told = run("leat", "--admin", f"http://127.0.0.1:{shared().admin_port}/",
                          "--data-dir", str(shared().data), "queues")
    equal(status, 0, told)
    with directory() as home:
        status, out, told = run("leat", "queues", "--admin", f"unix:{home}/none")
        check(status == 1 and out == "" and "Is leatd running?" in told and str(home) in told, out, told)


@case("first steps: output that cannot be written is no success")
def _():
    for name in ("leat", "leatd"):
        with open("/dev/full", "w", encoding="ascii") as full:
            done = subprocess.run([binary(name), "--help"], stdin=subprocess.DEVNULL, stdout=full,
                                  stderr=subprocess.PIPE, text=True, timeout=30, check=False)
        check(done.returncode == 1 and "cannot write" in done.stderr, done)


@case("first steps: a URL of no known store is refused, and its password is told to nobody")
def _():
    for url in ("http://user:secret@host:1", "redis:secret", "postgres://user:secret@host", "x"):
        told = refused(["--metadata", url], "--metadata", "redis://")
        check("secret" not in told, told)


@case("first steps: closed standard descriptors never become files of the server")
def _():
    def close():
        os.closerange(0, 3)

    with directory() as home:
        process = subprocess.Popen([binary("leatd"), "--listen", "127.0.0.1:0", "--admin", f"unix:{home}/admin",
                                    "--data-dir", str(home / "data")], preexec_fn=close)
        try:
            until((home / "admin").exists)
            until(lambda: run("leat", "--admin", f"unix:{home}/admin", "queues")[0] == 0)
            equal([os.readlink(f"/proc/{process.pid}/fd/{fd}") for fd in range(3)], ["/dev/null"] * 3)
        finally:
            process.terminate()
            equal(process.wait(30), 0)


def has_ipv6():
    try:
        with socket.socket(socket.AF_INET6) as probe:
            probe.bind(("::1", 0))
        return True
    except OSError:
        return False


@contextlib.contextmanager
def listening(address, *options, workers="2"):
    """(process, port, file of the log) of a server at this address and port 0."""
    with directory() as home, open(home / "log", "wb") as log:
        process = subprocess.Popen([binary("leatd"), "--listen", address, "--admin", "off", "--workers", workers,
                                    "--data-dir", str(home / "data"), "--durability", "memory", *options],
                                   stdin=subprocess.DEVNULL, stderr=log)
        try:
            until(lambda: b"serves on" in (home / "log").read_bytes() or process.poll() is not None)
            found = re.search(r"serves on http://\S+:(\d+), ", (home / "log").read_text())
            check(found, (home / "log").read_text())
            yield process, int(found.group(1)), home / "log"
        finally:
            process.terminate()
            equal(process.wait(30), 0)


@case("first steps: * and localhost are served over IPv4 and IPv6, by every worker")
def _():
    addresses = ["127.0.0.1"] + (["::1"] if has_ipv6() else [])
    for listen in ("*:0", ":0", "localhost:0", "[::]:0"):
        for workers in ("1", "2"):
            with listening(listen, workers=workers) as (_, port, _):
                for at in addresses:
                    for _ in range(8):
                        with socket.create_connection((at, port), timeout=10) as client:
                            client.sendall(f"GET /livez HTTP/1.1\r\nHost: localhost:{port}\r\n\r\n".encode())
                            check(client.recv(4096).startswith(b"HTTP/1.1 200"), listen, at)


@case("first steps: an IPv4 client of a socket for both families has an IPv4 address in policies")
def _():
    server = Server(auth="verify")
    command = server.command()
    command[command.index("--listen") + 1] = f"*:{server.port}"
    server.command = lambda: command
    with server.start():
        sqs = boto3.client("sqs", endpoint_url=server.url, region_name="us-east-1", aws_access_key_id=KEY,
                           aws_secret_access_key=SECRET)
        other = boto3.client("sqs", endpoint_url=server.url, region_name="us-east-1",
                             aws_access_key_id=OTHER_KEY, aws_secret_access_key=OTHER_SECRET)
        url = sqs.create_queue(QueueName="q")["QueueUrl"]
        sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": json.dumps({
            "Version": "2012-10-17", "Statement": [{
                "Effect": "Allow", "Principal": {"AWS": OTHER_ACCOUNT}, "Action": "sqs:SendMessage", "Resource": arn(url),
                "Condition": {"IpAddress": {"aws:SourceIp": "127.0.0.1/32"}}}]})})
        other.send_message(QueueUrl=url, MessageBody="from IPv4")


@case("first steps: an address that cannot be had ends the start with what to do")
def _():
    with socket.socket() as taken, directory() as home:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        for address, part in ((f"127.0.0.1:{port}", "another process listens there"),
                              (f"localhost:{port}", "another process listens there"),
                              (f"*:{port}", "another process listens there"),
                              ("192.0.2.1:0", "no interface of this machine"),
                              ("no-such-host.invalid:0", "its host is not known")):
            for workers in ("1", "2"):
                status, _, told = run("leatd", "--listen", address, "--admin", "off", "--workers", workers,
                                      "--data-dir", home / "data")
                check(status == 1 and part in told and address in told, address, told)

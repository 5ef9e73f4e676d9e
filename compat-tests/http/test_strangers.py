"""Strangers: other users of the machine, and web pages that its users visit."""
import http.client
import os
import pathlib
import socket
import stat
import subprocess
import tempfile

from harness import (Connection, Server, binary, call, case, check, create, equal, exchange, free_port, is_error,
                     json_call, query_call, request_bytes, until)

JSON = {"Content-Type": "application/x-amz-json-1.0", "X-Amz-Target": "AmazonSQS.CreateQueue"}
EVIL = "http://evil.example"


class AtAdmin:
    """What `exchange` and `Connection` want of a server, for its admin listener."""

    def __init__(self, server):
        self.port = server.admin_port
        self.process = server.process
        self.log_tail = server.log_tail


def admin(server, method, target, headers=None, body=b"", token=True):
    own = {key: value for key, value in server.admin_headers.items() if token or key != "Authorization"}
    return exchange(AtAdmin(server), method, target, {**own, **(headers or {})}, body)


def names(server):
    return [url.split("/")[-1] for url in call(server, "ListQueues").get("QueueUrls", [])]


class AtPath(http.client.HTTPConnection):
    def __init__(self, path):
        super().__init__("localhost", timeout=10)
        self.path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.connect(str(self.path))


class Plain(Server):
    """As a newcomer starts it: without --admin."""

    def command(self):
        command = super().command()
        at = command.index("--admin")
        return command[:at] + command[at + 2:]

    def is_ready(self):
        try:
            return exchange(self, "GET", "/readyz", timeout=2).status == 200
        except (OSError, AssertionError):
            return False


def leat(*words, cwd=None, **environment):
    env = {name: value for name, value in os.environ.items() if not name.startswith("LEAT_")}
    done = subprocess.run([binary("leat"), *map(str, words)], stdin=subprocess.DEVNULL, capture_output=True, text=True,
                          timeout=30, cwd=cwd, env={**env, **{key: str(value) for key, value in environment.items()}})
    return done.returncode, done.stdout, done.stderr


@case("strangers: the admin listener is a socket in the data directory that only its user can open")
def _():
    for auth in ("off", "verify"):
        with Plain(auth=auth) as server:
            path = server.data / "admin.sock"
            facts = path.lstat()
            check(stat.S_ISSOCK(facts.st_mode), oct(facts.st_mode))
            equal(stat.S_IMODE(facts.st_mode), 0o600)
            until(lambda: f"unix:{path}" in server.log_tail(), what="the log says where it is")
            check(not (server.data / "admin.token").exists(), "a token that nobody needs")
            for words, environment in ((["--data-dir", server.data], {}), (["--admin", f"unix:{path}"], {}),
                                       ([], {"LEAT_DATA_DIR": server.data}), ([], {"LEAT_ADMIN": f"unix:{path}"})):
                status, _, told = leat("queues", *words, **environment)
                equal(status, 0, words, environment, told)
            equal(server.stop(), 0)
            check(not path.exists(), "the socket outlives its server")


@case("strangers: leat finds the socket below ./leat-data without options")
def _():
    with Plain() as server:
        (server.home / "leat-data").symlink_to(server.data)
        status, _, told = leat("queues", cwd=server.home)
        equal(status, 0, told)


@case("strangers: a free port whose neighbour is taken is enough")
def _():
    with socket.socket() as neighbour:
        while True:
            server = Plain()
            try:
                neighbour.bind(("127.0.0.1", server.port + 1))
                break
            except OSError:
                server.remove()
        neighbour.listen()
        with server:
            create(server)


@case("strangers: the socket of a killed server is replaced, also in a very long directory")
def _():
    server = Plain()
    server.data = server.home / ("d" * 150) / "data"
    server.data.parent.mkdir()
    try:
        server.start()
        server.kill()
        check((server.data / "admin.sock").is_socket())
        server.start()
        equal(leat("queues", "--data-dir", server.data)[0], 0)
    finally:
        server.remove()


@case("strangers: what is no socket, or a live one, is never replaced at --admin unix:PATH")
def _():
    with tempfile.TemporaryDirectory() as home:
        path = pathlib.Path(home) / "precious"
        path.write_text("mine")
        server = Server(admin=f"unix:{path}")
        try:
            server.start()
        except RuntimeError as problem:
            check("ended with 1" in str(problem) and "no socket" in str(problem), problem)
        else:
            raise AssertionError("it started")
        finally:
            server.remove()
        equal(path.read_text(), "mine")
        with socket.socket(socket.AF_UNIX) as live:
            live.bind(home + "/live")
            live.listen()
            other = Server(admin=f"unix:{home}/live")
            try:
                other.start()
            except RuntimeError as problem:
                check("another server listens there" in str(problem), problem)
            else:
                raise AssertionError("it started")
            finally:
                other.remove()
            check((pathlib.Path(home) / "live").is_socket())


@case("strangers: over TCP the admin listener wants the token, whatever the auth mode")
def _():
    for auth in ("off", "verify"):
        with Server(auth=auth) as server:
            path = server.data / "admin.token"
            equal(stat.S_IMODE(path.stat().st_mode), 0o600)
            token = path.read_text().strip()
            for target in ("/queues", "/peek?queue=q", "/export?queue=q", "/log", "/clock", "/none"):
                answer = admin(server, "GET", target, token=False)
                equal((answer.status, answer.headers.get("www-authenticate")), (401, 'Bearer realm="leat admin"'))
            for wrong in ("", "Bearer", "Bearer ", "Bearer x", f"Bearer {token}x", f"Bearer {token[:-1]}", token,
                          f"Basic {token}", "Bearer " + "x" * 5000):
                equal(admin(server, "GET", "/queues", {"Authorization": wrong}).status, 401, wrong)
            equal(admin(server, "GET", "/queues", {"Authorization": f"bearer {token}"}).status, 200)
            for target in ("/livez", "/readyz"):
                equal(admin(server, "GET", target, token=False).body, b"ok\n")
            admin_at = f"127.0.0.1:{server.admin_port}"
            equal(leat("queues", "--admin", admin_at, "--data-dir", server.data)[0], 0)
            equal(leat("queues", "--admin", admin_at, "--token-file", path)[0], 0)
            equal(leat("queues", "--admin", admin_at, LEAT_TOKEN_FILE=path)[0], 0)
            status, _, told = leat("queues", "--admin", admin_at)
            check(status == 1 and "--data-dir" in told, told)
            copy = server.home / "copy"
            for text, mode, why in ((None, 0, "which does not exist"), ("short", 0o600, "which holds no token"),
                                    (token, 0o644, "which others may read or change (chmod 600)"),
                                    ("x" * 64, 0o600, "does not take the token in")):
                if text is not None:
                    copy.write_text(text)
                    copy.chmod(mode)
                status, _, told = leat("queues", "--admin", admin_at, "--token-file", copy)
                check(status == 1 and why in told and str(copy) in told, why, told)
            copy.unlink()
            equal(server.stop(), 0)
            server.start()
            equal(path.read_text().strip(), token, "a restart keeps the token")


@case("strangers: a token that others can read ends the start")
def _():
    with Server() as server:
        equal(server.stop(), 0)
        (server.data / "admin.token").chmod(0o644)
        try:
            server.start()
        except RuntimeError as problem:
            check("chmod 600" in str(problem) and "admin.token" in str(problem), problem)
        else:
            raise AssertionError("it started")


@case("strangers: an admin listener beyond loopback takes a word of the operator")
def _():
    server = Server(admin=f"0.0.0.0:{free_port()}")
    try:
        server.start()
    except RuntimeError as problem:
        check("--admin-remote" in str(problem), problem)
    else:
        raise AssertionError("it started")
    finally:
        server.remove()
    port = free_port()
    server = Server(admin=f"0.0.0.0:{port}", admin_remote="on", host_names="ops.example")
    server.admin_port = port
    with server:
        equal(admin(server, "GET", "/queues", {"Host": "ops.example"}).status, 200)
        equal(admin(server, "GET", "/queues", {"Host": "10.0.0.1"}).status, 403)
        check("without TLS" in server.log_tail(), server.log_tail())


@case("strangers: rebound names, other pages and ambiguous requests get nothing of the admin listener")
def _():
    with Server() as server:
        for host in ("evil.example", "evil.example:9325", "127.0.0.1.evil.example", "leat", "10.0.0.1", ""):
            equal(admin(server, "GET", "/queues", {"Host": host}).status, 403, host)
        for host in ("localhost", "LOCALHOST:1", "127.0.0.1", "[::1]:9325"):
            equal(admin(server, "GET", "/queues", {"Host": host}).status, 200, host)
        for headers in ({"Origin": EVIL}, {"Origin": "null"}, {"Origin": "http://localhost:3000"},
                        {"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"}):
            equal(admin(server, "GET", "/queues", headers).status, 403, headers)
        equal(admin(server, "GET", "/queues", {"Sec-Fetch-Site": "none"}).status, 200)
        head = "GET /queues HTTP/1.1\r\nAuthorization: {}\r\n".format(server.admin_headers["Authorization"])
        for more in ("Host: localhost\r\nHost: localhost\r\n\r\n", "\r\n", "Host: localhost\nX: y\r\n\r\n",
                     "Host: localhost\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
                     "Host: localhost\r\nX: a\r\n b\r\n\r\n", "Host: a b\r\n\r\n"):
            with Connection(AtAdmin(server)) as connection:
                connection.send(head + more)
                answer = connection.answer()
                check(answer is None or answer.status == 400, more, answer)


@case("strangers: changes over the admin listener want JSON and a header of our own")
def _():
    with Server(clock="manual") as server:
        before = admin(server, "GET", "/clock").json()
        lines = {"Content-Type": "application/x-ndjson"}
        for want, headers in ((415, {}), (415, {"Content-Type": "text/plain"}),
                              (415, {"Content-Type": "application/x-www-form-urlencoded"}),
                              (403, {**lines, "X-Leat-Admin": ""}), (403, {**lines, "X-Leat-Admin": "0"})):
            equal(admin(server, "POST", "/clock?advance=1000", headers).status, want, headers)
        equal(admin(server, "HEAD", "/clock?advance=1000").status, 405)
        equal(admin(server, "GET", "/clock").json(), before)
        equal(admin(server, "POST", "/clock?advance=1000", {"Content-Type": "Application/JSON; charset=utf-8"}).status,
              200)
    with Plain(clock="manual") as server:
        connection = AtPath(server.data / "admin.sock")
        for want, headers in ((403, lines), (415, {"X-Leat-Admin": "1"}), (403, {**lines, "X-Leat-Admin": "1",
                              "Origin": EVIL}), (200, {**lines, "X-Leat-Admin": "1"})):
            connection.request("POST", "/clock?advance=1", headers=headers)
            answer = connection.getresponse()
            answer.read()
            equal(answer.status, want, headers)
            connection.close()


FOREIGN = ({"Origin": EVIL}, {"Origin": "null"}, {"Origin": "http://localhost:1"}, {"Sec-Fetch-Site": "cross-site"},
           {"Sec-Fetch-Site": "same-site"}, {"Origin": EVIL, "Sec-Fetch-Site": "cross-site"})


@case("strangers: with auth off a page of another origin creates nothing")
def _():
    with Server() as server:
        for headers in FOREIGN:
            form = {"Content-Type": "application/x-www-form-urlencoded", **headers}
            answer = exchange(server, "POST", "/", form, "Action=CreateQueue&QueueName=form")
            check(answer.status == 403 and "<Code>AccessDenied</Code>" in answer.text, answer)
            answer = exchange(server, "POST", "/", {"Content-Type": "text/plain", **headers},
                              "Action=CreateQueue&QueueName=plain")
            equal(answer.status, 403, headers)
            equal(exchange(server, "GET", "/?Action=CreateQueue&QueueName=get", headers).status, 403, headers)
            is_error(exchange(server, "POST", "/", {**JSON, **headers}, '{"QueueName":"json"}'),
                     "AccessDeniedException")
            check(400 <= exchange(server, "OPTIONS", "/", {**headers, "Access-Control-Request-Method": "POST"}).status)
        # A browser beyond loopback and TLS says nothing of the page; its name is all that there is.
        browser = {"User-Agent": "Mozilla/5.0 (X11; Linux x86_64) Chrome/156.0"}
        equal(exchange(server, "GET", "/?Action=CreateQueue&QueueName=mute", browser).status, 403)
        equal(names(server), [])
        equal(exchange(server, "GET", "/?Action=ListQueues", {**browser, "Sec-Fetch-Site": "none"}).status, 200)
        equal(exchange(server, "GET", "/livez", {"Sec-Fetch-Site": "cross-site"}).status, 200)
        check("cors-origins" in server.log_tail(), server.log_tail())


@case("strangers: with auth off a rebound name reads and creates nothing")
def _():
    with Server(host_names="sqs.example") as server:
        for host in ("evil.example", f"evil.example:{server.port}", "localhost.evil.example", "sqs.example.evil"):
            is_error(exchange(server, "POST", "/", {**JSON, "Host": host}, '{"QueueName":"rebound"}'),
                     "AccessDeniedException")
        equal(names(server), [])
        with Connection(server) as connection:  # also not behind a good one on the same connection
            for host, want in (("localhost", 200), ("evil.example", 403), ("localhost", 200)):
                connection.send(request_bytes("POST", "/", {**JSON, "Host": host}, '{"QueueName":"q"}'))
                equal(connection.answer().status, want, host)
        for host in ("localhost", f"127.0.0.1:{server.port}", "[::1]:1", "10.1.2.3", "leat:9324", "a.b.localhost",
                     "host.docker.internal", "SQS.example:80"):
            equal(exchange(server, "POST", "/", {**JSON, "Host": host}, '{"QueueName":"q"}').status, 200, host)
        check("host-names" in server.log_tail(), server.log_tail())
    with Server(trust_forwarded="on") as server:
        for host, want in (("evil.example", 403), ("localhost:80, proxy", 200)):
            equal(json_call(server, "ListQueues", headers={"X-Forwarded-Host": host}).status, want, host)


@case("strangers: HEAD changes nothing")
def _():
    with Server() as server:
        url = create(server)
        call(server, "SendMessage", QueueUrl=url, MessageBody="x")
        for target in ("/?Action=CreateQueue&QueueName=head", f"/000000000000/{url.split('/')[-1]}?Action=PurgeQueue",
                       f"/000000000000/{url.split('/')[-1]}?Action=ReceiveMessage"):
            equal(exchange(server, "HEAD", target).status, 405, target)
        equal(names(server), [url.split("/")[-1]])
        equal(len(call(server, "ReceiveMessage", QueueUrl=url)["Messages"]), 1)


@case("strangers: with auth verify hosts and origins are not asked about, signatures are")
def _():
    with Server(auth="verify") as server:
        for headers in ({"Host": "sqs.example"}, {"Origin": EVIL}):
            answer = json_call(server, "ListQueues", headers=headers)
            check("of this request" not in answer.text and "web page" not in answer.text, headers, answer)


SDK_HEADERS = ["amz-sdk-invocation-id", "amz-sdk-request", "authorization", "content-type", "x-amz-content-sha256",
               "x-amz-date", "x-amz-security-token", "x-amz-target", "x-amz-user-agent", "x-amzn-query-mode"]


@case("strangers: pages that cors-origins names may ask and read")
def _():
    ours, app = "http://localhost:3000", "https://app.example"
    for auth, option, good, bad in (("off", "local", (ours, "https://127.0.0.1"), (EVIL, app, "null")),
                                    ("off", f"{app}, http://b.example", (app,), (EVIL, ours)),
                                    ("verify", "local", (ours,), (EVIL,))):
        with Server(auth=auth, cors_origins=option) as server:
            ask = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": ",".join(SDK_HEADERS)}
            for origin in good:
                answer = exchange(server, "OPTIONS", "/", {"Origin": origin, "Sec-Fetch-Site": "same-site", **ask})
                equal((answer.status, answer.headers["access-control-allow-origin"]), (204, origin), answer)
                allowed = answer.headers["access-control-allow-headers"].split(", ")
                check(set(SDK_HEADERS) <= set(allowed), allowed)
                check("POST" in answer.headers["access-control-allow-methods"])
                equal((answer.headers["access-control-max-age"], answer.headers["vary"]), ("7200", "Origin"))
                answer = json_call(server, "ListQueues", headers={"Origin": origin, "Sec-Fetch-Site": "cross-site"})
                equal(answer.status, 200 if auth == "off" else 403, answer)
                equal(answer.headers["access-control-allow-origin"], origin)
                equal(answer.headers["access-control-expose-headers"], "x-amzn-RequestId, x-amzn-query-error, Date")
            for origin in bad:
                for answer in (exchange(server, "OPTIONS", "/", {"Origin": origin, **ask}),
                               json_call(server, "ListQueues", headers={"Origin": origin})):
                    check(answer.status >= 400 and "access-control-allow-origin" not in answer.headers, answer)
            equal(query_call(server, {"Action": "Nothing"}).headers["vary"], "Origin")
            answer = admin(server, "GET", "/queues", {"Origin": good[0]})
            check(answer.status == 403 and "access-control-allow-origin" not in answer.headers, answer)
    with Server() as server:
        check("vary" not in json_call(server, "ListQueues").headers)


@case("strangers: lists of names and origins that mean nothing end the start")
def _():
    for option, value in (("--host-names", "a:80"), ("--host-names", "*"), ("--cors-origins", "*"),
                          ("--cors-origins", "app.example"), ("--cors-origins", "null"), ("--admin", "unix:")):
        done = subprocess.run([binary("leatd"), option, value], stdin=subprocess.DEVNULL, capture_output=True,
                              text=True, timeout=20)
        check(done.returncode == 2 and option in done.stderr, option, value, done.stderr)

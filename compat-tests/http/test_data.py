"""The data directory and the limits of the process."""
import shutil
import socket
import subprocess

from harness import Server, call, case, check, create, equal, send


def limited(server, descriptors):
    """The server's command under a hard limit of open files."""
    usual = server.command
    server.command = lambda: ["prlimit", f"--nofile={descriptors}:{descriptors}", *usual()]
    return server


@case("data: idle connections leave the log its descriptors")
def _():
    with limited(Server(workers=2, segment_bytes="1M"), 300) as server:
        check("connections-max 10000 does not fit the limit of 300 open files" in server.log_tail(), server.log_tail())
        url = create(server)
        idle = []
        try:
            for _ in range(400):
                idle.append(socket.create_connection(("127.0.0.1", server.port), 5))
        finally:
            for connection in idle[:20]:
                connection.close()
        for number in range(40):  # ten segments
            send(server, url, f"{number} " + "x" * 250_000)
        for connection in idle:
            connection.close()
        check("stopped for good" not in server.log_tail(400), server.log_tail())
        equal(server.stop(), 0)


@case("data: a directory is made with those above it")
def _():
    server = Server()
    server.data = server.home / "a" / "b" / "c"
    with server:
        url = create(server)
        send(server, url, "kept")
        equal(server.data.stat().st_mode & 0o777, 0o700)
        equal(server.stop(), 0)
        server.start()
        equal(call(server, "ReceiveMessage", QueueUrl=url)["Messages"][0]["Body"], "kept")


def refused(server, *words):
    """Does not start, with status 1 and those words."""
    done = subprocess.run(server.command(), stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=20)
    equal(done.returncode, 1, done.stderr)
    for word in words:
        check(word in done.stderr, word, done.stderr)


def flipped(path, place):
    """The file with one bit changed; what it was."""
    before = path.read_bytes()
    path.write_bytes(before[:place] + bytes([before[place] ^ 1]) + before[place + 1:])
    return before


@case("data: a log that is missing, empty or too many is refused by name")
def _():
    with Server(workers=2) as server:
        urls = [create(server) for _ in range(8)]
        for url in urls:
            send(server, url, "kept")
        equal(server.stop(), 0)
        log, away = server.data / "log-1", server.home / "away"
        log.rename(away)
        refused(server, f"{log} is missing", "--accept-loss on")
        log.mkdir()
        refused(server, f"{log} has no segments")
        log.rmdir()
        shutil.copytree(away, server.data / "log-2")
        away.rename(log)
        refused(server, f"{server.data / 'log-2'} is one too many")
        shutil.rmtree(server.data / "log-2")
        before = flipped(server.data / "manifest.json", 20)
        refused(server, str(server.data / "manifest.json"), "damaged")
        (server.data / "manifest.json").unlink()
        refused(server, "manifest.json is missing")
        (server.data / "manifest.json").write_bytes(before)
        flipped(server.data / "clock.json", 50)
        server.start()
        for url in urls:
            equal(call(server, "ReceiveMessage", QueueUrl=url)["Messages"][0]["Body"], "kept")
        check("clock.json is damaged" in server.log_tail(), server.log_tail())
        # What is accepted is taken without its messages.
        equal(server.stop(), 0)
        log.rename(away)
        server.options["accept_loss"] = "on"
        server.start()
        send(server, urls[0], "more")
        equal(server.stop(), 0)


@case("data: a directory in use is told with the process that uses it")
def _():
    with Server() as server:
        other = Server()
        other.data = server.data
        try:
            refused(other, str(server.data), f"process {server.process.pid}")
        finally:
            other.remove()


@case("data: a file where the directory should be is told")
def _():
    server = Server()
    try:
        server.data.write_text("a file")
        done = subprocess.run(server.command(), stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=20)
        equal(done.returncode, 1, done.stderr)
        check(str(server.data) in done.stderr and "Not a directory" in done.stderr, done.stderr)
    finally:
        server.remove()

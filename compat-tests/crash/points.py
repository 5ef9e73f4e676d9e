#!/usr/bin/env python3
"""Kills a server at named points and checks what its clients were told.

    points.py [--cycles N] [--minutes M] [--seed SEED] [--only TEXT] [--list] [--keep]

A point is a call on a kind of file, and before, in the middle of or after it. Every cycle arms one of them, with some
n for "the n-th such call", while clients send, receive and delete and queues come and go; when it has killed the server
(or 4 s went by without it) the server is started again. Points take turns; some strike while the server starts. Every
ROUND cycles all is drained and the history is checked, and that of deleted queues nothing is left."""
import argparse
import json
import mmap
import os
import pathlib
import random
import re
import struct
import subprocess
import sys
import threading
import time
import urllib.request

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "lib"))

import client  # noqa: E402
import faults  # noqa: E402
import kills  # noqa: E402
import load as loads  # noqa: E402
from server import Server  # noqa: E402

ROUND = 20
STRIKE_SECONDS = 4
CALLS = ["nothing", "write", "sync", "rename", "unlink", "create", "truncate", "answer"]
WHENS = ["before", "middle", "after"]
POINT = struct.Struct("<qqqq64s")
SEGMENT, SPARE, SNAPSHOT = "/segment-", "/spare-", "/snapshot"

# (call, whens, what the path contains, how it is told, the most for n, strikes while the server starts, too)
ROWS = [
    ("write", "before middle after", SEGMENT, "a segment", 60, True),
    ("sync", "before after", SEGMENT, "a segment", 60, True),
    ("rename", "before after", ">" + SEGMENT, "a spare to a segment", 3, False),
    ("rename", "before after", ">" + SPARE, "a segment to a spare", 3, False),
    ("unlink", "before after", SEGMENT, "a segment", 3, False),
    ("write", "before middle after", SPARE, "a spare", 4, False),
    ("sync", "before after", SPARE, "a spare", 3, False),
    ("create", "before after", SPARE, "a spare", 2, False),
    ("write", "before middle after", SNAPSHOT, "a snapshot", 4, False),
    ("sync", "before after", SNAPSHOT, "a snapshot", 3, False),
    ("rename", "before after", "/snapshot.tmp>", "a snapshot into force", 3, False),
    ("unlink", "before after", SNAPSHOT, "an older snapshot", 3, True),
    ("sync", "before after", "/log-", "the log's directory or a file in it", 40, True),
    ("write", "before after", "/reserve", "the reserve", 2, True),
    ("sync", "before after", "/reserve", "the reserve", 2, True),
    ("create", "before after", "/reserve", "the reserve", 2, True),
    ("rename", "before after", "/reserve>", "the reserve to a snapshot", 2, False),
    ("write", "before middle after", "metadata.db-wal", "the catalog's journal", 12, True),
    ("sync", "before after", "metadata.db-wal", "the catalog's journal", 6, True),
    ("answer", "before after", "socket:", "an answer", 200, False),
]
# Only a first start makes these.
FIRST_ROWS = [
    ("write", "before middle after", "manifest.json.tmp", "the manifest", 1),
    ("sync", "before after", "manifest.json.tmp", "the manifest", 1),
    ("rename", "before after", "manifest.json", "the manifest into force", 1),
    ("write", "before after", "metadata.db", "the catalog", 8),
    ("create", "before after", "metadata.db", "the catalog", 2),
    ("create", "before after", SEGMENT, "the first segment", 1),
    ("truncate", "before after", SEGMENT, "the first segment", 1),
    ("sync", "before after", "/log-", "a log's directory or a file in it", 4),
]


class Point:
    def __init__(self, call, when, path, what, most, starts=False, is_first=False):
        self.call, self.when, self.most, self.starts, self.is_first = call, when, most, starts, is_first
        self.path = path
        self.name = f"{when} the {call} of {what}" + (" at the first start" if is_first else "")
        self.armed = self.fired = 0


def all_points():
    found = [Point(call, when, path, what, most, starts) for call, whens, path, what, most, starts in ROWS
             for when in whens.split()]
    return found + [Point(call, when, path, what, most, True, True) for call, whens, path, what, most in FIRST_ROWS
                    for when in whens.split()]


class PointedServer(Server):
    """A server that dies at a point."""

    def __init__(self, **options):
        super().__init__(**{"segment_bytes": "256K", "workers": 2, **options})
        path = self.home / "point"
        path.write_bytes(bytes(4096))
        with open(path, "r+b") as file:
            self.map = mmap.mmap(file.fileno(), 4096)
        self.environment = {"LD_PRELOAD": faults.shim("points"), "LEAT_POINT": str(path),
                            "ASAN_OPTIONS": os.environ.get("ASAN_OPTIONS", "") + ":verify_asan_link_order=0"}

    def arm(self, call, when, path, number=1):
        POINT.pack_into(self.map, 0, 0, 0, 0, 0, b"")
        POINT.pack_into(self.map, 0, 0, WHENS.index(when), number, 0, path.encode())
        struct.pack_into("<q", self.map, 0, CALLS.index(call))

    def disarm(self):
        struct.pack_into("<q", self.map, 0, 0)

    @property
    def has_fired(self):
        return struct.unpack_from("<q", self.map, 24)[0] == 1

    def wait_end(self, seconds):
        """True: the point has struck."""
        try:
            status = self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            return False
        self.process = None
        if status != -9 or not self.has_fired:
            raise kills.Violated(f"it ended by itself with {status}:\n{self.log_tail(10)}")
        return True

    def log_numbers(self):
        """The sums of GET /log over all workers."""
        with urllib.request.urlopen(
                urllib.request.Request(self.admin_url + "/log", headers=self.admin_headers), timeout=5) as answer:
            logs = json.load(answer)["logs"]
        return {name: sum(log.get(name, 0) for log in logs)
                for name in ("engine_messages", "live_bodies", "segments", "disk_bytes", "unknown_queues", "batches")}


class Churn:
    """Queues that come and go, each with messages in it, and what was told of them."""

    def __init__(self, server):
        self.server = server
        self.queues = {}  # name -> [what is known: "there", "gone", "unknown"; bodies acknowledged]
        self.number = 0
        self.is_stopping = False
        self.problem = None
        self.thread = None

    def start(self):
        self.is_stopping = False
        self.thread = threading.Thread(target=self.guard, daemon=True)
        self.thread.start()

    def stop(self):
        self.is_stopping = True
        self.thread.join(60)
        if self.problem or self.thread.is_alive():
            raise AssertionError(f"queues that come and go: {self.problem or 'no end'}")

    def guard(self):
        plain = client.Plain(self.server)
        try:
            while plain.connect(lambda: self.is_stopping) and not self.is_stopping:
                self.turn(plain)
        except Exception as problem:  # pylint: disable=broad-except
            self.problem = f"{type(problem).__name__}: {problem}"
        finally:
            plain.close()

    def ask(self, plain, operation, **members):
        if not plain.connect(lambda: self.is_stopping):
            return "unknown", {}, None
        return plain.call(operation, members)[:3]

    def url(self, name):
        return f"{self.server.url}/000000000000/{name}"

    def turn(self, plain):
        self.number += 1
        name = f"churn-{self.number}"
        outcome, _, _ = self.ask(plain, "CreateQueue", QueueName=name)
        self.queues[name] = state = ["there" if outcome == "ok" else "unknown", []]
        if outcome != "ok":
            return
        for number in range(3):
            body = f"{name} {number} " + "x" * 2000
            outcome, _, code = self.ask(plain, "SendMessage", QueueUrl=self.url(name), MessageBody=body)
            if outcome == "ok":
                state[1].append(body)
            elif outcome == "fail":
                raise AssertionError(f"SendMessage to {name}: {code}")
        if self.number % 4 == 0:
            return  # this one stays until the round ends
        state[0] = "unknown"
        outcome, _, code = self.ask(plain, "DeleteQueue", QueueUrl=self.url(name))
        if outcome == "fail":
            raise AssertionError(f"DeleteQueue {name}: {code}")
        if outcome == "ok":
            state[0] = "gone"

    def judge(self):
        """Nobody is at work. Deletes everything; returns violations."""
        plain = client.Plain(self.server)
        plain.connect(lambda: False)
        found = []
        for name, (state, bodies) in self.queues.items():
            outcome, _, code = self.ask(plain, "GetQueueAttributes", QueueUrl=self.url(name))
            if outcome == "fail" and "QueueDoesNotExist" in str(code):
                if state == "there":
                    found.append(f"queue {name} was made and never deleted, and does not exist")
                continue
            if outcome != "ok":
                found.append(f"queue {name}: {outcome} {code}")
                continue
            if state == "gone":
                found.append(f"queue {name} was deleted, and exists")
            found += self.missing(plain, name, bodies)
            outcome, _, code = self.ask(plain, "DeleteQueue", QueueUrl=self.url(name))
            if outcome != "ok":
                found.append(f"queue {name} cannot be deleted: {outcome} {code}")
        plain.close()
        self.queues.clear()
        return found

    def missing(self, plain, name, bodies):
        seen = []
        while True:
            _, answer, _ = self.ask(plain, "ReceiveMessage", QueueUrl=self.url(name), MaxNumberOfMessages=10,
                                    VisibilityTimeout=60)
            if not answer.get("Messages"):
                break
            seen += [message["Body"] for message in answer["Messages"]]
        return [f"queue {name} lost {body[:20]}" for body in bodies if body not in seen]


def nothing_is_left(server, seconds=10):
    """After everything was received, deleted or dropped the logs hold no message. [] when that is so."""
    deadline = time.monotonic() + seconds
    while True:
        numbers = server.log_numbers()
        left = {name: numbers[name] for name in ("engine_messages", "live_bodies", "unknown_queues") if numbers[name]}
        if not left:
            return []
        if time.monotonic() > deadline:
            return [f"every queue is empty or deleted, but the logs still hold {left}"]
        time.sleep(0.1)


def strike(server, load, point, chance):
    """One cycle: arms, waits for the end, starts again. Returns whether the point has struck."""
    at_start = point.starts and chance.random() < 0.3
    time.sleep(chance.uniform(0, 0.2))
    if at_start:
        server.kill()
        load.history.add(op="crash", how="kill", at=time.monotonic())
    server.arm(point.call, point.when, point.path, chance.randint(1, 3 if at_start else point.most))
    if at_start:
        begin(server)
    has_struck = server.wait_end(STRIKE_SECONDS)
    server.disarm()
    server.kill()
    at = time.monotonic()  # from then on nobody of that life answers
    server.start(ready_seconds=60)
    load.history.add(op="crash", how="kill", at=at)
    point.armed += 1
    point.fired += has_struck
    return has_struck


def begin(server):
    """Starts it; it may die before it is ready."""
    with open(server.home / "log", "ab") as log:
        server.process = subprocess.Popen(server.command(), stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                          cwd=server.home, env={**os.environ, **server.environment})


def first_start(point, chance):
    """A cycle of its own: the very first start dies, the second one serves."""
    server = PointedServer()
    try:
        server.arm(point.call, point.when, point.path, chance.randint(1, point.most))
        begin(server)
        has_struck = server.wait_end(1)
        server.disarm()
        server.kill()
        server.start(ready_seconds=60)
        plain = client.Plain(server)
        plain.connect(lambda: False)
        for operation, members in (("CreateQueue", {"QueueName": "first"}),
                                   ("SendMessage", {"QueueUrl": server.url + "/000000000000/first",
                                                    "MessageBody": "x"})):
            outcome, _, code, _ = plain.call(operation, members)
            if outcome != "ok":
                raise kills.Violated(f"after {point.name}: {operation}: {outcome} {code}")
        plain.close()
        point.armed += 1
        point.fired += has_struck
        return has_struck
    finally:
        server.remove()


def run_round(server, load, churn, points, chance):
    load.history.records[:] = [record for record in load.history.records if record["op"] == "queue"]
    load.start()
    churn.start()
    try:
        for point in points:
            try:
                strike(server, load, point, chance)
            except (kills.Violated, RuntimeError) as problem:
                raise kills.Violated(f"{point.name}: {problem}") from problem
    finally:
        load.stop()
        churn.stop()
    loads.rest(load, 0)
    missing = loads.drain(load) + churn.judge() + nothing_is_left(server)
    names = ", ".join(point.name for point in points)
    try:
        kills.judge(load.history, missing)
    except kills.Violated as violated:
        raise kills.Violated(f"{violated}\nafter kills {names}") from violated


def loop(seed, cycles, seconds=1e9, only="", say=lambda text: None, keep=False):
    """Returns the points."""
    chance = random.Random(seed)
    points = [point for point in all_points() if re.search(only, point.name)]
    firsts = [point for point in points if point.is_first]
    others = [point for point in points if not point.is_first]
    deadline = time.monotonic() + seconds
    done = 0
    server = PointedServer()
    server.is_kept = keep
    load = loads.Load(server, seed)
    churn = Churn(server)
    try:
        with kills.keeping(server, load.history, seed):
            server.start()
            load.create_queues()
            while done < cycles and time.monotonic() < deadline:
                chance.shuffle(others)
                for at in range(0, len(others), ROUND):
                    some = others[at:at + min(ROUND, cycles - done)]
                    if some and time.monotonic() < deadline:
                        run_round(server, load, churn, some, chance)
                        done += len(some)
                        say(f"all is well after {done} cycles, {sum(point.fired for point in points)} of them struck")
                for point in chance.sample(firsts, max(0, min(len(firsts), cycles - done))):
                    first_start(point, chance)
                    done += 1
    finally:
        server.remove()
    return points


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cycles", type=int, default=400)
    parser.add_argument("--minutes", type=float, default=15)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(1 << 32))
    parser.add_argument("--only", default="", help="points whose name contains this (a regular expression)")
    parser.add_argument("--list", action="store_true", help="name the points")
    parser.add_argument("--keep", action="store_true", help="keep the data directory")
    arguments = parser.parse_args()
    if arguments.list:
        print("\n".join(point.name for point in all_points()))
        return 0
    print(f"seed {arguments.seed}", flush=True)
    try:
        points = loop(arguments.seed, arguments.cycles, arguments.minutes * 60, arguments.only,
                      lambda text: print(text, flush=True), arguments.keep)
    except kills.Violated as violated:
        print(violated)
        return 1
    finally:
        faults.close()
    for point in points:
        print(f"{point.fired:4} of {point.armed:4}  {point.name}")
    print(f"{len(points)} points, {sum(bool(point.fired) for point in points)} of them struck, "
          f"{sum(point.fired for point in points)} kills, seed {arguments.seed}")
    return 0


if __name__ == "__main__":
    sys.exit(main())

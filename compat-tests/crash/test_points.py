"""Kills at named points, in short (the long form is points.py), and in the middle of deleting a queue."""
import contextlib
import os
import random
import shutil
import sqlite3
import subprocess

from base import attempt, bodies, call, case, check, counts, create, drain, equal, receive, send, until
import points
from redis_server import Redis

SEED = int(os.environ.get("LEAT_SEED") or random.SystemRandom().randrange(1 << 32))
SHORT = ("(before|middle|after) the (write of (a segment|the catalog)|sync of a segment|rename of a|answer)"
         "(?!.*first)|rename of the manifest")


@case("points: kills before and after writes, syncs, renames and answers lose nothing")
def _():
    found = points.loop(SEED, 20, 30, SHORT)
    print(f"# {sum(point.fired for point in found)} kills at {sum(bool(point.fired) for point in found)} points, "
          f"seed {SEED}", flush=True)


# ---- a queue that is deleted at the instant of a crash ----

def proofs(server):
    """How many queues the store says to be deleted, that the log may not know yet."""
    with contextlib.closing(sqlite3.connect(server.data / "metadata.db", timeout=5)) as store:
        return store.execute("SELECT count(*) FROM document WHERE kind = 'dropped'").fetchone()[0]


def logs(server):
    numbers = server.log_numbers()
    return {name: numbers[name] for name in ("engine_messages", "live_bodies", "unknown_queues")}


BODY = "x" * 60000
NOTHING = {"engine_messages": 0, "live_bodies": 0, "unknown_queues": 0}


def filled(server, count):
    url = create(server)
    for number in range(count):
        send(server, url, f"{number:05d} {BODY}")
    return url


def deleting(server, url, call_kind, when, path):
    """Deletes the queue; the server dies at that point. What the delete was told: a status, 0 without an answer."""
    server.arm(call_kind, when, path)
    status, _ = attempt(server, "DeleteQueue", QueueUrl=url)
    check(server.wait_end(10), f"{when} {call_kind} of {path} never came")
    server.disarm()
    return status


def is_gone_and_its_space_back(server, url, other):
    """The queue is deleted, its messages left the memory and the disk, and those of the other queue are all there."""
    equal(attempt(server, "GetQueueAttributes", QueueUrl=url)[0], 400)
    until(lambda: logs(server) == {"engine_messages": 3, "live_bodies": 3, "unknown_queues": 0}, 10, "the drop")
    until(lambda: server.log_numbers()["segments"] <= 4, 20, "room on the disk")
    until(lambda: proofs(server) == 0, 10, "the proof to go")
    equal(counts(server, other), (3, 0, 0))


def crash_of_a_delete(call_kind, when, path):
    with points.PointedServer(workers=1, segment_bytes="1M") as server:
        other = filled(server, 3)
        url = filled(server, 100)
        check(server.log_numbers()["segments"] > 5, server.log_numbers())
        status = deleting(server, url, call_kind, when, path)
        had_proof = proofs(server)
        server.start()
        if had_proof or status == 200:
            is_gone_and_its_space_back(server, url, other)
            server.kill()
            server.start()
            equal(logs(server), {"engine_messages": 3, "live_bodies": 3, "unknown_queues": 0}, "once more")
        else:  # killed before the store had it: it did not happen
            equal(counts(server, url), (100, 0, 0))
            equal(proofs(server), 0)
        return status, had_proof


@case("delete: a crash between the store and the log leaves nothing in the log")
def _():
    _, proof = crash_of_a_delete("write", "before", "/segment-")
    equal(proof, 1)


@case("delete: a crash between the log and the end of the proof leaves nothing in the log")
def _():
    _, proof = crash_of_a_delete("sync", "after", "/segment-")
    equal(proof, 1)


@case("delete: a crash in the middle of the store's commit deletes all or nothing")
def _():
    for when in ("before", "middle"):
        crash_of_a_delete("write", when, "metadata.db-wal")
    crash_of_a_delete("sync", "after", "metadata.db-wal")


@case("delete: metadata that is lost, empty or old deletes nothing")
def _():
    with points.PointedServer(workers=1) as server:
        gone = filled(server, 5)
        url = filled(server, 10)
        server.stop()
        old = server.home / "old"
        old.mkdir()
        for path in server.data.glob("metadata.db*"):
            shutil.copy(path, old)
        server.start()
        call(server, "DeleteQueue", QueueUrl=gone)
        server.stop()
        kept = server.home / "kept"
        kept.mkdir()
        for path in server.data.glob("metadata.db*"):
            path.rename(kept / path.name)
        server.start()  # all metadata is lost
        equal(attempt(server, "GetQueueAttributes", QueueUrl=url)[0], 400)
        equal(logs(server), {"engine_messages": 10, "live_bodies": 10, "unknown_queues": 1})
        call(server, "DeleteQueue", QueueUrl=create(server, name="another"))
        until(lambda: proofs(server) == 0, 10, "its proof to go")
        equal(logs(server)["engine_messages"], 10)
        for source, left in ((old, 0), (kept, 0)):
            server.stop()
            for path in server.data.glob("metadata.db*"):
                path.unlink()
            for path in source.iterdir():
                shutil.copy(path, server.data)
            server.start()
            equal(counts(server, url), (10, 0, 0))
            equal(logs(server), {"engine_messages": 10, "live_bodies": 10, "unknown_queues": left})
        equal(len(drain(server, url)), 10)
        equal(bodies(receive(server, url)), [])


@case("delete: a server without a log leaves the proof to one that opens it")
def _():
    with points.PointedServer(workers=1) as server:
        url = filled(server, 10)
        server.stop()
        server.options["durability"] = "memory"
        server.start()
        call(server, "DeleteQueue", QueueUrl=url)
        server.stop()
        equal(proofs(server), 1)
        server.options["durability"] = "sync"
        server.start()
        until(lambda: logs(server) == NOTHING, 10, "the drop")
        until(lambda: proofs(server) == 0, 10, "the proof to go")


def tell_redis(redis, *words):
    done = subprocess.run(["redis-cli", "-p", str(redis.port), *words], capture_output=True, text=True, timeout=10)
    equal(done.returncode, 0, done.stderr)
    return done.stdout.strip()


@case("delete: servers that share a Redis all learn of it after their crashes; an empty Redis deletes nothing")
def _():
    with Redis() as redis, points.PointedServer(workers=1, metadata=redis.url) as one, \
            points.PointedServer(workers=1, metadata=redis.url) as other:
        doomed, kept = create(one, name="doomed"), create(one, name="kept")
        for server in (one, other):
            for number in range(5):
                send(server, doomed, f"{number}")
                send(server, kept, f"{number}")
            equal(logs(server), {"engine_messages": 10, "live_bodies": 10, "unknown_queues": 0})
        other.kill()
        deleting(one, doomed, "write", "before", "/segment-")
        for server in (one, other):
            server.start()
            until(lambda s=server: logs(s) == {"engine_messages": 5, "live_bodies": 5, "unknown_queues": 0}, 10, "the drop")
            equal(tell_redis(redis, "hlen", "leat:{meta}:dropped"), "1", "the other one has to meet it, too")
        for server in (one, other):
            server.stop()
        tell_redis(redis, "flushall")
        for server in (one, other):
            server.start()
            equal(logs(server), {"engine_messages": 5, "live_bodies": 5, "unknown_queues": 1})

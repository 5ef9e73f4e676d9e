"""A disk that is full: sends are refused, everything that makes room goes on."""
import time

from base import Connection, attempt, bodies, call, case, check, create, equal, json_call, ready, request_bytes, restart
import faults
import fills
import json
import os
import random

MEBIBYTES = 96
BODY = "x" * 60000
BACK_SECONDS = 5  # after that sends work again


def fill(server, url, limit, is_refused=True):
    """Sends until refused. The beginnings of what was acknowledged, and the refusal (None: `limit` messages found room,
    which is wrong when `is_refused`)."""
    kept = []
    with Connection(server, 30) as connection:
        while len(kept) < limit:
            body = f"{len(kept):05d} {BODY}"
            connection.send(request_bytes("POST", "/", {"Content-Type": "application/x-amz-json-1.0",
                                                        "X-Amz-Target": "AmazonSQS.SendMessage"},
                                          json.dumps({"QueueUrl": url, "MessageBody": body})))
            answer = connection.answer()
            check(answer is not None, "closed without an answer:", server.log_tail(5))
            if answer.status != 200:
                return kept, answer
            kept.append(body[:5])
    check(not is_refused, f"{limit} messages of 60 kB found room")
    return kept, None


def take(server, url, count, kept):
    """Receives and deletes `count` messages of a full disk."""
    for _ in range(count):
        message, = call(server, "ReceiveMessage", QueueUrl=url)["Messages"]
        kept.remove(message["Body"][:5])
        call(server, "DeleteMessage", QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])


def room_comes_back(server, url, count, seconds=BACK_SECONDS):
    """Within that time so many messages more are taken. Their bodies."""
    kept = []
    deadline = time.monotonic() + seconds
    while True:
        more, refusal = fill(server, url, count - len(kept), is_refused=None)
        kept += more
        if refusal is None:
            return kept
        equal(refusal.status, 503, refusal)
        check(time.monotonic() < deadline, f"{seconds} s after the disk was freed only {len(kept)} of {count} messages "
              f"found room:\n{server.log_tail(5)}")
        time.sleep(0.05)


def full_and_free(server):
    url, other = create(server), create(server)
    limit = MEBIBYTES * 1024 * 1024 // len(BODY) + 1
    kept, refusal = fill(server, url, limit)
    check(kept, "nothing found room")
    equal((refusal.status, refusal.json()["__type"].split("#")[-1]), (503, "ServiceUnavailable"))
    equal(ready(server), (200, 200), "a full disk is no failed log")
    # A full disk takes deletes, receives, changes, purges.
    take(server, url, 3, kept)
    message, = call(server, "ReceiveMessage", QueueUrl=url, VisibilityTimeout=600)["Messages"]
    call(server, "ChangeMessageVisibility", QueueUrl=url, ReceiptHandle=message["ReceiptHandle"], VisibilityTimeout=0)
    call(server, "PurgeQueue", QueueUrl=other)
    # A crash on a full disk loses nothing, and the server starts on it.
    restart(server)
    take(server, url, 3, kept)
    call(server, "PurgeQueue", QueueUrl=url)
    again = room_comes_back(server, other, len(kept) // 2)
    # Again, by deletes of every message.
    more, _ = fill(server, other, limit)
    again += more
    take(server, other, len(again), again)
    kept = room_comes_back(server, url, len(again) // 2)
    take(server, url, len(kept), kept)
    equal(call(server, "ReceiveMessage", QueueUrl=url), {})


def on_file_system():
    with faults.SmallDisk(MEBIBYTES) as disk, faults.FaultyServer(watched="", workers=1) as server:
        server.kill()
        server.data = disk.path / "data"
        server.start()
        full_and_free(server)
        server.kill()


def on_budget():
    server = faults.FaultyServer(watched="/log-", workers=1)
    server["budget"] = MEBIBYTES << 20
    with server:
        full_and_free(server)


@case("disk: a full one refuses sends only, and comes back")
def _():
    try:
        on_file_system()
    except faults.SmallDisk.Unavailable as reason:
        print(f"# the disk is pretended, a real one cannot be mounted here: {reason}", flush=True)
        on_budget()


def take_every_block(path):
    """What another program leaves: nothing."""
    with open(path, "wb", buffering=0) as file:
        for size in (1 << 20, 4096, 512, 1):
            try:
                while file.write(b"x" * size) == size:
                    pass
            except OSError:
                continue


def starts_without_a_block(disk, server):
    url, doomed = create(server), [create(server) for _ in range(40)]
    kept, _ = fill(server, url, 40, is_refused=False)
    take_every_block(disk.path / "others")
    for end in (server.kill, server.stop, lambda: None):
        take(server, url, 10, kept)
        for _ in range(10):
            call(server, "DeleteQueue", QueueUrl=doomed.pop())
        end()
        if server.process is None:
            server.start(ready_seconds=60)
    equal(len(call(server, "ListQueues")["QueueUrls"]), 11)
    (disk.path / "others").unlink()
    room_comes_back(server, url, 10)


@case("disk: full to the last block, a server starts on it and takes receives and deletes")
def _():
    try:
        with faults.SmallDisk(MEBIBYTES) as disk, faults.FaultyServer(watched="", workers=1) as server:
            server.kill()
            server.data = disk.path / "data"
            server.start()
            starts_without_a_block(disk, server)
            server.kill()
    except faults.SmallDisk.Unavailable as reason:
        print(f"# a disk cannot be mounted here: {reason}", flush=True)


@case("disk: filled and drained again and again it loses nothing")
def _():
    seed = int(os.environ.get("LEAT_SEED") or random.SystemRandom().randrange(1 << 32))
    try:
        line = fills.on_file_system(seed, 3, 64)
    except faults.SmallDisk.Unavailable as reason:
        print(f"# the disk is pretended, a real one cannot be mounted here: {reason}", flush=True)
        line = fills.on_budget(seed, 3, 64)
    print("# " + line, flush=True)


@case("disk: one that others fill gives way when they leave")
def _():
    with faults.FaultyServer(watched="/log-", workers=1) as server:
        url = create(server)
        fill(server, url, 10, is_refused=False)
        taken = sum(path.stat().st_blocks * 512 for path in server.data.glob("log-*/*"))
        server["used"] = taken
        server["budget"] = taken + (24 << 20)  # somebody else left so much
        kept, refusal = fill(server, url, 5000)
        equal(refusal.status, 503, refusal)
        call(server, "PurgeQueue", QueueUrl=url)
        server["budget"] = 0
        room_comes_back(server, url, 10)

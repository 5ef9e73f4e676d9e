"""A disk that fails, that stalls, that holds other bytes than were written."""
import errno
import os
import threading
import time

from base import attempt, bodies, call, case, check, create, drain, equal, exchange, ready, receive, send, until
import faults
import points

FIFO = {"FifoQueue": "true", "ContentBasedDeduplication": "true"}


def fill(server, url, count, prefix="kept"):
    for number in range(count):
        send(server, url, f"{prefix}-{number}")
    return [f"{prefix}-{number}" for number in range(count)]


def refused(server, operation, **members):
    status, answer = attempt(server, operation, **members)
    check(status >= 500 or status == 0, f"{operation} was answered {status} {answer} by a log that has failed")


def stops_for_good(field, name):
    with faults.FaultyServer(workers=1) as server:
        url, line = create(server), create(server, FIFO)
        kept = fill(server, url, 5)
        send(server, line, "in line", MessageGroupId="g")
        message, = receive(server, url)
        equal(ready(server), (200, 200))
        server["error"] = errno.EIO
        server[field] = 1
        first = attempt(server, "SendMessage", QueueUrl=url, MessageBody="in doubt")
        check(first[0] >= 500 or first[0] == 0, "answered after its write or sync failed:", first)
        for number in range(5):  # the fault came once; it is final all the same
            refused(server, "SendMessage", QueueUrl=url, MessageBody=f"later-{number}")
        refused(server, "SendMessage", QueueUrl=line, MessageBody="later", MessageGroupId="g")
        refused(server, "DeleteMessage", QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
        refused(server, "ChangeMessageVisibility", QueueUrl=url, ReceiptHandle=message["ReceiptHandle"],
                VisibilityTimeout=0)
        refused(server, "PurgeQueue", QueueUrl=url)
        refused(server, "ReceiveMessage", QueueUrl=line)
        equal(ready(server), (503, 503))
        lines = [line for line in server.log_tail().splitlines() if "error" in line and "segment-" in line]
        check(any(os.strerror(errno.EIO) in line for line in lines),
              "no log line names the file and the errno:\n" + server.log_tail(8))
        equal(server[name], 1, "faults that came")
        server.kill()
        server.start()
        equal(ready(server), (200, 200))
        send(server, url, "after")
        call(server, "ChangeMessageVisibility", QueueUrl=url, ReceiptHandle=message["ReceiptHandle"],
             VisibilityTimeout=0)
        found = drain(server, url)
        equal(sorted(body for body in found if body not in ("in doubt", "later-0")), sorted(kept + ["after"]))
        equal(found.count("in doubt") <= 1 and not any(body.startswith("later") for body in found), True, found)
        equal(bodies(receive(server, line)), ["in line"])


@case("disk: a failed sync is final, and says so")
def _():
    stops_for_good("fail_sync", "sync_failures")


@case("disk: a failed write is final, and says so")
def _():
    stops_for_good("fail_write", "write_failures")


@case("disk: a short write is finished")
def _():
    with faults.FaultyServer(workers=1) as server:
        url = create(server)
        for number in range(5):
            server["short_write"] = 1
            send(server, url, f"{number}" * 3000)
        server.kill()
        server.start()
        equal(drain(server, url), [f"{number}" * 3000 for number in range(5)])


@case("disk: nothing is answered before its sync, and health does not wait for the disk")
def _():
    with faults.FaultyServer(workers=1) as server:
        url, line = create(server), create(server, FIFO)
        send(server, url, "first")
        send(server, line, "first", MessageGroupId="g")
        message, = receive(server, url, VisibilityTimeout=600)
        server["hold_sync"] = 1
        begun = server["syncs"]
        waiting = {}

        def wait_for(name, operation, **members):
            waiting[name] = attempt(server, operation, timeout=30, **members)[0]

        calls = [("send", "SendMessage", {"QueueUrl": url, "MessageBody": "held"}),
                 ("batch", "SendMessageBatch", {"QueueUrl": url, "Entries": [{"Id": "a", "MessageBody": "held too"}]}),
                 ("receive", "ReceiveMessage", {"QueueUrl": line}),
                 ("delete", "DeleteMessage", {"QueueUrl": url, "ReceiptHandle": message["ReceiptHandle"]})]
        threads = [threading.Thread(target=wait_for, args=(name, operation), kwargs=members, daemon=True)
                   for name, operation, members in calls]
        for thread in threads:
            thread.start()
        until(lambda: server["syncs"] > begun, 10, "a sync")
        # Not a measure of speed: whoever does not wait for the sync has answered long ago.
        deadline = time.monotonic() + 0.4
        while time.monotonic() < deadline:
            equal(exchange(server, "GET", "/readyz", timeout=2).status, 200)
            equal(waiting, {}, "answered while the disk had not synced")
            time.sleep(0.02)
        server["hold_sync"] = 0
        for thread in threads:
            thread.join(20)
        equal(waiting, {name: 200 for name, _, _ in calls})


@case("disk: nobody receives what a power cut could still unmake")
def _():
    with faults.FaultyServer(workers=1) as server:
        url = create(server)
        send(server, url, "first")
        message, = receive(server, url)
        call(server, "DeleteMessage", QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
        server["hold_sync"] = 1
        begun = server["syncs"]
        answers = []
        sender = threading.Thread(target=attempt, args=(server, "SendMessage", 30), daemon=True,
                                  kwargs={"QueueUrl": url, "MessageBody": "held"})
        sender.start()
        until(lambda: server["syncs"] > begun, 10, "a sync")
        reader = threading.Thread(target=lambda: answers.append(receive(server, url)), daemon=True)
        reader.start()
        time.sleep(0.3)  # whoever does not wait for the sync has answered long ago
        equal([bodies(answer) for answer in answers if answer], [], "received before it was on the disk")
        server["hold_sync"] = 0
        for thread in (sender, reader):
            thread.join(20)
        equal(bodies(answers[0] or receive(server, url)), ["held"])


@case("disk: a stop that outlasts its patience with the disk touches nothing that is freed")
def _():
    with faults.FaultyServer(workers=2, drain_seconds=0) as server:
        server.stop()
        server.environment["MALLOC_PERTURB_"] = "221"  # what is freed is overwritten
        server.start()
        url, line = create(server), create(server, FIFO)
        server["hold_sync"] = 1
        begun = server["syncs"]
        senders = [threading.Thread(target=attempt, args=(server, "SendMessage", 30), daemon=True, kwargs=members)
                   for members in ({"QueueUrl": url, "MessageBody": "held"},
                                   {"QueueUrl": line, "MessageBody": "held", "MessageGroupId": "g"}) for _ in range(4)]
        for sender in senders:
            sender.start()
        until(lambda: server["syncs"] > begun, 10, "a sync")
        server.process.terminate()
        until(lambda: "were still busy" in server.log_tail(), 10, "the end of the drain")
        time.sleep(0.3)  # the server lets go of its connections, and waits for the logs
        server["hold_sync"] = 0
        equal(server.process.wait(20), 0, server.log_tail(5))
        server.process = None


def flip(path, needle):
    """Turns one bit of the file, within the needle."""
    with open(path, "r+b") as file:
        at = file.read().find(needle)
        check(at >= 0, f"{needle} is not in {path}")
        file.seek(at + 3)
        byte = file.read(1)[0]
        file.seek(at + 3)
        file.write(bytes([byte ^ 4]))
    return at


def segment_with(server, needle):
    for path in sorted(server.data.glob("log-*/segment-*")):
        if needle in path.read_bytes():
            return path
    raise AssertionError(f"no segment holds {needle}")


@case("disk: a damaged record is named and refused, not skipped")
def _():
    with faults.FaultyServer(workers=1) as server:
        url = create(server)
        for number in range(30):
            send(server, url, f"record-{number:02d}-" + "x" * 200)
        server.kill()
        path = segment_with(server, b"record-07")
        flip(path, b"record-07")
        try:
            server.start()
        except RuntimeError as problem:
            check(path.name in str(problem) and "offset" in str(problem), "it names no file or offset:", problem)
        else:
            raise AssertionError(f"it started over damage: {drain(server, url)}")
        flip(path, b"reckrd-07")
        server.start()
        equal(len(drain(server, url)), 30)


@case("disk: damage in the last record is named, once the server has been idle")
def _():
    with points.PointedServer(workers=1) as server:
        url = create(server)
        for number in range(4):
            send(server, url, f"record-{number:02d}-" + "x" * 200)
        done = server.log_numbers()["batches"]
        send(server, url, "record-04-" + "x" * 200)
        until(lambda: server.log_numbers()["batches"] > done + 1, 10, "the batch that seals")
        server.kill()
        path = segment_with(server, b"record-04")
        flip(path, b"record-04")
        try:
            server.start()
        except RuntimeError as problem:
            check(path.name in str(problem) and "offset" in str(problem), "it names no file or offset:", problem)
        else:
            raise AssertionError(f"it started over damage: {drain(server, url)}")


@case("disk: a damaged body is never delivered")
def _():
    with faults.FaultyServer(workers=1, cache_bytes=0) as server:
        url = create(server)
        for number in range(5):
            send(server, url, f"record-{number:02d}-" + "x" * 200)
        equal(server.stop(), 0)
        flip(segment_with(server, b"record-02"), b"record-02")
        try:
            server.start()
        except RuntimeError as problem:
            check("segment-" in str(problem), "it names no file:", problem)
            return
        found = []
        for _ in range(5):
            status, answer = attempt(server, "ReceiveMessage", QueueUrl=url, MaxNumberOfMessages=10)
            if status == 200:
                found += bodies(answer.get("Messages", []))
        check(all(body.startswith("record-") for body in found), "delivered with a wrong bit:", found)
        check("error" in server.log_tail() or "warning" in server.log_tail(), "the log says nothing")

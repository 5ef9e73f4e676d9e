#!/usr/bin/env python3
"""Fills a small disk and drains it again, cycle after cycle, and checks what clients were told.

    fills.py [--cycles N] [--mebibytes N] [--seed SEED] [--keep]

A cycle: four producers send to a standard and to a FIFO queue until each was refused, with a 503 that SDKs repeat. On the
full disk messages are received, deleted, hidden and purged, queues are deleted; some cycles kill the server there. Then everything is
received and deleted, or purged, or deleted with its queue: what was acknowledged must have been there. Within 5 s sends
find room again. The last cycle must take about as much as the first."""
import argparse
import pathlib
import random
import sys
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "lib"))

import client  # noqa: E402
import faults  # noqa: E402

BACK_SECONDS = 5
PRODUCERS = 4
SIZES = (500, 4000, 20000, 60000, 200000)
FIFO = {"FifoQueue": "true"}
FILLER = "x" * max(SIZES)


class Wrong(AssertionError):
    pass


def ask(plain, operation, members, wanted="ok"):
    """Members of the answer; with wanted=None (outcome, members, code)."""
    if not plain.connect(lambda: False):
        raise Wrong("no server")
    outcome, answer, code, _ = plain.call(operation, members)
    if wanted is None:
        return outcome, answer, code
    if outcome != wanted:
        raise Wrong(f"{operation}: {outcome} {code}\n{plain.server.log_tail(8)}")
    return answer


class Cycles:
    def __init__(self, server, seed, mebibytes):
        self.server = server
        self.chance = random.Random(seed)
        self.mebibytes = mebibytes
        self.number = 0
        self.plain = client.Plain(server)
        self.kept = {}       # body's beginning -> queue
        self.taken = []      # bytes that found room, by cycle
        self.slowest = 0.0   # seconds until sends were taken again
        self.refusals = 0

    def create(self, name, attributes=None):
        self.number += 1
        name += f"-{self.number}" + (".fifo" if attributes else "")
        members = {"QueueName": name, **({"Attributes": attributes} if attributes else {})}
        return ask(self.plain, "CreateQueue", members)["QueueUrl"]

    # ---- filling ----

    def produce(self, number, urls, seed, problems):
        """Until refused."""
        chance = random.Random(seed)
        plain = client.Plain(self.server)
        try:
            for count in range(1 << 20):
                url = chance.choice(urls)
                token = f"{self.number}.{number}.{count}|"
                members = {"QueueUrl": url, "MessageBody": token + FILLER[:chance.choice(SIZES)]}
                if url.endswith(".fifo"):
                    members.update(MessageGroupId=f"g{number}", MessageDeduplicationId=token)
                outcome, _, code = ask(plain, "SendMessage", members, None)
                if outcome == "ok":
                    self.kept[token] = url
                    self.bytes[number] += len(members["MessageBody"])
                elif code == "503 ServiceUnavailable":
                    self.refusals += 1
                    return
                else:
                    raise Wrong(f"a send to a full disk: {outcome} {code}")
                if self.bytes[number] > self.mebibytes << 20:
                    raise Wrong("more than the disk holds found room")
        except (Wrong, OSError) as problem:
            problems.append(f"producer {number}: {problem}")
        finally:
            plain.close()

    def fill(self, urls):
        problems = []
        self.bytes = [0] * PRODUCERS
        threads = [threading.Thread(target=self.produce, daemon=True,
                                    args=(number, urls, self.chance.random(), problems))
                   for number in range(PRODUCERS)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(120)
            if thread.is_alive():
                raise Wrong("a producer does not end")
        if problems:
            raise Wrong("; ".join(problems))
        self.taken.append(sum(self.bytes))

    # ---- on the full disk ----

    def receive(self, url, count=10, visibility=60):
        return ask(self.plain, "ReceiveMessage", {"QueueUrl": url, "MaxNumberOfMessages": count,
                                                  "VisibilityTimeout": visibility}).get("Messages", [])

    def delete(self, url, messages):
        rows = [{"Id": f"e{at}", "ReceiptHandle": message["ReceiptHandle"]} for at, message in enumerate(messages)]
        answer = ask(self.plain, "DeleteMessageBatch", {"QueueUrl": url, "Entries": rows})
        if answer.get("Failed"):
            raise Wrong(f"deletes were refused: {answer['Failed']}")
        for message in messages:
            token = message["Body"].split("|")[0] + "|"
            if self.kept.pop(token, None) != url:
                raise Wrong(f"{token} came twice, or was never acknowledged, or is of another queue")

    def work_on_full_disk(self, urls, other, doomed):
        for url in urls:
            messages = self.receive(url, 3)
            if messages:
                self.delete(url, messages)
            for message in self.receive(url, 3, 600):
                ask(self.plain, "ChangeMessageVisibility", {"QueueUrl": url, "VisibilityTimeout": 0,
                                                            "ReceiptHandle": message["ReceiptHandle"]})
        ask(self.plain, "PurgeQueue", {"QueueUrl": other})
        ask(self.plain, "DeleteQueue", {"QueueUrl": doomed})

    def crash(self):
        self.plain.close()
        self.server.kill()
        self.server.start(ready_seconds=60)

    # ---- draining ----

    def drain(self, url):
        """Receives and deletes everything; nothing acknowledged may be missing."""
        deadline = time.monotonic() + 60
        while any(home == url for home in self.kept.values()):
            messages = self.receive(url)
            if messages:
                self.delete(url, messages)
            elif time.monotonic() > deadline:
                missing = [token for token, home in self.kept.items() if home == url]
                raise Wrong(f"acknowledged, and not there: {missing[:5]} and {len(missing)} in all")
        if self.receive(url):
            raise Wrong("more than was acknowledged")

    def empty(self, url, how):
        count = sum(home == url for home in self.kept.values())
        if how == "drain":
            self.drain(url)
            return
        names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        found = ask(self.plain, "GetQueueAttributes", {"QueueUrl": url, "AttributeNames": names})["Attributes"]
        if sum(int(found[name]) for name in names) != count:
            raise Wrong(f"{count} messages were acknowledged, the queue says {found}")
        ask(self.plain, "PurgeQueue" if how == "purge" else "DeleteQueue", {"QueueUrl": url})
        self.kept = {token: home for token, home in self.kept.items() if home != url}

    def wait_for_room(self, url):
        """So many sends in a row as would not fit into what was left."""
        began = time.monotonic()
        for count in range(50):
            token = f"room.{self.number}.{count}|"
            while True:
                outcome, _, code = ask(self.plain, "SendMessage", {"QueueUrl": url,
                                                                   "MessageBody": token + FILLER[:60000]}, None)
                if outcome == "ok":
                    break
                if code != "503 ServiceUnavailable":
                    raise Wrong(f"a send to a disk with room: {outcome} {code}")
                if time.monotonic() - began > BACK_SECONDS:
                    raise Wrong(f"{BACK_SECONDS} s after the disk was freed {count} of 50 messages found room:\n"
                                + self.server.log_tail(5))
                time.sleep(0.02)
            self.kept[token] = url
        self.slowest = max(self.slowest, time.monotonic() - began)
        self.drain(url)

    def run(self, number):
        urls = [self.create("standard"), self.create("line", FIFO)]
        other, doomed, also = self.create("other"), self.create("doomed"), self.create("doomed")
        ask(self.plain, "SendMessage", {"QueueUrl": other, "MessageBody": "to be purged"})
        self.fill(urls)
        self.work_on_full_disk(urls, other, doomed)
        if number % 3 == 1:
            self.crash()
            self.work_on_full_disk(urls, also, also)
        for url in urls:
            self.empty(url, self.chance.choice(["drain", "drain", "purge", "delete"]))
        self.wait_for_room(other)


def run(server, seed, cycles, mebibytes, say=lambda text: None):
    """Returns a line about what was done. The server is the caller's, and runs."""
    work = Cycles(server, seed, mebibytes)
    for number in range(cycles):
        work.run(number)
        say(f"all is well after cycle {number + 1}: {work.taken[-1] >> 20} MiB found room")
    if work.taken[-1] < 0.7 * work.taken[0]:
        raise Wrong(f"the first cycle took {work.taken[0]} bytes, the last one {work.taken[-1]}: room does not come back")
    work.plain.close()
    return (f"{cycles} cycles, {min(work.taken) >> 20} to {max(work.taken) >> 20} MiB of bodies each, "
            f"{work.refusals} refusals, sends were taken again within {work.slowest:.1f} s, seed {seed}")


def on_file_system(seed, cycles, mebibytes, say=lambda text: None, keep=False):
    with faults.SmallDisk(mebibytes) as disk, faults.FaultyServer(watched="", workers=1) as server:
        server.is_kept = keep
        server.kill()
        server.data = disk.path / "data"
        server.start()
        line = run(server, seed, cycles, mebibytes, say)
        server.kill()
        return line


def on_budget(seed, cycles, mebibytes, say=lambda text: None, keep=False):
    server = faults.FaultyServer(watched="/log-", workers=1)
    server.is_kept = keep
    server["budget"] = mebibytes << 20
    with server:
        return run(server, seed, cycles, mebibytes, say)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cycles", type=int, default=20)
    parser.add_argument("--mebibytes", type=int, default=96)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(1 << 32))
    parser.add_argument("--keep", action="store_true", help="keep the server's log")
    arguments = parser.parse_args()
    print(f"seed {arguments.seed}", flush=True)
    given = (arguments.seed, arguments.cycles, arguments.mebibytes, lambda text: print(text, flush=True),
             arguments.keep)
    try:
        try:
            print(on_file_system(*given))
        except faults.SmallDisk.Unavailable as reason:
            print(f"the disk is pretended, a real one cannot be mounted here: {reason}", flush=True)
            print(on_budget(*given))
        return 0
    except (Wrong, RuntimeError) as problem:
        print(problem)
        return 1
    finally:
        faults.close()


if __name__ == "__main__":
    sys.exit(main())

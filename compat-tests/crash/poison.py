#!/usr/bin/env python3
"""Messages that nobody can process, consumers that crash, come late or use old handles, and two dead-letter queues in a row.

    poison.py [--messages N] [--kills N] [--seed SEED] [--keep]

Half of the messages go to a standard queue, half to a FIFO queue; both have a dead-letter queue, which has one, too. Each
message has a fate (FATES). When all is quiet each queue must hold exactly what its fates leave there; then move tasks
bring everything back. With --kills the server is killed meanwhile: receive counts are then not compared."""
import argparse
import collections
import json
import pathlib
import random
import sys
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "lib"))

import client  # noqa: E402
from server import Server  # noqa: E402

GOOD, POISON, LATE, CRASH, MOVED = FATES = ("good", "poison", "late", "crash", "moved")
WEIGHTS = (40, 20, 15, 15, 10)  # late: deleted with an old handle; moved: likewise, when it is in another queue already
DEAD = (POISON, MOVED)          # those that end in the last queue
CONSUMERS = 4
VISIBILITY_S = 1
GROUPS = 200
MAX_RECEIVES = (3, 2)  # in the queue, in its dead-letter queue
ARN = "arn:aws:sqs:us-east-1:000000000000:"


class Wrong(AssertionError):
    pass


class Message:
    def __init__(self, fate):
        self.fate = fate
        self.deliveries = 0
        self.handles = []       # in the first queue
        self.is_deleted = False  # acknowledged
        self.is_in_doubt = False


class Chain:
    """Three queues: work, dead, last."""

    def __init__(self, plain, kind):
        self.is_fifo = kind == "line"
        self.names = [f"{kind}-{number}{'.fifo' if self.is_fifo else ''}" for number in range(3)]
        self.urls = []
        for number in (2, 1, 0):
            attributes = {"VisibilityTimeout": str(VISIBILITY_S)}
            if self.is_fifo:
                attributes["FifoQueue"] = "true"
            if number < 2:
                attributes["RedrivePolicy"] = json.dumps({"deadLetterTargetArn": ARN + self.names[number + 1],
                                                          "maxReceiveCount": MAX_RECEIVES[number]})
            answer = ask(plain, "CreateQueue", {"QueueName": self.names[number], "Attributes": attributes})
            self.urls.insert(0, answer["QueueUrl"])
        self.messages = {}

    def counts(self, plain):
        names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible",
                 "ApproximateNumberOfMessagesDelayed"]
        return [sum(int(ask(plain, "GetQueueAttributes", {"QueueUrl": url, "AttributeNames": names})["Attributes"][name])
                    for name in names) for url in self.urls]

    def expected_dead(self):
        return sum(message.fate in DEAD for message in self.messages.values())


def ask(plain, operation, members, stopping=lambda: False):
    """Repeats while there is no answer."""
    while plain.connect(stopping):
        outcome, answer, code, _ = plain.call(operation, members)
        if outcome == "ok":
            return answer
        if outcome == "fail" and not str(code).startswith("503"):
            raise Wrong(f"{operation}: {code}")
    raise Wrong("no server")


class Run:
    def __init__(self, server, seed, count):
        self.server = server
        self.chance = random.Random(seed)
        self.plain = client.Plain(server)
        self.chains = [Chain(self.plain, "work"), Chain(self.plain, "line")]
        self.count = count
        self.lock = threading.Lock()
        self.is_stopping = False
        self.was_killed = False
        self.problems = []
        self.sequel = collections.Counter()

    def send(self):
        for number in range(0, self.count, 10):
            chain = self.chains[number // 10 % 2]
            entries = []
            for at in range(number, min(number + 10, self.count)):
                body = f"{at}"
                chain.messages[body] = Message(self.chance.choices(FATES, WEIGHTS)[0])
                entry = {"Id": f"e{at}", "MessageBody": body}
                if chain.is_fifo:
                    entry.update(MessageGroupId=f"g{at % GROUPS}", MessageDeduplicationId=body)
                entries.append(entry)
            answer = ask(self.plain, "SendMessageBatch", {"QueueUrl": chain.urls[0], "Entries": entries})
            if answer.get("Failed"):
                raise Wrong(f"sends failed: {answer['Failed']}")

    # ---- consumers ----

    def consume(self, number):
        plain = client.Plain(self.server)
        chance = random.Random(f"{number}")
        try:
            while not self.is_stopping and plain.connect(lambda: self.is_stopping):
                chain = self.chains[chance.randrange(2)]
                stage = chance.choice((0, 0, 1))
                outcome, answer, code, _ = plain.call("ReceiveMessage", {
                    "QueueUrl": chain.urls[stage], "MaxNumberOfMessages": 10,
                    "MessageSystemAttributeNames": ["ApproximateReceiveCount"]})
                if outcome == "fail":
                    raise Wrong(f"ReceiveMessage: {code}")
                for message in answer.get("Messages", []):
                    self.treat(plain, chain, stage, message)
                if not answer.get("Messages"):
                    time.sleep(0.01)
        except (Wrong, OSError) as problem:
            self.problems.append(f"consumer {number}: {problem}")
        finally:
            plain.close()

    def treat(self, plain, chain, stage, raw):
        with self.lock:
            message = chain.messages[raw["Body"]]
            message.deliveries += 1
            told, known = int(raw["Attributes"]["ApproximateReceiveCount"]), message.deliveries
            if message.is_deleted:
                raise Wrong(f"{raw['Body']} ({message.fate}) was deleted and came again in {chain.names[stage]}")
        if told != known and not self.was_killed:
            raise Wrong(f"{raw['Body']} ({message.fate}) says receive {told} at delivery {known}")
        handle = raw["ReceiptHandle"]
        if stage == 0:
            message.handles.append(handle)
        getattr(self, message.fate)(plain, chain, stage, raw["Body"], message, handle)

    def delete(self, plain, chain, url, message, handle, effect=True):
        """The code of the refusal, None: none. effect: it deletes the message if it is not refused."""
        if effect:
            message.is_in_doubt = True
        if not plain.connect(lambda: self.is_stopping):
            return "unknown"
        outcome, _, code, _ = plain.call("DeleteMessage", {"QueueUrl": url, "ReceiptHandle": handle})
        if outcome == "ok" and effect:
            message.is_deleted = True
        elif outcome == "fail":
            message.is_in_doubt = False
        return code if outcome == "fail" else None if outcome == "ok" else "unknown"

    def good(self, plain, chain, stage, body, message, handle):
        code = self.delete(plain, chain, chain.urls[stage], message, handle)
        if code not in (None, "unknown") and not chain.is_fifo:
            raise Wrong(f"a delete of {body} was refused: {code}")

    def poison(self, plain, chain, stage, body, message, handle):
        if message.deliveries % 2 == 0 and plain.connect(lambda: self.is_stopping):
            plain.call("ChangeMessageVisibility", {"QueueUrl": chain.urls[stage], "ReceiptHandle": handle,
                                                   "VisibilityTimeout": 0})

    def late(self, plain, chain, stage, body, message, handle):
        """The handle of the first receive, after the second one."""
        if stage > 0 or len(message.handles) < 2:
            if stage > 0:  # it was moved before anybody came back to it
                self.good(plain, chain, stage, body, message, handle)
            return
        code = self.delete(plain, chain, chain.urls[0], message, message.handles[0], effect=not chain.is_fifo)
        self.sequel["late refused" if code else "late"] += 1
        if not chain.is_fifo:
            if code not in (None, "unknown"):
                raise Wrong(f"an old handle of {body} was refused: {code}")
            return
        if code is None and not self.was_killed:
            raise Wrong(f"a handle of {body} that was superseded is accepted on a FIFO queue")
        self.good(plain, chain, stage, body, message, handle)

    def crash(self, plain, chain, stage, body, message, handle):
        if message.deliveries == 1:
            plain.close()  # it never says anything of the message
        else:
            self.good(plain, chain, stage, body, message, handle)

    def moved(self, plain, chain, stage, body, message, handle):
        """A handle of a message that is in another queue has no power here or there."""
        if stage == 1 and message.handles:
            self.sequel["moved"] += 1
            code = self.delete(plain, chain, chain.urls[0], message, message.handles[-1], effect=False)
            if code not in (None, "unknown"):
                raise Wrong(f"the handle of {body}, which is gone from the queue, was refused: {code}")

    # ---- the whole ----

    def is_done(self):
        return all(chain.counts(self.plain)[:2] == [0, 0] for chain in self.chains)

    def kill(self):
        self.was_killed = True
        self.server.kill()
        self.server.start(ready_seconds=60)

    def work(self, kills, seconds):
        threads = [threading.Thread(target=self.consume, args=(number,), daemon=True) for number in range(CONSUMERS)]
        for thread in threads:
            thread.start()
        deadline = time.monotonic() + seconds
        for _ in range(kills):
            time.sleep(self.chance.uniform(0.5, 2))
            self.kill()
        while not self.problems and not self.is_done():
            if time.monotonic() > deadline:
                self.problems.append(f"not done after {seconds} s: {[chain.counts(self.plain) for chain in self.chains]}")
            time.sleep(0.2)
        self.is_stopping = True
        for thread in threads:
            thread.join(30)
        if self.problems:
            raise Wrong("; ".join(self.problems[:5]))

    def judge(self):
        for chain in self.chains:
            counts = chain.counts(self.plain)
            if counts != [0, 0, chain.expected_dead()]:
                raise Wrong(f"{chain.names} hold {counts}, should hold {[0, 0, chain.expected_dead()]}")
            lost = [body for body, message in chain.messages.items()
                    if message.fate not in DEAD and not message.is_deleted and not message.is_in_doubt]
            if lost:
                raise Wrong(f"{chain.names[0]}: nobody deleted {lost[:5]}, {len(lost)} in all, and they are not there")

    def redrive(self, seconds=60):
        """Home in two steps: from the last queue to where its letters came from, then to the first."""
        for chain in self.chains:
            dead = chain.expected_dead()
            for stage, members, wanted in ((2, {}, [0, dead, 0]),
                                           (1, {"DestinationArn": ARN + chain.names[0]}, [dead, 0, 0])):
                ask(self.plain, "StartMessageMoveTask", {"SourceArn": ARN + chain.names[stage], **members})
                deadline = time.monotonic() + seconds
                while (counts := chain.counts(self.plain)) != wanted:  # one on its way is counted when it has arrived
                    if time.monotonic() > deadline:
                        raise Wrong(f"after a move task {chain.names} hold {counts}, should hold {wanted}")
                    time.sleep(0.1)
            wanted = {body for body, message in chain.messages.items() if message.fate in DEAD}
            self.take_all(chain, wanted)

    def take_all(self, chain, wanted):
        while wanted:
            messages = ask(self.plain, "ReceiveMessage", {"QueueUrl": chain.urls[0], "MaxNumberOfMessages": 10,
                                                          "VisibilityTimeout": 60}).get("Messages", [])
            if not messages:
                raise Wrong(f"{len(wanted)} messages are not there: {sorted(wanted)[:5]}")
            for message in messages:
                wanted.remove(message["Body"])  # each once
            ask(self.plain, "DeleteMessageBatch", {"QueueUrl": chain.urls[0], "Entries": [
                {"Id": f"e{at}", "ReceiptHandle": message["ReceiptHandle"]} for at, message in enumerate(messages)]})


def run(server, seed, count, kills=0, seconds=120):
    """Returns a line about what was done. The server is the caller's, and runs."""
    work = Run(server, seed, count)
    work.send()
    work.work(kills, seconds)
    work.judge()
    work.redrive()
    work.plain.close()
    dead = sum(chain.expected_dead() for chain in work.chains)
    return (f"{count} messages, {dead} dead twice and brought back, {work.sequel['late']} deleted with old handles and "
            f"{work.sequel['late refused']} not, {work.sequel['moved']} old handles of moved ones, {kills} kills, "
            f"seed {seed}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--messages", type=int, default=20000)
    parser.add_argument("--kills", type=int, default=0)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(1 << 32))
    parser.add_argument("--keep", action="store_true", help="keep the data directory")
    arguments = parser.parse_args()
    print(f"seed {arguments.seed}", flush=True)
    with Server(workers=2) as server:
        server.is_kept = arguments.keep
        try:
            print(run(server, arguments.seed, arguments.messages, arguments.kills, 60 + arguments.messages / 50))
            return 0
        except (Wrong, RuntimeError) as problem:
            print(problem)
            return 1


if __name__ == "__main__":
    sys.exit(main())

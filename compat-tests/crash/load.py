"""Producers and consumers that write down everything they do and are told.

Half of the queues are FIFO; batches of 1 to 10, bodies of 0.1 to 4 KiB; deletes (single and batched), visibility
changes, delays, dead letters, repeated deduplication ids, retries after lost answers, handles used late. All choices
come from the seed (what the threads make of them does not)."""
import base64
import collections
import random
import threading
import time
import uuid

import client
import history

VISIBILITY_S = 2
MAX_RECEIVES = 3
BACKLOG_MAX = 1500  # messages that are neither deleted nor refused; producers wait above it
RETRY_S = 25        # sends are retried under the same invocation id for so long (the server knows it for 60 s)

QUEUES = [("std-1", False, None), ("std-2", False, None), ("std-3", False, "std-dead"), ("std-dead", False, None),
          ("fifo-1.fifo", True, None), ("fifo-2.fifo", True, None), ("fifo-3.fifo", True, "fifo-dead.fifo"),
          ("fifo-dead.fifo", True, None)]
SOURCES = [row for row in QUEUES if "dead" not in row[0]]


def attributes_of(token, chance):
    if chance.random() >= 0.3:
        return None
    return {"text": ["String", "wert é " + token], "count": ["Number", str(chance.randrange(1000))],
            "blob": ["Binary", base64.b64encode(token.encode()).decode()]}


def to_wire(attributes, is_sdk):
    return {name: {"DataType": kind, **({"BinaryValue": base64.b64decode(value) if is_sdk else value}
                                        if kind == "Binary" else {"StringValue": value})}
            for name, (kind, value) in attributes.items()}


def from_wire(attributes):
    if not attributes:
        return None
    plain = {}
    for name, value in attributes.items():
        text = value.get("StringValue", value.get("BinaryValue"))
        plain[name] = [value["DataType"], base64.b64encode(text).decode() if isinstance(text, bytes) else text]
    return plain


class Load:
    def __init__(self, server, seed, records=None, plain=(5, 5), sdk=(0, 0)):
        self.server = server
        self.seed = seed
        self.history = records or history.History()
        self.urls = {}
        self.is_stopping = False
        self.problems = []
        self.sent = collections.Counter()
        self.deleted = collections.Counter()
        self.kinds = {"producer": (plain[0], sdk[0]), "consumer": (plain[1], sdk[1])}
        self.threads = []
        self.run_number = 0

    def create_queues(self):
        plain = client.Plain(self.server)
        plain.connect(lambda: False)
        for name, fifo, dead in sorted(QUEUES, key=lambda row: "dead" not in row[0]):
            attributes = {"VisibilityTimeout": str(VISIBILITY_S), **({"FifoQueue": "true"} if fifo else {})}
            if dead:
                attributes["RedrivePolicy"] = (
                    '{"deadLetterTargetArn":"arn:aws:sqs:us-east-1:000000000000:%s","maxReceiveCount":%d}'
                    % (dead, MAX_RECEIVES))
            outcome, answer, code, _ = plain.call("CreateQueue", {"QueueName": name, "Attributes": attributes})
            if outcome != "ok":
                raise AssertionError(f"CreateQueue {name}: {outcome} {code}")
            self.urls[name] = answer["QueueUrl"]
            self.history.add(op="queue", queue=name, fifo=fifo, dlq=dead, max=MAX_RECEIVES)
        plain.close()

    def start(self):
        self.is_stopping = False
        self.run_number += 1
        for work, (plain, sdk) in self.kinds.items():
            for number in range(plain + sdk):
                worker = (Producer if work == "producer" else Consumer)(
                    self, client.Plain if number < plain else client.Sdk, f"{work[0]}{self.run_number}.{number}")
                thread = threading.Thread(target=self.guard, args=(worker,), daemon=True)
                thread.start()
                self.threads.append(thread)

    def guard(self, worker):
        try:
            worker.work()
        except Exception as problem:  # pylint: disable=broad-except
            self.problems.append(f"{worker.name}: {type(problem).__name__}: {problem}")
        finally:
            worker.client.close()

    def stop(self):
        self.is_stopping = True
        for thread in self.threads:
            thread.join(60)
            if thread.is_alive():
                raise AssertionError("a client does not end within 60 s")
        self.threads = []
        if self.problems:
            raise AssertionError("a client stopped: " + "; ".join(self.problems))

    def backlog(self):
        return sum(list(self.sent.values())) - sum(list(self.deleted.values()))


class Worker:
    def __init__(self, load, kind, name):
        self.load = load
        self.name = name
        self.history = load.history
        self.client = kind(load.server)
        self.chance = random.Random(f"{load.seed} {name}")

    def is_stopping(self):
        return self.load.is_stopping

    def pause(self, seconds):
        deadline = time.monotonic() + seconds
        while not self.is_stopping() and time.monotonic() < deadline:
            time.sleep(0.02)

    def work(self):
        while not self.is_stopping() and self.client.connect(self.is_stopping):
            self.turn()

    def note(self, **record):
        if self.client.is_sdk:
            record["sdk"] = True
        self.history.add(**record)


class Producer(Worker):
    """Sends; what stays without an answer it sends again, mostly under the same invocation id."""

    def __init__(self, *arguments):
        super().__init__(*arguments)
        self.number = 0
        self.earlier = collections.deque(maxlen=50)  # FIFO entries that were answered

    def turn(self):
        if self.load.backlog() > BACKLOG_MAX:
            time.sleep(0.01)
            return
        queue, fifo, _ = self.chance.choice(SOURCES)
        count = self.chance.choice([1, 1, 1, 2, 5, 10])
        entries = [self.entry(queue, fifo) for _ in range(count)]
        self.send(queue, entries, is_batch=count > 1 or self.chance.random() < 0.2)
        if self.earlier and self.chance.random() < 0.05:
            queue, entry = self.chance.choice(self.earlier)
            self.send(queue, [dict(entry, repeats=True)], is_batch=False)

    def entry(self, queue, fifo):
        self.number += 1
        token = f"{queue.split('.')[0]}.{self.name}.{self.number}"
        return {"token": token, "body": history.body_of(token, self.chance.randrange(100, 4096)),
                "attributes": attributes_of(token, self.chance),
                "group": f"g{self.chance.randrange(6)}" if fifo else None,
                "dedup": token if fifo else None,
                "delay": 1 if not fifo and self.chance.random() < 0.03 else 0}

    def members(self, entry):
        members = {"MessageBody": entry["body"]}
        if entry["attributes"]:
            members["MessageAttributes"] = to_wire(entry["attributes"], self.client.is_sdk)
        if entry["group"]:
            members.update(MessageGroupId=entry["group"], MessageDeduplicationId=entry["dedup"])
        if entry["delay"]:
            members["DelaySeconds"] = entry["delay"]
        return members

    def send(self, queue, entries, is_batch):
        invocation = str(uuid.uuid4())
        began = time.monotonic()
        if is_batch:
            operation = "SendMessageBatch"
            members = {"Entries": [{"Id": f"e{number}", **self.members(entry)}
                                   for number, entry in enumerate(entries)]}
        else:
            operation = "SendMessage"
            members = self.members(entries[0])
        members["QueueUrl"] = self.load.urls[queue]
        wants_retry = self.chance.random() < 0.7
        while self.client.connect(self.is_stopping):
            at = time.monotonic()
            outcome, answer, code, _ = self.client.call(operation, members, invocation)
            results = {None: answer} if not is_batch else {row["Id"]: row for row in answer.get("Successful", [])}
            failed = {row["Id"]: row for row in answer.get("Failed", [])}
            for number, entry in enumerate(entries):
                key = f"e{number}" if is_batch else None
                self.note_send(queue, entry, at, outcome, code, results.get(key), failed.get(key))
            if outcome != "unknown" or not wants_retry or time.monotonic() - began > RETRY_S:
                break
            entries = [dict(entry, repeats=True) for entry in entries]

    def note_send(self, queue, entry, at, outcome, code, result, failure):
        record = {key: entry[key] for key in ("token", "attributes", "group", "dedup", "delay")}
        record.update(op="send", queue=queue, at=at, outcome=outcome, code=code,
                      digest=history.digest_of(entry["body"]))
        if entry.get("repeats"):
            record["repeats"] = True
        if outcome == "ok" and failure is not None:
            status = "503" if failure["Code"].startswith("ServiceUnavailable") else ""
            record.update(outcome="unknown" if not failure["SenderFault"] and not status else "fail",
                          code=failure["Code"])
        elif outcome == "ok":
            record.update(id=result["MessageId"], sequence=result.get("SequenceNumber"))
            if result["MD5OfMessageBody"] != record["digest"]:
                raise AssertionError(f"another MD5 than of what was sent: {result}")
            if not entry.get("repeats"):
                self.load.sent[self.name] += 1
                if entry["dedup"]:
                    self.earlier.append((queue, entry))
        self.note(**record)


class Consumer(Worker):
    """Receives; deletes most at once, some late, some never; changes visibility now and then."""

    def turn(self):
        queue, fifo, dead = self.chance.choice(QUEUES)
        members = {"MaxNumberOfMessages": self.chance.choice([1, 3, 10, 10]), "WaitTimeSeconds": 0}
        if self.chance.random() < 0.1:
            members["WaitTimeSeconds"] = 1
        visibility = VISIBILITY_S
        if self.chance.random() < 0.15:
            visibility = members["VisibilityTimeout"] = self.chance.choice([0, 1, 3])
        messages = self.receive(queue, members, visibility)
        fate = self.chance.random()
        if not messages:
            time.sleep(0.005)
        elif dead and any(message["token"].endswith("7") for message in messages):
            self.hide(queue, messages, 0)  # these come again until they are dead letters
        elif fate < 0.06:
            self.hide(queue, messages, self.chance.choice([0, 0, 1, 3]))
        elif fate < 0.09:
            pass  # forgotten: they come again
        elif fate < 0.11 and not fifo:
            self.pause(VISIBILITY_S + 0.3)
            self.delete(queue, messages)
        else:
            self.delete(queue, messages)

    def receive(self, queue, members, visibility):
        members = {**members, "QueueUrl": self.load.urls[queue], "MessageAttributeNames": ["All"],
                   "MessageSystemAttributeNames": ["All"]}
        at = time.monotonic()
        outcome, answer, code, repeats = self.client.call("ReceiveMessage", members)
        for _ in range(repeats):
            self.note(op="receive", queue=queue, at=at, outcome="unknown", visibility=visibility, messages=[])
        messages = [self.message(raw) for raw in answer.get("Messages", [])]
        self.note(op="receive", queue=queue, at=at, outcome=outcome, code=code, visibility=visibility,
                  messages=messages)
        return messages

    @staticmethod
    def message(raw):
        system = raw["Attributes"]
        digest = history.digest_of(raw["Body"])
        return {"id": raw["MessageId"], "token": history.token_of(raw["Body"]), "digest": digest,
                "attributes": from_wire(raw.get("MessageAttributes")), "count": int(system["ApproximateReceiveCount"]),
                "handle": raw["ReceiptHandle"], "sequence": system.get("SequenceNumber"),
                "group": system.get("MessageGroupId"),
                "damage": None if raw["MD5OfBody"] == digest else f"MD5OfBody {raw['MD5OfBody']}"}

    def delete(self, queue, messages):
        while messages:
            count = self.chance.randrange(1, len(messages) + 1)
            part, messages = messages[:count], messages[count:]
            self.each(queue, part, "DeleteMessage", {}, op="delete")

    def hide(self, queue, messages, timeout):
        self.each(queue, messages, "ChangeMessageVisibility", {"VisibilityTimeout": timeout}, op="change",
                  timeout=timeout)

    def each(self, queue, messages, operation, more, **record):
        """One call for the messages: the batch form for several."""
        if not self.client.connect(self.is_stopping):
            return
        at = time.monotonic()
        if len(messages) == 1:
            members = {"ReceiptHandle": messages[0]["handle"], **more}
        else:
            members = {"Entries": [{"Id": f"e{number}", "ReceiptHandle": message["handle"], **more}
                                   for number, message in enumerate(messages)]}
            operation += "Batch"
        outcome, answer, code, repeats = self.client.call(operation, {**members, "QueueUrl": self.load.urls[queue]})
        failed = {row["Id"]: row for row in answer.get("Failed", [])}
        for number, message in enumerate(messages):
            failure = failed.get(f"e{number}")
            mine = outcome
            if failure is not None:
                mine = "fail" if failure["SenderFault"] and not repeats else "unknown"
            self.note(queue=queue, id=message["id"], handle=message["handle"], at=at, outcome=mine,
                      code=failure["Code"] if failure else code, **record)
            if record["op"] == "delete" and mine == "ok":
                self.load.deleted[self.name] += 1


def counts_of(plain, load, queue):
    names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible",
             "ApproximateNumberOfMessagesDelayed"]
    outcome, answer, code, _ = plain.call("GetQueueAttributes", {"QueueUrl": load.urls[queue],
                                                                 "AttributeNames": names})
    if outcome != "ok":
        raise AssertionError(f"GetQueueAttributes of {queue}: {outcome} {code}")
    return [int(answer["Attributes"][name]) for name in names]


def rest(load, number):
    """Writes down the counts of all queues. No client is at work."""
    plain = client.Plain(load.server)
    plain.connect(lambda: False)
    for queue, _, _ in QUEUES:
        load.history.add(op="counts", queue=queue, total=sum(counts_of(plain, load, queue)), at=time.monotonic(),
                         rest=number)
    plain.close()


def drain(load, seconds=30):
    """Receives and deletes until every queue says that it is empty. Returns what is left: [] when all is well."""
    deadline = time.monotonic() + seconds
    worker = Consumer(load, client.Plain, "drain")
    load.is_stopping = False
    while True:
        for queue, _, _ in QUEUES:  # sources before their dead letters
            while worker.client.connect(lambda: False):
                messages = worker.receive(queue, {"MaxNumberOfMessages": 10, "VisibilityTimeout": 30}, 30)
                if not messages:
                    break
                worker.each(queue, messages, "DeleteMessage", {}, op="delete")
        worker.client.connect(lambda: False)
        left = {queue: counts_of(worker.client, load, queue) for queue, _, _ in QUEUES}
        if not any(map(any, left.values())) or time.monotonic() > deadline:
            break
        time.sleep(0.05)
    missing = [f"{queue} still says {numbers}" for queue, numbers in left.items() if any(numbers)]
    worker.client.close()
    load.history.add(op="drained", at=time.monotonic())
    return missing

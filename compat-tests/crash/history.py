"""What clients did and were told: one record an operation, kept in memory, written as JSON lines when it is wanted.

Records are dicts. Times are seconds of one monotonic clock: `at` before the request was written, `end` after the answer
was read (or given up). `outcome` is ok, fail (refused: it did not happen) or unknown (no answer, or a 500).

    queue    queue, fifo, dlq (name or None), max (receives before a dead letter), visibility
    send     queue, token, at, end, outcome, digest (of the body), attributes, delay, group, dedup; ok: id, sequence
             one logical send has one token; its retries are further records with the same token
    receive  queue, at, end, outcome, visibility; ok: messages, each id, token, digest, attributes, count, handle,
             sequence, group, damage (None, or what the client saw at once)
    delete   queue, id, handle, at, end, outcome, code
    change   as delete, with timeout
    crash    how (kill or stop), at, end (ready again)
    counts   queue, total: with no client at work
    drained  everything that was left has been received and deleted
"""
import hashlib
import json
import time

NOISE = hashlib.shake_256(b"bodies").hexdigest(4096)  # 8 KiB of text; bodies are slices of it


def body_of(token, size):
    """The body of a message: the token, then text that depends on it, with a letter outside ASCII."""
    start = int.from_bytes(hashlib.md5(token.encode()).digest()[:2], "big") % 4096
    return f"{token}|é{NOISE[start:start + max(0, size - len(token) - 3)]}"


def token_of(body):
    return body.split("|", 1)[0]


def digest_of(body):
    return hashlib.md5(body.encode()).hexdigest()


class History:
    def __init__(self):
        self.records = []

    def add(self, **record):
        record.setdefault("end", time.monotonic())
        self.records.append(record)  # atomic: threads share it without a lock

    def save(self, path):
        with open(path, "w", encoding="utf-8") as file:
            for record in list(self.records):
                file.write(json.dumps(record) + "\n")


def load(path):
    with open(path, encoding="utf-8") as file:
        return [json.loads(line) for line in file]

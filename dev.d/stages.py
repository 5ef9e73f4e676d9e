#!/usr/bin/env python3
"""Instructions per request and stage: leatd under callgrind, bounded numbers of requests, a table, a comparison.

usage: stages.py --leatd PATH [--compiler TEXT] [--baseline FILE [--write]] [--only CASE,...] [--keep DIR] [--functions N]

Counts what the server executes itself, not the kernel. Times are noise on a shared machine; these numbers are not: two
runs differ by about one in a hundred (how many requests one turn of the loop finds). valgrind's processor has no
instructions for SHA-256, so that stage counts some ten times what it is where the processor has them.
"""
import argparse
import glob
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import time

import stages_client as client
from stages_profile import Profile

CONNECTIONS = 16
ROUNDS = 12
TOLERANCE = 0.15  # of a case, SHA-256 left out
NOT_JUDGED = "SHA-256 in software"  # how much it is depends on what valgrind makes of the processor
NOTED = 0.03  # a difference from the baseline that is worth a word
MARK = "operation_get_queue_url"  # callgrind writes a dump and starts from zero when the server enters it
QUEUE = "stages"


class Server:
    """leatd under callgrind, with one worker, ready to be asked."""

    def __init__(self, leatd, directory, durability):
        self.directory = pathlib.Path(directory)
        keys = self.directory / "keys"
        keys.write_text(
            f"[stages]\naws_access_key_id = {client.ACCESS_KEY}\naws_secret_access_key = {client.SECRET_KEY}\n"
        )
        self.log = open(self.directory / "log", "w", encoding="utf-8")
        self.process = subprocess.Popen(
            ["valgrind", "-q", "--tool=callgrind", f"--callgrind-out-file={self.directory}/out",
             f"--dump-before={MARK}", leatd, "--listen", "127.0.0.1:0", "--admin", "off",
             "--workers", "1", "--data-dir", f"{self.directory}/data", "--durability", durability, "--auth", "verify",
             "--credentials", str(keys)],
            stdout=self.log, stderr=subprocess.STDOUT)
        self.port = self._wait_for_port()

    def _wait_for_port(self):
        until = time.monotonic() + 60
        while time.monotonic() < until and self.process.poll() is None:
            match = re.search(r"serves on http://127\.0\.0\.1:(\d+)", (self.directory / "log").read_text())
            if match:
                return int(match.group(1))
            time.sleep(0.05)
        raise RuntimeError("leatd did not start under valgrind:\n" + (self.directory / "log").read_text())

    def dumps_count(self):
        return len(glob.glob(f"{self.directory}/out.*"))

    def stop(self):
        self.process.terminate()
        self.process.wait(timeout=60)
        self.log.close()


class Run:
    """The cases on one server: each is ROUNDS bursts between two marks."""

    def __init__(self, server):
        self.server = server
        self.client = client.Client(server.port, CONNECTIONS)
        self.sent = 0
        answer = self.client.burst([self.client.json("CreateQueue", {"QueueName": QUEUE})])[0]
        self.url = re.search(rb'"QueueUrl":"([^"]*)"', answer).group(1).decode()

    def mark(self):
        self.client.burst([self.client.json("GetQueueUrl", {"QueueName": QUEUE})])

    def body(self, size):
        self.sent += 1
        return client.text(self.sent, size)

    def count(self, make, rounds=ROUNDS):
        """Bursts of what make() returns; the answers, and which dump holds the cost."""
        bursts = [[make() for _ in range(CONNECTIONS)] for _ in range(rounds + 1)]
        answers = self.client.burst(bursts[0])  # warm: caches filled, memory taken
        self.mark()
        before = self.server.dumps_count()
        for burst in bursts[1:]:
            answers += self.client.burst(burst)
        self.mark()
        return answers, f"{self.server.directory}/out.{before + 1}"

    def requests(self, protocol):
        """For each case of a protocol a function that makes one request."""
        write = self.client.json if protocol == "json" else self.client.query
        entries = "Entries" if protocol == "json" else "SendMessageBatchRequestEntry"
        return {
            "send": lambda: write("SendMessage", {"QueueUrl": self.url, "MessageBody": self.body(220)}),
            "send-batch": lambda: write("SendMessageBatch", {"QueueUrl": self.url, entries: [
                {"Id": str(i), "MessageBody": self.body(220)} for i in range(10)]}),
            "send-256k": lambda: write("SendMessage", {"QueueUrl": self.url, "MessageBody": self.body(262144)}),
            "receive": lambda: write("ReceiveMessage", {"QueueUrl": self.url}),
            "receive-10": lambda: write("ReceiveMessage", {"QueueUrl": self.url, "MaxNumberOfMessages": 10}),
        }

    def cases(self, protocol, names):
        """Yields (case, dump, requests counted)."""
        requests = self.requests(protocol)
        write = self.client.json if protocol == "json" else self.client.query
        for name in names:
            handles = []
            if name == "delete":  # of what the case before received
                handles = [handle for answer in last for handle in client.received(protocol, answer)]
                make = lambda: write("DeleteMessage", {"QueueUrl": self.url, "ReceiptHandle": handles.pop()})
            else:
                make = requests[name]
            rounds = 2 if name == "send-256k" else ROUNDS
            last, dump = self.count(make, rounds)
            yield name, dump, rounds * CONNECTIONS


PLAN = [
    # (durability, protocol, cases in their order: what is received was sent before)
    ("memory", "json", ["send", "receive", "delete", "send-batch", "receive-10", "send-256k"]),
    ("memory", "query", ["send", "receive", "delete", "send-batch", "receive-10"]),
    ("sync", "json", ["send", "receive", "delete"]),
]


def measure(leatd, only, directory):
    """Case -> (stage -> instructions a request, function -> calls a request)."""
    figures = {}
    for number, (durability, protocol, names) in enumerate(PLAN):
        place = pathlib.Path(directory) / str(number)
        place.mkdir(parents=True)
        server = Server(leatd, place, durability)
        try:
            run = Run(server)
            dumps = list(run.cases(protocol, names))
        finally:
            server.stop()
        for name, dump, requests in dumps:
            case = f"{durability} {protocol} {name}"
            if only and case not in only:
                continue
            profile = Profile(dump)
            figures[case] = (
                {stage: round(cost / requests) for stage, cost in profile.costs.items()},
                {name: calls / requests for name, calls in profile.calls.items()},
                profile, requests)
    return figures


def show(figures, functions):
    for case, (stages, calls, profile, requests) in figures.items():
        print(f"\n{case}: {sum(stages.values()):,} instructions a request")
        for stage, cost in sorted(stages.items(), key=lambda row: -row[1]):
            print(f"    {stage:24} {cost:9,}")
        allocations = sum(calls.get(name, 0) for name in ("malloc", "calloc", "realloc", "posix_memalign"))
        system = {name: calls.get(name, 0) for name in ("read", "writev", "epoll_wait", "epoll_ctl", "getrandom")}
        print(f"    allocations {allocations:.2f}; system calls: "
              + ", ".join(f"{name} {count:.2f}" for name, count in system.items()))
        dearest = sorted(profile.functions.values(), key=lambda function: -function.cost)[:functions]
        for function in dearest:
            print(f"        {function.cost / requests:9,.0f} in {function.calls / requests:7.2f} calls  {function.name}")


def read_baseline(path):
    """The compiler it was made with, and case -> stage -> instructions."""
    compiler, cases = "", {}
    for line in pathlib.Path(path).read_text(encoding="utf-8").splitlines():
        if line.startswith("compiler: "):
            compiler = line.removeprefix("compiler: ")
        elif line and not line.startswith("#"):
            case, stage, cost = line.split(" | ")
            cases.setdefault(case, {})[stage] = int(cost)
    return compiler, cases


def write_baseline(path, compiler, figures):
    with open(path, "w", encoding="utf-8") as out:
        out.write("# Instructions a request: case | stage | count. Written by ./dev bench stages --write.\n")
        out.write(f"compiler: {compiler}\n")
        for case, (stages, *_) in figures.items():
            for stage, cost in sorted(stages.items(), key=lambda row: -row[1]):
                out.write(f"{case} | {stage} | {cost}\n")


def judged(stages):
    return sum(cost for stage, cost in stages.items() if stage != NOT_JUDGED)


def compare(path, compiler, figures):
    """Prints what differs; the number of cases that cost noticeably more than they may."""
    made_with, cases = read_baseline(path)
    over = 0
    print(f"\nagainst {path}, without SHA-256:")
    for case, (stages, *_) in figures.items():
        before = cases.get(case)
        if before is None:
            print(f"    {case}: not in the baseline")
            continue
        old, new = judged(before), judged(stages)
        verdict = ""
        if new > old * (1 + TOLERANCE):
            verdict = "  TOO MUCH" if made_with == compiler else "  (another compiler: not judged)"
            over += made_with == compiler
        print(f"    {case:28} {old:9,} -> {new:9,}  {(new - old) / old:+7.1%}{verdict}")
        for stage in {**before, **stages}:
            change = stages.get(stage, 0) - before.get(stage, 0)
            if abs(change) > NOTED * old:
                print(f"        {stage:24} {change:+9,}")
    if made_with != compiler:
        print(f"    The baseline was made with {made_with}, this build with {compiler}.")
    return over


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--leatd", required=True)
    parser.add_argument("--compiler", default="unknown")
    parser.add_argument("--baseline")
    parser.add_argument("--write", action="store_true")
    parser.add_argument("--only", default="")
    parser.add_argument("--keep")
    parser.add_argument("--functions", type=int, default=0)
    given = parser.parse_args()
    only = {case for case in given.only.split(",") if case}
    with tempfile.TemporaryDirectory() as directory:
        figures = measure(os.path.abspath(given.leatd), only, given.keep or directory)
    show(figures, given.functions)
    if given.write and given.baseline:
        write_baseline(given.baseline, given.compiler, figures)
    elif given.baseline:
        return 1 if compare(given.baseline, given.compiler, figures) > 0 else 0
    return 0


if __name__ == "__main__":
    sys.exit(main())

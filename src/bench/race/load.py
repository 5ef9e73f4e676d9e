"""Runs of leat-bench, and what is taken from one."""
import json
import os
import signal
import subprocess
import tempfile

from contenders import KEY, REGION, SECRET, Failed, Uninterrupted, launch

BODY_BYTES = 300
GROUPS = 1000
WAKE_RATE = 50
WAKE_CONNECTIONS = 16
WARMUP_SHARE = 0.3
HIDDEN_S = 30      # visibility timeout of the queues
DRAIN_S = 6        # how long a message that is missing is waited for
TIMEOUT_S = 10     # of a request
GUARD_S = 45       # a run that has not ended by then is ended
QUEUED = 100000    # messages that the memory of a full queue is given for
QUEUED_SHARE = 0.1 # of what was to be queued: fewer say nothing
QUEUED_FIRST_S = 10  # time for them in the first round; who does not make it is not asked again
QUEUED_LATER_S = 5
SHARE = 0.7        # of the weaker one's throughput, for latency under load


class Operation:
    """What is measured in each round. kind "rate": more is better; "latency": less is better, milliseconds."""

    def __init__(self, key, name, unit, kind, arguments, value):
        self.key, self.name, self.unit, self.kind, self.arguments, self.value = key, name, unit, kind, arguments, value


def per_second(result, *members):
    return min(result[member] for member in members) / result["seconds"] if result["seconds"] > 0 else 0


def p99_ms(result, curve):
    latency = result["latency"][curve]
    return latency["p99_ns"] / 1e6 if latency["count"] > 0 else None


OPERATIONS = [
    Operation("send", "send", "messages/s", "rate", ["send"], lambda r: per_second(r, "sent_in_time")),
    Operation("receive-delete", "receive + delete", "messages/s", "rate", ["receive-delete"],
              lambda r: per_second(r, "deleted_in_time")),
    Operation("round-trip", "round trip", "messages/s", "rate", ["round-trip"],
              lambda r: per_second(r, "sent_in_time", "deleted_in_time")),
    Operation("batch", "send, batch of 10", "messages/s", "rate", ["--batch", "10", "send"],
              lambda r: per_second(r, "sent_in_time")),
    Operation("fifo", "FIFO round trip", "messages/s", "rate", ["--groups", str(GROUPS), "round-trip"],
              lambda r: per_second(r, "sent_in_time", "deleted_in_time")),
    Operation("wake", "long poll wake-up p99", "ms", "latency",
              ["--rate", str(WAKE_RATE), "--connections", str(WAKE_CONNECTIONS), "--wait", "5", "wake"],
              lambda r: p99_ms(r, "delivery")),
]
LOADED = Operation("loaded", "send p99 at 70 %", "ms", "latency", ["send"], lambda r: p99_ms(r, "cycle"))


class Figure:
    """One run: its value (None: it has none), what went wrong by how often, the first of it in words, and the server's
    processor time a request."""

    def __init__(self, value=None, wrong=None, first="", cpu_us=None):
        self.value, self.wrong, self.first, self.cpu_us = value, wrong or {}, first, cpu_us

    def as_json(self):
        return {"value": self.value, "wrong": self.wrong, "first": self.first, "cpu_us": self.cpu_us}


def wrongs_of(result):
    wrong = {name: count for name, count in result["faults"].items() if count > 0}
    messages = result["messages"]
    if messages["checked"]:
        for name in ("lost", "received_refused"):
            if messages[name] > 0:
                wrong[name] = messages[name]
    if result["unserved"] > 0:
        wrong["unserved"] = result["unserved"]
    return wrong


class Generator:
    """leat-bench on its processors. Signs every request; who verifies is the server's affair."""

    def __init__(self, program, cpus, place):
        self.program, self.cpus, self.place = program, cpus, place

    def run(self, process, arguments):
        """The result as leat-bench writes it; Failed when there is none."""
        env = {**os.environ, "AWS_ACCESS_KEY_ID": KEY, "AWS_SECRET_ACCESS_KEY": SECRET, "AWS_REGION": REGION,
               "AWS_SESSION_TOKEN": ""}
        with tempfile.TemporaryFile(dir=self.place) as out, tempfile.TemporaryFile(dir=self.place) as err:
            argv = [self.program, "--endpoint", f"http://127.0.0.1:{process.port}", "--connections",
                    str(process.contender.connections), "--around", str(process.contender.batch), "--size",
                    str(BODY_BYTES), "--hidden", str(HIDDEN_S), "--drain", str(DRAIN_S), "--timeout", str(TIMEOUT_S),
                    "--server-pid", str(process.pid), "--no-progress", "--json", "-", *arguments]
            child = None
            try:
                with Uninterrupted():
                    child = launch(argv, self.cpus, stdout=out, stderr=err, env=env)
                child.wait(GUARD_S)
            except subprocess.TimeoutExpired:
                raise Failed(f"a run that had not ended after {GUARD_S} s") from None
            finally:
                end(child)
            out.seek(0)
            err.seek(0)
            try:
                return json.loads(out.read())
            except ValueError:
                lines = err.read().decode(errors="replace").strip().splitlines()
                text = lines[-1] if lines else f"leat-bench ended with {child.returncode}"
                raise Failed(text.removeprefix("leat-bench: ")) from None

    def measure(self, process, operation, seconds, extra=(), is_first=True):
        """Workloads that leave messages behind have them received and checked in the first round only: it takes longer
        than the measurement."""
        if not process.is_alive():
            return Figure(None, {"dead": 1}, "the server has ended")
        # What takes messages away must not run out of them before it is measured: the fill has warmed it up.
        warmup_s = 0 if operation.key == "receive-delete" else seconds * WARMUP_SHARE
        arguments = ["--seconds", f"{seconds:g}", "--warmup", f"{warmup_s:g}", *extra, *operation.arguments]
        if operation.arguments[-1] == "send" and not is_first:
            arguments.insert(0, "--no-check")
        try:
            result = self.run(process, arguments)
        except Failed as problem:
            return Figure(None, {"failed": 1}, str(problem))
        value = operation.value(result)
        return Figure(value if value else None, wrongs_of(result), result["first_fault"], result.get("server_cpu_us"))

    def queue_up(self, process, count, limit_s):
        """Sends so many messages, or as many as fit into the time; returns how many."""
        batch = process.contender.batch
        result = self.run(process, ["--batch", str(batch), "--requests", str(count // batch), "--limit",
                                    str(limit_s), "--no-check", "--keep-queues", "send"])
        return result["sent_in_time"]

    def warm_up(self, process, share):
        """Messages a second, of no further use."""
        seconds = process.contender.warmup_s * share
        result = self.run(process, ["--seconds", f"{seconds:g}", "--no-check", "round-trip"])
        return per_second(result, "deleted_in_time")


def end(child):
    """A generator that is still there deletes its queues when asked to end."""
    if child is None or child.poll() is not None:
        return
    child.send_signal(signal.SIGTERM)
    try:
        child.wait(2)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()

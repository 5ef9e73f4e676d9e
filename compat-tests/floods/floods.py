"""Does a good client keep its rate beside a flooder? One TAP line a flood.

Each flood has a server of its own. Rounds alternate: the good client beside the flooder, then alone; the medians of both
give the share that it keeps. So only ratios of one run count, and a machine that is slow is slow for both. A flood that
misses its gate is tried once more.

What is asked of each flood:
* the good client keeps half of its rate (0.4 when all share two processors), its p99 is at most 100 ms, and none of its
  requests fails;
* the server's memory grows by no more than the flood's bound;
* /livez answers on both listeners while the flood goes on.
"""
import contextlib
import json
import os
import pathlib
import statistics
import subprocess
import sys
import time
import urllib.request

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "lib"))

from server import Server, binary  # noqa: E402

HERE = pathlib.Path(__file__).resolve().parent
MIB = 1 << 20
KIB = 1 << 10
ROUNDS = int(os.environ.get("FLOODS_ROUNDS", "3"))
SHARE_MIN = 0.5 if len(os.sched_getaffinity(0)) > 2 else 0.4
P99_MAX_MS = 100
SECONDS = 1.5
FLOOD_SECONDS_MAX = 240  # the flooder ends by itself
NOISE_BYTES = 24 * MIB  # what a server's memory may grow by serving anything at all

floods = []


def flood(claim, kind, count, rss_bytes, queue=False, **options):
    """A flood by `count` connections that may grow the server by `rss_bytes`."""
    floods.append({"claim": claim, "kind": kind, "count": count, "rss_bytes": rss_bytes, "queue": queue,
                   "options": options})


flood("pipelined health checks on 8 connections", "PipelinedHealth", 8, 8 * MIB)
flood("pipelined sends on 8 connections", "PipelinedSends", 8, 512 * MIB, queue=True)
flood("bodies in chunks of one byte on 8 connections", "TinyChunks", 8, 32 * MIB)
flood("chunks with endless extensions on 8 connections", "LongExtensions", 8, 32 * MIB)
flood("150 bodies of 6.4 MB that never end", "Bodies", 150, 2 * 64 * MIB, intake_bytes="64M")
flood("12,000 idle connections where 5,000 may be", "Idle", 12000, 5000 * 2 * KIB, connections_max=5000)
flood("10,000 idle connections", "Idle", 10000, 10000 * 2 * KIB, connections_max=20000)
flood("connects at speed", "Connects", 64, 8 * MIB)
flood("8,000 slow heads", "SlowHeads", 8000, 8000 * 12 * KIB)
flood("1,000 receivers that do not read", "NonReaders", 1000, 1000 * 640 * KIB, queue=True)
flood("8,000 long polls", "Polls", 8000, 8000 * 12 * KIB, queue=True)


class Failure(Exception):
    pass


def rss_bytes(pid):
    for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS"):
            return int(line.split()[1]) * 1024
    raise Failure("the server has ended")


def call(server, operation, **members):
    asked = urllib.request.Request(server.url, json.dumps(members).encode(), {
        "Content-Type": "application/x-amz-json-1.0", "X-Amz-Target": f"AmazonSQS.{operation}"})
    with urllib.request.urlopen(asked, timeout=30) as answer:
        return json.loads(answer.read() or b"{}")


def is_alive(url):
    with urllib.request.urlopen(url + "/livez", timeout=10) as answer:
        if answer.status != 200:
            raise Failure(f"{url}/livez says {answer.status}")


def good_client(server, seconds=SECONDS):
    """(requests a second, p99 in ms) of sends on 16 connections in a closed loop."""
    command = [binary("leat-bench"), "run", "--endpoint", server.url, "--connections", "16", "--seconds", str(seconds),
               "--warmup", "0.3", "--no-check", "--no-progress", "--json", "-", "send"]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=120, check=False)
    if done.returncode != 0:
        raise Failure(f"the good client ended with {done.returncode}: {done.stderr.strip()[-400:]}")
    got = json.loads(done.stdout.splitlines()[0])
    faults = {name: count for name, count in got["faults"].items() if count}
    if faults:
        raise Failure(f"requests of the good client failed: {faults} {got['first_fault']}")
    return got["requests_per_second"], got["latency"]["send"]["p99_ns"] / 1e6


@contextlib.contextmanager
def flooder(server, kind, count, queue_url):
    command = [sys.executable, "-B", str(HERE / "flooders.py"), kind, str(server.port), str(count),
               str(FLOOD_SECONDS_MAX), queue_url]
    outcome = {}
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        line = process.stdout.readline()
        if line.strip() != "ready":
            raise Failure(f"the flooder did not get ready: {line.strip()}")
        yield outcome
        process.stdin.close()
        outcome.update(json.loads(process.stdout.readline() or "{}"))
    finally:
        process.kill()
        process.wait()


def fill(server, what):
    """The URL of a queue for the flooder; with messages where it receives some."""
    url = call(server, "CreateQueue", QueueName="flooded")["QueueUrl"]
    if what == "NonReaders":
        for _ in range(20):
            call(server, "SendMessage", QueueUrl=url, MessageBody="x" * 25000)
    return url


def measure(row):
    """Rounds of one flood: a dict of figures."""
    alone, beside, figures = [], [], {}
    with Server(durability="memory", **row["options"]) as server:
        queue_url = fill(server, row["kind"]) if row["queue"] else ""
        good_client(server, 0.5)
        before = rss_bytes(server.process.pid)
        peak = before
        for turn in range(ROUNDS):
            with flooder(server, row["kind"], row["count"], queue_url) as outcome:
                if turn == 0:
                    end = time.monotonic() + 1.5
                    while time.monotonic() < end:
                        peak = max(peak, rss_bytes(server.process.pid))
                        time.sleep(0.05)
                is_alive(server.url)
                is_alive(server.admin_url)
                beside.append(good_client(server))
            figures["flooder"] = outcome
            alone.append(good_client(server))
        if server.process.poll() is not None:
            raise Failure("the server has ended")
    figures.update(alone=statistics.median(rate for rate, _ in alone),
                   beside=statistics.median(rate for rate, _ in beside),
                   p99_ms=statistics.median(p99 for _, p99 in beside), grown=peak - before)
    figures["share"] = statistics.median(b[0] / a[0] for a, b in zip(alone, beside))
    return figures


def judge(row, got):
    """What is wrong, in words; empty: nothing."""
    wrong = []
    if got["share"] < SHARE_MIN:
        wrong.append(f"it keeps {got['share']:.2f} of its rate, not {SHARE_MIN}")
    if got["p99_ms"] > P99_MAX_MS:
        wrong.append(f"its p99 is {got['p99_ms']:.0f} ms, not {P99_MAX_MS}")
    if got["grown"] > row["rss_bytes"] + NOISE_BYTES:
        wrong.append(f"the server grew by {got['grown'] / MIB:.0f} MiB, not "
                     f"{(row['rss_bytes'] + NOISE_BYTES) / MIB:.0f}")
    return wrong


def show(got):
    print(f"# alone {got['alone']:.0f}/s, beside {got['beside']:.0f}/s, share {got['share']:.2f}, "
          f"p99 {got['p99_ms']:.1f} ms, memory +{got['grown'] / MIB:.0f} MiB, flooder {json.dumps(got['flooder'])}",
          flush=True)


def attempt(row):
    try:
        got = measure(row)
    except (Failure, OSError, subprocess.SubprocessError) as problem:
        return [str(problem)]
    show(got)
    return judge(row, got)


def report(claim, trial):
    for is_last in (False, True):
        wrong = trial()
        if not wrong:
            print(f"ok - floods: {claim}", flush=True)
            return 0
        for line in wrong:
            print(f"# {line}", flush=True)
        if not is_last:
            print("# once more", flush=True)
    print(f"not ok - floods: {claim}", flush=True)
    return 1


# ---- receivers that never read ----

def descriptors_count(server):
    return len(os.listdir(f"/proc/{server.process.pid}/fd"))


def cut_stuck():
    """Receivers that do not read their answers are cut within a minute. The kernel does not tell them: the server's
    descriptors show it."""
    with Server(durability="memory") as server:
        url = fill(server, "NonReaders")
        before = descriptors_count(server)
        with flooder(server, "NonReaders", 200, url):
            held = left = descriptors_count(server) - before
            deadline = time.monotonic() + 60
            while left > 10 and time.monotonic() < deadline:
                time.sleep(0.5)
                left = descriptors_count(server) - before
                held = max(held, left)
            is_alive(server.url)
    print(f"# {held} connections were held, {left} after {60 - (deadline - time.monotonic()):.0f} s", flush=True)
    return [] if held >= 190 and left <= 10 else [f"of {held} connections {left} were held for 60 s"]


# ---- queues that are large ----

def fill_large(server, name, count):
    url = call(server, "CreateQueue", QueueName=name)["QueueUrl"]
    subprocess.run([binary("leat-bench"), "run", "--endpoint", server.url, "--connections", "8", "--batch", "10", "--size",
                    "100", "--requests", str(count // 10), "--keep-queues", "--no-check", "--no-progress", "--names",
                    name.rsplit("-", 1)[0], "send"], stdin=subprocess.DEVNULL, capture_output=True, timeout=300, check=True)
    return url


def purge_large():
    """Purging and deleting queues of half a million messages while the good client works."""
    count = 500000
    with Server(durability="memory") as server:
        urls = [fill_large(server, f"large{i}-0", count) for i in range(2)]
        good_client(server, 0.5)
        alone = good_client(server)
        process = subprocess.Popen([sys.executable, "-c", (
            "import json, sys, time, urllib.request\n"
            "for operation, url in (('PurgeQueue', sys.argv[2]), ('DeleteQueue', sys.argv[3])):\n"
            "    time.sleep(0.7)\n"
            "    urllib.request.urlopen(urllib.request.Request(sys.argv[1], json.dumps({'QueueUrl': url}).encode(), {"
            "'Content-Type': 'application/x-amz-json-1.0', 'X-Amz-Target': 'AmazonSQS.' + operation}))\n"),
            server.url, *urls], stdin=subprocess.DEVNULL)
        beside = good_client(server, 2)
        if process.wait(60) != 0:
            return ["the purge or the deletion failed"]
    got = {"alone": alone[0], "beside": beside[0], "share": beside[0] / alone[0], "p99_ms": beside[1], "grown": 0,
           "flooder": {"messages": 2 * count}}
    show(got)
    return judge({"rss_bytes": 0}, got)


def main():
    pattern = sys.argv[1] if len(sys.argv) > 1 else ""
    failed = 0
    for row in floods:
        if pattern in row["claim"]:
            failed += report(row["claim"], lambda row=row: attempt(row))
    claim = "a purge and a deletion of 500,000 messages"
    if pattern in claim:
        failed += report(claim, purge_large)
    claim = "receivers that do not read are cut within 60 s"
    if pattern in claim:
        failed += report(claim, cut_stuck)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())

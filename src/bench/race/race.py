#!/usr/bin/env python3
"""Races leatd against other SQS-compatible servers on this machine and prints ratios. See doc/benchmarks.md."""
import argparse
import json
import os
import pathlib
import platform
import shutil
import signal
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
sys.dont_write_bytecode = True

import load  # noqa: E402
import peers as peers_module  # noqa: E402
import report  # noqa: E402
from contenders import Failed, Leat, Process  # noqa: E402

SETTLE_S = 0.3          # before memory is read
RUN_OVERHEAD_S = 0.15   # of one run of leat-bench: queues made and deleted
FIRST_ROUND_S = 25      # what the first round of a mode takes besides: messages received and checked
LATENCY_SHARE = 1.6     # latencies are measured longer than rates
START_S = {"elasticmq": 3, "localstack": 2, "moto": 1}
HICCUP_S = 0.5
MODES = {"apart": "server on processor 0, client on processor 1", "sharing": "server and client share both"}


def cpus_of(mode):
    """Processors of the server and of the client; empty: any."""
    if (os.cpu_count() or 1) < 2:
        return set(), set()
    return ({0}, {1}) if mode == "apart" else ({0, 1}, {0, 1})


def measure_hiccups():
    """The share of a spinning thread's time that it does not get, in gaps above 1 ms."""
    begin = last = time.monotonic()
    lost = 0.0
    while last < begin + HICCUP_S:
        now = time.monotonic()
        if now - last > 0.001:
            lost += now - last
        last = now
    return lost / (last - begin)


def say(text):
    print(text, file=sys.stderr, flush=True)


class Race:
    def __init__(self, options):
        self.options = options
        self.place = None
        self.starts = 0
        self.running = []
        self.skipped = {}
        self.hiccups = []
        self.figures = {}   # mode -> contender -> operation -> [Figure a round]
        self.loaded = {}    # mode -> peer -> contender -> [Figure a round]
        self.processes = {}

    def enter(self):
        """Who takes part. A peer that cannot be installed is skipped, with its reason."""
        options = self.options
        known, own = peers_module.all_peers(options.leatd)
        self.leats = [Leat(options.leatd, "leat", "leat", []),
                      Leat(options.leatd, "leat-memory", "leat, memory", ["--durability", "memory"])]
        self.peers = []
        for key in options.peers or list(known):
            peer = own if key == own.key else known[key]
            try:
                peer.prepare(options.cache, not options.no_install)
                self.peers.append(peer)
            except Failed as problem:
                self.skip(peer, str(problem))

    def skip(self, contender, reason):
        say(f"{contender.title} is skipped: {reason}")
        self.skipped[contender.key] = {"title": contender.title, "reason": reason}
        self.peers = [peer for peer in self.peers if peer.key != contender.key]

    @property
    def contenders(self):
        return self.leats + self.peers

    def start(self, contender, mode):
        self.starts += 1
        process = Process(contender, self.place / f"{self.starts}-{contender.key}", cpus_of(mode)[0])
        self.running.append(process)
        return process.start()

    def stop(self, process):
        process.stop()
        self.running.remove(process)
        shutil.rmtree(process.place, ignore_errors=True)

    def stop_last(self, contender):
        """Whatever was started last, if it is this one's."""
        if self.running and self.running[-1].contender is contender:
            self.stop(self.running[-1])

    def stop_all(self):
        for process in list(self.running):
            process.stop()
        self.running = []

    def tell(self, mode, contender, key, figure, seconds):
        if self.options.verbose:
            wrong = ", ".join(f"{count} {name}" for name, count in figure.wrong.items())
            say(f"  {seconds:5.1f} s  {mode} {contender.key} {key}: {report.number(figure.value)} {wrong} {figure.first}")

    def take(self, mode, contender, key, figure):
        self.figures.setdefault(mode, {}).setdefault(contender.key, {}).setdefault(key, []).append(figure)
        return figure

    def seconds_of(self, operation):
        return self.options.seconds * (LATENCY_SHARE if operation.kind == "latency" else 1)

    def fill_for(self, contender, mode):
        """Messages for receive + delete: a little more than were received and deleted in the best round before, and at
        first by what was sent. A run that takes them all ends early; deep queues would slow some servers down."""
        found = self.figures[mode].get(contender.key, {})

        def best(key):
            return max((figure.value or 0 for figure in found.get(key, [])), default=0)
        rate = 1.3 * best("receive-delete") or 0.7 * best("send")
        return max(100, int(rate * self.options.seconds))

    def estimate_s(self):
        """How long the whole race takes, roughly: from the numbers of runs and what they cost on an idle machine."""
        options = self.options
        keys = [peer.key for peer in self.peers]
        rated = [operation for operation in load.OPERATIONS if operation.key in options.only]
        runs = sum(self.seconds_of(operation) * (1 + load.WARMUP_SHARE) + RUN_OVERHEAD_S for operation in rated)
        runs *= len(self.contenders)
        if "loaded" in options.only:
            runs += 3 * len(keys) * (self.seconds_of(load.LOADED) * (1 + load.WARMUP_SHARE) + RUN_OVERHEAD_S)
        starts = sum(START_S.get(key, 0.1) for key in keys) + 0.2
        warm = sum(contender.warmup_s + 1 for contender in self.contenders)
        fresh = once = 0
        if "memory" in options.only:
            fresh = starts + (SETTLE_S + 0.5) * len(self.contenders)
            once = load.QUEUED_FIRST_S * len(keys)
        modes = len(options.modes)
        return modes * (starts + warm + FIRST_ROUND_S) + options.rounds * (modes * runs + fresh) + once + modes * options.rounds * HICCUP_S

    def measure_queued(self, generator, process, idle, number):
        """Memory by message, or None: the server was too slow in an earlier round."""
        earlier = self.figures.get(self.options.modes[0], {}).get(process.contender.key, {}).get("queued", [])
        if any(figure.wrong for figure in earlier):
            return None
        limit_s = load.QUEUED_LATER_S if number > 0 else load.QUEUED_FIRST_S
        wanted = self.options.queued
        sent = generator.queue_up(process, wanted, limit_s)
        grown = max(process.rss_bytes() - idle, 0)
        if sent < wanted * load.QUEUED_SHARE:
            return load.Figure(None, {"few": 1}, f"only {sent} messages fitted into {limit_s} s")
        if sent >= load.QUEUED:
            return load.Figure(grown / 2**20)
        return load.Figure(grown / sent * load.QUEUED / 2**20, {"scaled": 1}, f"from {sent} messages")

    def measure_fresh(self, mode, contender, number):
        """A start of its own: time to the first call, memory idle and with messages queued."""
        generator = load.Generator(self.options.leat_bench, cpus_of(mode)[1], self.place)
        began = time.monotonic()
        try:
            process = self.start(contender, mode)
            time.sleep(SETTLE_S)
            idle = process.rss_bytes()
            values = {"start": load.Figure(process.start_ms), "idle": load.Figure(idle / 2**20),
                      "queued": self.measure_queued(generator, process, idle, number)}
        except Failed as problem:
            values = {key: load.Figure(None, {"failed": 1}, str(problem)) for key in ("start", "idle", "queued")}
        finally:
            self.stop_last(contender)
        for key, figure in values.items():
            if figure is not None:
                self.tell(mode, contender, key, figure, time.monotonic() - began)
                self.take(mode, contender, key, figure)

    def measure_operation(self, mode, generator, operation, order, number):
        for contender in order:
            process = self.processes[contender.key]
            extra = []
            if operation.key == "receive-delete":
                extra = ["--fill", str(self.fill_for(contender, mode))]
            began = time.monotonic()
            process.resume()
            figure = generator.measure(process, operation, self.seconds_of(operation), extra, number == 0)
            process.pause()
            self.take(mode, contender, operation.key, figure)
            self.tell(mode, contender, operation.key, figure, time.monotonic() - began)

    def measure_loaded(self, mode, generator, number):
        """Each peer and ours at 70 % of what the weaker of the two can send."""
        for peer in self.peers:
            rates = [self.figures[mode].get(key, {}).get("send", [load.Figure()])[-1].value
                     for key in (peer.key, "leat")]
            for contender in (peer, *self.leats):
                began = time.monotonic()
                if None in rates:
                    figure = load.Figure(None, {"failed": 1}, "its rate is unknown")
                else:
                    process = self.processes[contender.key]
                    process.resume()
                    figure = generator.measure(process, load.LOADED, self.seconds_of(load.LOADED),
                                               ["--rate", f"{load.SHARE * min(rates):.1f}"], number == 0)
                    process.pause()
                self.loaded.setdefault(mode, {}).setdefault(peer.key, {}).setdefault(contender.key, []).append(figure)
                self.tell(mode, contender, "loaded", figure, time.monotonic() - began)

    def open_mode(self, mode, generator):
        """Servers for all rounds of the mode, warmed up; each is paused while it is not its turn."""
        self.processes = {}
        for contender in self.contenders:
            try:
                process = self.start(contender, mode)
                rate = generator.warm_up(process, min(1, self.options.seconds / 0.5))
                self.tell(mode, contender, "warm-up", load.Figure(rate), process.start_ms / 1000)
            except Failed as problem:
                if contender.is_leat:
                    raise
                self.stop_last(contender)
                self.skip(contender, str(problem))
                continue
            process.pause()
            self.processes[contender.key] = process

    def run_round(self, mode, generator, number):
        order = self.contenders
        turn = number % len(order)
        order = order[turn:] + order[:turn]
        if "memory" in self.options.only and mode == self.options.modes[0]:
            for contender in order:
                self.measure_fresh(mode, contender, number)
        for operation in load.OPERATIONS:
            if operation.key in self.options.only:
                self.measure_operation(mode, generator, operation, order, number)
        if "loaded" in self.options.only:
            self.measure_loaded(mode, generator, number)

    def run_mode(self, mode):
        generator = load.Generator(self.options.leat_bench, cpus_of(mode)[1], self.place)
        self.open_mode(mode, generator)
        for number in range(self.options.rounds):
            began = time.monotonic()
            self.run_round(mode, generator, number)
            self.hiccups.append(measure_hiccups())  # all servers are paused
            say(f"{mode}: round {number + 1} of {self.options.rounds} in {time.monotonic() - began:.0f} s")
        for process in list(self.processes.values()):
            self.stop(process)

    def run(self):
        self.hiccups.append(measure_hiccups())
        for mode in self.options.modes:
            self.run_mode(mode)

    def as_json(self):
        def series(figures):
            return [figure.as_json() for figure in figures]
        return {
            "machine": {"system": platform.platform(), "processors": os.cpu_count()},
            "rounds": self.options.rounds, "seconds": self.options.seconds, "hiccups": self.hiccups,
            "modes": {mode: MODES[mode] for mode in self.options.modes},
            "contenders": [{"key": c.key, "title": c.title, "is_leat": c.is_leat} for c in self.contenders],
            "skipped": self.skipped,
            "figures": {mode: {who: {key: series(list_) for key, list_ in keys.items()} for who, keys in whos.items()}
                        for mode, whos in self.figures.items()},
            "loaded": {mode: {peer: {who: series(list_) for who, list_ in whos.items()} for peer, whos in found.items()}
                       for mode, found in self.loaded.items()},
        }


def parse_options():
    root = pathlib.Path(__file__).resolve().parents[3]
    known, own = peers_module.all_peers("")
    keys = [operation.key for operation in load.OPERATIONS] + ["loaded", "memory"]

    def names(allowed):
        def parse(text):
            found = text.split(",")
            wrong = [name for name in found if name not in allowed]
            if wrong:
                raise argparse.ArgumentTypeError(f"{wrong[0]!r}: none of {', '.join(allowed)}")
            return found
        return parse

    parser = argparse.ArgumentParser(prog="./dev bench race", description=__doc__)
    parser.add_argument("--rounds", type=int, default=5, help="paired rounds; ratios are medians over them [5]")
    parser.add_argument("--seconds", type=float, default=0.5, help="measured in a run; latencies take 1.6 times this [0.5]")
    parser.add_argument("--queued", type=int, default=load.QUEUED, help="messages for the memory of a queue [%(default)s]")
    parser.add_argument("--quick", action="store_true", help="one round of 0.2 s, 10,000 messages: a look, no verdict")
    parser.add_argument("--peers", type=names([*known, own.key]), help=f"of {','.join(known)} [all]")
    parser.add_argument("--only", type=names(keys), default=keys, help=f"of {','.join(keys)} [all]")
    parser.add_argument("--modes", type=names(list(MODES)), default=list(MODES), help=f"of {','.join(MODES)} [both]")
    parser.add_argument("--json", metavar="FILE", help="every figure of every round")
    parser.add_argument("--markdown", metavar="FILE", help="the tables, to paste into a page")
    parser.add_argument("--cache", default=peers_module.default_cache(), help="where peers are installed [%(default)s]")
    parser.add_argument("--install", action="store_true", help="install the peers, race nobody")
    parser.add_argument("--no-install", action="store_true", help="only peers that are installed already")
    parser.add_argument("--verbose", action="store_true", help="a line for each run")
    parser.add_argument("--leatd", default=str(root / "build/leatd"), help="[build/leatd]")
    parser.add_argument("--leat-bench", default=str(root / "build/leat-bench"), help="[build/leat-bench]")
    options = parser.parse_args()
    if options.quick:
        options.rounds, options.seconds, options.queued = 1, 0.2, load.QUEUED // 10
    if options.rounds < 1 or options.seconds <= 0 or options.queued < 10:
        parser.error("at least one round of some time and ten messages")
    for name in ("leatd", "leat_bench"):
        path = os.path.abspath(getattr(options, name))
        setattr(options, name, path)
        if not os.access(path, os.X_OK):
            parser.error(f"{path} is not there: build first")
    return options


def write(path, text):
    if path == "-":
        print(text)
    else:
        pathlib.Path(path).write_text(text + "\n")


def main():
    options = parse_options()

    def interrupt(number, frame):
        raise KeyboardInterrupt
    signal.signal(signal.SIGTERM, interrupt)
    race, status = Race(options), 0
    try:
        race.enter()
        if options.install:
            return 1 if race.skipped else 0
        # Beside the program, not in a directory that may be memory: durable has to mean the disk.
        race.place = pathlib.Path(tempfile.mkdtemp(prefix="race-", dir=os.path.dirname(options.leatd)))
        say(f"{len(race.contenders)} servers, {options.rounds} rounds, about {race.estimate_s() / 60:.1f} minutes")
        race.run()
    except KeyboardInterrupt:
        say("interrupted: what was measured until now")
        status = 130
    except Failed as problem:
        say(f"race: {problem}")
        return 1
    finally:
        race.stop_all()
        if race.place is not None:
            shutil.rmtree(race.place, ignore_errors=True)
    if not race.figures:
        return status
    outcome = race.as_json()
    print(report.text(outcome))
    if options.json:
        write(options.json, json.dumps(outcome, indent=1))
    if options.markdown:
        write(options.markdown, report.markdown(outcome))
    return status


if __name__ == "__main__":
    sys.exit(main())

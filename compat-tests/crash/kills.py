#!/usr/bin/env python3
"""Kills a server under load, again and again, and checks what its clients were told.

    kills.py [--kills N] [--seed SEED] [--sdk N] [--durability LEVEL] [--power] [--keep]

Between two ends the clients work for 20 to 800 ms; one end in six is a SIGTERM. Every 20 ends the clients rest: counts
are compared, everything is received and deleted, the history is checked. The seed is printed; with a violation the
history and the data directory are kept and named."""
import argparse
import contextlib
import pathlib
import random
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "lib"))

import checker  # noqa: E402
import faults  # noqa: E402
import history  # noqa: E402
import load as loads  # noqa: E402
from server import Server  # noqa: E402

REST_EVERY = 20
VIOLATIONS_SHOWN = 12


class Violated(AssertionError):
    """The text says what, the seed, and where history and data directory are."""


def end(server, how, records, chance):
    """Ends the server (kill, power or stop) and starts it again."""
    at = time.monotonic()
    status = server.process.poll()
    if status is not None:
        raise Violated(f"it ended by itself with {status}:\n{server.log_tail(10)}")
    if how == "kill":
        server.kill()
    elif how == "power":
        server.cut_power(chance)
    else:
        status = server.stop()
        if status != 0:
            raise Violated(f"SIGTERM: it ended with {status}:\n{server.log_tail(10)}")
    server.start(ready_seconds=60)
    records.add(op="crash", how="stop" if how == "stop" else "kill", at=at)


def judge(records, missing):
    violations = checker.check(records.records) + missing
    if violations:
        raise Violated("\n".join([f"{len(violations)} violations"] + violations[:VIOLATIONS_SHOWN]))


@contextlib.contextmanager
def keeping(server, records, seed):
    """What fails inside says the seed, and where the history and the data directory are kept."""
    try:
        yield
    except Exception as problem:  # pylint: disable=broad-except
        server.kill()
        records.save(server.home / "history.jsonl")
        server.is_kept = True
        raise Violated(f"{problem}\nseed {seed}, history and data are kept in {server.home}") from problem


def loop(server, seed, kills, sdk=0, how="kill", say=lambda text: None):
    """Returns a line about what was done. The server is the caller's; for how="power" a faults.FaultyServer."""
    chance = random.Random(seed)
    load = loads.Load(server, seed, plain=(5 - min(sdk, 3), 5 - min(sdk, 3)), sdk=(sdk, sdk))
    done = {how: 0, "stop": 0}
    told = 0

    def line():
        name = "kills" if how == "kill" else "power cuts"
        return f"{done[how]} {name}, {done['stop']} stops, {told} messages acknowledged, seed {seed}"

    with keeping(server, load.history, seed):
        server.start()
        load.create_queues()
        while done[how] < kills:
            spell(server, load, chance, kills, how, done)
            told += sum(record["op"] == "send" and record["outcome"] == "ok" for record in load.history.records)
            say("all is well after " + line())
    return line()


def spell(server, load, chance, kills, how, done):
    """Load, ends and starts; then rest, drain and judgement."""
    load.history.records[:] = [record for record in load.history.records if record["op"] == "queue"]
    load.start()
    try:
        for _ in range(REST_EVERY):
            time.sleep(chance.uniform(0.02, 0.8))
            mine = "stop" if chance.random() < 1 / 6 else how
            end(server, mine, load.history, chance)
            done[mine] += 1
            if done[how] >= kills:
                break
    finally:
        load.stop()
    loads.rest(load, done[how])
    missing = loads.drain(load)
    judge(load.history, missing)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(1 << 32))
    parser.add_argument("--sdk", type=int, default=0, help="so many producers and consumers are boto3")
    parser.add_argument("--durability", default="sync")
    parser.add_argument("--power", action="store_true", help="power cuts: what was not synced is lost, too")
    parser.add_argument("--keep", action="store_true", help="keep the data directory and the history")
    arguments = parser.parse_args()
    print(f"seed {arguments.seed}", flush=True)
    server = faults.cuttable(durability=arguments.durability) if arguments.power else Server(
        durability=arguments.durability)
    server.is_kept = arguments.keep
    try:
        loop(server, arguments.seed, arguments.kills, arguments.sdk, "power" if arguments.power else "kill",
             lambda text: print(text, flush=True))
        return 0
    except Violated as violated:
        print(violated)
        return 1
    finally:
        server.remove()
        faults.close()


if __name__ == "__main__":
    sys.exit(main())

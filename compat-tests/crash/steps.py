#!/usr/bin/env python3
"""Steps the machine's wall clock under load, back and forth, and checks what the server's clients were told.

    steps.py [--steps N] [--seed SEED] [--kills] [--keep]

By a second, an hour, a day; to the year 2038 and beyond; and back. With --kills the server is killed after one step in
three, so that it starts with another time of day than it ended with. No step may move a deadline or end a connection."""
import argparse
import mmap
import os
import pathlib
import random
import struct
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "lib"))

import faults  # noqa: E402
import kills  # noqa: E402
import load as loads  # noqa: E402
from server import Server  # noqa: E402

SECOND, HOUR, DAY = 1000, 3600 * 1000, 24 * 3600 * 1000
REST_EVERY = 25


class SteppedServer(Server):
    """A server whose wall clock is wrong by `wrong_ms`."""

    def __init__(self, **options):
        super().__init__(**options)
        path = self.home / "steps"
        path.write_bytes(bytes(4096))
        with open(path, "r+b") as file:
            self.map = mmap.mmap(file.fileno(), 4096)
        self.environment = {"LD_PRELOAD": faults.shim("steps"), "LEAT_STEPS": str(path),
                            "ASAN_OPTIONS": os.environ.get("ASAN_OPTIONS", "") + ":verify_asan_link_order=0"}

    @property
    def wrong_ms(self):
        return struct.unpack_from("<q", self.map)[0]

    @wrong_ms.setter
    def wrong_ms(self, value):
        struct.pack_into("<q", self.map, 0, value)


def next_wrong(wrong, chance):
    to_2038 = ((1 << 31) - 5) * 1000 - int(time.time() * 1000)
    return chance.choice([wrong + SECOND, wrong - SECOND, wrong + HOUR, wrong - HOUR, wrong + DAY, wrong - DAY, to_2038,
                          to_2038 + 10 * DAY, 0, 0])


def loop(server, seed, steps, with_kills=False, say=lambda text: None):
    """Returns a line about what was done. The server is the caller's."""
    chance = random.Random(seed)
    load = loads.Load(server, seed)
    done, killed, told = 0, 0, 0
    with kills.keeping(server, load.history, seed):
        server.start()
        load.create_queues()
        while done < steps:
            load.history.records[:] = [record for record in load.history.records if record["op"] == "queue"]
            load.start()
            try:
                for _ in range(min(REST_EVERY, steps - done)):
                    time.sleep(chance.uniform(0.05, 0.4))
                    server.wrong_ms = next_wrong(server.wrong_ms, chance)
                    done += 1
                    if with_kills and chance.random() < 1 / 3:
                        kills.end(server, "kill", load.history, chance)
                        killed += 1
            finally:
                load.stop()
            loads.rest(load, done)
            missing = loads.drain(load)
            cut = sum(record.get("outcome") == "unknown" for record in load.history.records)
            if cut and not with_kills:
                missing.append(f"{cut} calls lost their connections")
            kills.judge(load.history, missing)
            told += sum(record["op"] == "send" and record["outcome"] == "ok" for record in load.history.records)
            say(f"all is well after {done} steps")
    return f"{done} steps of the clock, {killed} kills, {told} messages acknowledged, seed {seed}"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--steps", type=int, default=200)
    parser.add_argument("--kills", action="store_true")
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(1 << 32))
    parser.add_argument("--keep", action="store_true", help="keep the data directory and the history")
    arguments = parser.parse_args()
    print(f"seed {arguments.seed}", flush=True)
    server = SteppedServer()
    server.is_kept = arguments.keep
    try:
        print(loop(server, arguments.seed, arguments.steps, arguments.kills, lambda text: print(text, flush=True)))
        return 0
    except kills.Violated as violated:
        print(violated)
        return 1
    finally:
        server.remove()
        faults.close()


if __name__ == "__main__":
    sys.exit(main())

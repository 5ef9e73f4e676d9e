"""Kills under load, in short. The long form is kills.py."""
import contextlib
import os
import random

from base import Server, case, check
import checker_test
import faults
import kills
import load as loads

SEED = int(os.environ.get("LEAT_SEED") or random.SystemRandom().randrange(1 << 32))


@contextlib.contextmanager
def prepared():
    """A server that the loop starts."""
    server = Server()
    try:
        yield server
    finally:
        server.remove()


@case("checkers: they find what is planted in histories")
def _():
    problems = list(checker_test.failures())
    check(not problems, "\n".join(problems))


@case("kill: -9 under load loses, repeats and reorders nothing")
def _():
    with prepared() as server:
        print("# " + kills.loop(server, SEED, 5), flush=True)


@case("kill: -9 under boto3, which repeats by itself")
def _():
    with prepared() as server:
        print("# " + kills.loop(server, SEED + 1, 2, sdk=3), flush=True)


@case("kill: a power cut takes nothing that was acknowledged")
def _():
    chance = random.Random(SEED + 2)
    server = faults.FaultyServer(watched="/log-")
    server["undo"] = 1
    server["slow_sync"] = 5000  # more is in doubt at any instant
    load = loads.Load(server, SEED + 2, plain=(4, 4))
    doubtful = 0
    try:
        with kills.keeping(server, load.history, SEED + 2):
            server.start()
            load.create_queues()
            load.start()
            try:
                for _ in range(4):
                    doubtful += kills.cut(server, chance, load.history)
            finally:
                load.stop()
            kills.judge(load.history, loads.drain(load))
    finally:
        server.remove()
    print(f"# {doubtful} writes were in doubt; seed {SEED + 2}", flush=True)

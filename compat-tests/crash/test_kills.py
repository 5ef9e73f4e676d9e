"""Kills under load, in short. The long form is kills.py."""
import contextlib
import os
import random

from base import Server, case, check
import checker_test
import faults
import kills

SEED = int(os.environ.get("LEAT_SEED") or random.SystemRandom().randrange(1 << 32))


@contextlib.contextmanager
def prepared(server):
    """A server that the loop starts."""
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
    with prepared(Server()) as server:
        print("# " + kills.loop(server, SEED, 5), flush=True)


@case("kill: -9 under boto3, which repeats by itself")
def _():
    with prepared(Server()) as server:
        print("# " + kills.loop(server, SEED + 1, 2, sdk=3), flush=True)


@case("kill: a power cut takes nothing that was acknowledged")
def _():
    with prepared(faults.cuttable()) as server:
        done = kills.loop(server, SEED + 2, 4, how="power")
        print(f"# {done}; {server.in_doubt} writes were in doubt", flush=True)

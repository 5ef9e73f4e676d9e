"""Consumers that fail and clocks that step, in short. The long forms are poison.py and steps.py."""
import os
import random

from base import Server, case
import poison
import steps

SEED = int(os.environ.get("LEAT_SEED") or random.SystemRandom().randrange(1 << 32))


@case("poison: dead letters, late deletes and old handles leave exactly what they should")
def _():
    with Server(workers=2) as server:
        print("# " + poison.run(server, SEED, 200), flush=True)


@case("poison: also when the server is killed meanwhile")
def _():
    with Server(workers=2) as server:
        print("# " + poison.run(server, SEED + 1, 200, kills=2), flush=True)


@case("steps: of the wall clock move no deadline and end no connection")
def _():
    server = steps.SteppedServer()
    try:
        print("# " + steps.loop(server, SEED, 12), flush=True)
    finally:
        server.remove()


@case("steps: nor do they when the server is killed and started between them")
def _():
    server = steps.SteppedServer()
    try:
        print("# " + steps.loop(server, SEED + 1, 12, with_kills=True), flush=True)
    finally:
        server.remove()

"""Starts that the machine refuses in part: each ends with a clear line and status 1, and nothing else."""
import os
import pathlib
import re
import subprocess
import tempfile

from harness import Server, case, check, create, equal
from redis_server import Redis

DESCRIPTORS_MIN, DESCRIPTORS_MAX = 8, 120  # below it the dynamic loader fails


class LimitedServer(Server):
    """One that finds a limit of descriptors at its start."""
    descriptors = None

    def command(self):
        command = super().command()
        if self.descriptors is None:
            return command
        return ["prlimit", f"--nofile={self.descriptors}:{self.descriptors}", *command]

    def is_ready(self):
        """Descriptors for connections are more than a start needs, so nobody connects."""
        return " serves on " in self.log_tail()


def shim(folder):
    """Path of refuse.so in the folder."""
    target = f"{folder}/refuse.so"
    source = pathlib.Path(__file__).resolve().parents[1] / "lib" / "refuse.c"
    subprocess.run([os.environ.get("CC", "cc").split()[-1], "-shared", "-fPIC", "-O2", "-o", target, str(source),
                    "-ldl", "-lpthread"], check=True, capture_output=True, timeout=120)
    return target


def is_refused(server, lines_max, *details):
    """Starts it. False: it serves all the same."""
    try:
        server.start()
    except RuntimeError as problem:
        check("ended with 1 while" in str(problem), *details, problem)
        lines = (server.home / "log").read_text(errors="replace").splitlines()
        errors = [line for line in lines if not re.match(r"\S+ (info|warning) ", line)]
        check(errors and all(" error " in line for line in errors), *details, server.log_tail())
        check(len(errors) <= lines_max, *details, server.log_tail())
        check(re.search(r" error \w+: cannot .+", errors[-1]), *details, errors)
        return True
    return False


def each_thread(durability, **options):
    threads = 1 + 2 + (2 * 2 + 1 if durability == "sync" else 0)  # the catalog's, the workers', the logs'
    refused = 0
    with tempfile.TemporaryDirectory(prefix="leat-shim-") as folder:
        preload = shim(folder)
        for number in range(1, threads + 2):
            server = Server(workers=2, durability=durability, **options)
            server.environment = {"LD_PRELOAD": preload, "LEAT_REFUSED_THREAD": str(number),
                                  "ASAN_OPTIONS": os.environ.get("ASAN_OPTIONS", "") + ":verify_asan_link_order=0"}
            try:
                if is_refused(server, 1, "thread", number):
                    refused += 1
                else:  # a log is opened without a thread of its own then; or there is no n-th thread
                    create(server)
                    equal(server.stop(), 0, number)
            finally:
                server.remove()
    check(refused >= threads - 1, "refused:", refused)


def each_limit(durability, **options):
    refused = 0
    for number in range(DESCRIPTORS_MIN, DESCRIPTORS_MAX):
        server = LimitedServer(workers=2, durability=durability, **options)
        server.descriptors = number
        try:
            if not is_refused(server, 2, "descriptors", number):
                check(refused > 0)
                return
            refused += 1
        finally:
            server.remove()
    raise AssertionError(f"no start with {DESCRIPTORS_MAX} descriptors")


for durability in ("memory", "sync"):
    @case(f"starts: each thread that cannot be started ends it with one line ({durability})")
    def _(durability=durability):
        each_thread(durability)

    @case(f"starts: each thread that cannot be started ends it with one line ({durability}, Redis)")
    def _(durability=durability):
        with Redis() as redis:
            each_thread(durability, metadata=redis.url)

    @case(f"starts: each number of descriptors that is too low ends it with a sentence ({durability})")
    def _(durability=durability):
        each_limit(durability)

    @case(f"starts: each number of descriptors that is too low ends it with a sentence ({durability}, Redis)")
    def _(durability=durability):
        with Redis() as redis:
            each_limit(durability, metadata=redis.url)

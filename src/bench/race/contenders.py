"""Servers that take part: how each is started on 127.0.0.1, watched, paused and ended.

A contender is one server of a race; a process is one start of it. Every process is the leader of a group of its own, is
killed by the kernel when the driver dies, and is ended by the group's number.
"""
import ctypes
import datetime
import hashlib
import hmac
import http.client
import os
import pathlib
import signal
import socket
import subprocess
import time

KEY, SECRET, REGION = "leat-bench", "leat-bench-race", "us-east-1"
PR_SET_PDEATHSIG = 1
INTERRUPTS = {signal.SIGINT, signal.SIGTERM}
START_SECONDS = 60
STOP_SECONDS = 5

libc = ctypes.CDLL(None)


class Failed(Exception):
    """A contender that does not do what it should; the text says what."""


def launch(argv, cpus, **options):
    """A child in a group of its own on these processors (empty: any). No interrupt can come between its start and the
    caller's knowing of it."""
    def prepare():
        libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, INTERRUPTS)
        if cpus:
            os.sched_setaffinity(0, cpus)

    return subprocess.Popen(argv, stdin=subprocess.DEVNULL, start_new_session=True, preexec_fn=prepare, **options)


class Uninterrupted:
    """Interrupts wait until the end of the block."""

    def __enter__(self):
        signal.pthread_sigmask(signal.SIG_BLOCK, INTERRUPTS)

    def __exit__(self, *problem):
        signal.pthread_sigmask(signal.SIG_UNBLOCK, INTERRUPTS)


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def signature_headers(port, target, body):
    """SigV4 for one JSON request to 127.0.0.1:port."""
    now = datetime.datetime.now(datetime.timezone.utc).strftime("%Y%m%dT%H%M%SZ")
    headers = {"content-type": "application/x-amz-json-1.0", "host": f"127.0.0.1:{port}", "x-amz-date": now,
               "x-amz-target": target}
    names = ";".join(headers)
    lines = "".join(f"{name}:{value}\n" for name, value in headers.items())
    request = f"POST\n/\n\n{lines}\n{names}\n{hashlib.sha256(body).hexdigest()}"
    scope = f"{now[:8]}/{REGION}/sqs/aws4_request"
    text = f"AWS4-HMAC-SHA256\n{now}\n{scope}\n{hashlib.sha256(request.encode()).hexdigest()}"
    key = ("AWS4" + SECRET).encode()
    for part in scope.split("/"):
        key = hmac.digest(key, part.encode(), "sha256")
    signed = hmac.new(key, text.encode(), "sha256").hexdigest()
    headers["authorization"] = f"AWS4-HMAC-SHA256 Credential={KEY}/{scope}, SignedHeaders={names}, Signature={signed}"
    return headers


def call_succeeds(port, seconds):
    """Whether ListQueues is answered with 200 now."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=seconds)
    try:
        connection.request("POST", "/", b"{}", signature_headers(port, "AmazonSQS.ListQueues", b"{}"))
        answer = connection.getresponse()
        answer.read()
        return answer.status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


class Contender:
    """name: as tables show it. key: as options name it. is_leat: one of ours.

    command(place, port, workers) gives argv and additions to the environment; `place` is an empty directory of the
    process; workers is the number of processors it may use. Peers have prepare(cache) besides: it installs them below
    that directory and raises Failed with the reason when it cannot.

    connections: how many the generator opens. batch: messages a request where batches are only a means, before and after
    a measurement."""

    key = name = version = ""
    is_leat = False
    connections = 64
    batch = 10
    warmup_s = 1

    def command(self, place, port, workers):
        raise NotImplementedError

    def prepare(self, cache, installs):
        pass

    @property
    def title(self):
        return f"{self.name} {self.version}".strip()


class Leat(Contender):
    is_leat = True

    def __init__(self, leatd, key, name, options):
        self.leatd, self.key, self.name, self.options = leatd, key, name, options

    def command(self, place, port, workers):
        keys = place / "keys"
        keys.write_text(f"[race]\naws_access_key_id = {KEY}\naws_secret_access_key = {SECRET}\n")
        keys.chmod(0o600)
        return [self.leatd, "--listen", f"127.0.0.1:{port}", "--admin", "off", "--data-dir", str(place / "data"),
                "--workers", str(workers), "--auth", "verify", "--credentials", str(keys), *self.options], {}


class Process:
    """One start of a contender, up to its first successful call."""

    def __init__(self, contender, place, cpus):
        self.contender, self.place, self.cpus = contender, pathlib.Path(place), cpus
        self.port = free_port()
        self.process = None
        self.start_ms = None

    def start(self):
        self.place.mkdir(parents=True)
        argv, additions = self.contender.command(self.place, self.port, len(self.cpus) or os.cpu_count() or 1)
        env = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
        env.update(additions)
        with open(self.place / "log", "wb") as log, Uninterrupted():
            began = time.monotonic()
            self.process = launch(argv, self.cpus, stdout=log, stderr=log, env=env, cwd=self.place)
        while not call_succeeds(self.port, STOP_SECONDS):
            if self.process.poll() is not None:
                raise Failed(f"ended with status {self.process.returncode} at its start: {self.log_tail()}")
            if time.monotonic() > began + START_SECONDS:
                self.stop()
                raise Failed(f"no successful call within {START_SECONDS} s: {self.log_tail()}")
            time.sleep(0.001)
        self.start_ms = (time.monotonic() - began) * 1000
        return self

    def log_tail(self):
        lines = (self.place / "log").read_text(errors="replace").strip().splitlines()
        return lines[-1][:200] if lines else "(it said nothing)"

    @property
    def pid(self):
        return self.process.pid

    def is_alive(self):
        return self.process is not None and self.process.poll() is None

    def signal(self, number):
        if self.is_alive():
            try:
                os.killpg(self.pid, number)
            except ProcessLookupError:
                pass

    def pause(self):
        self.signal(signal.SIGSTOP)

    def resume(self):
        self.signal(signal.SIGCONT)

    def stop(self):
        """Asks ours to end; nothing that a peer keeps is of use."""
        if self.process is None:
            return
        self.resume()
        self.signal(signal.SIGTERM if self.contender.is_leat else signal.SIGKILL)
        try:
            self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            pass
        try:
            os.killpg(self.pid, signal.SIGKILL)  # whatever of its group is left
        except ProcessLookupError:
            pass
        self.process.wait()

    def rss_bytes(self):
        """Of the process and everything in its group."""
        total = 0
        for path in pathlib.Path("/proc").glob("[0-9]*/stat"):
            try:
                fields = path.read_text().rpartition(")")[2].split()
            except OSError:
                continue
            if int(fields[2]) == self.pid:
                total += int(fields[21]) * os.sysconf("SC_PAGE_SIZE")
        return total

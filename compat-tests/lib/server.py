"""A leatd of one's own: started on a free loopback port with its own data directory, stopped by SIGTERM."""
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import urllib.error
import urllib.request

ACCOUNT = "000000000000"
REGION = "us-east-1"
KEY = "AKIDCOMPAT0000000000"
SECRET = "compat/secret+key0123456789abcdefghijklm"
OTHER_KEY = "AKIDOTHER00000000000"
OTHER_SECRET = "other/secret+key0123456789abcdefghijklmn"
OTHER_ACCOUNT = "111122223333"
CREDENTIALS = f"""[compat]
aws_access_key_id = {KEY}
aws_secret_access_key = {SECRET}
account_id = {ACCOUNT}

[other]
aws_access_key_id = {OTHER_KEY}
aws_secret_access_key = {OTHER_SECRET}
account_id = {OTHER_ACCOUNT}
"""


def binary(name):
    """Absolute path of leatd or leat: what LEATD or LEAT says (relative to the top of the tree), or build/."""
    top = pathlib.Path(__file__).resolve().parents[2]
    return str((top / (os.environ.get(name.upper()) or f"build/{name}")).resolve())


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Server:
    """leatd as a child process. `options` are further command line options, a dict without the leading dashes."""

    def __init__(self, auth="off", **options):
        self.home = pathlib.Path(tempfile.mkdtemp(prefix="leat-compat-"))
        self.port = free_port()
        self.admin_port = free_port()
        self.auth = auth
        self.options = options
        self.data = self.home / "data"
        self.environment = {}  # on top of ours
        self.process = None
        self.is_kept = False  # True: `remove` leaves the files
        (self.home / "credentials").write_text(CREDENTIALS)
        (self.home / "credentials").chmod(0o600)

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"

    @property
    def admin_url(self):
        return f"http://127.0.0.1:{self.admin_port}"

    @property
    def admin_flags(self):
        """For leat: where the admin listener is, and where its token."""
        return "--admin", f"127.0.0.1:{self.admin_port}", "--data-dir", str(self.data)

    @property
    def admin_headers(self):
        """For requests of one's own to the admin listener."""
        token = (self.data / "admin.token").read_text().strip()
        return {"Authorization": f"Bearer {token}", "X-Leat-Admin": "1"}

    def command(self):
        command = [binary("leatd"), "--listen", f"127.0.0.1:{self.port}", "--admin", f"127.0.0.1:{self.admin_port}",
                   "--data-dir", str(self.data), "--auth", self.auth, "--account", ACCOUNT,
                   "--region", REGION]
        if self.auth != "off":
            command += ["--credentials", str(self.home / "credentials")]
        for name, value in self.options.items():
            command += ["--" + name.replace("_", "-"), str(value)]
        return command

    def start(self, ready_seconds=15):
        with open(self.home / "log", "ab") as log:
            self.process = subprocess.Popen(self.command(), stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                            cwd=self.home, env={**os.environ, **self.environment})
        deadline = time.monotonic() + ready_seconds
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                raise RuntimeError(f"leatd ended with {self.process.returncode} while starting:\n{self.log_tail()}")
            if self.is_ready():
                return self
            time.sleep(0.02)
        raise RuntimeError(f"leatd was not ready after {ready_seconds} s:\n{self.log_tail()}")

    def is_ready(self):
        try:
            with urllib.request.urlopen(self.admin_url + "/readyz", timeout=2) as answer:
                return answer.status == 200
        except (urllib.error.URLError, OSError):
            return False

    def stop(self, seconds=15):
        """SIGTERM, then the exit status; SIGKILL (status -9) when it takes longer than `seconds`."""
        if self.process is None:
            return 0
        self.process.send_signal(signal.SIGTERM)
        try:
            status = self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.process.kill()
            status = self.process.wait()
        self.process = None
        return status

    def kill(self):
        """SIGKILL: what a crash is to the data on disk."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None

    def log_tail(self, lines=40):
        try:
            return "\n".join((self.home / "log").read_text(errors="replace").splitlines()[-lines:])
        except FileNotFoundError:
            return ""

    def remove(self):
        self.kill()
        if not self.is_kept:
            shutil.rmtree(self.home, ignore_errors=True)

    def __enter__(self):
        return self.start() if self.process is None else self

    def __exit__(self, *_):
        self.remove()

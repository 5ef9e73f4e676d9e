"""The peers: SQS-compatible servers of others, installed from their registries at pinned versions.

Each has a folder below peers/ with what pins it. It is installed into a cache directory outside of the sources, again
when that folder changes, with the ordinary tool of its language; no address of a registry is known here.
"""
import hashlib
import os
import pathlib
import shutil
import subprocess
import sys

from contenders import Contender, Failed, Leat

HERE = pathlib.Path(__file__).resolve().parent
INSTALL_SECONDS = 900


def default_cache():
    given = os.environ.get("LEAT_BENCH_PEERS")
    base = os.environ.get("XDG_CACHE_HOME") or os.path.join(os.path.expanduser("~"), ".cache")
    return pathlib.Path(given or os.path.join(base, "leat-bench-peers"))


def find_tool(name, purpose):
    path = shutil.which(name)
    if path is None:
        raise Failed(f"no {name} on this machine, which {purpose}")
    return path


def run_tool(argv, **options):
    try:
        done = subprocess.run([str(word) for word in argv], stdin=subprocess.DEVNULL, capture_output=True, text=True,
                              errors="replace", timeout=INSTALL_SECONDS, **options)
    except subprocess.TimeoutExpired:
        raise Failed(f"{argv[0]} took longer than {INSTALL_SECONDS} s") from None
    if done.returncode != 0:
        lines = [line for line in (done.stdout + done.stderr).splitlines() if line.strip()]
        raise Failed(f"{os.path.basename(str(argv[0]))} failed: {lines[-1][:200] if lines else done.returncode}")


class Peer(Contender):
    def folder(self):
        return HERE / "peers" / self.key

    def stamp(self):
        digest = hashlib.sha256(sys.version.encode())
        for path in sorted(self.folder().iterdir()):
            if path.is_file():
                digest.update(path.name.encode() + b"\0" + path.read_bytes())
        return digest.hexdigest()

    def prepare(self, cache, installs):
        self.home = pathlib.Path(cache).resolve() / self.key
        mark = self.home / "stamp"
        if mark.is_file() and mark.read_text() == self.stamp():
            return
        if not installs:
            raise Failed("not installed, and nothing is to be installed")
        print(f"installing {self.title} into {self.home}", file=sys.stderr, flush=True)
        shutil.rmtree(self.home, ignore_errors=True)
        self.home.mkdir(parents=True)
        self.install()
        mark.write_text(self.stamp())

    def install(self):
        raise NotImplementedError

    def install_venv(self):
        run_tool([sys.executable, "-m", "venv", self.home / "venv"])
        run_tool([self.home / "venv/bin/pip", "-q", "--disable-pip-version-check", "install", "--no-deps", "-r",
                  self.folder() / "requirements.txt"])


class ElasticMq(Peer):
    """As its README starts it, with the options that it names for address and port. The listener for statistics, which
    has a port of its own, is off."""
    key, name, version = "elasticmq", "ElasticMQ", "1.7.1"
    warmup_s = 20  # the virtual machine compiles for about 15 s of processor time

    def install(self):
        find_tool("java", "runs it")
        run_tool([find_tool("mvn", "resolves it"), "-q", "-B", "-f", self.folder() / "pom.xml",
                  "dependency:copy-dependencies", f"-DoutputDirectory={self.home / 'lib'}"])

    def command(self, place, port, workers):
        return ["java", f"-Drest-sqs.bind-port={port}", "-Drest-sqs.bind-hostname=127.0.0.1",
                "-Dgenerate-node-address=true", "-Drest-stats.enabled=false", "-cp", f"{self.home}/lib/*",
                "org.elasticmq.server.Main"], {}


class GoAws(Peer):
    """Its packages with a main function of ours, because its own command listens on all addresses. In JSON, it answers
    batches with members that no client knows, so queues are filled and emptied without them."""
    key, name, version = "goaws", "goaws", "0.5.4"
    batch = 1

    def install(self):
        run_tool([find_tool("go", "builds it"), "build", "-mod=readonly", "-o", self.home / "goaws", "."],
                 cwd=self.folder(), env={**os.environ, "GOFLAGS": "", "GOTOOLCHAIN": "local"})

    def command(self, place, port, workers):
        (place / "goaws.yaml").write_text(f'Local:\n  Host: 127.0.0.1\n  Port: {port}\n  AccountId: "000000000000"\n')
        return [str(self.home / "goaws"), str(place / "goaws.yaml")], {}


class Moto(Peer):
    """One Python thread runs at a time: more connections than this only make it slower."""
    key, name, version = "moto", "moto", "5.2.5"
    connections = 8

    def install(self):
        self.install_venv()

    def command(self, place, port, workers):
        return [str(self.home / "venv/bin/moto_server"), "-H", "127.0.0.1", "-p", str(port)], {}


class LocalStack(Peer):
    """Only the queue service; through a main file of ours, because its own listens on all addresses."""
    key, name, version = "localstack", "LocalStack", "4.7.0"
    connections = 8

    def install(self):
        self.install_venv()

    def command(self, place, port, workers):
        additions = {"GATEWAY_LISTEN": f"127.0.0.1:{port}", "SERVICES": "sqs", "STRICT_SERVICE_LOADING": "1",
                     "EAGER_SERVICE_LOADING": "1", "DISABLE_EVENTS": "1", "DNS_ADDRESS": "0",
                     "SKIP_SSL_CERT_DOWNLOAD": "1", "FILESYSTEM_ROOT": str(place / "root")}
        return [str(self.home / "venv/bin/python"), str(self.folder() / "main.py")], additions


def all_peers(leatd):
    """By key. "leatd" is our own server as its own peer: nobody takes part in a test but it."""
    peers = [ElasticMq(), GoAws(), Moto(), LocalStack()]
    own = Leat(leatd, "leatd", "leatd", ["--durability", "memory"])
    own.is_leat = False
    return {peer.key: peer for peer in peers}, own

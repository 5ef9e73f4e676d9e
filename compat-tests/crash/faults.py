"""Disks that fail, stall, fill up or lose what was not synced: the other side of faults.c, and small file systems."""
import errno
import mmap
import os
import pathlib
import shutil
import struct
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "lib"))

from server import Server  # noqa: E402

FIELDS = ["fail_sync", "fail_write", "error", "hold_sync", "slow_sync", "budget", "used", "undo", "syncs", "writes",
          "sync_failures", "write_failures", "short_write"]
FILTER_BYTES, PATH_BYTES = 128, 512
UNDO = struct.Struct("<qqq400s")  # kind, offset, bytes, path; then the bytes
WRITE, SYNC, RENAME, UNLINK = range(4)

_shims = {}


def shim(name="faults"):
    """Path of the shared object of NAME.c, built once."""
    if name not in _shims:
        folder = tempfile.mkdtemp(prefix="leat-shim-")
        target = f"{folder}/{name}.so"
        source = pathlib.Path(__file__).with_name(f"{name}.c")
        subprocess.run([os.environ.get("CC", "cc").split()[-1], "-shared", "-fPIC", "-O2", "-o", target, str(source),
                        "-ldl"], check=True, capture_output=True, timeout=120)
        _shims[name] = target
    return _shims[name]


def close():
    for target in _shims.values():
        shutil.rmtree(os.path.dirname(target), ignore_errors=True)
    _shims.clear()


class FaultyServer(Server):
    """A server whose disk obeys: the attributes named in FIELDS are those of struct control."""

    def __init__(self, watched="/segment-", **options):
        super().__init__(**options)
        size = len(FIELDS) * 8 + FILTER_BYTES + PATH_BYTES
        path = self.home / "faults"
        path.write_bytes(bytes(max(size, 4096)))
        with open(path, "r+b") as file:
            self.map = mmap.mmap(file.fileno(), 4096)
        self.undo_path = self.home / "undo"
        self.in_doubt = 0  # writes that power cuts found unsynced
        self.map[len(FIELDS) * 8:len(FIELDS) * 8 + len(watched)] = watched.encode()
        at = len(FIELDS) * 8 + FILTER_BYTES
        text = str(self.undo_path).encode()
        self.map[at:at + len(text)] = text
        self.environment = {"LD_PRELOAD": shim(), "LEAT_FAULTS": str(path),
                            # a server built with it wants to be first
                            "ASAN_OPTIONS": os.environ.get("ASAN_OPTIONS", "") + ":verify_asan_link_order=0"}
        self["error"] = errno.EIO

    def __getitem__(self, field):
        return struct.unpack_from("<q", self.map, FIELDS.index(field) * 8)[0]

    def __setitem__(self, field, value):
        struct.pack_into("<q", self.map, FIELDS.index(field) * 8, value)

    def cut_power(self, chance):
        """SIGKILL, and of what was written since the last sync of its file some sectors, or all, are lost."""
        self.kill()
        doubtful = pending_writes(self.undo_path.read_bytes() if self.undo_path.exists() else b"")
        keeps_all, loses_all = chance.random() < 0.1, chance.random() < 0.4
        for path, offset, old in reversed(doubtful):
            if keeps_all or not os.path.exists(path):
                continue
            with open(path, "r+b") as file:
                for start in range(0, len(old), 512):
                    if loses_all or chance.random() < 0.5:
                        file.seek(offset + start)
                        file.write(old[start:start + 512])
        self.undo_path.unlink(missing_ok=True)
        self.in_doubt += len(doubtful)


def cuttable(**options):
    """A server for cut_power, with syncs slow enough that much is in doubt at any instant."""
    server = FaultyServer(watched="/log-", **options)
    server["undo"] = 1
    server["slow_sync"] = 5000
    return server


def pending_writes(text):
    """[(path, offset, old bytes)] of the writes that no sync covers, oldest first."""
    pending = []  # [place in the undo file, path, offset, old]
    at = 0
    while at + UNDO.size <= len(text):
        kind, offset, size, path = UNDO.unpack_from(text, at)
        path = path.rstrip(b"\0").decode()
        rest = text[at + UNDO.size:at + UNDO.size + size]
        if len(rest) < size:
            break  # the kill came in between: the write itself did not happen
        if kind == WRITE:
            pending.append([at, path, offset, rest])
        elif kind == SYNC:
            pending = [row for row in pending if row[1] != path or row[0] >= offset]
        elif kind == RENAME:
            for row in pending:
                row[1] = rest.decode() if row[1] == path else row[1]
        else:
            pending = [row for row in pending if row[1] != path]
        at += UNDO.size + size
    return [tuple(row[1:]) for row in pending]


class SmallDisk:
    """An ext4 file system of its own in a file. `mount` raises Unavailable where that cannot be done."""

    class Unavailable(Exception):
        pass

    def __init__(self, mebibytes):
        self.image = pathlib.Path(tempfile.mkdtemp(prefix="leat-disk-"))
        self.path = self.image / "mounted"
        self.mebibytes = mebibytes

    def mount(self):
        self.path.mkdir()
        with open(self.image / "image", "wb") as file:
            file.truncate(self.mebibytes << 20)
        for command in (["mkfs.ext4", "-q", "-m", "0", "-F", str(self.image / "image")],
                        ["mount", "-o", "loop", str(self.image / "image"), str(self.path)]):
            try:
                done = subprocess.run(command, capture_output=True, text=True, timeout=60)
            except (FileNotFoundError, PermissionError) as problem:
                raise self.Unavailable(str(problem)) from problem
            if done.returncode != 0:
                raise self.Unavailable(done.stderr.strip() or "it does not say why")
        return self

    def __exit__(self, *_):
        if os.path.ismount(self.path):
            for _ in range(50):  # a killed server's last writes may still hold it
                if subprocess.run(["umount", str(self.path)], capture_output=True, timeout=60).returncode == 0:
                    break
                time.sleep(0.1)
        if not os.path.ismount(self.path):
            shutil.rmtree(self.image, ignore_errors=True)

    def __enter__(self):
        try:
            return self.mount()
        except BaseException:
            self.__exit__()
            raise

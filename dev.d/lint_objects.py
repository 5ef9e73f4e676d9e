#!/usr/bin/env python3
"""The rules about compiled objects: names of symbols, purity of the pure folders. Argument: the build directory.

A symbol that others can see begins with the name of its folder or of a file of that folder (a module). A pure folder (the engine) needs nothing
but memory copies, itself and the harmless part of base.
"""
import collections
import pathlib
import re
import subprocess
import sys

PURE = {"engine"}
PURE_FOREIGN = {"memcpy", "memmove", "memset", "memcmp", "__stack_chk_fail", "_GLOBAL_OFFSET_TABLE_", "check_failed"}
# What base offers but a pure folder must get with its events: time, chance, output, other threads.
IMPURE_BASE = re.compile(r"^(clock|random|logger|mailbox|loop|uuid_random|thread)_")
# Modules whose second half has a name of its own.
ALSO = {"encode": "decode"}
PREFIX_FREE = {"main", "fuzz", "sim"}

problems = 0


def complain(path, text):
    global problems
    problems += 1
    print(f"{path}: {text}")


def symbols(path, *options):
    out = subprocess.run(["nm", *options, str(path)], check=True, capture_output=True, text=True).stdout
    return [line.split()[-2:] for line in out.splitlines() if line.split()]


def objects(build):
    """(folder, path) of every object in one of our libraries: no tests and no helpers of theirs."""
    members = set()
    for library in list(build.glob("libleat_*.a")) + list(build.glob(".libs/libleat_*.a")):
        out = subprocess.run(["ar", "t", str(library)], check=True, capture_output=True, text=True).stdout
        # libtool puts a prefix before names that occur twice.
        members |= {re.sub(r"^lt\d+-", "", name) for name in out.split()}
    for path in sorted((build / "src").glob("*/*.o")):
        if path.name in members:
            yield path.parent.name, path


def prefixes(folder):
    """What visible names of a folder may begin with: the folder, its files or their first word, one thing of what a
    plural names, and the structs of its headers."""
    stems = {path.stem for path in (pathlib.Path("src") / folder).glob("*.[ch]")}
    stems |= {stem.split("_")[0] for stem in stems}
    ones = {re.sub(r"ies$", "y", stem) if stem.endswith("ies") else stem[:-1] for stem in stems if stem.endswith("s")}
    structs = {tag for path in (pathlib.Path("src") / folder).glob("*.h")
               for tag in re.findall(r"^struct (\w+)", path.read_text(), re.M)}
    return {folder} | stems | structs | ones | {ALSO[stem] for stem in stems if stem in ALSO}


def main():
    build = pathlib.Path(sys.argv[1])
    all_objects = list(objects(build))
    defined = collections.defaultdict(set)
    for folder, path in all_objects:
        defined[folder] |= {name for _, name in symbols(path, "-g", "--defined-only")}
    for folder, path in all_objects:
        for kind, name in symbols(path, "-g", "--defined-only"):
            if folder in PREFIX_FREE or kind not in "TDBRVW":
                continue
            if not any(name == prefix or name.startswith(prefix + "_") for prefix in prefixes(folder)):
                complain(path, f"{name}: a visible name must begin with {folder}_ or the name of a file of {folder}")
        if folder in PURE:
            for _, name in symbols(path, "-u"):
                allowed = name in PURE_FOREIGN or name in defined[folder] or \
                    (name in defined["base"] and not IMPURE_BASE.match(name))
                if not allowed:
                    complain(path, f"{folder} is pure, but needs {name}")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())

#!/usr/bin/env python3
"""Holds leatd's table of options, README's table and conf/leatd.conf to the same options and defaults.

Prints file: problem; exits 1 when there is one. Run it in the root of the tree.
"""
import re
import sys

ROW = re.compile(r'\{"([a-z-]+)", AT\(\w+\), (?:"([^"]*)"|NULL),')
README_ROW = re.compile(r"\| `--([a-z-]+) [^`]+` \|([^|]*)\|")
CONF_LINE = re.compile(r"(#?)([a-z-]+) = (.*)")
OURS, README, CONF = "src/main/options.c", "README.md", "conf/leatd.conf"


def read(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


def readme_rows():
    """Option -> its default, or None where words describe it."""
    rows = {}
    for name, standard in README_ROW.findall(read(README)):
        exact = re.fullmatch(r"`([^`]+)`", standard.strip())
        rows[name] = exact.group(1) if exact else None
    return rows


def conf_rows():
    """Option -> its value, or None where the line is a comment: an example, not a default."""
    rows = {}
    for line in read(CONF).splitlines():
        match = CONF_LINE.fullmatch(line)
        if match:
            rows[match.group(2)] = None if match.group(1) else match.group(3)
    return rows


def compare(path, rows, ours):
    """The problems of one place."""
    for name in sorted(ours.keys() - rows.keys()):
        yield f"{path}: --{name} is missing"
    for name in sorted(rows.keys() - ours.keys()):
        yield f"{path}: --{name} is no option"
    for name in sorted(ours.keys() & rows.keys()):
        if rows[name] is not None and rows[name] != ours[name]:
            yield f"{path}: the default of --{name} is {ours[name]}, not {rows[name]}"


def main():
    ours = dict((name, standard or None) for name, standard in ROW.findall(read(OURS)))
    problems = [*compare(README, readme_rows(), ours), *compare(CONF, conf_rows(), ours)]
    if not ours:
        problems.append(f"{OURS}: no table of options")
    print("\n".join(problems), end="\n" if problems else "")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())

#!/usr/bin/env python3
"""The rules about source text that a machine can hold. Prints file:line: problem; exits 1 when there is one.

Rules: which folder may include which, where foreign headers may appear, comments, function length, banned calls,
banned.h as the last include, leftovers, files too large to be sources.
"""
import os
import re
import subprocess
import sys

# Folder -> folders of ours that it may include. Dependencies point down only.
FOLDERS = {
    "base": set(),
    "api": {"base"},
    "auth": {"base", "api"},
    "engine": {"base"},
    "log": {"base", "api", "engine"},
    "replica": {"base"},
    "cluster": {"base"},
    "metadata": {"base", "api", "auth"},
    "node": {"base", "api", "auth", "engine", "log", "replica", "cluster", "metadata"},
    "admin": {"base", "api", "auth", "engine", "log", "replica", "cluster", "metadata", "node"},
    "server": {"base", "api", "auth", "engine", "log", "replica", "cluster", "metadata", "node", "admin"},
    "bench": {"base", "auth"},
    "testkit": {"base"},
}
FREE = {"main", "sim", "fuzz"}
# Tests and their helpers.
TEST_FILE = re.compile(r"(_test\.c|/harness\.[ch]|_harness\.[ch]|_fake_\w+\.[ch]|/fake_\w+\.[ch]|/(model|scenario)_\w+\.[ch])$")
# A test may use, besides what its folder may, the test kit.
IN_TESTS = {"testkit"}

# Foreign header prefix -> folders that may include it.
FOREIGN = [
    (re.compile(r"h2o(\.h|/)"), {"server", "bench"}),
    (re.compile(r"hiredis"), {"metadata", "cluster"}),
    (re.compile(r"libxml/"), {"api"}),
    (re.compile(r"sqlite3"), {"metadata"}),
    (re.compile(r"jansson"), {"bench", "api", "auth", "log", "metadata", "node", "admin", "server", "main", "sim", "fuzz"}),
    (re.compile(r"openssl/"), {"base", "server"}),
    (re.compile(r"systemd/"), {"main"}),
    (re.compile(r"check\.h"), {"testkit"}),
]
# The pure folders see no system header but these.
PURE = {"engine"}
PURE_HEADERS = {"stdbool.h", "stddef.h", "stdint.h", "inttypes.h", "limits.h", "string.h", "stdalign.h", "stdnoreturn.h"}

BANNED = re.compile(
    r"\b(strcpy|strcat|sprintf|vsprintf|strncpy|strncat|strtok|atoi|atol|atof|gets|rand|srand|time|gmtime|localtime|"
    r"sleep|usleep|alloca|assert)\s*\("
)
LEFTOVER = re.compile(r"\b(TODO|FIXME|XXX|HACK)\b")
ROW = re.compile(r'\s*(\{.*|"[^;]*|[^;{]*\},|[A-Z0-9_]+,)\s*$')
FUNCTION_LINES = 70
SWITCH_LINES = 120
FILE_BYTES = 1 << 20
TEXT = (".c", ".h", ".sh", ".py", ".am", ".inc", ".ac", ".md", ".json", ".js", ".mjs", ".java", ".go", ".rs", ".toml",
        ".xml", ".conf", ".service")

problems = 0


def complain(path, line, text):
    global problems
    problems += 1
    print(f"{path}:{line}: {text}")


TOKENS = re.compile(
    r"""//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'""", re.S)


def split_c(text):
    """The text without comments and with empty strings (line numbers kept), and the // comments as offsets."""
    slashes = []

    def blank(match):
        token = match.group(0)
        if token.startswith("//"):
            slashes.append(match.start())
        if token[0] in "\"'":
            return token[0] + " " * (len(token) - 2) + token[0]
        return re.sub(r"[^\n]", " ", token)

    return TOKENS.sub(blank, text), slashes


def line_of(text, offset):
    return text.count("\n", 0, offset) + 1


def check_includes(path, folder, text):
    is_test = TEST_FILE.search(path) is not None
    includes = [(line_of(text, m.start()), m.group(1), m.group(2))
                for m in re.finditer(r'^[ \t]*#[ \t]*include[ \t]*([<"])([^>"\n]+)[>"]', text, re.M)]
    for line, mark, name in includes:
        if mark == '"':
            other = name.split("/")[0]
            if name == "config.h":
                continue
            if "/" not in name:
                complain(path, line, f'include "{name}" needs its folder: "{folder}/{name}"')
            elif folder not in FREE and other != folder:
                if other not in FOLDERS.get(folder, set()) | (IN_TESTS if is_test else set()):
                    complain(path, line, f"{folder} may not include {other} ({name})")
            continue
        for pattern, folders in FOREIGN:
            if pattern.match(name) and folder not in folders:
                complain(path, line, f"<{name}> belongs to {', '.join(sorted(folders))} only")
        if folder in PURE and not is_test and name not in PURE_HEADERS:
            complain(path, line, f"{folder} is pure: no <{name}>")
    if path.endswith(".c") and not (includes and includes[-1][2] == "base/banned.h"):
        if not is_test and folder not in ("testkit", "fuzz"):
            complain(path, includes[-1][0] if includes else 1, 'the last include must be "base/banned.h"')


def check_functions(path, raw_lines, code_lines):
    start = None
    for number, line in enumerate(code_lines):
        if line.startswith("{"):
            start = number
        elif line.startswith("}") and start is not None:
            head = start
            while head > 0 and code_lines[head - 1].strip() and not code_lines[head - 1].rstrip().endswith((";", "}")) \
                    and not code_lines[head - 1].startswith("#"):
                head -= 1
            # A tag stands in the comment above the function or on its first lines.
            around = raw_lines[max(0, head - 3):start + 2]
            limit = SWITCH_LINES if any("/* switch */" in text for text in around) else FUNCTION_LINES
            length = number - head + 1
            if TEST_FILE.search(path):
                # Rows of a table are data.
                length -= sum(1 for text in raw_lines[head:number] if ROW.match(text))
            is_type = re.match(r"\s*(typedef|struct|enum|union|static const|const)\b[^(]*$", code_lines[head] or "")
            if length > limit and not is_type:
                complain(path, head + 1, f"function of {length} lines (at most {limit})")
            start = None


def check_c(path, text):
    folder = path.split("/")[1]
    code, slashes = split_c(text)
    for offset in slashes:
        complain(path, line_of(text, offset), "// comment: /* */ only")
    # Includes are read from text in which comments are blank but strings are not.
    no_comments = TOKENS.sub(lambda m: m.group(0) if m.group(0)[0] in "\"'" else re.sub(r"[^\n]", " ", m.group(0)), text)
    check_includes(path, folder, no_comments)
    if path != "src/base/banned.h":
        for match in BANNED.finditer(code):
            complain(path, line_of(code, match.start()), f"banned call: {match.group(1)}")
    check_functions(path, text.split("\n"), code.split("\n"))


def main():
    names = subprocess.run(["git", "ls-files", "--cached", "--others", "--exclude-standard"], check=True,
                           capture_output=True, text=True).stdout.split("\n")
    for path in filter(None, names):
        if os.path.isfile(path) and os.path.getsize(path) > FILE_BYTES:
            complain(path, 1, f"more than {FILE_BYTES} bytes: no source is that large")
        if not path.endswith(TEXT) and "." in path.split("/")[-1]:
            continue
        try:
            with open(path, encoding="utf-8") as file:
                text = file.read()
        except (FileNotFoundError, IsADirectoryError, UnicodeDecodeError):
            continue
        if path != "dev.d/lint_sources.py":
            for match in LEFTOVER.finditer(text):
                complain(path, line_of(text, match.start()), f"leftover: {match.group(1)}")
        if path.startswith("src/") and path.endswith((".c", ".h")):
            check_c(path, text)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())

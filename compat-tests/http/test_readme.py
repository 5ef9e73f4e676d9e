"""README's snippets, run as they stand there: only the port is another. Those of clients that are not installed are
left out; curl and boto3 always run."""
import os
import pathlib
import re
import shutil
import subprocess
import sys

from harness import Server, case, check, counts, equal

TOP = pathlib.Path(__file__).resolve().parents[2]


def snippets():
    """Title of each client's block -> its text."""
    text = (TOP / "README.md").read_text(encoding="utf-8").split("## Point your client at it")[1].split("\n## ")[0]
    found = {}
    for part in re.split(r"\n\*\*", text)[1:]:
        fenced = re.search(r"```\w+\n(.*?)```", part, re.S)
        indented = "\n".join(line[4:] for line in part.splitlines() if line.startswith("    "))
        for title in re.findall(r"(?:^|\*\*)([A-Z][\w +().]*|curl)\*\*", part):
            found[title] = fenced.group(1) if fenced else indented
    return found


def clean_environment(home):
    """Nothing of ours: no AWS_ variables, no files in the home directory."""
    kept = {name: value for name, value in os.environ.items()
            if not name.startswith("AWS_") and not name.lower().endswith("_proxy")}
    return {**kept, "HOME": str(home), "AWS_EC2_METADATA_DISABLED": "true", "AWS_PAGER": ""}


def run_snippet(server, title, command, suffix="", before="", after="", folder=None, path=""):
    """The block between `before` and `after` as a file, run by the command; what it prints."""
    text = snippets()[title].replace("127.0.0.1:9324", f"127.0.0.1:{server.port}")
    equal(text.count("9324"), 0, text)
    file = pathlib.Path(folder or server.home) / f"readme-snippet{suffix}"
    environment = clean_environment(server.home)
    environment["PATH"] = path + environment["PATH"]
    file.write_text(before + text + after, encoding="utf-8")
    try:
        done = subprocess.run([*command, str(file)], stdin=subprocess.DEVNULL, capture_output=True, text=True,
                              timeout=300, env=environment, cwd=folder or server.home, check=False)
    finally:
        file.unlink()
    equal(done.returncode, 0, title, done.stdout, done.stderr)
    return done.stdout


def has_orders(server):
    return server.url + "/000000000000/orders"


@case("readme: the snippets of boto3, curl and the AWS CLI run as they stand there, in an empty home directory")
def _():
    with Server(durability="memory") as server:
        out = run_snippet(server, "curl", ["bash", "-e"])
        check("<SendMessageResponse" in out, out)
        run_snippet(server, "Python (boto3)", [sys.executable])
        equal(counts(server, has_orders(server)), (2, 0, 0))
    aws = TOP / ".tools" / "venv-cli" / "bin"
    if not (aws / "aws").exists() and shutil.which("aws") is None:
        print("# no AWS CLI here: its snippet was not run")
        return
    with Server(durability="memory") as server:
        out = run_snippet(server, "AWS CLI", ["bash", "-e"], path=f"{aws}:" if (aws / "aws").exists() else "")
        check(has_orders(server) in out and '"hello"' in out, out)


@case("readme: the JavaScript snippet runs as it stands there")
def _():
    folder = TOP / "compat-tests" / "js"
    if not (folder / "node_modules" / "@aws-sdk").exists():
        print("# no SDK for JavaScript here: its snippet was not run")
        return
    with Server() as server:
        out = run_snippet(server, "JavaScript (v3)", ["node", "--no-deprecation"], suffix=".mjs",
                          after="console.log(QueueUrl);\n", folder=folder)
        equal(out.strip(), has_orders(server))

"""Real Chromium: pages of other origins get nothing, pages that --cors-origins names use the SDK."""
import contextlib
import http.server
import pathlib
import queue
import subprocess
import sys
import tempfile
import threading
import urllib.parse

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "http"))
sys.path.insert(0, str(HERE.parent / "lib"))

from harness import Server, call, case, check, equal, run  # noqa: E402

CHROMIUM = ["chromium", "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
            "--disable-background-networking", "--disable-component-update", "--disable-sync"]
PAGE_SECONDS = 90

# A form, a request without CORS and an image, then word that all of them have ended.
ATTACK = """<!doctype html><iframe name=into></iframe>
<form id=form method=post target=into action="{at}/"><input name=Action value=CreateQueue>
<input name=QueueName value=form></form><script>
const got = (ask) => ask.then(() => 1, () => 1);
const image = (url) => new Promise((done) => {{
  const made = new Image(); made.onload = made.onerror = done; made.src = url;
}});
const form = new Promise((done) => {{
  document.querySelector("iframe").onload = done; document.getElementById("form").submit();
}});
Promise.all([form, image("{at}/?Action=CreateQueue&QueueName=image"),
  got(fetch("{at}/", {{method: "POST", mode: "no-cors", body: "Action=CreateQueue&QueueName=nocors",
    headers: {{"Content-Type": "application/x-www-form-urlencoded"}}}})),
  got(fetch("{at}/?Action=ListQueues"))]).then(() => fetch("/outcome?ended"));
</script>"""


@contextlib.contextmanager
def pages(html):
    """A web server with one page, the SDK beside it, and what the page says in the end."""
    said = queue.Queue()

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            path, _, query = self.path.partition("?")
            if path == "/outcome":
                said.put(urllib.parse.unquote(query))
            body = (HERE / "node_modules" / "bundle.js").read_bytes() if path == "/bundle.js" else html().encode()
            self.send_response(200)
            self.send_header("Content-Type", "text/javascript" if path == "/bundle.js" else "text/html")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as web:
        threading.Thread(target=web.serve_forever, daemon=True).start()
        try:
            yield web.server_address[1], said
        finally:
            web.shutdown()


def visit(url, said, *flags):
    """What the page said."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as home:
        browser = subprocess.Popen([*CHROMIUM, f"--user-data-dir={home}", "--remote-debugging-port=0", *flags, url],
                                   stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            return said.get(timeout=PAGE_SECONDS)
        finally:
            browser.terminate()
            browser.wait(20)


def names(server):
    return [url.split("/")[-1] for url in call(server, "ListQueues").get("QueueUrls", [])]


@case("browser: a page of another origin creates nothing, under any name")
def _():
    with Server() as server:
        for at in ("127.0.0.1", "leat", "evil.example"):  # a foreign page; beyond loopback's names; rebound
            with pages(lambda at=at: ATTACK.format(at=f"http://{at}:{server.port}")) as (port, said):
                equal(visit(f"http://page.example:{port}/", said, "--host-resolver-rules=MAP * 127.0.0.1",
                            "--disable-features=LocalNetworkAccessChecks"), "ended")
            equal(names(server), [], at)
        check("cors-origins" in server.log_tail(), server.log_tail())


SDK = "<!doctype html><body><script src=/bundle.js></script>"


@case("browser: the SDK in a page that cors-origins names sends, receives and deletes")
def _():
    for auth in ("off", "verify"):
        with Server(auth=auth, cors_origins="local") as server, pages(lambda: SDK) as (port, said):
            url = f"http://localhost:{port}/?endpoint=http://127.0.0.1:{server.port}"
            equal(visit(url, said), "hello 0 QueueDoesNotExist", auth)


@case("browser: without cors-origins the same page gets nothing")
def _():
    with Server() as server, pages(lambda: SDK) as (port, said):
        outcome = visit(f"http://localhost:{port}/?endpoint=http://127.0.0.1:{server.port}", said)
        check(outcome.startswith("failed:"), outcome)
        equal(names(server), [])


if __name__ == "__main__":
    sys.exit(run(sys.argv[1] if len(sys.argv) > 1 else ""))

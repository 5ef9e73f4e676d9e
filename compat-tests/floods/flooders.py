"""One flooder: a single process on loopback, bounded in connections and time.

    flooders.py KIND PORT COUNT SECONDS [QUEUE_URL]

It prints "ready" once it has all its connections (or is at full speed), and a line of figures when standard input
closes or the time is over.
"""
import json
import select
import socket
import struct
import sys
import time

HOST = "127.0.0.1"
BODY_BYTES = 6400000


def request(body, more="", target="SendMessage", length=None):
    head = (f"POST / HTTP/1.1\r\nHost: {HOST}\r\nContent-Type: application/x-amz-json-1.0\r\n"
            f"X-Amz-Target: AmazonSQS.{target}\r\n{more}")
    if length is None and not more:
        length = len(body)
    return (head + (f"Content-Length: {length}\r\n" if length is not None else "") + "\r\n" + body).encode()


class Peer:
    """One connection of a flooder: what it still has to send, and when."""

    def __init__(self, flooder, index):
        self.flooder = flooder
        self.index = index
        self.socket = socket.socket()
        self.socket.setblocking(False)
        self.queue = memoryview(b"")
        flooder.prepare(self)
        self.socket.connect_ex((HOST, flooder.port))


class Flooder:
    """Keeps `count` connections; a closed one is opened again."""
    reads = True
    receive_buffer = 0

    def __init__(self, port, count, queue_url):
        self.port, self.count, self.queue_url = port, count, queue_url
        self.epoll = select.epoll()
        self.peers = {}
        self.opened = self.closed = self.bytes_sent = self.answers_bytes = 0
        self.statuses = {}

    def prepare(self, peer):
        if self.receive_buffer:
            peer.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, self.receive_buffer)

    def open(self, index):
        peer = Peer(self, index)
        peer.queue = memoryview(self.first(peer))
        self.peers[peer.socket.fileno()] = peer
        self.epoll.register(peer.socket, self.mask(peer))
        self.opened += 1

    def mask(self, peer):
        return (select.EPOLLIN if self.reads else 0) | (select.EPOLLOUT if len(peer.queue) else 0) | select.EPOLLRDHUP

    def close(self, peer, again=True):
        self.epoll.unregister(peer.socket)
        del self.peers[peer.socket.fileno()]
        peer.socket.close()
        self.closed += 1
        if again:
            self.open(peer.index)

    def first(self, peer):
        """What a new connection sends."""
        return b""

    def then(self, peer):
        """What it sends when all of that is sent."""
        return b""

    def answered(self, peer, data):
        """Bytes came."""

    def handle(self, peer, events):
        if events & select.EPOLLIN:
            data = peer.socket.recv(262144)
            self.answers_bytes += len(data)
            if not data:
                return self.close(peer)
            if data.startswith(b"HTTP/1.1 "):
                status = data[9:12].decode()
                self.statuses[status] = self.statuses.get(status, 0) + 1
            self.answered(peer, data)
        elif events & (select.EPOLLHUP | select.EPOLLERR | select.EPOLLRDHUP):
            return self.close(peer)
        if len(peer.queue) and events & select.EPOLLOUT:
            sent = peer.socket.send(peer.queue)
            self.bytes_sent += sent
            peer.queue = peer.queue[sent:]
            if not len(peer.queue):
                peer.queue = memoryview(self.then(peer))
        self.epoll.modify(peer.socket, self.mask(peer))
        return None

    def step(self, seconds):
        for number, events in self.epoll.poll(seconds, 1024):
            peer = self.peers.get(number)
            if peer is None:
                continue
            try:
                self.handle(peer, events)
            except BlockingIOError:
                pass
            except OSError:
                self.close(peer)

    def tick(self):
        """Called at least 20 times a second."""

    def is_ready(self):
        return all(not len(peer.queue) for peer in self.peers.values())

    def start(self):
        for index in range(self.count):
            self.open(index)
            if index % 64 == 63:
                self.step(0)

    def figures(self):
        return {"opened": self.opened, "closed": self.closed, "sent_bytes": self.bytes_sent,
                "answers_bytes": self.answers_bytes, "statuses": self.statuses, "open": len(self.peers)}


class PipelinedHealth(Flooder):
    """Requests without end on each connection; answers are read."""
    burst = b"GET /livez HTTP/1.1\r\nHost: a\r\n\r\n" * 4000

    def first(self, peer):
        return self.burst

    then = first

    def is_ready(self):
        return self.answers_bytes > 1000


class PipelinedSends(PipelinedHealth):
    """The same with calls that do something."""

    def first(self, peer):
        if not isinstance(self.burst, str):
            one = request(json.dumps({"QueueUrl": self.queue_url, "MessageBody": "flood"}))
            self.burst = one * 1000
            self.first = self.then = lambda _: self.burst
        return self.burst


class TinyChunks(Flooder):
    """A chunked body of single bytes, without end."""
    chunks = b"1\r\na\r\n" * 20000

    def first(self, peer):
        return request("", "Transfer-Encoding: chunked\r\n") + self.chunks

    def then(self, peer):
        return self.chunks

    def is_ready(self):
        return self.bytes_sent > 100000


class LongExtensions(TinyChunks):
    """Chunks whose extensions are all they have."""
    chunks = (b"1;" + b"x" * 4000 + b"\r\na\r\n") * 30


class Bodies(Flooder):
    """Large bodies that never end: all but the last byte."""
    body = b"x" * (BODY_BYTES - 1)

    def first(self, peer):
        return request("", length=BODY_BYTES) + self.body

    def is_ready(self):
        return self.bytes_sent > 40 * BODY_BYTES


class Idle(Flooder):
    """Connections that never say anything."""

    def is_ready(self):
        return self.opened >= self.count


class SlowHeads(Flooder):
    """A byte of a request now and then."""

    def __init__(self, *arguments):
        super().__init__(*arguments)
        self.turn = 0
        self.next_s = 0.0

    def first(self, peer):
        return b"POST / HTTP/1.1\r\nHost: a\r\nX-Slow: "

    def tick(self):
        """A tenth of the connections each 0.2 s."""
        if time.monotonic() < self.next_s:
            return
        self.next_s = time.monotonic() + 0.2
        self.turn += 1
        for peer in list(self.peers.values()):
            if peer.index % 10 == self.turn % 10:
                try:
                    peer.socket.send(b"y")
                except OSError:
                    pass


class Connects(Flooder):
    """Connections opened and reset as fast as one process can."""

    def prepare(self, peer):
        peer.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    def mask(self, peer):
        return select.EPOLLOUT

    def handle(self, peer, events):
        self.close(peer)

    def is_ready(self):
        return self.opened > 2 * self.count


class NonReaders(Flooder):
    """Asks for large answers and never reads them."""
    reads = False
    receive_buffer = 4096

    def first(self, peer):
        return request(json.dumps({"QueueUrl": self.queue_url, "MaxNumberOfMessages": 10, "VisibilityTimeout": 0}),
                       target="ReceiveMessage") * 3


class Polls(Flooder):
    """Long polls of an empty queue, again and again."""

    def first(self, peer):
        return request(json.dumps({"QueueUrl": self.queue_url, "WaitTimeSeconds": 20}), target="ReceiveMessage")

    def answered(self, peer, data):
        peer.queue = memoryview(self.first(peer))


KINDS = {kind.__name__: kind for kind in (PipelinedHealth, PipelinedSends, TinyChunks, LongExtensions, Bodies, Idle,
                                          SlowHeads, Connects, NonReaders, Polls)}


def main():
    kind, port, count, seconds = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), float(sys.argv[4])
    flooder = KINDS[kind](port, count, sys.argv[5] if len(sys.argv) > 5 else "")
    deadline = time.monotonic() + seconds
    flooder.start()
    is_told = False
    while time.monotonic() < deadline and not select.select([sys.stdin], [], [], 0)[0]:
        flooder.step(0.05)
        flooder.tick()
        if not is_told and flooder.is_ready():
            is_told = True
            print("ready", flush=True)
    print(json.dumps(flooder.figures()), flush=True)


if __name__ == "__main__":
    main()

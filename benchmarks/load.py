"""The load: so many keep-alive connections, each asking for the next request as soon as the last is answered.

Runs as a process of its own and does as little as it can, because it shares the machine with what it measures: one thread,
plain sockets, requests made ready beforehand. A job comes pickled on stdin, the result goes pickled to stdout.
"""

import pickle
import selectors
import socket
import sys
import time
from collections import Counter
from dataclasses import dataclass, field

PATIENCE = 20  # seconds for an answer


@dataclass
class Job:
    """`requests`, each the bytes on the wire, asked in turn for `seconds`; `once`: none is asked twice.

    Measured from when `warm_up` seconds are over and the first `unmeasured` requests are answered.
    """

    port: int
    requests: list[bytes]
    connections: int
    seconds: float
    warm_up: float
    unmeasured: int = 0
    once: bool = False


@dataclass
class Result:
    """Times of the answers in seconds, how long the measuring took, how many of each status, and how many were sent."""

    times: list[float] = field(default_factory=list)
    seconds: float = 0.0
    statuses: Counter = field(default_factory=Counter)
    sent: int = 0


class Line:
    """One connection with one request under way."""

    def __init__(self, port):
        self.port = port
        self.open()

    def open(self):
        self.socket = socket.create_connection(("127.0.0.1", self.port), timeout=PATIENCE)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def ask(self, request):
        self.answer, self.length, self.chunked = b"", None, False
        self.socket.sendall(request)
        self.asked = time.perf_counter()

    def read(self) -> int | None:
        """Read what has come; the status once the answer is whole."""
        piece = self.socket.recv(262144)
        self.answer += piece
        if self.length is None and (end := self.answer.find(b"\r\n\r\n")) >= 0:
            head = self.answer[:end].lower()
            self.chunked = b"\r\ntransfer-encoding: chunked" in head
            self.length = end + 4 + _body_length(head)
        if self.length is not None and len(self.answer) >= self.length:
            if not self.chunked or self.answer.endswith(b"0\r\n\r\n"):
                return int(self.answer[9:12])
        if not piece:
            raise ConnectionError(f"the server hung up after {self.answer[:200]!r}")
        return None


def _body_length(head: bytes) -> int:
    start = head.find(b"content-length:")
    return int(head[start + 15 :].split(b"\r\n", 1)[0]) if start >= 0 else 0


class Load:
    """A job under way."""

    def __init__(self, job: Job):
        self.job, self.result, self.selector = job, Result(), selectors.DefaultSelector()
        self.waiting = iter(job.requests) if job.once else _for_ever(job.requests)
        self.warm_at = time.perf_counter() + job.warm_up
        self.begins = self.ends = self.last = float("inf")  # until it is warm

    def run(self) -> Result:
        """Carry it out."""
        for _number in range(self.job.connections):
            self.ask_next(Line(self.job.port))
        while self.selector.get_map():
            ready = self.selector.select(PATIENCE)
            if not ready:
                raise TimeoutError(f"no answer in {PATIENCE} seconds")
            for key, _events in ready:
                if (status := key.data.read()) is not None:
                    self.selector.unregister(key.data.socket)
                    self.keep(key.data, status, time.perf_counter())
        if self.begins == float("inf"):
            raise ValueError("the requests ran out before it was warm")
        # What ran out of requests before its time counts for the time it ran.
        ran_out = self.job.once and self.begins < self.last < self.ends - 0.2
        self.result.seconds = (self.last if ran_out else max(self.ends, self.last)) - self.begins
        return self.result

    def keep(self, line, status, now):
        """Count one answer, and ask again while there is time."""
        self.result.statuses[status] += 1
        if self.begins > now >= self.warm_at and self.result.statuses.total() >= self.job.unmeasured:
            self.begins = self.last = now
            self.ends = now + self.job.seconds
        if line.asked >= self.begins and self.goes_on(now):
            self.result.times.append(now - line.asked)
            self.last = now
        if b"connection: close" in line.answer[:1024].lower():
            line.socket.close()
            line.open()
        if self.goes_on(now):
            self.ask_next(line)
        else:
            line.socket.close()

    def goes_on(self, now) -> bool:
        """Whether it is still measured: on a machine so busy that no answer came in time, until the first one."""
        return now < self.ends or not self.result.times

    def ask_next(self, line):
        """Ask the next request on this line; without one it is closed."""
        if (request := next(self.waiting, None)) is None:
            line.socket.close()
            return
        line.ask(request)
        self.selector.register(line.socket, selectors.EVENT_READ, line)
        self.result.sent += 1


def _for_ever(requests):
    while True:
        yield from requests


if __name__ == "__main__":
    # Plain dicts, so that neither end needs the other's module under the same name.
    job = Job(**pickle.load(sys.stdin.buffer))  # noqa: S301 - both ends are our own
    pickle.dump(vars(Load(job).run()), sys.stdout.buffer)

"""The client of the figures: kept-alive HTTP/1.1 connections over bare sockets and epoll, in one thread.

It does as little as a client can, a few system calls and a dozen lines of Python per answer, so that it takes a small
share of the machine; the report says which (`Load.client_share`).
"""

from __future__ import annotations

import select
import socket
import time
from collections.abc import Mapping
from dataclasses import dataclass

__all__ = ["Client", "Load", "ask_many"]

_BUFFER = 1 << 20


@dataclass(frozen=True, slots=True)
class Load:
    """What clients that ask as fast as they are answered got in `seconds`."""

    requests: int
    seconds: float
    client_share: float = 0.0
    """The share of one core that the client itself took."""

    @property
    def per_second(self) -> float:
        """Requests answered per second."""
        return self.requests / self.seconds


class Client:
    """One kept-alive connection to `path` of a server on this machine."""

    def __init__(self, port: int, path: str, headers: Mapping[str, str]) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=120)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        self._head = (
            f"POST {path} HTTP/1.1\r\nhost: 127.0.0.1:{port}\r\ncontent-type: application/json\r\n{lines}".encode()
        )
        self._buffer = bytearray(_BUFFER)
        self._view = memoryview(self._buffer)
        self._filled = 0
        self._whole = 0
        self._start = 0
        self.request = b""

    def prepare(self, body: bytes) -> None:
        """Let `send` post `body` from now on."""
        self.request = b"%bcontent-length: %d\r\n\r\n%b" % (self._head, len(body), body)

    def send(self) -> None:
        """Post the prepared request."""
        self._filled = self._whole = 0
        self.socket.sendall(self.request)

    def receive(self) -> bool:
        """Take what has arrived; say whether the answer is whole. Raise unless it is a 200."""
        got = self.socket.recv_into(self._view[self._filled :])
        if not got:
            raise ConnectionError("the server closed the connection")
        self._filled += got
        if not self._whole:
            self._read_head()
        return 0 < self._whole <= self._filled

    def _read_head(self) -> None:
        end = self._buffer.find(b"\r\n\r\n", 0, self._filled)
        if end < 0:
            return
        head = bytes(self._buffer[:end]).lower()
        if not head.startswith(b"http/1.1 200"):
            raise ConnectionError(bytes(self._buffer[: self._filled])[:2_000].decode(errors="replace"))
        _, found, rest = head.partition(b"content-length:")
        if not found:
            raise ConnectionError("the answer has no content-length: " + head.decode(errors="replace"))
        self._start = end + 4
        self._whole = self._start + int(rest.partition(b"\r\n")[0])
        if self._whole > len(self._buffer):
            self._grow()

    def _grow(self) -> None:
        larger = bytearray(self._whole)
        larger[: self._filled] = self._view[: self._filled]
        self._buffer, self._view = larger, memoryview(larger)

    @property
    def answer(self) -> bytes:
        """The body of the last answer."""
        return bytes(self._view[self._start : self._whole])

    def ask(self, body: bytes) -> bytes:
        """Post `body` and return the answer's body."""
        self.prepare(body)
        self.time_one()
        return self.answer

    def time_one(self) -> float:
        """Post the prepared request, wait for the whole answer and return the milliseconds it took."""
        start = time.perf_counter()
        self.send()
        while not self.receive():
            pass
        return (time.perf_counter() - start) * 1_000

    def close(self) -> None:
        """Hang up."""
        self.socket.close()


def ask_many(clients: list[Client], body: bytes, seconds: float) -> Load:
    """Let every client ask the same again and again for `seconds`."""
    poll = select.epoll()
    by_number = {each.socket.fileno(): each for each in clients}
    for each in clients:
        each.prepare(body)
        poll.register(each.socket.fileno(), select.EPOLLIN)
    done, used = 0, time.process_time()
    start = time.perf_counter()
    end = start + seconds
    for each in clients:
        each.send()
    waiting = len(clients)
    while waiting:
        for number, _event in poll.poll():
            client = by_number[number]
            if client.receive():
                done += 1
                if time.perf_counter() < end:
                    client.send()
                else:
                    waiting -= 1
    took = time.perf_counter() - start
    poll.close()
    return Load(done, took, (time.process_time() - used) / took)

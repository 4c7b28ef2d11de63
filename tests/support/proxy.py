# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A proxy on loopback that does to HTTP what networks and overloaded servers do: cuts, delays, lies and silence.

    with FaultProxy(server.port) as proxy:
        proxy.answer(503, times=2)                              # two requests are refused, then all is well
        proxy.cut(after=100_000, match="PUT .*partNumber=2")    # every such request is cut after that many bytes
        client = make_client(proxy.url)

Every request has a connection of its own (``Connection: close`` is added), so faults are counted by request. With
``raw=True`` bytes are passed as they are (TLS); then ``match`` sees an empty line and faults are counted by connection.
"""

from __future__ import annotations

import contextlib
import dataclasses
import re
import socket
import struct
import threading
import time
from typing import Callable

_BLOCK = 65536
_LONGEST = 300.0
UP = "up"  # from the client to the server
DOWN = "down"


@dataclasses.dataclass
class Fault:
    """What happens to requests whose first line matches, unless ``spare`` is in a head; ``times`` None: to all of
    them. ``hits`` counts."""

    match: str = ""
    times: int | None = None
    direction: str = UP
    status: int = 0
    body: bytes = b""
    headers: str = ""
    cut_after: int | None = None
    flip_at: int | None = None
    silent_after: int | None = None
    rate: float = 0.0
    latency: float = 0.0
    lose_answer: bool = False
    held_after: int | None = None
    let_go: threading.Event = dataclasses.field(default_factory=threading.Event)
    call: Callable[[str], None] | None = None
    spare: str = ""
    hits: int = 0


class FaultProxy:
    """Listens on ``url``; ``requests`` are the first lines seen. Without faults it only passes on."""

    def __init__(self, port: int, host: str = "127.0.0.1", *, raw: bool = False, scheme: str = "http") -> None:
        self._target = (host, port)
        self._raw = raw
        self.faults: list[Fault] = []
        self.requests: list[str] = []
        self._lock = threading.Lock()
        self._closed = threading.Event()
        self._open: set[socket.socket] = set()
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.port = int(self._listener.getsockname()[1])
        self.url = f"{scheme}://127.0.0.1:{self.port}"
        self._thread = threading.Thread(target=self._accept, daemon=True)
        self._thread.start()

    def answer(
        self,
        status: int,
        *,
        times: int | None = None,
        match: str = "",
        code: str = "",
        headers: str = "",
        text: str = "said the proxy",
    ) -> Fault:
        """Answer in the server's place; ``code`` and ``text`` make it an error of S3."""
        words = {503: "SlowDown", 500: "InternalError", 403: "AccessDenied"}
        code = code or words.get(status, "Error")
        body = f'<?xml version="1.0"?><Error><Code>{code}</Code><Message>{text}</Message></Error>'.encode()
        return self._add(Fault(match, times, status=status, body=body, headers=headers))

    def cut(self, after: int, *, times: int | None = None, match: str = "", direction: str = UP) -> Fault:
        """Reset the connection after so many bytes of a direction (the head of the request included)."""
        return self._add(Fault(match, times, direction, cut_after=after))

    def flip(self, offset: int, *, times: int | None = None, match: str = "", direction: str = UP) -> Fault:
        """Invert one byte of the body (raw, and of answers: of everything)."""
        return self._add(Fault(match, times, direction, flip_at=offset))

    def silence(self, *, after: int = 0, times: int | None = None, match: str = "", direction: str = DOWN) -> Fault:
        """Accept and never answer (DOWN), or stop taking bytes (UP), after so many bytes."""
        return self._add(Fault(match, times, direction, silent_after=after))

    def hold(self, *, after: int = 0, times: int | None = None, match: str = "", direction: str = DOWN) -> Fault:
        """Stop after so many bytes of a direction, until ``let_go`` of the fault is set: then all goes on as if nothing
        had been."""
        return self._add(Fault(match, times, direction, held_after=after))

    def slow(self, rate: float = 0.0, latency: float = 0.0, *, match: str = "", direction: str = UP) -> Fault:
        """At most so many bytes a second; so many seconds before the first one."""
        return self._add(Fault(match, None, direction, rate=rate, latency=latency))

    def lose_answer(self, *, times: int | None = 1, match: str = "") -> Fault:
        """Let the server do it, and reset the connection instead of passing on what it says."""
        return self._add(Fault(match, times, DOWN, lose_answer=True))

    def on_request(self, call: Callable[[str], None], *, times: int | None = 1, match: str = "") -> Fault:
        """Call something before the request is passed on (to kill, or to change things, at that moment)."""
        return self._add(Fault(match, times, call=call))

    def clear(self) -> None:
        """Behave from now on; connections that hang are reset."""
        with self._lock:
            self.faults = []
        self._reset_all()

    def close(self) -> None:
        """Stop listening (so it refuses) and reset everything."""
        self._closed.set()
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._reset_all()
        self._thread.join(5)

    def __enter__(self) -> FaultProxy:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def _add(self, fault: Fault) -> Fault:
        with self._lock:
            self.faults.append(fault)
        return fault

    def _choose(self, line: str, head: str) -> Fault:
        with self._lock:
            self.requests.append(line)
            for fault in self.faults:
                if (fault.times is None or fault.hits < fault.times) and re.search(fault.match, line):
                    if fault.spare and re.search(fault.spare, head):
                        continue
                    fault.hits += 1
                    return fault
        return Fault()

    def _accept(self) -> None:
        while not self._closed.is_set():
            try:
                client = self._listener.accept()[0]
            except OSError:
                return
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        client.settimeout(_LONGEST)
        with self._lock:
            self._open.add(client)
        server: socket.socket | None = None
        try:
            head, rest = (b"", b"") if self._raw else _read_head(client)
            if not head and not self._raw:
                return
            line = head.split(b"\r\n", 1)[0].decode("latin-1").rpartition(" ")[0]
            fault = self._choose(line, head.decode("latin-1"))
            if fault.call:
                fault.call(line)
            if fault.latency:
                time.sleep(fault.latency)
            if fault.status:
                _answer(client, head, rest, fault)
                return
            server = socket.create_connection(self._target, 10)
            server.settimeout(_LONGEST)
            with self._lock:
                self._open.add(server)
            answers = threading.Thread(target=self._pump, args=(server, client, fault, DOWN, b"", 0), daemon=True)
            answers.start()
            self._pump(
                client, server, fault, UP, _closing(head) + rest if head else b"", len(_closing(head)) if head else 0
            )
            answers.join(_LONGEST)
        except OSError:
            pass
        finally:
            for end in filter(None, (client, server)):
                with self._lock:
                    self._open.discard(end)
                with contextlib.suppress(OSError):
                    end.close()

    def _pump(
        self, source: socket.socket, target: socket.socket, fault: Fault, direction: str, data: bytes, head: int
    ) -> None:
        """Pass bytes one way; ``data`` was read already, its first ``head`` bytes are not body."""
        mine = fault.direction == direction
        passed = 0
        try:
            while True:
                data = data or source.recv(_BLOCK)
                if not data:
                    break
                if mine and fault.lose_answer:
                    raise ConnectionError
                if mine and fault.cut_after is not None and passed + len(data) > fault.cut_after:
                    target.sendall(data[: max(0, fault.cut_after - passed)])
                    raise ConnectionError
                if mine and fault.silent_after is not None and passed + len(data) > fault.silent_after:
                    self._closed.wait(_LONGEST) if direction == UP else _drain(source, self._closed)
                    return
                if mine and fault.held_after is not None and passed + len(data) > fault.held_after:
                    first = max(0, fault.held_after - passed)
                    target.sendall(data[:first])
                    fault.let_go.wait(_LONGEST)
                    data, passed = data[first:], passed + first
                if mine and fault.flip_at is not None:
                    data = _flipped(data, fault.flip_at + head - passed)
                if mine and fault.rate:
                    time.sleep(len(data) / fault.rate)
                target.sendall(_last(data) if direction == DOWN and not passed and not self._raw else data)
                passed += len(data)
                data = b""
            with contextlib.suppress(OSError):
                target.shutdown(socket.SHUT_WR)
        except OSError:
            _reset(source)
            _reset(target)

    def _reset_all(self) -> None:
        with self._lock:
            ends, self._open = self._open, set()
        for end in ends:
            _reset(end)


def _read_head(client: socket.socket) -> tuple[bytes, bytes]:
    data = b""
    while b"\r\n\r\n" not in data:
        more = client.recv(_BLOCK)
        if not more:
            return b"", b""
        data += more
    head, mark, rest = data.partition(b"\r\n\r\n")
    return head + mark, rest


def _closing(head: bytes) -> bytes:
    lines = [line for line in head[:-4].split(b"\r\n") if not line.lower().startswith(b"connection:")]
    return b"\r\n".join([*lines, b"Connection: close"]) + b"\r\n\r\n"


def _last(data: bytes) -> bytes:
    """The beginning of an answer, saying that it is the last of its connection: some servers just close it."""
    head, mark, rest = data.partition(b"\r\n\r\n")
    if not mark or not head.startswith(b"HTTP/1.1 ") or head[9:10] == b"1" or b"\r\nconnection:" in head.lower():
        return data
    return head + b"\r\nConnection: close" + mark + rest


def _answer(client: socket.socket, head: bytes, rest: bytes, fault: Fault) -> None:
    length = re.search(rb"(?i)\r\ncontent-length:\s*(\d+)", head)
    if b"100-continue" not in head.lower():  # such a client waits for the word before it sends
        left = int(length.group(1)) - len(rest) if length else 0
        while left > 0:
            got = len(client.recv(min(left, _BLOCK)))
            if not got:
                return
            left -= got
    body = b"" if head.startswith(b"HEAD ") else fault.body
    lines = (
        f"HTTP/1.1 {fault.status} Said by the proxy\r\nContent-Type: application/xml\r\nContent-Length: {len(body)}\r\n"
    )
    client.sendall((lines + fault.headers + "Connection: close\r\n\r\n").encode("latin-1") + body)
    with contextlib.suppress(OSError):
        client.shutdown(socket.SHUT_WR)
        client.settimeout(0.2)
        while client.recv(_BLOCK):
            pass


def _flipped(data: bytes, place: int) -> bytes:
    if 0 <= place < len(data):
        return data[:place] + bytes([data[place] ^ 0xFF]) + data[place + 1 :]
    return data


def _drain(source: socket.socket, closed: threading.Event) -> None:
    while not closed.is_set() and source.recv(_BLOCK):
        pass
    closed.wait(_LONGEST)


def _reset(end: socket.socket) -> None:
    """Close with RST, as a crashed peer or a firewall does."""
    with contextlib.suppress(OSError):
        end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    with contextlib.suppress(OSError):
        end.shutdown(socket.SHUT_RDWR)
    with contextlib.suppress(OSError):
        end.close()

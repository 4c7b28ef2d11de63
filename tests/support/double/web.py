# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""HTTP/1.1 below the routes: requests, bodies, answers, compression, ranges."""

from __future__ import annotations

import json
import os
import re
import urllib.parse
import zlib
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from typing import Any, BinaryIO, Callable, Protocol

from . import body as bodies
from .errors import ApiError
from .tar_write import Sink

_CHUNK = 1 << 18
PLAIN = "text/plain; charset=utf-8"


@dataclass
class Answer:
    """What goes back: small `content`, a `file`, or a `stream` that writes itself."""

    status: int = 200
    content_type: str | None = "application/json"
    content: bytes = b""
    file: str | None = None
    stream: Callable[[Sink], None] | None = None
    headers: dict[str, str] = field(default_factory=dict)


def text_answer(status: int, text: str) -> Answer:
    return Answer(status, PLAIN, text.encode())


class Readable(Protocol):
    """A connection's incoming side."""

    def read(self, size: int, /) -> bytes: ...

    def readline(self) -> bytes: ...


class BodyReader:
    """The request's body, by length or in chunks; knows when it is at its end."""

    def __init__(self, source: Readable, headers: Any) -> None:
        self._source = source
        self._chunked = "chunked" in headers.get("Transfer-Encoding", "").lower()
        self._left = 0 if self._chunked else int(headers.get("Content-Length") or 0)
        self._done = not self._chunked and not self._left

    def read(self, size: int = _CHUNK) -> bytes:
        if self._done:
            return b""
        if self._chunked and not self._left:
            self._left = int(self._source.readline().split(b";")[0] or b"0", 16)
            if not self._left:
                while self._source.readline().strip():
                    pass
                self._done = True
                return b""
        part = self._source.read(min(size, self._left))
        self._left -= len(part)
        if not part:
            raise ConnectionError("the client went away")
        if not self._left:
            if self._chunked:
                self._source.readline()
            else:
                self._done = True
        return part

    def all(self) -> bytes:
        return b"".join(iter(lambda: self.read(1 << 20), b""))


class Request:
    """One request: method, path as decoded segments, query, headers, body."""

    def __init__(self, handler: BaseHTTPRequestHandler) -> None:
        self.method = handler.command
        self.target = handler.path
        path, dummy, query = handler.path.partition("?")
        self.path = path
        self.segments = [urllib.parse.unquote(part) for part in path.split("/")[1:]]
        self.query = dict(urllib.parse.parse_qsl(query, keep_blank_values=True))
        self.headers = handler.headers
        self.body = BodyReader(handler.rfile, handler.headers)
        self.values: list[str] = []

    def json(self) -> bodies.Body:
        return bodies.parse(self.body.all())

    def maybe_json(self) -> bodies.Body:
        raw = self.body.all()
        return bodies.parse(raw) if raw.strip() else bodies.Body("{}", {})

    @property
    def wait(self) -> bool:
        return bodies.query_flag(self.query, "wait", True)


class _StoredBrotli:
    """Brotli without compression: a valid stream made of stored blocks, as the standard library has no encoder."""

    def __init__(self) -> None:
        self._first = True

    def compress(self, data: bytes) -> bytes:
        out = bytearray()
        for at in range(0, len(data), 65536):
            part = data[at : at + 65536]
            # window bits (first block only, 1 bit), ISLAST=0, MNIBBLES=4, MLEN-1 in 16 bits, ISUNCOMPRESSED=1
            bits, width = (0, 1) if self._first else (0, 0)
            for value, size in ((0, 1), (0, 2), (len(part) - 1, 16), (1, 1)):
                bits |= value << width
                width += size
            self._first = False
            out += bits.to_bytes((width + 7) // 8, "little") + part
        return bytes(out)

    def flush(self) -> bytes:
        return b"\x06" if self._first else b"\x03"


def _encoder(accepted: str) -> tuple[str, Any] | None:
    """The content encoding that the client's header leads to; None for none."""
    offers = {
        part.split(";")[0].strip() for part in accepted.lower().split(",") if "q=0" not in part.replace("q=0.", "")
    }
    if "br" in offers:
        return "br", _StoredBrotli()
    if "gzip" in offers or "*" in offers:
        return "gzip", zlib.compressobj(1, zlib.DEFLATED, 31)
    if "deflate" in offers:
        return "deflate", zlib.compressobj(1)
    return None


class _Chunks:
    """A sink that sends what is written in HTTP chunks, through an encoder where there is one."""

    def __init__(self, out: Sink, encoder: Any) -> None:
        self._out = out
        self._encoder = encoder
        self._held = bytearray()

    def write(self, data: bytes, /) -> int:
        self._held += data
        if len(self._held) >= _CHUNK:
            self._send(bytes(self._held))
            self._held.clear()
        return len(data)

    def _send(self, data: bytes) -> None:
        if self._encoder is not None:
            data = self._encoder.compress(data)
        if data:
            self._out.write(b"%x\r\n" % len(data) + data + b"\r\n")

    def close(self) -> None:
        self._send(bytes(self._held))
        if self._encoder is not None:
            rest = self._encoder.flush()
            if rest:
                self._out.write(b"%x\r\n" % len(rest) + rest + b"\r\n")
        self._out.write(b"0\r\n\r\n")


def _range(header: str | None, size: int) -> tuple[int, int] | str | None:
    """The first and last byte asked for; None for all of it; "past" for a range behind the end."""
    found = re.fullmatch(r"bytes=(\d*)-(\d*)", header or "")
    if not found or found.group(0) == "bytes=-":
        return None
    first, last = found.groups()
    if not first:
        start, end = max(0, size - int(last)), size - 1
    else:
        start, end = int(first), min(int(last) if last else size - 1, size - 1)
    return (start, end) if start <= end and start < size else "past"


class Writer:
    """Sends answers over one handler's connection."""

    def __init__(self, handler: BaseHTTPRequestHandler) -> None:
        self._handler = handler

    def send(self, request: Request, answer: Answer) -> None:
        accepted = request.headers.get("Accept-Encoding", "identity")
        if answer.file is not None:
            self._send_file(request, answer, accepted)
        elif answer.stream is not None:
            self._head(answer, {"Transfer-Encoding": "chunked"}, _encoder(accepted))
        elif answer.content and _encoder(accepted):
            encoder = _encoder(accepted)
            self._head(answer, {"Transfer-Encoding": "chunked"}, None if encoder is None else encoder, answer.content)
        else:
            self._head(answer, {"Content-Length": str(len(answer.content))}, None)
            self._handler.wfile.write(answer.content)
        self._handler.wfile.flush()

    def _head(
        self, answer: Answer, extra: dict[str, str], encoder: tuple[str, Any] | None, content: bytes | None = None
    ) -> None:
        handler = self._handler
        handler.send_response(answer.status)
        if answer.content_type:
            handler.send_header("Content-Type", answer.content_type)
        if encoder is not None:
            handler.send_header("Content-Encoding", encoder[0])
        for key, value in {**answer.headers, **extra}.items():
            handler.send_header(key, value)
        handler.end_headers()
        if extra.get("Transfer-Encoding"):
            chunks = _Chunks(handler.wfile, encoder[1] if encoder else None)
            if content is not None:
                chunks.write(content)
            elif answer.stream is not None:
                answer.stream(chunks)
            chunks.close()

    def _send_file(self, request: Request, answer: Answer, accepted: str) -> None:
        assert answer.file is not None
        with open(answer.file, "rb") as file:
            size = os.fstat(file.fileno()).st_size
            part = _range(request.headers.get("Range"), size)
            name = os.path.basename(answer.file)
            answer.headers["Accept-Ranges"] = "bytes"
            answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
            if part == "past":
                answer.status = 416
                self._head(answer, {"Content-Range": f"bytes */{size}", "Content-Length": "0"}, None)
                return
            if isinstance(part, tuple):
                start, end = part
                answer.status = 206
                answer.headers["Content-Encoding"] = "identity"
                extra = {"Content-Range": f"bytes {start}-{end}/{size}", "Content-Length": str(end - start + 1)}
                self._head(answer, extra, None)
                self._copy(file, self._handler.wfile, start, end - start + 1)
                return
            encoder = _encoder(accepted)
            if encoder is None:
                self._head(answer, {"Content-Length": str(size)}, None)
                self._copy(file, self._handler.wfile, 0, size)
                return
            answer.stream = lambda sink: self._copy(file, sink, 0, size)
            self._head(answer, {"Transfer-Encoding": "chunked"}, encoder)

    @staticmethod
    def _copy(file: BinaryIO, out: Sink, start: int, length: int) -> None:
        file.seek(start)
        while length:
            part = file.read(min(_CHUNK, length))
            if not part:
                raise ConnectionError("the file became shorter")
            out.write(part)
            length -= len(part)


def json_answer(status: int, value: Any) -> Answer:
    return Answer(status, content=json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode())


def error_answer(error: ApiError, plain: bool, seconds: float) -> Answer:
    """An error as the endpoint speaks: JSON, bare text, or text without a content type."""
    if error.bare:
        return Answer(error.status, None, error.text.encode())
    if plain or error.plain:
        return text_answer(error.status, error.text)
    return json_answer(error.status, {"status": {"error": error.text}, "time": seconds})

# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""S3 servers of other tempers: a proxy on loopback that lets a real one refuse, ignore and leave out what others do.

    with TemperProxy(s3_server, ConditionsIgnored()) as proxy:
        store = open_store(options(endpoint_url=proxy.url))

Each request is read whole, shown to the tempers, signed anew and passed on; the answer goes back the same way. Faults
of networks are ``proxy.FaultProxy``'s.
"""

from __future__ import annotations

import dataclasses
import email.utils
import http.client
import http.server
import re
import threading
import time
import urllib.parse
from typing import Any, Callable

from .s3 import RunningS3

_HOP = {"connection", "keep-alive", "transfer-encoding", "content-length", "host", "expect", "te", "trailer", "upgrade"}
_SIGNATURE = {"authorization", "x-amz-date", "x-amz-content-sha256", "x-amz-security-token"}


@dataclasses.dataclass
class Request:
    """One request, whole. Names of headers are in small letters."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes
    signed_for: str = ""  # the region in the client's signature

    @property
    def path(self) -> str:
        return self.target.partition("?")[0]

    @property
    def query(self) -> dict[str, str]:
        return dict(urllib.parse.parse_qsl(self.target.partition("?")[2], keep_blank_values=True))

    @property
    def presigned(self) -> bool:
        return "X-Amz-Signature" in self.query

    @property
    def operation(self) -> str:
        """The API's name of it."""
        query, source = self.query, "x-amz-copy-source" in self.headers
        in_bucket = self.path.strip("/").count("/") == 0
        if self.method == "PUT":
            part = "partNumber" in query
            return ("UploadPartCopy" if part else "CopyObject") if source else ("UploadPart" if part else "PutObject")
        if self.method == "POST":
            if "uploads" in query:
                return "CreateMultipartUpload"
            return "CompleteMultipartUpload" if "uploadId" in query else "DeleteObjects"
        if self.method == "GET":
            if not in_bucket:
                return "GetObject"
            return "ListMultipartUploads" if "uploads" in query else "ListObjectsV2"
        if self.method == "HEAD":
            return "HeadBucket" if in_bucket else "HeadObject"
        return "AbortMultipartUpload" if "uploadId" in query else "DeleteObject"

    def with_query(self, **changes: str) -> None:
        """Change the query; None takes a name away."""
        query = {**self.query, **changes}
        self.target = self.path + "?" + urllib.parse.urlencode(query, quote_via=urllib.parse.quote)


@dataclasses.dataclass
class Answer:
    """One answer, whole. Names of headers are in small letters. chunked: its length is not told beforehand."""

    status: int
    headers: dict[str, str]
    body: bytes
    chunked: bool = False


def error(status: int, code: str, text: str = "said the temper", more: str = "", **headers: str) -> Answer:
    """An error in S3's form."""
    body = f'<?xml version="1.0"?><Error><Code>{code}</Code><Message>{text}</Message>{more}</Error>'.encode()
    return Answer(status, {"content-type": "application/xml", **headers}, body)


class Temper:
    """What a server does otherwise. ``hits`` counts what it changed."""

    hits = 0

    def asked(self, request: Request, server: TemperProxy) -> Answer | None:
        """Change the request, or answer it at once."""
        return None

    def answered(self, request: Request, answer: Answer, server: TemperProxy) -> None:
        """Change the answer."""


class ConditionsIgnored(Temper):
    """Takes If-None-Match and If-Match of writes and does not look at them (rclone)."""

    def __init__(self, *operations: str, names: tuple[str, ...] = ("if-none-match", "if-match")) -> None:
        self._operations = operations or ("PutObject", "CompleteMultipartUpload", "CopyObject")
        self._names = (*names, "x-amz-copy-source-if-match")

    def asked(self, request: Request, server: TemperProxy) -> Answer | None:
        if request.operation in self._operations:
            for name in self._names:
                self.hits += request.headers.pop(name, None) is not None
        return None


class ConditionsRefused(Temper):
    """Answers conditional writes with an error, whether they hold or not (Swift: 501)."""

    def __init__(
        self,
        *operations: str,
        names: tuple[str, ...] = ("if-none-match", "if-match"),
        status: int = 501,
        code: str = "NotImplemented",
    ) -> None:
        self._operations = operations or ("PutObject", "CompleteMultipartUpload", "CopyObject")
        self._names, self._status, self._code = names, status, code

    def asked(self, request: Request, server: TemperProxy) -> Answer | None:
        if request.operation in self._operations and any(name in request.headers for name in self._names):
            self.hits += 1
            return error(
                self._status, self._code, "A header you provided implies functionality that is not implemented."
            )
        return None


class BareEtags(Temper):
    """Compares If-Match with the etag without quotes (Ceph 16 and 18)."""

    def asked(self, request: Request, server: TemperProxy) -> Answer | None:
        wanted = request.headers.get("if-match")
        if request.operation != "PutObject" or wanted is None:
            return None
        if wanted.startswith('"'):
            self.hits += 1
            return error(412, "PreconditionFailed")
        request.headers["if-match"] = f'"{wanted}"'
        return None


class MatchNeverHolds(Temper):
    """If-Match always fails, and If-None-Match overwrites (Ceph 16 and 18, versioned bucket)."""

    def asked(self, request: Request, server: TemperProxy) -> Answer | None:
        if request.operation != "PutObject":
            return None
        request.headers.pop("if-none-match", None)
        if "if-match" in request.headers:
            self.hits += 1
            return error(412, "PreconditionFailed")
        return None


class ChecksumsRefused(Temper):
    """Refuses the headers of checksums."""

    def __init__(self, status: int = 400, code: str = "InvalidArgument", *operations: str, md5: bool = False) -> None:
        self._status, self._code, self._operations, self._md5 = status, code, operations, md5

    def asked(self, request: Request, server: TemperProxy) -> Answer | None:
        named = [name for name in request.headers if name.startswith("x-amz-checksum")]
        md5 = self._md5 and request.operation in ("UploadPart", "PutObject") and "content-md5" in request.headers
        if (named or md5) and (not self._operations or request.operation in self._operations):
            self.hits += 1
            return error(self._status, self._code)
        return None


class NoEcho(Temper):
    """Takes checksums, and says nothing about them."""

    def asked(self, request: Request, server: TemperProxy) -> Answer | None:
        for name in [name for name in request.headers if name.startswith("x-amz-checksum")]:
            del request.headers[name]
            self.hits += 1
        if request.operation == "CompleteMultipartUpload":
            request.body = re.sub(rb"<ChecksumCRC32>.*?</ChecksumCRC32>", b"", request.body)
        return None


class NamedChecksumsRefused(Temper):
    """The end of an upload must not name the checksums of its parts. The server behind wants them where an upload has
    CRC32 at all; with ``needless`` it is given those that were refused."""

    def __init__(self, needless: bool = False) -> None:
        self._refused: dict[str, bytes] = {}
        self._needless = needless

    def asked(self, request: Request, server: TemperProxy) -> Answer | None:
        if request.operation == "CompleteMultipartUpload" and b"<ChecksumCRC32>" in request.body:
            self.hits += 1
            self._refused[request.query["uploadId"]] = request.body
            return error(400, "InvalidPart")
        if request.operation == "CompleteMultipartUpload" and self._needless:
            request.body = self._refused.get(request.query["uploadId"], request.body)
        return None


class OpaqueEtags(Temper):
    """Etags that are no MD5 of anything."""

    def asked(self, request: Request, server: TemperProxy) -> Answer | None:
        for name in ("if-match", "x-amz-copy-source-if-match"):
            if name in request.headers:
                request.headers[name] = request.headers[name].replace("opaque.", "")
        request.body = (
            request.body.replace(b"opaque.", b"") if request.operation.startswith("Complete") else request.body
        )
        return None

    def answered(self, request: Request, answer: Answer, server: TemperProxy) -> None:
        if "etag" in answer.headers:
            self.hits += 1
            answer.headers["etag"] = '"opaque.' + answer.headers["etag"].strip('"') + '"'
        if request.operation != "GetObject":
            answer.body = re.sub(rb"<ETag>(&#34;|&quot;|\")?", lambda found: found[0] + b"opaque.", answer.body)


class NoEtags(Temper):
    """Objects without etags; parts have theirs."""

    def answered(self, request: Request, answer: Answer, server: TemperProxy) -> None:
        if request.operation in ("PutObject", "HeadObject", "GetObject") and answer.headers.pop("etag", None):
            self.hits += 1
        if request.operation in ("CompleteMultipartUpload", "CopyObject", "ListObjectsV2"):
            answer.body = re.sub(rb"<ETag>.*?</ETag>", b"<ETag></ETag>", answer.body)


class CopiesRefused(Temper):
    """Refuses copies. parts: only those of objects that are made of parts (Swift), or by UploadPartCopy (rclone)."""

    def __init__(
        self, *operations: str, status: int = 400, code: str = "InvalidRequest", of_parts: bool = False
    ) -> None:
        self._operations, self._status, self._code, self._of_parts = operations, status, code, of_parts

    def asked(self, request: Request, server: TemperProxy) -> Answer | None:
        if request.operation not in self._operations:
            return None
        if self._of_parts:
            source = "/" + request.headers["x-amz-copy-source"].lstrip("/")
            if "-" not in server.ask("HEAD", source).headers.get("etag", ""):
                return None
        self.hits += 1
        return error(self._status, self._code)


class ShortListings(Temper):
    """Lists one key at a time. token: whether it says how to go on; marker: by NextMarker, as ListObjects does."""

    def __init__(self, token: bool = False, marker: bool = False) -> None:
        self._token, self._marker = token, marker

    def asked(self, request: Request, server: TemperProxy) -> Answer | None:
        if request.operation == "ListObjectsV2":
            request.with_query(**{"max-keys": "1"})
        return None

    def answered(self, request: Request, answer: Answer, server: TemperProxy) -> None:
        if request.operation != "ListObjectsV2" or self._token:
            return
        self.hits += b"<NextContinuationToken>" in answer.body
        keys = re.findall(rb"<Key>(.*?)</Key>", answer.body)
        marker = b"<NextMarker>" + keys[-1] + b"</NextMarker>" if self._marker and keys else b""
        answer.body = re.sub(rb"<NextContinuationToken>.*?</NextContinuationToken>", marker, answer.body)


class NoLength(Temper):
    """Answers without Content-Length, as through a proxy that compresses."""

    def answered(self, request: Request, answer: Answer, server: TemperProxy) -> None:
        if request.operation in ("HeadObject", "GetObject") and answer.status < 300:
            self.hits += 1
            answer.chunked = True


class NoRanges(Temper):
    """Serves the whole object whatever range is asked for."""

    def asked(self, request: Request, server: TemperProxy) -> Answer | None:
        if request.operation == "GetObject" and not request.presigned:
            self.hits += request.headers.pop("range", None) is not None
        return None


class OneRegion(Temper):
    """Knows one region only, and says so to whoever signs for another. header: and in the header of HeadBucket."""

    def __init__(self, region: str, *, tells: bool = True, header: bool = True) -> None:
        self.region, self._tells, self._header = region, tells, header

    def asked(self, request: Request, server: TemperProxy) -> Answer | None:
        headers = {"x-amz-bucket-region": self.region} if request.operation == "HeadBucket" and self._header else {}
        if request.signed_for == self.region or not request.signed_for:
            return None
        self.hits += 1
        more = f"<Region>{self.region}</Region>" if self._tells else ""
        return error(400, "AuthorizationHeaderMalformed", "the region is wrong", more, **headers)

    def answered(self, request: Request, answer: Answer, server: TemperProxy) -> None:
        if request.operation == "HeadBucket" and self._header:
            answer.headers["x-amz-bucket-region"] = self.region


class HeaderRefused(Temper):
    """Refuses writes with this header in bare words (encryption, storage classes)."""

    def __init__(self, name: str, status: int = 400, code: str = "InvalidRequest") -> None:
        self._name, self._status, self._code = name, status, code

    def asked(self, request: Request, server: TemperProxy) -> Answer | None:
        if self._name in request.headers:
            self.hits += 1
            return error(self._status, self._code, "")
        return None


class EncryptionIgnored(Temper):
    """Takes the header that asks for encryption and does not look at it (Garage, rclone)."""

    def asked(self, request: Request, server: TemperProxy) -> Answer | None:
        for name in [name for name in request.headers if name.startswith("x-amz-server-side-encryption")]:
            del request.headers[name]
            self.hits += 1
        return None


class Refusal(Temper):
    """Refuses an operation, as often as told. ahead: seconds that the server's clock is ahead of ours."""

    def __init__(self, operation: str, status: int, code: str, *, times: int = 1 << 30, ahead: float = 0.0) -> None:
        self._operation, self._status, self._code, self._times, self._ahead = operation, status, code, times, ahead

    def asked(self, request: Request, server: TemperProxy) -> Answer | None:
        if request.operation != self._operation or self.hits >= self._times:
            return None
        self.hits += 1
        date = email.utils.formatdate(time.time() + self._ahead, usegmt=True)
        return error(self._status, self._code, date=date)


class Repeated(Temper):
    """Sends requests to the server twice and gives the second answer, as a proxy does that has lost the first one."""

    def __init__(self, *operations: str) -> None:
        self._operations = operations

    def asked(self, request: Request, server: TemperProxy) -> Answer | None:
        if request.operation in self._operations:
            self.hits += 1
            server.pass_on(request)
        return None


class Instead(Temper):
    """Answers in place of the server, as proxies do: some requests of some operations (none named: of all).

    part: of the address; times: how often, after the first ``spare`` requests.
    """

    def __init__(
        self,
        answer: Callable[[], Answer],
        *operations: str,
        part: str = "",
        times: int = 1 << 30,
        spare: int = 0,
        header: str = "",
    ) -> None:
        self._answer, self._operations, self._part, self._header = answer, operations, part, header
        self._times, self._spare = times, spare

    def asked(self, request: Request, server: TemperProxy) -> Answer | None:
        if self._operations and request.operation not in self._operations:
            return None
        if self._part not in request.target or (self._header and self._header not in request.headers):
            return None
        self._spare -= 1
        if self._spare >= 0 or self.hits >= self._times:
            return None
        self.hits += 1
        return self._answer()


def page(status: int, words: str = "It works", **headers: str) -> Callable[[], Answer]:
    """A web page of a proxy."""
    text = f"<html><head><title>{words}</title></head><body><h1>{words}</h1><hr/>nginx</body></html>"
    return lambda: Answer(status, {"content-type": "text/html", **headers}, text.encode())


class InHostName(Temper):
    """Wants the bucket in the host name (``BUCKET.store.invalid``), and refuses it in the path."""

    def __init__(self, host: str, bucket: str) -> None:
        self._host, self._bucket = host, bucket

    def asked(self, request: Request, server: TemperProxy) -> Answer | None:
        name = request.headers.get("x-temper-host", "").partition(":")[0]
        if name != f"{self._bucket}.{self._host}":
            self.hits += 1
            return error(403, "SecondLevelDomainForbidden")
        request.target = f"/{self._bucket}{request.target}"
        return None


class Lacking(Temper):
    """Leaves one element out of the answers to one operation."""

    def __init__(self, operation: str, element: str = "", header: str = "") -> None:
        self._operation, self._element, self._header = operation, element.encode(), header

    def answered(self, request: Request, answer: Answer, server: TemperProxy) -> None:
        if request.operation != self._operation:
            return
        before = (answer.body, dict(answer.headers))
        if self._element:
            pattern = rb"<%s>.*?</%s>" % (self._element, self._element)
            answer.body = re.sub(pattern, b"", answer.body, flags=re.DOTALL)
        answer.headers.pop(self._header, None)
        self.hits += before != (answer.body, answer.headers)


class Meanwhile(Temper):
    """Calls something before (or after) a request of one operation is carried out, once."""

    def __init__(self, operation: str, call: Callable[[Request], None], *, after: bool = False) -> None:
        self._operation, self._call, self._after = operation, call, after

    def _now(self, request: Request) -> None:
        if request.operation == self._operation and not self.hits:
            self.hits += 1
            self._call(request)

    def asked(self, request: Request, server: TemperProxy) -> Answer | None:
        if not self._after:
            self._now(request)
        return None

    def answered(self, request: Request, answer: Answer, server: TemperProxy) -> None:
        if self._after:
            self._now(request)


class TemperProxy:
    """Stands before a server. ``url`` is its address, ``requests`` the operations asked for so far."""

    def __init__(self, server: RunningS3, *tempers: Temper) -> None:
        self.server, self.tempers = server, list(tempers)
        self.requests: list[str] = []
        self._closed = False
        proxy = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def handle_one_request(self) -> None:
                try:
                    super().handle_one_request()
                except OSError:
                    self.close_connection = True

            def log_message(self, *arguments: Any) -> None:
                """Quiet."""

            def _serve(self) -> None:
                proxy._serve(self)

            do_GET = do_PUT = do_POST = do_HEAD = do_DELETE = _serve

        self._listener = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._listener.daemon_threads = True
        self.port = int(self._listener.server_address[1])
        self.url = f"http://127.0.0.1:{self.port}"
        self._thread = threading.Thread(target=self._listener.serve_forever, args=(0.05,), daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop listening."""
        self._listener.shutdown()
        self._listener.server_close()
        self._thread.join(5)

    def __enter__(self) -> TemperProxy:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def ask(self, method: str, target: str) -> Answer:
        """Ask the server itself."""
        return self.pass_on(Request(method, target, {}, b""))

    def _serve(self, handler: http.server.BaseHTTPRequestHandler) -> None:
        headers = {name.lower(): value for name, value in handler.headers.items()}
        body = handler.rfile.read(int(headers.get("content-length") or 0))
        scope = re.search(r"Credential=[^/]+/\d+/([^/]+)/", headers.get("authorization", ""))
        request = Request(handler.command, handler.path, headers, body, scope[1] if scope else "")
        if request.presigned:
            request.signed_for = request.query.get("X-Amz-Credential", "").split("/")[2]
        request.headers["x-temper-host"] = headers.get("host", "")
        self.requests.append(request.operation)
        answer = None
        for temper in self.tempers:
            answer = answer or temper.asked(request, self)
        if answer is None:
            answer = self.pass_on(request)
            for temper in reversed(self.tempers):
                temper.answered(request, answer, self)
        self._send(handler, answer)

    def pass_on(self, request: Request) -> Answer:
        """The server's answer to a request."""
        headers = {
            name: value
            for name, value in request.headers.items()
            if name not in _HOP and not name.startswith("x-temper")
        }
        target = request.target
        if request.presigned:  # signed anew as well: it was signed for another host
            target = request.path
        headers = self._signed(request.method, target, headers)
        connection = http.client.HTTPConnection("127.0.0.1", self.server.plain_port, timeout=60)
        try:
            connection.request(request.method, target, body=request.body or None, headers=headers)
            answer = connection.getresponse()
            found = {name.lower(): value for name, value in answer.getheaders() if name.lower() not in _HOP}
            found["x-temper-length"] = answer.getheader("Content-Length") or ""
            return Answer(answer.status, found, answer.read())
        finally:
            connection.close()

    def _signed(self, method: str, target: str, headers: dict[str, str]) -> dict[str, str]:
        from botocore.auth import S3SigV4Auth
        from botocore.awsrequest import AWSRequest
        from botocore.credentials import Credentials

        kept = {name: value for name, value in headers.items() if name not in _SIGNATURE}
        kept["host"] = f"127.0.0.1:{self.server.plain_port}"
        request = AWSRequest(method, f"http://{kept['host']}{target}", headers=kept)
        request.context["payload_signing_enabled"] = False
        request.headers["X-Amz-Content-SHA256"] = "UNSIGNED-PAYLOAD"
        keys = Credentials(self.server.access_key, self.server.secret_key)
        signer = S3SigV4Auth(keys, "s3", self.server.region)
        signer.payload = lambda dummy: "UNSIGNED-PAYLOAD"
        signer.add_auth(request)
        return {str(name): str(value) for name, value in request.headers.items()}

    @staticmethod
    def _send(handler: http.server.BaseHTTPRequestHandler, answer: Answer) -> None:
        length = answer.headers.pop("x-temper-length", "")
        handler.send_response_only(answer.status)
        for name, value in answer.headers.items():
            handler.send_header(name, value)
        head = handler.command == "HEAD"
        if answer.chunked and not head:
            handler.send_header("Transfer-Encoding", "chunked")
        elif not answer.chunked:
            handler.send_header("Content-Length", length if head and length else str(len(answer.body)))
        handler.end_headers()
        if head:
            return
        if answer.chunked:
            for start in range(0, len(answer.body), 1 << 16):
                block = answer.body[start : start + (1 << 16)]
                handler.wfile.write(f"{len(block):x}\r\n".encode() + block + b"\r\n")
            handler.wfile.write(b"0\r\n\r\n")
        else:
            handler.wfile.write(answer.body)

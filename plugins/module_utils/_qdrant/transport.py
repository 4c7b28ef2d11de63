# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""HTTP to one node with ``requests``: one session, time-outs, careful retries, one kind of error.

Nothing of the environment is used (``trust_env`` off): a proxy variable or a .netrc entry must neither carry the key
elsewhere nor replace it, and a node is always addressed itself. Redirects are not followed for the same reason.
"""

from __future__ import annotations

import contextlib
import socket
import time
from collections.abc import Iterable
from typing import Any, Callable, Optional

from .._base.errors import MissingLibraryError, UsageError
from .._base.redaction import register_secret
from . import answers, failures
from .errors import QdrantError
from .options import NodeOptions, check_files, checked_key, checked_url
from .patience import Abandoned, wait_watched

REQUESTS_ERROR: str | None = None
try:
    import requests
    import requests.adapters
    import urllib3
except ImportError as error:
    REQUESTS_ERROR = str(error)

Timeout = tuple[float, Optional[float]]
# The exceptions that mean "no (whole) answer". What requests says of a wrong address (ValueErrors) is not among them.
CONNECTION_ERRORS: tuple[type[BaseException], ...] = (ConnectionError, socket.timeout)
if REQUESTS_ERROR is None:
    CONNECTION_ERRORS += (
        requests.exceptions.ConnectionError,
        requests.exceptions.Timeout,
        requests.exceptions.ChunkedEncodingError,
        requests.exceptions.ContentDecodingError,
        urllib3.exceptions.HTTPError,
    )
_PAUSES = (0.2, 0.6)  # between tries of a GET: a node that restarts refuses, and says 503, for a moment
_LIMITED = 3  # tries of a read that a rate limit refuses, each after the pause that the node asks for
_LONGEST_PAUSE = 10.0  # a node that asks for more is not waited for
_KEEPALIVE = (("TCP_KEEPIDLE", 30), ("TCP_KEEPINTVL", 10), ("TCP_KEEPCNT", 6))
_LONGEST_ERROR = 1 << 16  # of an answer that is no success nobody needs more
_LIFE_TIMEOUT = 5.0
_SILENCE = 90.0  # a busy node may be slow; one that says nothing at all for so long is taken for dead


def socket_options() -> list[tuple[int, int, int]]:
    """Keepalive on every connection: a long recover is silent, and a host that died must be noticed all the same."""
    options = [(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1), (socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)]
    options += [(socket.IPPROTO_TCP, getattr(socket, n), v) for n, v in _KEEPALIVE if hasattr(socket, n)]
    return options


class Transport:
    """Calls of one node: ``ask`` and ``ask_long`` give a JSON answer's ``result``, ``text`` a body, ``open`` a stream.

    In all of them ``attempted`` and ``on`` are the words for error messages: "describe", "collection 'articles'".
    """

    def __init__(self, options: NodeOptions) -> None:
        if REQUESTS_ERROR is not None:
            raise MissingLibraryError("requests", "talk to Qdrant", REQUESTS_ERROR)
        self.options = options
        self.url = checked_url(options.url)
        self.timeout = float(options.timeout)
        if self.timeout <= 0 or self.timeout != self.timeout:  # the second is NaN
            raise UsageError(f"timeout {options.timeout!r} is not above 0", "Give it in seconds.")
        check_files(options)
        self._key = checked_key(options.api_key)
        register_secret(self._key)
        self._session = self._make_session()

    def _make_session(self) -> requests.Session:
        session = requests.Session()
        session.trust_env = False
        session.headers.update({"Accept-Encoding": "identity", "User-Agent": "vectorops.qdrant"})
        if self._key:
            session.headers["api-key"] = self._key
        session.verify = (self.options.ca_path or True) if self.options.validate_certs else False
        cert, key = self.options.client_cert, self.options.client_key
        if cert:
            session.cert = (cert, key) if key else cert
        if not self.options.validate_certs:
            urllib3.disable_warnings(urllib3.exceptions.InsecureRequestWarning)
        for scheme in ("http://", "https://"):
            adapter = requests.adapters.HTTPAdapter(max_retries=0)
            adapter.init_poolmanager(4, 10, block=False, socket_options=socket_options())
            session.mount(scheme, adapter)
        return session

    def close(self) -> None:
        """Give the connections back."""
        self._session.close()

    def where(self, on: str) -> str:
        """``<object> on <url>`` for messages."""
        return f"{on} on {self.url}" if on else self.url

    def alive(self) -> bool:
        """Whether the node answers anything at all, at once."""
        try:
            with self._session.get(
                self.url + "/livez", timeout=min(self.timeout, _LIFE_TIMEOUT), allow_redirects=False, stream=True
            ):
                return True
        except CONNECTION_ERRORS:
            return False

    def ask(
        self,
        method: str,
        path: str,
        attempted: str,
        on: str = "",
        *,
        json: Any = None,
        params: dict[str, str] | None = None,
        timeout: Timeout | None = None,
        changes: bool = False,
    ) -> Any:
        """The ``result`` of a JSON answer with status 200; QdrantError for everything else.

        changes: the call changes something, and goes out on a new connection: an idle one, which the node may just be
        closing, could lose it, and it is not sent twice.
        """
        if changes:
            self._session.close()
        return self._ask(self._session, method, path, attempted, on, timeout, changes=changes, json=json, params=params)

    def ask_long(
        self,
        method: str,
        path: str,
        attempted: str,
        on: str,
        *,
        deadline: float | None,
        json: Any = None,
        params: dict[str, str] | None = None,
        data: Iterable[bytes] | None = None,
        headers: dict[str, str] | None = None,
        over: Callable[[], str] | None = None,
    ) -> Any:
        """The same for a call that may take as long as the node lives, ``deadline`` seconds at most where given; until
        ``over`` says why it is to be given up."""
        session = self._make_session()

        def call() -> Any:
            patience = (self.timeout, None)
            request = {"json": json, "params": params, "data": data, "headers": headers}
            return self._ask(session, method, path, attempted, on, patience, changes=True, **request)

        with contextlib.closing(session):
            try:
                patience = max(_SILENCE, 2 * self.timeout)
                return wait_watched(call, self.alive, deadline=deadline, silence=patience, over=over)
            except Abandoned as error:
                raise QdrantError(
                    attempted, self.where(on), str(error), failures.LOOK_FIRST, kind="no_answer"
                ) from None

    def text(self, path: str, attempted: str, *, any_status: bool = False) -> tuple[int, str, str]:
        """Status, content type and body of a GET; statuses other than 200 raise unless ``any_status``."""
        response = self._send(self._session, "GET", path, attempted, "", retry_503=not any_status)
        text = self._body(response, attempted, "", None)
        if not any_status:
            self._judge(response, text, attempted, "")
        return response.status_code, response.headers.get("content-type", ""), text

    def open(self, path: str, attempted: str, on: str, *, timeout: Timeout | None = None) -> requests.Response:
        """The response of a GET whose body is not read yet; the caller closes it."""
        response = self._send(self._session, "GET", path, attempted, on, timeout=timeout)
        if response.status_code != 200:
            self._judge(response, self._body(response, attempted, on, timeout), attempted, on)
        return response

    def lost(
        self,
        attempted: str,
        on: str,
        error: BaseException,
        timeout: Timeout | None = None,
        *,
        changes: bool = False,
    ) -> QdrantError:
        """The error for a connection that failed while ``attempted``."""
        patience = timeout or (self.timeout, self.timeout)
        return failures.connection_error(attempted, self.where(on), error, self.url, patience, changes)

    def _ask(
        self,
        session: requests.Session,
        method: str,
        path: str,
        attempted: str,
        on: str,
        timeout: Timeout | None,
        *,
        changes: bool,
        **request: Any,
    ) -> Any:
        response = self._send(session, method, path, attempted, on, timeout=timeout, changes=changes, **request)
        text = self._body(response, attempted, on, timeout, changes=changes)
        self._judge(response, text, attempted, on)
        try:
            return answers.result_of(text)
        except ValueError as error:
            raise answers.wrong_shape(attempted, self.where(on), response.status_code, str(error)) from None

    def _send(
        self,
        session: requests.Session,
        method: str,
        path: str,
        attempted: str,
        on: str,
        *,
        timeout: Timeout | None = None,
        retry_503: bool = True,
        changes: bool = False,
        **request: Any,
    ) -> requests.Response:
        """One request, its body not read yet. Only a GET is tried again, at most twice; and what changes nothing, where
        a rate limit refuses it and the node says when it would not."""
        pauses = list(_PAUSES) if method == "GET" else []
        limited = 0 if changes else _LIMITED
        patience = timeout or (self.timeout, self.timeout)
        while True:
            try:
                response = session.request(
                    method, self.url + path, timeout=patience, allow_redirects=False, stream=True, **request
                )
                asked = _pause_asked_for(response) if limited else None
                if asked is None and (response.status_code != 503 or not pauses or not retry_503):
                    return response
                response.close()
                if asked is not None:
                    limited -= 1
                    time.sleep(asked)
                    continue
            except CONNECTION_ERRORS as error:
                if not pauses or not failures.may_be_tried_again(error, self.url):
                    raise self.lost(attempted, on, error, patience, changes=changes) from None
            except (ValueError, OSError) as error:  # an address or a certificate file that requests refuses
                raise UsageError(f"{self.url} cannot be called: {error}", "Check url and certificate files.") from None
            time.sleep(pauses.pop(0))

    def _body(
        self, response: requests.Response, attempted: str, on: str, timeout: Timeout | None, *, changes: bool = False
    ) -> str:
        try:
            if response.status_code == 200:
                body: bytes = response.content
                announced = response.headers.get("content-length", "")
                # urllib3 before 2.0 takes a body that was cut for a whole one.
                if announced.isdigit() and len(body) != int(announced) and "content-encoding" not in response.headers:
                    raise ConnectionError(f"it ended after {len(body)} of {announced} bytes")
            else:
                body = next(response.iter_content(_LONGEST_ERROR), b"")
            return body.decode("utf-8", "replace")
        except CONNECTION_ERRORS as error:
            raise self.lost(attempted, on, error, timeout, changes=changes) from None
        finally:
            response.close()

    def _judge(self, response: requests.Response, text: str, attempted: str, on: str) -> None:
        """Raise for anything but 200. 202 (accepted, not done) is nothing that we ask for."""
        status = response.status_code
        if status == 200:
            return
        if 300 <= status < 400:
            raise answers.redirect_error(attempted, self.where(on), status, response.headers.get("location", ""))
        raise answers.answer_error(attempted, self.where(on), status, response.headers.get("content-type", ""), text)


def _pause_asked_for(response: requests.Response) -> float | None:
    """Seconds after which a read that a rate limit refused may come again; None where it is no such refusal, or not
    worth the wait (an operation that costs more than the whole limit gets no time at all)."""
    text = response.headers.get("retry-after", "")
    if response.status_code != 429 or not text.isdigit() or float(text) > _LONGEST_PAUSE:
        return None
    return float(text)

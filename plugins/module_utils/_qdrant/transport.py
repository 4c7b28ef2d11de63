# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""HTTP to one node with ``requests``: one session, time-outs, careful retries, one kind of error.

Nothing of the environment is used (``trust_env`` off): a proxy variable or a .netrc entry must neither carry the key
elsewhere nor replace it, and a node is always addressed itself. Redirects are not followed for the same reason.
"""

from __future__ import annotations

import socket
import time
from collections.abc import Iterable
from typing import Any, Optional

from .._base.errors import MissingLibraryError, UsageError
from .._base.redaction import register_secret
from . import answers, failures
from .errors import QdrantError
from .options import NodeOptions, check_files, checked_key, checked_url

REQUESTS_ERROR: str | None = None
try:
    import requests
    import requests.adapters
    import urllib3
except ImportError as error:
    REQUESTS_ERROR = str(error)

_PAUSES = (0.2, 0.6)  # between tries of a GET: a node that restarts refuses, and says 503, for a moment
_KEEPALIVE = (("TCP_KEEPIDLE", 30), ("TCP_KEEPINTVL", 10), ("TCP_KEEPCNT", 6))
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


def socket_options() -> list[tuple[int, int, int]]:
    """Keepalive on every connection: a long recover is silent, and a host that died must be noticed all the same."""
    options = [(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1), (socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)]
    options += [(socket.IPPROTO_TCP, getattr(socket, n), v) for n, v in _KEEPALIVE if hasattr(socket, n)]
    return options


class Transport:
    """Calls of one node. ``ask`` gives the ``result`` of a JSON answer, ``text`` a plain body, ``open`` a stream."""

    def __init__(self, options: NodeOptions) -> None:
        if REQUESTS_ERROR is not None:
            raise MissingLibraryError("requests", "talk to Qdrant", REQUESTS_ERROR)
        self.options = options
        self.url = checked_url(options.url)
        self.timeout = float(options.timeout)
        if not self.timeout > 0:
            raise UsageError(f"timeout {options.timeout!r} is not above 0", "Give it in seconds.")
        check_files(options)
        key = checked_key(options.api_key)
        register_secret(options.api_key)
        register_secret(key)
        self._session = self._make_session(key)

    def _make_session(self, key: str | None) -> requests.Session:
        session = requests.Session()
        session.trust_env = False
        session.headers.update({"Accept-Encoding": "identity", "User-Agent": "vectorops.qdrant"})
        if key:
            session.headers["api-key"] = key
        session.verify = (self.options.ca_path or True) if self.options.validate_certs else False
        if self.options.client_cert:
            pair = (self.options.client_cert, self.options.client_key)
            session.cert = pair if self.options.client_key else self.options.client_cert  # type: ignore[assignment]
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
        fresh: bool = False,
        data: Iterable[bytes] | None = None,
        headers: dict[str, str] | None = None,
    ) -> Any:
        """The ``result`` of a JSON answer with status 200; QdrantError for everything else."""
        response = self._send(
            method, path, attempted, on,
            json=json, params=params, timeout=timeout, fresh=fresh, data=data, headers=headers,
        )  # fmt: skip
        text = self._body(response, attempted, on, timeout)
        self._judge(response, text, attempted, on)
        try:
            answer = answers.parse_object(text)
            if answer.get("status") == "ok":
                return answer["result"]
            why = f"status {answer.get('status')!r}"
        except (ValueError, KeyError) as error:
            why = f"the answer cannot be read ({error})"
        raise answers.wrong_shape(attempted, self.where(on), response.status_code, why)

    def text(self, path: str, attempted: str, *, any_status: bool = False) -> tuple[int, str, str]:
        """Status, content type and body of a GET; statuses other than 200 raise unless ``any_status``."""
        response = self._send("GET", path, attempted, "", retry_503=not any_status)
        text = self._body(response, attempted, "", None)
        if not any_status:
            self._judge(response, text, attempted, "")
        return response.status_code, response.headers.get("content-type", ""), text

    def open(self, path: str, attempted: str, on: str, *, timeout: Timeout | None = None) -> requests.Response:
        """The response of a GET whose body is not read yet; the caller closes it."""
        response = self._send("GET", path, attempted, on, timeout=timeout)
        if response.status_code != 200:
            with response:
                self._judge(response, self._body(response, attempted, on, timeout), attempted, on)
        return response

    def lost(self, attempted: str, on: str, error: BaseException, timeout: Timeout | None = None) -> QdrantError:
        """The error for a connection that failed while ``attempted``."""
        connect, read = timeout or (self.timeout, self.timeout)
        names = type(error).__name__ + repr(error)
        seconds = connect if "Connect" in names and "Read" not in names else (read or 0)
        return failures.connection_error(attempted, self.where(on), error, self.url, seconds)

    def _send(
        self,
        method: str,
        path: str,
        attempted: str,
        on: str,
        *,
        timeout: Timeout | None = None,
        fresh: bool = False,
        retry_503: bool = True,
        **request: Any,
    ) -> requests.Response:
        """One request; only a GET is tried again, at most twice. The body is not read yet.

        fresh: on a connection of its own, so that no idle one, which the node may just be closing, can lose a call that
        must not be sent twice.
        """
        if fresh:
            self._session.close()
        pauses = list(_PAUSES) if method == "GET" else []
        while True:
            try:
                response = self._session.request(
                    method,
                    self.url + path,
                    timeout=timeout or (self.timeout, self.timeout),
                    allow_redirects=False,
                    stream=True,
                    **request,
                )
                if response.status_code != 503 or not pauses or not retry_503:
                    return response
                response.close()
            except CONNECTION_ERRORS as error:
                if not pauses or not failures.may_be_tried_again(error, self.url):
                    raise self.lost(attempted, on, error, timeout) from None
            except (ValueError, OSError) as error:  # an address or a certificate file that requests refuses
                raise UsageError(
                    f"{self.url} cannot be called: {error}", "Check url and the certificate files."
                ) from None
            time.sleep(pauses.pop(0))

    def _body(self, response: requests.Response, attempted: str, on: str, timeout: Timeout | None) -> str:
        try:
            return response.content.decode("utf-8", "replace")
        except CONNECTION_ERRORS as error:
            raise self.lost(attempted, on, error, timeout) from None
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

# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""HTTP to one node: time-outs, limited retries, one kind of error.

The environment is not used: a proxy variable or a .netrc entry must not send the key to another host or replace it.
Redirects are not followed for the same reason.
"""

from __future__ import annotations

import json as json_library
import time
import urllib.parse
from collections.abc import Sized
from typing import Any, Callable, Optional

from .._base.errors import UsageError
from .._base.redaction import register_secret
from . import answers, failures
from .connections import CONNECTION_ERRORS, Answer, Connections
from .errors import QdrantError
from .options import NodeOptions, check_files, checked_key, checked_url
from .patience import Abandoned, wait_watched

Timeout = tuple[float, Optional[float]]
_PAUSES = (0.2, 0.6)  # between attempts of a GET: a restarting node refuses connections or answers 503 for a moment
_LIMITED = 3  # attempts of a read that a rate limit refuses, each after the pause that the node requests
_LONGEST_PAUSE = 10.0  # longer pauses are not waited for
_LONGEST_ERROR = 1 << 16  # bytes of an error answer to read
_LIFE_TIMEOUT = 5.0
_SILENCE = 90.0  # a busy node may be slow; without any answer for this time, a node counts as dead


class Transport:
    """Calls of one node: ``ask`` and ``ask_long`` give a JSON answer's ``result``, ``text`` a body, ``open`` a stream.

    In all of them ``attempted`` and ``on`` are parts of error messages: "describe", "collection 'articles'".
    """

    def __init__(self, options: NodeOptions) -> None:
        self.options = options
        self.url = checked_url(options.url)
        self.timeout = float(options.timeout)
        if self.timeout <= 0 or self.timeout != self.timeout:  # the second is NaN
            raise UsageError(f"timeout {options.timeout!r} is not above 0", "Set timeout to a number of seconds.")
        check_files(options)
        self._key = checked_key(options.api_key)
        register_secret(self._key)
        self._headers = {"Accept-Encoding": "identity", "User-Agent": "vectorops.qdrant"}
        if self._key:
            self._headers["api-key"] = self._key
        self._path = urllib.parse.urlsplit(self.url).path
        self._connections = Connections(self.url, options)

    def close(self) -> None:
        """Close the connections."""
        self._connections.close()

    def where(self, on: str) -> str:
        """``<object> on <url>`` for messages."""
        return f"{on} on {self.url}" if on else self.url

    def alive(self) -> bool:
        """Whether the node answers any request immediately."""
        patience = min(self.timeout, _LIFE_TIMEOUT)
        try:
            self._request("GET", self._path + "/livez", (patience, patience)).close()
            return True
        except CONNECTION_ERRORS:
            return False

    def unreachable(self) -> str:
        """Why no connection can be made, "" if one can, whatever the node answers then."""
        patience = min(self.timeout, _LIFE_TIMEOUT)
        try:
            self._request("GET", self._path + "/livez", (patience, patience)).close()
        except CONNECTION_ERRORS as error:
            lost = self.lost("reach", "", error, (patience, patience))
            return lost.said if lost.kind == "unreachable" else ""
        return ""

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

        changes: the call changes something, and uses a new connection: the node may close an idle one, and the call
        must not be sent twice.
        """
        return self._ask(method, path, attempted, on, timeout, changes=changes, json=json, params=params)

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
        data: Sized | None = None,
        headers: dict[str, str] | None = None,
        over: Callable[[], str] | None = None,
    ) -> Any:
        """The same for a call without a time limit while the node lives, or ``deadline`` seconds at most; until
        ``over`` returns why to abandon it. data: an iterable of the ``len`` bytes of a body."""

        def call() -> Any:
            patience = (self.timeout, None)
            request = {"json": json, "params": params, "data": data, "headers": headers}
            return self._ask(method, path, attempted, on, patience, changes=True, **request)

        try:
            patience = max(_SILENCE, 2 * self.timeout)
            return wait_watched(call, self.alive, deadline=deadline, silence=patience, over=over)
        except Abandoned as error:
            said, where = str(error), self.where(on)
            raise QdrantError(attempted, where, said, failures.LOOK_FIRST, kind="no_answer", abandoned=True) from None

    def text(self, path: str, attempted: str, *, any_status: bool = False) -> tuple[int, str, str]:
        """Status, content type and body of a GET; statuses other than 200 raise unless ``any_status``."""
        response = self._send("GET", path, attempted, "", retry_503=not any_status)
        text = self._body(response, attempted, "", None)
        if not any_status:
            self._judge(response, text, attempted, "")
        return response.status, response.headers.get("content-type", ""), text

    def open(self, path: str, attempted: str, on: str, *, timeout: Timeout | None = None) -> Answer:
        """The response of a GET whose body is not read yet; the caller closes it."""
        response = self._send("GET", path, attempted, on, timeout=timeout)
        if response.status != 200:
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
        method: str,
        path: str,
        attempted: str,
        on: str,
        timeout: Timeout | None,
        *,
        changes: bool,
        **request: Any,
    ) -> Any:
        response = self._send(method, path, attempted, on, timeout=timeout, changes=changes, **request)
        text = self._body(response, attempted, on, timeout, changes=changes)
        self._judge(response, text, attempted, on)
        try:
            return answers.result_of(text)
        except ValueError as error:
            raise answers.wrong_shape(attempted, self.where(on), response.status, str(error)) from None

    def _unusable(self, error: BaseException) -> UsageError:
        return UsageError(f"{self.url} cannot be called: {error}", "Check url and certificate files.")

    def _send(
        self,
        method: str,
        path: str,
        attempted: str,
        on: str,
        *,
        timeout: Timeout | None = None,
        retry_503: bool = True,
        changes: bool = False,
        json: Any = None,
        params: dict[str, str] | None = None,
        data: Sized | None = None,
        headers: dict[str, str] | None = None,
    ) -> Answer:
        """One request, its body not read yet. Only a GET is retried, at most twice; and calls that change nothing if a
        rate limit refuses them and the node says when to retry."""
        pauses = list(_PAUSES) if method == "GET" else []
        limited = 0 if changes else _LIMITED
        patience = timeout or (self.timeout, self.timeout)
        target = self._path + path + ("?" + urllib.parse.urlencode(params) if params else "")
        more = dict(headers or {})
        body: Any = data
        if data is not None:
            more["Content-Length"] = str(len(data))
        elif json is not None:
            body = json_library.dumps(json).encode("utf-8")
            more["Content-Type"] = "application/json"
        while True:
            try:
                response = self._request(method, target, patience, body, more, alone=changes)
                asked = _pause_asked_for(response) if limited else None
                if asked is None and (response.status != 503 or not pauses or not retry_503):
                    return response
                response.close()
                if asked is not None:
                    limited -= 1
                    time.sleep(asked)
                    continue
            except CONNECTION_ERRORS as error:
                if not pauses or not failures.may_be_tried_again(error, self.url):
                    raise self.lost(attempted, on, error, patience, changes=changes) from None
            except ValueError as error:
                raise self._unusable(error) from None
            time.sleep(pauses.pop(0))

    def _request(
        self,
        method: str,
        target: str,
        patience: Timeout,
        body: Any = None,
        headers: dict[str, str] | None = None,
        *,
        alone: bool = False,
    ) -> Answer:
        more = {**self._headers, **(headers or {})}
        return self._connections.request(method, target, patience, body, more, alone=alone)

    def _body(
        self, response: Answer, attempted: str, on: str, timeout: Timeout | None, *, changes: bool = False
    ) -> str:
        try:
            if response.status == 200:
                body = response.read()
            else:
                body = response.read(_LONGEST_ERROR)
            return body.decode("utf-8", "replace")
        except CONNECTION_ERRORS as error:
            raise self.lost(attempted, on, error, timeout, changes=changes) from None
        finally:
            response.close()

    def _judge(self, response: Answer, text: str, attempted: str, on: str) -> None:
        """Raise unless the status is 200. 202 (accepted, not done) is never requested."""
        status = response.status
        if status == 200:
            return
        if 300 <= status < 400:
            raise answers.redirect_error(attempted, self.where(on), status, response.headers.get("location", ""))
        raise answers.answer_error(attempted, self.where(on), status, response.headers.get("content-type", ""), text)


def _pause_asked_for(response: Answer) -> float | None:
    """Seconds after which to retry a read that a rate limit refused; None for other refusals, or if the wait is useless
    (an operation that exceeds the whole limit gets no time)."""
    text = response.headers.get("retry-after", "")
    if response.status != 429 or not text.isdigit() or float(text) > _LONGEST_PAUSE:
        return None
    return float(text)

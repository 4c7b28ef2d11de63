# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads the first bytes of an archive behind a URL before a node gets the URL. A node waits very long for a store that
accepts but does not answer, does not retry, and does not report the store's error."""

from __future__ import annotations

import dataclasses
import time

from .._base.errors import EngineError, MissingLibraryError
from .foreign import CONNECT, HEADERS, REQUESTS_ERROR

try:  # noqa: SIM105 (the gate on libraries wants this form)
    import requests
except ImportError:  # see REQUESTS_ERROR
    pass

FIRST_BYTES = 1 << 20
_CHUNK = 1 << 16
_LONG_ENOUGH = 2.0  # seconds
_PASSING = (429, 500, 502, 503, 504)
_PAUSES = (0.5, 1.0)


@dataclasses.dataclass(frozen=True)
class _Answer:
    """rate: bytes a second; why: the error, "" if only this host cannot check; again: a retry may succeed."""

    rate: float | None = None
    why: str = ""
    again: bool = False


def first_bytes(url: str, silence: float, api_key: str | None = None) -> float | None:
    """Measured bytes a second; None if this host cannot check (no route, another authority for TLS).

    EngineError if the store refuses (three times if a retry may succeed), or sends nothing for ``silence`` seconds.
    """
    if REQUESTS_ERROR is not None:
        raise MissingLibraryError("requests", "read an archive behind a URL", REQUESTS_ERROR)
    headers = {**HEADERS, "Range": f"bytes=0-{FIRST_BYTES - 1}", **({"api-key": api_key} if api_key else {})}
    answer = _ask(url, headers, silence)
    for pause in _PAUSES:
        if not answer.again:
            break
        time.sleep(pause)
        answer = _ask(url, headers, silence)
    if answer.why:
        hint = "Check the store (endpoint_url), and the permissions of its user."
        raise EngineError("read the first bytes of", f"the archive at {url}", answer.why, hint)
    return answer.rate


def _ask(url: str, headers: dict[str, str], silence: float) -> _Answer:
    began = time.monotonic()
    try:
        with requests.get(url, stream=True, timeout=(CONNECT, silence), headers=headers) as answer:
            if answer.status_code not in (200, 206):
                why = f"the store answered HTTP {answer.status_code} {answer.reason}"
                return _Answer(why=why, again=answer.status_code in _PASSING)
            return _Answer(_begin(answer, began) / max(time.monotonic() - began, 1e-6))
    except requests.exceptions.SSLError:
        return _Answer()
    except requests.exceptions.RequestException as error:
        if _is_silence(error):
            return _Answer(why=f"the store accepted the request but sent nothing for {silence:g} seconds")
        return _Answer(again=not isinstance(error, requests.exceptions.ConnectTimeout))
    except (OSError, ValueError):
        return _Answer()


def _begin(answer: requests.Response, began: float) -> int:
    """Read the first bytes, or as many as arrive in a moment; returns their number."""
    got = 0
    for chunk in answer.iter_content(_CHUNK):
        got += len(chunk)
        if got >= FIRST_BYTES or time.monotonic() - began > _LONG_ENOUGH:
            break
    return got


def _is_silence(error: BaseException) -> bool:
    """A time-out while the body is read comes as a ConnectionError."""
    return isinstance(error, requests.exceptions.ReadTimeout) or "Read timed out" in str(error)

# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A look at how an archive behind a URL begins, before a node gets the URL: a node waits far longer than anybody would
for a store that accepts and says nothing, does not try again, and keeps the store's words to itself."""

from __future__ import annotations

import dataclasses
import time

from .._base.errors import EngineError, MissingLibraryError
from .foreign import CONNECT, HEADERS
from .transport import REQUESTS_ERROR

try:  # noqa: SIM105 (the gate on libraries wants this form)
    import requests
except ImportError:  # told by REQUESTS_ERROR
    pass

FIRST_BYTES = 1 << 20
_CHUNK = 1 << 16
_LONG_ENOUGH = 2.0  # seconds
_PASSING = (429, 500, 502, 503, 504)
_PAUSES = (0.5, 1.0)


@dataclasses.dataclass(frozen=True)
class _Look:
    """rate: bytes a second; why: what was wrong, "" where only this host cannot tell; again: it may pass."""

    rate: float | None = None
    why: str = ""
    again: bool = False


def first_bytes(url: str, silence: float, api_key: str | None = None) -> float | None:
    """Bytes a second of what came; None where this host cannot tell (no route, another authority for TLS).

    EngineError where the store refuses, three times where that may pass, or is silent for so many seconds.
    """
    if REQUESTS_ERROR is not None:
        raise MissingLibraryError("requests", "read an archive behind a URL", REQUESTS_ERROR)
    headers = {**HEADERS, "Range": f"bytes=0-{FIRST_BYTES - 1}", **({"api-key": api_key} if api_key else {})}
    look = _look(url, headers, silence)
    for pause in _PAUSES:
        if not look.again:
            break
        time.sleep(pause)
        look = _look(url, headers, silence)
    if look.why:
        hint = "Check the store (endpoint_url), and what its user may read."
        raise EngineError("read the first bytes of", f"the archive at {url}", look.why, hint)
    return look.rate


def _look(url: str, headers: dict[str, str], silence: float) -> _Look:
    began = time.monotonic()
    try:
        with requests.get(url, stream=True, timeout=(CONNECT, silence), headers=headers) as answer:
            if answer.status_code not in (200, 206):
                why = f"the store answered HTTP {answer.status_code} {answer.reason}"
                return _Look(why=why, again=answer.status_code in _PASSING)
            return _Look(_begin(answer, began) / max(time.monotonic() - began, 1e-6))
    except requests.exceptions.SSLError:
        return _Look()
    except requests.exceptions.RequestException as error:
        if _is_silence(error):
            return _Look(why=f"the store accepted the request and sent nothing for {silence:g} seconds")
        return _Look(again=not isinstance(error, requests.exceptions.ConnectTimeout))
    except (OSError, ValueError):
        return _Look()


def _begin(answer: requests.Response, began: float) -> int:
    """Read the first bytes, or as many as come in a moment; how many these were."""
    got = 0
    for chunk in answer.iter_content(_CHUNK):
        got += len(chunk)
        if got >= FIRST_BYTES or time.monotonic() - began > _LONG_ENOUGH:
            break
    return got


def _is_silence(error: BaseException) -> bool:
    """A time-out while the body is read comes as a ConnectionError."""
    return isinstance(error, requests.exceptions.ReadTimeout) or "Read timed out" in str(error)

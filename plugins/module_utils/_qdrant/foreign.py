# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads an archive behind any URL, in the same way as a node that recovers from it."""

from __future__ import annotations

from .._base.errors import MissingLibraryError
from .connections import CONNECTION_ERRORS
from .download import Download
from .errors import QdrantError
from .failures import connection_error

REQUESTS_ERROR: str | None = None
try:  # unlike a node, a URL may be behind the proxy of the environment, and may redirect
    import requests
    import urllib3
except ImportError as error:
    REQUESTS_ERROR = str(error)

CONNECT = 10.0  # seconds
HEADERS = {"Accept-Encoding": "identity", "User-Agent": "vectorops.qdrant"}


def open_archive(url: str, silence: float, api_key: str | None = None) -> Download:
    """Start to read it; ``silence``: the time-out in seconds. api_key: for an archive on a Qdrant node.

    QdrantError if the URL does not answer 200. The query of the URL is a secret and never shown.
    """
    if REQUESTS_ERROR is not None:
        raise MissingLibraryError("requests", "read an archive behind a URL", REQUESTS_ERROR)
    attempted, on, patience = "read", f"the archive at {url}", (CONNECT, silence)
    headers = dict(HEADERS)
    if api_key:
        headers["api-key"] = api_key
    failures: tuple[type[Exception], ...] = (
        requests.RequestException,
        urllib3.exceptions.HTTPError,
        *CONNECTION_ERRORS,
    )

    def lost(error: BaseException) -> QdrantError:
        return connection_error(attempted, on, error, url, patience, changes=False)

    try:
        answer = requests.get(url, stream=True, timeout=patience, headers=headers)
    except failures + (ValueError,) as error:  # noqa: RUF005
        raise lost(error) from None
    if answer.status_code != 200:
        answer.close()
        raise QdrantError(
            attempted,
            on,
            f"HTTP {answer.status_code} {answer.reason}",
            "Check the URL, and that it has not expired.",
            kind="not_found" if answer.status_code == 404 else "bad_request",
            status=answer.status_code,
        )
    return Download(answer.raw, attempted, on, lost, failures)

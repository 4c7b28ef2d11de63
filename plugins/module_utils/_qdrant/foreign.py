# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An archive behind any URL, read the way a node would read it when told to recover from there."""

from __future__ import annotations

from .._base.errors import MissingLibraryError
from .download import Download
from .errors import QdrantError
from .failures import connection_error
from .transport import REQUESTS_ERROR

try:  # noqa: SIM105 (the gate on libraries wants this form)
    import requests
except ImportError:  # told by REQUESTS_ERROR
    pass


CONNECT = 10.0  # seconds
HEADERS = {"Accept-Encoding": "identity", "User-Agent": "vectorops.qdrant"}


def open_archive(url: str, silence: float, api_key: str | None = None) -> Download:
    """Begin to read it; ``silence`` is the patience in seconds. api_key: sent along, for an archive on a Qdrant node.

    QdrantError where the URL does not answer 200. The query of the URL is a secret and never shown.
    """
    if REQUESTS_ERROR is not None:
        raise MissingLibraryError("requests", "read an archive behind a URL", REQUESTS_ERROR)
    attempted, on, patience = "read", f"the archive at {url}", (CONNECT, silence)
    headers = dict(HEADERS)
    if api_key:
        headers["api-key"] = api_key
    failures = (requests.RequestException, OSError)

    def lost(error: BaseException) -> QdrantError:
        return connection_error(attempted, on, error, url, patience, changes=False)

    try:
        answer = requests.get(url, stream=True, timeout=patience, headers=headers)
    except (*failures, ValueError) as error:
        raise lost(error) from None
    if answer.status_code != 200:
        answer.close()
        raise QdrantError(
            attempted,
            on,
            f"HTTP {answer.status_code} {answer.reason}",
            "Is the URL right, and has it not expired?",
            kind="not_found" if answer.status_code == 404 else "bad_request",
            status=answer.status_code,
        )
    return Download(answer, attempted, on, lost, failures)

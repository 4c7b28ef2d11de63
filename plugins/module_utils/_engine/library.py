# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The embedded engine as an optional library: whether it is here, and which archives it can be expected to open."""

from __future__ import annotations

import importlib.metadata
import re
import sys

from .._base.errors import MissingLibraryError, UsageError

LIBRARY = "qdrant-edge-py"
OLDEST_PYTHON = (3, 10)
# Releases of the library by the newest Qdrant server whose archives they are known to open. A later release opens at
# least what the last one here opens.
_SERVERS = (((0, 9), (1, 19)),)
_NUMBERS = re.compile(r"(\d+)\.(\d+)")


def require(
    needed_for: str = "prove grades 2 and 3",
    otherwise: str = "Verify on a host with a later Python, or set grade to 1.",
) -> str:
    """The installed version of the library. UsageError if this Python is too old, MissingLibraryError without it.

    needed_for: a verb phrase; otherwise: what to do without it, as a sentence.
    """
    if sys.version_info < OLDEST_PYTHON:
        running = ".".join(map(str, sys.version_info[:2]))
        raise UsageError(
            f"{LIBRARY} is needed to {needed_for}, and needs Python 3.10 or later; this is Python {running}", otherwise
        )
    try:
        version = importlib.metadata.version(LIBRARY)
    except importlib.metadata.PackageNotFoundError as error:
        raise MissingLibraryError(LIBRARY, needed_for) from error
    return version


def older_than(engine: str, server: str | None) -> str:
    """Why a failed load says nothing about an archive: the engine may be older than the server; "" if it is not.

    engine: version of the library; server: version of the Qdrant server that made the archive, None if not recorded.
    """
    made_by = _pair(server)
    if made_by is None:
        return "the manifest does not record which Qdrant version made it"
    newest = newest_server(engine)
    if newest is None or made_by > newest:
        known = "no known Qdrant version" if newest is None else f"Qdrant {newest[0]}.{newest[1]} and earlier"
        return f"it was made by Qdrant {server}, and {LIBRARY} {engine} is known to open archives of {known}"
    return ""


def newest_server(engine: str) -> tuple[int, int] | None:
    """The newest server version (major, minor) whose archives this version of the library is known to open."""
    own = _pair(engine)
    fitting = [server for release, server in _SERVERS if own is not None and own >= release]
    return max(fitting, default=None)


def _pair(version: str | None) -> tuple[int, int] | None:
    match = _NUMBERS.match(version or "")
    return (int(match.group(1)), int(match.group(2))) if match else None

# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Options of the connection to one node."""

from __future__ import annotations

import dataclasses
import os
import urllib.parse

from .._base.errors import UsageError
from .._base.redaction import redact
from .._options import NODE, field


@dataclasses.dataclass(frozen=True)
class NodeOptions:
    """The node's address, key, certificates and time-out. Defaults are those of the options table.

    timeout: seconds to connect, and seconds without data for an ordinary answer. Creating a snapshot, recovering and
    uploading have no limit as long as the node answers other requests.
    """

    url: str = field(NODE, "url")
    api_key: str | None = field(NODE, "api_key")
    ca_path: str | None = field(NODE, "ca_path")
    validate_certs: bool = field(NODE, "validate_certs")
    client_cert: str | None = field(NODE, "client_cert")
    client_key: str | None = field(NODE, "client_key")
    timeout: float = field(NODE, "timeout")


def checked_url(url: str) -> str:
    """The base address without a trailing slash; UsageError if it is invalid, or contains a password or a query."""
    example = "Use an address, for example http://127.0.0.1:6333"
    shown = redact(url)
    try:
        parts = urllib.parse.urlsplit(url.strip())
        port = parts.port
    except ValueError as error:
        raise UsageError(f"url {shown!r} is not an address: {error}", example) from None
    if parts.scheme not in ("http", "https") or not parts.hostname or port == 0:
        raise UsageError(f"url {shown!r} is not an http or https address", example)
    if parts.username is not None or parts.password is not None:
        raise UsageError("url contains a user name or password", "Set api_key to the node's key instead.")
    if parts.query or parts.fragment:
        raise UsageError(f"url {shown!r} contains a query or fragment", example)
    return f"{parts.scheme}://{parts.netloc}{parts.path.rstrip('/')}"


def checked_key(api_key: str | None) -> str | None:
    """The key without surrounding white space, None if it is empty; UsageError if a header cannot contain it."""
    key = (api_key or "").strip()
    if not key:
        return None
    if not key.isascii() or not key.isprintable():
        raise UsageError(
            "api_key has characters that are not allowed in an HTTP header", "Check the source of the key."
        )
    return key


def check_files(options: NodeOptions) -> None:
    """UsageError if a certificate or key file cannot be read, or a client key has no certificate."""
    for name in ("ca_path", "client_cert", "client_key"):
        path = getattr(options, name)
        if path and not os.access(path, os.R_OK):
            raise UsageError(f"{name} {path!r} cannot be read", "Check the path and its permissions.")
    if options.client_key and not options.client_cert:
        raise UsageError("client_key is set without client_cert", "Set both, or a client_cert that contains both.")

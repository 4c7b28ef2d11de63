# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How to reach one node."""

from __future__ import annotations

import dataclasses
import os
import urllib.parse

from .._base.errors import UsageError
from .._base.redaction import redact


@dataclasses.dataclass(frozen=True)
class NodeOptions:
    """The node's address, key, certificates and patience.

    timeout: seconds to connect, and seconds of silence that an ordinary answer may take. Creating a snapshot,
    recovering and uploading are not ordinary: they may take as long as the node lives.
    """

    url: str = "http://127.0.0.1:6333"
    api_key: str | None = dataclasses.field(default=None, repr=False)
    ca_path: str | None = None
    validate_certs: bool = True
    client_cert: str | None = None
    client_key: str | None = None
    timeout: float = 30.0


def checked_url(url: str) -> str:
    """The base address without a trailing slash; UsageError where it is none, or carries a password or a query."""
    example = "Write it like http://127.0.0.1:6333."
    shown = redact(url)
    try:
        parts = urllib.parse.urlsplit(url.strip())
        port = parts.port
    except ValueError as error:
        raise UsageError(f"url {shown!r} is not an address: {error}", example) from None
    if parts.scheme not in ("http", "https") or not parts.hostname or port == 0:
        raise UsageError(f"url {shown!r} is not an http or https address", example)
    if parts.username is not None or parts.password is not None:
        raise UsageError("url carries a user name or password", "Give the node's key as api_key instead.")
    if parts.query or parts.fragment:
        raise UsageError(f"url {shown!r} carries a query or fragment", example)
    return f"{parts.scheme}://{parts.netloc}{parts.path.rstrip('/')}"


def checked_key(api_key: str | None) -> str | None:
    """The key without surrounding white space, None where it is empty; UsageError for what no header can carry."""
    key = (api_key or "").strip()
    if not key:
        return None
    if not key.isascii() or not key.isprintable():
        raise UsageError("api_key has characters that an HTTP header cannot carry", "Check where the key comes from.")
    return key


def check_files(options: NodeOptions) -> None:
    """UsageError where a certificate or key file cannot be read, or a client key comes without its certificate."""
    for name in ("ca_path", "client_cert", "client_key"):
        path = getattr(options, name)
        if path and not os.access(path, os.R_OK):
            raise UsageError(f"{name} {path!r} cannot be read", "Check the path and its permissions.")
    if options.client_key and not options.client_cert:
        raise UsageError("client_key is given without client_cert", "Give both, or a client_cert that holds both.")

# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The key of a node, the same for every spelling of its address. Locks and notes of restores are stored under it.

No name is resolved, so that the key does not depend on a name server.
"""

from __future__ import annotations

import hashlib
import socket
from urllib.parse import urlsplit

LOOPBACK = "127.0.0.1"
_LOOPBACKS = (LOOPBACK, "::1", "0.0.0.0", "::", "localhost", "localhost.localdomain", "ip6-localhost", "ip6-loopback")
_PORTS = {"http": 80, "https": 443}


def node_key(url: str) -> str:
    """16 hex digits. A text that is not an address is hashed as it is."""
    return hashlib.sha256(plain_address(url).encode("utf-8", "surrogatepass")).hexdigest()[:16]


def plain_address(url: str) -> str:
    """The address with 127.0.0.1 for every name of this host, and without a default port.

    127.0.0.1 is the default url, so that locks and notes of earlier versions are found. Other addresses of this host
    are not replaced: two nodes may use the same port on two addresses.
    """
    try:
        parts = urlsplit(url.strip())
        host, port = (parts.hostname or "").rstrip("."), parts.port
    except ValueError:
        return url.rstrip("/")
    if not host:
        return url.rstrip("/")
    host = LOOPBACK if host in _LOOPBACKS or host.endswith(".localhost") or _is_own(host) else host
    shown = f"[{host}]" if ":" in host else host
    said = "" if port is None or port == _PORTS.get(parts.scheme) else f":{port}"
    return f"{parts.scheme}://{shown}{said}{parts.path.rstrip('/')}"


def _is_own(host: str) -> bool:
    """Whether this is the host's own name, with or without its domain."""
    own = socket.gethostname().lower().rstrip(".")
    return bool(own) and (host == own or (not _is_number(host) and host.split(".", maxsplit=1)[0] == own.split(".")[0]))


def _is_number(host: str) -> bool:
    return ":" in host or host.replace(".", "").isdigit()

# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The node's own defaults for vectors, from its configuration on this host: its API does not show them.

The environment of the server may overrule the file, so a plan warns of what is found here, and refuses nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

from .._base.address import LOOPBACK, plain_address
from .match import PLACEMENT

PLACES = ("/etc/qdrant/config.yaml",)  # where the package and the role qdrant_server have it
_PORT = 6333


def vector_defaults(url: str, places: Sequence[str] = PLACES) -> dict[str, Any]:
    """{"on_disk": True} or {"memory": "cold"}: ``storage.collection.vectors`` of the node at ``url``.

    Empty if nothing is set, the node is on another host, another node's configuration is there, or it cannot be read.
    """
    address = urlsplit(plain_address(url))
    if address.hostname != LOOPBACK:
        return {}
    for place in places:
        settings = _settings(place)
        if _part(settings, "service").get("http_port", _PORT) == address.port:
            vectors = _part(_part(_part(settings, "storage"), "collection"), "vectors")
            return {key: vectors[key] for key in PLACEMENT if vectors.get(key) is not None}
    return {}


def _settings(path: str) -> Any:
    """None where it cannot be read: no library, no right, no file, no YAML. Only a warning depends on it."""
    try:
        import yaml
    except ImportError:
        return None
    try:
        with open(path, encoding="utf-8") as file:
            return yaml.safe_load(file)
    except (OSError, ValueError, yaml.YAMLError):
        return None


def _part(settings: Any, key: str) -> dict[str, Any]:
    found = settings.get(key) if isinstance(settings, dict) else None
    return found if isinstance(found, dict) else {}

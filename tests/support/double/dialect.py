# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which version of Qdrant the double speaks, and what that changes.

The version is DOUBLE_VERSION in the environment. Other versions than those two are spoken like the nearest older one.
"""

from __future__ import annotations

import os
from typing import Any

VERSIONS = ("1.18.3", "1.19.0")
VERSION = os.environ.get("DOUBLE_VERSION") or VERSIONS[0]
_MINOR = tuple(int(part) for part in VERSION.split(".")[:2])
HAS_119 = _MINOR >= (1, 19)

# Parameters of a vector, in the order of the server's debug texts.
VECTOR_KEYS = (
    "size", "distance", "hnsw_config", "quantization_config", "on_disk", *(("memory",) if HAS_119 else ()), "datatype",
    "multivector_config",
)  # fmt: skip
_GONE_IN_119 = ("max_disk_usage_percent",)


def strict_mode(given: dict[str, Any]) -> dict[str, Any]:
    """Strict mode as this version keeps it: what it does not have is dropped without a word."""
    return {key: value for key, value in given.items() if not (HAS_119 and key in _GONE_IN_119)}


def kept(config: dict[str, Any]) -> dict[str, Any]:
    """An archive's configuration as this version keeps it."""
    mode = config.get("strict_mode_config")
    return {**config, "strict_mode_config": strict_mode(mode)} if isinstance(mode, dict) else config


def vector_defaults() -> dict[str, Any]:
    """What the node's settings give to vectors of new collections that say nothing."""
    found: dict[str, Any] = {}
    on_disk = os.environ.get("QDRANT__STORAGE__COLLECTION__VECTORS__ON_DISK")
    memory = os.environ.get("QDRANT__STORAGE__COLLECTION__VECTORS__MEMORY")
    if memory and HAS_119:
        found["memory"] = memory
    elif on_disk:
        found["on_disk"] = on_disk == "true"
    return found


def bucket() -> str:
    """The URL of the bucket in which the node's settings say that it keeps its snapshots, "" where it keeps files."""
    settings = "QDRANT__STORAGE__SNAPSHOTS_CONFIG__"
    if os.environ.get(settings + "SNAPSHOTS_STORAGE") != "s3":
        return ""
    endpoint = os.environ.get(settings + "S3_CONFIG__ENDPOINT_URL") or "https://s3.us-east-1.amazonaws.com"
    return f"{endpoint}/{os.environ.get(settings + 'S3_CONFIG__BUCKET', '')}"

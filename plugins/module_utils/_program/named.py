# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The name of a collection in a table, with its shards if each has an archive of its own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def named(item: Mapping[str, Any]) -> str:
    """``articles``; ``articles, shard 0, 2`` if only these shards are meant."""
    name = str(item["name"])
    if item.get("kind") != "shard":
        return name
    return f"{name}, shard {', '.join(map(str, item['shards']))}"

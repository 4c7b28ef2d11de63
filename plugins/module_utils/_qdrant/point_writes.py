# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes points."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from .names import quote
from .part import Part


class PointWritesPart(Part):
    """Calls that change the points of a collection."""

    def upsert(
        self,
        collection: str,
        points: Sequence[dict[str, Any]],
        *,
        shard_key: str | int | None = None,
        insert_only: bool = False,
    ) -> None:
        """Write points (``{"id", "vector", "payload"}``) and wait until they can be read. Safe to repeat.

        insert_only: leave a point alone that exists (Qdrant 1.17 or later; earlier versions overwrite it).
        """
        body: dict[str, Any] = {"points": list(points)}
        if shard_key is not None:
            body["shard_key"] = shard_key
        if insert_only:
            body["update_mode"] = "insert_only"
        attempted, on = "write points to", f"collection {collection!r}"
        path = f"/collections/{quote(collection)}/points"
        result = self._http.ask(
            "PUT", path, attempted, on, json=body, params={"wait": "true"}, timeout=self._slow, changes=True
        )
        self._read(lambda r: r["status"], result, attempted, on)

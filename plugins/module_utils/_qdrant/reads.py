# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What probes read of a collection: from a node, or from an archive in the embedded engine."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Callable, Protocol

from .ids import Id
from .values import Collection, Point


class PointSource(Protocol):
    """Points that are read one by one or all. Every method raises QdrantError unless it succeeds."""

    def collection(self, collection: str) -> Collection:
        """The description of a collection."""

    def retrieve(
        self, collection: str, ids: Sequence[Id], with_payload: bool = True, with_vector: bool = True
    ) -> list[Point]:
        """The points of these ids; missing ones are left out."""

    def scroll(
        self,
        collection: str,
        limit: int | Callable[[], int] = 1000,
        with_payload: bool = True,
        with_vector: bool = False,
        filter: dict[str, Any] | None = None,
    ) -> Iterator[Point]:
        """All points, in the order of their ids."""


class PointReader(PointSource, Protocol):
    """The reading calls of ``Node``."""

    def count(self, collection: str, filter: dict[str, Any] | None = None) -> int:
        """The exact number of points, or of those that match."""

    def query(self, collection: str, body: dict[str, Any]) -> list[Point]:
        """``POST points/query``."""

    def query_batch(self, collection: str, bodies: Sequence[dict[str, Any]]) -> list[list[Point]]:
        """Several queries in one call."""

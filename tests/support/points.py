# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Seeded points: the same in every run and on every Python, payload as in an article collection."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Any


def points(
    count: int,
    vectors: int | dict[str, int],
    *,
    first: int = 1,
    seed: int = 7,
    sparse: Sequence[str] = (),
    multi: dict[str, int] | None = None,
) -> list[dict[str, Any]]:
    """`count` points with ids from `first` on.

    `vectors` is the size of the one dense vector, or name -> size; `sparse` names sparse vectors of eight values,
    `multi` (name -> size) multivectors of three rows. The numbers depend on `seed` and on how many were drawn before,
    not on the ids.
    """
    source = random.Random(seed)

    def dense(size: int) -> list[float]:
        return [round(source.gauss(0, 1), 5) for dummy in range(size)]

    made = []
    for number in range(first, first + count):
        vector: Any
        if isinstance(vectors, int):
            vector = dense(vectors)
        else:
            vector = {name: dense(size) for name, size in vectors.items()}
        for name in sparse:
            indices = sorted(source.sample(range(1000), 8))
            vector[name] = {"indices": indices, "values": dense(8)}
        for name, size in (multi or {}).items():
            vector[name] = [dense(size) for dummy in range(3)]
        made.append({"id": number, "vector": vector, "payload": payload(number)})
    return made


def payload(number: int) -> dict[str, Any]:
    """The payload of point `number`."""
    return {"title": f"A resilient guide to monitor nginx {number}", "topic": f"t{number % 7}", "rank": number}

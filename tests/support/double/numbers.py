# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Vectors as JSON: the shortest text that is the same float32, as the real server prints it."""

from __future__ import annotations

from array import array
from typing import Any


def shortest(values: list[float]) -> list[float]:
    """The doubles with the shortest text that round to the same float32 as `values` do."""
    wanted = array("f", values)
    found = [float(f"{value:.7g}") for value in values]
    for digits in ("%.8g", "%.9g"):
        got = array("f", found)
        if got == wanted:
            return found
        for index, (have, want) in enumerate(zip(got, wanted)):
            if have != want:
                found[index] = float(digits % values[index])
    return found


def vector_json(vector: Any) -> Any:
    """A vector of the engine (dense, sparse, multi, or named ones) as JSON."""
    if isinstance(vector, dict):
        return {name: vector_json(part) for name, part in vector.items()}
    if isinstance(vector, list):
        if vector and isinstance(vector[0], list):
            return [shortest(row) for row in vector]
        return shortest(vector)
    indices = list(vector.indices)
    order = sorted(range(len(indices)), key=indices.__getitem__)
    values = shortest(list(vector.values))
    return {"indices": [indices[i] for i in order], "values": [values[i] for i in order]}


def score_json(score: float) -> float:
    return shortest([score])[0] if abs(score) < 3e38 else score

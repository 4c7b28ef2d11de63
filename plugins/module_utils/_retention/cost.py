# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What storage costs, where prices are known. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .values import Usage

_GIB = 1 << 30
STANDARD = "STANDARD"


def by_class(usage: Usage) -> dict[str, int]:
    """Bytes by storage class. Stores that name none have one: STANDARD."""
    found: dict[str, int] = {}
    for name, size in usage.items():
        found[name or STANDARD] = found.get(name or STANDARD, 0) + size
    return dict(sorted(found.items()))


def cost(before: Usage, after: Usage, prices: Mapping[str, float]) -> dict[str, Any] | None:
    """{"before", "after": for one month, in the currency of the prices, "unpriced": storage classes without a price};
    None without prices."""
    if not prices:
        return None
    named, left = by_class(before), by_class(after)
    return {
        "before": _sum(named, prices),
        "after": _sum(left, prices),
        "unpriced": sorted(name for name in {**named, **left} if name not in prices),
    }


def _sum(usage: Mapping[str, int], prices: Mapping[str, float]) -> float:
    return round(sum(size / _GIB * prices.get(name, 0.0) for name, size in usage.items()), 2)

# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Counts of archives that were made under writes, as earlier proofs found them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .._repository.catalogue import Catalogue


def archive_counts(catalogue: Catalogue, node: str, backup_id: str) -> dict[str, int]:
    """Archive (its ``part_name``) to the count that the first proof found in it."""
    return counts_in(catalogue.proofs(node, backup_id))


def counts_in(proofs: Iterable[dict[str, Any]]) -> dict[str, int]:
    """The same from proofs that were read, oldest first."""
    found: dict[str, int] = {}
    for proof in proofs:
        facts = proof.get("facts")
        counts = facts.get("counts") if isinstance(facts, dict) else None
        for name, count in counts.items() if isinstance(counts, dict) else ():
            if isinstance(count, int):  # another program may have written the document
                found.setdefault(str(name), count)
    return found

# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Counts of archives that were made under writes, as earlier proofs found them.

The embedded engine and drills count what no other client writes to. Restores of earlier versions recorded the count of
the restored collection, which may have more or fewer points than its archive: these counts are not used.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .._repository.catalogue import Catalogue

BY_RESTORE = "restore on "  # the beginning of "by" in the proof of a restore


def archive_counts(catalogue: Catalogue, node: str, backup_id: str) -> dict[str, int]:
    """Archive (its ``part_name``) to the count that the first proof found in it."""
    return counts_in(catalogue.proofs(node, backup_id))


def counts_in(proofs: Iterable[dict[str, Any]]) -> dict[str, int]:
    """The same from proofs that were read, oldest first."""
    found: dict[str, int] = {}
    for proof in proofs:
        if str(proof.get("by") or "").startswith(BY_RESTORE):
            continue
        facts = proof.get("facts")
        counts = facts.get("counts") if isinstance(facts, dict) else None
        for name, count in counts.items() if isinstance(counts, dict) else ():
            if isinstance(count, int):  # another program may have written the document
                found.setdefault(str(name), count)
    return found

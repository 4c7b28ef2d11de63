# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What proofs in the repository tell about a backup and about earlier restores. Facts only."""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from .._proof.archive_counts import counts_in
from .._repository import layout
from .._repository.ahead import in_order
from .._repository.catalogue import read_proof
from .._repository.errors import StoreError
from .._repository.proofs import grades_of, verdicts_of
from .values import Measured

if TYPE_CHECKING:
    from .._repository.catalogue import Catalogue

_LISTED = 20_000  # keys of proofs: hourly backups of two years, proven once
_NEWEST = 12  # proofs of other backups that are read for their speed
_OF_RESTORES = 2  # the lowest grade of a restore's proof, except for backups without probes and counts


@dataclasses.dataclass(frozen=True)
class History:
    """read: whether the proofs could be read; counts: what an earlier proof counted in each archive of the backup;
    grades: how far each was proven."""

    read: bool = False
    counts: dict[str, int] = dataclasses.field(default_factory=dict)
    grades: dict[str, int] = dataclasses.field(default_factory=dict)
    measured: Measured | None = None


def read_history(catalogue: Catalogue, node: str, backup_id: str, *, must: bool) -> History:
    """One listing, then the proofs of the backup and the newest others. must: StoreError if they cannot be read; else a
    restore goes on without them."""
    try:
        own, others = _documents(catalogue, node, backup_id)
    except StoreError:
        if must:
            raise
        return History()
    grades = grades_of(map(verdicts_of, own))
    return History(
        True,
        counts_in(own),
        {name: int(found["grade"]) for name, found in grades.items() if not found["failed"]},
        measured_in([*own, *others]),
    )


def _documents(catalogue: Catalogue, node: str, backup_id: str) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    prefix = layout.proofs_prefix(catalogue.cluster, node)
    keys = [info.key for info in itertools.islice(catalogue.store.list(prefix), _LISTED)]
    parsed = [(layout.parse_proof_key(key), key) for key in keys]
    found = [(proof, key) for proof, key in parsed if proof is not None]
    own = [pair for pair in found if pair[0].backup_id == backup_id]
    rest = [pair for pair in found if pair not in own and pair[0].grade >= _OF_RESTORES]
    chosen = own + sorted(rest, key=lambda pair: pair[0].utc)[-_NEWEST:]

    def read(pair: tuple[layout.ProofKey, str]) -> dict[str, Any] | None:
        found = read_proof(catalogue.store, pair[1], pair[0])
        return found[0] if found is not None else None

    documents = list(in_order(read, chosen))
    held, others = documents[: len(own)], documents[len(own) :]
    return [one for one in held if one is not None], [one for one in others if one is not None]


def measured_in(documents: Iterable[dict[str, Any]]) -> Measured | None:
    """The restores among these proofs, None if there is none that was measured. Pure."""
    found = []
    for document in documents:
        facts = document.get("facts")
        restored = facts.get("restored") if isinstance(facts, dict) else None
        if isinstance(restored, dict):  # another program may have written the document
            size, seconds = restored.get("bytes"), restored.get("seconds")
            if isinstance(size, int) and isinstance(seconds, (int, float)) and size > 0 and seconds > 0:
                found.append((size, float(seconds)))
    if not found:
        return None
    return Measured(len(found), sum(size for size, dummy in found), sum(seconds for dummy, seconds in found))

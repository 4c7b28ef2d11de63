# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether an archive in the repository is damaged, and the note of it that keeps others from relying on it.

What a node says of an archive may be the way's fault. Only what is read from the store and is not what the backup says
is the archive's: it is kept as a failed proof, so that no list calls the backup good and no backup copies it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._archive.errors import ArchiveError
from .._archive.inspect import inspect
from .._base.errors import EngineError
from .._base.progress import Progress
from .._proof.grades import GradeResult
from .keep import keep
from .values import Source

if TYPE_CHECKING:
    from .._repository.catalogue import Catalogue
    from .._repository.store import Store

_SAID = (
    "checksum mismatch",
    "its sha256 is",
    "unpack",
)  # by the node or by us, of bytes that are not as they should be


def is_suspected(said: str) -> bool:
    """Whether what was said when a delivery failed can mean that the archive is damaged."""
    return any(words in said.lower() for words in _SAID)


def damage(store: Store, source: Source, progress: Progress) -> str:
    """What is wrong with an archive in the store, "" where it is as the backup says. Reads it whole."""
    try:
        with store.open(source.location) as stream:
            facts = inspect(stream, progress=progress)
    except ArchiveError as error:
        return error.said
    if facts.sha256 != source.sha256:
        return "; ".join([*facts.problems, f"its sha256 is {facts.sha256}, the backup says {source.sha256}"])
    return "; ".join(facts.problems)


def record_damage(catalogue: Catalogue, source: Source, wrong: str) -> str:
    """Keep a failed proof beside the backup; a sentence about how that went."""
    result = GradeResult(source.collection, 0, False, f"found by a restore: {wrong}", source.bytes)
    try:
        keep(catalogue, source, result)
    except EngineError as error:
        return f"That could not be noted in the repository: {error.said or error}."
    return "That was noted in the repository."

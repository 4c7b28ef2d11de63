# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Grades of proofs, the check of an archive (grade 1), and the document of a proof.

Grades 2 and 3 include grade 1, because a probe can miss damage that the hash detects.
"""

from __future__ import annotations

import dataclasses
import datetime
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Callable

from .._archive.errors import ArchiveError
from .._archive.inspect import inspect
from .._base.clock import utc_text
from .._base.plan import human_bytes
from .._base.progress import Progress, silent
from .._base.sentences import closed, joined
from .._repository.errors import StoreError
from .._repository.proofs import HIGHEST_GRADE

if TYPE_CHECKING:
    from .._archive.facts import ArchiveFacts
    from .._archive.hashing import Readable
    from .._repository.manifest import CollectionEntry
    from .._repository.store import Store

FORMAT = 1
_ITS_OWN_FAULT = ("not_found", "bad_digest")  # errors of the archive
# Errors of the store or the network: the next archive would fail too.
_NOBODYS_FAULT = ("unreachable", "tls", "no_credentials", "expired", "no_bucket", "region", "skew")


@dataclasses.dataclass(frozen=True)
class GradeResult:
    """The grade of one archive. name: of its collection, or of its shard (``part_name``). ok False: it does not match
    the manifest, for the reason in ``detail``; or, with read False, it could not be read, so it is neither good nor
    bad. not_opened: why a higher grade could not be tried, "" otherwise; compared: what the embedded engine compared,
    None if it did not open the archive; phases: seconds of each phase that ended, in order; part: what could not be
    compared because other archives hold the rest of the collection, "" if this one holds all; attempted: with ok False,
    the grade that a later proof must have to clear this one."""

    name: str
    grade: int
    ok: bool
    detail: str
    bytes: int = 0
    seconds: float = 0.0
    read: bool = True
    not_opened: str = ""
    compared: dict[str, Any] | None = None
    warnings: tuple[str, ...] = ()
    phases: dict[str, float] = dataclasses.field(default_factory=dict)
    part: str = ""
    attempted: int = HIGHEST_GRADE

    def as_dict(self) -> dict[str, Any]:
        """Its entry in a proof."""
        out: dict[str, Any] = {"name": self.name, "grade": self.grade, "ok": self.ok, "detail": self.detail}
        if not self.ok:
            out["attempted_grade"] = self.attempted
        if self.compared is not None:
            out["compared"] = dict(self.compared)
        return out


def grade_one(store: Store, entry: CollectionEntry, *, progress: Progress = silent) -> GradeResult:
    """Read an archive from the store, once, and compare size, sha256 and structure with its manifest entry.

    A missing or damaged archive is a result, as is one that the store cannot return now. StoreError is raised if the
    store cannot be reached or returns no archive at all.
    """
    return read_archive(store, entry, progress=progress)[0]


def read_archive(
    store: Store,
    entry: CollectionEntry,
    *,
    progress: Progress = silent,
    through: Callable[[Readable], Readable] | None = None,
) -> tuple[GradeResult, ArchiveFacts | None]:
    """As ``grade_one``, with the facts of the archive if it could be read. through: wraps the stream."""
    started = time.monotonic()
    try:
        with store.open(entry.archive.key) as stream:
            facts = inspect(stream if through is None else through(stream), progress=progress)
    except StoreError as error:
        if error.kind in _NOBODYS_FAULT:
            raise
        if error.kind not in _ITS_OWN_FAULT:
            detail = joined(f"it cannot be read now: {closed(error.said or error.kind)}", error.next)
            return GradeResult(entry.part, 0, False, detail, read=False), None
        return _bad_bytes(entry, f"the archive cannot be read: {error.said or error.kind}"), None
    except ArchiveError as error:
        return _bad_bytes(entry, f"the archive cannot be read: {error.said}"), None
    wrong = differences(entry, facts)
    seconds = time.monotonic() - started
    if wrong:
        return _bad_bytes(entry, "; ".join(wrong), facts.bytes, seconds), facts
    return GradeResult(entry.part, 1, True, f"{human_bytes(facts.bytes)} as written", facts.bytes, seconds), facts


def _bad_bytes(entry: CollectionEntry, detail: str, size: int = 0, seconds: float = 0.0) -> GradeResult:
    return GradeResult(entry.part, 0, False, detail, size, seconds, attempted=1)


def differences(entry: CollectionEntry, facts: ArchiveFacts) -> list[str]:
    """Differences between an archive and its manifest entry, worst first.

    The content digest is not compared: with equal bytes, a difference would only mean that another version of this
    program computed it.
    """
    wrong = []
    if facts.bytes != entry.archive.bytes:
        wrong.append(f"it has {facts.bytes} bytes instead of {entry.archive.bytes}")
    if facts.sha256 != entry.archive.sha256:
        wrong.append("its sha256 differs: the bytes changed since the backup")
    if facts.kind != entry.kind and facts.kind != "unknown":
        wrong.append(f"it is a {facts.kind} archive instead of a {entry.kind} archive")
    lost = sorted(set(entry.shards.captured) - set(facts.captured_shards)) if facts.kind == "collection" else []
    if lost:
        wrong.append(f"the data of shard {', '.join(map(str, lost))} is not in it")
    return wrong + list(facts.problems)


def proof_document(
    cluster: str,
    node: str,
    backup_id: str,
    results: Sequence[GradeResult],
    *,
    at: datetime.datetime,
    by: str,
    tool_version: str,
    seconds: float | None = None,
    facts: dict[str, Any] | None = None,
) -> dict[str, Any]:
    """The document for ``Catalogue.add_proof``: the grade is the lowest of its collections', 0 where one is not ok.

    by: what proved it (a host, a drill); facts: more facts for later proofs, such as the counts in archives of busy
    collections (``{"counts": {name: points}}``).
    """
    taken = sum(result.seconds for result in results) if seconds is None else seconds
    document: dict[str, Any] = {
        "format": FORMAT,
        "cluster": cluster,
        "node": node,
        "backup_id": backup_id,
        "grade": min((result.grade if result.ok else 0 for result in results), default=0),
        "ok": bool(results) and all(result.ok for result in results),
        "at": utc_text(at),
        "by": by,
        "collections": [result.as_dict() for result in results],
        "seconds": round(taken, 3),
        "tool_version": tool_version,
    }
    if facts:
        document["facts"] = dict(facts)
    return document

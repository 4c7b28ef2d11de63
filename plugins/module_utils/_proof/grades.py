# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Grades: how far an archive was proven; grade 1; and the document that keeps a proof beside its backup.

Grades 2 and 3 count only on top of grade 1: a probe misses what the hash sees, never the other way round.
"""

from __future__ import annotations

import dataclasses
import datetime
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from .._archive.errors import ArchiveError
from .._archive.inspect import inspect
from .._base.clock import utc_text
from .._base.plan import human_bytes
from .._base.progress import Progress, silent
from .._repository.errors import StoreError

if TYPE_CHECKING:
    from .._archive.facts import ArchiveFacts
    from .._repository.manifest import CollectionEntry
    from .._repository.store import Store

FORMAT = 1
GRADES = {
    0: "committed",
    1: "bytes re-read and hashed",
    2: "loaded with the right count",
    3: "probes answered alike",
    4: "drilled on a live server",
}
_ITS_OWN_FAULT = ("not_found", "bad_digest")  # the archive's
# The store's or the way's: the next archive would meet it too.
_NOBODYS_FAULT = ("unreachable", "tls", "no_credentials", "expired", "no_bucket", "region", "skew")


@dataclasses.dataclass(frozen=True)
class GradeResult:
    """How far one collection's archive was proven. ok False: it is not what the manifest says, ``detail`` says why;
    or, with read False, it could not be read now, which says nothing of it."""

    name: str
    grade: int
    ok: bool
    detail: str
    bytes: int = 0
    seconds: float = 0.0
    read: bool = True

    def as_dict(self) -> dict[str, Any]:
        """Its entry in a proof."""
        return {"name": self.name, "grade": self.grade, "ok": self.ok, "detail": self.detail}


def grade_one(store: Store, entry: CollectionEntry, *, progress: Progress = silent) -> GradeResult:
    """Read an archive from the store, once, and compare size, sha256 and structure with its manifest entry.

    An archive that is gone or damaged is a result, and so is one that the store does not give out now; StoreError is
    raised where the store could not be asked, or asked for no archive at all.
    """
    started = time.monotonic()
    try:
        with store.open(entry.archive.key) as stream:
            facts = inspect(stream, progress=progress)
    except StoreError as error:
        if error.kind in _NOBODYS_FAULT:
            raise
        if error.kind not in _ITS_OWN_FAULT:
            detail = f"it cannot be read now: {error.said or error.kind}. {error.next}".strip()
            return GradeResult(entry.name, 0, False, detail, read=False)
        return GradeResult(entry.name, 0, False, f"the archive cannot be read: {error.said or error.kind}")
    except ArchiveError as error:
        return GradeResult(entry.name, 0, False, f"the archive cannot be read: {error.said}")
    wrong = differences(entry, facts)
    seconds = time.monotonic() - started
    if wrong:
        return GradeResult(entry.name, 0, False, "; ".join(wrong), facts.bytes, seconds)
    return GradeResult(entry.name, 1, True, f"{human_bytes(facts.bytes)} as written", facts.bytes, seconds)


def differences(entry: CollectionEntry, facts: ArchiveFacts) -> list[str]:
    """What an archive's bytes say against its manifest entry, worst first.

    The content digest says nothing that the sha256 does not: with equal bytes a difference would only mean that another
    version of this program computed it.
    """
    wrong = []
    if facts.bytes != entry.archive.bytes:
        wrong.append(f"it has {facts.bytes} bytes instead of {entry.archive.bytes}")
    if facts.sha256 != entry.archive.sha256:
        wrong.append("its sha256 is another one: the bytes changed since the backup")
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

    by: who proved it (a host, a drill); facts: anything more that a later proof needs, such as the counts that archives
    of busy collections turned out to hold (``{"counts": {name: points}}``).
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

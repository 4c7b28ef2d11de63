# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The proofs of one run: noted collection by collection, and recorded beside the backup as one document."""

from __future__ import annotations

import dataclasses
import json
import socket
import threading
import time
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from .._base.clock import now, parse_utc, utc_text
from .._base.counted import points as points_of
from .._base.errors import EngineError, UsageError
from .._base.intent import Intent
from .._base.version import VERSION
from .._proof.archive_counts import BY_RESTORE
from .._proof.grades import GradeResult, proof_document
from .state import State
from .task import Task
from .values import Source

if TYPE_CHECKING:
    from .._repository.catalogue import Catalogue


@dataclasses.dataclass(frozen=True)
class Kept:
    """The result of recording a document. key: in the repository, "" if it was not written; why: it was not."""

    key: str = ""
    why: str = ""


@dataclasses.dataclass(frozen=True)
class Noted:
    """The proof of one collection."""

    node: str
    backup_id: str
    result: GradeResult


def noted(task: Task, state: State) -> Noted | None:
    """The proof of a restored collection; None without one. The number of points is in its text only. Later
    proofs are not compared with it, because clients may have written to the collection before it was counted."""
    source, proof = task.source, state.proof
    if proof is None:
        return None
    points = "not counted" if proof.points is None else points_of(proof.points)
    seconds = round(sum(state.seconds.values()), 3)
    said = f"restored as {task.name}: {points}"
    return Noted(
        source.node, source.backup_id, GradeResult(source.collection, proof.grade, True, said, source.bytes, seconds)
    )


class Proofs:
    """catalogue: None without a repository. Its methods may be called from several threads."""

    def __init__(self, catalogue: Catalogue | None) -> None:
        self._catalogue = catalogue
        self._lock = threading.Lock()
        self._noted: list[Noted] = []
        self._began, self._bytes = time.monotonic(), 0

    @property
    def _repository(self) -> str:
        """The repository and the cluster in it, as text."""
        return f"{self._catalogue.store.url} {self._catalogue.cluster}" if self._catalogue is not None else ""

    def text(self, task: Task, state: State) -> str:
        """The proof as text for the host's note, "" if it is not to be recorded."""
        found = noted(task, state) if task.record else None
        if found is None:
            return ""
        about = {"repository": self._repository, "at": utc_text(now()), **dataclasses.asdict(found)}
        return json.dumps(about, sort_keys=True)

    def note(self, task: Task, state: State) -> None:
        """Note the proof of one restored collection. ``keep`` records it."""
        found = noted(task, state)
        if found is not None:
            with self._lock:
                self._noted.append(found)
                self._bytes += task.source.bytes if task.restores else 0

    def note_part(self, task: Task, state: State, name: str) -> None:
        """The same for one of several archives of a collection. name: of the archive in its backup."""
        found = noted(task, state)
        if found is not None:
            result = dataclasses.replace(found.result, name=name)
            with self._lock:
                self._noted.append(dataclasses.replace(found, result=result))
                self._bytes += task.source.bytes if task.restores else 0

    def keep(self) -> Kept:
        """Record all that was noted since the last call, as one document for each node's backup. If the repository may
        only be read, the restore is good nevertheless."""
        with self._lock:
            found, self._noted = self._noted, []
            size, self._bytes = self._bytes, 0
        spent = {"bytes": size, "seconds": round(time.monotonic() - self._began, 3)}
        groups: dict[tuple[str, str], list[Noted]] = {}
        for one in found:
            groups.setdefault((one.node, one.backup_id), []).append(one)
        at, kept = utc_text(now()), [Kept()]
        for group in groups.values():
            # The speed is of the whole run: one document tells it.
            kept.append(self._record(group, at, restored=spent if size and len(kept) == 1 else None))
        return next((one for one in kept if one.why), kept[-1])

    def keep_earlier(self, notes: Iterable[Intent]) -> tuple[list[Intent], str]:
        """Record proofs that runs left in the host's notes when they were ended, one document a backup: the notes whose
        proofs are recorded now, and why others are not."""
        groups: dict[tuple[str, str], list[tuple[Intent, Noted, str]]] = {}
        for note in notes:
            found = self._read(note)
            if found is not None:
                groups.setdefault((found[0].node, found[0].backup_id), []).append((note, *found))
        recorded: list[Intent] = []
        why = ""
        for items in groups.values():
            kept = self._record([one for dummy, one, dummy2 in items], max(at for dummy, dummy2, at in items))
            recorded += [note for note, dummy, dummy2 in items] if kept.key else []
            why = kept.why or why
        return recorded, why

    def _read(self, note: Intent) -> tuple[Noted, str] | None:
        """The proof in a note and its time; None if there is none, or if it belongs to another repository."""
        try:
            data = json.loads(note.proof)
            if data.pop("repository") != self._repository or not self._repository:
                return None
            at = str(data.pop("at"))
            data.pop("points", None)  # a count in the notes of earlier versions, which may be wrong
            parse_utc(at)
            return Noted(**{**data, "result": GradeResult(**data["result"])}), at
        except (ValueError, TypeError, KeyError, AttributeError, UsageError):
            return None

    def damage(self, source: Source, wrong: str) -> str:
        """Record a failed proof beside the backup, so that no list calls it good and no backup copies it. Returns a
        sentence with the result."""
        said = f"found by a restore: {wrong}"
        result = GradeResult(source.collection, 0, False, said, source.bytes, attempted=1)
        kept = self._record([Noted(source.node, source.backup_id, result)], utc_text(now()))
        if kept.why:
            return f"This could not be recorded in the repository: {kept.why}."
        return "This was recorded in the repository." if kept.key else ""

    def _record(self, found: Sequence[Noted], at: str, restored: dict[str, Any] | None = None) -> Kept:
        """One document; all are of one backup. restored: bytes and wall-clock seconds of the run, for later plans."""
        if self._catalogue is None or not found:
            return Kept()
        facts = {"restored": restored} if restored else None
        node, backup_id = found[0].node, found[0].backup_id
        document = proof_document(
            self._catalogue.cluster,
            node,
            backup_id,
            sorted((one.result for one in found), key=lambda result: result.name),
            at=parse_utc(at),
            by=f"{BY_RESTORE}{socket.gethostname()}",
            tool_version=VERSION,
            facts=facts,
        )
        try:
            return Kept(self._catalogue.add_proof(node, backup_id, document))
        except EngineError as error:
            return Kept(why=error.said or str(error))

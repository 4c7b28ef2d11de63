# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Verifies committed backups: reads and hashes their archives (grade 1), opens them in the embedded engine (grades 2
and 3), and records the proofs."""

from __future__ import annotations

import dataclasses
import socket
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from .._base.choose import chosen as chosen_names
from .._base.choose import unmatched
from .._base.clock import now
from .._base.counted import counted
from .._base.errors import UsageError
from .._base.plan import Plan, Step
from .._base.progress import Event, Progress, silent
from .._base.sentences import closed, joined
from .._base.version import VERSION
from .._engine import library
from .._repository.catalogue import LATEST, BackupEntry, Catalogue
from .._repository.errors import OF_ONE_DOCUMENT, StoreError
from .._repository.parts import SHARD
from .._repository.proofs import grades_of
from .._repository.survey import Survey
from .archive_counts import archive_counts
from .by_engine import MAX_GRADE, EngineOptions, Expected, bytes_needed, grade_by_engine, missing_shards
from .grades import GradeResult, grade_one, proof_document
from .turns import Budget, Clock, in_turn, turn_of, within

if TYPE_CHECKING:
    from .._repository.manifest import CollectionEntry, Manifest

Chosen = tuple["BackupEntry", "Manifest", "list[CollectionEntry]"]


@dataclasses.dataclass(frozen=True)
class Depth:
    """How far to prove. grade: 1 to 3; budget: the most that one run reads; engine: of grades 2 and 3."""

    grade: int = 1
    budget: Budget | None = None
    engine: EngineOptions = dataclasses.field(default_factory=EngineOptions)


def verify(
    catalogue: Catalogue,
    *,
    node: str | None = None,
    backup_id: str = LATEST,
    before: str | None = None,
    collections: Sequence[str] = (),
    every: bool = False,
    record: bool = True,
    check: bool = False,
    depth: Depth | None = None,
    progress: Progress = silent,
) -> dict[str, Any]:
    """Verify one backup of a node (or, without ``node``, of each node), or ``every`` one of them.

    {"changed": a proof was recorded, "ok": every archive matches its manifest, "plan", "backups": [{"backup_id",
    "node", "grade", "ok", "bytes", "seconds", "collections": [...], "proof_key"}], "unreadable": [a backup whose
    manifest cannot be read], "failed": [an entry an archive or manifest], "left": archives that the budget left for a
    later run, "without_digest": [ids of backups whose manifests have no digest, from earlier versions], "warnings"}.
    An unreadable backup does not stop the others; a proof that cannot be written, and a backup that a prune deletes
    during the verification, are warnings. UsageError for an unknown grade; MissingLibraryError if a grade needs the
    embedded engine and it is not installed.
    """
    depth = depth or Depth()
    if depth.grade not in range(1, MAX_GRADE + 1):
        raise UsageError(f"grade is {depth.grade}", "Set 1 (bytes), 2 (loaded and counted) or 3 (probes).")
    if depth.grade > 1:
        library.require()
    chosen, unreadable = _choose(catalogue, _entries(catalogue, node, backup_id, before, every), collections)
    wrong = unmatched(collections, [item.name for one in chosen for item in one[1].collections])
    # What the others contain is not known.
    if (wrong and not unreadable) or (collections and not any(one[2] for one in chosen)):
        raise UsageError(
            f"No selected backup contains {', '.join(wrong)}",
            "List the backups (qdrant-backup list), and the collections of one: qdrant-backup show ID",
        )
    chosen, left = _in_turn(catalogue, chosen, depth)
    plan = _plan(catalogue, chosen, record, depth)
    report: dict[str, Any] = {"changed": plan.changes and record, "ok": True, "plan": plan.as_dict()}
    clock = Clock(depth.budget)
    found = [] if check else [_verify(catalogue, one, record, depth, clock, progress) for one in chosen]
    done = [one for one in found if not isinstance(one, str)]
    report["backups"] = [backup for backup in done if backup["collections"]] if depth.budget else done
    report["left"] = left + sum(backup.pop("left") for backup in done)
    report["changed"] = report["changed"] and (check or any(backup["proof_key"] for backup in report["backups"]))
    report["unreadable"], report["failed"] = unreadable, list(unreadable)
    report["warnings"] = [one for one in found if isinstance(one, str)]
    report["warnings"] += [text for backup in report["backups"] for text in backup.pop("warnings")]
    parts = [part for backup in done for part in backup.pop("parts")]
    report["warnings"] += _parts_short_of(parts, depth.grade)
    report["without_digest"] = [entry.backup_id for entry, manifest, dummy in chosen if manifest.digest is None]
    for backup in report["backups"]:
        bad = [item for item in backup["collections"] if not item["ok"] or item["not_opened"]]
        report["failed"] += [{**item, "message": _sentence(item, backup)} for item in bad]
    report["ok"] = not report["failed"]
    return report


def _entries(
    catalogue: Catalogue, node: str | None, backup_id: str, before: str | None, every: bool
) -> list[BackupEntry]:
    if every:
        return catalogue.backups(node)
    newest = catalogue.choose(backup_id, before=before, node=node)
    return [newest] if node else catalogue.nodes_of(newest.backup_id)


def _choose(
    catalogue: Catalogue, entries: Sequence[BackupEntry], patterns: Sequence[str]
) -> tuple[list[Chosen], list[dict[str, Any]]]:
    """The backups to verify, and those whose manifests are damaged or missing. Raises if none can be read."""
    chosen: list[Chosen] = []
    unreadable: list[dict[str, Any]] = []
    first: StoreError | None = None
    for entry, manifest in catalogue.manifests(entries):
        if not isinstance(manifest, StoreError):
            chosen.append((entry, manifest, _matching(manifest, patterns)))
        elif manifest.kind in OF_ONE_DOCUMENT:
            first = first or manifest
            unreadable.append({"backup_id": entry.backup_id, "node": entry.node, "message": manifest.sentence()})
        else:
            raise manifest
    if first is not None and not chosen:
        raise first
    return chosen, unreadable


def _matching(manifest: Manifest, patterns: Sequence[str]) -> list[CollectionEntry]:
    names = chosen_names(patterns, [item.name for item in manifest.collections])
    return [item for item in manifest.collections if item.name in names]


def _in_turn(catalogue: Catalogue, chosen: Sequence[Chosen], depth: Depth) -> tuple[list[Chosen], int]:
    """What a budget allows, least proven first, and the number of archives that are left for later."""
    if depth.budget is None:
        return list(chosen), 0
    survey = Survey(catalogue, None)
    verdicts = survey.verdicts(survey.proof_keys([entry for entry, dummy, items in chosen]))
    turns = []
    for number, (entry, dummy, items) in enumerate(chosen):
        states = grades_of(verdicts.get((entry.segment, entry.backup_id), ()))
        turns += [
            (turn_of(entry.backup_id, item.archive.bytes, states.get(item.part), depth.grade), (number, item))
            for item in items
        ]
    taken, left = within(in_turn(turns, depth.grade), depth.budget)
    by_backup: dict[int, list[CollectionEntry]] = {}
    for number, item in taken:
        by_backup.setdefault(number, []).append(item)
    return [(chosen[number][0], chosen[number][1], items) for number, items in by_backup.items()], len(left)


def _plan(catalogue: Catalogue, chosen: Sequence[Chosen], record: bool, depth: Depth) -> Plan:
    steps = []
    for entry, dummy, items in chosen:
        for item in items:
            steps.append(Step("verify archive", item.archive.key, item.archive.bytes))
            if depth.grade > 1:
                detail = {"grade": depth.grade, "scratch_bytes": bytes_needed(item)}
                steps.append(Step("open archive", f"{item.part} in {depth.engine.folder}", detail=detail))
        steps += [Step("record proof", f"{entry.node} {entry.backup_id}")] if record and items else []
    return Plan("verify", f"{counted(len(chosen), 'backup')} in {catalogue.store.url}", tuple(steps))


def _verify(
    catalogue: Catalogue, chosen: Chosen, record: bool, depth: Depth, clock: Clock, progress: Progress
) -> dict[str, Any] | str:
    """One backup's part of the report; a warning instead if it was deleted since the listing."""
    entry, manifest, items = chosen
    counts = archive_counts(catalogue, entry.node, entry.backup_id) if depth.grade > 1 else {}
    results: list[GradeResult] = []
    for item in items:
        if clock.over():
            break
        results.append(_grade(catalogue, item, manifest, counts, depth, _told_of(item, progress)))
    if not all(result.ok for result in results) and _is_gone(catalogue, entry):
        return f"Backup {entry.backup_id} of {entry.node} was deleted while it was verified, and is left out."
    read = [result for result in results if result.read]
    by_part = {item.part: item for item in items}
    found = {
        result.name: result.compared["count"]
        for result in read
        if result.ok and result.compared and _needs_count(by_part[result.name])
    }
    document = proof_document(
        catalogue.cluster,
        entry.node,
        entry.backup_id,
        read,
        at=now(),
        by=f"verify on {socket.gethostname()}",
        tool_version=VERSION,
        facts={"counts": found} if found else None,
    )
    names = {result.name for result in read}
    unread = sorted({item.part for item in manifest.collections} - names)
    # Without a budget, a choice of collections is the user's; with one, the rest follows in another run.
    reached = document["grade"] if not depth.budget and {item.part for item in items} <= names else 0
    if unread:
        # The backup as a whole is not proven; unread archives are neither good nor bad.
        document["grade"], document["unread"] = 0, unread
    proof_key = None
    warnings = [f"{result.name} in backup {entry.backup_id}: {text}" for result in read for text in result.warnings]
    warnings += [text for result in read for text in _short_of(result, depth.grade, entry.backup_id)]
    parts = [_Part(entry.backup_id, by_part[one.name].name, one.name, one.grade) for one in read if one.ok and one.part]
    if record and read:
        try:
            proof_key = catalogue.add_proof(entry.node, entry.backup_id, document)
        except StoreError as error:
            warnings.append(f"The proof of backup {entry.backup_id} was not recorded: {error.sentence()}")
    return {
        "backup_id": entry.backup_id,
        "node": entry.node,
        "grade": reached if unread else document["grade"],
        "ok": all(result.ok for result in results),
        "bytes": sum(result.bytes for result in results),
        "seconds": document["seconds"],
        "collections": [
            {**result.as_dict(), "read": result.read, "not_opened": result.not_opened} for result in results
        ],
        "proof_key": proof_key,
        "left": len(items) - len(results),
        "warnings": warnings,
        "parts": parts,
    }


def _is_gone(catalogue: Catalogue, entry: BackupEntry) -> bool:
    """Whether a backup was deleted since the listing. Unknown counts as no."""
    try:
        return catalogue.store.head(entry.key) is None
    except StoreError:
        return False


def _grade(
    catalogue: Catalogue,
    item: CollectionEntry,
    manifest: Manifest,
    counts: dict[str, int],
    depth: Depth,
    progress: Progress,
) -> GradeResult:
    if depth.grade == 1:
        return grade_one(catalogue.store, item, progress=progress)
    expected = Expected(manifest.node.qdrant_version, counts.get(item.part))
    return grade_by_engine(
        catalogue.store, manifest.with_probe(item), depth.grade, expected, depth.engine, progress=progress
    )


def _needs_count(item: CollectionEntry) -> bool:
    """Whether the count in the archive is a fact from now on: it was written to while its snapshot was taken, or it is
    that of one shard, which was not counted."""
    missing = missing_shards(item)
    return item.kind == SHARD if missing else not item.points.quiet


def _short_of(result: GradeResult, grade: int, backup_id: str) -> list[str]:
    """A warning if an archive without a fault cannot reach the grade."""
    if not result.ok or result.not_opened or result.part or result.grade >= grade:
        return []
    return [f"{result.name} in backup {backup_id} reaches grade {result.grade}, not {grade}: {result.detail}."]


@dataclasses.dataclass(frozen=True)
class _Part:
    """A good archive of some shards of a collection. name: its name in proofs; grade: the one that it reached."""

    backup_id: str
    collection: str
    name: str
    grade: int


def _parts_short_of(parts: Sequence[_Part], grade: int) -> Iterator[str]:
    """One warning for all archives of a collection that cannot reach the grade one by one, whatever node has them."""
    found: dict[tuple[str, str, int], list[str]] = {}
    for one in parts:
        if one.grade < grade:
            found.setdefault((one.backup_id, one.collection, one.grade), []).append(one.name)
    for (backup_id, collection, reached), names in sorted(found.items()):
        verb = "reaches" if len(names) == 1 else "reach"
        yield (
            f"{collection} in backup {backup_id}: {', '.join(sorted(names))} {verb} grade {reached}, not {grade}, "
            "because each archive holds only some shards. A restore or a drill compares the whole collection."
        )


def _told_of(item: CollectionEntry, progress: Progress) -> Progress:
    """Progress with the name of the archive and its size."""
    return lambda event: progress(Event("verify", item.archive.key, event.done, item.archive.bytes))


def _sentence(item: dict[str, Any], backup: dict[str, Any]) -> str:
    which = f"The archive of {item['name']} in backup {backup['backup_id']} of {backup['node']}"
    if not item["read"]:
        return f"{which} was not verified: {item['detail']}"
    if item["ok"]:
        return f"{which} was read again and is as written (grade 1), but was not opened: {item['not_opened']}."
    other = "Restore from another backup (qdrant-backup list), and create a new one now: qdrant-backup run"
    return joined(f"{which} is not good: {closed(item['detail'])}", other)

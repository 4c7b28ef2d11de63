# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The report of a repository: backups, their collections, their proofs, and missing parts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from .._base.choose import chosen
from .archive_check import ArchiveCheck, not_checked
from .catalogue import LATEST, BackupEntry
from .completeness import Completeness
from .drills import last_drills
from .errors import OF_ONE_DOCUMENT, StoreError
from .parts import SHARD
from .proofs import grades_of
from .summary import Held, Summary
from .survey import MaybeSummary, Survey

Grades = Mapping[str, dict[str, Any]]  # archive (``Held.part``) to its state, as ``grades_of`` gives it
_UNPROVEN = {"grade": 0, "at": None, "failed": None}


def inventory(
    survey: Survey,
    *,
    node: str | None = None,
    backup_id: str | None = None,
    before: str | None = None,
    collections: Iterable[str] = (),
    limit: int = 0,
    check: bool = False,
    drills: bool = True,
) -> dict[str, Any]:
    """Describe backups, newest first: all, the newest ``limit``, or the one selected by an id, "latest" or a time.

    {"backups": [as of ``describe``], "unreadable": [{"backup_id", "node", "message"}], "total": number of backups,
    "older": how many ``limit`` left out, "drills": the last drill of each node, as of ``last_drills``, "not_checked":
    sentences}. ``check`` checks every archive in the store and adds "complete" and "completeness"; without it, only
    the archives of the newest backup of each node are listed. drills: False leaves out "drills", which costs a
    listing.
    """
    entries = survey.catalogue.backups(node)
    if backup_id or before:
        one = survey.catalogue.choose(backup_id or LATEST, before=before or None, node=node)
        entries = [entry for entry in entries if entry.backup_id == one.backup_id]
    shown = entries[:limit] if limit and not (backup_id or before) else entries
    verdicts = survey.verdicts(survey.proof_keys(shown))
    grades = {which: grades_of(found) for which, found in verdicts.items()}
    wanted = tuple(collections)
    backups: list[dict[str, Any]] = []
    unreadable: list[dict[str, Any]] = []
    newest: dict[str, tuple[int, BackupEntry, Summary]] = {}  # of each node: its place in ``backups``
    # Oldest first, so that a full cache keeps the newest.
    for entry, found, completeness in _each(survey, shown[::-1], check):
        if not isinstance(found, StoreError):
            newest[entry.segment] = (len(backups), entry, found)
            lost = _lost(entry, found, completeness) if completeness is not None else None
            state = grades.get((entry.segment, entry.backup_id), {})
            backups.append(describe(found, state, wanted, completeness, lost))
        elif found.kind in OF_ONE_DOCUMENT:
            unreadable.append({"backup_id": entry.backup_id, "node": entry.node, "message": str(found)})
        else:
            raise found
    older = len(entries) - len(shown)
    archives = ArchiveCheck(survey)
    for place, entry, summary in () if check else newest.values():
        archives.look([entry])
        lost, state = archives.lost(entry, summary), grades.get((entry.segment, entry.backup_id), {})
        backups[place] = describe(summary, state, wanted, lost=lost)
    return {
        "backups": backups[::-1],
        "unreadable": unreadable[::-1],
        "total": len(entries),
        "older": older,
        "not_checked": not_checked(archives.refused),
        **({"drills": last_drills(survey.catalogue, node)} if drills else {}),
    }


def _lost(entry: BackupEntry, summary: Summary, completeness: Completeness) -> dict[str, str] | None:
    """The lost archives of one node's part, as ``ArchiveCheck.lost`` returns them."""
    if any(told.startswith(f"{entry.node}: ") for told in completeness.unseen):
        return None
    gone = set(completeness.lost)
    told = "its archive {} is not in the store, or not of the size in the manifest"
    return {held.archive: told.format(held.archive) for held in summary.collections if held.archive in gone}


def _each(
    survey: Survey, shown: Sequence[BackupEntry], check: bool
) -> Iterator[tuple[BackupEntry, MaybeSummary, Completeness | None]]:
    """Every entry with its summary. With ``check``, also with the completeness of its id, which needs the manifests of
    all nodes."""
    if not check:
        for entry, found in survey.summaries(shown):
            yield entry, found, None
        return
    keys, ids = {entry.key for entry in shown}, {entry.backup_id for entry in shown}
    entries = [entry for entry in survey.catalogue.backups() if entry.backup_id in ids][::-1]
    read: dict[str, list[tuple[BackupEntry, MaybeSummary]]] = {}

    def noted() -> Iterator[tuple[BackupEntry, MaybeSummary]]:
        for entry, found in survey.summaries(entries):
            if entry.key in keys:
                read.setdefault(entry.backup_id, []).append((entry, found))
            if isinstance(found, StoreError) and found.kind not in (*OF_ONE_DOCUMENT, "forbidden"):
                raise found
            yield entry, found

    for backup_id, completeness in survey.complete_each(noted(), ids):
        for entry, found in read.pop(backup_id, ()):
            yield entry, found, completeness


def describe(
    summary: Summary,
    grades: Grades,
    wanted: tuple[str, ...] = (),
    completeness: Completeness | None = None,
    lost: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """One backup of ``inventory``'s report: {"backup_id", "node", "finished_at", "qdrant_version", "bytes", "grade",
    "collections": [...], "failed": [...], "aliases", "warnings": those of the run}. A collection that was captured per
    shard is one item, with all its archives. lost: key of an archive to why it is lost, None if that was not checked.
    Pure."""
    held: dict[str, list[Held]] = {}
    for one in summary.collections:
        held.setdefault(one.name, []).append(one)
    names = set(chosen(wanted, list(held)))
    items = [_collection(held[name], summary, grades, lost or {}) for name in held if name in names]
    out: dict[str, Any] = {
        "backup_id": summary.backup_id,
        "cluster": summary.cluster,
        "node": summary.node,
        "qdrant_version": summary.qdrant_version,
        "started_at": summary.started_at,
        "finished_at": summary.finished_at,
        "bytes": sum(item["bytes"] for item in items),
        "grade": min((item["grade"] for item in items), default=0),
        "collections": items,
        "failed": [{"name": name, "error": error} for name, error in summary.failed],
        "not_selected": list(summary.not_selected),
        "archives_checked": lost is not None,
        "aliases": summary.aliases,
        "expected_nodes": list(summary.expected_nodes),
        "peer_id": summary.peer_id,
        "server_before": summary.server_before,
        "suspect": summary.suspect,
        "pushed": summary.pushed,
        "digest": summary.digest,
        "warnings": list(summary.warnings),
    }
    if completeness is not None:
        out["completeness"] = completeness.as_dict()
        out["complete"] = completeness.whole
    return out


def _collection(held: Sequence[Held], summary: Summary, grades: Grades, lost: Mapping[str, str]) -> dict[str, Any]:
    """One collection with its archives: one, or one a shard. Points are of the whole collection, bytes are added up,
    and the least proven archive decides the grade."""
    first = held[0]
    archives = [_archive(one, grades.get(one.part, _UNPROVEN), lost.get(one.archive)) for one in held]
    whole: dict[str, Any] = archives[0] if first.kind != SHARD else {}
    least = min(archives, key=lambda archive: (archive["grade"], archive["proven_at"] or ""))
    return {
        "name": first.name,
        "kind": first.kind,
        "archive": whole.get("archive"),
        "bytes": sum(one.bytes for one in held),
        "sha256": whole.get("sha256"),
        "copied_from": whole.get("copied_from"),
        "points": first.points,
        "quiet": all(one.quiet for one in held),
        "shards": sorted({shard for one in held for shard in one.captured}),
        "archives": archives,
        "grade": least["grade"],
        "proven_at": least["proven_at"],
        "proof_failed": whole["proof_failed"] if whole else _of_shards(archives, "proof_failed"),
        "lost": whole["lost"] if whole else _of_shards(archives, "lost"),
        "suspect": "; ".join(dict.fromkeys(one.suspect for one in held if one.suspect)) or None,
        "in_doubt": any(one.in_doubt for one in held),
        "aliases": sorted(alias for alias, target in summary.aliases.items() if target == first.name),
        "warnings": list(dict.fromkeys(text for one in held for text in one.warnings)),
    }


def _of_shards(archives: Sequence[Mapping[str, Any]], what: str) -> str | None:
    return "; ".join(f"shard {archive['shard']}: {archive[what]}" for archive in archives if archive[what]) or None


def _archive(one: Held, state: Mapping[str, Any], lost: str | None) -> dict[str, Any]:
    return {
        "shard": one.captured[0] if one.kind == SHARD else None,
        "archive": one.archive,
        "bytes": one.bytes,
        "sha256": one.sha256,
        "copied_from": one.copied_from,
        "grade": state["grade"],
        "proven_at": state["at"],
        "proof_failed": state["failed"],
        "lost": lost,
    }

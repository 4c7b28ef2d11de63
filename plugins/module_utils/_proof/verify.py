# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Verify: re-read and hash the archives of committed backups, and keep the proof beside them (grade 1)."""

from __future__ import annotations

import socket
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from .._base.choose import chosen as chosen_names
from .._base.clock import now
from .._base.errors import UsageError
from .._base.plan import Plan, Step
from .._base.progress import Event, Progress, silent
from .._base.version import VERSION
from .._repository.catalogue import LATEST, BackupEntry, Catalogue
from .._repository.errors import StoreError
from .grades import GradeResult, grade_one, proof_document

if TYPE_CHECKING:
    from .._repository.manifest import CollectionEntry, Manifest

Chosen = tuple["BackupEntry", "Manifest", "list[CollectionEntry]"]


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
    progress: Progress = silent,
) -> dict[str, Any]:
    """Verify one backup of a node (or, without ``node``, of each node), or ``every`` one of them.

    {"changed": a proof was recorded, "ok": every archive is what its manifest says, "plan", "backups": [{"backup_id",
    "node", "grade", "ok", "bytes", "seconds", "collections": [...], "proof_key"}], "unreadable": [a backup whose
    manifest cannot be read], "failed": [an entry an archive or manifest]}. One that cannot be read stops no other.
    """
    chosen, unreadable = _choose(catalogue, _entries(catalogue, node, backup_id, before, every), collections)
    if collections and not any(one[2] for one in chosen):
        raise UsageError(
            f"No backup chosen holds {', '.join(collections)}", "See what there is: qdrant-backup list, show."
        )
    plan = _plan(catalogue, chosen, record)
    report: dict[str, Any] = {"changed": plan.changes and record, "ok": True, "plan": plan.as_dict()}
    report["backups"] = [] if check else [_verify(catalogue, one, record, progress) for one in chosen]
    report["changed"] = report["changed"] and (check or any(backup["proof_key"] for backup in report["backups"]))
    report["unreadable"], report["failed"] = unreadable, list(unreadable)
    for backup in report["backups"]:
        bad = [item for item in backup["collections"] if not item["ok"]]
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
    """What to verify, and the backups whose manifests are damaged or gone. Raises where not one can be read."""
    chosen: list[Chosen] = []
    unreadable: list[dict[str, Any]] = []
    first: StoreError | None = None
    for entry in entries:
        try:
            manifest = catalogue.manifest(entry)
        except StoreError as error:
            if error.kind not in ("protocol", "not_found"):
                raise
            first = first or error
            unreadable.append({"backup_id": entry.backup_id, "node": entry.node, "message": error.sentence()})
        else:
            chosen.append((entry, manifest, _matching(manifest, patterns)))
    if first is not None and not chosen:
        raise first
    return chosen, unreadable


def _matching(manifest: Manifest, patterns: Sequence[str]) -> list[CollectionEntry]:
    names = chosen_names(patterns, [item.name for item in manifest.collections])
    return [item for item in manifest.collections if item.name in names]


def _plan(catalogue: Catalogue, chosen: Sequence[Chosen], record: bool) -> Plan:
    steps = []
    for entry, dummy, items in chosen:
        steps += [Step("verify archive", item.archive.key, item.archive.bytes) for item in items]
        steps += [Step("record proof", f"{entry.node} {entry.backup_id}")] if record and items else []
    return Plan("verify", f"{len(chosen)} backups in {catalogue.store.url}", tuple(steps))


def _verify(catalogue: Catalogue, chosen: Chosen, record: bool, progress: Progress) -> dict[str, Any]:
    entry, dummy, items = chosen
    results: list[GradeResult] = [grade_one(catalogue.store, item, progress=_told_of(item, progress)) for item in items]
    read = [result for result in results if result.read]
    document = proof_document(
        catalogue.cluster,
        entry.node,
        entry.backup_id,
        read,
        at=now(),
        by=f"verify on {socket.gethostname()}",
        tool_version=VERSION,
    )
    if len(read) < len(results):
        # Nothing is proven of the backup as a whole, and nothing said against what was not read.
        document["grade"], document["unread"] = 0, [result.name for result in results if not result.read]
    return {
        "backup_id": entry.backup_id,
        "node": entry.node,
        "grade": document["grade"],
        "ok": all(result.ok for result in results),
        "bytes": sum(result.bytes for result in results),
        "seconds": document["seconds"],
        "collections": [{**result.as_dict(), "read": result.read} for result in results],
        "proof_key": catalogue.add_proof(entry.node, entry.backup_id, document) if record and read else None,
    }


def _told_of(item: CollectionEntry, progress: Progress) -> Progress:
    """Progress that names the archive which is being read, and its size."""
    return lambda event: progress(Event("verify", item.archive.key, event.done, item.archive.bytes))


def _sentence(item: dict[str, Any], backup: dict[str, Any]) -> str:
    which = f"The archive of {item['name']} in backup {backup['backup_id']} of {backup['node']}"
    if not item["read"]:
        return f"{which} was not verified: {item['detail']}"
    return f"{which} is not good: {item['detail']}. Restore from another backup, and take a new one now."

# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a repository holds, as a report: backups, their collections, how far each was proven, what is missing."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from .._base.choose import chosen
from .catalogue import LATEST, BackupEntry, Catalogue
from .errors import StoreError
from .manifest import CollectionEntry, Manifest


def inventory(
    catalogue: Catalogue,
    *,
    node: str | None = None,
    backup_id: str | None = None,
    before: str | None = None,
    collections: Iterable[str] = (),
    limit: int = 0,
    check: bool = False,
) -> dict[str, Any]:
    """Describe backups, newest first: all, the newest ``limit``, or the one that an id, "latest" or a time chooses.

    {"backups": [{"backup_id", "node", "finished_at", "qdrant_version", "bytes", "grade", "collections": [...],
    "failed": [...], "aliases", "complete"}], "unreadable": [{"backup_id", "node", "message"}]}. ``check`` looks for
    every archive in the store and adds "completeness"; without it "complete" speaks of nodes and shards alone.
    """
    if backup_id or before:
        one = catalogue.choose(backup_id or LATEST, before=before or None, node=node)
        entries = [entry for entry in catalogue.backups(node) if entry.backup_id == one.backup_id]
    else:
        entries = catalogue.backups(node)
        entries = entries[:limit] if limit else entries
    wanted = tuple(collections)
    backups: list[dict[str, Any]] = []
    unreadable: list[dict[str, Any]] = []
    for entry in entries:
        try:
            backups.append(describe(catalogue, entry, wanted, check))
        except StoreError as error:
            if error.kind != "protocol":
                raise
            unreadable.append({"backup_id": entry.backup_id, "node": entry.node, "message": str(error)})
    return {"backups": backups, "unreadable": unreadable}


def grades_of(proofs: Iterable[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """Collection to {"grade": best grade proven, "at": when, "failed": what the newest proof found wrong or None}."""
    found: dict[str, dict[str, Any]] = {}
    for proof in sorted(proofs, key=lambda document: str(document.get("at", ""))):
        for item in proof.get("collections", []):
            state = found.setdefault(str(item.get("name")), {"grade": 0, "at": None, "failed": None})
            if item.get("ok"):
                state["failed"] = None
                if int(item.get("grade", 0)) >= state["grade"]:
                    state["grade"], state["at"] = int(item.get("grade", 0)), proof.get("at")
            else:
                state["failed"] = item.get("detail") or "it was not proven"
    return found


def describe(
    catalogue: Catalogue, entry: BackupEntry, wanted: tuple[str, ...] = (), check: bool = False
) -> dict[str, Any]:
    """One backup of ``inventory``'s report. ManifestError or StoreError where it cannot be read."""
    manifest = catalogue.manifest(entry)
    grades = grades_of(catalogue.proofs(entry.node, entry.backup_id))
    names = chosen(wanted, [item.name for item in manifest.collections])
    items = [_collection(item, manifest, grades) for item in manifest.collections if item.name in names]
    out: dict[str, Any] = {
        "backup_id": manifest.backup_id,
        "cluster": manifest.cluster,
        "node": manifest.node.name,
        "qdrant_version": manifest.node.qdrant_version,
        "started_at": manifest.started_at,
        "finished_at": manifest.finished_at,
        "bytes": sum(item["bytes"] for item in items),
        "grade": min((item["grade"] for item in items), default=0),
        "collections": items,
        "failed": [{"name": failed.name, "error": failed.error} for failed in manifest.failed],
        "aliases": manifest.aliases,
        "expected_nodes": list(manifest.expected_nodes),
    }
    if check:
        completeness = catalogue.completeness(manifest.backup_id)
        out["completeness"] = completeness.as_dict()
        out["complete"] = completeness.whole
    return out


def _collection(item: CollectionEntry, manifest: Manifest, grades: dict[str, dict[str, Any]]) -> dict[str, Any]:
    state = grades.get(item.name, {"grade": 0, "at": None, "failed": None})
    return {
        "name": item.name,
        "archive": item.archive.key,
        "bytes": item.archive.bytes,
        "sha256": item.archive.sha256,
        "copied_from": item.archive.copied_from,
        "points": item.points.before,
        "quiet": item.points.quiet,
        "grade": state["grade"],
        "proven_at": state["at"],
        "proof_failed": state["failed"],
        "suspect": (item.suspect or {}).get("why"),
        "aliases": sorted(alias for alias, target in manifest.aliases.items() if target == item.name),
        "warnings": list(item.warnings),
    }

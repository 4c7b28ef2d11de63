# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The report of a backup: one JSON-able value with facts, steps, measurements and refusals."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from .._base.redaction import redact_value
from .collection import Done
from .options import BackupOptions
from .values import BackupPlan


def report(
    options: BackupOptions,
    plan: BackupPlan,
    *,
    changed: bool,
    committed: bool,
    manifest_key: str,
    done: Sequence[Done] = (),
    failed: Sequence[tuple[str, str]] = (),
    rotated: Sequence[dict[str, Any]] = (),
    warnings: Sequence[str] = (),
    unused: Sequence[str] = (),
    seconds: float = 0.0,
) -> dict[str, Any]:
    """``ok`` is False if a collection failed: the backup is committed without it, and the program exits with 1."""
    suspect = "; ".join(plan.suspect)
    out: dict[str, Any] = {
        "changed": changed,
        "ok": not failed,
        "backup_id": options.backup_id,
        "cluster": options.cluster,
        "node": options.node,
        "committed": committed,
        "manifest_key": manifest_key,
        "collections": [_collection(one) for one in done],
        "shards_elsewhere": sorted(plan.shards_elsewhere),
        "failed": [{"name": name, "error": error} for name, error in failed],
        "suspect": {"why": suspect, "gone": dict(plan.gone)} if suspect else None,
        "rotated": list(rotated),
        "warnings": list(warnings),
        "unused": list(unused),
        "plan": plan.plan.as_dict(),
        "sent_bytes": sum(one.sent for one in done),
        "seconds": round(seconds, 3),
    }
    checked: dict[str, Any] = redact_value(out)
    return checked


def _collection(done: Done) -> dict[str, Any]:
    entry = done.entry
    return {
        "name": entry.name,
        "kind": entry.kind,
        "archive": entry.archive.key,
        "archive_bytes": entry.archive.bytes,
        "sha256": entry.archive.sha256,
        "sent_bytes": done.sent,
        "copied_from": entry.archive.copied_from,
        "taken_in": entry.extra.get("taken_in"),
        "points": entry.points.after if entry.points.after is not None else entry.points.before,
        "quiet": entry.points.quiet,
        "shards": list(entry.shards.captured),
        "suspect": entry.suspect["why"] if entry.suspect else None,
        "warnings": list(entry.warnings),
        "seconds": done.seconds,
    }

# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Pins and unpins backups: a pinned backup is never pruned."""

from __future__ import annotations

import json
import socket
from typing import Any

from .._base.clock import now, utc_text
from .._base.plan import Plan, Step
from .._repository import layout
from .._repository.catalogue import LATEST, Catalogue
from .._repository.errors import StoreError


def pin(
    catalogue: Catalogue, backup_id: str = LATEST, reason: str = "", *, node: str | None = None, check: bool = False
) -> dict[str, Any]:
    """Pin a backup over all its nodes. {"changed", "plan", "backup_id", "pinned": True, "nodes", "key"}. ``not_found``
    if it does not exist. node: whose newest backup ``latest`` is, None for the newest of all nodes."""
    entry = catalogue.choose(backup_id, node=node if backup_id == LATEST else None)
    key = layout.pin_key(catalogue.cluster, entry.backup_id)
    changed = entry.backup_id not in catalogue.pinned()
    if changed and not check:
        document = {"backup_id": entry.backup_id, "pinned_at": utc_text(now()), "by": socket.gethostname()}
        document.update({"reason": reason} if reason else {})
        data = (json.dumps(document, sort_keys=True, ensure_ascii=False) + "\n").encode("utf-8")
        try:
            catalogue.store.put(key, data, if_absent=True)
        except StoreError as error:
            if error.kind != "exists":
                raise
            changed = False
        # A prune reads the pins right before it deletes: one that was faster is seen here.
        entry = Catalogue(catalogue.store, catalogue.cluster).choose(entry.backup_id)
    return _report(catalogue, entry.backup_id, key, changed, pinned=True)


def unpin(catalogue: Catalogue, backup_id: str, *, node: str | None = None, check: bool = False) -> dict[str, Any]:
    """Remove a pin, also of a backup that no longer exists. The report is that of ``pin``, with "pinned": False."""
    if backup_id == LATEST:
        backup_id = catalogue.choose(backup_id, node=node).backup_id
    key = layout.pin_key(catalogue.cluster, backup_id)
    changed = backup_id in catalogue.pinned()
    if changed and not check:
        catalogue.store.delete([key])
    return _report(catalogue, backup_id, key, changed, pinned=False)


def _report(catalogue: Catalogue, backup_id: str, key: str, changed: bool, *, pinned: bool) -> dict[str, Any]:
    nodes = sorted(entry.node for entry in catalogue.nodes_of(backup_id))
    action = "pin" if pinned else "unpin"
    subject = f"backup {backup_id} of cluster {catalogue.cluster} in {catalogue.store.url}"
    plan = Plan(action, subject, (Step(action, backup_id),) if changed else ())
    return {
        "changed": changed,
        "plan": plan.as_dict(),
        "backup_id": backup_id,
        "pinned": pinned,
        "nodes": nodes,
        "key": key,
    }

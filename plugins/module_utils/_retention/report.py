# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The report of a prune: JSON-able, the same for a plan and for what was done."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from .cost import by_class, cost
from .options import PruneOptions, prices_of
from .values import Facts, PrunePlan, Removal


def report(
    options: PruneOptions,
    facts: Facts,
    planned: PrunePlan,
    *,
    check: bool = False,
    done: Sequence[Removal] = (),
    failed: Sequence[dict[str, Any]] = (),
    warnings: Sequence[str] = (),
) -> dict[str, Any]:
    """{"changed", "ok", "applied", "kept": [{"backup_id", "nodes", "reasons", "bytes"}], "removed": [{"backup_id",
    "nodes", "why", "manifests", "archives", "proofs", "local_snapshots", "bytes", "done"}], "orphans": [likewise],
    "bytes": what goes, "storage": {"before", "after": {storage class: bytes}}, "cost": None or {"before", "after",
    "unpriced"}, "plan", "failed", "warnings", "diff"}. ``check``: nothing was done.
    """
    removals = [_removed(one, check, done) for one in planned.removals if not one.orphan]
    orphans = [_removed(one, check, done) for one in planned.removals if one.orphan]
    busy = [{"name": node, "message": f"{node} was left out. {why}"} for node, why in sorted(facts.busy.items())]
    return {
        "changed": bool(planned.removals) if check else bool(done),
        "ok": not failed and not busy,
        "applied": not check,
        "kept": [
            {"backup_id": one.backup_id, "nodes": list(one.nodes), "reasons": list(one.reasons), "bytes": one.bytes}
            for one in planned.kept
        ],
        "removed": removals,
        "orphans": orphans,
        "bytes": sum(one.bytes for one in planned.removals),
        "storage": {"before": by_class(planned.before), "after": by_class(planned.after)},
        "cost": cost(planned.before, planned.after, prices_of(options.prices)),
        "plan": planned.plan.as_dict(),
        "failed": [*failed, *busy],
        "warnings": [*planned.plan.warnings, *warnings],
        "diff": _diff(planned),
    }


def _removed(removal: Removal, check: bool, done: Sequence[Removal]) -> dict[str, Any]:
    return {
        "backup_id": removal.backup_id,
        "nodes": [part.node for part in removal.parts],
        "why": removal.why,
        "manifests": sum(bool(part.manifest) for part in removal.parts),
        "archives": sum(len(part.archives) for part in removal.parts),
        "proofs": sum(len(part.proofs) for part in removal.parts),
        "local_snapshots": [f"{copy.collection}/{copy.name}" for copy in removal.local],
        "bytes": removal.bytes,
        "done": not check and removal in done,
    }


def _diff(planned: PrunePlan) -> dict[str, str]:
    stay = [(one.backup_id, ", ".join(one.nodes)) for one in planned.kept]
    go = [(one.backup_id, ", ".join(part.node for part in one.parts)) for one in planned.removals]
    return {"before": _lines([*stay, *go]), "after": _lines(stay)}


def _lines(items: Sequence[tuple[str, str]]) -> str:
    return "".join(f"{backup_id} of {nodes}\n" for backup_id, nodes in sorted(items, reverse=True))

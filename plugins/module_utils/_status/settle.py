# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Settle: a person says that what an interrupted restore left is right, or that the collection was made anew.

No program can know that. What can be known is asked first: whether a recover is still at work, and whether the node can
read the collection at all. The note is kept beside the open ones, under another name.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from .._base.errors import UsageError
from .._base.host import Host
from .._base.intent import Intent
from .._base.plan import Plan, Refusal, Step

if TYPE_CHECKING:
    from .._qdrant.client import Node


@dataclasses.dataclass(frozen=True)
class Now:
    """What the node says. points: of each collection that is there; recovering: recovers at work, None: not told."""

    points: dict[str, int]
    recovering: int | None


def settle(host: Host, node: Node, names: Sequence[str], *, check: bool = False) -> dict[str, Any]:
    """{"changed", "ok", "plan", "settled": [{"collection", "points": None where it is gone, "note": the sentence}],
    "not_open": [names], "open": [names], "warnings"}. RefusedError while a recover is at work; QdrantError where the
    node cannot be asked, or cannot count the collection: then it is not right."""
    if not names:
        known = ", ".join(intent.collection for intent in host.intents()) or "none"
        raise UsageError("No collection is named", f"Name those whose contents are right; open are: {known}.")
    with host.lock("settle"):
        found = [intent for intent in host.intents() if intent.collection in names]
        now = _ask(node, found)
        plan = settle_plan(found, now, node.url)
        plan.refuse_or_go()
        if not check:
            for intent in found:
                host.settle_intent(intent)
        left = [intent.collection for intent in host.intents()]
    return {
        "changed": plan.changes,
        "ok": True,
        "plan": plan.as_dict(),
        "settled": [
            {"collection": one.collection, "points": now.points.get(one.collection), "note": one.what()}
            for one in found
        ],
        "not_open": [name for name in names if name not in {intent.collection for intent in found}],
        "open": left,
        "warnings": list(plan.warnings),
    }


def _ask(node: Node, intents: Sequence[Intent]) -> Now:
    names = {intent.collection for intent in intents}
    there = [name for name in sorted(node.collections()) if name in names]
    return Now({name: node.count(name) for name in there}, node.recoveries_running())


def settle_plan(intents: Sequence[Intent], now: Now, url: str) -> Plan:
    """Pure."""
    names = ", ".join(intent.collection for intent in intents) or "nothing"
    refusals, warnings = [], []
    if intents and now.recovering:
        refusals.append(
            Refusal(
                "recover_running",
                "A recover is still at work on the node.",
                "Wait until it has ended (metric snapshot_recovery_running is 0), then look at the collection.",
            )
        )
    if intents and now.recovering is None:
        warnings.append("The node does not tell whether a recover is at work: make sure that none is.")
    steps = tuple(Step("close the note of", intent.collection) for intent in intents)
    return Plan("settle", f"{names} on {url}", steps, tuple(refusals), tuple(warnings))

# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Settle: close the note of an interrupted restore, because an operator has checked or recreated the collection.

No program can check this. It checks first whether a recover is still running, and whether the node can count the
collection. The note is renamed and kept beside the open ones.
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
    """Facts from the node."""

    points: dict[str, int]  #: count of each existing collection
    recovering: int | None  #: recovers that run, None if unknown


def settle(host: Host, node: Node, names: Sequence[str], *, check: bool = False) -> dict[str, Any]:
    """{"changed", "ok", "plan", "settled": [{"collection", "points": None if it does not exist, "note": the sentence}],
    "not_open": [names], "open": [names], "warnings"}. RefusedError while a recover runs; QdrantError if the node does
    not answer, or cannot count the collection."""
    if not names:
        known = ", ".join(intent.collection for intent in host.intents()) or "none"
        raise UsageError(
            "Names of collections are missing", f"Name those that you have checked or recreated; open are: {known}."
        )
    with host.lock("settle"):
        found = [intent for intent in host.intents() if intent.collection in names]
        now = _ask(node, found)
        plan = settle_plan(found, now, node.url)
        plan.refuse_or_go()
        if not check:
            for intent in found:
                host.settle_intent(intent)
                _settle_others(host, intent)
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


def _settle_others(host: Host, intent: Intent) -> None:
    """The notes of the same restore for the other nodes of its cluster: with one of them left, the next restore would
    go on, and overwrite what was confirmed."""
    for url in intent.nodes().values():
        other = Host(host.state_dir, url)
        for note in other.intents():
            if note.collection == intent.collection:
                other.settle_intent(note)


def _ask(node: Node, intents: Sequence[Intent]) -> Now:
    names = {intent.collection for intent in intents}
    there = [name for name in sorted(node.collections()) if name in names]
    return Now({name: node.count(name) for name in there}, node.recoveries_running())


def settle_plan(intents: Sequence[Intent], now: Now, url: str) -> Plan:
    """The plan to close these notes. Pure."""
    names = ", ".join(intent.collection for intent in intents) or "nothing"
    refusals, warnings = [], []
    if intents and now.recovering:
        refusals.append(
            Refusal(
                "recover_running",
                "A recover is still running on the node.",
                "Wait until it has ended (metric snapshot_recovery_running is 0), then check the collection.",
            )
        )
    if intents and now.recovering is None:
        warnings.append("The node does not report whether a recover is running: make sure that none is.")
    steps = tuple(Step("close the note of", intent.collection) for intent in intents)
    return Plan("settle", f"{names} on {url}", steps, tuple(refusals), tuple(warnings))

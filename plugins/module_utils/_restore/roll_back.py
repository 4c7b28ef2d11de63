# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Move the aliases of the last switch back, in one call. The restored collection stays."""

from __future__ import annotations

import dataclasses
import shlex
from collections.abc import Iterator, Mapping, Sequence

from .._base.clock import now, utc_text
from .._base.command import option, with_names
from .._base.counted import counted
from .._base.errors import EngineError
from .._base.host import Host
from .._base.plan import Plan, Refusal
from .._base.plan import Step as PlannedStep
from .._base.progress import Event, Progress
from .._base.switched import Switch, damaged_switches, note_switch, switches
from .._qdrant.client import Node
from .errors import RestoreError
from .live import pulse_of
from .report import RestoreReport, Times
from .steps.alias import alias_command
from .steps.move_aliases import moving
from .values import RestoreOptions


@dataclasses.dataclass(frozen=True)
class RollBackFacts:
    """switch: the newest one on this host that moved the alias, None if there is none; counts: exact, of the two
    collections that exist; damaged: the paths of records that cannot be read."""

    url: str
    alias: str
    switch: Switch | None
    aliases: Mapping[str, str]
    counts: Mapping[str, int | None]
    snapshots_dir: str = ""
    damaged: tuple[str, ...] = ()

    @property
    def moved(self) -> tuple[str, ...]:
        """The aliases that are to be moved back."""
        return tuple(a for a in self.switch.aliases if self.aliases.get(a) != self.switch.before) if self.switch else ()


def roll_back(options: RestoreOptions, node: Node, host: Host, *, check: bool, progress: Progress) -> RestoreReport:
    """Move back what the last switch of the alias moved. RefusedError (nothing was changed) where that cannot be.

    host: of the node, or of all nodes of its cluster: aliases are the cluster's, and one call moves them.
    """
    times = Times()
    if check:
        facts = _gather(options, node, host)
        plan = _plan(facts)
        plan.refuse_or_go()
        times.note("plan")
        return RestoreReport(plan, _diff(facts), times.all(), rolled_back=_result(facts))
    with host.lock("restore"):
        facts = _gather(options, node, host)
        plan = _plan(facts)
        plan.refuse_or_go()
        times.note("plan")
        if plan.changes and facts.switch is not None:
            progress(Event("move aliases", ", ".join(facts.moved)))
            _move(node, facts, facts.switch)
            note_switch(host, dataclasses.replace(facts.switch, back_at=utc_text(now())))
        times.note("finish")
        return RestoreReport(plan, _diff(facts), times.all(), rolled_back=_result(facts))


def _gather(options: RestoreOptions, node: Node, host: Host) -> RollBackFacts:
    alias = options.roll_back or ""
    switch = next((one for one in switches(host) if alias in one.aliases), None)
    there = set(node.collections())
    names = [name for name in (switch.before, switch.collection) if name in there] if switch is not None else []
    counts = {name: pulse_of([node], name).count for name in names}
    damaged = tuple(damaged_switches(host))
    return RollBackFacts(node.url, alias, switch, node.aliases(), counts, options.snapshots_dir or "", damaged)


def _plan(facts: RollBackFacts) -> Plan:
    """Pure."""
    switch = facts.switch
    refusals = tuple(_refusals(facts))
    steps: tuple[PlannedStep, ...] = ()
    warnings: tuple[str, ...] = ()
    if switch is not None and facts.moved:
        steps = (
            PlannedStep(
                "move aliases", ", ".join(facts.moved), detail={"from": switch.collection, "to": switch.before}
            ),
        )
        counts = [
            f"{name} holds {counted(count, 'point')}" for name, count in facts.counts.items() if count is not None
        ]
        warnings = (
            f"Writes that {switch.collection} received since the switch ({switch.at}) are not in {switch.before}"
            f"{': ' if counts else ''}{', '.join(counts)}.",
        )
    elif switch is not None:
        warnings = (f"{facts.alias} points to {switch.before} already: nothing to move.",)
    return Plan("roll back", f"{facts.alias} on {facts.url}", steps, refusals, warnings)


def _refusals(facts: RollBackFacts) -> Iterator[Refusal]:
    switch = facts.switch
    if switch is None:
        yield Refusal(
            "no_switch",
            f"This host has noted no switch of alias {facts.alias}."
            + (f" Records of switches that cannot be read: {', '.join(facts.damaged)}." if facts.damaged else ""),
            "Run this on the host whose restore moved the alias, or move it by hand: "
            "https://qdrant.tech/documentation/concepts/collections/#collection-aliases",
        )
        return
    if switch.before not in facts.counts:
        yield Refusal(
            "old_gone",
            f"Collection {switch.before}, which {facts.alias} pointed to, was deleted.",
            _again(facts, switch),
        )
        return
    for alias in facts.moved:
        held = facts.aliases.get(alias)
        if held != switch.collection:
            where = f"points to {held}" if held else "does not exist"
            yield Refusal(
                "alias_moved",
                f"Alias {alias} {where}, and the switch at {switch.at} moved it to {switch.collection}: another client "
                "changed it since then.",
                "Check which collection clients are to use, then move the alias by hand.",
            )


def _again(facts: RollBackFacts, switch: Switch) -> str:
    """How the data of a collection that was deleted comes back."""
    if not switch.snapshot:
        return "Restore it from a backup (qdrant-backup list)."
    if switch.nodes:
        return (
            f"Its safety snapshots stay in the nodes' snapshots folders: {switch.snapshot}. Restore it from a backup "
            "(qdrant-backup list --all-nodes), or recover each snapshot on its node."
        )
    folder = facts.snapshots_dir or "/var/lib/qdrant/snapshots"
    words = [*option("--snapshot", switch.snapshot), "--snapshots-dir", folder, "--mode", "switch"]
    words += [f"--alias={facts.alias}", "--accept-write-loss", *with_names([switch.before], ())]
    command = shlex.join(["qdrant-backup", "restore", *words])
    return f"Its safety snapshot is in the node's snapshots folder. Restore that, and switch to it: {command}"


def _move(node: Node, facts: RollBackFacts, switch: Switch) -> None:
    actions = moving(facts.moved, facts.aliases, switch.before)
    try:
        node.change_aliases(actions)
    except EngineError as error:
        held = node.aliases()
        if any(held.get(alias) != switch.before for alias in facts.moved):
            command = alias_command(node, moving(facts.moved, held, switch.before))
            raise RestoreError(
                "move the aliases",
                f"{', '.join(facts.moved)} to collection {switch.before} on {node.url}",
                error.said,
                f"To move them by hand: {command}",
            ) from error


def _result(facts: RollBackFacts) -> dict[str, object] | None:
    switch = facts.switch
    if switch is None:
        return None
    return {
        "aliases": list(facts.moved),
        "from": switch.collection,
        "to": switch.before,
        "switched_at": switch.at,
        "points": facts.counts.get(switch.before),
        "points_from": facts.counts.get(switch.collection),
    }


def _diff(facts: RollBackFacts) -> dict[str, str]:
    switch = facts.switch
    moved: Sequence[str] = facts.moved
    before = "".join(f"alias {alias}: {facts.aliases.get(alias, 'does not exist')}\n" for alias in moved)
    after = "".join(f"alias {alias}: {switch.before if switch else ''}\n" for alias in moved)
    return {"before": before, "after": after}

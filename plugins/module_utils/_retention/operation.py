# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Prunes: facts, plan, apply, report. Nothing is deleted without the locks of the nodes."""

from __future__ import annotations

import contextlib
import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any, Callable

from .._base.errors import EngineError, LockedError
from .._base.host import Host
from .._base.progress import Event, Progress, silent
from .._qdrant.client import Node
from .._repository.catalogue import Catalogue
from .._repository.keeper import Keeper, NoKeeper, node_lock
from .._repository.survey import Survey
from .facts import gather, of_candidates
from .options import PruneOptions, check_options
from .plan import make_plan
from .report import report
from .steps import Scene, StaysError, recipe
from .values import Facts, PrunePlan, Removal

Held = Sequence["Keeper | NoKeeper"]


def prune(
    options: PruneOptions,
    open_survey: Callable[[], Survey],
    node: Node | None,
    *,
    check: bool = False,
    progress: Progress = silent,
) -> dict[str, Any]:
    """Delete the backups that no rule and no guard keeps; returns ``report.report``. ``check``: plan only, without
    locks.

    node: whose snapshots are deleted with its backups, None to leave them. Raises UsageError, RefusedError (a manifest
    cannot be read, two servers use one node name, ...), LockedError if another run works on the node, StoreError if the
    repository cannot be read, QdrantError if the node cannot be asked. Errors of a removal are in ``failed``.
    """
    check_options(options)
    survey = open_survey()
    if check:
        nodes = _nodes(options, survey.catalogue)
        facts, planned = _planned(options, survey, node, nodes, {})
        return report(options, facts, planned, check=True)
    with contextlib.ExitStack() as stack:
        mark = ""
        if node is not None:
            host = Host(options.state_dir, node.url)
            stack.enter_context(host.lock("prune"))
            mark = host.mark()
        nodes = _nodes(options, survey.catalogue)
        keepers, busy = _locks(stack, survey, nodes, options, mark)
        # Listed again: what was committed until the lock was taken counts.
        survey = Survey(Catalogue(survey.store, options.cluster), survey.cache)
        facts, planned = _planned(options, survey, node, nodes, busy)
        scene = Scene(survey.store, options.cluster, _confirm(keepers), node)
        done = _Done()
        _apply(planned, scene, done, progress)
        warned = [*done.staying, *(text for keeper in keepers for text in keeper.warnings)]
        return report(options, facts, planned, done=done.removals, failed=done.failed, warnings=warned)


def _nodes(options: PruneOptions, catalogue: Catalogue) -> frozenset[str]:
    """The nodes that are pruned."""
    if not options.all_nodes:
        return frozenset([options.node_name])
    return frozenset(entry.node for entry in catalogue.backups())


def _planned(
    options: PruneOptions, survey: Survey, node: Node | None, nodes: frozenset[str], busy: Mapping[str, str]
) -> tuple[Facts, PrunePlan]:
    """The facts and the plan. Locks of objects and snapshots on the node are asked only for what would go."""
    local_node = options.node_name if node is not None else None
    facts = gather(survey, options, nodes, busy, local_node)
    draft = make_plan(facts, options, survey.store.url)
    draft.plan.refuse_or_go()
    facts = of_candidates(facts, draft, survey, node, options.state_dir)
    return facts, make_plan(facts, options, survey.store.url)


def _locks(
    stack: contextlib.ExitStack, survey: Survey, nodes: frozenset[str], options: PruneOptions, mark: str
) -> tuple[list[Keeper | NoKeeper], dict[str, str]]:
    """The locks of the nodes, and the nodes that another run works on. One node that is busy is an error."""
    keepers: list[Keeper | NoKeeper] = []
    busy: dict[str, str] = {}
    for name in sorted(nodes):
        own = mark if name == options.node_name else ""
        try:
            lock = node_lock(survey.store, options.cluster, name, "a prune", own)
            keepers.append(stack.enter_context(lock))
        except LockedError as error:
            if len(nodes) == 1:
                raise
            busy[name] = error.sentence()
    return keepers, busy


def _confirm(keepers: Held) -> Callable[[], None]:
    def confirm() -> None:
        for keeper in keepers:
            keeper.confirm()

    return confirm


@dataclasses.dataclass
class _Done:
    """What was carried out. staying: what stays although it was planned, as sentences."""

    removals: list[Removal] = dataclasses.field(default_factory=list)
    staying: list[str] = dataclasses.field(default_factory=list)
    failed: list[dict[str, Any]] = dataclasses.field(default_factory=list)


def _apply(planned: PrunePlan, scene: Scene, done: _Done, progress: Progress) -> None:
    """Each removal in turn, oldest first. The first failure stops it. A later prune deletes the rest of that
    removal."""
    for removal in planned.removals:
        try:
            for step in recipe(removal):
                about = step.describe()
                progress(Event(about.action, about.subject))
                scene.confirm()
                step.do(scene)
        except StaysError as stays:
            done.staying.append(str(stays))
        except EngineError as error:
            done.failed.append({"name": removal.backup_id, "message": error.sentence()})
            return
        else:
            done.removals.append(removal)

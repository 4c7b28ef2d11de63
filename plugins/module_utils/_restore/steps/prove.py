# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Compare a collection with its backup: a restored one, which proves it, or one that exists and is left alone."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Sequence
from typing import Any, Callable

from ..._base.counted import points as points_of
from ..._base.errors import EngineError
from ..._base.plan import Step as PlannedStep
from ..._proof.check import WAIT, check
from ..._proof.compared import Compared, compared
from ..._qdrant.client import Node
from ..._qdrant.errors import QdrantError
from ..._qdrant.versions import parse
from ..errors import RestoreError
from ..match import differences_of
from ..scene import Scene
from ..state import Proof, State
from ..task import FINISH, REPLACE
from ..together import CERTAIN, coverage
from ..values import Source
from .base import Step
from .ready import Agreement

_MOST = 8  # settings that one sentence names
_LONGEST = 80


class Prove(Step):
    """A restore that contradicts its backup is none."""

    action = "prove"
    stage = "prove"
    shown = True

    def describe(self) -> PlannedStep:
        source = self.task.source
        detail = {"points": source.points, "quiet": source.quiet}
        return PlannedStep(self.action, self.task.name, changes=False, detail=detail)

    def do(self, scene: Scene, state: State) -> State:
        task, source, target = self.task, self.task.source, self.task.target
        restored = {mark.peer for mark in target.marks if mark.backup_id == source.backup_id}
        restored |= {source.peer_id} if source.peer_id is not None else set()
        again = Agreement(scene.node, task.name, task.limits, scene.progress)
        proof = prove(scene.node, source, task.name, task.recipe, restored, again)
        state = state.warns(*again.warnings)
        if target.moving:
            proof = self._moving(proof)
        if task.recipe != FINISH:
            state = state.warns(*settings_warnings(scene.node, source, task.name, task.version))
        state = state.judges(proof)
        if proof.failures:
            return state.fails(self.action, RestoreError("prove", task.subject, "; ".join(proof.failures)))
        return state

    def _moving(self, proof: Proof) -> Proof:
        """Writers were allowed explicitly: what they changed is not a fault of the archive. The rest proves nothing."""
        source = self.task.source
        told = f" ({'; '.join(proof.failures)})" if proof.failures else ""
        warning = (
            f"{self.task.name} is being written to: of what came back "
            f"{'nothing is' if source.unchecked else 'only the bytes of the archive are'} proven{told}."
        )
        return dataclasses.replace(
            proof,
            compared=Compared(hash=not source.unchecked),
            grade=int(not source.unchecked),
            proven=False,
            failures=(),
            warnings=(*proof.warnings, warning),
        )


class Compare(Step):
    """For ``mode: missing``. A difference is not a failure: the collection may have changed since the backup."""

    action = "compare"
    stage = "prove"
    shown = True

    def describe(self) -> PlannedStep:
        detail = {"points": self.task.source.points, "exists": self.task.target.count}
        return PlannedStep(self.action, self.task.name, changes=False, detail=detail)

    def do(self, scene: Scene, state: State) -> State:
        found = difference(scene.node, self.task.source, self.task.name)
        return dataclasses.replace(state, proof=found).warns(*found.warnings)


def once() -> bool:
    """One look is enough."""
    return False


def prove(
    node: Node,
    source: Source,
    name: str,
    recipe: str,
    restored: Collection[int] = (),
    again: Callable[[], bool] = once,
) -> Proof:
    """What the restored collection ``name`` proves of its source; ``failures`` say what differs. Raises QdrantError if
    it could not be compared: a lost answer says nothing about the data.

    The grade counts what was proven of the archive: the node itself has compared its bytes with the sha256 (1), the
    count is right (2), the probes answered alike (3). A count is of the whole collection: it says nothing while shards
    are missing, which other nodes' archives bring back.
    restored: peers whose parts are back, this node's among them. With the last of them the whole is proven.
    again: asked where something differs; waits, and says whether it may look otherwise now.
    """
    if not source.elsewhere:
        return _compare(node, source, name, [], again)
    covered = coverage(source, restored)
    # Parts that came back before may have been enough, and their marks are gone: a probe tells that all is there.
    if covered or (recipe == REPLACE and source.probe is not None):
        whole = _compare(node, source, name, [], again)
        if not whole.failures or covered == CERTAIN:
            return whole if source.quiet else _excused(whole, name)
    part = dataclasses.replace(_compare(node, source, name, sorted(source.elsewhere), again), whole=False)
    return _excused(part, name) if recipe == REPLACE or not source.quiet else part


def difference(node: Node, source: Source, name: str) -> Proof:
    """How a collection that was not restored differs from its backup: ``failures``, none where nothing differs. Nothing
    is proven of the archive: its bytes were not read. Raises QdrantError where the node does not answer."""
    try:
        found = _once(node, source, name, [], wait=1.0)
    except QdrantError as error:
        if not error.answered:
            raise
        return Proof(expected=source.points, failures=(f"the collection could not be read: {error.sentence()}",))
    nothing = dataclasses.replace(found.compared, hash=False)
    return dataclasses.replace(found, grade=0, proven=False, compared=nothing)


def _excused(proof: Proof, name: str) -> Proof:
    """Nodes take their snapshots at different times, and a point that differs may lie on a node whose part is not back:
    so this does not prove that anything is wrong. A warning says so, and nothing is called proven."""
    if not proof.failures:
        return proof
    said = f"{name} differs from what this node noted of it, other nodes' parts too: {'; '.join(proof.failures)}."
    return dataclasses.replace(proof, failures=(), grade=1, proven=False, warnings=(*proof.warnings, said))


def _compare(node: Node, source: Source, name: str, missing: Sequence[int], again: Callable[[], bool]) -> Proof:
    while True:
        found = _once(node, source, name, missing)
        if not found.failures or not again():
            return found


def _once(node: Node, source: Source, name: str, missing: Sequence[int], wait: float = WAIT) -> Proof:
    failures: list[str] = []
    warnings: list[str] = []
    probe = None
    if source.probe is not None:
        result = check(node, name, source.probe, archive_count=source.archive_count, missing_shards=missing, wait=wait)
        failures += result.failures
        warnings += result.warnings
        probe = result.as_dict()
        count = result.count if result.count >= 0 else _count(node, name, warnings)
        grade = max(1, result.grade)
        agreed = compared(not source.unchecked, False, result)
    else:
        # Without a noted sha256 the node compared the bytes with what we just read: that proves nothing.
        count, grade = _count(node, name, warnings), 0 if source.unchecked else 1
        expected = source.points if source.quiet else source.archive_count
        counted = expected is not None and count is not None and not missing
        agreed = compared(not source.unchecked, counted)
        if counted:
            grade = 2
            if count != expected:
                failures.append(f"{points_of(count)} came back, {expected} were backed up")
    if count == 0 and source.points and not missing:
        failures.append("no point came back")
    elif count == 0 and source.config is None:
        warnings.append(f"{name} holds no point, and whether its archive does is not known.")
    return Proof(
        points=count,
        expected=source.points,
        grade=0 if failures else grade,
        proven=not failures and source.probe is not None and grade > 1,
        compared=agreed,
        probe=probe,
        failures=tuple(failures),
        warnings=tuple(warnings),
    )


def _count(node: Node, name: str, warnings: list[str]) -> int | None:
    """The exact count; None, with a warning, where the node's rate limit leaves no room for it: the restored data is
    good nevertheless."""
    try:
        return node.count(name)
    except QdrantError as error:
        if error.kind != "rate_limited":
            raise
        warnings.append(f"The points of {name} were not counted: {error.sentence()}")
        return None


def settings_warnings(node: Node, source: Source, name: str, version: str) -> list[str]:
    """A sentence with both values of each setting that is not as the backup has it. version: the node's.

    A server drops a setting that its version does not have, and answers ``true``. A collection that is replaced keeps
    its own settings. Neither is a damage of the data.
    """
    if not source.config:
        return []
    try:
        found = node.collection(name).config
    except EngineError as error:
        return [f"The settings of {name} were not compared with the backup: {error.sentence()}"]
    changed = differences_of(source.config, found, same_fields=_same_minor(source.qdrant_version, version))
    if not changed:
        return []
    told = [f"{path} was {_text(was)} and is {_text(now)}" for path, was, now in changed[:_MOST]]
    more = f"; and {len(changed) - _MOST} more" if len(changed) > _MOST else ""
    return [
        f"Settings of {name} are not as in the backup: {'; '.join(told)}{more}. "
        "Set them again where they matter (PATCH /collections/NAME)."
    ]


def _same_minor(one: str, other: str) -> bool:
    try:
        return parse(one)[:2] == parse(other)[:2]
    except EngineError:
        return False


def _text(value: Any) -> str:
    text = "not set" if value is None else str(value).lower() if isinstance(value, bool) else str(value)
    return text if len(text) <= _LONGEST else text[: _LONGEST - 3] + "..."

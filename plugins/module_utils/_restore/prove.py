# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Compares a restored collection with its source. Asks, and judges; what follows is the step's."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Sequence
from typing import Callable

from .._base.counted import points as points_of
from .._proof.check import WAIT, check
from .._proof.compared import compared
from .._qdrant.client import Node
from .._qdrant.errors import QdrantError
from .state import Proof
from .task import REPLACE
from .together import CERTAIN, coverage
from .values import Source


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
    """What the restored collection ``name`` proves of its source; ``failures`` say what differs.

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
    is proven of the archive: its bytes were not read."""
    found = _once(node, source, name, [], wait=1.0)
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

# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where the restore of one collection stands. Each step takes a state and returns the next; none is ever changed."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterable
from typing import Any

from .._base.errors import EngineError
from .._base.intent import RECOVER
from .._base.switched import Switch
from .._proof.compared import Compared
from .standing import Claim, Standing, answered, asked, cleared, judged, waited
from .task import FINISH, KEEP, REPLACE, Switching, Task

# A path on the server, often one that was made for this try alone; not a URL's.
_PATH = re.compile(r"(?<![\w:/.*-])/(?:[^\s/\"'`,;:]+/)+([^\s/\"'`,;:]*)")


@dataclasses.dataclass(frozen=True)
class Attempt:
    """One try that failed. way: of handing the archive over, or what else was tried; said: by the other side;
    blames_archive: whether the bytes that arrived were not what they should be."""

    way: str
    said: str
    blames_archive: bool = False


def sentence_of(attempts: Iterable[Attempt]) -> str:
    """Deliveries that failed, as ``url (3 times): ...; upload: ...``: repeated errors appear once, without the server's
    paths."""
    folded: list[list[str]] = []
    times: list[int] = []
    for one in attempts:
        told = [one.way, _PATH.sub(r".../\1", one.said).rstrip(". ")]
        if folded and folded[-1] == told:
            times[-1] += 1
        else:
            folded.append(told)
            times.append(1)
    return "; ".join(
        f"{way}{f' ({count} times)' if count > 1 else ''}: {said}" for (way, said), count in zip(folded, times)
    )


@dataclasses.dataclass(frozen=True)
class Proof:
    """What came back, compared with what was noted. points: None where they could not be counted; expected: when the
    backup was made; grade: proven of the archive; proven: probes were there and agreed; whole: every shard is back;
    probe: what the probe found, JSON-able; failures and warnings: sentences."""

    points: int | None = None
    expected: int | None = None
    grade: int = 0
    proven: bool = False
    whole: bool = True
    compared: Compared = dataclasses.field(default_factory=Compared)
    probe: dict[str, Any] | None = None
    failures: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()


@dataclasses.dataclass(frozen=True)
class Failure:
    """Why the restore ended. step: the action of the step that failed."""

    step: str
    error: EngineError


@dataclasses.dataclass(frozen=True)
class State:
    """One restore under way, or ended.

    changed: whether anything on the node was changed; safety_snapshot: holds the state before; way: how the archive was
    handed over; optimizing: whether an optimizer was at work when the data was complete, None before that is known;
    aliases: those asked for that point to the collection; moved: those that this run moved to it, old_snapshot: of the
    collection that they pointed to, old_deleted: whether that was deleted; damage: what is wrong with the archive in
    the store, "" if nothing is known to be; done: actions of the steps that were done; seconds: by stage.
    """

    standing: Standing = Standing.UNTOUCHED
    claim: Claim = Claim.FREE
    changed: bool = False
    safety_snapshot: str = ""
    way: str = ""
    attempts: tuple[Attempt, ...] = ()
    proof: Proof | None = None
    proof_key: str = ""
    aliases: tuple[str, ...] = ()
    moved: tuple[str, ...] = ()
    old_snapshot: str = ""
    old_deleted: bool = False
    damage: str = ""
    warnings: tuple[str, ...] = ()
    optimizing: bool | None = None
    done: tuple[str, ...] = ()
    seconds: dict[str, float] = dataclasses.field(default_factory=dict)
    failure: Failure | None = None

    @classmethod
    def first(cls, task: Task) -> State:
        """Before the first step."""
        aliases = tuple(alias for alias in task.aliases if alias not in task.missing)
        if task.recipe == KEEP:
            return cls(Standing.PRESENT, Claim.THEIRS, aliases=aliases)
        if task.recipe == FINISH:
            return cls(Standing.WHOLE, Claim.OURS, aliases=aliases)
        claim = Claim.THEIRS if task.recipe == REPLACE else Claim.OURS if task.leftover else Claim.FREE
        # A replacement that did not end left its doubt to this one.
        begun = task.target.intent
        doubt = task.recipe == REPLACE and begun is not None and (begun.mode, begun.step) == (REPLACE, RECOVER)
        standing = Standing.IN_DOUBT if doubt else Standing.UNTOUCHED
        return cls(standing, claim, aliases=aliases)

    def asks(self) -> State:
        """The node is about to be asked to change the target; a name that was free is ours from here on."""
        claim = Claim.OURS if self.claim is Claim.FREE else self.claim
        return dataclasses.replace(self, standing=asked(self.standing), claim=claim, changed=True)

    def answers(self, before: Standing, effect: str) -> State:
        """The node answered, or it will not answer. before: the standing before it was asked."""
        return dataclasses.replace(self, standing=answered(before, effect))

    def after_asking(self, effect: str) -> State:
        """The node was asked, and this is the effect that its answer tells."""
        return self.asks().answers(self.standing, effect)

    def waits(self) -> State:
        """No recover is at work any more."""
        return dataclasses.replace(self, standing=waited(self.standing)) if self.standing is Standing.ASKED else self

    def clears(self, claim: Claim) -> State:
        """What was there before is back."""
        return dataclasses.replace(self, standing=cleared(self.standing), claim=claim)

    def judges(self, proof: Proof) -> State:
        """What came back was compared."""
        standing = judged(self.standing, not proof.failures)
        return dataclasses.replace(self, standing=standing, proof=proof).warns(*proof.warnings)

    def warns(self, *texts: str) -> State:
        """With sentences that do not stop anything."""
        return dataclasses.replace(self, warnings=self.warnings + texts)

    def tries(self, way: str, said: str, blames_archive: bool = False) -> State:
        """With a try that failed."""
        return dataclasses.replace(self, attempts=(*self.attempts, Attempt(way, said, blames_archive)))

    def fails(self, step: str, error: EngineError) -> State:
        """The end, unless something has failed before: the first reason is reported."""
        return self if self.failure is not None else dataclasses.replace(self, failure=Failure(step, error))

    def spends(self, stage: str, seconds: float) -> State:
        """With seconds added to a stage."""
        spent = {**self.seconds, stage: round(self.seconds.get(stage, 0.0) + seconds, 3)} if stage else self.seconds
        return dataclasses.replace(self, seconds=spent)

    @property
    def is_back(self) -> bool:
        """Whether the collection is back, and nothing contradicts its backup."""
        return self.standing is Standing.PROVEN

    def left_alone_dict(self, task: Task) -> dict[str, Any]:
        """The entry of ``left_alone``, JSON-able. agrees: None where nothing could be compared."""
        proof = self.proof or Proof()
        told = proof.compared.count or proof.compared.points > 0 or bool(proof.failures)
        return {
            "collection": task.source.collection,
            "name": task.name,
            "backup_id": task.source.backup_id,
            "standing": self.standing.value,
            "points": proof.points,
            "expected_points": proof.expected,
            "agrees": not proof.failures if told else None,
            "compared": proof.compared.as_dict(),
            "differences": list(proof.failures),
            "seconds": dict(self.seconds),
        }

    def as_dict(self, task: Task) -> dict[str, Any]:
        """The report of one collection, JSON-able."""
        proof = self.proof or Proof()
        out: dict[str, Any] = {
            "collection": task.source.collection,
            "name": task.name,
            "backup_id": task.source.backup_id,
            "mode": task.mode,
            "bytes": task.source.bytes,
            "sha256": task.source.sha256,
            "standing": self.standing.value,
            "tried": [{"delivery": one.way, "said": one.said} for one in self.attempts],
            "warnings": list(self.warnings),
            "seconds": dict(self.seconds),
            "delivery": self.way,
            "points": proof.points,
            "expected_points": proof.expected,
            "whole": proof.whole,
            "proven": proof.proven,
            "grade": proof.grade,
            "compared": proof.compared.as_dict(),
            "optimizing": bool(self.optimizing),
            "aliases": list(self.aliases),
        }
        if task.recipe == REPLACE or self.safety_snapshot:
            out["safety_snapshot"] = self.safety_snapshot or None
        if proof.probe is not None:
            out["proof"] = proof.probe
        if self.proof_key:
            out["proof_key"] = self.proof_key
        if task.switching is not None:
            out["switched"] = self._switched_dict(task, task.switching)
        return out

    def _switched_dict(self, task: Task, switching: Switching) -> dict[str, Any]:
        """What clients used before, and what they use now."""
        old = switching.old
        switch = Switch(task.name, old.name, self.aliases, "", url=task.node, nodes=task.nodes)
        return {
            "from": old.name,
            "aliases": list(self.aliases),
            "points_before": old.count,
            "old_kept": old.exists and not self.old_deleted,
            "safety_snapshot": self.old_snapshot or None,
            "roll_back": switch.back() if self.aliases and old.exists and not self.old_deleted else "",
        }

    def failed_dict(self, task: Task) -> dict[str, Any]:
        """The entry of ``failed``, JSON-able: what failed and why, what is in doubt, and what was done."""
        if self.failure is None:
            return {}
        out: dict[str, Any] = {
            "collection": task.source.collection,
            "name": task.name,
            "backup_id": task.source.backup_id,
            "mode": task.mode,
            "step": self.failure.step,
            "standing": self.standing.value,
            "done": list(self.done),
            "tried": [{"delivery": one.way, "said": one.said} for one in self.attempts],
            "safety_snapshot": self.safety_snapshot or self.old_snapshot or None,
            "warnings": list(self.warnings),
            "seconds": dict(self.seconds),
        }
        if self.proof is not None:
            out["compared"] = self.proof.compared.as_dict()
            out["points"], out["expected_points"] = self.proof.points, self.proof.expected
            out["proof"] = self.proof.probe
        return {**out, **self.failure.error.as_dict()}

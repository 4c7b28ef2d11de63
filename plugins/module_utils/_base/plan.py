# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The plan of an operation. Check mode, ``--dry-run`` and refusals print it."""

from __future__ import annotations

import dataclasses
from typing import Any

from .counted import counted
from .errors import RefusedError
from .redaction import redact, redact_value
from .sentences import joined


@dataclasses.dataclass(frozen=True)
class Step:
    """One step of a plan."""

    action: str  #: a verb
    subject: str  #: the object of the verb
    bytes: int = 0  #: expected to be transferred
    seconds: float | None = None  #: expected duration
    destructive: bool = False  #: whether it cannot be undone
    changes: bool = True  #: False if it only reads
    detail: dict[str, Any] = dataclasses.field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        """JSON-able form, without empty fields and secrets."""
        out: dict[str, Any] = {"action": self.action, "subject": redact(self.subject)}
        if self.bytes:
            out["bytes"] = self.bytes
        if self.seconds is not None:
            out["seconds"] = round(self.seconds, 1)
        if self.destructive:
            out["destructive"] = True
        if self.detail:
            out.update(redact_value(self.detail))
        return out

    def line(self) -> str:
        """The step as one line of text."""
        return _step_line(self.as_dict())


@dataclasses.dataclass(frozen=True)
class Refusal:
    """A reason not to start."""

    code: str  #: for programs; it never changes
    message: str  #: a sentence
    next: str = ""  #: what to do: a command or a setting
    collections: tuple[str, ...] = ()  #: those that it is about, () if it is about the whole operation

    def as_dict(self) -> dict[str, Any]:
        """JSON-able form, without secrets; "collections" only if there are any."""
        out: dict[str, Any] = {"code": self.code, "message": redact(self.message), "next": redact(self.next)}
        return {**out, "collections": list(self.collections)} if self.collections else out


@dataclasses.dataclass(frozen=True)
class Plan:
    """Steps in order, reasons to refuse, warnings."""

    operation: str  #: the verb: "back up", "restore", ...
    subject: str  #: its object
    steps: tuple[Step, ...] = ()
    refusals: tuple[Refusal, ...] = ()
    warnings: tuple[str, ...] = ()
    summary: dict[str, Any] = dataclasses.field(default_factory=dict)  #: what it reads, needs and costs, JSON-able
    next: str = ""  #: what to do about all refusals together: a command

    @property
    def bytes(self) -> int:
        """Bytes that the steps will transfer, as far as known."""
        return sum(step.bytes for step in self.steps)

    @property
    def changes(self) -> bool:
        """Whether carrying it out would change anything."""
        return any(step.changes for step in self.steps)

    def as_dict(self) -> dict[str, Any]:
        """JSON-able form: operation, subject, steps, refusals, warnings, bytes, and summary if there is one."""
        return {
            "operation": self.operation,
            "subject": redact(self.subject),
            "steps": [step.as_dict() for step in self.steps],
            "refusals": [refusal.as_dict() for refusal in self.refusals],
            "warnings": [redact(text) for text in self.warnings],
            "bytes": self.bytes,
            **({"summary": redact_value(self.summary)} if self.summary else {}),
            **({"next": redact(self.next)} if self.next else {}),
        }

    def lines(self) -> list[str]:
        """The plan as text, one line a step; ``!`` marks a step that cannot be undone."""
        return plan_lines(self.as_dict())

    def refuse_or_go(self) -> None:
        """Raise RefusedError with all reasons, if there are any; the plan is in its details. Also in check mode."""
        if self.refusals:
            hints = list(dict.fromkeys(r.next for r in self.refusals if r.next))
            raise RefusedError(
                self.operation,
                self.subject,
                joined(*(r.message for r in self.refusals)),
                joined(*hints, self.next),
                refusals=[refusal.as_dict() for refusal in self.refusals],
                plan=self.as_dict(),
            )


def plan_lines(plan: dict[str, Any], told: bool = False) -> list[str]:
    """A plan's JSON-able form as text, one line a step. told: refusals and warnings were already printed."""
    out = [
        f"{plan['operation']} {plan['subject']}: {counted(len(plan['steps']), 'step')}, {human_bytes(plan['bytes'])}"
    ]
    if not told:
        out += [f"  refused: {joined(item['message'], item['next'])}" for item in plan["refusals"]]
        out += [f"  warning: {text}" for text in plan["warnings"]]
    return out + ["  " + _step_line(step) for step in plan["steps"]]


def _step_line(step: dict[str, Any]) -> str:
    size = f" ({human_bytes(step['bytes'])})" if step.get("bytes") else ""
    return f"{'! ' if step.get('destructive') else ''}{step['action']} {step['subject']}{size}"


def human_bytes(count: int) -> str:
    """``1.5 MiB``; whole bytes below one KiB."""
    value = float(count)
    for unit in ("bytes", "KiB", "MiB", "GiB"):
        if value < 1024:
            return f"{count} bytes" if unit == "bytes" else f"{value:.1f} {unit}"
        value /= 1024
    return f"{value:.1f} TiB"

# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A plan: what an operation will do, before it does it. Check mode, ``--dry-run`` and refusals print this value."""

from __future__ import annotations

import dataclasses
from typing import Any

from .errors import RefusedError
from .redaction import redact, redact_value


@dataclasses.dataclass(frozen=True)
class Step:
    """One thing to do. action: a verb; subject: on what; bytes: expected to be moved; destructive: cannot be undone."""

    action: str
    subject: str
    bytes: int = 0
    seconds: float | None = None
    destructive: bool = False
    detail: dict[str, Any] = dataclasses.field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        """JSON-able form, without empty fields, secrets cut."""
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
        """One line for a person."""
        size = f" ({human_bytes(self.bytes)})" if self.bytes else ""
        return f"{'! ' if self.destructive else ''}{self.action} {redact(self.subject)}{size}"


@dataclasses.dataclass(frozen=True)
class Refusal:
    """A reason not to start. code: a stable word for programs; message: a sentence; next: what to do about it."""

    code: str
    message: str
    next: str = ""


@dataclasses.dataclass(frozen=True)
class Plan:
    """Steps in order, reasons to refuse, warnings. ``operation`` is the verb ("back up", "restore", ...)."""

    operation: str
    subject: str
    steps: tuple[Step, ...] = ()
    refusals: tuple[Refusal, ...] = ()
    warnings: tuple[str, ...] = ()

    @property
    def bytes(self) -> int:
        """Bytes that the steps expect to move."""
        return sum(step.bytes for step in self.steps)

    @property
    def changes(self) -> bool:
        """Whether carrying it out would change anything."""
        return bool(self.steps)

    def as_dict(self) -> dict[str, Any]:
        """JSON-able form: operation, subject, steps, refusals, warnings, bytes."""
        return {
            "operation": self.operation,
            "subject": redact(self.subject),
            "steps": [step.as_dict() for step in self.steps],
            "refusals": [{"code": r.code, "message": redact(r.message), "next": redact(r.next)} for r in self.refusals],
            "warnings": [redact(text) for text in self.warnings],
            "bytes": self.bytes,
        }

    def lines(self) -> list[str]:
        """The plan for a person, one line a step; ``!`` marks what cannot be undone."""
        out = [f"{self.operation} {redact(self.subject)}: {len(self.steps)} steps, {human_bytes(self.bytes)}"]
        out += [f"  refused: {redact(' '.join((r.message, r.next)).strip())}" for r in self.refusals]
        out += [f"  warning: {redact(text)}" for text in self.warnings]
        return out + ["  " + step.line() for step in self.steps]

    def refuse_or_go(self) -> None:
        """Raise RefusedError with every reason, if there is one; the plan is in its details. Check mode does so too."""
        if self.refusals:
            hints = list(dict.fromkeys(r.next for r in self.refusals if r.next))
            raise RefusedError(
                self.operation,
                self.subject,
                " ".join(r.message for r in self.refusals),
                " ".join(hints),
                refusals=[dataclasses.asdict(r) for r in self.refusals],
                plan=self.as_dict(),
            )


def human_bytes(count: int) -> str:
    """``1.5 MiB``; whole bytes below one KiB."""
    value = float(count)
    for unit in ("bytes", "KiB", "MiB", "GiB"):
        if value < 1024:
            return f"{count} bytes" if unit == "bytes" else f"{value:.1f} {unit}"
        value /= 1024
    return f"{value:.1f} TiB"

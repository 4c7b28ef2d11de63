# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Errors of the engine: what was attempted, on what, what the other side said, what to do next.

Each room derives its own (``QdrantError``, ``StoreError``, ``ArchiveError``). The doors turn any of them into one clear
sentence and an exit code; nothing else may reach a user.
"""

from __future__ import annotations

from typing import Any

from .redaction import redact, redact_value

EXIT_FAILED = 1
EXIT_USAGE = 2
EXIT_REFUSED = 3
EXIT_LOCKED = 4


def _closed(text: str) -> str:
    """The text as a whole sentence, with one mark at its end."""
    text = text.rstrip(". ")
    return text if text.endswith(("!", "?")) else text + "."


class EngineError(Exception):
    """Something was attempted and did not succeed.

    attempted: a verb phrase ("create a snapshot of"); on: its object ("collection articles on http://..."); said: the
    other side's words; next: what the reader should do. All texts are redacted here, once, for every door.
    """

    exit_code = EXIT_FAILED

    def __init__(self, attempted: str, on: str = "", said: str = "", next: str = "", **details: Any) -> None:
        self.attempted = redact(attempted)
        self.on = redact(on)
        self.said = redact(said).strip()
        self.next = redact(next).strip()
        self.details = redact_value(details)
        super().__init__(self.sentence())

    def sentence(self) -> str:
        """One line: ``Could not <attempted> <on>: <said>. <next>``."""
        text = " ".join(part for part in ("Could not", self.attempted, self.on) if part)
        if self.said:
            text += ": " + " ".join(self.said.split())
        text = _closed(text)
        return text + (" " + self.next if self.next else "")

    def as_dict(self) -> dict[str, Any]:
        """JSON-able form for reports: error, attempted, on, said, next and the details of the room."""
        return {
            "error": type(self).__name__,
            "message": self.sentence(),
            "attempted": self.attempted,
            "on": self.on,
            "said": self.said,
            "next": self.next,
            "exit_code": self.exit_code,
            **self.details,
        }


class UsageError(EngineError):
    """The options are wrong: nothing was asked of anybody. The sentence is ``said`` as it stands."""

    exit_code = EXIT_USAGE

    def __init__(self, said: str, next: str = "", **details: Any) -> None:
        super().__init__("", "", said, next, **details)

    def sentence(self) -> str:
        text = _closed(" ".join(self.said.split()))
        return text + (" " + self.next if self.next else "")


class RefusedError(EngineError):
    """A guard refused before anything was touched. ``refusals`` in the details lists every reason found."""

    exit_code = EXIT_REFUSED

    def sentence(self) -> str:
        text = " ".join(part for part in ("Refused to", self.attempted, self.on) if part)
        if self.said:
            text += ": " + " ".join(self.said.split())
        text = _closed(text) + " Nothing was changed."
        return text + (" " + self.next if self.next else "")


class LockedError(EngineError):
    """Somebody else works on this node: another run, restore, drill or prune holds the lock."""

    exit_code = EXIT_LOCKED


class MissingLibraryError(EngineError):
    """A room needs a Python library that this interpreter does not have. ``library`` names it."""

    def __init__(self, library: str, needed_for: str, import_error: str = "") -> None:
        import sys

        super().__init__(
            f"import the Python library {library}, needed to {needed_for},",
            f"with {sys.executable}",
            import_error or "it is not installed",
            f"Install it there (for example: {sys.executable} -m pip install {library}), "
            "or choose an interpreter that has it.",
            library=library,
        )
        self.library = library

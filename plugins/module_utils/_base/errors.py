# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Errors of the engine: what was attempted, on what, what the other side said, what to do next.

Each room derives its own (``QdrantError``, ``StoreError``, ``ArchiveError``). The modules and the program turn any of
them into a message and an exit code. No other exception may reach a user.
"""

from __future__ import annotations

from typing import Any

from .redaction import redact, redact_value
from .sentences import closed, joined

EXIT_FAILED = 1
EXIT_USAGE = 2
EXIT_REFUSED = 3
EXIT_LOCKED = 4


class EngineError(Exception):
    """An operation failed. All texts are redacted here, once, for modules and program."""

    exit_code = EXIT_FAILED
    attempted: str  #: what failed, as a verb phrase: "create a snapshot of"
    on: str  #: its object: "collection articles on http://..."
    said: str  #: why, in the other side's words
    next: str  #: what the reader should do: a command or a setting with all its arguments

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
        return joined(closed(text), self.next)

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
    """The options are wrong, and no request was sent. The message is ``said`` without a prefix."""

    exit_code = EXIT_USAGE

    def __init__(self, said: str, next: str = "", **details: Any) -> None:
        super().__init__("", "", said, next, **details)

    def sentence(self) -> str:
        return joined(closed(" ".join(self.said.split())), self.next)


class RefusedError(EngineError):
    """A guard refused before anything was changed. ``refusals`` in the details lists all reasons."""

    exit_code = EXIT_REFUSED

    def sentence(self) -> str:
        """One line for one reason. Several reasons are one line each, with its own remedy."""
        text = " ".join(part for part in ("Refused to", self.attempted, self.on) if part)
        reasons = [item for item in self.details.get("refusals", ()) if item.get("message")]
        if len(reasons) > 1:
            text = f"{text}, for {len(reasons)} reasons. Nothing was changed."
            lines = [f"  - {joined(item['message'], item.get('next', ''))}" for item in reasons]
            together = (self.details.get("plan") or {}).get("next", "")
            return "\n".join([text, *lines, *([together] if together else [])])
        if self.said:
            text += ": " + " ".join(self.said.split())
        return joined(closed(text), "Nothing was changed.", self.next)


class LockedError(EngineError):
    """Another run, restore, drill or prune holds the lock of this node."""

    exit_code = EXIT_LOCKED


def externally_managed() -> bool:
    """Whether the distribution forbids pip to install into this interpreter (PEP 668)."""
    import os
    import sys
    import sysconfig

    marker = os.path.join(sysconfig.get_path("stdlib"), "EXTERNALLY-MANAGED")
    return sys.prefix == sys.base_prefix and os.path.exists(marker)


def _advice(library: str, interpreter: str) -> str:
    if externally_managed():
        package = {"PyYAML": "python3-yaml"}.get(library, f"python3-{library.lower()}")
        return (
            f"The distribution manages this Python: install its package (for example: apt install {package}), or use "
            f"an interpreter of a virtual environment (python3 -m venv FOLDER && FOLDER/bin/pip install {library})."
        )
    return f"Install it (for example: {interpreter} -m pip install {library}), or use an interpreter that has it."


class MissingLibraryError(EngineError):
    """A Python library is missing in this interpreter. ``library`` is its name."""

    def __init__(self, library: str, needed_for: str, import_error: str = "") -> None:
        import sys

        super().__init__(
            f"import the Python library {library}, needed to {needed_for},",
            f"with {sys.executable}",
            import_error or "it is not installed",
            _advice(library, sys.executable),
            library=library,
        )
        self.library = library

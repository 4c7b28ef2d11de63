# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes reports to standard output, and warnings, errors and steps to standard error."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Mapping, Sequence
from typing import Any, Callable, TextIO

from .._base.errors import EngineError
from .._base.redaction import redact, redact_value
from .wording import as_typed, document_with_place, with_place


class Terminal:
    """json: one JSON document on standard output instead of text; quiet: no text report."""

    def __init__(self, json: bool = False, quiet: bool = False) -> None:
        self.json, self.quiet = json, quiet
        self.typed: Mapping[str, Any] = {}  # options of the command line, for commands that messages advise
        for stream in (sys.stdout, sys.stderr):
            with contextlib.suppress(AttributeError, ValueError):
                # A collection's name may hold characters that the terminal's encoding does not have.
                stream.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]

    def report(self, report: dict[str, Any], lines: Callable[[], Sequence[str]]) -> bool:
        """Write the report as JSON, or as the lines of text. False if it could not be written."""
        if not self.json and self.quiet:
            return True
        text = self._document(report) if self.json else "".join(redact(self._told(line)) + "\n" for line in lines())
        why = _write(sys.stdout, text)
        if why:
            self.complain(f"The work was done, but the report could not be written: {why}.")
        return not why

    def warn(self, text: str) -> None:
        """Print a warning."""
        self.say(f"warning: {as_typed(self._told(text))}")

    def complain(self, text: str) -> None:
        """Print the error of a part of the work; the report follows."""
        self.say(f"error: {as_typed(self._told(text))}")

    def error(self, error: EngineError) -> None:
        """End without a report."""
        if self.json:
            _write(sys.stdout, self._document({"ok": False, "error": error.as_dict()}))
        self.complain(error.sentence())

    def _told(self, text: str) -> str:
        return with_place(text, self.typed)

    def _document(self, value: dict[str, Any]) -> str:
        import json

        return json.dumps(redact_value(document_with_place(value, self.typed)), indent=2) + "\n"

    def say(self, text: str) -> None:
        """Write one line to standard error."""
        _write(sys.stderr, redact(text) + "\n")


def _write(stream: TextIO | None, text: str) -> str:
    """Write the text and return the error, "" for none. A closed pipe (``| head``) is not an error."""
    if stream is None:
        return ""
    try:
        stream.write(text)
        stream.flush()
    except OSError as error:
        # The rest of the buffer would fail again when Python closes the stream.
        with contextlib.suppress(OSError, ValueError):
            null = os.open(os.devnull, os.O_WRONLY)
            os.dup2(null, stream.fileno())
            os.close(null)
        return "" if isinstance(error, BrokenPipeError) else (error.strerror or str(error))
    return ""

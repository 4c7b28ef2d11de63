# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Progress on a terminal: bars if tqdm is installed, else one line for each step. An error here never fails the work.

A step with a known total has a bar. A step that reports only text (``Event.text``) has a line with its seconds.
Either ends when the next step of the same subject begins.
"""

from __future__ import annotations

import contextlib
import sys
import threading
from typing import Any

from .._base.progress import Event
from .._base.redaction import redact
from .live import LiveLine, shape


class Bars:
    """The progress callback. shown: whether to write anything; plain: whether to write lines instead of bars."""

    def __init__(self, shown: bool, plain: bool) -> None:
        self.steps: set[str] = set()  # every step that has begun, for the message after a signal
        self._shown, self._plain = shown, plain
        self._said: set[tuple[str, str]] = set()
        self._open: dict[tuple[str, str], Any] = {}
        self._one = threading.Lock()
        self._tqdm: Any = None

    @classmethod
    def of(cls, quiet: bool, verbose: bool) -> Bars:
        """The callback for these options and this terminal."""
        terminal = sys.stderr is not None and sys.stderr.isatty()
        return cls(shown=(terminal or verbose) and not quiet, plain=not terminal)

    def __call__(self, event: Event) -> None:
        self.steps.add(event.step)
        if not self._shown or not event.subject:
            return
        # An error of the terminal must not end the work.
        with self._one, contextlib.suppress(OSError, ValueError, AttributeError):
            self._close_before(event)
            if (event.total or event.text) and not self._plain and self._library():
                self._bar(event) if event.total else self._live(event)
            else:
                self._line(event)

    def close(self) -> None:
        """Leave the bars as they are and go to the next line."""
        with self._one, contextlib.suppress(OSError, ValueError):
            for shown in self._open.values():
                shown.close()
            self._open.clear()

    def _library(self) -> bool:
        if self._tqdm is None:
            try:
                import tqdm  # type: ignore[import-untyped, unused-ignore]
            except ImportError:
                self._plain = True
                return False
            tqdm.tqdm.monitor_interval = 0  # no thread of its own
            self._tqdm = tqdm.tqdm
        return True

    def _close_before(self, event: Event) -> None:
        subject = _subject(event)
        for key in [key for key in self._open if key[1] == subject and key[0] != event.step]:
            self._open.pop(key).close()
            self._said.discard(key)  # it may be retried

    def _live(self, event: Event) -> None:
        key = (event.step, _subject(event))
        if key not in self._open:
            self._open[key] = LiveLine(self._tqdm, _title(event), sys.stderr)
        self._open[key].tell(event)

    def _bar(self, event: Event) -> None:
        key = (event.step, _subject(event))
        shown = self._open.get(key)
        if shown is None:
            if key in self._said:
                return
            self._said.add(key)
            sizes = {"unit": "B", "unit_scale": True, "unit_divisor": 1024, **shape(sys.stderr)}
            shown = self._tqdm(desc=_title(event), total=event.total, file=sys.stderr, **sizes)
            self._open[key] = shown
        shown.update(max(0, (event.done or 0) - shown.n))
        if (event.done or 0) >= (event.total or 0):
            self._open.pop(key).close()

    def _line(self, event: Event) -> None:
        key = (event.step, _subject(event))
        if key in self._said:
            return
        self._said.add(key)
        line = _title(event) + (f" ({event.text})" if event.text else "")
        if self._open:
            self._tqdm.write(line, file=sys.stderr)
        else:
            sys.stderr.write(line + "\n")
            sys.stderr.flush()


def _title(event: Event) -> str:
    return f"{event.step} {_subject(event)}"


def _subject(event: Event) -> str:
    """The subject of the step; for an archive's key, its collection, so that all steps have the same subject."""
    parts = redact(event.subject).split("/")
    return parts[-2] if "archives" in parts[:-2] else "/".join(parts)

# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Puts the one file on a host, or takes it away: facts, plan; whoever calls does the writing."""

from __future__ import annotations

import dataclasses
import hashlib
import os
import re
from typing import Any

from .._base.errors import EngineError, RefusedError, UsageError
from .._base.version import VERSION
from .bundle import PACKAGE, build

_VERSION = re.compile(rb'^VERSION = "([^"\n]+)"$', re.M)
_LONGEST_SHEBANG = 127  # what every kernel in use reads of the first line


@dataclasses.dataclass(frozen=True)
class Installed:
    """A program file: its version (None where it cannot be told) and the sha256 of its bytes."""

    version: str | None
    sha256: str

    def text(self) -> str:
        """What a diff shows of it."""
        return f"version: {self.version or 'unknown'}\nsha256: {self.sha256}\n"


@dataclasses.dataclass(frozen=True)
class Change:
    """What is to be done at ``path``. data: the new file's bytes, None where none is to be there."""

    path: str
    before: Installed | None
    after: Installed | None
    data: bytes | None

    @property
    def changed(self) -> bool:
        """Whether anything has to be done."""
        return self.before != self.after

    def report(self) -> dict[str, Any]:
        """The report, as the module returns it; of the files a diff shows version and hash."""
        shown = self.after or self.before
        return {
            "changed": self.changed,
            "path": self.path,
            "version": shown.version if shown else None,
            "sha256": shown.sha256 if shown else None,
            "diff": {
                "before_header": self.path,
                "after_header": self.path,
                "before": self.before.text() if self.before else "",
                "after": self.after.text() if self.after else "",
            },
        }


def plan(path: str, interpreter: str, state: str) -> Change:
    """Look at ``path`` and say what has to be done there; nothing is written.

    UsageError for paths that cannot be; RefusedError where another file is in the way; EngineError where it cannot be
    read.
    """
    _check_path("path", path)
    before = _installed(path)
    if state == "absent":
        return Change(path, before, None, None)
    _check_path("interpreter", interpreter)
    if re.search(r"\s", interpreter) or len(os.fsencode(interpreter)) > _LONGEST_SHEBANG - 2:
        raise UsageError(
            f"interpreter: {interpreter!r} cannot stand in a program's first line",
            "Name a path without spaces, of at most 125 bytes.",
        )
    if not os.path.isdir(os.path.dirname(path)):
        raise UsageError(f"path: the folder {os.path.dirname(path)} is not there", "Make it first.")
    data = build(interpreter)
    return Change(path, before, Installed(VERSION, hashlib.sha256(data).hexdigest()), data)


def _check_path(name: str, path: str) -> None:
    if not os.path.isabs(path) or path.endswith("/"):
        raise UsageError(f"{name}: {path!r} is not the absolute path of a file")


def _installed(path: str) -> Installed | None:
    """What lies there; None where nothing does. A file that is none of ours is neither overwritten nor deleted."""
    try:
        with open(path, "rb") as handle:
            data = handle.read()
    except FileNotFoundError:
        if os.path.islink(path):
            raise RefusedError("change", path, "it is a link that leads nowhere", "Remove it first.") from None
        return None
    except IsADirectoryError:
        raise RefusedError("change", path, "it is a folder", "Name a file.") from None
    except OSError as error:
        raise EngineError("read", path, error.strerror or str(error), "Run as root, or name another path.") from None
    if data and not _is_ours(data):
        raise RefusedError(
            "change", path, "the file there is not this program", "Remove it first, or name another path."
        )
    version = _VERSION.search(data)
    return Installed(version.group(1).decode("ascii", "replace") if version else None, hashlib.sha256(data).hexdigest())


def _is_ours(data: bytes) -> bool:
    """Whether a file begins as ours do; one that was cut short is still known."""
    line, dummy, rest = data.partition(b"\n")
    return line.startswith(b"#!") and rest.startswith(b"PK\x03\x04") and PACKAGE.encode() + b"." in rest[:2000]

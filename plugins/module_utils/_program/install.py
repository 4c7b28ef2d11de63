# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Installs or removes the single-file program: facts and plan. The caller writes the file."""

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
_LONGEST_SHEBANG = 127  # the part of the first line that every kernel in use reads


@dataclasses.dataclass(frozen=True)
class Installed:
    """A program file."""

    version: str | None  #: None if unknown
    sha256: str  #: of its bytes

    def text(self) -> str:
        """The text that a diff shows."""
        return f"version: {self.version or 'unknown'}\nsha256: {self.sha256}\n"


@dataclasses.dataclass(frozen=True)
class Change:
    """The change at ``path``."""

    path: str
    before: Installed | None
    after: Installed | None
    data: bytes | None  #: the new file's bytes, None to remove the file

    @property
    def changed(self) -> bool:
        """Whether the file has to be written or removed."""
        return self.before != self.after

    def report(self) -> dict[str, Any]:
        """The module's report; its diff shows version and checksum of the files."""
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
    """The change that ``path`` needs; nothing is written.

    UsageError for invalid paths; RefusedError if another file has this path; EngineError if it cannot be read.
    """
    _check_path("path", path)
    before = _installed(path)
    if state == "absent":
        return Change(path, before, None, None)
    _check_path("interpreter", interpreter)
    if re.search(r"\s", interpreter) or len(os.fsencode(interpreter)) > _LONGEST_SHEBANG - 2:
        raise UsageError(
            f"interpreter: {interpreter!r} is not valid in a program's first line",
            "Name a path without spaces, of at most 125 bytes.",
        )
    if not os.path.isdir(os.path.dirname(path)):
        raise UsageError(f"path: the folder {os.path.dirname(path)} does not exist", "Create it first.")
    data = build(interpreter)
    return Change(path, before, Installed(VERSION, hashlib.sha256(data).hexdigest()), data)


def _check_path(name: str, path: str) -> None:
    if not os.path.isabs(path) or path.endswith("/"):
        raise UsageError(f"{name}: {path!r} is not the absolute path of a file")


def _installed(path: str) -> Installed | None:
    """The installed program, or None. RefusedError if the file is not this program."""
    try:
        with open(path, "rb") as handle:
            data = handle.read()
    except FileNotFoundError:
        if os.path.islink(path):
            raise RefusedError("change", path, "it is a broken link", "Remove it first.") from None
        return None
    except IsADirectoryError:
        raise RefusedError(
            "change", path, "it is a folder", "Set path to a file, for example /usr/local/bin/qdrant-backup."
        ) from None
    except OSError as error:
        raise EngineError("read", path, error.strerror or str(error), "Run as root, or set another path.") from None
    if data and not _is_ours(data):
        raise RefusedError(
            "change", path, "the file there is not this program", "Remove it first, or name another path."
        )
    version = _VERSION.search(data)
    return Installed(version.group(1).decode("ascii", "replace") if version else None, hashlib.sha256(data).hexdigest())


def _is_ours(data: bytes) -> bool:
    """Whether a file begins like this program; a truncated one is recognised too."""
    line, dummy, rest = data.partition(b"\n")
    return line.startswith(b"#!") and rest.startswith(b"PK\x03\x04") and PACKAGE.encode() + b"." in rest[:2000]

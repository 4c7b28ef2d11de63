# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes a file atomically: a reader never sees a partial file."""

from __future__ import annotations

import contextlib
import os

from .._base.errors import EngineError


def write_whole(path: str, text: str) -> None:
    """Write and rename, readable for every user of the host. The folder must exist: it belongs to the collector."""
    temporary = os.path.join(os.path.dirname(path), f".{os.path.basename(path)}.{os.getpid()}.tmp")
    try:
        with open(temporary, "w", encoding="utf-8") as handle:
            handle.write(text)
            handle.flush()
            os.fchmod(handle.fileno(), 0o644)
            os.fsync(handle.fileno())
        os.replace(temporary, path)
    except OSError as error:
        with contextlib.suppress(OSError):
            os.unlink(temporary)
        said = error.strerror or str(error)
        raise EngineError("write", path, said, "Create its folder, writable for the user who runs this.") from None

# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Progress of long operations, reported to the caller of the engine (a progress bar, a log)."""

from __future__ import annotations

import dataclasses
from typing import Callable


@dataclasses.dataclass(frozen=True)
class Event:
    """Progress of one step."""

    step: str  #: the plan step's action: "snapshot", "upload", "recover", ...
    subject: str = ""  #: a collection or a key
    done: int | None = None  #: bytes, None if unknown
    total: int | None = None  #: bytes, None if unknown
    text: str = ""  #: a line of text, for events that are not counts


Progress = Callable[[Event], None]


def silent(event: Event) -> None:
    """A progress callback that does nothing."""

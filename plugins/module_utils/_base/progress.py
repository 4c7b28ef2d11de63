# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Progress of long work, told to whoever drives the engine (a progress bar, a log, nobody)."""

from __future__ import annotations

import dataclasses
from typing import Callable


@dataclasses.dataclass(frozen=True)
class Event:
    """One word about work under way.

    step: the plan step's action ("snapshot", "upload", "recover", ...); subject: what it works on (a collection, a
    key); done and total: bytes, None where unknown; text: a line for a person, for events that are not counts.
    """

    step: str
    subject: str = ""
    done: int | None = None
    total: int | None = None
    text: str = ""


Progress = Callable[[Event], None]


def silent(event: Event) -> None:
    """The progress callback of callers who do not want to know."""

# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Errors of a backup: one collection's, which the others survive."""

from __future__ import annotations

from .._base.errors import EngineError


class CollectionFailed(EngineError):
    """This collection is not in the backup; the others are not touched by it."""

    def __init__(self, collection: str, said: str, next: str = "") -> None:
        super().__init__("back up", f"collection {collection}", said, next)


class Stopped(EngineError):
    """The run is ending because something else failed; whoever hears this lets go of what it does."""

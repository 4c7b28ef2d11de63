# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Errors of the archive room: a file or stream that cannot be read at all.

A damaged archive that can be read raises no error: its defects are in ``ArchiveFacts.problems``.
"""

from __future__ import annotations

from .._base.errors import EngineError


class ArchiveError(EngineError):
    """The bytes of an archive could not be read (an input/output error, not a damaged structure)."""

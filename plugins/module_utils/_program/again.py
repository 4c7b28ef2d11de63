# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A command like the one that was typed, to be copied."""

from __future__ import annotations

import shlex
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from .._base.command import with_names
from .._options import words_of


def command_line(
    verb: str, typed: Mapping[str, Any], *more: str, without: Collection[str] = (), names: Sequence[str] = ()
) -> str:
    """A command with the typed options except ``without``, with more arguments, and with names of collections."""
    return shlex.join(["qdrant-backup", verb, *with_names(names, [*words_of(typed, without), *more])])

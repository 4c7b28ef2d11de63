# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A command like the one that was typed, to be copied."""

from __future__ import annotations

import shlex
from collections.abc import Collection, Mapping
from typing import Any

from .settings import flag


def command_line(verb: str, typed: Mapping[str, Any], *more: str, without: Collection[str] = ()) -> str:
    """A command with the typed options except ``without``, and with more arguments."""
    words = ["qdrant-backup", verb]
    for name, value in typed.items():
        if name in without:
            continue
        if name == "node" and not value:
            words.append("--all-nodes")
        elif isinstance(value, bool):
            words.append(flag(name) if value else f"--no-{flag(name)[2:]}")
        else:
            value = [f"{key}={text}" for key, text in value.items()] if isinstance(value, dict) else value
            for one in value if isinstance(value, (list, tuple)) else [value]:
                words += [flag(name), str(one)]
    return shlex.join([*words, *more])

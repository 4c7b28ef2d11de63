# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Words of commands that messages tell, so that they can be copied: collections may have names like ``-x``. Pure."""

from __future__ import annotations

from collections.abc import Sequence


def option(name: str, value: str) -> tuple[str, ...]:
    """The words of an option. A value that begins like an option is joined to its name."""
    return (f"{name}={value}",) if value.startswith("-") else (name, value)


def with_names(names: Sequence[str], words: Sequence[str]) -> list[str]:
    """Names, then the other words of a command. Names are last if one begins like an option."""
    if any(name.startswith("-") for name in names):
        return [*words, "--", *names]
    return [*names, *words]

# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The rules for collection names: strict for creating and uploading, loose elsewhere."""

from __future__ import annotations

from .errors import ApiError

_STRICT = '<>:"/\\|?*\0\x1f'
_LOOSE = "/\0"


def _check(name: str, forbidden: str) -> str:
    said = None
    if not 1 <= len(name) <= 255:
        said = f'value "{name}" invalid, must be from 1 to 255 characters'
    for char in forbidden:
        if char in name:
            said = f'collection name cannot contain "{char}" char'
            break
    if said:
        raise ApiError(422, f"Validation error in path parameters: [collection_name: {said}]")
    return name


def strict(name: str) -> str:
    return _check(name, _STRICT)


def loose(name: str) -> str:
    return _check(name, _LOOSE)

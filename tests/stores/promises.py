# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What each store was seen to do. A test that finds something else fails: then the store was changed, or this page."""

from __future__ import annotations

import dataclasses
from typing import Callable


@dataclasses.dataclass(frozen=True)
class Promise:
    """locks: two writers exclude each other by conditional writes. locks_versioned: in a versioned bucket as well; None
    where a bucket cannot be versioned. copies_parts: an object that was uploaded by parts can be copied inside the
    store. encrypts: what it does if ``sse: AES256`` asks for it: True, False (ignores it), None (refuses)."""

    locks: bool
    locks_versioned: bool | None
    copies_parts: bool = True
    encrypts: bool | None = True


def _ceph(version: str) -> Promise:
    return Promise(locks=True, locks_versioned=int(version.split(".", maxsplit=1)[0]) >= 20, encrypts=None)


PROMISES: dict[str, Callable[[str], Promise]] = {
    "seaweedfs": lambda dummy: Promise(locks=True, locks_versioned=True),
    "moto": lambda dummy: Promise(locks=True, locks_versioned=True),
    "rclone": lambda dummy: Promise(locks=False, locks_versioned=None, encrypts=False),
    "ceph": _ceph,
    "swift": lambda dummy: Promise(locks=False, locks_versioned=False, copies_parts=False, encrypts=None),
    "garage": lambda dummy: Promise(locks=False, locks_versioned=None, encrypts=False),
}

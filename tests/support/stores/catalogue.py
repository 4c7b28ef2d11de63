# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every store that tests know how to start."""

from __future__ import annotations

import os
import pathlib
import uuid
from typing import Callable

from . import ceph, garage, moto, packages, rclone, seaweedfs, swift
from .server import NotHereError, Place, RunningStore

_STARTERS: dict[str, Callable[[Place], RunningStore]] = {
    "seaweedfs": seaweedfs.start,
    "moto": moto.start,
    "rclone": rclone.start,
    "ceph": ceph.start,
    "swift": swift.start,
    "garage": garage.start,
}
_PACKAGES = {"ceph": ceph.PACKAGES, "swift": swift.PACKAGES}


def chosen() -> list[str]:
    """The stores of STORES, separated by commas or spaces; all of them where it is not set."""
    wanted = os.environ.get("STORES", "").replace(",", " ").split()
    unknown = sorted(set(wanted) - set(_STARTERS))
    if unknown:
        raise ValueError(f"STORES: unknown {', '.join(unknown)}; known are {', '.join(_STARTERS)}")
    return wanted or list(_STARTERS)


def start(name: str, directory: pathlib.Path) -> RunningStore:
    """Install what the store needs and start it. NotHereError where it cannot be had, NotStartedError where it can be
    and does not start."""
    place = Place.here(directory)
    if name in _PACKAGES:
        root = _other_system()
        packages.install(name, _PACKAGES[name], root)
        place = Place.within(root, f"{name}-{uuid.uuid4().hex[:8]}") if root else place
    return _STARTERS[name](place)


def _other_system() -> pathlib.Path | None:
    """STORES_ROOT: a Debian system in a folder, whose packages are used in place of this system's."""
    named = os.environ.get("STORES_ROOT")
    if not named:
        return None
    root = pathlib.Path(named)
    if not (root / "proc/self").exists():
        mount = f"for f in proc dev sys; do mount --bind /$f {named}/$f; done"
        raise NotHereError(f"STORES_ROOT: {named}/proc is not mounted. Mount it: {mount}")
    return root

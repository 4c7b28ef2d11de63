# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""moto: AWS' interface in memory. It checks no signatures."""

from __future__ import annotations

from ..aws import find_moto
from ..qdrant import free_port
from .server import NotHereError, Place, RunningStore


def start(place: Place) -> RunningStore:
    """Start it, with a bucket."""
    program = find_moto()
    if program is None:
        raise NotHereError("moto is not here: set MOTO_PYTHON to a Python that has moto[server]")
    interpreter = program.rpartition("/")[0] + "/python"
    version = place.run(interpreter, "-c", "from importlib.metadata import version; print(version('moto'))").strip()
    port = free_port()
    store = RunningStore("moto", version, f"http://127.0.0.1:{port}")
    store.start(place, "moto", [program, "-H", "127.0.0.1", "-p", str(port)])
    return store.await_bucket(place)

# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Halves of snapshots: which files they are, and when they may go."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.vectorops.qdrant.plugins.module_utils._backup.leftovers import is_half, remove_halves

HALF = "a-11-2026-11-22-18-00-00"


@pytest.mark.parametrize(
    ("name", "half"),
    [
        (HALF + ".tmp", True),
        (HALF + ".snapshot.tmp", True),
        (HALF + ".snapshot", False),
        (HALF + ".snapshot.checksum", False),
        ("b-11-2026-11-22-18-00-00.tmp", False),
        ("full-snapshot-2026-11-22-18-00-00.tmp", False),
        ("mine.tmp", False),
        (".tmp", False),
    ],
)
def test_is_half(name: str, half: bool) -> None:
    assert is_half(name, "a") is half


class Running:
    def __init__(self, running: int | None) -> None:
        self.running = running

    def snapshots_running(self) -> int | None:
        return self.running


@pytest.mark.parametrize(
    ("running", "age", "gone"), [(0, 7200, True), (0, 60, False), (1, 7200, False), (None, 7200, False)]
)
def test_only_old_ones_go_and_only_while_the_node_rests(tmp_path: Path, running: Any, age: int, gone: bool) -> None:
    folder = tmp_path / "a"
    folder.mkdir()
    for name in (HALF + ".tmp", HALF + ".snapshot", "mine.tmp"):
        (folder / name).write_bytes(b"x")
        os.utime(folder / name, (time.time() - age, time.time() - age))
    told = remove_halves(Running(running), str(tmp_path), ["a", "b"])  # type: ignore[arg-type]
    assert sorted(os.listdir(folder)) == sorted([HALF + ".snapshot", "mine.tmp"] + ([] if gone else [HALF + ".tmp"]))
    assert bool(told) is (age > 3600)


def test_a_folder_that_cannot_be_seen() -> None:
    assert remove_halves(Running(0), None, ["a"]) == []  # type: ignore[arg-type]

# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The scratch folder: planned space, and what a killed run left."""

from __future__ import annotations

import fcntl
import os

import pytest
from ansible_collections.vectorops.qdrant.plugins.module_utils._base.errors import EngineError, RefusedError
from ansible_collections.vectorops.qdrant.plugins.module_utils._engine import scratch

MIB = 1 << 20


def test_an_archive_needs_its_copy_its_files_and_the_logs_of_its_shards():
    small = scratch.needed(10 * MIB, 1)
    assert small >= 20 * MIB and scratch.needed(10 * MIB, 3) - small == 2 * (small - 20 * MIB)
    assert scratch.needed(10 * MIB, 0) == small


def test_too_little_space_is_refused_before_anything_is_read(tmp_path):
    free = scratch.free_bytes(str(tmp_path))
    scratch.check_space(str(tmp_path), MIB, 0)
    with pytest.raises(RefusedError, match="scratch_dir") as found:
        scratch.check_space(str(tmp_path), MIB, free * 2)
    assert "are free there" in str(found.value)


def test_the_folder_is_private_and_gone_afterwards(tmp_path):
    with scratch.scratch(str(tmp_path)) as folder:
        assert os.stat(folder).st_mode & 0o077 == 0
        open(os.path.join(folder, "file"), "w").close()
    assert os.listdir(tmp_path) == []


def test_folders_of_killed_runs_are_removed_and_those_in_use_are_not(tmp_path):
    killed, other = tmp_path / f"{scratch.PREFIX}old", tmp_path / "somebody-else"
    for folder in (killed, other):
        folder.mkdir()
        (folder / "lock").touch()
    with scratch.scratch(str(tmp_path)) as first:
        assert not killed.exists() and other.exists()
        with scratch.scratch(str(tmp_path)):
            assert os.path.isdir(first)
    used = tmp_path / f"{scratch.PREFIX}used"
    used.mkdir()
    with open(used / "lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with scratch.scratch(str(tmp_path)):
            assert used.exists()


def test_a_folder_that_is_not_there_is_named(tmp_path):
    missing = tmp_path / "missing"
    for attempt in (lambda: scratch.free_bytes(str(missing)), lambda: scratch.scratch(str(missing)).__enter__()):
        with pytest.raises(EngineError, match=r"missing.*scratch_dir"):
            attempt()

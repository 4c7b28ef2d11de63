# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A copy in the node's snapshots folder: whose it is, and what is asked of the system for that."""

from __future__ import annotations

import os
from types import SimpleNamespace
from typing import Any

import pytest
from ansible_collections.vectorops.qdrant.plugins.module_utils._restore import deliver


def hand_over(snapshots: Any, archive: Any, monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, int]]:
    """Deliver by file; the owners that files were given."""
    given: list[tuple[str, int]] = []
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(os, "chown", lambda path, uid, dummy: given.append((os.path.basename(path), uid)))
    source = SimpleNamespace(kind="file", location=str(archive), sha256="", bytes=1)
    options = SimpleNamespace(snapshots_dir=str(snapshots), server_snapshots_path="")
    work: Any = SimpleNamespace(source=source, target="articles", options=options, recover=lambda location: None)
    deliver.by_file(work)
    return given


def test_an_owner_that_is_right_is_not_set_again(tmp_path, monkeypatch):
    """Units that run as root may not: their filter ends a process that asks."""
    snapshots, archive = tmp_path / "snapshots", tmp_path / "a.snapshot"
    snapshots.mkdir()
    archive.write_bytes(b"x")
    assert hand_over(snapshots, archive, monkeypatch) == []


@pytest.mark.skipif(os.geteuid() != 0, reason="only root makes a folder that belongs to another user")
def test_a_copy_is_given_to_the_servers_user(tmp_path, monkeypatch):
    snapshots, archive = tmp_path / "snapshots", tmp_path / "a.snapshot"
    snapshots.mkdir()
    os.chown(snapshots, 4711, 4712)
    archive.write_bytes(b"x")
    given = hand_over(snapshots, archive, monkeypatch)
    assert [uid for dummy, uid in given] == [4711, 4711]
    assert given[0][0] == "articles"

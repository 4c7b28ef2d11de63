# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The reports about points as lines."""

from __future__ import annotations

import pytest
from ansible_collections.vectorops.qdrant.plugins.module_utils._program import pointed

COUNTS = {"same": 1, "missing": 2, "changed": 0, "new": 0}


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("articles", "restore articles --backup-id B --points missing"),
        ("two words & more", "restore 'two words & more' --backup-id B --points missing"),
        ("-dash", "restore --backup-id B --points missing -- -dash"),
    ],
)
def test_the_command_that_puts_points_back_can_be_copied(name, words):
    about = {"collection": name, "name": name, "backup_id": "B", "nodes": ["node-a"], "seconds": 1.0}
    report = {**about, "points": COUNTS, "samples": {}, "identical": False}
    assert pointed.diff(report, {})[-1] == f"To put the missing points back: qdrant-backup {words}"

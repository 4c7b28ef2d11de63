# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which snapshots on the node are those of an archive that a prune deletes."""

from __future__ import annotations

import pytest
from ansible_collections.vectorops.qdrant.plugins.module_utils._qdrant.scope import Scope
from ansible_collections.vectorops.qdrant.plugins.module_utils._retention.facts import _copies
from ansible_collections.vectorops.qdrant.plugins.module_utils._retention.local import CommittedSnapshot, LocalSnapshot

SAME, OTHER = "a" * 64, "b" * 64


@pytest.mark.parametrize(
    ("there", "stay", "found"),
    [
        pytest.param({"one": SAME, "two": SAME}, set(), ["one"], id="another backup's with the same bytes is left"),
        pytest.param({"one": SAME, "two": SAME}, {"one"}, [], id="the one that stays is not replaced by another"),
        pytest.param({"two": SAME, "three": OTHER}, set(), ["two"], id="by its bytes under another name"),
        pytest.param({"one": OTHER}, set(), [], id="other bytes under its name"),
    ],
)
def test_a_snapshot_is_of_one_archive(there: dict[str, str], stay: set[str], found: list[str]) -> None:
    snapshots = [LocalSnapshot(name, sha256=digest) for name, digest in there.items()]
    copies = _copies(Scope.collection("notes"), snapshots, CommittedSnapshot("one", SAME), stay)
    assert [one.name for one in copies] == found

# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which snapshots on the node a prune deletes with its backups: never one that a backup that stays names."""

from __future__ import annotations

import dataclasses

import pytest
from ansible_collections.vectorops.qdrant.plugins.module_utils._qdrant.values import Snapshot
from ansible_collections.vectorops.qdrant.plugins.module_utils._retention.facts import of_candidates
from ansible_collections.vectorops.qdrant.plugins.module_utils._retention.plan import make_plan
from ansible_collections.vectorops.qdrant.tests.unit.retention.stock import at, facts, held, manifest, options

OLD, NEW = at(days=2), at(days=1)
FIRST, SECOND = "articles-1-2026-11-20-12-30-00.snapshot", "articles-1-2026-11-21-12-30-00.snapshot"


def named(name):
    return {"snapshot": {"name": name, "bytes": 9, "sha256": name[:1] * 64}} if name else {}


def entries(first, second, copied=True):
    """An archive, and its copy for the next backup. By name of the snapshot in the manifest."""
    old = dataclasses.replace(held("articles", "node-a", OLD), extra=named(first))
    new = held("articles", "node-a", NEW, copied=old.archive.key if copied else "")
    return old, dataclasses.replace(new, extra=named(second))


class Lists:
    """What the prune asks: the manifests, and the snapshots on the node."""

    url = "http://127.0.0.1:1"

    def __init__(self, manifests, *names):
        self._manifests, self._names = manifests, names
        self.catalogue = self

    def manifest(self, entry):
        return next(one for one in self._manifests if one.backup_id == entry.backup_id)

    def collections(self):
        return ["articles"]

    def list_snapshots(self, dummy):
        return [Snapshot(name, 9, None, None) for name in self._names]


@pytest.mark.parametrize(
    ("noted", "copied", "there", "deleted"),
    [
        ((FIRST, FIRST), True, (FIRST,), []),  # taken once, for both: reuse_days
        ((FIRST, SECOND), True, (FIRST, SECOND), [FIRST]),  # a new snapshot had the same contents
        ((FIRST, SECOND), False, (FIRST, SECOND), [FIRST]),
        ((FIRST, ""), False, (FIRST, f"articles-{NEW}.snapshot"), [FIRST]),
        # An earlier version noted no name: a copy has the file name of the other one.
        (("", ""), True, (f"articles-{OLD}.snapshot",), [f"articles-{OLD}.snapshot"]),
    ],
)
def test_a_snapshot_stays_if_a_backup_that_stays_names_it(tmp_path, noted, copied, there, deleted):
    old, new = entries(*noted, copied=copied)
    manifests = [manifest(OLD, [old]), manifest(NEW, [new])]
    found = dataclasses.replace(facts(*manifests), local_node="node-a")
    draft = make_plan(found, options(keep_last=1), "repo")
    assert [one.backup_id for one in draft.removals] == [OLD]
    lists = Lists(manifests, *there)
    local = of_candidates(found, draft, lists, lists, str(tmp_path)).local
    assert [copy.name for copies in local.values() for copy in copies] == deleted

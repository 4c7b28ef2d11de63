# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A restore under a throw-away name that fails: what of it a drill, or a comparison of points, says."""

from __future__ import annotations

import dataclasses
import types

import pytest
from ansible_collections.vectorops.qdrant.plugins.module_utils._base.drill_notes import DrillNotes
from ansible_collections.vectorops.qdrant.plugins.module_utils._base.errors import EngineError, RefusedError
from ansible_collections.vectorops.qdrant.plugins.module_utils._base.host import Host
from ansible_collections.vectorops.qdrant.plugins.module_utils._drill import by_node
from ansible_collections.vectorops.qdrant.plugins.module_utils._restore.errors import RestoreError
from ansible_collections.vectorops.qdrant.plugins.module_utils._restore.values import NodeRestoreOptions
from ansible_collections.vectorops.qdrant.tests.unit.repository.make_manifest import manifest


def test_the_advice_of_the_restore_is_about_the_throw_away_name_and_left_out(monkeypatch):
    entry = manifest().collections[0]
    again = "Nothing was left behind. Try again: qdrant-backup restore --name a__drill_x a."
    error = RestoreError("restore", "collection a__drill_x on http://n", "upload: no space", again)
    failed = {"step": "recover", "tried": [], "seconds": {"recover": 1.0}, **error.as_dict()}
    told = {"warnings": [], "collections": [], "failed": [failed], "seconds": {"plan": 0.1}}
    report = types.SimpleNamespace(as_dict=lambda: told, ended=())
    monkeypatch.setattr(by_node, "restore", lambda *args, **more: report)
    scene = by_node.Scene(None, None, None, NodeRestoreOptions(), "x", "node-a", 0.0, lambda event: None)
    trial = by_node.Trial()
    by_node.RestoreCopy(dataclasses.replace(entry, name="a"), "a__drill_x").do(scene, trial)
    assert (trial.phase, trial.said) == (
        "load",
        "Could not restore collection a__drill_x on http://n: upload: no space.",
    )


@pytest.mark.parametrize(
    ("standing", "wrong", "recorded"),
    [("unproven", "", 4), ("whole", "", None), ("in doubt", "its sha256 is another", 1), ("in doubt", "", None)],
    ids=["other data", "a lost connection", "damaged bytes", "a failed recover"],
)
def test_only_a_difference_is_recorded_as_a_failed_proof(monkeypatch, tmp_path, standing, wrong, recorded):
    entry = dataclasses.replace(manifest().collections[0], name="a", probe={"max_grade": 3})
    failed = {"step": "prove", "standing": standing, "message": "the connection was lost.", "next": "", "seconds": {}}
    told = {"warnings": [], "collections": [], "failed": [failed], "seconds": {}}
    report = types.SimpleNamespace(
        as_dict=lambda: told, ended=[(None, types.SimpleNamespace(damage=wrong))] if wrong else []
    )
    monkeypatch.setattr(by_node, "restore", lambda *args, **more: report)
    monkeypatch.setattr(by_node, "drop", lambda *args: None)
    node = types.SimpleNamespace(url="http://n", exists=lambda name: False)
    scene = by_node.Scene(
        node,
        None,
        Host(str(tmp_path), node.url),
        NodeRestoreOptions(),
        "20261122T190000Z",
        "n",
        0.0,
        lambda event: None,
    )
    found, result, dummy = by_node.drill_collection(scene, entry)
    assert not found.passed and found.phase == "probes"
    assert (result.attempted if result else None) == recorded


@pytest.mark.parametrize(("error", "deletes"), [(RefusedError, False), (EngineError, True)])
def test_a_refused_restore_created_nothing_and_nothing_is_deleted(monkeypatch, tmp_path, error, deletes):
    def failing(*args, **more):
        raise error("restore", "a__drill_x on http://n", "the version is older")

    asked, steps = [], []
    node = types.SimpleNamespace(
        url="http://n", exists=lambda name: False, aliases=dict, recoveries_running=lambda name: 0,
        delete_collection=asked.append,
    )  # fmt: skip
    monkeypatch.setattr(by_node, "restore", failing)
    host = Host(str(tmp_path), node.url)
    id_ = "20261122T190000Z"
    scene = by_node.Scene(
        node, None, host, NodeRestoreOptions(), id_, "node-a", 0.0, lambda event: steps.append(event.step)
    )
    found, dummy, left = by_node.drill_collection(scene, dataclasses.replace(manifest().collections[0], name="a"))
    assert not found.passed and "the version is older" in found.said and left == ""
    assert asked == ([f"a__drill_{id_}"] if deletes else [])
    assert ("delete throw-away collection" in steps) == deletes
    assert DrillNotes(str(tmp_path), node.url).all() == []

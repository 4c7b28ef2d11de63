# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Names and archives that change while a backup looks elsewhere: never another collection's bytes, never bad ones."""

from __future__ import annotations

import pytest
from ansible_collections.vectorops.qdrant.plugins.module_utils._base.errors import EngineError

pytestmark = pytest.mark.faults


@pytest.mark.parametrize("step", ["snapshot", "settle"])
def test_a_name_that_becomes_an_alias_is_not_backed_up_as_a_collection(rig, step):
    rig.fill("articles", 100)
    rig.fill("other", 50)

    def switch(event):
        if event.step == step and event.subject == "articles" and not done:
            done.append(True)
            rig.drop("articles")
            actions = [{"create_alias": {"collection_name": "other", "alias_name": "articles"}}]
            rig.node.call("POST", "/collections/aliases", {"actions": actions})

    done = []
    try:
        report = rig.run("back_up", progress=switch)
    except EngineError as error:
        assert "articles" in str(error)
        return
    assert done and not report["ok"]
    assert [item["name"] for item in report["failed"]] == ["articles"]
    assert [item["name"] for item in report["collections"]] == ["other"]


def test_an_archive_that_was_overwritten_in_the_store_is_not_copied_on(rig):
    rig.fill()
    rig.run("back_up", backup_id="20260101T000000Z")
    rig.run("back_up", backup_id="20260102T000000Z")
    for key in rig.keys("/archives/"):
        rig.damage(key)
    report = rig.run("back_up", backup_id="20260103T000000Z")
    assert report["sent_bytes"] > 0 and report["collections"][0]["copied_from"] is None
    assert any("overwritten" in text for text in report["collections"][0]["warnings"])
    assert rig.run("verify")["ok"]


def test_a_suspect_collection_is_told_where_people_look(rig):
    rig.fill(count=200)
    rig.run("back_up", backup_id="20260101T000000Z")
    gone = {"points": list(range(1, 150))}
    rig.node.call("POST", "/collections/articles/points/delete?wait=true", gone)
    report = rig.run("back_up", backup_id="20260102T000000Z")
    assert report["collections"][0]["suspect"]
    assert any(text.startswith("articles is marked suspect") for text in report["warnings"])

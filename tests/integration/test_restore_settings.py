# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Restores on a node whose settings or version differ from those of the backup."""

from __future__ import annotations

import dataclasses

import pytest
from ansible_collections.vectorops.qdrant.plugins.module_utils._qdrant.versions import parse
from ansible_collections.vectorops.qdrant.tests.support.qdrant import quick_folder, start_qdrant
from ansible_collections.vectorops.qdrant.tests.support.rig import COLLECTION

ON_DISK = {"QDRANT__STORAGE__COLLECTION__VECTORS__ON_DISK": "true"}


@pytest.fixture
def other(rig):
    """``other(settings)``: the same rig on another node, and its options to restore what the first one backed up."""
    with quick_folder() as folder:
        nodes = []

        def make(settings, **options):
            node = start_qdrant(f"{folder}/node{len(nodes)}", settings=settings, **options)
            nodes.append(node)
            state = rig.directory / f"other{len(nodes)}"
            state.mkdir()
            return dataclasses.replace(rig, node=node, directory=state)

        yield make
        for node in nodes:
            node.stop()


def restore(rig, **changes):
    return rig.run("restore", record=False, **changes)


@pytest.mark.parametrize("vectors", [COLLECTION["vectors"], {**COLLECTION["vectors"], "on_disk": False}])
def test_defaults_of_the_node_that_the_archive_lacks(rig, other, vectors):
    """Qdrant makes the collection with its own defaults, compares, and refuses: nothing may stay behind."""
    rig.fill(config={"vectors": vectors})
    rig.run("back_up")
    target = other(ON_DISK)
    if "on_disk" in vectors:
        assert restore(target)["collections"][0]["proven"]
        return
    (failed,) = restore(target)["failed"]
    assert "storage.collection.vectors" in failed["next"] and "Nothing was left behind" in failed["next"], failed
    assert failed["standing"] == "cleared"
    assert target.collections() == []
    again = dataclasses.replace(target, node=other({}).node)
    assert restore(again)["collections"][0]["proven"]


def test_what_the_server_dropped_is_told_with_both_values(rig, other):
    old = other({"DOUBLE_VERSION": "1.18.3"}, force_double=True)
    old.fill(config={"strict_mode_config": {"enabled": True, "max_disk_usage_percent": 90}})
    old.run("back_up")
    new = other({"DOUBLE_VERSION": "1.19.0"})
    if parse(new.node.version) < (1, 19, 0):
        pytest.skip("this server keeps the setting")
    (done,) = restore(new)["collections"]
    assert done["proven"]
    (told,) = [text for text in done["warnings"] if text.startswith("Settings of articles")]
    assert "strict_mode_config.max_disk_usage_percent was 90 and is not set" in told


def test_what_is_as_in_the_backup_is_not_told(rig, other):
    rig.fill(config={"strict_mode_config": {"enabled": True, "max_query_limit": 10000}, "hnsw_config": {"m": 24}})
    rig.run("back_up")
    (done,) = restore(other({}))["collections"]
    assert done["proven"] and not [text for text in done["warnings"] if "Settings" in text]


def test_settings_that_a_replaced_collection_keeps_are_told(rig):
    rig.fill()
    rig.run("back_up")
    rig.node.call("PATCH", "/collections/articles", {"hnsw_config": {"m": 32}})
    (done,) = restore(rig, mode="replace")["collections"]
    assert done["proven"]
    assert "hnsw_config.m was 16 and is 32" in " ".join(done["warnings"])


def test_quotas_are_noted_and_come_back_on_request(other):
    old = other({"DOUBLE_VERSION": "1.19.0"})
    if parse(old.node.version) < (1, 19, 0):
        pytest.skip("this server has no quotas")
    quotas = {"enabled": True, "max_resident_memory_percent": 95, "max_disk_usage_percent": 99}
    old.node.call("PUT", "/quotas?wait=true", quotas)
    old.fill()
    old.run("back_up")
    new = other({"DOUBLE_VERSION": "1.19.0"})
    report = restore(new)
    assert report["ok"] and any("max_disk_usage_percent: 99" in text for text in report["warnings"])
    new.drop()
    report = restore(new, check=True, restore_quotas=True)
    assert report["plan"]["steps"][-1]["action"] == "set quotas"
    report = restore(new, restore_quotas=True)
    assert report["ok"] and not any("quotas" in text for text in report["warnings"])
    assert new.node.call("GET", "/quotas")["result"]["config"] == quotas


def test_quotas_of_a_backup_that_has_none(rig, other):
    rig.fill()
    rig.run("back_up")
    report = restore(other({}), restore_quotas=True)
    assert report["ok"] and "The backup noted no quotas: none are set." in report["warnings"]

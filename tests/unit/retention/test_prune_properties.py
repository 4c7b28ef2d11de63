# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Any mix of backups, killed runs, proofs, pins and prunes, each prune killed at any step or not: what must stay stays,
and every backup that is listed restores. On a real folder as store."""

from __future__ import annotations

import datetime
import os
import tempfile

import pytest
from ansible_collections.vectorops.qdrant.plugins.module_utils._base.errors import RefusedError
from ansible_collections.vectorops.qdrant.plugins.module_utils._repository import folder as folder_module
from ansible_collections.vectorops.qdrant.plugins.module_utils._repository.folder import FolderStore
from ansible_collections.vectorops.qdrant.plugins.module_utils._repository.survey import Survey
from ansible_collections.vectorops.qdrant.plugins.module_utils._retention import facts as facts_module
from ansible_collections.vectorops.qdrant.plugins.module_utils._retention import operation
from ansible_collections.vectorops.qdrant.plugins.module_utils._retention.operation import prune
from ansible_collections.vectorops.qdrant.plugins.module_utils._retention.pins import pin, unpin
from ansible_collections.vectorops.qdrant.plugins.module_utils._retention.steps import recipe
from ansible_collections.vectorops.qdrant.tests.unit.retention.stock import NOW, Killed, Stock, at, options
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

REBUILT = 20 * 24  # hours back: each host was rebuilt then, and is another server since
NODES = ("node-a", "node-b", "node-c")
EXAMPLES = int(os.environ.get("PROPERTY_EXAMPLES", "40"))

backups = st.fixed_dictionaries(
    {
        "back": st.integers(0, 60 * 24),  # hours
        "collections": st.sampled_from([("articles",), ("articles", "notes"), ("articles", "old"), ()]).map(set),
        "nodes": st.sampled_from([("node-a",), ("node-a",), ("node-b", "node-c"), ("node-b", "node-c"), ("node-c",)]),
        "until": st.sampled_from(["", "", "", "", "archive", "manifest"]),
        "suspect": st.sampled_from([(), (), (), ("articles",)]),
        "failed": st.sampled_from([(), (), ("notes",)]).map(set),
        "copied": st.booleans(),
        "proof": st.sampled_from([0, 0, 1, 2, -1]),
        "pinned": st.sampled_from([False, False, False, True]),
    }
)
policies = st.fixed_dictionaries(
    {},
    optional={
        "keep_last": st.integers(1, 2),
        "keep_hourly": st.integers(1, 2),
        "keep_daily": st.integers(1, 3),
        "keep_weekly": st.integers(1, 2),
        "keep_within": st.integers(3600, 10 * 86400).map(float),
    },
).filter(bool)
prunes = st.tuples(policies, st.sampled_from(["", "", *NODES]), st.integers(0, 12))


def prepare(patch):
    """The tests' clock, and no waiting for the disk: a kill of the process loses nothing that was written."""
    patch.setattr(facts_module, "now", lambda: NOW)
    patch.setattr(folder_module, "fsync", lambda handle: handle.flush())
    patch.setattr(folder_module, "fsync_folder", lambda folder: None)


@pytest.fixture
def clock(monkeypatch):
    prepare(monkeypatch)


class Stopper:
    """Kills a prune before the step of this number."""

    def __init__(self, monkeypatch, number):
        left = [number]

        def stopping(removal):
            for step in recipe(removal):
                if left[0] == 1:
                    raise Killed
                left[0] -= 1
                yield step

        monkeypatch.setattr(operation, "recipe", stopping)


def make(stock, made):
    """One backup of nodes b and c is a cluster's."""
    id_ = at(hours=made["back"])
    expected = ("node-b", "node-c") if made["nodes"] != ("node-a",) else ("node-a",)
    for node in made["nodes"]:
        if id_ in stock.ids(node):
            continue
        names = sorted(made["collections"])
        copied = names if made["copied"] else []
        failed = sorted(made["failed"] - made["collections"])
        stock.back_up(
            id_,
            names,
            node,
            until=made["until"],
            copied=copied,
            expected=expected,
            failed=failed,
            suspect=made["suspect"],
            peer=1 if made["back"] > REBUILT else 2,
        )
        if made["proof"] and not made["until"] and names:
            stock.prove(id_, abs(made["proof"]), node, ok=made["proof"] > 0)
    if made["pinned"] and id_ in stock.ids():
        pin(stock.catalogue, id_)


def age(stock):
    """What the tests write is as old as its id, for the grace of orphans."""
    for folder, dummy, names in os.walk(stock.store.root):
        for name in names:
            path = os.path.join(folder, name)
            found = [part for part in path.split("/") if len(part) == 16 and part.endswith("Z")]
            if found and ("/archives/" in path or "/proofs/" in path):
                moment = datetime.datetime.strptime(found[0], "%Y%m%dT%H%M%SZ").replace(tzinfo=datetime.timezone.utc)
                os.utime(path, (moment.timestamp(), moment.timestamp()))


def run(stock, policy, node, **more):
    chosen = options(node_name=node or "node-a", all_nodes=not node, **policy)
    return prune(chosen, lambda: Survey(stock.catalogue), None, **more)


def must_stay(stock):
    """What invariant 6 names, told without the code that is tested: {(node, backup id)}."""
    catalogue = stock.catalogue
    read = [(entry, catalogue.manifest(entry)) for entry in catalogue.backups()]
    bad = {}
    grades = {}
    for entry, dummy in read:
        for proof in catalogue.proofs(entry.node, entry.backup_id):
            for item in proof["collections"]:
                bad[entry.node, entry.backup_id, item["name"]] = not item["ok"]
                grades[entry.node, entry.backup_id, item["name"]] = item["grade"]
    stay = {(entry.node, entry.backup_id) for entry, dummy in read if entry.backup_id in catalogue.pinned()}
    for group in (("node-a",), ("node-b", "node-c")):
        good, of_servers = {}, {}
        for id_ in sorted({entry.backup_id for entry, dummy in read if entry.node in group}, reverse=True):
            parts = [document for entry, document in read if entry.backup_id == id_ and entry.node in group]
            if {part.node.name for part in parts} != set(group):
                continue
            failed = {one.name for part in parts for one in part.failed}
            for name in {one.name for part in parts for one in part.collections}:
                entries = [(part.node.name, part.collection(name)) for part in parts if part.collection(name)]
                flawed = any(one.suspect or bad.get((node, id_, name)) for node, one in entries) or name in failed
                if not flawed:
                    grade = min(grades.get((node, id_, name), 0) for node, dummy in entries)
                    good.setdefault(name, []).append((id_, grade))
                    for part in parts:
                        if part.collection(name):
                            of_servers.setdefault((name, part.node.name, part.node.peer_id), id_)
        for found in good.values():
            best = max(grade for dummy, grade in found)
            ids = {found[0][0]} | ({next(id_ for id_, grade in found if grade == best)} if best else set())
            stay |= {(node, id_) for node in group for id_ in ids}
        stay |= {(node, id_) for node in group for id_ in of_servers.values()}
    return stay


@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
@given(st.lists(backups, min_size=4, max_size=10), st.lists(prunes, min_size=1, max_size=4))
def test_any_mix_of_backups_crashes_and_prunes(made, rounds):
    with pytest.MonkeyPatch.context() as patch, tempfile.TemporaryDirectory() as folder:
        prepare(patch)
        stock = Stock(FolderStore(os.path.join(folder, "repository")), folder)
        for one in sorted(made, key=lambda item: -item["back"]):
            make(stock, one)
        age(stock)
        stay = must_stay(stock)
        for policy, node, number in rounds:
            planned = run(stock, policy, node, check=True)
            with pytest.MonkeyPatch.context() as killing:
                Stopper(killing, number)
                try:
                    done = run(stock, policy, node)
                    assert [one["backup_id"] for one in done["removed"]] == [
                        one["backup_id"] for one in planned["removed"]
                    ]
                    assert done["changed"] == planned["changed"] and done["ok"]
                except Killed:
                    pass
            stock.check_restorable()
            listed = {(entry.node, entry.backup_id) for entry in stock.catalogue.backups()}
            assert stay <= listed, stay - listed
        policy, node, dummy = rounds[-1]
        run(stock, policy, node)
        again = run(stock, policy, node)
        assert not again["changed"], "a second run finds nothing"
        stock.check_restorable()
        listed = {(entry.node, entry.backup_id) for entry in stock.catalogue.backups()}
        left = {tuple(key.split("/")[2:4]) for key in stock.stored("/archives/")}
        own = {name for name, dummy in listed} if not node else {node}
        assert all(one in listed for one in left if one[0] in own and one[1] < at(days=1)), "orphans of killed runs go"


@pytest.mark.parametrize("number", range(1, 14))
def test_killed_before_each_step_the_next_run_finishes(tmp_path, monkeypatch, clock, number):
    stock = Stock(FolderStore(str(tmp_path / "repository")), str(tmp_path))
    for days in (4, 3, 2):
        stock.back_up(at(days=days), ("articles", "notes"), copied=("notes",))
        stock.prove(at(days=days))
    age(stock)
    with monkeypatch.context() as killing:
        Stopper(killing, number)
        try:
            run(stock, {"keep_last": 1}, "node-a")
            assert number > 8, "there are eight steps"
        except Killed:
            assert number <= 8
    stock.check_restorable()
    assert stock.ids()[0] == at(days=2)
    report = run(stock, {"keep_last": 1}, "node-a")
    assert report["ok"] and stock.ids() == [at(days=2)]
    kept = [key for key in stock.stored() if at(days=2) not in key]
    assert kept == [], kept


def test_a_pin_set_after_the_plan_is_kept(tmp_path, monkeypatch, clock):
    stock = Stock(FolderStore(str(tmp_path / "repository")), str(tmp_path))
    for days in (3, 2, 1):
        stock.back_up(at(days=days))

    def pinning(removal):
        pin(stock.catalogue, at(days=3), "audit")
        return recipe(removal)

    monkeypatch.setattr(operation, "recipe", pinning)
    report = run(stock, {"keep_last": 1}, "node-a")
    assert stock.ids() == [at(days=1), at(days=3)]
    assert [one["done"] for one in report["removed"]] == [False, True]
    assert report["warnings"] == [f"{at(days=3)} was pinned during the prune, and stays."]


def test_pin_and_unpin(tmp_path, clock):
    stock = Stock(FolderStore(str(tmp_path / "repository")), str(tmp_path))
    for days in (3, 2, 1):
        stock.back_up(at(days=days))
    assert pin(stock.catalogue, at(days=3), "audit", check=True)["changed"] and not stock.stored("/pins/")
    assert pin(stock.catalogue, at(days=3), "audit")["changed"]
    assert not pin(stock.catalogue, at(days=3))["changed"]
    assert pin(stock.catalogue)["backup_id"] == at(days=1)
    report = run(stock, {"keep_last": 1}, "node-a", check=True)
    assert {one["backup_id"]: one["reasons"] for one in report["kept"]}[at(days=3)] == ["pinned"]
    assert unpin(stock.catalogue, at(days=3), check=True)["changed"]
    assert unpin(stock.catalogue, at(days=3))["changed"] and not unpin(stock.catalogue, at(days=3))["changed"]
    report = run(stock, {"keep_last": 1}, "node-a")
    assert stock.ids() == [at(days=1)] and report["diff"]["after"] == f"{at(days=1)} of node-a\n"


def test_a_damaged_manifest_stops_everything(tmp_path, clock):
    stock = Stock(FolderStore(str(tmp_path / "repository")), str(tmp_path))
    for days in (3, 2, 1):
        stock.back_up(at(days=days))
    stock.back_up(at(days=2), node="elsewhere")
    stock.spoil(at(days=2), "elsewhere")
    before = stock.stored()
    for check in (True, False):
        with pytest.raises(RefusedError, match="a manifest cannot be read"):
            run(stock, {"keep_last": 1}, "node-a", check=check)
    assert stock.stored() == before


def test_a_store_that_keeps_the_manifest_keeps_its_archives(tmp_path, monkeypatch, clock):
    stock = Stock(FolderStore(str(tmp_path / "repository")), str(tmp_path))
    for days in (2, 1):
        stock.back_up(at(days=days))
    before = stock.stored()
    monkeypatch.setattr(stock.store, "delete", lambda keys: None)
    report = run(stock, {"keep_last": 1}, "node-a")
    assert not report["ok"] and not report["changed"] and "still there" in report["failed"][0]["message"]
    assert stock.stored() == before


def test_an_id_that_was_committed_after_the_plan_is_kept(tmp_path, monkeypatch, clock):
    stock = Stock(FolderStore(str(tmp_path / "repository")), str(tmp_path))
    stock.back_up(at(days=1))
    stock.back_up(at(days=3), until="manifest")
    age(stock)

    def committing(removal):
        stock.back_up(at(days=3))
        return recipe(removal)

    monkeypatch.setattr(operation, "recipe", committing)
    report = run(stock, {"keep_last": 1}, "node-a")
    assert not report["changed"] and "was committed during the prune" in report["warnings"][0]
    stock.check_restorable()
    assert stock.ids() == [at(days=1), at(days=3)]

# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which collections of a backup are restored, which are excluded, and the command for those that are not refused."""

from __future__ import annotations

import dataclasses

import pytest
from ansible_collections.vectorops.qdrant.plugins.module_utils._base.errors import RefusedError, UsageError
from ansible_collections.vectorops.qdrant.plugins.module_utils._fleet.archives import find
from ansible_collections.vectorops.qdrant.plugins.module_utils._fleet.plan import make_plan as make_fleet_plan
from ansible_collections.vectorops.qdrant.plugins.module_utils._repository.catalogue import Catalogue
from ansible_collections.vectorops.qdrant.plugins.module_utils._repository.folder import FolderStore
from ansible_collections.vectorops.qdrant.plugins.module_utils._restore.plan import make_plan
from ansible_collections.vectorops.qdrant.plugins.module_utils._restore.source import from_repository
from ansible_collections.vectorops.qdrant.plugins.module_utils._restore.values import (
    Lost,
    RestoreFacts,
    RestoreOptions,
    Source,
    Target,
)
from ansible_collections.vectorops.qdrant.tests.unit.fleet import make_fleet as make
from ansible_collections.vectorops.qdrant.tests.unit.repository.make_manifest import ID, collection, manifest

NAMES = ("articles", "notes", "tags")


@pytest.fixture
def catalogue(tmp_path):
    """A backup of three collections whose archives are stored; a fourth one failed, a fifth one was gone."""
    store = FolderStore(str(tmp_path))
    entries = [collection(name) for name in NAMES]
    for entry in entries:
        store.put(entry.archive.key, b"x" * entry.archive.bytes)
    gone = {"suspect": {"gone": {"collections": ["lost"]}}}
    made = Catalogue(store, "prod")
    made.commit(dataclasses.replace(manifest(collections=entries, failed=["broken"]), extra=gone))
    return Catalogue(store, "prod")


def options(*exclude, **more):
    return RestoreOptions(cluster="prod", node_name="node-a", backup_id=ID, exclude=exclude, **more)


def one_node(catalogue, chosen):
    found = from_repository(catalogue, chosen)
    return [source.collection for source in found.sources], found.excluded


def all_nodes(catalogue, chosen):
    found = find(catalogue, chosen)
    return [one.whole.collection for one in found.archived], found.excluded


BOTH = pytest.mark.parametrize("restored", [one_node, all_nodes], ids=["one node", "all nodes"])


@BOTH
@pytest.mark.parametrize(
    ("exclude", "asked", "held", "left"),
    [
        ((), (), ["articles", "notes", "tags"], ()),
        (("notes",), (), ["articles", "tags"], ("notes",)),
        (("*o*",), (), ["articles", "tags"], ("broken", "lost", "notes")),
        (("notes", "tags"), (), ["articles"], ("notes", "tags")),
        (("notes",), ("notes", "tags"), ["tags"], ("notes",)),
        (("t*",), ("*s",), ["articles", "notes"], ("tags",)),
        (("broken",), (), ["articles", "notes", "tags"], ("broken",)),  # it is not in the backup, and not misspelt
    ],
)
def test_what_is_excluded_is_not_restored(catalogue, restored, exclude, asked, held, left):
    assert restored(catalogue, options(*exclude, collections=asked)) == (held, left)


@BOTH
@pytest.mark.parametrize(
    ("exclude", "asked", "said"),
    [
        (("note",), (), "exclude: note matches no collection that would be restored from backup "),
        (("notes", "typo*"), (), "exclude: typo[*] matches no collection"),
        (("tags",), ("notes",), f"exclude: tags matches no collection .* from backup {ID}: notes[.]"),
        (("*",), (), f"exclude leaves nothing to restore of backup {ID}: articles, broken, lost, notes, tags are"),
        (("notes",), ("notes",), f"exclude leaves nothing to restore of backup {ID}: notes is excluded"),
    ],
)
def test_what_excludes_nothing_or_everything_is_wrong_usage(catalogue, restored, exclude, asked, said):
    with pytest.raises(UsageError, match=said):
        restored(catalogue, options(*exclude, collections=asked))


@BOTH
def test_an_archive_that_is_excluded_is_not_asked_for(catalogue, restored, monkeypatch):
    asked = []
    head = catalogue.store.head
    monkeypatch.setattr(catalogue.store, "head", lambda key: asked.append(key) or head(key))
    restored(catalogue, options("notes"))
    assert asked and not [key for key in asked if "/notes/" in key]


@BOTH
def test_what_was_lost_before_the_newest_backup_can_be_excluded(catalogue, restored):
    newest = dataclasses.replace(options(), backup_id="latest")
    given = from_repository if restored is one_node else find
    assert given(catalogue, newest).lost == Lost(ID, ("lost",))
    assert given(catalogue, dataclasses.replace(newest, exclude=("lost",))).lost is None


def test_a_manifest_that_cannot_be_read_may_hold_what_is_excluded(catalogue):
    other = manifest("node-b", collections=[collection("elsewhere", "node-b")], expected=("node-a", "node-b"))
    catalogue.commit(other)
    assert find(catalogue, options("elsewhere")).excluded == ("elsewhere",)
    (key,) = [one.key for one in catalogue.store.list("prod/manifests/node-b/")]
    catalogue.store.delete([key])
    catalogue.store.put(key, b"{")
    assert find(Catalogue(catalogue.store, "prod"), options("elsewhere")).excluded == ()


def test_the_command_for_archives_of_shards_keeps_it(tmp_path):
    entries = [dataclasses.replace(collection(name), kind="shard") for name in ("articles", "notes")]
    made = Catalogue(FolderStore(str(tmp_path)), "prod")
    made.commit(manifest(collections=entries))
    with pytest.raises(UsageError, match="holds articles in archives of single shards") as caught:
        from_repository(made, options("not*"))
    assert "--node-url node-a=URL --exclude 'not*'" in str(caught.value)
    with pytest.raises(UsageError) as caught:
        from_repository(made, options("not*", collections=("*",)))
    assert "--exclude" not in str(caught.value), "the collections are named"


def source(name, **changes):
    known = {"points": 5, "quiet": True, "probe": {"format": 1}, "qdrant_version": "1.18.3", "backup_id": ID}
    known.update(config={"params": {"vectors": {"size": 4, "distance": "Cosine"}, "shard_number": 1}})
    return Source("repository", name, f"archives/{name}", 1000, "a" * 64, **{**known, **changes})


def facts(*sources, targets=None, **changes):
    pairs = tuple((one, (targets or {}).get(one.collection, Target(one.collection))) for one in sources)
    base = RestoreFacts("http://127.0.0.1:6333", "1.18.3", False, {}, 0, pairs, can_presign=True)
    return dataclasses.replace(base, **changes)


GONE = source("notes", problems=("the store no longer holds it",))
GIVEN = {"bucket": "b", "node": "node-a", "collections": ["*s"], "before": "2026-11-22T20:00:00Z", "exclude": ["x*"]}
GIVEN.update(restore_aliases=True, mode="replace", delivery="upload", record=False)


def refused(found, chosen=None, make_it=make_plan):
    with pytest.raises(RefusedError) as caught:
        make_it(found, chosen or RestoreOptions()).plan.refuse_or_go()
    return caught.value


def test_the_refusal_of_one_archive_has_the_command_for_the_others():
    chosen = RestoreOptions(collections=("*s",), exclude=("x*",), mode="replace", given=GIVEN)
    error = refused(facts(source("articles"), GONE, source("tags")), chosen)
    line = (
        f"qdrant-backup restore '*s' --backup-id {ID} --bucket b --node node-a --restore-aliases --mode replace "
        "--delivery upload --no-record --exclude 'x*' --exclude notes"
    )
    assert error.next.endswith(f"To restore the other 2 collections (exclude:): {line}")
    assert str(error).endswith(error.next)
    assert [one["collections"] for one in error.details["refusals"]] == [["notes"]]
    assert error.details["plan"]["next"].endswith(line)


def test_several_refusals_have_one_command():
    frozen = source("a b", frozen="it is frozen")
    error = refused(facts(source("articles"), GONE, frozen))
    *lines, last = str(error).splitlines()
    assert sum("--exclude" in line for line in lines) == 0 and sum(line.startswith("  - ") for line in lines) == 2
    assert last == (
        f"To restore the other collection (exclude:): qdrant-backup restore --backup-id {ID} --exclude 'a b' "
        "--exclude notes"
    )
    assert error.as_dict()["next"].endswith(last)


@pytest.mark.parametrize(
    ("found", "chosen"),
    [
        pytest.param(facts(GONE), RestoreOptions(), id="nothing else"),
        pytest.param(facts(source("articles"), GONE, recoveries_running=1), RestoreOptions(), id="the node is busy"),
        pytest.param(facts(source("articles"), GONE, version="1.17.0"), RestoreOptions(), id="all are refused"),
        pytest.param(facts(source("articles"), GONE, free_bytes=5), RestoreOptions(min_free=5), id="no room"),
        pytest.param(facts(source("a", problems=("it is cut",), backup_id="")), RestoreOptions(), id="in no backup"),
        pytest.param(
            facts(source("articles"), source("tags"), incomplete="a node is missing"), RestoreOptions(), id="no names"
        ),
    ],
)
def test_no_command_that_would_be_refused_again(found, chosen):
    assert "exclude" not in str(refused(found, chosen))


@pytest.mark.parametrize(
    ("changes", "name"),
    [
        ({"incomplete": "shard 1 of notes is nowhere", "incomplete_of": ("notes",)}, "notes"),
        ({"left_out": ("reviews",)}, "reviews"),
        ({"lost": Lost(ID, ("reviews",))}, "reviews"),
        ({"targets": {"notes": Target("notes", exists=True, count=5)}}, "notes"),
        ({"targets": {"notes": Target("notes", alias_of="old")}}, "notes"),
    ],
    ids=["incomplete", "of a cluster", "lost before", "taken", "an alias"],
)
def test_whatever_concerns_one_collection_can_be_excluded(changes, name):
    error = refused(facts(source("articles"), source("notes"), **changes))
    assert error.next.endswith(f" --exclude {name}")


def test_a_lost_shard_of_a_cluster_excludes_its_collection():
    nodes = [
        make.manifest(node, *(make.entry(node, (shard,), name) for name in NAMES))
        for shard, node in enumerate(make.NODES)
    ]
    (lost,) = [one.archive.key for one in nodes[1].collections if one.name == "notes"]
    urls = {name: f"http://{name}:6333" for name in make.NODES}
    chosen = RestoreOptions(given={"nodes": urls, "bucket": "b", "parallel": 2})
    error = refused(make.facts(make.backup(*nodes, lost=(lost,))), chosen, make_fleet_plan)
    words = " ".join(f"--node-url {name}={url}" for name, url in urls.items())
    assert error.next.endswith(
        f"To restore the other 2 collections (exclude:): qdrant-backup restore --backup-id {make.ID} {words} "
        "--bucket b --parallel 2 --exclude notes"
    )


def test_the_plan_and_its_warning_name_what_is_excluded():
    found = make_plan(facts(source("articles"), excluded=("notes",)), RestoreOptions(exclude=("notes",)))
    assert found.excluded == ("notes",)
    assert "1 collection is excluded and not restored: notes." in found.plan.warnings
    many = make_plan(facts(source("articles"), excluded=tuple("abcdefghijkl")), RestoreOptions())
    assert "12 collections are excluded and not restored: a, b, c, d, e, f, g, h, i, j and 2 more." in (
        many.plan.warnings
    )

# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Prunes through the verb, the program and the module, on a real store and a node: what stays restores, what goes is
gone, also from the node."""

from __future__ import annotations

import datetime
import json
import os
import shlex

import pytest
from ansible_collections.vectorops.qdrant.plugins.module_utils._base.errors import (
    EngineError,
    LockedError,
    RefusedError,
)
from ansible_collections.vectorops.qdrant.plugins.module_utils._repository.keeper import node_lock
from ansible_collections.vectorops.qdrant.plugins.module_utils._repository.options import RepositoryOptions, open_store
from ansible_collections.vectorops.qdrant.tests.integration.test_modules import assert_documented
from ansible_collections.vectorops.qdrant.tests.support.ansible import Ansible
from ansible_collections.vectorops.qdrant.tests.support.aws import client_of
from ansible_collections.vectorops.qdrant.tests.support.program import CLONE, ROOT, Program

pytestmark = [pytest.mark.integration]
IDS = [f"2026010{day}T000000Z" for day in range(1, 6)]


@pytest.fixture
def backed_up(rig):
    """Five backups of a day each; notes never changes, so its archives are copies."""
    rig.fill("notes", 30)
    for number, backup_id in enumerate(IDS):
        rig.fill("articles", 20, first=1 + 100 * number)
        assert rig.run("back_up", backup_id=backup_id)["ok"]
    return rig


@pytest.fixture
def program(backed_up, tmp_path):
    folder = tmp_path / "etc"
    folder.mkdir()
    made = Program(backed_up, CLONE, folder)
    yield made
    made.no_secret_was_seen()


def ids(rig):
    return [backup["backup_id"] for backup in rig.run("list_backups", node=None)["backups"]]


def local(rig, name="articles"):
    found = rig.node.call("GET", f"/collections/{name}/snapshots")["result"]
    return sorted(one["name"] for one in found)


def lock_of(rig):
    known, secrets = rig.known(), rig.secrets()
    names = ("bucket", "prefix", "endpoint_url", "region")
    keys = {name: secrets[name] for name in ("access_key", "secret_key")}
    return node_lock(
        open_store(RepositoryOptions(**{name: known[name] for name in names}, **keys)),
        "search",
        "node-a",
        "a backup",
        "[other]",
    )


def test_what_stays_restores_and_what_goes_is_gone(backed_up):
    keys, snapshots = backed_up.keys(), local(backed_up)
    planned = backed_up.run("prune", check=True, keep_last=2)
    assert planned["changed"] and not planned["applied"] and backed_up.keys() == keys and local(backed_up) == snapshots
    assert [one["backup_id"] for one in planned["removed"]] == IDS[:3]
    for one in planned["removed"]:
        assert len(one["local_snapshots"]) == 2, (one, snapshots, local(backed_up, "notes"))
    done = backed_up.run("prune", keep_last=2)
    assert done["changed"] and done["ok"] and done["bytes"] == planned["bytes"] and done["plan"] == planned["plan"]
    assert all(one["done"] for one in done["removed"])
    assert ids(backed_up) == IDS[:2:-1]
    assert not [key for gone in IDS[:3] for key in backed_up.keys(gone)]
    assert len(local(backed_up)) == 2 and len(local(backed_up, "notes")) == 2
    assert done["storage"]["before"]["STANDARD"] - done["storage"]["after"]["STANDARD"] == done["bytes"]
    assert not backed_up.run("prune", keep_last=2)["changed"]
    before = backed_up.contents()
    assert backed_up.run("verify", all_backups=True)["ok"]
    backed_up.drop()
    assert backed_up.run("restore", collections=["articles"])["ok"] and backed_up.contents() == before
    # The next backup rotates, and finds every snapshot on the node in the repository.
    assert not [text for text in backed_up.run("back_up", keep_local=1)["warnings"] if "no manifest" in text]


def test_without_the_node_what_its_rotation_needs_stays(backed_up):
    backed_up.run("back_up", backup_id="20260106T000000Z", keep_local=3)
    assert len(local(backed_up)) == 3
    report = backed_up.run("prune", keep_last=1, local_snapshots=False, url="http://127.0.0.1:1")
    assert ids(backed_up) == ["20260106T000000Z", *IDS[:2:-1]]
    assert report["kept"][-1]["reasons"] == ["its snapshots may be on node-a (keep_local 3)"]
    made = backed_up.run("back_up", backup_id="20260107T000000Z", keep_local=1)
    assert not [text for text in made["warnings"] if "no manifest" in text] and len(local(backed_up)) == 1


def test_a_node_that_does_not_answer_stops_it_before_anything_is_deleted(backed_up):
    keys = backed_up.keys()
    with pytest.raises(EngineError, match=r"127\.0\.0\.1:1"):
        backed_up.run("prune", keep_last=1, url="http://127.0.0.1:1", timeout=2.0)
    assert not set(keys) - set(backed_up.keys())


def test_another_run_on_the_node(backed_up):
    keys = backed_up.keys()
    with lock_of(backed_up), pytest.raises(LockedError, match="a backup on"):
        backed_up.run("prune", keep_last=1)
    assert backed_up.run("prune", check=True, keep_last=1)["removed"], "a plan needs no lock"
    assert backed_up.keys() == keys


def test_all_nodes_and_a_busy_one(backed_up):
    for backup_id in IDS[:3]:
        backed_up.run("back_up", backup_id=backup_id, node="node-b")
    more = {"all_nodes": True, "keep_last": 1, "local_snapshots": False}
    with lock_of(backed_up):
        report = backed_up.run("prune", **{**more, "node": "node-b", "keep_last": 3})
    assert not report["ok"] and [one["name"] for one in report["failed"]] == ["node-a"]
    assert ids(backed_up).count(IDS[0]) == 2
    own = backed_up.run("prune", keep_last=1)
    assert {tuple(one["nodes"]) for one in own["removed"]} == {("node-a",)} and ids(backed_up).count(IDS[0]) == 1


def test_a_damaged_manifest_stops_it(backed_up):
    (key,) = backed_up.keys(f"manifests/node-a/{IDS[2]}")
    backed_up.damage(key, 40)
    keys = backed_up.keys("/archives/")
    with pytest.raises(RefusedError, match="Nothing is deleted while a manifest cannot be read"):
        backed_up.run("prune", keep_last=1)
    assert backed_up.keys("/archives/") == keys


def test_the_ways_out_of_a_damaged_manifest(program, backed_up):
    """The commands of the refusal are typed as they are printed."""
    (key,) = backed_up.keys(f"manifests/node-a/{IDS[2]}")
    backed_up.damage(key, 40)
    dummy, err = program("prune", "--keep-last", "1", code=3)
    assert f"The manifest {key} in s3://" in err and "Nothing is deleted while a manifest cannot be read" in err
    told = [shlex.split(piece.partition("; ")[0].strip()) for piece in err.split("qdrant-backup ")[1:]]
    skip, delete = [words for words in told if words[0] == "prune"]
    assert skip[-2:] == ["--skip-unreadable", IDS[2]] and delete[-2:] == ["--delete-unreadable", IDS[2]]
    own = backed_up.keys(IDS[2])
    out, dummy = program(*skip)
    assert "its manifest cannot be read, and skip_unreadable names it" in out and ids(backed_up)
    program(*skip, "--apply")
    left = {key.split("/")[3] for key in backed_up.keys("/archives/")}
    assert backed_up.keys(IDS[2]) == own and left == {IDS[2], IDS[4]}
    dummy, err = program("prune", "--keep-last", "1", "--apply", code=3)
    assert backed_up.keys(IDS[2]) == own, "a later prune stops again"
    out, dummy = program(*delete)
    assert "1 manifest, 2 archives" in out and "delete_unreadable names it" in out and backed_up.keys(IDS[2]) == own
    program(*delete, "--apply")
    assert not backed_up.keys(IDS[2]) and ids(backed_up) == [IDS[4]]
    assert program(*delete, "--apply")[0].endswith("Deleted: 0 backups, 0 bytes.\n")
    assert "Nothing to delete." in program("prune", "--keep-last", "1")[0]
    before = backed_up.contents()
    backed_up.drop()
    assert backed_up.run("restore", collections=["articles"])["ok"] and backed_up.contents() == before


def test_a_damaged_backup_with_the_only_archives_of_a_collection_is_not_deleted(backed_up):
    backed_up.fill("fresh", 5)
    backed_up.run("back_up", backup_id="20260106T000000Z")
    (key,) = backed_up.keys("manifests/node-a/20260106T000000Z")
    backed_up.damage(key, 40)
    keys = backed_up.keys("/archives/")
    with pytest.raises(RefusedError, match="has archives of fresh, and no other backup of node node-a has good ones"):
        backed_up.run("prune", keep_last=1, delete_unreadable=["20260106T000000Z"])
    assert backed_up.keys("/archives/") == keys
    backed_up.run("back_up", backup_id="20260107T000000Z")
    assert backed_up.run("prune", keep_last=1, delete_unreadable=["20260106T000000Z"])["ok"]
    assert ids(backed_up) == ["20260107T000000Z"]


def test_archives_that_a_lifecycle_took_protect_nothing(backed_up):
    for key in backed_up.keys(f"archives/node-a/{IDS[4]}"):
        backed_up.delete_object(key)
    report = backed_up.run("prune", keep_last=1)
    assert ids(backed_up) == [IDS[3]] and report["kept"][0]["reasons"] == ["keep_last", "last good backup"]


def test_the_program(program, backed_up):
    words = ("prune", "--keep-last", "1", "--keep-daily", "3", "--prices", "STANDARD=0.023")
    keys = backed_up.keys()
    out, dummy = program(*words)
    for text in (
        f"{IDS[4]}  node-a",
        "keep_last, keep_daily, last good backup",
        "no rule keeps it",
        "1 manifest, 2 archives",
        "Cost of one month: 0.00 before, 0.00 after.",
    ):
        assert text in out, out
    assert "2 snapshots on the node" in out and backed_up.keys() == keys
    again = next(line for line in out.splitlines() if line.startswith("Nothing was deleted."))
    typed = shlex.split(again.partition("To delete: ")[2])
    assert typed == ["qdrant-backup", *words, "--apply"]
    assert program("pin", IDS[0], "--reason", "audit")[0] == f"Backup {IDS[0]} is pinned: prune keeps it.\n"
    out, dummy = program(*typed[1:])
    assert "DELETED" in out and "Deleted: 1 backup" in out and ids(backed_up) == [*IDS[:1:-1], IDS[0]]
    assert program(*typed[1:])[0].endswith("Deleted: 0 backups, 0 bytes.\n")
    pinned = {one["backup_id"]: one["reasons"] for one in program.json(*words)["kept"]}
    assert pinned[IDS[0]] == ["pinned"]
    assert program("unpin", IDS[0])[0] == f"Backup {IDS[0]} is not pinned.\n"
    assert program("unpin", IDS[0])[0] == f"Backup {IDS[0]} is not pinned, as before.\n"
    assert program.json(*words, "--apply")["changed"] and ids(backed_up) == IDS[:1:-1]


def test_a_pin_is_planned_before_it_is_set(program, backed_up):
    keys = backed_up.keys()
    out, dummy = program("pin", IDS[0], "--check")
    assert out.startswith(f"pin backup {IDS[0]} of cluster search in s3://") and f"  pin {IDS[0]}" in out
    assert program.json("pin", "--dry-run")["changed"] and backed_up.keys() == keys
    assert "nothing to do" in program("unpin", IDS[0], "--check")[0]
    program("pin", IDS[0])
    assert f"  unpin {IDS[0]}" in program("unpin", IDS[0], "--check")[0] and backed_up.keys("/pins/")
    assert "nothing to do" in program("pin", IDS[0], "--check")[0]


def test_the_newest_backup_to_pin_is_that_of_the_node(program, backed_up):
    later = backed_up.run("back_up", node="node-b", backup_id="20260109T000000Z")["backup_id"]
    assert program.json("pin")["backup_id"] == IDS[-1]
    assert program.json("pin", "--node", "node-b")["backup_id"] == later
    assert program.json("unpin")["backup_id"] == IDS[-1]
    assert backed_up.run("pin", node=None, check=True)["backup_id"] == later
    assert not program.json("unpin", IDS[0], "--node", "node-b")["changed"]


def test_the_program_says_what_is_wrong(program, backed_up):
    keys = backed_up.keys()
    for words, code, said in (
        (("prune",), 2, "No rule says which backups to keep"),
        (("prune", "--keep-last", "-1"), 2, "keep_last is -1"),
        (("prune", "--keep-last", "x"), 2, "expected a whole number"),
        (("prune", "--keep-within", "soon"), 2, "is not a duration"),
        (("prune", "--keep-last", "1", "--check", "--apply"), 2, "mutually exclusive"),
        (("prune", "--keep-last", "1", "--forget", "articles"), 3, "is in the newest backup of node-a"),
        (("pin", "yesterday"), 2, "is not a backup id"),
        (("pin", "20250101T000000Z"), 1, "there are 20260105T000000Z"),
        (("unpin", "yesterday"), 2, "is not a backup id"),
    ):
        dummy, err = program(*words, code=code)
        assert said in err, err
    with lock_of(backed_up):
        assert "a backup on" in program("prune", "--keep-last", "1", "--apply", code=4)[1]
    assert backed_up.keys() == keys


def test_the_settings_of_the_host(program, backed_up):
    """The timer and a prune by hand follow the same rules."""
    program.configure(keep_last=2, keep_within="1h", prices=["STANDARD=1"])
    assert [one["backup_id"] for one in program.json("prune")["removed"]] == IDS[:3]
    program.configure(keep_within="soon")
    assert "keep_within" in program("prune", code=2)[1]


def commands_of_the_guide():
    """The commands of the page about retention."""
    text = (ROOT / "docs" / "docsite" / "rst" / "guide_retention.rst").read_text(encoding="utf-8")
    return [shlex.split(line[5:]) for line in text.splitlines() if line.startswith("   $ ")]


def test_the_commands_of_the_guide(program, backed_up):
    backed_up.run("back_up", backup_id="20261122T190000Z")
    found = commands_of_the_guide()
    assert {words[1] for words in found} == {"prune", "pin", "unpin"} and len(found) > 6
    for words in found:
        assert words[0] == "qdrant-backup"
        program(*words[1:])
    assert len(ids(backed_up)) == 6, "seven are kept"


def play(task, **more):
    return [
        {
            "name": "Prune",
            "hosts": "node-a",
            "gather_facts": False,
            "tasks": [{"name": "Prune", "vectorops.qdrant.qdrant_backup_prune": task, **more}],
        }
    ]


@pytest.mark.oldest_controller
def test_the_module(backed_up, tmp_path):
    ansible = Ansible(tmp_path / "ansible", tuple(filter(None, backed_up.secrets().values())))
    known = backed_up.known()
    task = {
        name: value
        for name, value in {**known, **backed_up.secrets(), "keep_last": 2, "prices": ["STANDARD=0.02"]}.items()
        if value is not None and name not in ("spool_dir", "min_free")
    }
    planned = ansible.run(play(task, check_mode=True, diff=True), {})
    assert planned.code == 0, planned.output[-3000:]
    assert_documented(planned)
    result = planned["Prune"]
    assert result["changed"] and not result["applied"] and ids(backed_up) == IDS[::-1]
    assert f"{IDS[0]} of node-a" in result["diff"]["before"] and f"{IDS[0]} of node-a" not in result["diff"]["after"]
    done = ansible.run(play(task), {})
    assert done.code == 0 and done["Prune"]["changed"] and "diff" not in done["Prune"].values
    assert_documented(done)
    assert ids(backed_up) == IDS[:2:-1]
    again = ansible.run(play(task), {})
    assert again.code == 0 and not again["Prune"]["changed"]
    refused = ansible.run(play({key: value for key, value in task.items() if key != "keep_last"}), {})
    assert refused.code != 0 and "No rule says which backups to keep" in refused.output


KEYS = ("pruner", "made-up-secret-key-of-the-pruner")


def test_object_lock_and_versions_are_said(rig, aws):
    """On a server that knows them as AWS does."""
    client = client_of(aws, *KEYS)
    name = "b" + os.urandom(6).hex()
    client.create_bucket(Bucket=name, ObjectLockEnabledForBucket=True)
    more = {"bucket": name, "endpoint_url": aws, "access_key": KEYS[0], "secret_key": KEYS[1], "region": "us-east-1"}
    rig.fill("articles", 20)
    for backup_id in IDS:
        rig.run("back_up", backup_id=backup_id, **more)

    def keys(part):
        found = client.list_objects_v2(Bucket=name, Prefix=rig.prefix)["Contents"]
        return [one["Key"] for one in found if part in one["Key"]]

    until = datetime.datetime.now(datetime.timezone.utc).replace(microsecond=0) + datetime.timedelta(days=1)
    (archive,) = keys(f"archives/node-a/{IDS[0]}")
    client.put_object_retention(Bucket=name, Key=archive, Retention={"Mode": "GOVERNANCE", "RetainUntilDate": until})
    (manifest,) = keys(f"manifests/node-a/{IDS[1]}")
    client.put_object_legal_hold(Bucket=name, Key=manifest, LegalHold={"Status": "ON"})
    report = rig.run("prune", keep_last=1, **more)
    assert report["ok"] and [one["backup_id"] for one in report["removed"]] == IDS[2:4]
    reasons = {one["backup_id"]: one["reasons"] for one in report["kept"]}
    assert reasons[IDS[0]] == [f"Object Lock until {until.strftime('%Y-%m-%dT%H:%M:%SZ')}"]
    assert reasons[IDS[1]] == ["Object Lock: legal hold"]
    assert any("The bucket keeps versions" in text and "no such rule" in text for text in report["warnings"])
    assert json.dumps(report)
    assert not keys(IDS[2]) and keys(f"archives/node-a/{IDS[0]}") == [archive]
    rule = {
        "ID": "old",
        "Status": "Enabled",
        "Filter": {"Prefix": ""},
        "NoncurrentVersionExpiration": {"NoncurrentDays": 30},
    }
    client.put_bucket_lifecycle_configuration(Bucket=name, LifecycleConfiguration={"Rules": [rule]})
    rig.run("back_up", backup_id="20260106T000000Z", **more)
    report = rig.run("prune", check=True, keep_last=1, **more)
    assert any("for 30 days" in text for text in report["warnings"])

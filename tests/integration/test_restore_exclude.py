# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One archive of a backup cannot be restored: the refusal has the command that restores everything else."""

from __future__ import annotations

import os
import re
import shlex
import signal

import pytest
from ansible_collections.vectorops.qdrant.plugins.module_utils._base.errors import RefusedError, UsageError
from ansible_collections.vectorops.qdrant.tests.support.cluster_rig import ID, ClusterRig
from ansible_collections.vectorops.qdrant.tests.support.clusters import until
from ansible_collections.vectorops.qdrant.tests.support.program import CLONE, Program
from ansible_collections.vectorops.qdrant.tests.support.restore_runs import intents, killed_at

pytestmark = pytest.mark.integration

NAMES = ("articles", "notes", "tags")
OTHERS = ["articles", "tags"]


def archive(rig, name="notes"):
    (key,) = [key for key in rig.keys(f"/{name}/") if key.endswith(".snapshot")]
    return key


def lose(rig, name="notes"):
    """What a lifecycle rule does."""
    rig.delete_object(archive(rig, name))


def cut(rig, name="notes"):
    client, where = rig.s3.client(), {"Bucket": rig.s3.bucket, "Key": f"{rig.prefix}/{archive(rig, name)}"}
    data = client.get_object(**where)["Body"].read()
    client.put_object(**where, Body=data[:-512])


@pytest.fixture
def three(rig):
    """Three collections and their backup."""
    for count, name in enumerate(NAMES, 1):
        rig.fill(name, 20 * count)
    rig.run("back_up")
    return rig


@pytest.fixture
def program(three, tmp_path):
    folder = tmp_path / "program"
    folder.mkdir()
    found = Program(three, CLONE, folder)
    yield found
    found.no_secret_was_seen()


def command_of(said: str) -> list[str]:
    """The arguments of the command for the others, copied to the end of its line."""
    (line,) = re.findall(r"To restore the other .* [(]--exclude[)]: qdrant-backup (.*)", said)
    return shlex.split(line)


def restored(report):
    return sorted(item["name"] for item in report["collections"])


@pytest.mark.parametrize("damage", [lose, cut])
def test_the_command_of_the_refusal_restores_everything_else(program, three, damage):
    for name in NAMES:
        three.drop(name)
    damage(three)
    dummy, err = program("restore", "--restore-aliases", "--parallel", "2", "--no-record", code=3)
    words = command_of(err)
    assert three.collections() == [] and words[1:] == [
        *("--backup-id", words[2], "--restore-aliases", "--parallel", "2", "--no-record", "--exclude", "notes")
    ]
    assert command_of(program("restore", "--check", code=3)[1])[-2:] == ["--exclude", "notes"]
    document = program.json("restore", code=3)
    assert [one["collections"] for one in document["error"]["refusals"]] == [["notes"]]
    assert document["error"]["next"].endswith("--exclude notes")
    out, err = program(*words, "--check")
    assert "warning: 1 collection is excluded and not restored: notes." in err and three.collections() == []
    assert "recover tags" in out and "recover notes" not in out
    out, err = program(*words)
    assert "warning: 1 collection is excluded and not restored: notes." in err
    assert "2 collections are what was backed up" in out and "All" not in out
    assert "Excluded and not restored: notes. To see its backups: qdrant-backup list notes\n" in out
    assert three.collections() == OTHERS and (three.count("articles"), three.count("tags")) == (20, 60)
    program("list", "notes")


def test_the_report_tells_what_was_excluded(program, three, tmp_path):
    for name in OTHERS:
        three.drop(name)
    report = program.json("restore", "--mode", "missing", "--exclude", "no*", "--report", str(tmp_path / "r.md"))
    assert report["ok"] and report["changed"] and restored(report) == OTHERS
    assert report["excluded"] == ["notes"] and report["left_alone"] == [], "not even compared"
    assert "1 collection is excluded and not restored: notes." in report["warnings"]
    page = (tmp_path / "r.md").read_text(encoding="utf-8")
    assert "1 collection was excluded." in page and "Excluded, and not restored" in page
    report = program.json("restore", "--check", "--mode", "missing", "--exclude", "no*")
    assert report["excluded"] == ["notes"] and not report["changed"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--exclude", "note"], "exclude: note matches no collection that would be restored from backup "),
        (["tags", "--exclude", "notes"], "exclude: notes matches no collection that would be restored from backup "),
        (["--exclude", "*"], "exclude leaves nothing to restore of backup "),
        (["notes", "--exclude", "notes"], "notes is excluded. Exclude fewer collections."),
        (["--exclude", ""], "--exclude is empty"),
        (["--exclude", "notes", "--snapshot", "a.snapshot"], "exclude goes with a backup, and snapshot is one archive"),
        (["--exclude", "notes", "--roll-back", "live"], "exclude goes with a restore of collections, and roll_back is"),
        (["notes", "--exclude", "notes", "--points", "missing"], "exclude goes with a restore of collections, and poi"),
    ],
)
def test_an_exclude_that_is_a_mistake_is_wrong_usage(program, words, said):
    assert said in program("restore", *words, code=2)[1]


@pytest.mark.parametrize("mode", ["new", "missing", "replace", "switch"])
def test_every_mode(three, mode):
    gone = mode in ("new", "missing")
    for name in NAMES:
        if gone:
            three.drop(name)
        else:
            alias = {"create_alias": {"collection_name": name, "alias_name": f"live-{name}"}}
            three.node.call("POST", "/collections/aliases", {"actions": [alias]})
    lose(three)
    with pytest.raises(RefusedError) as caught:
        three.run("restore", mode=mode)
    assert caught.value.next.endswith(" --exclude notes") and f"--mode {mode}" in f"--mode new {caught.value.next}"
    assert f"--bucket {three.s3.bucket}" in caught.value.next, "a module's options are kept too"
    report = three.run("restore", mode=mode, exclude=["notes"])
    assert report["ok"] and report["excluded"] == ["notes"]
    assert sorted(item["collection"] for item in report["collections"]) == OTHERS
    assert ("notes" in three.collections()) is not gone
    assert not [name for name in three.collections() if name.startswith("notes__")]


def test_a_folder_as_repository(three, tmp_path):
    place = {"bucket": None, "path": str(tmp_path / "repository")}
    three.run("back_up", **place)
    for name in NAMES:
        three.drop(name)
    for folder, dummy, files in os.walk(place["path"]):
        for file in files:
            if "/notes" in folder and file.endswith(".snapshot"):
                os.truncate(os.path.join(folder, file), 100)
    with pytest.raises(RefusedError) as caught:
        three.run("restore", **place)
    assert f"--path {place['path']}" in caught.value.next and caught.value.next.endswith(" --exclude notes")
    assert restored(three.run("restore", exclude=["notes"], **place)) == OTHERS


def test_the_same_command_goes_on_after_a_kill(three):
    for name in NAMES:
        three.drop(name)
    lose(three)
    given = {"exclude": ["notes"], "parallel": 1}
    assert killed_at(three, "wait until ready", times=2, **given)[0] == -signal.SIGKILL
    (note,) = intents(three)
    assert note.collection == "tags" and "--exclude" not in note.again(), "a note's command is of one collection"
    report = three.run("restore", **given)
    assert report["ok"] and report["excluded"] == ["notes"] and restored(report) == OTHERS
    assert three.collections() == OTHERS and intents(three) == []


def test_the_command_of_a_note_restores_that_collection(program, three):
    for name in NAMES:
        three.drop(name)
    assert killed_at(three, "wait until ready", exclude=["notes"], parallel=1)[0] == -signal.SIGKILL
    (note,) = intents(three)
    program(*shlex.split(note.again())[1:])
    assert three.collections() == ["articles"] and three.count("articles") == 20


def test_the_command_for_what_was_not_started_is_not_refused(program, three):
    for name in NAMES:
        three.drop(name)
    three.damage(archive(three, "articles"))
    out, dummy = program("restore", "--exclude", "notes", "--parallel", "1", code=1)
    (line,) = re.findall(r"Not started: tags. To restore it: qdrant-backup (.*)", out)
    assert "--exclude" not in line and "Excluded and not restored: notes." in out
    program(*shlex.split(line))
    assert three.collections() == ["tags"]


@pytest.mark.cluster
def test_all_nodes_of_a_cluster(cluster_rig: ClusterRig):
    rig = cluster_rig
    for name in NAMES:
        rig.fill(name, 60, replication_factor=1)
        action = {"delete_alias": {"alias_name": "live"}}
        rig.cluster.call(0, "POST", "/collections/aliases", {"actions": [action]})
    rig.back_up()
    for name in NAMES:
        rig.cluster.call(0, "DELETE", f"/collections/{name}")
    until(lambda: not any(rig.cluster.names(number) for number in rig.cluster.living()), "they are gone everywhere")
    lost = next(path for path in sorted(rig.repository.rglob("*.snapshot")) if "/notes/" in str(path))
    lost.unlink()
    nodes = dict(zip(rig.nodes, rig.cluster.urls))
    with pytest.raises(RefusedError) as caught:
        rig.run(0, "restore", nodes=nodes, backup_id=ID)
    line = caught.value.next.rpartition(": ")[2]
    assert line.endswith(" --exclude notes") and all(f"--node-url {name}={url}" in line for name, url in nodes.items())
    report = rig.run(0, "restore", nodes=nodes, backup_id=ID, exclude=["notes"])
    assert report["ok"] and report["excluded"] == ["notes"] and restored(report) == OTHERS
    assert rig.cluster.names(0) == OTHERS and rig.cluster.count(1, "tags") == 60
    with pytest.raises(UsageError, match="exclude: note matches no collection"):
        rig.run(0, "restore", nodes=nodes, backup_id=ID, exclude=["note"])
    again = rig.run(0, "restore", nodes=nodes, backup_id=ID, mode="missing", exclude=["notes"], check=True)
    assert not again["changed"] and again["excluded"] == ["notes"]

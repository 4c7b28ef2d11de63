# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Back up, look, verify, restore: by the engine and by the program, on every store."""

from __future__ import annotations

import pytest
from ansible_collections.vectorops.qdrant.tests.support.rig import Rig

pytestmark = pytest.mark.integration
FIRST, SECOND, THIRD = (f"202601{day:02}T000000Z" for day in (1, 2, 3))


def weaker(texts: list[str]) -> list[str]:
    """Sentences that tell of a lock that is only read back."""
    return [text for text in texts if "conditional writes" in text]


def round_trip(rig: Rig, **more: object) -> list[str]:
    """Everything once; the warnings of the first backup."""
    rig.fill("articles", 200)
    rig.fill("notes", 30)
    before = rig.contents()
    first = rig.run("back_up", backup_id=FIRST, snapshots_dir=rig.node.seen_snapshots_dir, **more)
    assert first["ok"] and first["committed"] and len(first["collections"]) == 2
    again = rig.run("back_up", backup_id=SECOND, **more)
    assert again["ok"] and all(item["copied_from"] for item in again["collections"]), again["collections"]
    same = rig.run("back_up", backup_id=SECOND, **more)
    assert same["ok"] and not same["changed"], "the second run of an id changes nothing"
    for completeness in (False, True):
        listed = rig.run("list_backups", completeness=completeness, **more)
        assert [one["backup_id"] for one in listed["backups"]] == [SECOND, FIRST] and not listed["unreadable"]
    assert all(one["complete"] for one in listed["backups"])
    proven = rig.run("verify", all_backups=True, **more)
    assert proven["ok"] and [one["grade"] for one in proven["backups"]] == [1, 1]
    assert all(one["proof_key"] for one in proven["backups"]), "the proofs are recorded"
    rig.drop()
    restored = rig.run("restore", collections=["articles"], delivery="url", **more)
    (item,) = restored["collections"]
    assert restored["ok"] and item["proven"] and item["delivery"] == "url", "by a presigned URL"
    assert rig.contents() == before
    rig.fill("articles", 20, first=1001)
    replaced = rig.run("restore", collections=["articles"], mode="replace", accept_write_loss=True, **more)
    assert replaced["ok"] and replaced["collections"][0]["proven"] and rig.contents() == before
    assert rig.run("restore", collections=["notes"], name="copy", delivery="upload", **more)["ok"]
    assert rig.count("copy") == 30
    assert rig.run("status", **more)["last"]["backup_id"] == SECOND
    return list(first["warnings"])


def test_the_engine(rig, promise):
    warnings = round_trip(rig)
    assert bool(weaker(warnings)) != promise.locks, warnings


def test_a_versioned_bucket(rig, store, promise):
    if promise.locks_versioned is None:
        pytest.skip("this store has no versions")
    client = store.client()
    bucket = f"versioned-{store.name}"
    client.create_bucket(Bucket=bucket)
    client.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    warnings = round_trip(rig, bucket=bucket)
    assert bool(weaker(warnings)) != promise.locks_versioned, warnings


def test_the_program(program, rig, promise):
    rig.fill("articles", 100)
    before = rig.contents()
    assert program.json("run", "--check")["changed"] and rig.keys() == []
    out, err = program("run", "--backup-id", FIRST)
    assert "is committed: 1 collection" in out and bool(weaker([err])) != promise.locks, err
    program("run", "--backup-id", SECOND)
    assert len(program.json("list")["backups"]) == 2
    assert all(one["complete"] for one in program.json("list", "--completeness")["backups"])
    assert "all good" in program("verify")[0]
    rig.drop()
    assert program.json("restore", "articles")["collections"][0]["proven"] and rig.contents() == before
    rig.fill("articles", 5, first=1001)
    program("restore", "articles", "--mode", "replace", "--accept-write-loss")
    assert rig.contents() == before
    assert program.json("status")["last"]["backup_id"] == SECOND


def test_who_may_only_read_can_list_verify_and_restore(rig, store):
    """On a bad night a lock or a proof that cannot be written is a warning."""
    if store.reader is None:
        pytest.skip("this store has no rights")
    rig.fill("articles", 100)
    before = rig.contents()
    rig.run("back_up")
    rig.drop()
    keys = {"access_key": store.reader.access_key, "secret_key": store.reader.secret_key}
    reader = {**keys, "endpoint_url": store.reader.url or store.url}
    held = rig.keys()
    assert rig.run("list_backups", completeness=True, **reader)["backups"][0]["complete"]
    verified = rig.run("verify", **reader)
    assert verified["ok"] and verified["backups"][0]["ok"] and verified["warnings"]
    restored = rig.run("restore", **reader)
    assert restored["ok"] and restored["collections"][0]["proven"] and restored["warnings"]
    assert rig.contents() == before and rig.keys() == held

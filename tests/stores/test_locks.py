# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Two runs at once, on every store: one holds the lock, or the weaker promise is said and nobody harms the other."""

from __future__ import annotations

import threading

import pytest
from ansible_collections.vectorops.qdrant.plugins.module_utils._base.errors import LockedError
from ansible_collections.vectorops.qdrant.plugins.module_utils._repository.errors import StoreError

pytestmark = pytest.mark.integration
FIRST, SECOND, THIRD = (f"202601{day:02}T000000Z" for day in (1, 2, 3))


def host(rig, name):
    """Another host that backs the same node up: a state folder of its own."""
    return {"state_dir": str(rig.directory / name / "state"), "spool_dir": str(rig.directory / name / "spool")}


def test_a_second_run_is_refused_while_the_first_works(rig):
    rig.fill("articles", 100)
    refused = []

    def meanwhile(event):
        if event.step == "upload" and not refused:
            with pytest.raises(LockedError) as caught:
                rig.run("back_up", backup_id=SECOND, **host(rig, "b"))
            refused.append(str(caught.value))

    assert rig.run("back_up", backup_id=FIRST, progress=meanwhile, **host(rig, "a"))["ok"]
    assert refused and "works on it until" in refused[0]
    assert rig.run("back_up", backup_id=THIRD, **host(rig, "b"))["ok"], "the lock was given back"
    assert [one["backup_id"] for one in rig.run("list_backups")["backups"]] == [THIRD, FIRST]


@pytest.mark.parametrize("round_number", range(3))
def test_two_runs_in_the_same_moment(rig, promise, round_number):
    """Exactly one takes the lock. Where the store keeps no conditions both may, which is said, and both are whole."""
    names = {"a": "articles", "b": "notes"}  # the node gives two snapshots of one second the same name
    for collection in names.values():
        rig.fill(collection, 100)
    barrier = threading.Barrier(2)
    found = {}

    def run(name, backup_id):
        def wait(event):
            if event.step == "lock":
                barrier.wait(30)

        try:
            found[name] = rig.run(
                "back_up", backup_id=backup_id, collections=[names[name]], progress=wait, **host(rig, name)
            )
        except LockedError as error:
            found[name] = error

    threads = [threading.Thread(target=run, args=pair) for pair in (("a", FIRST), ("b", SECOND))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    reports = [one for one in found.values() if isinstance(one, dict)]
    assert len(found) == 2 and reports
    if promise.locks:
        assert len(reports) == 1, found
    for report in reports:
        assert report["ok"]
        assert promise.locks or any("conditional writes" in text for text in report["warnings"])
    assert rig.run("verify", all_backups=True)["ok"]
    assert len(rig.run("list_backups", completeness=True)["backups"]) == len(reports)


def test_young_uploads_of_others_stay_where_the_lock_is_weak(rig, store, promise):
    """An upload below the node's archives is dead where the lock holds for certain, and another run's where not."""
    rig.fill("articles", 50)
    rig.run("back_up", backup_id=FIRST)
    archive = rig.keys("/archives/")[0]
    key = f"{rig.prefix}/{archive}-of-another-run"
    client = store.client()
    upload = client.create_multipart_upload(Bucket=store.bucket, Key=key)["UploadId"]
    report = rig.run("back_up", backup_id=SECOND)
    assert report["ok"]
    left = client.list_multipart_uploads(Bucket=store.bucket).get("Uploads") or []
    assert (key in [one["Key"] for one in left]) != promise.locks
    if not promise.locks:
        client.abort_multipart_upload(Bucket=store.bucket, Key=key, UploadId=upload)


def test_conditional_writes_that_are_required(rig, promise):
    """The option refuses a store that keeps no conditions, with a sentence that names it."""
    rig.fill("articles", 20)
    if promise.locks:
        assert rig.run("back_up", conditional_writes="require")["ok"]
        return
    with pytest.raises(StoreError, match="conditional_writes"):
        rig.run("back_up", conditional_writes="require")
    assert not rig.keys("/manifests/")

# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a restore needs of the node's disks, and which disks are seen."""

from __future__ import annotations

import dataclasses

import pytest
from ansible_collections.vectorops.qdrant.plugins.module_utils._restore.facts import _free
from ansible_collections.vectorops.qdrant.plugins.module_utils._restore.overview import (
    IN_FLIGHT,
    WAL_BYTES,
    Need,
    in_flight,
    need,
    space_refusals,
)
from ansible_collections.vectorops.qdrant.plugins.module_utils._restore.task import make_tasks
from ansible_collections.vectorops.qdrant.plugins.module_utils._restore.values import RestoreOptions, Target
from ansible_collections.vectorops.qdrant.tests.unit.restore.test_restore_plan import (
    LEFT,
    REPLACE,
    SOURCE,
    TAKEN,
    TARGET,
    facts,
)

BIG = dataclasses.replace(SOURCE, bytes=1000, largest_segment=400)
UPLOAD, FILE = RestoreOptions(delivery="upload"), RestoreOptions(delivery="file")


@pytest.mark.parametrize(
    "expected, pairs, options",
    [
        (Need(WAL_BYTES + 1400, 0), [(BIG, TARGET)], RestoreOptions()),
        (Need(WAL_BYTES + 1400, 1000), [(BIG, TARGET)], UPLOAD),
        (Need(WAL_BYTES + 1400, 1000), [(BIG, TARGET)], FILE),
        (Need(WAL_BYTES + 1400, 1000), [(BIG, TAKEN)], REPLACE),
        (Need(WAL_BYTES + 1400, 1000), [(BIG, LEFT)], RestoreOptions()),
        (Need(WAL_BYTES + 1400, 2000), [(BIG, TAKEN)], dataclasses.replace(REPLACE, delivery="upload")),
        (Need(2 * WAL_BYTES + 2400, 1000), [(BIG, TARGET), (BIG, Target("other"))], UPLOAD),
    ],
    ids=["by url", "upload", "file", "safety", "leftover", "safety and upload", "copies one after another"],
)
def test_what_is_needed(expected, pairs, options):
    assert need(make_tasks(facts(pairs=tuple(pairs), can_place_file=True), options)) == expected


@pytest.mark.parametrize(
    "where, storage, snapshots, one_disk",
    [
        ("storage folder", 1 << 20, 1 << 40, False),
        ("snapshots folder", 1 << 40, 1 << 20, False),
        ("are free;", 1 << 20, 1 << 20, True),
        ("are free;", 1 << 20, None, True),
        ("are free;", None, 1 << 20, True),
        ("", 1 << 40, 1 << 40, False),
        ("", None, None, True),
    ],
)
def test_the_disk_that_would_be_too_full_is_named(where, storage, snapshots, one_disk):
    given = facts(storage_free_bytes=storage, free_bytes=snapshots, one_disk=one_disk)
    said = [refusal.message for refusal in space_refusals(given, UPLOAD, make_tasks(given, UPLOAD))]
    assert len(said) == bool(where) and where in "".join(said)


def test_the_storage_is_looked_for_beside_the_snapshots(tmp_path):
    (tmp_path / "snapshots").mkdir()
    options = RestoreOptions(snapshots_dir=str(tmp_path / "snapshots"))
    assert _free(options)["storage_free_bytes"] is None and _free(options)["free_bytes"]
    (tmp_path / "storage").mkdir()
    assert _free(options)["storage_free_bytes"] and _free(options)["one_disk"]
    (tmp_path / "storage").chmod(0)  # what systemd puts over a folder that a unit must not see
    assert _free(options)["storage_free_bytes"] is None
    (tmp_path / "storage").chmod(0o700)
    assert _free(RestoreOptions()) == {"free_bytes": None, "storage_free_bytes": None, "one_disk": True}


@pytest.mark.parametrize(
    "expected, free",
    [(IN_FLIGHT, 1 << 40), (IN_FLIGHT, None), (500, WAL_BYTES + 1000 + (1 << 30) + 1000), (0, 1 << 30)],
    ids=["room", "unseen", "little", "none"],
)
def test_archives_lie_side_by_side_only_as_far_as_there_is_room(expected, free):
    given = facts(pairs=((BIG, TARGET),), free_bytes=free)
    assert in_flight(given, RestoreOptions(), make_tasks(given, RestoreOptions())) == expected

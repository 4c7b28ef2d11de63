# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Parts by a few threads: every part once, the first failure stops all, silence has a deadline."""

from __future__ import annotations

import threading
import time

import pytest
from ansible_collections.vectorops.qdrant.plugins.module_utils._base.progress import silent
from ansible_collections.vectorops.qdrant.plugins.module_utils._repository.errors import StoreError
from ansible_collections.vectorops.qdrant.plugins.module_utils._repository.parallel import Slice, Transfer


def test_every_part_is_done_once_and_progress_ends_at_the_total():
    told, done = [], []
    transfer = Transfer("upload", "x", 70, 5, told.append)

    def work(part):
        done.append(part)
        transfer.moved(part, 10)

    transfer.run(7, work, 3)
    assert sorted(done) == list(range(7))
    assert (told[-1].done, told[-1].total) == (70, 70)


def test_the_first_failure_stops_the_others_and_is_the_one_that_is_raised():
    transfer = Transfer("upload", "x", 10, 60, silent)
    turns, other_is_at_work = [], threading.Event()

    def work(part):
        if part == 0:
            other_is_at_work.wait(60)
            raise ZeroDivisionError("the first")
        while True:
            other_is_at_work.set()
            transfer.moved(part, 1)
            turns.append(part)
            time.sleep(0.01)

    started = time.monotonic()
    with pytest.raises(ZeroDivisionError, match="the first"):
        transfer.run(4, work, 2)
    assert time.monotonic() - started < 30, "the other thread was not told to stop"
    count = len(turns)
    time.sleep(0.1)
    assert len(turns) == count
    assert set(turns) == {1}, "new parts were begun after the failure"


def test_silence_has_a_deadline_and_slowness_has_none():
    slow = Transfer("upload", "x", 3, 0.5, silent)
    slow.run(3, lambda part: (time.sleep(0.3), slow.moved(part, 1)), 1)
    dead = Transfer("upload", "x", 1, 0.5, silent)
    release = threading.Event()
    with pytest.raises(StoreError) as caught:
        dead.run(1, lambda part: release.wait(3), 1)
    release.set()
    assert caught.value.kind == "stalled"


def test_a_slice_is_its_part_of_the_file(tmp_path):
    path = tmp_path / "file"
    path.write_bytes(bytes(range(256)) * 4096)
    transfer = Transfer("upload", "x", 1, 5, silent)
    with open(path, "rb") as handle:
        part = Slice(handle.fileno(), 300, 600_000, transfer, 0)
        assert len(part) == 600_000
        data = b"".join(iter(lambda: part.read(8192), b""))
        assert data == path.read_bytes()[300:600_300]
        assert part.tell() == 600_000
        assert part.seek(0) == 0
        assert part.read(10)[:10] == data[:10]
        assert part.seek(0, 2) == 600_000

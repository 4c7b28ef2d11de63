# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Small jobs side by side, a large one alone, and nothing new after a failure."""

from __future__ import annotations

import threading
import time

import pytest
from ansible_collections.vectorops.qdrant.plugins.module_utils._restore.side_by_side import SideBySide


class Watched:
    """Work that notes which jobs are under way together."""

    def __init__(self, seconds=0.02):
        self.flying, self.together, self.begun = set(), [], []
        self.lock, self.seconds = threading.Lock(), seconds

    def __call__(self, job):
        with self.lock:
            self.begun.append(job)
            self.flying.add(job)
            self.together.append(set(self.flying))
        time.sleep(self.seconds)
        with self.lock:
            self.flying.discard(job)
        return job


def run(work, jobs, good=lambda job: True, parallel=4, room=10):
    return SideBySide(work, lambda job: job[1], good, parallel=parallel, room=room).run(jobs)


def test_results_come_in_order_however_long_each_takes():
    jobs = [(number, 1) for number in range(20)]
    seen = []

    def work(job):
        time.sleep(0.02 if job[0] % 3 == 0 else 0)
        seen.append(job)
        return job

    assert run(work, jobs) == jobs and seen != jobs


def test_no_more_at_once_than_wanted():
    work = Watched()
    jobs = [(number, 1) for number in range(12)]
    assert run(work, jobs) == jobs
    assert max(map(len, work.together)) == 4


def test_a_large_one_goes_alone():
    work = Watched()
    jobs = [(0, 1), (1, 1), (2, 11), (3, 1), (4, 1)]
    assert run(work, jobs) == jobs
    assert [group for group in work.together if (2, 11) in group] == [{(2, 11)}]
    assert max(map(len, work.together)) == 2


def test_a_failure_ends_what_is_under_way_and_begins_nothing():
    work = Watched()
    results = run(work, [(number, 1) for number in range(50)], good=lambda job: job[0] != 2)
    assert results == [(number, 1) for number in range(len(results))] and 3 <= len(results) < 50
    assert len(work.begun) == len(results)


@pytest.mark.parametrize("parallel", [1, 3])
def test_what_a_job_raises_is_raised(parallel):
    def work(job):
        raise KeyboardInterrupt(job)

    with pytest.raises(KeyboardInterrupt):
        run(work, [(0, 1), (1, 1)], parallel=parallel)


def test_one_by_one_the_first_failure_is_the_end():
    work = Watched()
    assert run(work, [(0, 1), (1, 1), (2, 1)], good=lambda job: job[0] != 1, parallel=1) == [(0, 1), (1, 1)]
    assert work.begun == [(0, 1), (1, 1)]

# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a new user copies: the ten lines of the README, on three hosts."""

from __future__ import annotations

import pytest
from ansible_collections.vectorops.qdrant.tests.hosts import server
from ansible_collections.vectorops.qdrant.tests.hosts.three import NAMES, PROVISION, bring_up, lines


@pytest.fixture(scope="module")
def three(new_machine, attach_role, controller, store, folder):
    return bring_up("stu", "ten-lines", new_machine, attach_role, controller, store, folder)


def test_there_are_few_lines_and_they_are_the_guides():
    block = lines("README.md", "qdrant:\n")
    assert len(block.splitlines()) == 10
    guide = lines("docs/docsite/rst/guide_provision.rst", "qdrant:\n")
    assert [line.partition(" #")[0].rstrip() for line in block.splitlines()] == [
        line.partition(" #")[0].rstrip() for line in guide.splitlines()
    ]


def test_three_hosts_by_the_lines_of_the_readme(three):
    first = three.play(PROVISION)
    assert server.KEY not in first.text
    again = three.play(PROVISION)
    assert again.changed() == 0 and set(again.counts) == set(NAMES), again.text
    for machine in three.machines.values():
        server.fill(machine)
        assert "qdrant-backup.timer" in machine.run("systemctl list-timers --no-legend 'qdrant-backup*'")
    out = three.play("vectorops.qdrant.rollout")
    assert "complete 3/3" in out.text
    assert {name: len(ids) for name, ids in three.kept().items()} == dict.fromkeys(NAMES, 1), "the inventory's names"

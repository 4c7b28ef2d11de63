# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a backup does where another server has backed up under the node's name, by tables."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest
from ansible_collections.vectorops.qdrant.plugins.module_utils._backup.plan import make_plan
from ansible_collections.vectorops.qdrant.plugins.module_utils._backup.values import RepositoryFacts
from ansible_collections.vectorops.qdrant.plugins.module_utils._repository.manifest import EarlierServer, ServersEntry
from ansible_collections.vectorops.qdrant.tests.unit.backup.make import BACKUP_ID, BEFORE, node_facts, options

HERE, OTHER = 11, 99  # the node of the tables is peer 11
EARLY = "20261101T000000Z"
MINE = EarlierServer(HERE, EARLY, EARLY)
THEIRS = EarlierServer(OTHER, BEFORE, BEFORE)


@pytest.mark.parametrize(
    ("servers", "more", "refused", "warned", "record"),
    [
        pytest.param((), {}, False, "", ServersEntry(BACKUP_ID), id="the first backup"),
        pytest.param((MINE,), {}, False, "", ServersEntry(EARLY), id="the same server"),
        pytest.param(
            (THEIRS,), {}, False, f"peer {OTHER} ({BEFORE})", ServersEntry(BACKUP_ID, False, (THEIRS,)), id="rebuilt"
        ),
        pytest.param(
            (THEIRS,),
            {"accept_new_server": True},
            False,
            "",
            ServersEntry(BACKUP_ID, True, (THEIRS,)),
            id="rebuilt, and accepted",
        ),
        pytest.param((MINE, THEIRS), {}, True, "", None, id="it comes back"),
        pytest.param(
            (MINE, THEIRS),
            {"accept_new_server": True},
            False,
            "",
            ServersEntry(BACKUP_ID, True, (MINE, THEIRS)),
            id="it comes back, and is accepted",
        ),
        pytest.param((THEIRS, MINE, dataclasses.replace(THEIRS, since=BEFORE)), {}, True, "", None, id="in turns"),
    ],
)
def test_the_plan(
    servers: tuple[EarlierServer, ...], more: dict[str, Any], refused: bool, warned: str, record: ServersEntry | None
) -> None:
    plan = make_plan(options(**more), node_facts("a"), RepositoryFacts(servers=servers))
    assert [refusal.code for refusal in plan.plan.refusals] == (["two_servers"] if refused else [])
    for refusal in plan.plan.refusals:
        assert str(HERE) in refusal.message and str(OTHER) in refusal.message and BEFORE in refusal.message
        assert "qdrant-backup run --accept-new-server" in refusal.next and "its own node name" in refusal.next
    found = [text for text in plan.plan.warnings if "server" in text]
    assert [warned in text for text in found] == ([True] if warned else [])
    assert record is None or plan.servers == record


@pytest.mark.parametrize(("noted", "refused"), [(None, False), (HERE, True), (OTHER, False)])
def test_an_empty_node_is_the_server_that_was_noted(noted: int | None, refused: bool) -> None:
    facts = node_facts(noted_server=noted)
    assert facts.peer_id is None
    plan = make_plan(options(), facts, RepositoryFacts(servers=(MINE, THEIRS)))
    assert [refusal.code for refusal in plan.plan.refusals] == (["two_servers"] if refused else [])
    assert plan.servers == ServersEntry(None, False, (MINE, THEIRS)), "what was not seen is not recorded"


@pytest.mark.parametrize(
    ("peer", "until", "refused"),
    [
        pytest.param(HERE, BACKUP_ID, False, id="its own"),
        pytest.param(OTHER, BACKUP_ID, True, id="another server's"),
        pytest.param(OTHER, BEFORE, False, id="of an empty node, after another server's"),
    ],
)
def test_an_id_that_another_server_committed(peer: int, until: str, refused: bool) -> None:
    servers = (EarlierServer(peer, EARLY, until),)
    known = RepositoryFacts(committed=True, held=("a",), servers=servers)
    plan = make_plan(options(), node_facts("a"), known).plan
    assert [refusal.code for refusal in plan.refusals] == (["two_servers"] if refused else [])
    for refusal in plan.refusals:
        assert str(HERE) in refusal.message and str(OTHER) in refusal.message and "--slot 0" in refusal.next

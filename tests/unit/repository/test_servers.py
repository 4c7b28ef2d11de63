# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which servers back up under one node name, by tables: backups in order, the server at hand, the verdict."""

from __future__ import annotations

import dataclasses

import pytest
from ansible_collections.vectorops.qdrant.plugins.module_utils._repository import servers
from ansible_collections.vectorops.qdrant.plugins.module_utils._repository.manifest import EarlierServer, NodeEntry
from ansible_collections.vectorops.qdrant.tests.unit.repository.make_manifest import manifest

A, B, C = 111, 222, 333
PEERS = {"A": A, "B": B, "C": C, "-": None}


def backup_id(number):
    return f"202611{number:02d}T000000Z"


def plain(word, first=1):
    """Manifests without a history, newest first: one a letter, ``-`` for one that tells no server."""
    made = [
        dataclasses.replace(manifest(backup_id=backup_id(number)), node=NodeEntry("node-a", PEERS[letter], "1.18.3"))
        for number, letter in enumerate(word, first)
    ]
    return made[::-1]


def written(word):
    """Manifests as runs write them one after the other, newest first: each knows the one before. A letter in small is a
    run with accept_new_server."""
    made = []
    for number, letter in enumerate(word, 1):
        peer = PEERS[letter.upper()]
        verdict = servers.judge(servers.history_of(made), peer)
        record = servers.recorded(verdict, backup_id(number), peer, letter.islower())
        node = NodeEntry("node-a", peer, "1.18.3", record)
        made.insert(0, dataclasses.replace(manifest(backup_id=backup_id(number)), node=node))
    return made


def spans(history):
    names = {peer: letter for letter, peer in PEERS.items()}
    return " ".join(f"{names[one.peer_id]}{int(one.since[6:8])}-{int(one.until[6:8])}" for one in history)


STORIES = [
    ("", "A", "first"),
    ("", "-", "unseen"),
    ("A", "A", "same"),
    ("AAA", "A", "same"),
    ("A", "B", "rebuilt"),
    ("AAAB", "B", "same"),
    ("AAAB", "A", "back"),
    ("AAABB", "C", "rebuilt"),
    ("AABBC", "A", "back"),
    ("AABBC", "B", "back"),
    ("ABA", "A", "alternating"),
    ("ABA", "B", "alternating"),
    ("ABA", "C", "alternating"),
    ("ABA", "-", "alternating"),
    ("A", "-", "unseen"),
    ("-", "A", "first"),
    ("A-", "A", "same"),
    ("A-", "B", "rebuilt"),
    ("AB-", "A", "back"),
    ("A-A", "A", "same"),
]


@pytest.mark.parametrize("make", [plain, written])
@pytest.mark.parametrize(("word", "here", "state"), STORIES)
def test_the_verdict(make, word, here, state):
    found = servers.judge(servers.history_of(make(word)), PEERS[here])
    assert found.state == state
    if word.strip("-"):
        assert found.last.peer_id == PEERS[word.strip("-")[-1]]


@pytest.mark.parametrize(
    ("word", "here", "state"),
    [
        pytest.param("ABa", "A", "same", id="accepted"),
        pytest.param("ABaA", "A", "same", id="and goes on"),
        pytest.param("ABaA", "B", "back", id="the other one is refused from then on"),
        pytest.param("ABaA", "C", "rebuilt", id="and may be rebuilt"),
        pytest.param("ABaAb", "B", "same", id="the other way round"),
        pytest.param("Ab", "B", "same", id="a rebuilt host that is accepted"),
    ],
)
def test_what_an_operator_accepts_is_settled(word, here, state):
    assert servers.judge(servers.history_of(written(word)), PEERS[here]).state == state


def test_servers_that_take_turns_are_settled_by_one_accepted_run():
    mixed = plain("ABAB")
    verdict = servers.judge(servers.history_of(mixed), B)
    assert verdict.state == "alternating"
    record = servers.recorded(verdict, backup_id(9), B, True)
    newest = dataclasses.replace(manifest(backup_id=backup_id(9)), node=NodeEntry("node-a", B, "1.18.3", record))
    history = servers.history_of([newest])
    assert spans(history) == "A1-1 B2-2 A3-3 B4-4 B9-9"
    assert servers.judge(history, B).state == "same" and servers.judge(history, A).state == "back"


@pytest.mark.parametrize("make", [plain, written])
@pytest.mark.parametrize(
    ("word", "said"),
    [("", ""), ("A", "A1-1"), ("AAA", "A1-3"), ("AAB", "A1-2 B3-3"), ("A-A", "A1-3"), ("AB-", "A1-1 B2-2"), ("--", "")],
)
def test_the_history(make, word, said):
    assert spans(servers.history_of(make(word))) == said


def test_the_newest_manifest_tells_all_and_no_other_is_read():
    newest, *dummy = written("AABBC")

    def lazily():
        yield newest
        raise AssertionError("an older manifest was read")

    assert spans(servers.history_of(lazily())) == "A1-2 B3-4 C5-5"


def test_a_push_and_an_earlier_version_on_top_of_a_history():
    older = written("AABB")
    assert spans(servers.history_of([*plain("B-", first=5), *older])) == "A1-2 B3-5"
    assert spans(servers.history_of([*plain("A", first=5), *older])) == "A1-2 B3-4 A5-5"


def test_the_history_does_not_grow_for_ever():
    spans_of = tuple(EarlierServer(number, backup_id(number), backup_id(number)) for number in range(1, 30))
    record = servers.recorded(servers.judge(spans_of, 99), backup_id(30), 99, False)
    assert len(record.earlier) == servers.KEPT and record.earlier[-1].peer_id == 29


@pytest.mark.parametrize(("word", "before"), [("A", None), ("AB", A), ("ABB", None), ("AB-", None), ("ABa", B)])
def test_a_change_is_marked_in_the_first_backup_of_the_new_server(word, before):
    found = servers.changed_in(written(word)[0])
    assert (found.peer_id if found else None) == before


def test_a_change_is_not_told_where_the_manifest_does_not_know():
    assert servers.changed_in(plain("AB")[0]) is None


def test_the_ids_of_each_server():
    history = servers.history_of(plain("ABAAB"))
    ids = [backup_id(number) for number in range(1, 8)]
    found = servers.ids_of(history, ids)
    assert found == {A: [backup_id(4), backup_id(3), backup_id(1)], B: [backup_id(5), backup_id(2)]}


@pytest.mark.parametrize(("word", "here"), [("AABB", "A"), ("ABAB", "A"), ("ABAB", "C"), ("ABAB", "-")])
def test_the_sentence_names_the_servers_and_their_times(word, here):
    said = servers.conflict("node-a", servers.judge(servers.history_of(plain(word)), PEERS[here]))
    assert "node-a" in said and str(A) in said and str(B) in said and backup_id(len(word)) in said
    assert here == "-" or str(PEERS[here]) in said

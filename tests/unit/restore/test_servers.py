# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whose backup a restore takes, by tables."""

from __future__ import annotations

import pytest
from ansible_collections.vectorops.qdrant.plugins.module_utils._repository.manifest import EarlierServer
from ansible_collections.vectorops.qdrant.plugins.module_utils._restore.commands import whole_command
from ansible_collections.vectorops.qdrant.plugins.module_utils._restore.servers import refusals, warnings
from ansible_collections.vectorops.qdrant.plugins.module_utils._restore.values import BackupServers, RestoreOptions

A, B, C = 111, 222, 333


def servers(word, chosen, here):
    """word: one letter a backup, oldest first."""
    peers = {"A": A, "B": B}
    ids = [f"202611{number:02d}T000000Z" for number in range(1, len(word) + 1)]
    history, held = [], {}
    for letter, backup_id in zip(word, ids):
        if history and history[-1].peer_id == peers[letter]:
            history[-1] = EarlierServer(peers[letter], history[-1].since, backup_id)
        else:
            history.append(EarlierServer(peers[letter], backup_id, backup_id))
        held.setdefault(peers[letter], []).insert(0, backup_id)
    return BackupServers("node-a", ids[-1], chosen, tuple(history), held, here)


def refused(found, options):
    return list(refusals(found, options, lambda named: whole_command(options, named)))


@pytest.mark.parametrize(
    ("word", "chosen", "here", "doubtful"),
    [
        pytest.param("AAA", A, A, False, id="its own"),
        pytest.param("AAA", A, B, False, id="a new host"),
        pytest.param("AAA", A, None, False, id="a new host that shows nothing yet"),
        pytest.param("AAB", B, B, False, id="a rebuilt host with a backup of its own"),
        pytest.param("AAB", B, C, False, id="a host that was rebuilt twice"),
        pytest.param("AAB", B, None, False, id="a host that was rebuilt twice and shows nothing yet"),
        pytest.param("AAB", B, A, True, id="the other server's is the newest"),
        pytest.param("AAB", A, B, True, id="the other server's, by a time"),
        pytest.param("ABA", A, A, False, id="in turns, and its own is the newest"),
        pytest.param("ABA", A, B, True, id="in turns, and the newest is the other's"),
        pytest.param("ABA", A, C, True, id="in turns, and it is neither"),
        pytest.param("ABA", A, None, True, id="in turns, and nobody knows which it is"),
        pytest.param("ABA", None, B, False, id="a backup that tells no server"),
    ],
)
def test_whose_backup(word, chosen, here, doubtful):
    found = servers(word, chosen, here)
    assert [refusal.code for refusal in refused(found, RestoreOptions())] == (["another_server"] if doubtful else [])
    assert warnings(found, RestoreOptions()) == []
    named = RestoreOptions(backup_id=found.backup_id)
    assert refused(found, named) == [], "who names an id gets it"
    assert len(warnings(found, named)) == doubtful


def test_archives_outside_a_repository_have_no_server():
    assert refused(None, RestoreOptions()) == [] and warnings(None, RestoreOptions(backup_id="x")) == []


def test_the_refusal_lists_the_ids_of_each_and_gives_the_command():
    (refusal,) = refused(servers("AAAAABB", B, A), RestoreOptions(collections=("my notes",), given={"mode": "replace"}))
    assert f"of peer {A}: 20261105T000000Z, 20261104T000000Z, 20261103T000000Z and 2 more" in refusal.message
    assert f"of peer {B}: 20261107T000000Z, 20261106T000000Z" in refusal.message
    assert refusal.next.endswith(
        "(module: backup_id: 20261105T000000Z): "
        "qdrant-backup restore 'my notes' --backup-id 20261105T000000Z --mode replace"
    )


def test_a_server_without_backups_of_its_own_is_told_to_name_one():
    (refusal,) = refused(servers("ABA", A, C), RestoreOptions())
    assert refusal.next.endswith("qdrant-backup restore --backup-id ID")


def test_the_command_has_all_that_was_asked_for():
    given = {"backup_id": "latest", "node": "b", "alias": "live", "restore_aliases": True, "keep_old": False}
    options = RestoreOptions(given={**given, "exclude": ["b*"]}, exclude=("b*",), collections=("a", "c*"))
    words = "qdrant-backup restore a 'c*' --backup-id ID --node b --alias live --restore-aliases --no-keep-old"
    assert whole_command(options, "ID") == f"{words} --exclude 'b*'"
    assert whole_command(options, "ID", ["-d"]) == f"{words} --exclude 'b*' --exclude=-d"
    odd = RestoreOptions(given={"name": "-new"}, collections=("a", "-c"))
    assert whole_command(odd, "ID") == "qdrant-backup restore --backup-id ID --name=-new -- a -c"

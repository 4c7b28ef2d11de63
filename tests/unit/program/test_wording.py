# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the engine advises can be typed at the program as it stands."""

from __future__ import annotations

import json

import pytest
from ansible_collections.vectorops.qdrant.plugins.module_utils._base.errors import EngineError
from ansible_collections.vectorops.qdrant.plugins.module_utils._program.terminal import Terminal
from ansible_collections.vectorops.qdrant.plugins.module_utils._program.wording import (
    as_typed,
    document_with_place,
    with_place,
)


@pytest.mark.parametrize(
    "said, typed",
    [
        ("ask for mode: replace by name", "ask for --mode replace by name"),
        ("restore to another name (name:), or", "restore to another name (--name), or"),
        ("accept it by name (accept_write_loss: true).", "accept it by name (--accept-write-loss)."),
        ("service.enable_snapshot_url_recovery: true", "service.enable_snapshot_url_recovery: true"),
        ("run --accept (module: accept_write_loss: true).", "run --accept (module: accept_write_loss: true)."),
        ("follow (mode: switch): do", "follow (--mode switch): do"),
        ("only what does not exist (mode: missing).", "only what does not exist (--mode missing)."),
        ("mode: fast", "mode: fast"),
        ("No such name: new_one is unknown", "No such name: new_one is unknown"),
        ("Could not read /etc/a.yml: true is no number", "Could not read /etc/a.yml: true is no number"),
    ],
)
def test_options_are_told_as_they_are_typed(said, typed):
    assert as_typed(said) == typed


PLACE = {"node": "node-b", "config": "/etc/my b.yml", "name": "copy", "collections": ["articles"]}


@pytest.mark.parametrize(
    "said, placed",
    [
        (
            "Taken. Do: qdrant-backup restore articles --mode switch. "
            "Or: qdrant-backup restore articles --mode replace.",
            "Taken. Do: qdrant-backup restore --node node-b --config '/etc/my b.yml' articles --mode switch. "
            "Or: qdrant-backup restore --node node-b --config '/etc/my b.yml' articles --mode replace.",
        ),
        (
            "qdrant-backup restore --backup-id ID --node node-c",
            "qdrant-backup restore --config '/etc/my b.yml' --backup-id ID --node node-c",
        ),
        ("qdrant-backup settle articles", "qdrant-backup settle --config '/etc/my b.yml' articles"),
        ("Use a backup that qdrant-backup run made.", "Use a backup that qdrant-backup run made."),
        ("Read journalctl -u qdrant-backup, then wait.", "Read journalctl -u qdrant-backup, then wait."),
        (
            "qdrant-backup run --accept-shrink.",
            "qdrant-backup run --node node-b --config '/etc/my b.yml' --accept-shrink.",
        ),
    ],
)
def test_an_advised_command_is_of_the_same_repository_and_node(said, placed):
    assert with_place(said, PLACE) == placed
    assert with_place(said, {"name": "copy"}) == said


@pytest.mark.parametrize("given", ["--node n", "--node=-n"])
def test_an_option_that_the_command_has_is_not_repeated(given):
    said = f"Do: qdrant-backup restore {given} articles"
    placed = f"Do: qdrant-backup restore --bucket b {given} articles"
    assert with_place(said, {"node": "other", "bucket": "b"}) == placed


def test_commands_in_json_are_of_the_same_repository_and_node():
    said = "Do: qdrant-backup settle articles"
    placed = "Do: qdrant-backup settle --config '/etc/my b.yml' articles"
    problem = {"code": "open_intent", "message": said, "next": said, "seconds": 1.5}
    report = {"problems": [problem], "warnings": [said], "points": [{"payload": {"next": said}}], "next": None}
    assert document_with_place(report, PLACE) == {
        "problems": [{"code": "open_intent", "message": placed, "next": placed, "seconds": 1.5}],
        "warnings": [placed],
        "points": [{"payload": {"next": said}}],
        "next": None,
    }


def test_the_program_prints_such_json(tmp_path, capsys):
    terminal = Terminal(json=True)
    terminal.typed = PLACE
    terminal.error(EngineError("restore", "a", "it failed", "Do: qdrant-backup settle articles"))
    error = json.loads(capsys.readouterr().out)["error"]
    assert error["next"] == "Do: qdrant-backup settle --config '/etc/my b.yml' articles"
    assert error["message"].endswith(error["next"])

# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A rollout on hosts that all fail, cannot be reached or hang: it reports every one of them, and fails."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.vectorops.qdrant.tests.support import ansible

pytestmark = [
    pytest.mark.integration,
    pytest.mark.oldest_controller,
    pytest.mark.skipif(not ansible.has_ansible(), reason="needs ansible-playbook"),
]
ID = "20320101T000000Z"
BARE = {"ansible_connection": "local", "ansible_python_interpreter": sys.executable}  # without the role qdrant_backup
NO_ROLE = "Run the role vectorops.qdrant.qdrant_backup on this host first"
# Nothing listens there.
DEAD = {"ansible_host": "127.0.0.1", "ansible_port": 1, "ansible_ssh_common_args": "-o BatchMode=yes"}


@pytest.fixture
def hanging(tmp_path: Path) -> dict[str, Any]:
    """A host that takes the connection and never answers."""
    program = tmp_path / "hang"
    program.write_text("#!/bin/sh\nexec sleep 60\n")
    program.chmod(0o755)
    return {"ansible_connection": "local", "ansible_python_interpreter": str(program)}


def rollout(
    folder: Path, hosts: dict[str, Any], *words: str, **variables: Any
) -> tuple[subprocess.CompletedProcess[str], str, dict[str, Any] | None]:
    """The run, what it printed in one line, and the report file."""
    given = {f"qdrant_rollout_{name}": value for name, value in variables.items()}
    given |= {"ansible_become": False, "qdrant_rollout_backup_id": ID, "qdrant_rollout_report": str(folder / "r.json")}
    (folder / "hosts.json").write_text(json.dumps({"qdrant": {"hosts": hosts, "vars": given}}))
    done = ansible.play_here(folder, "-i", "hosts.json", "vectorops.qdrant.rollout", *words)
    report = folder / "r.json"
    return done, " ".join(done.stdout.split()), json.loads(report.read_text()) if report.exists() else None


def states(report: dict[str, Any] | None) -> dict[str, str]:
    assert report is not None
    return {row["host"]: row["state"] for row in report["hosts"]}


@pytest.mark.parametrize("words", [(), ("--limit", "node-a"), ("--limit", "node-a", "--check")])
def test_a_rollout_in_which_every_host_fails_reports_and_fails(tmp_path: Path, words: tuple[str, ...]) -> None:
    done, said, report = rollout(tmp_path, {"node-a": BARE, "node-b": BARE}, *words)
    assert done.returncode != 0, said
    hosts = 1 if "--limit" in words else 2
    assert f"is incomplete 0/{hosts}" in said and NO_ROLE in said, said
    assert f"-e qdrant_rollout_backup_id={ID}" in said
    if "--check" in words:
        assert report is None and "check mode: nothing was done" in said
    else:
        assert states(report) == dict(zip(("node-a", "node-b")[:hosts], ("failed", "not tried"), strict=False))


def test_hosts_that_cannot_be_reached_hang_or_fail_are_all_told(tmp_path: Path, hanging: dict[str, Any]) -> None:
    hosts = {"node-a": DEAD, "node-b": hanging, "node-c": BARE, "node-d": DEAD}
    begun = time.monotonic()
    done, said, report = rollout(tmp_path, hosts, waves=["100%"], timeout=4)
    assert done.returncode != 0 and "is incomplete 0/4" in said, said
    assert states(report) == {"node-a": "unreachable", "node-b": "failed", "node-c": "failed", "node-d": "unreachable"}
    assert report is not None
    saids = {row["host"]: row["said"] for row in report["hosts"]}
    assert "onnection refused" in saids["node-a"] and NO_ROLE in saids["node-c"], saids
    assert saids["node-b"] == "it did not answer within 4 s (qdrant_rollout_timeout)"
    assert time.monotonic() - begun < 45


def test_no_wave_begins_after_a_host_that_cannot_be_reached(tmp_path: Path) -> None:
    hosts = {"node-a": DEAD, "node-b": BARE, "node-c": BARE}
    dummy, said, report = rollout(tmp_path, hosts)
    assert states(report) == {"node-a": "unreachable", "node-b": "not tried", "node-c": "not tried"}, said
    dummy, said, report = rollout(tmp_path, hosts, allowed_failures=1)
    assert states(report) == {"node-a": "unreachable", "node-b": "failed", "node-c": "not tried"}, said


REFUSED = {
    "no-waves": ({"qdrant_rollout_waves": []}, "set a list of numbers of hosts"),
    "zero": ({"qdrant_rollout_waves": [0]}, "set a list of numbers of hosts"),
    "word": ({"qdrant_rollout_waves": "25%,half"}, "set a list of numbers of hosts"),
    "timeout": ({"qdrant_rollout_timeout": 0}, "give a number of seconds"),
    "failures": ({"qdrant_rollout_allowed_failures": -1}, "set the number of hosts that may fail"),
    "old": ({"qdrant_rollout_wave": 2}, "no variable qdrant_rollout_wave (did you mean qdrant_rollout_waves?)"),
}


def test_what_means_nothing_is_refused(tmp_path: Path) -> None:
    done, dummy, report = rollout(tmp_path, {name: {**BARE, **wrong} for name, (wrong, dummy) in REFUSED.items()})
    assert done.returncode != 0 and report is None, done.stdout
    for name, (_wrong, sentence) in REFUSED.items():
        said = done.stdout.split(f"fatal: [{name}]")[1].split("fatal: [")[0]
        assert sentence in " ".join(said.split()), done.stdout

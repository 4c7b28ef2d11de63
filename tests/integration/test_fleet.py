# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Playbooks ``status`` and ``verify``: hosts that fail or are lost are reported; the controller can verify."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.vectorops.qdrant.tests.integration.test_restore_role import Fleet
from ansible_collections.vectorops.qdrant.tests.integration.test_rollout_report import BARE, DEAD, NO_ROLE
from ansible_collections.vectorops.qdrant.tests.support import ansible

pytestmark = [pytest.mark.integration, pytest.mark.skipif(not ansible.has_ansible(), reason="needs ansible-playbook")]


def play(
    folder: Path, name: str, hosts: dict[str, Any], given: dict[str, Any], *words: str
) -> tuple[subprocess.CompletedProcess[str], str, dict[str, Any] | None]:
    """The run, what it printed in one line, and the report file."""
    path = folder / "report.json"
    path.unlink(missing_ok=True)
    given = {"ansible_become": False, "qdrant_fleet_report": str(path), **given}
    (folder / "hosts.json").write_text(json.dumps({"qdrant": {"hosts": hosts, "vars": given}}))
    done = ansible.play_here(folder, "-i", "hosts.json", f"vectorops.qdrant.{name}", *words)
    return done, " ".join(done.stdout.split()), json.loads(path.read_text()) if path.exists() else None


@pytest.mark.parametrize(
    ("name", "words"), [("status", ()), ("status", ("-l", "node-a,node-b", "--check")), ("verify", ("-l", "node-b"))]
)
def test_hosts_that_fail_or_cannot_be_reached_are_reported(tmp_path: Path, name: str, words: tuple[str, ...]) -> None:
    hosts = {"node-a": BARE, "node-b": DEAD, "node-c": BARE}
    done, said, report = play(tmp_path, name, hosts, {}, *words)
    assert done.returncode != 0, said
    assert "node-b: unreachable" in said and "onnection refused" in said, said
    asked = ["node-a", "node-b", "node-c"] if not words else words[1].split(",")
    assert ("1 of 1 host needs attention" if len(asked) == 1 else "hosts need attention") in said, said
    assert (NO_ROLE in said) == ("node-a" in asked)
    if "--check" in words:
        assert report is None
    else:
        assert report is not None and not report["ok"] and [row["host"] for row in report["hosts"]] == asked


@pytest.fixture
def stored(rig: Any, monkeypatch: pytest.MonkeyPatch) -> tuple[Any, dict[str, Any]]:
    """Backups of node-a and node-b, and the variables of an inventory for them."""
    rig.fill("articles", 30)
    for node in ("node-a", "node-b"):
        rig.run("back_up", node=node, backup_id="20261122T190000Z", state_dir=str(rig.directory / node))
    known = rig.known()
    names = ("bucket", "prefix", "endpoint_url", "region", "cluster")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", rig.s3.access_key)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", rig.s3.secret_key)
    return rig, {"qdrant_fleet_from": "controller", **{f"qdrant_backup_{name}": known[name] for name in names}}


def test_the_controller_verifies_hosts_that_are_lost(tmp_path: Path, stored: tuple[Any, dict[str, Any]]) -> None:
    rig, given = stored
    hosts = {"node-a": DEAD, "west-1": {**DEAD, "qdrant_backup_node": "node-b"}}
    done, said, report = play(tmp_path, "verify", hosts, given, "--check")
    assert done.returncode == 0 and report is None, said
    done, said, report = play(tmp_path, "verify", hosts, given)
    assert done.returncode == 0 and report is not None and report["ok"], said
    assert [row["report"]["backups"][0]["node"] for row in report["hosts"]] == ["node-a", "node-b"]
    assert all(row["report"]["backups"][0]["grade"] == 1 for row in report["hosts"])
    assert rig.s3.secret_key not in done.stdout

    client, prefix = rig.s3.client(), f"{rig.prefix}/search/archives/node-b/"
    (archive,) = client.list_objects_v2(Bucket=rig.s3.bucket, Prefix=prefix)["Contents"]
    client.put_object(Bucket=rig.s3.bucket, Key=archive["Key"], Body=b"x" * archive["Size"])
    done, said, report = play(tmp_path, "verify", hosts, given)
    assert done.returncode != 0 and report is not None, said
    assert "west-1: The archive of articles in backup 20261122T190000Z of node-b is not good" in said, said
    assert [text.partition(":")[0] for text in report["attention"]] == ["west-1"]

    client.delete_object(Bucket=rig.s3.bucket, Key=archive["Key"])
    done, said, report = play(tmp_path, "verify", hosts, {**given, "qdrant_fleet_depth": "listing"})
    assert done.returncode != 0 and report is not None, said
    assert "west-1: backup 20261122T190000Z is incomplete" in said and "lost" in said, said


def test_a_host_without_backups_and_a_misspelt_option_are_told(
    tmp_path: Path, stored: tuple[Any, dict[str, Any]]
) -> None:
    dummy, given = stored
    hosts = {"node-a": DEAD, "node-x": DEAD, "node-y": {**DEAD, "qdrant_fleet_reprot": "x"}}
    done, said, report = play(tmp_path, "verify", hosts, given, "-e", "qdrant_fleet_backup_id=latest")
    assert done.returncode != 0 and report is not None, said
    assert "qdrant_fleet_reprot (did you mean qdrant_fleet_report?)" in said
    assert [(row["host"], row["state"]) for row in report["hosts"]] == [
        ("node-a", "ok"),
        ("node-x", "failed"),
        ("node-y", "not tried"),
    ]


def test_hosts_verify_their_listing_of_one_backup(rig: Any, tmp_path: Path) -> None:
    """By the program on the host: an id, latest, and only some collections."""
    rig.fill("articles", 30)
    rig.fill("notes", 20)
    rig.run("back_up", backup_id="20261122T190000Z")
    folder = tmp_path / "fleet"
    folder.mkdir()
    fleet = Fleet(rig, folder)
    words = ("-l", "node-a", "-e", "qdrant_fleet_depth=listing")
    for more in ((), ("-e", "qdrant_fleet_backup_id=20261122T190000Z"), ("-e", "qdrant_fleet_collections=notes")):
        code, said = fleet.play(*words, *more, playbook="vectorops.qdrant.verify")
        assert code == 0 and "the host is good" in said, said
        archives = 1 if "qdrant_fleet_collections=notes" in more else 2
        assert f"20261122T190000Z {archives} " in said, said
    for more in (("-e", "qdrant_fleet_all_backups=true"), ()):
        code, said = fleet.play(
            *words, *more, "-e", '{"qdrant_fleet_collections": "[\\"nope\\"]"}', playbook="vectorops.qdrant.verify"
        )
        assert code != 0 and "node-a: no selected backup contains nope" in said, said

# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The playbooks status, verify and rebuild on hosts that lose their server, their network and their disk."""

from __future__ import annotations

import json
import secrets

import pytest
from ansible_collections.vectorops.qdrant.tests.hosts import server
from ansible_collections.vectorops.qdrant.tests.hosts.network_faults import slow_store

PROGRAM = "/usr/local/bin/qdrant-backup"
BIG = 6  # points, each of a megabyte
SLOW = 4_000_000  # bits a second that a slow store sends


@pytest.fixture(scope="module")
def fleet(provisioned, attach_role):
    made = [provisioned(name) for name in ("node-w", "node-x")]
    for machine in made:
        attach_role(machine)
        machine.run("systemctl disable --quiet --now qdrant-backup.timer qdrant-backup-verify.timer")
    return made


@pytest.fixture
def play(controller, fleet, tmp_path):
    def run(name, *words, good, hosts=None, **given):
        path = tmp_path / "report.json"
        path.unlink(missing_ok=True)
        variables = {"qdrant_fleet_report": str(path), **given}
        outcome = controller.play(hosts or fleet, f"vectorops.qdrant.{name}", variables, *words, check=False)
        assert (outcome.code == 0) == good, outcome.text
        return " ".join(outcome.text.split()), (json.loads(path.read_text()) if path.exists() else None)

    return run


def test_status_of_hosts_without_and_with_backups(play):
    said, report = play("status", good=False)
    assert report["summary"] == "The status of the fleet: 2 of 2 hosts need attention" and "has no backup" in said
    play("backup_now", good=True)
    said, report = play("status", good=True)
    assert report["ok"] and [row["report"]["node"] for row in report["hosts"]] == ["node-w", "node-x"]
    assert [row["report"]["last_good"]["points"] for row in report["hosts"]] == [50, 50]
    said, report = play("status", "--check", good=True)
    assert report is None and "all 2 hosts are good" in said
    said, dummy = play("status", good=False, qdrant_fleet_max_age="0s")
    assert "is the limit" in said


def test_verify_reads_the_archives_on_each_host(play):
    said, report = play("verify", "--check", good=True)
    assert report is None and "all 2 hosts are good" in said
    said, report = play("verify", good=True)
    assert [row["report"]["backups"][0]["grade"] for row in report["hosts"]] == [1, 1]
    said, report = play("verify", good=True, qdrant_fleet_depth="listing", qdrant_fleet_all_backups=True)
    assert report["ok"]


def test_a_lost_host_is_in_the_report(play, fleet):
    fleet[1].down()
    dummy, report = play("status", good=False)
    assert [row["state"] for row in report["hosts"]] == ["ok", "unreachable"]
    assert report["attention"][0].startswith("node-x: unreachable")
    dummy, report = play("status", "-l", "node-w", good=True)
    assert [row["host"] for row in report["hosts"]] == ["node-w"]
    fleet[1].up().until("exec 3<>/dev/tcp/127.0.0.1/6333")


def test_the_reason_of_a_backup_that_was_not_made_is_told(play, fleet, variables):
    unit = "/etc/systemd/system/qdrant-backup@.service"
    fleet[0].run(f"systemctl stop qdrant; sed -i 's/--wait-for-access 300/--wait-for-access 1/' {unit}")
    fleet[0].run("systemctl daemon-reload")
    said, dummy = play("backup_now", good=False, hosts=[fleet[0]])
    assert "was not made: Could not" in said and "connection refused" in said.lower(), said
    fleet[0].run("mkdir /run/systemd/system/qdrant-backup@.service.d; systemctl start qdrant")
    drop_in = "[Service]\nExecStart=\nExecStart=/bin/false\n"
    fleet[0].run("cat >/run/systemd/system/qdrant-backup@.service.d/f.conf; systemctl daemon-reload", text=drop_in)
    said, dummy = play("backup_now", good=False, hosts=[fleet[0]])
    assert "Result=exit-code, ExecMainStatus=1; journalctl -u qdrant-backup@" in said, said
    fleet[0].run("rm -r /run/systemd/system/qdrant-backup@.service.d; systemctl daemon-reload")
    fleet[0].until("exec 3<>/dev/tcp/127.0.0.1/6333")


@pytest.mark.slow
def test_a_wiped_host_is_rebuilt_from_its_backups_while_the_store_is_slow(play, fleet, variables, store, tmp_path):
    machine = fleet[1]
    server.call(machine, "PUT", "/collections/letters", {"vectors": {"size": 4, "distance": "Cosine"}})
    for n in range(BIG):
        point = {"id": n, "vector": [1, n, 2, 3], "payload": {"text": secrets.token_hex(500_000)}}
        server.call(machine, "PUT", "/collections/letters/points?wait=true", {"points": [point]})
    play("backup_now", "-l", machine.name, good=True)
    given = {
        **variables,
        **{f"qdrant_backup_{part}_dir": f"/var/lib/qdrant/{part}" for part in ("snapshots", "storage")},
        "qdrant_backup_on_calendar": "*-*-01 00:00:00",
        "qdrant_backup_slot": "1h",
        "qdrant_backup_random_delay": "1s",
    }
    machine.run("systemctl stop qdrant 'qdrant-backup*.timer'")
    machine.run(f"rm -rf /var/lib/qdrant/* /var/lib/qdrant-backup /etc/qdrant-backup {PROGRAM}")
    machine.run("cd /etc/systemd/system && rm -rf qdrant-backup* timers.target.wants/qdrant-backup*")
    machine.run("install -d -o qdrant -m 0750 /var/lib/qdrant/storage /var/lib/qdrant/snapshots")
    machine.run("systemctl daemon-reload; systemctl start qdrant")
    machine.until("exec 3<>/dev/tcp/127.0.0.1/6333")
    said, dummy = play("rebuild", "-l", machine.name, "--check", good=True, **given)
    assert "Check mode installed nothing on this host" in said
    with slow_store(machine, store, f"{SLOW}bit"):
        play("rebuild", "-l", machine.name, good=True, qdrant_restore_report_dir=str(tmp_path / "reports"), **given)
    assert [server.count(machine, name) for name in ("articles", "letters")] == [50, BIG]
    (path,) = (tmp_path / "reports").glob("*.json")
    restored = {one["collection"]: one for one in json.loads(path.read_text())["collections"]}
    letters = restored["letters"]
    assert letters["proven"] and letters["seconds"]["recover"] > letters["bytes"] * 8 / SLOW * 0.8, letters
    assert machine.run("systemctl is-active qdrant-backup.timer").strip() == "active"
    server.call(machine, "POST", "/collections/articles/points/delete?wait=true", {"points": [1]})
    play("rebuild", "-l", machine.name, good=True, **given)
    assert server.count(machine) == 49, "what exists is left alone"
    assert machine.run("systemctl is-active qdrant-backup.timer").strip() == "active"
    said, dummy = play("rebuild", "-l", machine.name, good=False, **given, qdrant_restore_mode="replace")
    assert "restores only what does not exist" in said and server.count(machine) == 49

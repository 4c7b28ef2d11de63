# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A fleet backed up in waves: a gate after each, hosts that are lost counted, finished under the same id."""

from __future__ import annotations

import json
import threading
import time

import pytest

PLAYBOOK = "vectorops.qdrant.rollout"
BACKUP_ID = "20340101T000000Z"  # of no other file: workers share the store of theirs


@pytest.fixture(scope="module")
def fleet(provisioned, attach_role):
    made = [provisioned(name) for name in ("node-m", "node-n", "node-o")]
    for machine in made:
        attach_role(machine)
        machine.run("systemctl disable --quiet --now qdrant-backup.timer qdrant-backup-verify.timer")
    return made


@pytest.fixture
def rollout(controller, fleet, tmp_path):
    def run(*words, code, **variables):
        given = {f"qdrant_rollout_{name}": value for name, value in variables.items()}
        given = {"qdrant_rollout_backup_id": BACKUP_ID, "qdrant_rollout_report": str(tmp_path / "report.json"), **given}
        outcome = controller.play(fleet, PLAYBOOK, given, *words, check=False)
        assert (outcome.code != 0) == (code != 0), outcome.text
        path = tmp_path / "report.json"
        return outcome, (json.loads(path.read_text()) if path.exists() else None)

    return run


def states(report):
    return {row["host"]: row["state"] for row in report["hosts"]}


def kept(store):
    listing = store.client().list_objects_v2(Bucket=store.bucket, Prefix="fleet/search/manifests/")
    keys = [item["Key"] for item in listing.get("Contents", [])]
    return sorted(key.split("/")[3] for key in keys if key.endswith(f"{BACKUP_ID}.json"))


def test_check_mode_shows_and_does_nothing(rollout, store):
    outcome, report = rollout("--check", code=0)
    assert report is None and kept(store) == []
    assert "check mode: nothing was done" in outcome.text and "3/3" in outcome.text


def test_no_wave_begins_after_a_failure(rollout, fleet, store):
    fleet[1].run("systemctl stop qdrant")
    outcome, report = rollout(code=2)
    assert states(report) == {"node-m": "ok", "node-n": "failed", "node-o": "not tried"}
    assert "connection refused" in report["hosts"][1]["said"] and "incomplete 1/3" in report["summary"]
    assert f"qdrant_rollout_backup_id={BACKUP_ID}" in outcome.text
    assert kept(store) == ["node-m"]
    assert report["hosts"][0]["verified"] and report["hosts"][0]["bytes"] > 0


def test_a_host_that_cannot_be_reached_is_counted_and_one_may_be_allowed(rollout, fleet, store):
    fleet[1].down()
    dummy, report = rollout(code=2, allowed_failures=1)
    assert states(report) == {"node-m": "ok", "node-n": "unreachable", "node-o": "ok"}
    assert not report["hosts"][0]["changed"] and report["hosts"][2]["changed"]
    assert kept(store) == ["node-m", "node-o"]


def test_the_same_id_finishes_it(rollout, fleet, store):
    fleet[1].up().until("exec 3<>/dev/tcp/127.0.0.1/6333")
    dummy, report = rollout(code=0, waves=["70%"])
    assert report["complete"] and [row["wave"] for row in report["hosts"]] == [1, 1, 2]
    assert [row["changed"] for row in report["hosts"]] == [False, True, False]
    assert kept(store) == ["node-m", "node-n", "node-o"]


@pytest.fixture
def slow(fleet):
    """A host whose program waits for its Qdrant, which rests."""
    machine = fleet[1]
    machine.run("systemctl kill --signal=STOP qdrant")
    yield machine
    machine.run("systemctl kill --signal=CONT qdrant", check=False)


def test_a_host_that_is_lost_while_it_backs_up_is_told(rollout, fleet, slow):
    def cut():
        slow.until("pgrep -f '[q]drant-backup run'")
        slow.power_cut()

    other = threading.Thread(target=cut, daemon=True)
    other.start()
    outcome, report = rollout("-l", slow.name, code=2, backup_id="20320102T000000Z")
    other.join(60)
    assert states(report) == {slow.name: "unreachable"}, outcome.text
    assert "incomplete 0/1" in outcome.text and report["hosts"][0]["said"]
    slow.up().until("exec 3<>/dev/tcp/127.0.0.1/6333")


def test_a_program_that_hangs_is_ended_on_its_host(rollout, fleet, slow):
    begun = time.monotonic()
    outcome, report = rollout(code=2, backup_id="20320103T000000Z", waves=["100%"], timeout=8)
    assert states(report) == {"node-m": "ok", "node-n": "failed", "node-o": "ok"}, outcome.text
    assert slow.code("pgrep -f '[q]drant-backup run'") != 0 and time.monotonic() - begun < 90

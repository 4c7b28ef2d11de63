# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The role qdrant_backup on booted hosts: from nothing to verified backups, and everything that may come between."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any

import pytest
from ansible_collections.vectorops.qdrant.tests.hosts import machines, plays, server, wheels
from ansible_collections.vectorops.qdrant.tests.support import s3

PROGRAM = "/usr/local/bin/qdrant-backup"
SETTLED = "! systemctl is-active --quiet qdrant-backup.service"
LEFT = ["/etc/qdrant-backup", "/opt/qdrant-backup", "/var/lib/qdrant-backup", PROGRAM]


@pytest.fixture(scope="module")
def node_a(new_machine: Callable[[str, str], machines.Machine]) -> machines.Machine:
    """Debian 12: nothing but Python; the libraries come as wheels."""
    machine = new_machine("node-a", "bookworm").up()
    server.install(machine)
    server.fill(machine)
    return machine


@pytest.fixture(scope="module")
def node_b(new_machine: Callable[[str, str], machines.Machine]) -> machines.Machine:
    """Debian 13: with the distribution's libraries, and a server that the role reaches through its API alone."""
    machine = new_machine("node-b", "trixie").up()
    server.install(machine)
    server.fill(machine, "reviews", 30)
    return machine


@pytest.fixture(scope="module")
def variables(store: s3.RunningS3) -> dict[str, Any]:
    return {
        "qdrant_backup_bucket": store.bucket,
        "qdrant_backup_endpoint_url": store.url,
        "qdrant_backup_region": store.region,
        "qdrant_backup_prefix": "fleet",
        "qdrant_backup_cluster": "search",
        "qdrant_backup_api_key": server.KEY,
        "qdrant_backup_wheels": str(wheels.pinned()),
        "qdrant_backup_min_free": "1M",
        "qdrant_backup_on_failure": "/usr/bin/logger --tag alarm ${FAILED_UNIT}",
    }


@pytest.fixture(scope="module")
def each() -> dict[str, Any]:
    """What differs from host to host."""
    return {
        "node-a": {"qdrant_backup_snapshots_dir": "/var/lib/qdrant/snapshots", "qdrant_backup_storage_dir": "/var/lib/qdrant/storage"},
        "node-b": {"qdrant_backup_libraries": "distribution", "qdrant_backup_allowed_addresses": ["10.231.0.0/24"]},
    }


def backups(store: s3.RunningS3, node: str) -> list[str]:
    """Ids of the committed backups of a node, newest first."""
    found = store.client().list_objects_v2(Bucket=store.bucket, Prefix=f"fleet/search/manifests/{node}/")
    return sorted((item["Key"].rpartition("/")[2][:-5] for item in found.get("Contents", [])), reverse=True)


def proofs(store: s3.RunningS3, node: str) -> int:
    found = store.client().list_objects_v2(Bucket=store.bucket, Prefix=f"fleet/search/proofs/{node}/")
    return int(found["KeyCount"])


def now(machine: machines.Machine, number: int) -> str:
    """Back up under an id of one's own."""
    backup_id = f"20300101T0000{number:02}Z"
    machine.run(f"systemctl start qdrant-backup@{backup_id}.service || {{ journalctl -n 30 --no-pager; false; }}")
    return backup_id


def test_check_mode_on_bare_hosts(node_a, node_b, controller, variables, each):
    outcome = controller.role([node_a, node_b], "qdrant_backup", variables, "--check", "--diff", host_variables=each)
    assert server.KEY not in outcome.text
    for machine in (node_a, node_b):
        assert machine.code(" || ".join(f"test -e {path}" for path in LEFT)) == 1
        assert machine.run("find /etc/systemd -name 'qdrant-backup*'") == ""


def test_from_nothing_and_again(node_a, node_b, controller, variables, each):
    outcome = controller.role([node_a, node_b], "qdrant_backup", variables, "--diff", host_variables=each)
    assert all(counts["changed"] > 5 for counts in outcome.counts.values())
    assert server.KEY not in outcome.text
    again = controller.role([node_a, node_b], "qdrant_backup", variables, "--diff", host_variables=each)
    assert again.changed() == 0, again.text
    checked = controller.role([node_a, node_b], "qdrant_backup", variables, "--check", host_variables=each)
    assert checked.changed() == 0, checked.text


def test_units_are_sound(node_a, node_b):
    for machine in (node_a, node_b):
        units = "/etc/systemd/system/qdrant-backup.service /etc/systemd/system/qdrant-backup-verify.service"
        assert machine.run(f"systemd-analyze verify {units} /etc/systemd/system/qdrant-backup*.timer") == ""
        machine.run(f"systemd-analyze security --offline=true --threshold=15 {units} >/dev/null")
        assert machine.run("systemctl --failed --no-legend") == ""
        timers = machine.run("systemctl list-timers --no-legend 'qdrant-backup*'")
        assert "qdrant-backup.timer" in timers and "qdrant-backup-verify.timer" in timers
    assert node_a.run("systemctl show --value -p User qdrant-backup.service").strip() == "qdrant"
    assert node_b.run("systemctl show --value -p User qdrant-backup.service").strip() == "qdrant-backup"
    ids = node_a.run("systemctl show --value -p RandomizedDelayUSec -p FixedRandomDelay qdrant-backup.timer").split()
    assert ids == ["5min", "yes"] or ids == ["yes", "5min"]


def test_configuration_explains_every_setting(node_a, variables):
    text = node_a.run("cat /etc/qdrant-backup/config.yml")
    settings = json.loads(node_a.run(f"{PROGRAM} config --json"))["settings"]
    for one in settings:
        if one["name"] not in ("api_key", "access_key", "secret_key", "session_token", "slot"):
            assert f"\n{one['name']}: " in text or f"\n#: {one['name']}:" in text, one["name"]
    assert "prefix: \"fleet\"" in text
    lines = text.splitlines()
    for number, line in enumerate(lines):
        if line and not line.startswith("#"):
            assert lines[number - 1].startswith("# "), line


def test_role_arrives_late(node_a, store, attach_role):
    """Without a role at first, then with one that may not, then with the right one: one and the same run."""
    assert not node_a.credentials.exists()
    node_a.run("systemctl start --no-block qdrant-backup.service")
    node_a.until("journalctl -u qdrant-backup.service | grep -q 'Trying again'")
    time.sleep(5)
    attach_role(node_a, "Nothing")
    time.sleep(5)
    assert node_a.run("systemctl is-active qdrant-backup.service", check=False).strip() == "activating"
    assert backups(store, "node-a") == []
    attach_role(node_a)
    node_a.until(SETTLED)
    node_a.run("systemctl is-failed qdrant-backup.service && journalctl -u qdrant-backup.service && false || true")
    assert len(backups(store, "node-a")) == 1
    assert "manifests" not in node_a.run("systemctl show -p Result qdrant-backup.service")


def test_api_alone(node_b, store, attach_role):
    attach_role(node_b)
    backup_id = now(node_b, 1)
    assert backups(store, "node-b") == [backup_id]


def test_verification(node_a, store):
    before = proofs(store, "node-a")
    node_a.run("systemctl start qdrant-backup-verify.service")
    assert proofs(store, "node-a") == before + 1

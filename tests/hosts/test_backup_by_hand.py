# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The program by hand on a host that the role has set up: root has what the units have, and stays out of their way."""

from __future__ import annotations

import json
import secrets

import pytest
from ansible_collections.vectorops.qdrant.tests.hosts import server

PROGRAM = "/usr/local/bin/qdrant-backup"
STATE = "/var/lib/qdrant-backup"
NOTES = f"{STATE}/intents/*/*.json"
BIG = 8  # points of a megabyte each, so that a restore takes a while
# As the guides tell a person to run them, with sudo.
DOCUMENTED = [
    "run --check",
    "run",
    "list",
    "list --completeness",
    "show latest",
    "verify",
    "status",
    "config",
    "metrics",
    "metrics --output /run/qdrant_backup.prom",
    "policy --role writer",
    "restore articles --name articles_before --check",
    "restore articles --name articles_before",
    "restore articles --mode replace --check",
    "restore articles --mode replace",
]


@pytest.fixture(scope="module")
def node_g(provisioned, attach_role):
    machine = provisioned("node-g")
    attach_role(machine)
    machine.run("systemctl disable --quiet --now qdrant-backup.timer qdrant-backup-verify.timer")
    # As if the role had just been there: no run of the units has made anything yet.
    machine.run(f"rm -rf {STATE}/*")
    return machine


def scheduled(machine, backup_id):
    """How a run of the unit ended, and what it said."""
    unit = f"qdrant-backup@{backup_id}.service"
    machine.run(f"systemctl start {unit}", check=False)
    result = machine.run(f"systemctl show --value -p Result {unit}").strip()
    return result, machine.run(f"journalctl --sync; journalctl -o cat -u {unit}")


@pytest.mark.parametrize("words", DOCUMENTED)
def test_documented_commands(node_g, words):
    node_g.run(f"{PROGRAM} {words}")


def test_doctor(node_g):
    report = json.loads(node_g.run(f"{PROGRAM} doctor --json 2>/dev/null", check=False))
    errors = [one for one in report["findings"] if one["severity"] == "error"]
    assert errors == []


def test_the_scheduled_run_goes_on_afterwards(node_g):
    assert node_g.run(f"find {STATE} ! -user qdrant") == ""
    assert node_g.run(f"find {STATE} -name '*.lock'")
    result, said = scheduled(node_g, "20320101T000001Z")
    assert result == "success", said


def test_everybody_else_is_told_to_be_root(node_g):
    for words in ("list", "status", "run"):
        said = node_g.run(f"runuser -u nobody -- {PROGRAM} {words}; echo $?", check=False).splitlines()
        keys = "/etc/qdrant-backup/credentials"
        assert said == [f"error: Only root can read the keys of this host in {keys}. Run the command with sudo.", "2"]
    node_g.run(f"runuser -u nobody -- {PROGRAM} config")


def test_a_restore_that_root_began_and_did_not_end_is_seen(node_g, store):
    """Killed as soon as it has noted what it is about to do."""
    server.call(node_g, "PUT", "/collections/letters", {"vectors": {"size": 4, "distance": "Cosine"}})
    for n in range(BIG):
        point = {"id": n, "vector": [1, n, 2, 3], "payload": {"text": secrets.token_hex(500_000)}}
        server.call(node_g, "PUT", "/collections/letters/points?wait=true", {"points": [point]})
    good = json.loads(node_g.run(f"rm -rf {STATE}/intents; {PROGRAM} run --json --quiet 2>/dev/null"))["backup_id"]
    node_g.run(
        f"{PROGRAM} restore --mode replace --backup-id {good} letters >/tmp/restore.log 2>&1 & restore=$!; "
        f"for i in $(seq 5000); do if ls {NOTES}; then break; fi; done >/dev/null 2>&1; "
        "kill -KILL $restore || { cat /tmp/restore.log; false; }"
    )
    node_g.until("! pgrep -f '[q]drant-backup restore'")
    assert node_g.run(f"stat -c %U {STATE}/intents {STATE}/intents/* {NOTES}").split() == ["qdrant"] * 3
    result, said = scheduled(node_g, "20320101T000002Z")
    assert "did not end" in said, (result, said)
    key = "fleet/search/manifests/node-g/20320101T000002Z.json"
    manifest = json.loads(store.client().get_object(Bucket=store.bucket, Key=key)["Body"].read())
    suspects = {one["name"]: one.get("suspect") for one in manifest["collections"]}
    assert suspects["letters"] and not suspects["articles"], suspects
    # Notes that cannot be read say nothing at all: then every collection may be mixed.
    node_g.run(f"chown -R root {STATE}/intents")
    result, said = scheduled(node_g, "20320101T000003Z")
    assert "a restore on this host may not have ended" in said, (result, said)
    node_g.run(f"{PROGRAM} restore --mode replace --backup-id {good} letters")
    assert server.count(node_g, "letters") == BIG
    result, said = scheduled(node_g, "20320101T000004Z")
    assert result == "success" and "did not end" not in said, said

# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Several instances on one host, the ping after a success, and the secret of the command on failure."""

from __future__ import annotations

import socket
import threading

import pytest
from ansible_collections.vectorops.qdrant.tests.hosts import server, surroundings

PING, SECRET = "made-up-address-of-a-ping-2468", "made-up-secret-of-a-webhook-1357"
LISTENER = """
import http.server, sys
class Answer(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        print(self.path, file=open("/root/pings", "a"))
        self.send_response(200)
        self.end_headers()
    def log_message(self, *words):
        pass  # not into the journal: the test asks whether anybody else writes the path there
http.server.HTTPServer(("127.0.0.1", 9999), Answer).serve_forever()
"""
EAST = {"qdrant_backup_instance": "east", "qdrant_backup_prefix": "provisioned", "qdrant_backup_grade": 3}
ID = "20320101T000000Z"


@pytest.fixture(scope="module")
def host(provisioned, attach_role):
    machine = provisioned("node-y")
    attach_role(machine)
    machine.run("cat >/root/listener.py", text=LISTENER)
    machine.run("systemd-run --quiet --unit=listener python3 /root/listener.py")
    machine.until("exec 3<>/dev/tcp/127.0.0.1/9999")
    return machine


@pytest.fixture(scope="module")
def given(variables):
    own = {f"qdrant_backup_{part}_dir": f"/var/lib/qdrant/{part}" for part in ("snapshots", "storage")}
    return {**variables, **own, "qdrant_backup_wait_for_access": 1}


def result(machine, unit):
    machine.run(f"systemctl start '{unit}'", check=False)
    return machine.run(f"systemctl show --value -p Result '{unit}'").strip()


def test_a_ping_after_a_success_and_none_after_a_failure(host, given, controller):
    told = "/bin/cp ${CREDENTIALS_DIRECTORY}/qdrant-backup.on_failure_secret /var/lib/qdrant-backup/told"
    more = {
        "qdrant_backup_ping_url": f"http://127.0.0.1:9999/{PING}",
        "qdrant_backup_on_failure": told,
        "qdrant_backup_on_failure_secret": SECRET,
    }
    out = controller.role([host], "qdrant_backup", {**given, **more})
    assert PING not in out.text and SECRET not in out.text
    assert controller.role([host], "qdrant_backup", {**given, **more}).changes() == []
    assert result(host, f"qdrant-backup@{ID}.service") == "success"
    host.until(f"grep -x /{PING} /root/pings")
    host.run("systemctl stop listener")
    assert result(host, "qdrant-backup@20320101T000001Z.service") == "success"
    said = "the ping after the backup failed: Connection refused"
    host.until(f"journalctl --sync; journalctl -u qdrant-backup-ping | grep '{said}'")
    assert host.run("systemctl list-units --failed --no-legend 'qdrant-backup*'").strip() == ""
    host.run("systemctl stop qdrant")
    assert result(host, "qdrant-backup@20320101T000002Z.service") == "exit-code"
    host.until(f"grep {SECRET} /var/lib/qdrant-backup/told")
    host.run("systemctl start qdrant; systemctl reset-failed 'qdrant-backup*'; rm /var/lib/qdrant-backup/told")
    assert host.code(f"grep -rE '{PING}|{SECRET}' /etc/systemd /usr/local/bin /opt/qdrant-backup/ping") == 1
    assert host.run(f"journalctl --no-pager | grep -E '{PING}|{SECRET}'", check=False) == ""
    controller.role([host], "qdrant_backup", given)
    assert host.code("ls /etc/systemd/system/qdrant-backup-ping* /etc/qdrant-backup/credentials/ping_url") != 0


def manifests(store, prefix):
    listing = store.client().list_objects_v2(Bucket=store.bucket, Prefix=f"{prefix}/search/manifests/node-y/")
    return [item["Key"].split("/")[4] for item in listing.get("Contents", [])]


@pytest.mark.slow
def test_an_instance_has_its_own_units_and_leaves_the_others(host, given, controller, store):
    host.until("exec 3<>/dev/tcp/127.0.0.1/6333")
    controller.role([host], "qdrant_backup", given)  # the host may have the disk of one with other variables
    before = host.run(
        "cd /etc/systemd/system && md5sum qdrant-backup.service qdrant-backup@.service qdrant-backup.timer"
    )
    controller.role([host], "qdrant_backup", {**given, **EAST})
    assert controller.role([host], "qdrant_backup", {**given, **EAST}).changes() == []
    assert controller.role([host], "qdrant_backup", given).changes() == []
    after = host.run(
        "cd /etc/systemd/system && md5sum qdrant-backup.service qdrant-backup@.service qdrant-backup.timer"
    )
    assert before == after
    timers = host.run("systemctl list-timers --no-legend 'qdrant-backup*'")
    for name in ("qdrant-backup.timer", "qdrant-backup@east.timer", "qdrant-backup-verify@east.timer"):
        assert name in timers
    look = "ls -R /etc/qdrant-backup; cat /etc/qdrant-backup/credentials/*; true"
    drop_in = f"[Service]\nExecStartPre=/bin/sh -c '{look}'\n"
    host.run("mkdir -p /run/systemd/system/qdrant-backup@east.service.d")
    host.run("cat >/run/systemd/system/qdrant-backup@east.service.d/look.conf; systemctl daemon-reload", text=drop_in)
    host.run("mkdir /etc/qdrant-backup/instances/other; touch /etc/qdrant-backup/instances/other/file-of-another")
    assert result(host, "qdrant-backup@east.service") == "success"
    seen = host.run("journalctl --sync; journalctl -o cat -u qdrant-backup@east.service")
    assert "config.yml" in seen and "file-of-another" not in seen and server.KEY not in seen, seen
    host.run("rm -r /run/systemd/system/qdrant-backup@east.service.d /etc/qdrant-backup/instances/other")
    host.run("systemctl daemon-reload")
    assert len(manifests(store, "provisioned")) == 1
    assert result(host, "qdrant-backup-verify@east.service") == "success"
    found = store.client().list_objects_v2(Bucket=store.bucket, Prefix="provisioned/search/proofs/node-y/")
    assert found["Contents"][-1]["Key"].endswith("-grade3.json"), found
    controller.play([host], "vectorops.qdrant.backup_now", {**EAST, "qdrant_backup_now_id": "20330101T000000Z"})
    assert "20330101T000000Z.json" in manifests(store, "provisioned")
    assert "20330101T000000Z.json" not in manifests(store, "fleet")
    of_the_east = {**EAST, "qdrant_restore_backup_id": "20330101T000000Z", "qdrant_restore_mode": "missing"}
    assert "agrees with the backup" in controller.play([host], "vectorops.qdrant.restore", of_the_east).text
    out = controller.play([host], "vectorops.qdrant.status", EAST)
    assert "20330101T000000Z" in out.text
    said = host.run("qdrant-backup status --config /etc/qdrant-backup/instances/east/config.yml", check=False)
    assert "20330101T000000Z" in said and "20320101" not in said

    controller.role([host], "qdrant_backup", {**given, **EAST, "qdrant_backup_state": "absent"})
    find = "find / -xdev -path /proc -prune -o -name '*east*' -not -name 'easter*' -path '*qdrant*' -print"
    assert host.run(find).strip() == ""
    assert "qdrant-backup.timer" in host.run("systemctl list-timers --no-legend 'qdrant-backup*'")
    assert result(host, "qdrant-backup@20320101T000003Z.service") == "success"

    controller.role([host], "qdrant_backup", {**given, **EAST})
    controller.role([host], "qdrant_backup", {**given, "qdrant_backup_state": "absent"})
    assert host.code("ls /etc/systemd/system/qdrant-backup.timer /etc/qdrant-backup/config.yml") != 0
    assert result(host, "qdrant-backup@east.service") == "success", "the last instance keeps what it needs"
    controller.role([host], "qdrant_backup", {**given, **EAST, "qdrant_backup_state": "absent"})
    left = host.run("find / -xdev -path /proc -prune -o -name '*qdrant-backup*' -not -path '/tmp/*' -print")
    assert [line for line in left.split() if "journal" not in line and "/root/" not in line] == []


def test_pip_uses_the_proxy(host, given, controller):
    host.run("rm -rf /opt/qdrant-backup/venv")
    heard = []
    with socket.create_server((surroundings.BRIDGE_ADDRESS, 0)) as listener:

        def answer():
            while True:
                try:
                    connection, dummy = listener.accept()
                except OSError:
                    return
                with connection:
                    heard.append(connection.recv(200).decode(errors="replace"))

        threading.Thread(target=answer, daemon=True).start()
        proxy = f"http://{surroundings.BRIDGE_ADDRESS}:{listener.getsockname()[1]}"
        more = {name: value for name, value in given.items() if name != "qdrant_backup_wheels"}
        more["qdrant_backup_environment"] = {
            "HTTPS_PROXY": proxy,
            "PIP_RETRIES": "0",
            "PIP_INDEX_URL": "https://a.test/",
        }
        out = controller.role([host], "qdrant_backup", more, check=False)
        listener.shutdown(socket.SHUT_RDWR)
    assert out.code != 0 and any(text.startswith("CONNECT a.test:443") for text in heard), (heard, out.text[-2000:])

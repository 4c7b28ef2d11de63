# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What later runs of the role qdrant_backup change on a host, take away, and leave alone."""

from __future__ import annotations

import json

import pytest

PROGRAM = "/usr/local/bin/qdrant-backup"
STATE = "/var/lib/qdrant-backup"
CONFIGURATION = "/etc/qdrant-backup/config.yml"
TEXTFILES = "/var/lib/textfiles"
METRICS = f"{TEXTFILES}/qdrant_backup.prom"
OWN = {f"qdrant_backup_{part}_dir": f"/var/lib/qdrant/{part}" for part in ("snapshots", "storage")}


@pytest.fixture(scope="module")
def node_h(provisioned, attach_role):
    machine = provisioned("node-h")
    attach_role(machine)
    return machine


def test_units_that_an_interrupted_play_left_unread(node_h, controller, variables):
    """The file says yearly, as the role wants it; systemd still goes by what it read before."""
    timer = "/etc/systemd/system/qdrant-backup.timer"
    again = "systemctl daemon-reload; systemctl restart qdrant-backup.timer"
    node_h.run(f"sed -i s/=yearly/=weekly/ {timer}; {again}; sleep 1; sed -i s/=weekly/=yearly/ {timer}")
    shown = "systemctl show -p NeedDaemonReload -p TimersCalendar qdrant-backup.timer"
    assert "NeedDaemonReload=yes" in node_h.run(shown) and "Mon *-*-*" in node_h.run(shown)
    controller.role([node_h], "qdrant_backup", {**variables, **OWN})
    assert "NeedDaemonReload=no" in node_h.run(shown) and "*-01-01 00:00:00" in node_h.run(shown)


def written(machine, before=""):
    """What the metrics say, once they are others than before."""
    machine.until(f"test -e {METRICS} && test \"$(stat -c %Y.%i {METRICS})\" != '{before}'")
    return machine.run(f"stat -c %Y.%i {METRICS}").strip(), machine.run(f"runuser -u nobody -- cat {METRICS}")


def test_metrics_and_a_repository_on_the_host(node_h, controller, variables):
    """The exporter's folder: its group may write there, others read. The role makes the repository's folder for
    Qdrant's own user, and leaves it alone from then on."""
    node_h.run(f"install -d -o games -g games -m 0775 {TEXTFILES}")
    on_the_host = {**variables, **OWN, "qdrant_backup_path": "/srv/backups"}
    del on_the_host["qdrant_backup_bucket"]
    given = {**on_the_host, "qdrant_backup_textfile_dir": TEXTFILES, "qdrant_backup_spool_dir": "/srv/spool/deep"}
    controller.role([node_h], "qdrant_backup", given)
    owners = node_h.run(f"stat -c '%U %a' {TEXTFILES} /srv/spool/deep /srv/backups").split()
    assert owners == ["games", "775", "qdrant", "700", "qdrant", "700"]
    node_h.run("chmod 0750 /srv/backups")
    assert controller.role([node_h], "qdrant_backup", given).changed() == 0
    units = "/etc/systemd/system/qdrant-backup-metrics.service"
    assert node_h.run(f"systemd-analyze verify {units} /etc/systemd/system/qdrant-backup-metrics.timer") == ""
    node_h.run(f"systemd-analyze security --offline=true --threshold=15 {units} >/dev/null")
    assert "qdrant-backup-metrics.timer" in node_h.run("systemctl list-timers --no-legend 'qdrant-backup*'")
    node_h.run("systemctl stop qdrant-backup-metrics.timer; systemctl start qdrant-backup@20330101T000001Z.service")
    assert "20330101T000001Z" in node_h.run("find /srv/backups -name '*.json'")
    stamp, text = written(node_h)
    assert "qdrant_backup_up{" in text and "qdrant_backup_last_success_timestamp_seconds{" in text
    assert "last_proof" not in text
    node_h.run("systemctl start qdrant-backup-verify.service")
    stamp, text = written(node_h, stamp)
    assert "qdrant_backup_last_proof_timestamp_seconds{" in text
    node_h.run("systemctl start qdrant-backup@no-id.service", check=False)
    stamp, text = written(node_h, stamp)
    node_h.run("systemctl reset-failed")
    controller.role([node_h], "qdrant_backup", on_the_host)
    assert node_h.run("find /etc/systemd -name '*metrics*'; systemctl list-timers --no-legend '*metrics*'") == ""


def test_a_drill_on_a_timer(node_h, controller, variables):
    """With the restrictions of the backup's unit, on the node itself: its storage folder must be seen, and no more."""
    given = {**variables, **OWN, "qdrant_backup_path": "/srv/backups", "qdrant_drill_on_calendar": "yearly"}
    del given["qdrant_backup_bucket"]
    given.update({"qdrant_drill_target": "same", "qdrant_drill_max_load": 1000.0, "qdrant_drill_rto": "30m"})
    controller.role([node_h], "qdrant_backup", given)
    controller.role([node_h], "qdrant_drill", given)
    assert controller.role([node_h], "qdrant_drill", given).changed() == 0
    units = "/etc/systemd/system/qdrant-drill.service"
    assert node_h.run(f"systemd-analyze verify {units} /etc/systemd/system/qdrant-drill.timer") == ""
    node_h.run(f"systemd-analyze security --offline=true --threshold=16 {units} >/dev/null")
    assert "qdrant-drill.timer" in node_h.run("systemctl list-timers --no-legend qdrant-drill.timer")
    node_h.run("systemctl start qdrant-backup@20330101T000001Z.service")
    node_h.run("systemctl start qdrant-drill.service || { journalctl -n 30 --no-pager; false; }")
    report = json.loads(node_h.run(f"{PROGRAM} report --json"))["drill"]
    assert report["passed"] and report["target"] == "same" and report["backups"][0]["grade"] == 4
    assert "last drill" in node_h.run(f"{PROGRAM} status", check=False)
    controller.role([node_h], "qdrant_drill", {**given, "qdrant_drill_target": "engine"})
    node_h.run("systemctl start qdrant-drill.service || { journalctl -n 30 --no-pager; false; }")
    report = json.loads(node_h.run(f"{PROGRAM} report --json"))["drill"]
    assert report["passed"] and report["target"] == "engine" and report["backups"][0]["grade"] == 3
    assert controller.role([node_h], "qdrant_drill", {**given, "qdrant_drill_state": "absent"}).changed() > 0
    assert node_h.run("ls /etc/systemd/system | grep drill", check=False) == ""


def test_a_timer_prunes(node_h, controller, variables):
    """Off by default, with rules of its own; a prune by hand follows the same rules."""
    on_the_host = {**variables, **OWN, "qdrant_backup_path": "/srv/backups"}
    del on_the_host["qdrant_backup_bucket"]
    assert node_h.run("find /etc/systemd -name '*prune*'") == ""
    for day in (1, 2, 3):
        node_h.run(f"systemctl start qdrant-backup@2020010{day}T000000Z.service")
    given = {**on_the_host, "qdrant_backup_prune": True, "qdrant_backup_prune_keep_last": 2}
    controller.role([node_h], "qdrant_backup", given)
    assert controller.role([node_h], "qdrant_backup", given).changed() == 0
    units = "/etc/systemd/system/qdrant-backup-prune.service"
    assert node_h.run(f"systemd-analyze verify {units} /etc/systemd/system/qdrant-backup-prune.timer") == ""
    node_h.run(f"systemd-analyze security --offline=true --threshold=15 {units} >/dev/null")
    assert "qdrant-backup-prune.timer" in node_h.run("systemctl list-timers --no-legend 'qdrant-backup*'")
    planned = json.loads(node_h.run(f"{PROGRAM} prune --json"))
    assert [one["backup_id"] for one in planned["removed"]] == ["20200101T000000Z"]
    assert planned["removed"][0]["local_snapshots"]
    node_h.run("systemctl start qdrant-backup-prune.service || { journalctl -n 30 --no-pager; false; }")
    left = node_h.run("find /srv/backups -name '*.json' -path '*/manifests/*'")
    assert "20200101" not in left and left.count("2020010") == 2 and "20330101T000001Z" in left
    assert node_h.run(f"{PROGRAM} verify --all-backups --no-record --json >/dev/null && echo good").strip() == "good"
    controller.role([node_h], "qdrant_backup", on_the_host)
    assert node_h.run("find /etc/systemd -name '*prune*'; systemctl list-timers --no-legend '*prune*'") == ""
    controller.role([node_h], "qdrant_backup", given)


def test_absent_leaves_what_is_not_the_roles(node_h, controller, variables):
    gone = {**variables, **OWN, "qdrant_backup_state": "absent", "qdrant_backup_spool_dir": "/srv/spool/deep"}
    node_h.run("systemctl start qdrant-backup@no-id.service", check=False)
    assert "qdrant-backup@no-id.service" in node_h.run("systemctl list-units --state=failed --no-legend")
    # As an earlier version of the role let it be.
    node_h.run(f"install -d -o qdrant {STATE}/mine; cp -a /srv/backups/. {STATE}/mine/")
    node_h.run(f"sed -i 's|^path: .*|path: {STATE}/mine|' {CONFIGURATION}")
    refused = controller.role([node_h], "qdrant_backup", gone, check=False)
    assert refused.code != 0 and refused.changed() == 0
    assert f"The repository {STATE}/mine is inside {STATE}" in " ".join(refused.text.split()), refused.text
    node_h.run(f"sed -i 's|^path: .*|path: /srv/backups|' {CONFIGURATION}")
    controller.role([node_h], "qdrant_backup", gone)
    assert "20330101T000001Z" in node_h.run(f"find {STATE}/mine /srv/backups -name '*.json'")
    assert node_h.run(f"ls {STATE}").split() == ["mine"]
    left = " || ".join(
        f"test -e {path}" for path in ("/etc/qdrant-backup", "/opt/qdrant-backup", PROGRAM, "/srv/spool/deep")
    )
    assert node_h.code(left) == 1
    assert node_h.code("test -e ~/.cache/pip") == 1
    assert node_h.run("systemctl list-units --all --no-legend 'qdrant-backup*'") == ""
    assert node_h.run("systemctl --failed --no-legend") == ""
    assert controller.role([node_h], "qdrant_backup", gone).changed() == 0

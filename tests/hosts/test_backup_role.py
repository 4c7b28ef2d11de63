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
from ansible_collections.vectorops.qdrant.tests.hosts import images, machines, server
from ansible_collections.vectorops.qdrant.tests.hosts.conftest import DISK
from ansible_collections.vectorops.qdrant.tests.support import s3

PROGRAM = "/usr/local/bin/qdrant-backup"
SETTLED = "! systemctl is-active qdrant-backup.service | grep -q activating"
LEFT = ["/etc/qdrant-backup", "/opt/qdrant-backup", "/var/lib/qdrant-backup", PROGRAM]


@pytest.fixture(scope="module")
def node_a(new_machine: Callable[[str, str], machines.Machine]) -> machines.Machine:
    """Debian 12: nothing but Python; the libraries come as wheels."""
    machine = new_machine("node-a", images.BARE).up()
    server.install(machine)
    server.fill(machine)
    return machine


@pytest.fixture(scope="module")
def node_b(new_machine: Callable[[str, str], machines.Machine]) -> machines.Machine:
    """Debian 13: with the distribution's libraries, and a server that the role reaches through its API alone."""
    machine = new_machine("node-b", images.WITH_LIBRARIES).up()
    server.install(machine)
    server.fill(machine, "reviews", 30)
    return machine


@pytest.fixture(scope="module")
def each() -> dict[str, Any]:
    """What differs from host to host."""
    return {
        "node-a": {
            "qdrant_backup_snapshots_dir": "/var/lib/qdrant/snapshots",
            "qdrant_backup_storage_dir": "/var/lib/qdrant/storage",
        },
        "node-b": {
            "qdrant_backup_libraries": "distribution" if images.fresh_libraries() else "venv",
            "qdrant_backup_allowed_addresses": ["10.231.0.0/24"],
            "qdrant_backup_storage_dir": "/var/lib/qdrant/storage",
        },
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


@pytest.mark.nightly
def test_check_mode_on_bare_hosts(node_a, node_b, controller, variables, each):
    outcome = controller.role([node_a, node_b], "qdrant_backup", variables, "--check", "--diff", host_variables=each)
    assert server.KEY not in outcome.text
    for machine in (node_a, node_b):
        assert machine.code(" || ".join(f"test -e {path}" for path in LEFT)) == 1
        assert machine.run("find /etc/systemd -name 'qdrant-backup*'") == ""


def test_from_nothing_and_again(node_a, node_b, controller, variables, each, folder):
    outcome = controller.role([node_a, node_b], "qdrant_backup", variables, "--diff", host_variables=each)
    assert all(counts["changed"] > 5 for counts in outcome.counts.values())
    assert server.KEY not in outcome.text
    again = controller.role([node_a, node_b], "qdrant_backup", variables, "--diff", host_variables=each)
    assert again.changed() == 0, again.text
    checked = controller.role([node_a, node_b], "qdrant_backup", variables, "--check", host_variables=each)
    assert checked.changed() == 0, checked.text
    node_a.keep(folder / DISK, "qdrant qdrant-backup.timer qdrant-backup-verify.timer")


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
    assert 'prefix: "fleet"' in text
    lines = text.splitlines()
    for number, line in enumerate(lines):
        if line and not line.startswith("#"):
            assert lines[number - 1].startswith("# "), line


def test_role_arrives_late(node_a, store, attach_role):
    """Without a role at first, then with one that may not, then with the right one: one and the same run."""
    assert not node_a.credentials.exists()
    node_a.run("systemctl start --no-block qdrant-backup.service")
    node_a.until("journalctl -u qdrant-backup.service | grep -q 'Retrying'")
    time.sleep(5)
    attach_role(node_a, "Nothing")
    time.sleep(5)
    assert node_a.run("systemctl is-active qdrant-backup.service", check=False).strip() == "activating"
    assert backups(store, "node-a") == []
    attach_role(node_a)
    node_a.until(SETTLED)
    assert len(backups(store, "node-a")) == 1, node_a.run("journalctl -o cat -u qdrant-backup.service")
    assert "=success" in node_a.run("systemctl show -p Result qdrant-backup.service")


def test_api_alone(node_b, store, attach_role):
    attach_role(node_b)
    backup_id = now(node_b, 1)
    assert backups(store, "node-b") == [backup_id]


def test_verification(node_a, store):
    before = proofs(store, "node-a")
    node_a.run("systemctl start qdrant-backup-verify.service")
    assert proofs(store, "node-a") == before + 1


def test_two_runs_at_once(node_a, store):
    before = len(backups(store, "node-a"))
    node_a.run("for n in 11 12; do systemctl start --no-block qdrant-backup@20300101T0000${n}Z.service; done")
    node_a.until("! systemctl list-units --no-legend 'qdrant-backup@*' | grep -q activating")
    made = len(backups(store, "node-a")) - before
    journal = node_a.run("journalctl -o cat -u 'qdrant-backup@*'")
    # One was faster than the other could look, or the other was told so; never is one half done.
    assert made == 2 or (made == 1 and "is at work on this node" in journal), journal
    node_a.run("systemctl reset-failed")


def test_hung_run_is_ended_and_the_next_goes_on(node_a, store):
    drop_in(node_a, "TimeoutStartSec=5", "TimeoutStopSec=2")
    node_a.run("systemctl kill -s STOP qdrant")  # a server that accepts and never answers
    before = backups(store, "node-a")
    node_a.run("systemctl start qdrant-backup@20300101T000021Z.service", check=False, timeout=60)
    assert "timeout" in node_a.run("systemctl show -p Result qdrant-backup@20300101T000021Z.service")
    node_a.until("journalctl -t alarm -o cat | grep -q qdrant-backup@20300101T000021Z.service")  # the user's own hook
    node_a.run("systemctl kill -s CONT qdrant")
    drop_in(node_a)
    assert backups(store, "node-a") == before
    assert now(node_a, 22) in backups(store, "node-a")


DROP_IN = "/etc/systemd/system/qdrant-backup@.service.d"
CONNECT = """
import socket, sys
for host in sys.argv[1:]:
    try:
        socket.create_connection((host, 80), 2)
        print("OPEN", host)
    except OSError as error:
        print("SHUT", host, error)
"""
LISTING = """
import glob
for path in glob.glob("/proc/[0-9]*/cmdline") + glob.glob("/proc/[0-9]*/environ"):
    try:
        print(open(path, errors="replace").read().replace(chr(0), " "))
    except OSError:
        pass
"""
ALWAYS_REFUSED = [
    "touch /etc/x",
    "touch /usr/x",
    "touch /opt/x",
    "touch /var/cache/x",
    "ls /root",
    "ls /etc/qdrant-backup/credentials",
    "cat /etc/shadow",
    "cat /proc/1/environ",
    "mount -t tmpfs t /mnt",
    "unshare -U true",
    "ls /var/lib/qdrant/storage",
]
ALWAYS_ALLOWED = [
    "touch /var/lib/qdrant-backup/x && rm /var/lib/qdrant-backup/x",
    "touch /tmp/x",
    "test -r ${CREDENTIALS_DIRECTORY}/qdrant-backup.api_key",
]


def drop_in(machine: machines.Machine, *lines: str) -> None:
    """Change the on-demand unit; no lines take the change away."""
    text = "".join(f"{line}\n" for line in ("[Service]", *lines))
    if lines:
        machine.run(f"mkdir -p {DROP_IN}; cat > {DROP_IN}/tests.conf; systemctl daemon-reload", text=text)
    else:
        machine.run(f"rm -r {DROP_IN}; systemctl daemon-reload; systemctl reset-failed")


def inside(machine: machines.Machine, script: str) -> list[str]:
    """The lines that a shell script writes under all restrictions of the backup's unit."""
    machine.run("cat > /opt/inside", text=script)
    drop_in(machine, "ExecStart=", "ExecStart=/bin/sh /opt/inside")
    try:
        machine.run("systemctl start qdrant-backup@inside.service", check=False)
        return machine.run("journalctl --sync; journalctl -o cat -u qdrant-backup@inside.service").splitlines()
    finally:
        drop_in(machine)


def test_unit_cannot_do_what_it_should_not(node_a, node_b):
    for machine in (node_a, node_b):
        refused, allowed = list(ALWAYS_REFUSED), list(ALWAYS_ALLOWED)
        if machine is node_a:
            allowed.append("ls /var/lib/qdrant/snapshots")
        script = "".join(
            f"if ({word}) >/dev/null 2>&1; then echo DONE {number}; else echo NOT {number}; fi\n"
            for number, word in enumerate(refused + allowed)
        )
        said = inside(machine, script)
        wrong = [word for number, word in enumerate(refused) if f"NOT {number}" not in said]
        wrong += [word for number, word in enumerate(allowed, len(refused)) if f"DONE {number}" not in said]
        assert wrong == [], (machine.name, said)


def test_unit_talks_to_allowed_addresses_alone(node_b):
    """10.232.0.1 is the host's own, and not in the list."""
    machines.ip("addr", "add", "10.232.0.1/32", "dev", "lo", space=node_b.name)
    node_b.run("cat > /opt/connect.py", text=CONNECT)
    said = "\n".join(inside(node_b, "exec python3 /opt/connect.py 169.254.169.254 10.231.0.1 10.232.0.1"))
    assert "OPEN 169.254.169.254" in said, said
    assert "SHUT 10.231.0.1 [Errno 111]" in said, said  # nobody listens there, and it was asked
    assert "SHUT 10.232.0.1" in said and "SHUT 10.232.0.1 [Errno 111]" not in said, said


def test_no_secret_lies_about(node_a, node_b):
    """Searched: /etc but the credentials, logs, state, command lines and environments of all processes, the units."""
    for machine in (node_a, node_b):
        role = json.loads(machine.credentials.read_text())
        machine.run("systemctl start --no-block qdrant-backup@20300101T000041Z.service")
        everything = machine.run("python3 -", text=LISTING)
        machine.until("! systemctl list-units --no-legend 'qdrant-backup@*' | grep -q activating")
        everything += machine.run("journalctl --no-pager -o verbose; systemctl show 'qdrant-backup*'")
        for key in (server.KEY, role["SecretAccessKey"], role["Token"]):
            places = "/etc /var/lib/qdrant-backup /var/log /run/log /opt/qdrant-backup /usr/local"
            found = machine.run(f"grep -rlF -e '{key}' {places} 2>/dev/null", check=False).split()
            expected = ["/etc/qdrant-backup/credentials/api_key", "/etc/qdrant/config.yaml"]
            assert sorted(found) == (expected if key == server.KEY else [])
            # The double gets its key in its environment.
            lines = [line for line in everything.splitlines() if key in line and "DOUBLE_API_KEY=" not in line]
            assert lines == []
        modes = machine.run("stat -c '%U %a' /etc/qdrant-backup/credentials /etc/qdrant-backup/credentials/api_key")
        assert modes.split() == ["root", "700", "root", "600"]


OFTEN = "[Timer]\nOnCalendar=\nOnCalendar={}\nRandomizedDelaySec=0\n"


@pytest.mark.nightly
def test_timer_fires_and_makes_up_for_a_power_cut(node_a, store):
    timer, service = (f"/etc/systemd/system/qdrant-backup.{kind}.d" for kind in ("timer", "service"))
    node_a.run(f"mkdir {timer}; cat > {timer}/tests.conf", text=OFTEN.format("*-*-* *:*:0/10"))
    shorter = f"[Service]\nExecStart=\nExecStart={PROGRAM} run --slot 10s\n"
    node_a.run(f"mkdir {service}; cat > {service}/tests.conf", text=shorter)
    node_a.run("systemctl daemon-reload; systemctl restart qdrant-backup.timer")
    before = len(backups(store, "node-a"))
    node_a.until("journalctl -u qdrant-backup.service -o cat | grep -c Finished | grep -q '[1-9]'")
    deadline = time.monotonic() + 60
    while len(backups(store, "node-a")) < before + 2 and time.monotonic() < deadline:
        time.sleep(1)
    assert len(backups(store, "node-a")) >= before + 2
    # The elapse of this one lies in the time without power.
    moment = time.time() + 15
    once = time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime(moment))
    node_a.run(f"cat > {timer}/tests.conf", text=OFTEN.format(once))
    node_a.run("systemctl daemon-reload; systemctl restart qdrant-backup.timer")
    node_a.until(SETTLED)
    assert time.time() < moment, "too slow: the elapse is over"
    missed = len(backups(store, "node-a"))
    node_a.power_cut()
    time.sleep(max(0, moment - time.time()) + 2)
    node_a.up()
    node_a.until("journalctl -b -u qdrant-backup.service -o cat | grep -q Finished")
    assert len(backups(store, "node-a")) == missed + 1
    node_a.run(f"rm -r {timer} {service}; systemctl daemon-reload; systemctl restart qdrant-backup.timer")


def test_backup_now_gives_all_hosts_one_id(node_a, node_b, controller, variables, store):
    controller.play([node_a, node_b], "vectorops.qdrant.backup_now", variables)
    assert backups(store, "node-a")[0][:8] == "20300101"  # sorts after real time
    shared = set(backups(store, "node-a")) & set(backups(store, "node-b"))
    assert [one for one in shared if not one.startswith("2030")]


WRONG = [
    ({"qdrant_backup_buckett": "x"}, ["no variable qdrant_backup_buckett"]),
    ({"qdrant_backup_path": "/srv"}, ["not both"]),
    ({"qdrant_backup_secret_key": "made-up-secret-of-nobody"}, ["instance role"]),
    ({"qdrant_backup_access_key_file": "/root/key"}, ["instance role"]),
    ({"qdrant_backup_api_key_file": "/root/key"}, ["mutually exclusive"]),
    ({"qdrant_backup_snapshots_dir": "/var/lib/nothing"}, ["does not exist"]),
    ({"qdrant_backup_snapshots_dir": "/root"}, ["belongs to root"]),
    ({"qdrant_backup_snapshots_dir": "/srv/nobodys"}, ["belongs to user 4711, who has no name on this host"]),
    # What would only be found out by the timer, or by nobody.
    (
        {"qdrant_backup_on_calendar": "now and then", "qdrant_backup_verify_on_calendar": "2020-01-01"},
        ['on_calendar: "now and then" is not a valid schedule', 'verify_on_calendar: "2020-01-01" never elapses'],
    ),
    (
        {
            "qdrant_backup_random_delay": "a bit",
            "qdrant_backup_timeout": "long",
            "qdrant_backup_verify_timeout": "0",
        },
        [
            'random_delay: "a bit" is not a valid time',
            'backup_timeout: "long" is not a valid time',
            'verify_timeout: "0" is not a valid time',
        ],
    ),
    ({"qdrant_backup_on_calendar": "*:0/15"}, ["qdrant_backup_slot: ", "lie in one slot of 1h"]),
    ({"qdrant_backup_min_free": "lots"}, ["qdrant_backup_min_free: 'lots' is not a size"]),
    ({"qdrant_backup_textfile_dir": "/etc"}, ["may not write to /etc, which belongs to root"]),
]


def test_refusals(node_b, controller, variables, each):
    node_b.run("install -d -o 4711 /srv/nobodys")
    before = node_b.run("sha256sum /etc/qdrant-backup/config.yml /etc/systemd/system/qdrant-backup*")
    wrong = [given for given, dummy in WRONG]
    outcome = controller.refused(node_b, "qdrant_backup", variables, wrong, each["node-b"])
    for number, (given, sentences) in enumerate(WRONG):
        said = outcome.refusal(f"node-b-{number}")
        assert [sentence for sentence in sentences if sentence not in said] == [], (given, outcome.text)
    assert "made-up-secret" not in outcome.text
    assert node_b.run("sha256sum /etc/qdrant-backup/config.yml /etc/systemd/system/qdrant-backup*") == before
    assert node_b.run("systemctl is-active qdrant-backup.timer").strip() == "active"


def test_libraries_that_are_too_old_are_refused(node_b, controller, variables, each):
    """As EL 9 has them: there, and of no use. Ubuntu 22.04 has no others."""
    python = node_b.run("python3 -c 'import sys; print(*sys.version_info[:2], sep=\".\")'").strip()
    place = f"/usr/local/lib/python{python}/dist-packages"
    node_b.run(f"mkdir -p {place}; echo '__version__ = \"1.20.3\"' > {place}/boto3.py")
    wanted = {"node-b": {**each["node-b"], "qdrant_backup_libraries": "distribution"}}
    outcome = controller.role([node_b], "qdrant_backup", variables, check=False, host_variables=wanted)
    node_b.run(f"rm {place}/boto3.py")
    assert outcome.code != 0 and outcome.changed() == 0
    told = (
        "boto3 is 1.20.3, and 1.26.27 is needed." if images.fresh_libraries() else "carries a boto3 older than 1.26.27."
    )
    assert f"{told} Set qdrant_backup_libraries: venv" in " ".join(outcome.text.split()), outcome.text


@pytest.mark.nightly
def test_absent_leaves_nothing_but_backups(node_a, node_b, controller, variables, each, store):
    before = backups(store, "node-a")
    gone = {**variables, "qdrant_backup_state": "absent"}
    controller.role([node_a, node_b], "qdrant_backup", gone, host_variables=each)
    for machine in (node_a, node_b):
        assert machine.code(" || ".join(f"test -e {path}" for path in LEFT)) == 1
        assert machine.run("find /etc /var/lib /usr/local /opt -name '*qdrant-backup*'") == ""
        assert machine.run("systemctl list-units --all --no-legend 'qdrant-backup*'") == ""
        assert machine.code("getent passwd qdrant-backup") != 0
        assert server.call(machine, "GET", "/collections")["collections"]
    assert backups(store, "node-a") == before
    assert controller.role([node_a, node_b], "qdrant_backup", gone, host_variables=each).changed() == 0

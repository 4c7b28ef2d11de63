# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The playbook ``drill`` on a host (systemd-run is a stand-in), and the units that the role writes."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.vectorops.qdrant.tests.integration.test_restore_role import Fleet
from ansible_collections.vectorops.qdrant.tests.support import ansible

pytest.importorskip("qdrant_edge", reason="qdrant-edge-py is not installed (it needs Python 3.10 or later)")
pytestmark = [pytest.mark.integration, pytest.mark.skipif(not ansible.has_ansible(), reason="needs ansible-playbook")]
ROLE = Path(__file__).parents[2] / "roles" / "qdrant_drill"
# The unit of the scheduled backup, as far as it matters here.
UNIT = """\
[Unit]
Description=Back Qdrant up
OnFailure=qdrant-backup-failed@%n.service
OnSuccess=qdrant-backup-ping.service
OnSuccess=qdrant-backup-metrics.service

[Service]
Type=oneshot
User=qdrant
ExecStart=/usr/local/bin/qdrant-backup run --slot 1h --wait-for-access 300
TimeoutStartSec=3h
LoadCredential=qdrant-backup.api_key:/etc/qdrant-backup/credentials/api_key
InaccessiblePaths=-/var/lib/qdrant/storage
InaccessiblePaths=-/etc/qdrant-backup/credentials
SystemCallFilter=~@privileged @resources
"""


def backed_up(rig: Any, folder_of_test: Path) -> Fleet:
    """Hosts whose node has a backup of 60 articles."""
    rig.fill("articles", 60)
    rig.run("back_up", node="node-a")
    folder = folder_of_test / "fleet"
    folder.mkdir()
    fleet = Fleet(rig, folder)
    for host in fleet.hosts.values():
        host.pop("qdrant_restore_node")
    return fleet


def test_a_drill_now_writes_its_reports_to_the_controller(rig: Any, tmp_path: Path) -> None:
    fleet = backed_up(rig, tmp_path)
    code, said = play(fleet, "-l", "node-a", rto="10m", report_formats=["html", "xml", "json"])
    assert code == 0 and "passed, grade 3" in said and "articles: passed, 60 points" in said, said
    code, said = play(fleet, "-l", "node-a", rpo="0.001s", collections="articles", report_formats="html")
    assert code != 0 and "RPO missed" in said, said
    names = sorted(path.name for path in (fleet.folder / "reports").iterdir())
    assert [name.rpartition(".")[2] for name in names] == ["html", "json", "xml", "html"]
    assert ">Passed<" in (fleet.folder / "reports" / names[0]).read_text()
    last = (fleet.folder / "reports" / names[-1]).read_text()
    assert ">Failed<" in last and "Trend: 1 of the last 2 drills passed" in last


def test_empty_variables_and_zero(rig: Any, tmp_path: Path) -> None:
    """A name without a value in an inventory is null; 0 is a value, as a number and as a text."""
    fleet = backed_up(rig, tmp_path)
    code, said = play(fleet, "-l", "node-a", report_dir=None, rpo=None, rto="")
    assert code == 0 and "passed, grade 3" in said, said
    assert not (fleet.folder / "reports").exists() and "--rpo" not in fleet.commands()[-1]
    for zero in (0, "0"):
        code, said = play(fleet, "-l", "node-a", rto=zero)
        assert code != 0 and "RTO missed" in said, said
    rig.damage(next(key for key in rig.keys("/archives/") if "/articles/" in key))
    code, said = play(fleet, "-l", "node-a")
    assert (
        code != 0 and "articles: FAILED in phase fetch, " in said and "None" not in said.partition("PLAY RECAP")[0]
    ), said


def play(fleet: Fleet, *words: str, **variables: Any) -> tuple[int, str]:
    given = {f"qdrant_drill_{name}": value for name, value in {"report_dir": "reports", **variables}.items()}
    (fleet.folder / "hosts.json").write_text(json.dumps({"qdrant": {"hosts": fleet.hosts}}))
    (fleet.folder / "given.json").write_text(json.dumps({**given, "__qdrant_backup_unit": "{{ unit_of_this_host }}"}))
    before, os.environ["PATH"] = os.environ["PATH"], fleet.path
    pwd, os.environ["PWD"] = os.environ.get("PWD", ""), str(fleet.folder)
    try:
        done = ansible.play_here(
            fleet.folder, "-i", "hosts.json", "-e", "@given.json", "vectorops.qdrant.drill", *words
        )
    finally:
        os.environ["PATH"], os.environ["PWD"] = before, pwd
    return done.returncode, " ".join((done.stdout + done.stderr).split())


RENDER = """\
- hosts: localhost
  gather_facts: false
  vars:
    __qdrant_drill_slurped: {content: "{{ lookup('ansible.builtin.file', 'unit') | b64encode }}"}
  vars_files: ["{{ role_folder }}/defaults/main.yml", "{{ role_folder }}/vars/main.yml"]
  tasks:
    - ansible.builtin.template:
        src: "{{ role_folder }}/templates/drill.service.j2"
        dest: "{{ playbook_dir }}/{{ item.name }}"
      vars:
        qdrant_drill_target: "{{ item.target }}"
        qdrant_drill_scratch_url: "{{ item.url }}"
        qdrant_drill_scratch_api_key_file: "{{ '/root/key' if item.url else '' }}"
        qdrant_drill_collections: "{{ item.collections }}"
        qdrant_drill_all_nodes: "{{ item.name == 'all' }}"
        qdrant_drill_rto: 30m
      loop:
        - {name: engine, target: engine, url: "", collections: []}
        - {name: all, target: engine, url: "", collections: []}
        - {name: scratch, target: scratch, url: "http://s:6333", collections: ["a b%", "-c"]}
        - {name: same, target: same, url: "", collections: []}
"""


def test_the_unit_shares_the_restrictions_of_the_backup(tmp_path: Path) -> None:
    (tmp_path / "unit").write_text(UNIT)
    (tmp_path / "render.yml").write_text(RENDER)
    done = ansible.play_here(tmp_path, "-i", "localhost,", "-c", "local", "-e", f"role_folder={ROLE}", "render.yml")
    assert done.returncode == 0, done.stdout + done.stderr
    units = {name: (tmp_path / name).read_text().splitlines() for name in ("engine", "all", "scratch", "same")}
    for lines in units.values():
        assert "User=qdrant" in lines and "TimeoutStartSec=12h" in lines and "TimeoutStartSec=3h" not in lines
        assert "OnFailure=qdrant-backup-failed@%n.service" in lines and "SuccessExitStatus=4" in lines
        assert (
            "OnSuccess=qdrant-backup-metrics.service" in lines and "OnSuccess=qdrant-backup-ping.service" not in lines
        )
        assert "InaccessiblePaths=-/etc/qdrant-backup/credentials" in lines
        assert lines.index("SystemCallFilter=prlimit64 setrlimit") > lines.index(
            "SystemCallFilter=~@privileged @resources"
        )
    starts = {name: next(line for line in lines if line.startswith("ExecStart=")) for name, lines in units.items()}
    program = "ExecStart=/usr/local/bin/qdrant-backup drill --wait-for-access 300 "
    assert starts["engine"] == program + '"--backup-id=latest" "--target=engine" "--rto=30m"'
    assert starts["all"] == program + '"--backup-id=latest" "--target=engine" "--rto=30m" "--all-nodes"'
    assert starts["scratch"].endswith('"--scratch-url=http://s:6333" "--rto=30m" "--" "a b%%" "-c"')
    assert starts["same"].endswith('"--target=same" "--rto=30m" "--max-load=1.0"')
    assert "LoadCredential=qdrant-backup.scratch_api_key:/root/key" in units["scratch"]
    hidden = "InaccessiblePaths=-/var/lib/qdrant/storage"
    assert hidden in units["engine"] and hidden in units["scratch"] and hidden not in units["same"]


SET_UP = """\
- hosts: localhost
  gather_facts: false
  tasks:
    - ansible.builtin.stat:
        path: /
      register: __qdrant_backup_booted # as the role qdrant_backup does
      when: after_backup | bool
    - ansible.builtin.include_role:
        name: vectorops.qdrant.qdrant_drill
"""


def test_check_mode_ends_on_a_host_where_the_backup_would_be_installed_first(tmp_path: Path) -> None:
    """In one play with the role qdrant_backup, which installs no unit in check mode."""
    (tmp_path / "setup.yml").write_text(SET_UP)
    place = ("-i", "localhost,", "-c", "local", "-e", f"__qdrant_drill_backup_unit={tmp_path}/unit")
    done = ansible.play_here(tmp_path, *place, "setup.yml", "--check", "-e", "after_backup=true")
    assert done.returncode == 0 and "A run without --check sets it up" in done.stdout, done.stdout + done.stderr
    for words in (("--check", "-e", "after_backup=false"), ("-e", "after_backup=true")):
        done = ansible.play_here(tmp_path, *place, "setup.yml", *words)
        assert done.returncode != 0 and "Run the role vectorops.qdrant.qdrant_backup" in done.stdout, done.stdout


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="needs systemd-analyze")
def test_a_schedule_that_never_elapses_is_refused(tmp_path: Path) -> None:
    (tmp_path / "setup.yml").write_text(SET_UP)
    (tmp_path / "unit").write_text(UNIT)
    place = ("-i", "localhost,", "-c", "local", "-e", f"__qdrant_drill_backup_unit={tmp_path}/unit")
    given = ("-e", "after_backup=false", "-e", "qdrant_drill_on_calendar=2020-01-01")
    done = ansible.play_here(tmp_path, *place, "setup.yml", "--check", *given)
    said = " ".join(done.stdout.split())
    assert done.returncode != 0 and "never elapses. Use a systemd calendar expression" in said, said

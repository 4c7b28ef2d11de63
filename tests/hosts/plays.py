# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Plays on test hosts, by the controller's ansible-playbook over ssh."""

from __future__ import annotations

import dataclasses
import json
import os
import pathlib
import re
import subprocess
from collections.abc import Sequence
from typing import Any

from .machines import Machine

# Timers that fire at a full hour would add backups to those that a test counts. Tests of timers set their own times.
QUIET = {"qdrant_backup_on_calendar": "yearly", "qdrant_backup_verify_on_calendar": "yearly"}


@dataclasses.dataclass
class Outcome:
    """How a play ended: the exit code, what was written, and for each host its counts."""

    code: int
    text: str
    counts: dict[str, dict[str, int]]

    def changed(self) -> int:
        return sum(each["changed"] for each in self.counts.values())

    def changes(self) -> list[str]:
        """The tasks that changed something, as written by the play."""
        parts = re.split(r"^TASK \[(.*?)\] \**$", self.text, flags=re.M)
        return [name for name, said in zip(parts[1::2], parts[2::2]) if re.search("^changed:", said, flags=re.M)]

    def refusal(self, host: str) -> str:
        """What the task said that failed on this host, for each of its items, in one line; empty if none failed."""
        found = re.findall(rf"^(?:fatal|failed): \[{re.escape(host)}(?: -> .*?)?\].*$", self.text, flags=re.M)
        return " ".join(" ".join(found).replace('\\"', '"').split())


@dataclasses.dataclass(frozen=True)
class Alias:
    """A host under another name of the inventory, with variables of its own."""

    machine: Machine
    name: str

    @property
    def address(self) -> str:
        return self.machine.address

    @property
    def key(self) -> pathlib.Path:
        return self.machine.key

    def ssh(self) -> list[str]:
        return self.machine.ssh()


class Controller:
    """Runs plays; each gets the inventory of the hosts that are given."""

    def __init__(self, folder: pathlib.Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    def inventory(
        self, machines: Sequence[Machine | Alias], variables: dict[str, Any], extra: dict[str, Any]
    ) -> pathlib.Path:
        hosts: dict[str, Any] = {}
        for machine in machines:
            options = " ".join(machine.ssh()[3:-1])
            hosts[machine.name] = {
                "ansible_host": machine.address,
                "ansible_user": "root",
                "ansible_ssh_private_key_file": str(machine.key),
                "ansible_ssh_common_args": options,
                "ansible_python_interpreter": "/usr/bin/python3",
                **extra.get(machine.name, {}),
            }
        path = self.folder / "inventory.json"
        path.write_text(json.dumps({"qdrant": {"hosts": hosts, "vars": variables}}))
        return path

    def play(
        self,
        machines: Sequence[Machine | Alias],
        what: str | list[dict[str, Any]],
        variables: dict[str, Any] | None = None,
        *words: str,
        check: bool = True,
        host_variables: dict[str, Any] | None = None,
    ) -> Outcome:
        """Run a playbook by name, or these tasks with gather_facts off. check: AssertionError unless it went well."""
        inventory = self.inventory(machines, variables or {}, host_variables or {})
        if not isinstance(what, str):
            path = self.folder / "play.json"
            path.write_text(json.dumps([{"hosts": "qdrant", "gather_facts": False, "tasks": what}]))
            what = str(path)
        environment = {**os.environ, "ANSIBLE_PIPELINING": "1", "ANSIBLE_HOST_KEY_CHECKING": "0"}
        environment.update({"ANSIBLE_SSH_CONTROL_PATH_DIR": str(self.folder / "cp"), "ANSIBLE_NOCOLOR": "1"})
        environment.pop("PYTHONPATH", None)
        environment["PWD"] = str(self.folder)  # reports are written below it
        done = subprocess.run(
            ["ansible-playbook", "-i", str(inventory), what, *words],
            env=environment,
            cwd=self.folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=1800,
            check=False,
        )
        pattern = r"^(\S+)\s+: ok=(\d+)\s+changed=(\d+)\s+unreachable=(\d+)\s+failed=(\d+)"
        counts = {
            found[0]: dict(zip(("ok", "changed", "unreachable", "failed"), map(int, found[1:]), strict=True))
            for found in re.findall(pattern, done.stdout, flags=re.M)
        }
        if check and done.returncode:
            raise AssertionError(f"{what} ended with {done.returncode}:\n{done.stdout}")
        return Outcome(done.returncode, done.stdout, counts)

    def role(
        self, machines: Sequence[Machine | Alias], name: str, variables: dict[str, Any], *words: str, **more: Any
    ) -> Outcome:
        """Run one role of the collection."""
        task = {"name": name, "ansible.builtin.include_role": {"name": f"vectorops.qdrant.{name}"}}
        return self.play(machines, [task], variables, *words, **more)

    def refused(
        self,
        machine: Machine,
        name: str,
        variables: dict[str, Any],
        wrong: Sequence[dict[str, Any]],
        own: dict[str, Any],
    ) -> Outcome:
        """Run a role with each of these wrong variables, all in one play: the host has the names ``NAME-0``, ``NAME-1``
        and so on in it, one for each. own: the host's other variables."""
        hosts = [Alias(machine, f"{machine.name}-{number}") for number in range(len(wrong))]
        given = {host.name: {**own, **one} for host, one in zip(hosts, wrong, strict=True)}
        outcome = self.role(hosts, name, variables, "--forks", "4", check=False, host_variables=given)
        assert [host.name for host in hosts if not outcome.counts[host.name]["failed"]] == [], outcome.text
        assert outcome.changed() == 0, outcome.text
        return outcome

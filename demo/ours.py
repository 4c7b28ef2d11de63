# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The collection at work: real ansible-playbook runs of the files below playbooks/."""

from __future__ import annotations

import json
import os
import re
import shutil
import sys
from pathlib import Path
from typing import Any

from ansible_collections.vectorops.qdrant.tests.support.qdrant import RunningQdrant
from ansible_collections.vectorops.qdrant.tests.support.s3 import RunningS3
from command import Commands, DemoError
from terminal import Terminal

_REPORT = re.compile(r"^((?:ok|changed): \[[^]]*\]) => (\{.*\})$")
PLAYBOOKS = Path(__file__).resolve().parent / "playbooks"


class Playbooks:
    """Runs one playbook after another; each leaves its module's report behind."""

    def __init__(
        self, commands: Commands, terminal: Terminal, folder: Path, node: RunningQdrant, store: RunningS3
    ) -> None:
        self._commands, self._terminal = commands, terminal
        self._variables = folder / "demo.json"
        values = {
            "demo_url": node.url,
            "demo_bucket": store.bucket,
            "demo_endpoint_url": store.url,
            "demo_snapshots_dir": node.snapshots_dir,
            "demo_state_dir": str(folder / "state"),
        }
        self._variables.write_text(json.dumps(values))

    def run(self, name: str) -> list[dict[str, Any]]:
        """Run playbooks/<name>.yml; the report of each of its modules. DemoError when it fails."""
        self._terminal.line(f"$ ansible-playbook -i inventory.yml {name}.yml")
        inventory, playbook = str(PLAYBOOKS / "inventory.yml"), str(PLAYBOOKS / f"{name}.yml")
        command = [
            program("ansible-playbook"),
            "-v",
            "-c",
            "local",
            "-i",
            inventory,
            "-e",
            f"@{self._variables}",
            playbook,
        ]
        lines = self._commands.run(command, self._tell)
        return [json.loads(report) for line in lines for state, report in _REPORT.findall(line)]

    def _tell(self, line: str) -> None:
        """Ansible's own lines, without its rows of stars and without the reports, which -v adds to them."""
        text = _REPORT.sub(r"\1", line).rstrip("* ")
        if text and not text.startswith(("PLAY RECAP", "Using ")):
            self._terminal.line(text, "dim", 5)


def find(name: str) -> str | None:
    """A program of this environment: beside the interpreter, else on PATH."""
    beside = os.path.join(os.path.dirname(sys.executable), name)
    return beside if os.access(beside, os.X_OK) else shutil.which(name)


def program(name: str) -> str:
    """The same, for one that must be there: DemoError."""
    found = find(name)
    if not found:
        raise DemoError(f"{name} is not here: run the demo by 'make demo', which sets everything up.")
    return found


def environment(folder: Path, store: RunningS3) -> dict[str, str]:
    """For every program of the demo: nothing of the user's own settings for Ansible, AWS or proxies; every temporary
    file below the demo's folder; the store's keys, which no command line shows."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("AWS_", "ANSIBLE_")) and not name.lower().endswith("_proxy")
    }
    temporary = folder / "tmp"
    temporary.mkdir()
    settings = folder / "ansible.cfg"
    settings.touch()
    return {
        **kept,
        "PATH": os.pathsep.join([os.path.dirname(sys.executable), kept.get("PATH", os.defpath)]),
        "HOME": str(folder),
        "TMPDIR": str(temporary),
        "LC_ALL": "C.UTF-8",
        "ANSIBLE_COLLECTIONS_PATH": os.environ.get("ANSIBLE_COLLECTIONS_PATH", ""),
        "ANSIBLE_CONFIG": str(settings),
        "ANSIBLE_HOME": str(folder / "ansible"),
        "ANSIBLE_NOCOLOR": "1",
        "ANSIBLE_PIPELINING": "1",
        "AWS_ACCESS_KEY_ID": store.access_key,
        "AWS_SECRET_ACCESS_KEY": store.secret_key,
        "AWS_DEFAULT_REGION": store.region,
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_EC2_METADATA_DISABLED": "true",
    }

# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Real ``ansible-playbook`` runs for tests: at -vvv, every result kept, everything printed searched for secrets.

The controller is this interpreter's ansible-core; the target's interpreter is TARGET_PYTHON (default: this one).
"""

from __future__ import annotations

import dataclasses
import json
import os
import pathlib
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Mapping
from typing import Any

import yaml

from ...plugins.module_utils import _options

_HERE = pathlib.Path(__file__).parent
_FORBIDDEN = ("Traceback", "MODULE FAILURE", "X-Amz-Signature=", "X-Amz-Credential=")
_RUN_SECONDS = 240


def collections_path() -> str:
    """The folder whose ``ansible_collections`` this test run imports from."""
    return str(next(up.parent for up in pathlib.Path(_options.__file__).parents if up.name == "ansible_collections"))


def all_collections_path() -> str:
    """That folder, and those with the collections of others (amazon.aws, community.aws)."""
    given = [path for path in os.environ.get("ANSIBLE_COLLECTIONS_PATH", "").split(os.pathsep) if path]
    return os.pathsep.join([collections_path(), *given])


def has_collection(name: str) -> bool:
    """Whether a collection of others (``community.aws``) can be found."""
    folder = os.path.join("ansible_collections", *name.split("."))
    return any(os.path.isdir(os.path.join(path, folder)) for path in all_collections_path().split(os.pathsep))


def target_python() -> str:
    """The interpreter that modules run on."""
    return os.environ.get("TARGET_PYTHON") or sys.executable


def has_ansible() -> bool:
    """Whether ansible-playbook is installed beside this interpreter."""
    return os.access(_program(), os.X_OK)


def play_here(folder: pathlib.Path, *words: str) -> subprocess.CompletedProcess[str]:
    """A run of ansible-playbook in a folder, for what roles and playbooks do on the controller alone."""
    return subprocess.run(
        [_program(), *words],
        cwd=folder,
        env={**os.environ, "ANSIBLE_COLLECTIONS_PATH": all_collections_path(), "ANSIBLE_NOCOLOR": "1"},
        capture_output=True,
        text=True,
        timeout=_RUN_SECONDS,
        check=False,
    )


@dataclasses.dataclass(frozen=True)
class TaskResult:
    """How one task ended. ``state``: ok, failed, skipped or unreachable; ``values``: what the module returned."""

    task: str
    action: str
    host: str
    state: str
    values: dict[str, Any]

    def __getitem__(self, name: str) -> Any:
        return self.values[name]

    @property
    def items(self) -> list[dict[str, Any]]:
        """The results of a loop, in order."""
        return list(self.values["results"])


@dataclasses.dataclass(frozen=True)
class PlaybookRun:
    """One run that has ended. Results by the task's name; ``output`` is all that was printed."""

    code: int
    output: str
    results: list[TaskResult]

    def __getitem__(self, task: str) -> TaskResult:
        found = [result for result in self.results if result.task == task]
        if len(found) != 1:
            raise KeyError(f"{len(found)} results of task {task!r}; the run printed:\n{self.output[-3000:]}")
        return found[0]

    def of(self, module: str) -> list[TaskResult]:
        """Results of every task of one of our modules."""
        return [result for result in self.results if result.action == f"vectorops.qdrant.{module}"]


@dataclasses.dataclass
class Ansible:
    """Runs playbooks below ``directory``, which holds everything that Ansible writes. ``secrets``: never printed."""

    directory: pathlib.Path
    secrets: tuple[str, ...]
    _runs: int = 0

    def run(
        self,
        playbook: str | os.PathLike[str] | list[dict[str, Any]],
        variables: Mapping[str, Any],
        *options: str,
        python: str | None = None,
        environment: Mapping[str, str] | None = None,
    ) -> PlaybookRun:
        """Run a playbook (a file, or plays as values) with variables; AssertionError where it prints a secret."""
        self._runs += 1
        home = self.directory / f"run{self._runs}"
        home.mkdir(parents=True)
        if isinstance(playbook, list):
            (home / "playbook.yml").write_text(yaml.safe_dump(playbook, sort_keys=False))
            playbook = home / "playbook.yml"
        (home / "variables.json").write_text(json.dumps(dict(variables)))
        host = {"ansible_connection": "local", "ansible_python_interpreter": python or target_python()}
        (home / "inventory.yml").write_text(yaml.safe_dump({"qdrant": {"hosts": {"node-a": host, "node-b": host}}}))
        command = [_program(), "-vvv", "-i", str(home / "inventory.yml"), "-e", f"@{home / 'variables.json'}"]
        with tempfile.TemporaryDirectory(prefix="ansible-") as short:  # Ansible puts a socket there: 100 bytes at most
            done = subprocess.run(
                [*command, *options, str(playbook)],
                cwd=home,
                env={**_environment(home, short), **(environment or {})},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                timeout=_RUN_SECONDS,
                check=False,
            )
        output = done.stdout.decode(errors="replace")
        self._search(output)
        return PlaybookRun(done.returncode, output, _results(home / "results.jsonl"))

    def _search(self, output: str) -> None:
        # ansible-core before 2.19 prints one at -vvv for every lookup and every module of others that fails.
        for usual in ("exception during Jinja2 execution: ", "The full traceback is:\n"):
            output = output.replace(f"{usual}Traceback", usual)
        for word in (*_FORBIDDEN, *self.secrets):
            at = output.find(word)
            assert at < 0, f"ansible printed {word!r}: {output[max(0, at - 300) : at + 300]}"


def _results(path: pathlib.Path) -> list[TaskResult]:
    if not path.exists():
        return []
    found: Iterable[dict[str, Any]] = map(json.loads, path.read_text(encoding="utf-8").splitlines())
    return [TaskResult(one["task"], one["action"], one["host"], one["state"], one["result"]) for one in found]


def _program() -> str:
    return os.path.join(os.path.dirname(sys.executable), "ansible-playbook")


def _environment(home: pathlib.Path, short: str) -> dict[str, str]:
    """Nothing of the user's own settings for Ansible, Python, AWS or proxies; every file below ``home``."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("AWS_", "ANSIBLE_", "PYTHON")) and not name.lower().endswith("_proxy")
    }
    (home / "ansible.cfg").touch()
    return {
        **kept,
        "HOME": str(home),
        "TMPDIR": short,
        "LC_ALL": "C.UTF-8",
        "ANSIBLE_CALLBACK_PLUGINS": str(_HERE / "callback_plugins"),
        "ANSIBLE_CALLBACKS_ENABLED": "results",
        "ANSIBLE_COLLECTIONS_PATH": collections_path(),
        "ANSIBLE_CONFIG": str(home / "ansible.cfg"),
        "ANSIBLE_HOME": str(home / "home"),
        "ANSIBLE_INJECT_INVOCATION": "1",
        "ANSIBLE_LOCAL_TEMP": short,
        "ANSIBLE_LOCALHOST_WARNING": "0",
        "ANSIBLE_NOCOLOR": "1",
        "ANSIBLE_PIPELINING": "1",
        "ANSIBLE_REMOTE_TEMP": str(home / "remote"),
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_EC2_METADATA_DISABLED": "true",
        "TEST_RESULTS_PATH": str(home / "results.jsonl"),
    }

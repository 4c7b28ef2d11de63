# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The virtual environment of the role qdrant_backup: one that works stays until another one is complete."""

from __future__ import annotations

import json
import os
import pathlib
import subprocess
import sys
from typing import Any

import pytest
from ansible_collections.vectorops.qdrant.tests.support import ansible

pytestmark = [
    pytest.mark.integration,
    pytest.mark.skipif(not ansible.has_ansible(), reason="needs ansible-playbook"),
    pytest.mark.skipif(os.geteuid() != 0, reason="the files belong to root"),
]
MISSING = f"made-up-package==1.0 --hash=sha256:{'0' * 64}"


def play(folder: pathlib.Path, wanted: str, *words: str) -> tuple[int, str]:
    """Exit code and output of the tasks that install these packages, without a network."""
    wheels = folder / "wheels"
    wheels.mkdir(exist_ok=True)
    known: dict[str, Any] = {
        "__qdrant_backup_venv": str(folder / "opt" / "venv"),
        "__qdrant_backup_wanted": wanted,
        "__qdrant_backup_with_engine": wanted,
        "qdrant_backup_wheels": str(wheels),
        "qdrant_backup_python": sys.executable,
        "ansible_python_interpreter": sys.executable,
    }
    include = {"name": "vectorops.qdrant.qdrant_backup", "tasks_from": "venv"}
    play = [{"hosts": "localhost", "gather_facts": False, "tasks": [{"ansible.builtin.include_role": include}]}]
    (folder / "play.json").write_text(json.dumps(play))
    (folder / "known.json").write_text(json.dumps(known))
    done = ansible.play_here(folder, "-e", "@known.json", "play.json", *words)
    return done.returncode, done.stdout + done.stderr


def installed(folder: pathlib.Path) -> str:
    """What the environment says of itself, with its own Python."""
    code = "import sys; sys.stdout.write(open(sys.prefix + '/requirements.txt').read())"
    python = str(folder / "opt" / "venv" / "bin" / "python")
    return subprocess.run([python, "-c", code], capture_output=True, text=True, check=True).stdout.strip()


def names(folder: pathlib.Path) -> list[str]:
    return sorted(path.name for path in (folder / "opt").iterdir())


def test_one_that_works_stays_until_the_next_is_complete(tmp_path: pathlib.Path) -> None:
    code, said = play(tmp_path, "# first")
    assert code == 0 and (installed(tmp_path), names(tmp_path)) == ("# first", ["venv"]), said
    code, said = play(tmp_path, "# first")
    assert code == 0 and "changed=0" in said, said
    code, said = play(tmp_path, "# second", "--check")
    assert code == 0 and "changed=0" not in said and installed(tmp_path) == "# first", said
    code, said = play(tmp_path, MISSING)
    assert code != 0 and "made-up-package" in said and installed(tmp_path) == "# first", said
    code, said = play(tmp_path, "# second")
    assert code == 0 and (installed(tmp_path), names(tmp_path)) == ("# second", ["venv"]), said

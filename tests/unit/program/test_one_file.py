# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The one file: everything of the engine in it, the same bytes from everywhere, and what is done with it on a host."""

from __future__ import annotations

import hashlib
import os
import pathlib
import subprocess
import sys
import zipfile

import pytest
from ansible_collections.vectorops.qdrant.plugins.module_utils._base.errors import RefusedError, UsageError
from ansible_collections.vectorops.qdrant.plugins.module_utils._base.version import VERSION
from ansible_collections.vectorops.qdrant.plugins.module_utils._program import bundle, install

ROOT = pathlib.Path(__file__).resolve().parents[3]
ENGINE = ROOT / "plugins" / "module_utils"
PRINT_HASH = "import hashlib, sys; sys.stdout.write(hashlib.sha256(build('/usr/bin/python3')).hexdigest())"


def hash_by(command, **more):
    return subprocess.run(command, capture_output=True, check=True, timeout=60, **more).stdout.decode()


@pytest.fixture
def program(tmp_path):
    path = tmp_path / "qdrant-backup"
    path.write_bytes(bundle.build(sys.executable))
    path.chmod(0o755)
    return path


def test_the_whole_engine_is_in_it(program):
    with zipfile.ZipFile(program) as archive:
        found = {name for name in archive.namelist() if name.startswith("qdrant_backup/")}
        assert archive.testzip() is None
        assert {entry.date_time for entry in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
    files = {str(path.relative_to(ENGINE)) for path in ENGINE.rglob("*.py")} - {"_ansible.py", "_status/fleet.py"}
    assert found - {"qdrant_backup/__init__.py"} == {f"qdrant_backup/{name}" for name in files}


def test_the_same_bytes_from_the_clone_and_from_itself(program, tmp_path):
    ours = hashlib.sha256(bundle.build("/usr/bin/python3")).hexdigest()
    text = "from plugins.module_utils._program.bundle import build; " + PRINT_HASH
    assert hash_by([sys.executable, "-c", text], cwd=ROOT) == ours
    text = "from qdrant_backup._program.bundle import build; " + PRINT_HASH
    environ = {**os.environ, "PYTHONPATH": str(program)}
    assert hash_by([sys.executable, "-c", text], cwd=tmp_path, env=environ) == ours


def test_it_runs(program, tmp_path):
    done = subprocess.run(
        [str(program), "version"], check=False, capture_output=True, text=True, cwd=tmp_path, timeout=60
    )
    assert done.returncode == 0 and done.stdout.startswith(f"qdrant-backup {VERSION} ") and done.stderr == ""
    done = subprocess.run(
        [str(program), "list", "--path", str(tmp_path)],
        check=False,
        capture_output=True,
        text=True,
        cwd=tmp_path,
        timeout=60,
    )
    assert done.returncode == 0 and done.stdout == "No backups.\n", done.stderr
    assert sorted(path.name for path in tmp_path.iterdir()) == ["qdrant-backup"]


def test_a_plan_for_an_empty_place(tmp_path):
    path = str(tmp_path / "qdrant-backup")
    change = install.plan(path, "/usr/bin/python3", "present")
    report = change.report()
    assert change.changed and change.data.startswith(b"#!/usr/bin/python3\nPK")
    assert report["version"] == VERSION and report["sha256"] == hashlib.sha256(change.data).hexdigest()
    assert report["diff"]["before"] == "" and report["sha256"] in report["diff"]["after"]
    assert not os.path.exists(path)
    assert not install.plan(path, "", "absent").changed


def test_the_second_time_nothing_changes(program):
    change = install.plan(str(program), sys.executable, "present")
    assert not change.changed and change.report()["diff"]["before"] == change.report()["diff"]["after"]
    assert install.plan(str(program), "/usr/bin/python3", "present").changed, "another interpreter"
    assert install.plan(str(program), "", "absent").changed


@pytest.mark.parametrize("length", [0, 3000, 100000])
def test_a_program_that_was_cut_short_is_replaced(program, length):
    program.write_bytes(program.read_bytes()[:length])
    assert install.plan(str(program), sys.executable, "present").changed


def test_another_file_is_left_alone(tmp_path):
    path = tmp_path / "qdrant-backup"
    path.write_text("#!/bin/sh\necho PK mine\n", encoding="utf-8")
    for state in ("present", "absent"):
        with pytest.raises(RefusedError, match="not this program"):
            install.plan(str(path), "/usr/bin/python3", state)
    with pytest.raises(RefusedError, match="folder"):
        install.plan(str(tmp_path), "/usr/bin/python3", "absent")


@pytest.mark.parametrize(
    ("path", "interpreter"),
    [
        ("relative", "/usr/bin/python3"),
        ("/absent-folder-of-tests/x", "/usr/bin/python3"),
        ("{}/x", "python3"),
        ("{}/x", "/with space/python"),
        ("{}/x", "/line\nbreak"),
        ("{}/x", "/" + "x" * 200),
    ],
)
def test_wrong_paths(tmp_path, path, interpreter):
    with pytest.raises(UsageError):
        install.plan(path.format(tmp_path), interpreter, "present")

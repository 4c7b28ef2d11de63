# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Disks of this host that are full, or fill up meanwhile: one sentence, nothing lost, nothing half-made left.

Each case runs in a child with a small file system of its own (root, or a user who may make namespaces); where there is
none, no file of the child may grow large, which fails in the same places with other words.
"""

from __future__ import annotations

import functools
import json
import os
import shutil
import subprocess
import sys

import pytest

pytestmark = pytest.mark.faults
SMALL = 1 << 20
CHILD = """
import importlib, json, os, resource, sys
from ansible_collections.vectorops.qdrant.plugins.module_utils._base.errors import EngineError
task = json.loads(sys.argv[1])
verb = importlib.import_module("ansible_collections.vectorops.qdrant.plugins.module_utils._verbs." + task["verb"])
before = {path for path, dummy, dummy in os.walk(task["disk"])}

def fill():
    if task["limited"]:
        resource.setrlimit(resource.RLIMIT_FSIZE, (task["keep"], resource.RLIM_INFINITY))
        return
    with open(os.path.join(task["disk"], "filler"), "wb", buffering=0) as filler:
        state = os.statvfs(task["disk"])
        filler.write(b"x" * max(0, state.f_bavail * state.f_frsize - task["keep"]))

def progress(event):
    if event.step == task["step"] and not filled:
        filled.append(True)
        fill()

filled = []
if task["blind"]:
    pull = importlib.import_module("ansible_collections.vectorops.qdrant.plugins.module_utils._sync.pull")
    pull.free_bytes = lambda folder: None
if not task["step"]:
    fill()
said = {}
try:
    said["report"] = verb.run(task["options"], False, progress)
except EngineError as error:
    said["error"] = error.sentence()
resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
said["files"] = sorted(os.path.join(at, name) for at, dummy, names in os.walk(task["disk"]) for name in names)
said["filled"] = bool(filled) or not task["step"]
sys.stdout.write(json.dumps(said))
"""


@functools.lru_cache(maxsize=1)
def mounting() -> list[str]:
    """The words before a command that gives it a file system of its own at $1; empty where none can be had."""
    script = 'mount -t tmpfs -o "size=$2" tmpfs "$1" && shift 2 && exec "$@"'
    for words in (["unshare", "--mount"], ["unshare", "--mount", "--user", "--map-root-user"]):
        command = [*words, "sh", "-c", script, "sh"]
        if (
            shutil.which(words[0])
            and not subprocess.run(
                [*command, "/mnt", "1m", "true"], check=False, capture_output=True, timeout=60
            ).returncode
        ):
            return command
    return []


def on_small_disk(disk, verb, options, *, step="", size=64 << 20, keep=0, blind=False):
    """What a verb says in a child whose ``disk`` has ``keep`` bytes left, from the beginning or from a step on. blind:
    a pull does not see how many."""
    os.makedirs(disk, exist_ok=True)
    own = mounting()
    task = {
        "verb": verb,
        "options": options,
        "disk": str(disk),
        "step": step,
        "limited": not own,
        "keep": keep,
        "blind": blind,
    }
    prefix = [*own, str(disk), str(size)] if own else []
    done = subprocess.run(
        [*prefix, sys.executable, "-c", CHILD, json.dumps(task)],
        check=False,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    said = json.loads(done.stdout)
    assert said["filled"], f"step {step} never came"
    assert "Traceback" not in done.stderr
    said["files"] = [path for path in said["files"] if not path.endswith("/filler")]
    return said


@pytest.fixture
def stored(rig):
    """A collection with a committed backup, which was written to since."""
    rig.fill(count=3000)
    rig.run("back_up", backup_id="20260101T000000Z")
    rig.fill(count=10, first=9001)
    return rig


def only_the_first_is_there(rig):
    assert [one["backup_id"] for one in rig.run("list_backups")["backups"]] == ["20260101T000000Z"]
    assert rig.run("verify")["ok"]


def test_the_spool_of_a_backup(stored):
    """Archives are fetched through the API, and somebody else fills the disk meanwhile."""
    spool = stored.directory / "small"
    options = stored.params("back_up", spool_dir=str(spool), min_free="1K", backup_id="20260102T000000Z")
    said = on_small_disk(spool, "back_up", options, step="fetch")
    text = json.dumps(said)
    assert "error" in said or not said["report"]["ok"]
    assert "spool snapshots in" in text and "Free space there" in text
    assert said["files"] == []
    only_the_first_is_there(stored)


def test_the_folder_that_is_the_repository(rig):
    disk = rig.directory / "small"
    rig.fill(count=3000)
    options = rig.params("back_up", bucket=None, path=str(disk), min_free="1K", snapshots_dir=None)
    said = on_small_disk(disk, "back_up", options, step="upload", keep=65536)
    text = json.dumps(said)
    assert "error" in said or not said["report"]["ok"]
    assert "No space left" in text or "File too large" in text
    assert not [path for path in said["files"] if "/manifests/" in path or path.endswith(".snapshot")]


def test_the_state_of_a_restore(stored):
    """Without its note on the disk nothing is begun: a power cut would leave a mixture that nobody knows of."""
    state = stored.directory / "small"
    before = stored.contents()
    options = stored.params("restore", mode="replace", state_dir=str(state))
    said = on_small_disk(state, "restore", options, step="safety snapshot")
    text = json.dumps(said)
    assert "error" in said or not said["report"]["ok"]
    assert "No space left" in text or "File too large" in text
    assert stored.contents() == before


def test_the_state_of_a_backup(stored):
    state = stored.directory / "small"
    said = on_small_disk(state, "back_up", stored.params("back_up", state_dir=str(state)))
    if "error" in said:
        assert "No space left" in said["error"] or "File too large" in said["error"]
        only_the_first_is_there(stored)
    else:  # what it notes there is a convenience
        assert said["report"]["ok"]


@pytest.mark.parametrize("blind", [False, True])
def test_the_target_of_a_pull(stored, blind):
    """Seen to be full: nothing is begun. Not seen: nothing is left."""
    target = stored.directory / "small"
    options = stored.params("sync", direction="pull", folder=str(target), min_free="1K")
    said = on_small_disk(target, "sync", options, keep=65536, blind=blind)
    assert "error" in said
    if mounting() and not blind:
        assert "Refused to pull" in said["error"] and "are free there" in said["error"]
        assert said["files"] == []
    else:
        assert "No space left" in said["error"] or "File too large" in said["error"]
    assert not [path for path in said["files"] if path.endswith(".snapshot")], "no half of an archive under its name"

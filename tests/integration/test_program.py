# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The program as a process of its own, from the clone and as the one file: verbs, exit codes, signals, secrets."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import pathlib
import signal
import subprocess
import sys
import threading
import time

import pytest
from ansible_collections.vectorops.qdrant.tests.support.rig import Rig

ROOT = pathlib.Path(__file__).resolve().parents[2]
CLONE = [sys.executable, "-m", "plugins.module_utils._program"]


class Program:
    """The program with a configuration file for a rig: ``program("run", "--json")``. Everything that it wrote, and
    every command line and environment of its processes, is kept for the last check."""

    def __init__(self, rig, command, folder):
        self.rig, self.command, self.folder = rig, command, folder
        self.seen = []
        self.settings = {
            "url": rig.node.url,
            "bucket": rig.s3.bucket,
            "prefix": rig.prefix,
            "endpoint_url": rig.s3.url,
            "region": rig.s3.region,
            "cluster": "search",
            "node": "node-a",
            "state_dir": str(rig.directory / "state"),
            "spool_dir": str(rig.directory / "spool"),
            "min_free": "1M",
            "access_key_file": self.secret("access_key", rig.s3.access_key),
            "secret_key_file": self.secret("secret_key", rig.s3.secret_key),
        }
        if rig.node.api_key:
            self.settings["api_key_file"] = self.secret("api_key", rig.node.api_key)
        self.configure()

    def secret(self, name, value):
        path = self.folder / name
        path.write_text(value + "\n", encoding="utf-8")
        path.chmod(0o600)
        return str(path)

    def configure(self, **changes):
        settings = {name: value for name, value in {**self.settings, **changes}.items() if value is not None}
        (self.folder / "config.yml").write_text(json.dumps(settings), encoding="utf-8")

    def start(self, *words, environment=None):
        clean = {name: value for name, value in os.environ.items() if not name.startswith(("QDRANT", "AWS_"))}
        environ = {**clean, **(environment or {}), "QDRANT_BACKUP_CONFIG": str(self.folder / "config.yml")}
        return subprocess.Popen(
            [*self.command, *words],
            cwd=ROOT,
            env=environ,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def finish(self, process):
        out, err = process.communicate(timeout=120)
        self.seen += [out, err]
        assert "Traceback" not in out + err
        return process.returncode, out, err

    def __call__(self, *words, code=0, **more):
        """(standard output, standard error) of a run that ends with ``code``."""
        found, out, err = self.finish(self.start(*words, **more))
        assert found == code, f"{words}: exit {found} instead of {code}\n{out}\n{err}"
        return out, err

    def json(self, *words, code=0, **more):
        """The one document on standard output."""
        return json.loads(self(*words, "--json", code=code, **more)[0])

    def no_secret_was_seen(self):
        secrets = [value for value in (self.rig.s3.secret_key, self.rig.s3.access_key, self.rig.node.api_key) if value]
        for text in self.seen:
            assert not [secret for secret in secrets if secret in text], text
            assert "X-Amz-Signature" not in text


@pytest.fixture(params=["clone"])
def program(request, rig: Rig, tmp_path):
    folder = tmp_path / "etc"
    folder.mkdir()
    made = Program(rig, CLONE, folder)
    yield made
    assert made.seen
    made.no_secret_was_seen()


def test_the_round_trip(program, rig):
    rig.fill("articles", 200)
    rig.fill("notes", 30)
    before = rig.contents()
    plan, _ = program("run", "--check")
    assert "back up" in plan and "articles" in plan and rig.keys() == []
    out, err = program("run")
    assert "is committed: 2 collections" in out and "articles" in out and "200" in out
    listed = program.json("list")
    (backup,) = listed["backups"]
    assert backup["node"] == "node-a" and len(backup["collections"]) == 2
    assert backup["backup_id"] in program("list")[0]
    shown, _ = program("show")
    assert backup["backup_id"] in shown and "articles" in shown and "grade 0" in shown
    assert program.json("show", backup["backup_id"])["backups"][0]["backup_id"] == backup["backup_id"]
    verified, _ = program("verify", "articles")
    assert "1 archive re-read and hashed" in verified and "all good" in verified
    program("verify")
    assert "grade 1" in program("show", "latest")[0]
    rig.drop()
    plan, _ = program("restore", "articles", "--dry-run")
    assert "recover" in plan and rig.collections() == ["notes"]
    restored = program.json("restore", "articles")
    assert restored["ok"] and restored["collections"][0]["proven"]
    assert rig.contents() == before
    out, _ = program("restore", "notes", "--name", "notes_again", "-q")
    assert out == "" and rig.count("notes_again") == 30
    out, _ = program("restore", "notes", "--name", "notes_third")
    assert "notes_third" in out and "queries agree" in out

# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The program as a process of its own, for tests that look at what it prints and how it ends."""

from __future__ import annotations

import json
import os
import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
CLONE = [sys.executable, "-m", "plugins.module_utils._program"]
_SECONDS = 120


class Program:
    """The program with a configuration file for a rig: ``program("run", "--json")``.

    Everything that it writes, and what others can see of its processes meanwhile, is kept for the last check.
    """

    def __init__(self, rig, command, folder):
        self.rig, self.command, self.folder = rig, command, folder
        self.seen: list[str] = []
        files = {f"{name}_file": self.secret(name, value) for name, value in rig.secrets().items() if value}
        self.settings = {**rig.known(), **files}
        self.configure()

    def secret(self, name, value):
        path = self.folder / name
        path.write_text(value + "\n", encoding="utf-8")
        path.chmod(0o600)
        return str(path)

    def configure(self, **changes):
        settings = {name: value for name, value in {**self.settings, **changes}.items() if value is not None}
        (self.folder / "config.yml").write_text(json.dumps(settings, indent=1), encoding="utf-8")

    def start(self, *words, environment=None, stdout=subprocess.PIPE):
        clean = {name: value for name, value in os.environ.items() if not name.startswith(("QDRANT", "AWS_"))}
        own = {"QDRANT_BACKUP_CONFIG": str(self.folder / "config.yml"), "AWS_EC2_METADATA_DISABLED": "true"}
        return subprocess.Popen(
            [*self.command, *words],
            cwd=ROOT if self.command is CLONE else self.folder,
            env={**clean, **own, **(environment or {})},
            stdin=subprocess.DEVNULL,
            stdout=stdout,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def finish(self, process):
        try:
            out, err = process.communicate(timeout=_SECONDS)
        finally:
            process.kill()
        out = out or ""
        self.seen += [out, err]
        assert "Traceback" not in out + err
        return process.returncode, self._as_by_default(out), self._as_by_default(err)

    def _as_by_default(self, text):
        """Commands as they are printed where this configuration is the default one, which they need not name."""
        return text.replace(f" --config {self.folder / 'config.yml'}", "")

    def __call__(self, *words, code=0, **more):
        """(standard output, standard error) of a run that ends with ``code``."""
        found, out, err = self.finish(self.start(*words, **more))
        assert found == code, f"{words}: exit {found} instead of {code}\n{out}\n{err}"
        return out, err

    def json(self, *words, code=0, **more):
        """The one document on standard output."""
        return json.loads(self(*words, "--json", code=code, **more)[0])

    def no_secret_was_seen(self):
        secrets = (*filter(None, self.rig.secrets().values()), "X-Amz-Signature")
        for text in self.seen:
            assert not [secret for secret in secrets if secret in text], text

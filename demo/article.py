# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The article's way, for comparison: article/backup.sh and article/restore.sh, on the same node and the same store."""

from __future__ import annotations

import shutil
from pathlib import Path

from ansible_collections.vectorops.qdrant.tests.support.qdrant import RunningQdrant
from ansible_collections.vectorops.qdrant.tests.support.s3 import RunningS3
from command import Commands
from ours import find
from terminal import Terminal

SCRIPTS = Path(__file__).resolve().parent / "article"
BUCKET = "by-hand"


def missing() -> str:
    """The program that it needs and this machine lacks, else nothing."""
    for name in ("bash", "curl", "awk", "sed", "sort"):
        if not shutil.which(name):
            return name
    return "" if find("aws") else "aws"


class Article:
    """Both scripts. ``stored`` is what they put into the store."""

    def __init__(self, commands: Commands, terminal: Terminal, node: RunningQdrant, store: RunningS3) -> None:
        self._commands, self._terminal, self._store = commands, terminal, store
        store.make_bucket(BUCKET)
        self._environment = {
            "QDRANT_URL": node.url,
            "SNAPSHOTS": node.snapshots_dir,
            "TARGET": f"s3://{BUCKET}/node-1",
            "ENDPOINT": store.url,
        }

    def back_up(self, collections: list[str]) -> None:
        """Snapshot and sync."""
        self._run("backup.sh", collections)

    def restore(self, collections: list[str]) -> dict[str, int]:
        """Copy, recover, count; the counts."""
        lines = self._run("restore.sh", collections)
        return {name: int(count) for name, count in (line.split() for line in lines)}

    def stored(self) -> int:
        """Bytes of the archives in the store."""
        listing = self._store.client().list_objects_v2(Bucket=BUCKET).get("Contents") or []
        return sum(int(one["Size"]) for one in listing if one["Key"].endswith(".snapshot"))

    def _run(self, script: str, collections: list[str]) -> list[str]:
        self._terminal.line(f"$ article/{script} {' '.join(collections)}")
        arguments = ["bash", str(SCRIPTS / script), *collections]
        return self._commands.run(arguments, lambda line: self._terminal.line(line, "dim", 5), self._environment)

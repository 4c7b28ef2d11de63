# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The two procedures that are compared. Each step is a fresh process; what it must bring about is checked after it."""

from __future__ import annotations

import json
import os
import pathlib
import sys
from collections.abc import Mapping, Sequence
from typing import Any

from ansible_collections.vectorops.qdrant.tests.support.qdrant import RunningQdrant
from ansible_collections.vectorops.qdrant.tests.support.s3 import RunningS3
from measure import Sample, run

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
ARTICLE = ROOT / "demo" / "article"
_NO_NODE = ("list", "show", "verify")  # commands that ask the repository alone, and have no option url
# The same for many collections: the whole folder at once, as anybody would write it.
SCRIPTS = {name: HERE / name for name in ("many-backup.sh", "many-restore.sh")}


class Side:
    """One procedure on one node and one store, storing below ``prefix``."""

    name = ""
    stages: dict[str, float]

    def __init__(self, node: RunningQdrant, store: RunningS3, folder: pathlib.Path, prefix: str) -> None:
        self.node, self.store, self.folder, self.prefix = node, store, folder, prefix
        self.stages = {}

    def back_up(self, collection: str) -> tuple[Sample, int]:
        """Back up; the sample and the archive bytes sent. ``stages`` has the seconds of its stages, where told."""
        raise NotImplementedError

    def restore(self, collection: str) -> Sample:
        """Bring it back from the store."""
        raise NotImplementedError

    def back_up_all(self, collections: list[str]) -> tuple[Sample, int]:
        """Back all of the node's collections up."""
        raise NotImplementedError

    def back_up_reused(self, collections: list[str]) -> tuple[Sample, int]:
        """Back all of them up once more, without new snapshots of what has not changed if that is possible."""
        return self.back_up_all(collections)

    def restore_all(self, collections: list[str]) -> Sample:
        """Bring all of them back."""
        raise NotImplementedError

    def environment(self) -> dict[str, str]:
        """Nothing of the user's own settings; the keys of the store."""
        kept = {k: v for k, v in os.environ.items() if not k.startswith("AWS_") and not k.lower().endswith("_proxy")}
        # Both sides run compiled, as what is installed does: aws is compiled when it is installed, a clone when it
        # first runs, which is in the round that is not counted.
        kept.pop("PYTHONDONTWRITEBYTECODE", None)
        return {
            **kept,
            "PATH": os.pathsep.join([os.path.dirname(sys.executable), kept.get("PATH", os.defpath)]),
            "AWS_ACCESS_KEY_ID": self.store.access_key,
            "AWS_SECRET_ACCESS_KEY": self.store.secret_key,
            "AWS_DEFAULT_REGION": self.store.region,
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
            "AWS_EC2_METADATA_DISABLED": "true",
        }


class Ours(Side):
    """The on-host program, proof and all."""

    name = "ours"

    def back_up(self, collection: str) -> tuple[Sample, int]:
        return self.back_up_all([collection])

    def back_up_all(self, collections: list[str], *options: str) -> tuple[Sample, int]:
        sample, report = self._program("run", [*options, *collections])
        if not report["committed"] or not report["changed"] or len(report["collections"]) != len(collections):
            raise RuntimeError(f"not everything was committed: {report}")
        return sample, int(report["sent_bytes"])

    def back_up_reused(self, collections: list[str]) -> tuple[Sample, int]:
        # The snapshots of the step before were deleted for both sides: this node keeps none.
        sample, sent = self.back_up_all(collections, "--reuse-days", "7", "--keep-local", "0")
        if sent:
            raise RuntimeError(f"{sent} bytes were sent")
        return sample, sent

    def restore(self, collection: str) -> Sample:
        return self.restore_all([collection])

    def restore_all(self, collections: list[str]) -> Sample:
        sample, report = self._program("restore", collections)
        if sum(one["proven"] for one in report["collections"]) != len(collections):
            raise RuntimeError(f"not everything was proven: {report}")
        return sample

    def _program(self, verb: str, words: list[str]) -> tuple[Sample, dict[str, Any]]:
        sample = self.program([verb, "--json", *words], {"--snapshots-dir": self.node.snapshots_dir})
        report = json.loads(sample.output)
        self.stages = {}
        for one in report["collections"]:
            for stage, seconds in one["seconds"].items():
                self.stages[stage] = round(self.stages.get(stage, 0.0) + seconds, 3)
        return sample, report

    def program(self, words: Sequence[str], more: Mapping[str, str] | None = None) -> Sample:
        """One command of the program, with the options that join this node and this store, and more."""
        settings = self.folder / "empty.yml"
        settings.write_text("{}\n")
        options = {
            "--config": str(settings),
            "--url": self.node.url,
            "--state-dir": str(self.folder / "state"),
            "--bucket": self.store.bucket,
            "--endpoint-url": self.store.url,
            "--prefix": self.prefix,
            "--node": "bench",
            **(more or {}),
        }
        given = [word for pair in options.items() for word in pair if pair[0] != "--url" or words[0] not in _NO_NODE]
        command = [sys.executable, "-m", "plugins.module_utils._program", words[0], *given, *words[1:]]
        return run(command, self.environment(), str(ROOT))


class Article(Side):
    """curl and aws s3 sync; aws s3 ls, aws s3 cp, recover by file, count."""

    name = "article"

    def back_up(self, collection: str) -> tuple[Sample, int]:
        before = self._stored()
        sample = self._script("backup.sh", collection)
        return sample, self._stored() - before

    def restore(self, collection: str) -> Sample:
        sample = self._script("restore.sh", collection)
        if not sample.output.startswith(f"{collection} "):
            raise RuntimeError(f"nothing was counted: {sample.output}")
        return sample

    def back_up_all(self, collections: list[str]) -> tuple[Sample, int]:
        before = self._stored()
        sample = self._script("many-backup.sh", *collections)
        return sample, self._stored() - before

    def restore_all(self, collections: list[str]) -> Sample:
        sample = self._script("many-restore.sh", *collections)
        if len(sample.output.splitlines()) != len(collections):
            raise RuntimeError(f"not everything was counted: {sample.output[-2000:]}")
        return sample

    def _script(self, name: str, *collections: str) -> Sample:
        more = {
            "QDRANT_URL": self.node.url,
            "SNAPSHOTS": self.node.snapshots_dir,
            "TARGET": f"s3://{self.store.bucket}/{self.prefix}",
            "ENDPOINT": self.store.url,
        }
        return run(
            ["bash", str(SCRIPTS.get(name, ARTICLE / name)), *collections],
            {**self.environment(), **more},
            str(self.folder),
        )

    def _stored(self) -> int:
        pages = (
            self.store.client()
            .get_paginator("list_objects_v2")
            .paginate(Bucket=self.store.bucket, Prefix=self.prefix + "/")
        )
        found = [one for page in pages for one in page.get("Contents") or []]
        return sum(int(one["Size"]) for one in found if one["Key"].endswith(".snapshot"))

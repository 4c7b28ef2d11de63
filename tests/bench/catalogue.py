# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""make bench-catalogue: what the program takes to look at a repository with thousands of backups.

    catalogue.py --backups 3000 --out bench-catalogue.json

A backup of two small collections is made, and repeated under so many ids, each with a proof. Every step is a fresh
process. ``cold`` has no cache on the host, ``warm`` is the same command once more. The store is SeaweedFS.
"""

from __future__ import annotations

import argparse
import os
import pathlib
import shutil
import tempfile
import time
from typing import Any

from ansible_collections.vectorops.qdrant.plugins.module_utils._repository.catalogue import Catalogue
from ansible_collections.vectorops.qdrant.plugins.module_utils._repository.options import RepositoryOptions, open_store
from ansible_collections.vectorops.qdrant.tests.support.many_backups import fill, ids
from ansible_collections.vectorops.qdrant.tests.support.points import points
from ansible_collections.vectorops.qdrant.tests.support.qdrant import RunningQdrant, start_qdrant
from ansible_collections.vectorops.qdrant.tests.support.s3 import RunningS3, start_s3
from measure import Sample
from report import carry_out, say, write_report
from sides import Ours

CLUSTER, NODE, PREFIX = "qdrant", "bench", "catalogue"
COLLECTIONS = ("articles", "notes")
COMMANDS = (
    ("list",),
    ("list", "--completeness"),
    ("list", "--all"),
    ("list", "--completeness", "--all"),
    ("status",),
)


class Program(Ours):
    """The program, as its commands are typed."""

    def run(self, *words: str) -> Sample:
        """One command."""
        return self.program(words)


def make_first(node: RunningQdrant, program: Program) -> None:
    """Two small collections, backed up once."""
    for name in COLLECTIONS:
        node.call("PUT", f"/collections/{name}", {"vectors": {"size": 8, "distance": "Cosine"}})
        node.call("PUT", f"/collections/{name}/points?wait=true", {"points": points(200, 8)})
    program.run("run")


def measured(program: Program, cache: pathlib.Path) -> dict[str, Any]:
    """Every command without a cache and then with one."""
    found: dict[str, Any] = {}
    for words in COMMANDS:
        shutil.rmtree(cache, ignore_errors=True)
        for state in ("cold", "warm"):
            sample = program.run(*words)
            numbers = {"seconds": sample.seconds, "cpu_seconds": sample.cpu_seconds, "mib": sample.peak_rss_mib}
            found[f"{' '.join(words)}, {state}"] = numbers
            times = f"{sample.seconds:7.2f} s{sample.cpu_seconds:7.2f} cpu"
            say(f"  {' '.join(words):<32}{state:<6}{times}{sample.peak_rss_mib:7.0f} MiB")
    return found


def bench(store: RunningS3, node: RunningQdrant, folder: pathlib.Path, count: int) -> dict[str, Any]:
    """Make the repository, then measure."""
    program = Program(node, store, folder, PREFIX)
    make_first(node, program)
    options = RepositoryOptions(
        bucket=store.bucket,
        prefix=PREFIX,
        endpoint_url=store.url,
        region=store.region,
        access_key=store.access_key,
        secret_key=store.secret_key,
    )
    opened = open_store(options)
    catalogue = Catalogue(opened, CLUSTER)
    (first,) = catalogue.backups(NODE)
    began = time.monotonic()
    fill(opened, catalogue.manifest(first), ids(count - 1))
    say(f"{count:,} backups in {time.monotonic() - began:.0f} s, a manifest has {first.bytes / 1000:.1f} KB")
    return measured(program, folder / "state" / "cache")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--backups", type=int, default=3000, help="default %(default)s")
    parser.add_argument("--out", default="bench-catalogue.json", help="where the numbers go")
    arguments = parser.parse_args()
    os.environ.pop("QDRANT_URL", None)  # the bench never touches a server that it did not start
    folder = pathlib.Path(tempfile.mkdtemp(prefix="qdrant-bench-"))
    try:
        with start_s3(folder / "s3") as store, start_qdrant(str(folder / "node")) as node:
            found = bench(store, node, folder, arguments.backups)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    write_report(arguments.out, {"backups": arguments.backups, **found})
    return 0


if __name__ == "__main__":
    carry_out(main)

# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""make bench-undo: points out of a backup. A collection is compared with its backup, by a fresh snapshot and through
the API of the node; then 5 % of its points are deleted by a filter and put back.

    undo.py --points 1000000 --out bench-undo.json

Qdrant is the program QDRANT_BIN, else the double, whose times mean little; the store is SeaweedFS.
"""

from __future__ import annotations

import argparse
import json
import os
import pathlib
import random
import shutil
import tempfile
import urllib.request
from collections.abc import Sequence
from typing import Any

from ansible_collections.vectorops.qdrant.tests.support.qdrant import RunningQdrant, start_qdrant
from ansible_collections.vectorops.qdrant.tests.support.s3 import start_s3
from report import carry_out, say, write_report
from sides import Ours

NAME = "bench"
DIMENSIONS = 128
SHARE = 20  # one point of so many is deleted
_AT_ONCE = 2000
_DIGITS = bytes(ord("0") + number % 10 for number in range(256))


def fill(node: RunningQdrant, count: int) -> None:
    """Create the collection with whole numbers as vectors, and an index of the field that the filter uses."""
    body = {"vectors": {"size": DIMENSIONS, "distance": "Cosine"}, "optimizers_config": {"indexing_threshold": 0}}
    node.call("PUT", f"/collections/{NAME}", body)
    index = {"field_name": "part", "field_schema": "integer"}
    node.call("PUT", f"/collections/{NAME}/index?wait=true", index)
    source = random.Random(7)
    for first in range(0, count, _AT_ONCE):
        points = ",".join(
            f'{{"id":{number + 1},"payload":{{"part":{number % SHARE},"title":"A guide to point {number}"}},'
            f'"vector":[{",".join(source.randbytes(DIMENSIONS).translate(_DIGITS).decode())}]}}'
            for number in range(first, min(first + _AT_ONCE, count))
        )
        request = urllib.request.Request(
            f"{node.url}/collections/{NAME}/points?wait=true",
            data=f'{{"points":[{points}]}}'.encode(),
            method="PUT",
            headers={"Content-Type": "application/json"},
        )
        urllib.request.urlopen(request, timeout=300).close()


class Undo:
    """One node, one store, and what was measured on them."""

    def __init__(self, side: Ours, scratch: str) -> None:
        self._side, self._scratch = side, scratch
        self.found: dict[str, dict[str, Any]] = {}

    def measure(self, step: str, words: Sequence[str]) -> dict[str, Any]:
        """Run one command; its report."""
        more = {"--scratch-dir": self._scratch} if words[0] in ("diff", "restore") else {}
        sample = self._side.program([*words, "--json", NAME], more)
        numbers = {"seconds": sample.seconds, "cpu_seconds": sample.cpu_seconds, "peak_rss_mib": sample.peak_rss_mib}
        self.found[step] = numbers
        say(f"  {step:<24}{sample.seconds:8.2f} s{sample.cpu_seconds:8.2f} cpu{sample.peak_rss_mib:8.0f} MiB")
        report: dict[str, Any] = json.loads(sample.output)
        return report


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--points", type=int, default=1_000_000, help="of 128 dimensions; default %(default)s")
    parser.add_argument("--out", default="bench-undo.json", help="where the numbers go")
    arguments = parser.parse_args()
    os.environ.pop("QDRANT_URL", None)  # the bench never touches a server that it did not start
    folder = pathlib.Path(tempfile.mkdtemp(prefix="qdrant-bench-"))
    scratch = folder / "scratch"
    scratch.mkdir()
    try:
        with start_s3(folder / "s3") as store, start_qdrant(str(folder / "node")) as node:
            what = "the double" if node.is_double else os.environ["QDRANT_BIN"]
            say(f"Qdrant {node.version} ({what}), SeaweedFS, {os.cpu_count()} processors; loading ...")
            fill(node, arguments.points)
            work = Undo(Ours(node, store, folder, "undo"), str(scratch))
            work.measure("backup", ["run"])
            same = [work.measure("compare by snapshot", ["diff", "--live-snapshot"]), work.measure("compare", ["diff"])]
            if any(one["points"]["same"] != arguments.points for one in same):
                raise RuntimeError(f"not all points are the same: {same}")
            wrong = {"filter": {"must": [{"key": "part", "match": {"value": 3}}]}}
            node.call("POST", f"/collections/{NAME}/points/delete?wait=true", wrong, 600)
            report = work.measure("put back", ["restore", "--points", "missing"])
            if not report["ok"] or report["put_back"] != arguments.points // SHARE:
                raise RuntimeError(f"not all points are back: {report}")
            about = {"qdrant": node.version, "double": node.is_double, "processors": os.cpu_count()}
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    document = {"points": arguments.points, "put_back": report["put_back"], "steps": work.found, "about": about}
    write_report(arguments.out, document)
    return 0


if __name__ == "__main__":
    carry_out(main)

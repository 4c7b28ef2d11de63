# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""make bench: our backup, unchanged backup and restore against the usual procedure by hand, in one run and in turn.

    run.py --size 150M --out bench.json [--rounds 3] [--vectors real] [--case all|sizes|many]

Every step is a fresh process, ours with all its proof. Ratios are medians of ours over medians of the other; below 1 we
are faster. Qdrant is the program QDRANT_BIN, else the double, whose times mean little; the store is SeaweedFS.
"""

from __future__ import annotations

import argparse
import os
import pathlib
import shutil
import statistics
import tempfile
import time
from typing import Any

from ansible_collections.vectorops.qdrant.tests.support.qdrant import RunningQdrant, start_qdrant
from ansible_collections.vectorops.qdrant.tests.support.s3 import RunningS3, start_s3
from many import COLLECTIONS, Many
from many import POINTS as MANY_POINTS
from many import STEPS as MANY_STEPS
from measure import Sample
from points import KINDS, forget_snapshots, make
from report import carry_out, say, write_report
from sides import Article, Ours, Side

SMALLER = ("4M", "64M")
COLLECTION = "bench"
CASES = ("all", "sizes", "many")
STEPS = ("backup", "unchanged", "restore")
Samples = dict[str, dict[str, list[dict[str, Any]]]]  # step -> side -> samples
_UNITS = {"K": 10**3, "M": 10**6, "G": 10**9}


def bytes_of(text: str) -> int:
    """150M is 150,000,000 bytes."""
    word = text.strip().upper().rstrip("B")
    unit = _UNITS.get(word[-1:], 1)
    count = int(float(word[:-1] if unit > 1 else word) * unit)
    if count < 10**6:
        raise argparse.ArgumentTypeError("an archive of less than 1M cannot be made")
    return count


class Bench:
    """One node, one store, and what was measured on them."""

    def __init__(self, node: RunningQdrant, store: RunningS3, folder: pathlib.Path, kind: str) -> None:
        self.node, self.store, self.folder, self.kind = node, store, folder, kind
        self._number = self._points = 0

    def size(self, wanted: int, rounds: int) -> dict[str, Any]:
        """Every step of both sides, round by round; medians, ratios and the samples."""
        say(f"\n{wanted / 1e6:.0f} MB: loading ...")
        self._points = make(self.node, COLLECTION, wanted, self.kind)
        say(f"{wanted / 1e6:.0f} MB: {self._points:,} points; a first round, which is not counted")
        self._round([Ours], {step: {"ours": []} for step in STEPS})
        samples: Samples = {step: {"ours": [], "article": []} for step in STEPS}
        for number in range(rounds):
            self._round([Ours, Article] if number % 2 == 0 else [Article, Ours], samples)
        self.node.call("DELETE", f"/collections/{COLLECTION}")
        archive = int(statistics.median(one["sent_bytes"] for one in samples["backup"]["article"]))
        about = {"points": self._points, "archive_bytes": archive, "rounds": rounds}
        return {**about, **summary(samples), "samples": samples}

    def many(self, rounds: int, count: int) -> dict[str, Any]:
        """The same for many small collections, all of them in one run of the program."""
        say(f"\n{count} collections of {MANY_POINTS} points: loading ...")
        many = Many(self.node, self.store, self.folder, rest, count)
        many.fill()
        samples: Samples = {step: {"ours": [], "article": []} for step in MANY_STEPS}
        many.rounds(rounds, note, samples, self._forget)
        many.lose()
        archive = int(statistics.median(one["sent_bytes"] for one in samples["backup"]["article"]))
        about = {"collections": count, "points": MANY_POINTS, "archive_bytes": archive, "rounds": rounds}
        return {**about, **summary(samples), "samples": samples}

    def _round(self, kinds: list[type[Side]], samples: Samples) -> None:
        """Each step by each side, one right after the other: what else the machine does then meets both."""
        self._number += 1
        sides = [kind(self.node, self.store, self.folder, f"{kind.name}-{self._number}") for kind in kinds]
        # The first backup after a restore costs the store a fifth more, whoever makes it: one that nobody counts.
        first = kinds[-1](self.node, self.store, self.folder, f"first-{self._number}")
        self._back_up(first)
        for step in ("backup", "unchanged"):
            for side in sides:
                note(samples[step], step, side, *self._back_up(side))
        for side in sides:
            self.node.call("DELETE", f"/collections/{COLLECTION}", timeout=600)
            shutil.rmtree(os.path.join(self.node.snapshots_dir, COLLECTION), ignore_errors=True)
            rest()
            note(samples["restore"], "restore", side, side.restore(COLLECTION))
            counted = self.node.call("POST", f"/collections/{COLLECTION}/points/count", {"exact": True}, 120)
            if counted["result"]["count"] != self._points:
                raise RuntimeError(f"{counted['result']['count']} points came back, {self._points} were there")
        forget_snapshots(self.node, COLLECTION)
        for side in (first, *sides):
            self._forget(side.prefix)

    def _back_up(self, side: Side) -> tuple[Sample, int]:
        forget_snapshots(self.node, COLLECTION)
        rest()
        return side.back_up(COLLECTION)

    def _forget(self, prefix: str) -> None:
        client = self.store.client()
        for page in client.get_paginator("list_objects_v2").paginate(Bucket=self.store.bucket, Prefix=prefix + "/"):
            for one in page.get("Contents") or []:
                client.delete_object(Bucket=self.store.bucket, Key=one["Key"])


def rest() -> None:
    """What was written before is on the disk, so that no step pays for the one before it; and a new second has begun,
    by which snapshots and backups are named."""
    os.sync()
    time.sleep(1.1)


def note(samples: dict[str, list[dict[str, Any]]], step: str, side: Side, sample: Sample, sent: int = -1) -> None:
    """Keep a sample and say it. sent: archive bytes, where the step sends any."""
    found = {"seconds": sample.seconds, "cpu_seconds": sample.cpu_seconds, "peak_rss_mib": sample.peak_rss_mib}
    moved = {"sent_bytes": sent} if sent >= 0 else {}
    samples[side.name].append({**found, **moved, **({"stages": side.stages} if side.stages else {})})
    text = f"{sent / 1e6:8.1f} MB sent" if moved else ""
    times = f"{sample.seconds:7.2f} s{sample.cpu_seconds:7.2f} cpu"
    say(f"  {step:<10}{side.name:<8}{times}{sample.peak_rss_mib:7.0f} MiB{text}")


def summary(samples: Samples) -> dict[str, Any]:
    """Medians and ratios of every step, and our peak."""
    out: dict[str, Any] = {}
    for step, sides in samples.items():
        middle = {name: statistics.median(one["seconds"] for one in found) for name, found in sides.items()}
        out[step] = {"ratio": round(middle["ours"] / middle["article"], 3)}
        for name, found in sides.items():
            out[step][f"{name}_seconds"] = round(middle[name], 3)
            out[step][f"{name}_cpu_seconds"] = round(statistics.median(one["cpu_seconds"] for one in found), 3)
            if "sent_bytes" in found[0]:
                out[step][f"{name}_sent_bytes"] = max(one["sent_bytes"] for one in found)
    out["peak_rss_mib"] = max(one["peak_rss_mib"] for sides in samples.values() for one in sides["ours"])
    return out


def show(sizes: dict[str, dict[str, Any]]) -> None:
    """The table at the end."""
    heads = ("step", "ours", "article", "ratio", "ours sent", "article sent", "our peak")
    say("\n{:>10}  {:<10}{:>9}{:>9}{:>8}{:>13}{:>14}{:>11}".format("archive", *heads))
    for found in sizes.values():
        for step in found["samples"]:
            row = found[step]
            sent = [f"{row[k] / 1e6:.1f} MB" if k in row else "" for k in ("ours_sent_bytes", "article_sent_bytes")]
            peak = max(one["peak_rss_mib"] for one in found["samples"][step]["ours"])
            times = f"{row['ours_seconds']:>7.2f} s{row['article_seconds']:>7.2f} s{row['ratio']:>8.2f}"
            size = f"{found['archive_bytes'] / 1e6:>7.1f} MB"
            say(f"{size}  {step:<10}{times}{sent[0]:>13}{sent[1]:>14}{peak:>7.0f} MiB")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", type=bytes_of, default="150M", help="bytes of archive, for example 150M or 1G")
    parser.add_argument("--out", default="bench.json", help="where the numbers go")
    parser.add_argument("--rounds", type=int, default=3, help="of each side; default %(default)s")
    parser.add_argument("--vectors", choices=KINDS, default=KINDS[0], help="see points.py; default %(default)s")
    parser.add_argument("--only", action="store_true", help="leave the smaller sizes out")
    parser.add_argument("--case", choices=CASES, default=CASES[0], help="what is measured; default %(default)s")
    parser.add_argument("--collections", type=int, default=COLLECTIONS, help="of the case many; default %(default)s")
    arguments = parser.parse_args()
    os.environ.pop("QDRANT_URL", None)  # the bench never touches a server that it did not start
    wanted = sorted({arguments.size, *(() if arguments.only else map(bytes_of, SMALLER))})
    folder = pathlib.Path(tempfile.mkdtemp(prefix="qdrant-bench-"))
    sizes: dict[str, dict[str, Any]] = {}
    try:
        with start_s3(folder / "s3") as store, start_qdrant(str(folder / "node")) as node:
            what = "the double" if node.is_double else os.environ["QDRANT_BIN"]
            say(f"Qdrant {node.version} ({what}), SeaweedFS, {os.cpu_count()} processors")
            bench = Bench(node, store, folder, arguments.vectors)
            if arguments.case in ("all", "many"):  # first, on a node and a store that are as empty as they get
                sizes["many"] = bench.many(arguments.rounds, arguments.collections)
            for one in wanted if arguments.case in ("all", "sizes") else ():
                sizes[str(one)] = bench.size(one, arguments.rounds)
            about = {"qdrant": node.version, "double": node.is_double, "processors": os.cpu_count()}
            about["vectors"] = arguments.vectors
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    show(sizes)
    main_case = sizes.get(str(arguments.size)) or sizes["many"]
    asked = {key: value for key, value in main_case.items() if key != "samples"}
    asked["peak_rss_mib"] = max(found["peak_rss_mib"] for found in sizes.values())
    document = {**asked, "about": about, "sizes": sizes}
    write_report(arguments.out, document)
    return 0


if __name__ == "__main__":
    carry_out(main)

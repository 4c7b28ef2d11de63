# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the embedded engine sees of damage to an archive if its checksum is left out, as the table of the docs.

    python -m ansible_collections.vectorops.qdrant.tests.bench.damage [ARCHIVE ...]

Damages one file of an unpacked archive at a time (one byte flipped, cut in half, deleted, exchanged with the file of
the same name in another segment), loads it in the embedded engine and compares it with the probe of the undamaged
archive. Grade 1 compares the sha256 of the archive, which every one of these changes. A digest over every point tells
damage without an effect (the write-ahead log restores it, or the file is created again) from damage that was missed.
"""

from __future__ import annotations

import collections
import contextlib
import filecmp
import json
import os
import pathlib
import re
import select
import signal
import sys
import tempfile
from typing import Any, Callable

from ...plugins.module_utils._engine import library
from ...plugins.module_utils._engine.unpack import unpack
from ...plugins.module_utils._proof.by_engine import Expected, request_of
from ..support import engine_jobs
from ..support.engine_archives import SNAPSHOTS, entry_of, probe_of

ARCHIVES = ("quantised",)
DAMAGES = ("flipped", "truncated", "deleted", "swapped")
SECONDS = 30.0
# missed: the digest of every point differs, which no grade compares; points alike: it is the same.
OUTCOMES = ("not loaded", "grade 2", "grade 3", "missed", "points alike")
KINDS = (
    ("segment.json, version.info", r"/(segment\.json|version\.info)$"),
    ("id mappings and versions", r"/(mutable_)?id_tracker"),
    ("quantized vectors", r"/quantized"),
    ("vectors", r"/vector_storage"),
    ("vector index", r"/vector_index"),
    ("payloads", r"/payload_storage"),
    ("payload indexes", r"/payload_index"),
    ("write-ahead log", r"^\d+/wal/"),
    ("shard documents", r"^\d+/[^/]+\.json$"),
)


def kind_of(name: str) -> str:
    """The kind of a file, by its path in the unpacked archive."""
    return next((kind for kind, pattern in KINDS if re.search(pattern, name)), "other files")


def files_of(path: pathlib.Path) -> list[tuple[str, str | None]]:
    """Files that have any data, each with the file of the same name in another segment."""
    with tempfile.TemporaryDirectory() as folder:
        with open(path, "rb") as stream:
            unpack(stream, folder, 1 << 30)
        found = []
        for parent, _folders, names in os.walk(folder):
            for name in names:
                whole = pathlib.Path(parent, name)
                if whole.stat().st_size and whole.read_bytes()[: 1 << 20].strip(b"\0"):
                    found.append(str(whole.relative_to(folder)))
        by_rest = collections.defaultdict(list)
        for name in found:
            by_rest[re.sub(r"segments/[^/]+/", "", name)].append(name)
        out = []
        for names in by_rest.values():
            for name in names:
                others = [other for other in names if not filecmp.cmp(f"{folder}/{name}", f"{folder}/{other}", False)]
                out.append((name, next(iter(others), None)))
    return sorted(out)


def outcome_of(path: pathlib.Path, probe: dict[str, Any], file: str, damage: str, other: str | None) -> str:
    """One of OUTCOMES."""
    entry = entry_of(path, probe)
    with tempfile.TemporaryDirectory() as folder:
        os.symlink(path, os.path.join(folder, "archive"))
        request = request_of(entry, 3, Expected(None), folder)
        request.update(job="damaged", file=file, damage=damage, other=other)
        answer = forked(lambda: engine_jobs.JOBS["damaged"](request))
    if answer is None:
        return "not loaded"
    if not answer["counted"] or answer["facts"].get("indexes", {}).get("differences"):
        return "grade 2"
    if any(not text.startswith("a full scroll") for text in answer["failures"]):
        return "grade 3"
    return "missed" if answer["failures"] else "points alike"


def forked(work: Callable[[], Any]) -> Any:
    """The result of a call in a fork of this process, which starts faster than a new one; None if it failed, panicked
    or did not end."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
        with contextlib.suppress(BaseException), open(writing, "w") as out:
            out.write(json.dumps(work()))
        os._exit(0)
    os.close(writing)
    with open(reading) as answers:
        ended, dummy, dummy = select.select([answers], [], [], SECONDS)
        if not ended:
            os.kill(child, signal.SIGKILL)
        text = answers.read()
    os.waitpid(child, 0)
    return json.loads(text) if text else None


def main(names: list[str]) -> None:
    """Print the table."""
    counts: dict[str, collections.Counter[str]] = collections.defaultdict(collections.Counter)
    for path in [pathlib.Path(name) for name in names] or [SNAPSHOTS / f"{name}.snapshot" for name in ARCHIVES]:
        probe = forked(lambda path=path: probe_of(path, full=True))
        for file, other in files_of(path):
            for damage in DAMAGES:
                if damage == "swapped" and other is None:
                    continue
                outcome = outcome_of(path, probe, file, damage, other)
                counts[kind_of(file)][outcome] += 1
                print(f"{path.stem} {file} {damage}: {outcome}", file=sys.stderr, flush=True)
    print(f"qdrant-edge-py {library.require()}")
    print("kind of file; cases; " + "; ".join(OUTCOMES))
    counts["all"] = sum(counts.values(), collections.Counter())
    for kind in [*(kind for kind, dummy in KINDS), "other files", "all"]:
        if counts[kind]:
            print("; ".join([kind, str(sum(counts[kind].values())), *(str(counts[kind][word]) for word in OUTCOMES)]))


if __name__ == "__main__":
    main(sys.argv[1:])

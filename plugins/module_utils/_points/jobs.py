# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Jobs of the engine on unpacked shards: each runs in a child process, which loads the shards and ends."""

from __future__ import annotations

import dataclasses
import json
import os
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from .._base.errors import EngineError, UsageError
from .._engine import library, process
from .._proof.by_engine import EngineOptions
from . import engine_job, records
from .options import Selection

_DISK_SPEED = 20 << 20  # bytes per second, for the time limit of large archives


@dataclasses.dataclass(frozen=True)
class Origin:
    """What is opened. on: as the object of a sentence; server: the Qdrant version that made it; bytes: of all archives;
    remedy: what to do if it does not open."""

    on: str
    server: str | None
    bytes: int
    remedy: str


@dataclasses.dataclass(frozen=True)
class Jobs:
    """Shards in a folder. config, payload_schema: as the server returned them.

    Each call raises EngineError if its job does not succeed, and UsageError if the engine refuses the request.
    """

    folder: str
    shards: Mapping[int, str]
    config: Mapping[str, Any]
    payload_schema: Mapping[str, Any]
    origin: Origin
    options: EngineOptions

    def of(self, shards: frozenset[int] | None) -> Jobs:
        """The same with these shards only; None for all."""
        if shards is None:
            return self
        return dataclasses.replace(self, shards={shard: path for shard, path in self.shards.items() if shard in shards})

    def list(self, selection: Selection, *, digests: bool) -> Iterator[records.Record]:
        """The records of the chosen points, in the order of their ids."""
        out = os.path.join(self.folder, "records")
        keys = None if selection.keys is None else self._write_keys(selection.keys)
        self._run("list", "list the points of", out=out, keys=keys, filter=selection.filter, digests=digests)
        return records.read(out)

    def extract(self, keys: Sequence[bytes], page: int) -> Iterator[tuple[dict[str, Any], int]]:
        """The points of these keys, as an upsert takes them, each with the length of its text. page: how many the
        engine reads at a time."""
        out = os.path.join(self.folder, "points")
        self._run("extract", "read points of", out=out, keys=self._write_keys(keys), page=page)
        with open(out, encoding="ascii") as stream:
            for line in stream:
                yield json.loads(line), len(line)
        os.unlink(out)

    def query(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """The answer to ``POST points/query``."""
        found: dict[str, Any] = self._run("query", "query", query=body)["result"]
        return found

    def _write_keys(self, keys: Sequence[bytes]) -> str:
        path = os.path.join(self.folder, "keys")
        with open(path, "wb") as out:
            out.writelines(keys)
        return path

    def _run(self, job: str, attempted: str, **request: Any) -> dict[str, Any]:
        folders = [path for dummy, path in sorted(self.shards.items())]
        request.update(job=job, folders=folders, config=self.config, payload_schema=self.payload_schema)
        return run(self.folder, self.origin, self.options, attempted, request)


def unpack(archive: str, folder: str, size: int, origin: Origin, options: EngineOptions) -> dict[int, str]:
    """Unpack an archive of ``size`` bytes, which is deleted; shard id to folder. EngineError."""
    target = os.path.join(folder, "unpacked")
    request = {"job": "unpack", "archive": archive, "folder": target, "most": 2 * size + (1 << 20)}
    answer = run(folder, origin, options, "unpack the archive of", request)
    return {int(shard): path for shard, path in answer["shards"].items()}


def run(
    folder: str, origin: Origin, options: EngineOptions, attempted: str, request: Mapping[str, Any]
) -> dict[str, Any]:
    """The answer of a job. EngineError, or UsageError for a request that the engine refuses."""
    limits = process.Limits(
        memory=options.engine_memory,
        seconds=options.engine_timeout + origin.bytes / _DISK_SPEED,
        file_bytes=max(2 * origin.bytes, 8 << 30),
    )
    outcome = process.run(engine_job.__name__, request, folder, limits)
    if outcome.end == process.DONE:
        return outcome.answer
    if outcome.answer.get("why") == "request":
        raise UsageError(f"The engine cannot {attempted} {origin.on}: {outcome.said}", "Check the filter or the query.")
    said, remedy = outcome.said, origin.remedy
    if outcome.end == process.MEMORY:
        said = f"the engine needs more than {options.engine_memory} bytes of memory"
        remedy = "Set engine_memory to more."
    elif outcome.end == process.TIME:
        said, remedy = f"the engine did not end within {outcome.seconds:.0f} s", "Set engine_timeout to more."
    elif outcome.end == process.HOST:
        remedy = "Check the free space of scratch_dir, and try again."
    else:
        strange = library.older_than(library.require(), origin.server)
        said += f" ({strange})" if strange else ""
    raise EngineError(attempted, origin.on, said, remedy)

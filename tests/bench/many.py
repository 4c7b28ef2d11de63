# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The bench's case ``many``: what a backup costs for each collection, where there are many and all are small."""

from __future__ import annotations

import pathlib
import shutil
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from ansible_collections.vectorops.qdrant.tests.support.points import points
from ansible_collections.vectorops.qdrant.tests.support.qdrant import RunningQdrant
from ansible_collections.vectorops.qdrant.tests.support.s3 import RunningS3
from points import forget_snapshots
from sides import Article, Ours, Side

COLLECTIONS = 300
POINTS = 20
DIMENSIONS = 16
STEPS = ("backup", "unchanged", "reused", "restore")
_AT_ONCE = 8  # of the bench's own work


class Many:
    """``COLLECTIONS`` collections of ``POINTS`` points on one node."""

    def __init__(
        self, node: RunningQdrant, store: RunningS3, folder: pathlib.Path, rest: Callable[[], None], count: int
    ) -> None:
        self.node, self.store, self.folder, self._rest = node, store, folder, rest
        self.names = [f"many-{number:03}" for number in range(count)]

    def fill(self) -> None:
        """Make them."""
        body = {"vectors": {"size": DIMENSIONS, "distance": "Cosine"}}
        made = {"points": points(POINTS, DIMENSIONS)}

        def one(name: str) -> None:
            self.node.call("PUT", f"/collections/{name}", body, 120)
            self.node.call("PUT", f"/collections/{name}/points?wait=true", made, 120)

        self._each(one)
        # Qdrant flushes every five seconds; a snapshot makes it happen now.
        self._each(lambda name: self.node.call("POST", f"/collections/{name}/snapshots?wait=true", None, 120))
        self.forget()

    def forget(self) -> None:
        """No snapshot is left on the node."""
        self._each(lambda name: forget_snapshots(self.node, name))
        self._rest()

    def lose(self) -> None:
        """No collection is left on the node."""

        def one(name: str) -> None:
            self.node.call("DELETE", f"/collections/{name}", None, 600)
            shutil.rmtree(pathlib.Path(self.node.snapshots_dir) / name, ignore_errors=True)

        self._each(one)
        self._rest()

    def check(self) -> None:
        """RuntimeError unless every point is there."""

        def one(name: str) -> int:
            return int(
                self.node.call("POST", f"/collections/{name}/points/count", {"exact": True}, 120)["result"]["count"]
            )

        found = self._each(one)
        if found != [POINTS] * len(self.names):
            raise RuntimeError(f"{found.count(POINTS)} of {len(self.names)} collections have their points")

    def rounds(
        self,
        count: int,
        note: Callable[..., None],
        samples: dict[str, dict[str, list[dict[str, Any]]]],
        forget: Callable[[str], None],
    ) -> None:
        """Every step of both sides in turn; the first round of ours is not counted."""
        self._round("first", [Ours], {step: {"ours": []} for step in STEPS}, note, forget)
        for number in range(count):
            sides: list[type[Side]] = [Ours, Article] if number % 2 == 0 else [Article, Ours]
            self._round(str(number), sides, samples, note, forget)

    def _round(
        self,
        number: str,
        kinds: Sequence[type[Side]],
        samples: dict[str, dict[str, list[dict[str, Any]]]],
        note: Callable[..., None],
        forget: Callable[[str], None],
    ) -> None:
        sides = [kind(self.node, self.store, self.folder, f"many-{kind.name}-{number}") for kind in kinds]
        for step in STEPS[:-1]:
            for side in sides:
                self.forget()
                back_up = side.back_up_reused if step == "reused" else side.back_up_all
                note(samples[step], step, side, *back_up(self.names))
        for side in sides:
            self.lose()
            note(samples["restore"], "restore", side, side.restore_all(self.names))
            self.check()
        self.forget()
        for side in sides:
            forget(side.prefix)

    def _each(self, work: Callable[[str], Any]) -> list[Any]:
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            return list(pool.map(work, self.names))

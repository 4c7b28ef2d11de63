# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""When a delivery counts as silent. A store that accepts and never answers is given up; a slow one that moves is not.

Where bytes can be seen to arrive, silence is what counts. Where they cannot, the time for the archive's size does, with
the rate at which this host has just read its first bytes.
"""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Iterator, Sequence
from typing import Callable

from .._base.plan import human_bytes

LOCAL_RATE = 5_000_000.0  # bytes a second that a node hashes, unpacks and loads at least
_UNMEASURED = 1_000_000.0
_FASTEST = 5_000_000.0  # no more is taken for granted of what cannot be seen, whatever the first bytes were like
_MARGIN = 4.0  # the line may become so many times slower than it was at first
_ARRIVED = 0.8  # of the archive: what is left is lost among headers


def blind_rate(measured: float | None) -> float:
    """Bytes a second that are waited for where nothing can be seen; ``measured`` by this host, None: not at all."""
    return _UNMEASURED if measured is None else min(max(measured, 1.0) / _MARGIN, _FASTEST)


def human_time(seconds: float) -> str:
    """``120 s``, ``12 min``, ``2.8 h``."""
    if seconds < 180:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 7200 else f"{seconds / 3600:.1f} h"


class Patience:
    """One delivery. size: of the archive, 0 where it is not known: then the time for it is not either. seen: the bytes
    that have arrived, None while nothing can be seen. streams: whether they come over a network, and so steadily."""

    def __init__(
        self,
        size: int,
        silence: float,
        rate: float,
        seen: Callable[[], int | None],
        *,
        streams: bool,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.size, self.silence, self._streams, self._seen, self._clock = size, silence, streams, seen, clock
        self.arrived: int | None = None
        self._all_here = False
        self._rate = rate
        self._began = self._moved = clock()

    @property
    def limit(self) -> float | None:
        """Seconds for what is under way, where its size is known."""
        return self.silence + self.size / self._rate if self.size else None

    def why_over(self) -> str:
        """Why it is to be given up now, "" while it is not. Asked again and again."""
        moment = self._clock()
        self._look(moment)
        idle = moment - self._moved
        if self._streams and self.arrived is not None and not self._all_here and idle > self.silence:
            of = f" of {human_bytes(self.size)}" if self.size else ""
            if self.size or not self.arrived:
                return f"nothing has arrived for {human_time(self.silence)}, after {human_bytes(self.arrived)}{of}"
        if self.limit is not None and moment - self._began > self.limit and idle > self.silence:
            return f"it has not ended after {human_time(moment - self._began)}"
        return ""

    @property
    def coming(self) -> int | None:
        """What has arrived, while more is to come: unpacked it grows beyond its size, and says nothing any more."""
        return None if self._all_here else self.arrived

    def rule(self) -> str:
        """The same rule as text."""
        if self._streams and self.arrived is not None and not self._all_here:
            return f"given up when nothing arrives for {human_time(self.silence)}"
        if self.limit is None:
            return "as long as it takes"
        return f"{'all has arrived, ' if self._all_here else ''}given up after {human_time(self.limit)}"

    def _look(self, moment: float) -> None:
        found = self._seen()
        if found is not None and found != self.arrived:
            self._moved = moment
        gone = found is None and bool(self.arrived)  # unpacked, and moved to its place
        self.arrived = self.arrived if found is None else found
        if not self._all_here and (gone or (self.size and (self.arrived or 0) >= _ARRIVED * self.size)):
            # From here on the node alone is at work, and it does not show how far it is.
            self._all_here, self._rate, self._began, self._moved = True, LOCAL_RATE, moment, moment


def watched(
    snapshots_dir: str | None, name: str, size: int, silence: float, rate: float | None, *, streams: bool
) -> Patience:
    """The patience with a node that fetches an archive itself. name: with which the names of what it unpacks begin, ""
    for all; rate: bytes a second at which this host read the archive, None: not at all; streams: whether the node
    downloads it over a network."""
    seen = Arrivals(temporary_folders(snapshots_dir or ""), name)
    return Patience(size, silence, blind_rate(rate) if streams else LOCAL_RATE, seen, streams=streams)


def temporary_folders(snapshots_dir: str) -> list[str]:
    """Where a node whose snapshots are stored unpacks, in Qdrant's own layout; elsewhere nothing is seen."""
    if not snapshots_dir:
        return []
    parent = os.path.dirname(os.path.abspath(snapshots_dir))
    return [os.path.join(parent, "storage", "tmp"), os.path.join(snapshots_dir, "tmp")]


class Arrivals:
    """Calling it gives the bytes of what has appeared in the folders since it was made; None while there is nothing, or
    it cannot be read. beginning: of the names that count, "" for all. The server names what it unpacks after the
    archive, and others may be unpacked beside it."""

    def __init__(self, folders: Sequence[str], beginning: str = "") -> None:
        self._folders, self._beginning = folders, beginning
        self._before = set(self._entries())

    def __call__(self) -> int | None:
        new = [path for path in self._entries() if path not in self._before]
        try:
            return sum(_bytes_below(path) for path in new) if new else None
        except PermissionError:  # the server makes its folders for itself alone
            return None

    def _entries(self) -> Iterator[str]:
        for folder in self._folders:
            with contextlib.suppress(OSError):
                names = (name for name in os.listdir(folder) if name.startswith(self._beginning))
                yield from (os.path.join(folder, name) for name in names)


def _bytes_below(path: str) -> int:
    """PermissionError if it cannot be read: this is not the same as an empty folder."""
    total = 0
    for folder, dummy, names in os.walk(path, onerror=_unless_gone):
        for name in names:
            with contextlib.suppress(FileNotFoundError):
                total += os.lstat(os.path.join(folder, name)).st_size
    return total


def _unless_gone(error: OSError) -> None:
    """Files are moved to their place while we look; this is not an error."""
    if isinstance(error, PermissionError):
        raise error

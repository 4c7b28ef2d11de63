# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Patience with a store or a node that this host cannot use yet: an instance role takes its time to arrive, and after a
boot the network, the store or Qdrant may come up later than the run."""

from __future__ import annotations

import time
from typing import Any, Callable

from .._base.errors import EngineError

# By the room an error is from: what may be different a little later.
PASSING = {
    "_repository": frozenset(("no_credentials", "expired", "forbidden", "unreachable", "throttled")),
    "_qdrant": frozenset(("unreachable",)),
}
_PAUSES = (1.0, 2.0, 4.0, 5.0)


def passing(error: EngineError) -> bool:
    """Whether an error is of a kind that time alone may heal."""
    kinds = (PASSING.get(part, frozenset()) for kind in type(error).__mro__ for part in kind.__module__.split("."))
    return any(getattr(error, "kind", None) in each for each in kinds)


def with_patience(
    work: Callable[[], Any],
    seconds: float,
    warn: Callable[[str], None],
    clock: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], None] = time.sleep,
) -> Any:
    """What ``work`` returns; it is tried again for ``seconds`` while it fails for want of access. Each try of a verb is
    whole: what an earlier one left is finished or cleaned up. ``warn`` is told once for each cause."""
    end = clock() + seconds
    told = ""
    tries = 0
    while True:
        try:
            return work()
        except EngineError as error:
            pause = _PAUSES[min(tries, len(_PAUSES) - 1)]
            if not passing(error) or clock() + pause > end:
                raise
            sentence = error.sentence()
            if sentence != told:
                warn(f"{sentence} Trying again until access is there, for at most {end - clock():.0f} s.")
                told = sentence
        tries += 1
        sleep(pause)

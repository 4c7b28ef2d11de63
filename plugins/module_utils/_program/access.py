# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Retries while this host cannot use the store or the node yet: a new instance role is not available immediately, and
after a boot the network, the store or Qdrant may start later than the run."""

from __future__ import annotations

import time
from typing import Any, Callable

from .._base.errors import EngineError

# By the room of the error: kinds that may disappear.
PASSING = {
    "_repository": frozenset(("no_credentials", "expired", "forbidden", "unreachable", "throttled")),
    "_qdrant": frozenset(("unreachable",)),
}
_PAUSES = (1.0, 2.0, 4.0, 5.0)


def passing(error: EngineError) -> bool:
    """Whether an error may disappear after some time."""
    kinds = (PASSING.get(part, frozenset()) for kind in type(error).__mro__ for part in kind.__module__.split("."))
    return any(getattr(error, "kind", None) in each for each in kinds)


def with_patience(
    work: Callable[[], Any],
    seconds: float,
    warn: Callable[[str], None],
    clock: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], None] = time.sleep,
) -> Any:
    """The result of ``work``, which is retried for ``seconds`` while it has no access. Each try runs the whole
    verb, and
    cleans up after the one before. ``warn`` is called once for each cause."""
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
                warn(f"{sentence} Retrying for at most {end - clock():.0f} s.")
                told = sentence
        tries += 1
        sleep(pause)

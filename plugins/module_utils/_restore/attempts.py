# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Deliveries that failed, in one sentence. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable

from .state import Attempt

# A path on the server, often one that was made for this try alone; not a URL's.
_PATH = re.compile(r"(?<![\w:/.*-])/(?:[^\s/\"'`,;:]+/)+([^\s/\"'`,;:]*)")


def sentence_of(attempts: Iterable[Attempt]) -> str:
    """``url (3 times): ...; upload: ...``: repeated errors appear once, without the server's paths."""
    folded: list[list[str]] = []
    times: list[int] = []
    for one in attempts:
        told = [one.way, _PATH.sub(r".../\1", one.said).rstrip(". ")]
        if folded and folded[-1] == told:
            times[-1] += 1
        else:
            folded.append(told)
            times.append(1)
    return "; ".join(
        f"{way}{f' ({count} times)' if count > 1 else ''}: {said}" for (way, said), count in zip(folded, times)
    )

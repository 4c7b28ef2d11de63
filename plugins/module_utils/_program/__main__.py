# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""``python -m plugins.module_utils._program`` in a clone; the one file's own ``__main__`` calls ``start`` too."""

from __future__ import annotations

import gc
import sys

# Objects made between two collections of garbage. A start makes some 300,000 that all stay (modules, the store's
# description); Python's 700 spends a tenth of the time with looking through them again and again.
_GARBAGE = 50_000


def start() -> None:
    """Run the program and end the process with its exit code."""
    gc.set_threshold(_GARBAGE)
    try:
        from .main import main

        code = main(sys.argv[1:])
    except KeyboardInterrupt:  # before the program could say what it does with signals
        code = 130
    gc.freeze()  # the end of the process frees all of it; looking for cycles before takes 0.1 s
    raise SystemExit(code)


if __name__ == "__main__":
    start()

# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""``python -m plugins.module_utils._program`` in a clone; the one file's own ``__main__`` calls ``start`` too."""

from __future__ import annotations

import gc
import sys

# Objects between two garbage collections. A start creates some 300,000 objects that stay (modules, the store's
# description); with Python's default of 700, a tenth of the time is spent in garbage collections.
_GARBAGE = 50_000


def start() -> None:
    """Run the program and end the process with its exit code."""
    gc.set_threshold(_GARBAGE)
    try:
        from .main import main

        code = main(sys.argv[1:])
    except KeyboardInterrupt:  # before the program has installed its signal handlers
        code = 130
    gc.freeze()  # the end of the process frees all of it; looking for cycles before takes 0.1 s
    raise SystemExit(code)


if __name__ == "__main__":
    start()

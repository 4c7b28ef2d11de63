# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""``python -m plugins.module_utils._program`` in a clone; the one file's own ``__main__`` calls ``start`` too."""

from __future__ import annotations

import sys


def start() -> None:
    """Run the program and end the process with its exit code."""
    try:
        from .main import main

        code = main(sys.argv[1:])
    except KeyboardInterrupt:  # before the program could say what it does with signals
        code = 130
    raise SystemExit(code)


if __name__ == "__main__":
    start()

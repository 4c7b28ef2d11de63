# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""`python -m ...tests.support.double` and `python tests/support/double`."""

from __future__ import annotations

import importlib
import os
import sys


def _command() -> str:
    """The full name of the command's module; run by path, the folder becomes a package of its own name first."""
    if __package__:
        return f"{__package__}.command"
    here = os.path.dirname(os.path.abspath(__file__))
    sys.path[0] = os.path.dirname(here)
    return f"{os.path.basename(here)}.command"


if __name__ == "__main__":
    sys.exit(importlib.import_module(_command()).main())

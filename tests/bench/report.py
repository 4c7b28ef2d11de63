# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the benches have in common: their lines on the terminal, the file with the numbers, and how they end."""

from __future__ import annotations

import json
import pathlib
import signal
import sys
from collections.abc import Callable, Mapping
from typing import Any


def say(text: str) -> None:
    """One line, at once."""
    print(text, flush=True)


def write_report(path: str, numbers: Mapping[str, Any]) -> None:
    """Write the numbers as JSON, and say where they are."""
    pathlib.Path(path).write_text(json.dumps(numbers, indent=1) + "\n")
    say(f"\nWritten to {path}.")


def carry_out(main: Callable[[], int]) -> None:
    """Run a bench and end the process. Its servers are stopped after SIGTERM and Ctrl-C too."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
    except RuntimeError as failed:
        sys.exit(f"The bench failed: {failed}")

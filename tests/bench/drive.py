# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Our side as a fresh process: one verb, its options as JSON; its report goes to standard output.

drive.py back_up '{"url": ..., "bucket": ...}'
"""

from __future__ import annotations

import importlib
import json
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2]))

_options = importlib.import_module("plugins.module_utils._options")
_progress = importlib.import_module("plugins.module_utils._base.progress")


def main(name: str, given: str) -> int:
    verb = importlib.import_module(f"plugins.module_utils._verbs.{name}")
    params = {**_options.defaults(*verb.OPTIONS), **json.loads(given)}
    report = verb.run(params, False, _progress.silent)
    json.dump(report, sys.stdout)
    return 0 if report["ok"] else 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))

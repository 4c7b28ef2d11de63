# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Pin the packages of an environment: tools/requirements/NAME.in -> NAME.txt.

    lock.py NAME...

pip resolves NAME.in on every Python of the environment that is found here. Packages with the same result are pinned
once, the others get a marker for each version of Python.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tempfile
from pathlib import Path

import env as environments

HEADER = """# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Written by tools/lock.py from {name}.in on Python {versions}.
"""


def resolve(source: Path, python: environments.Python) -> dict[str, str]:
    """Package -> version that pip would install on this Python."""
    with tempfile.TemporaryDirectory() as folder:
        inside = Path(folder) / "venv"
        subprocess.run([python.path, "-m", "venv", str(inside)], check=True)
        pip = [str(inside / "bin" / "python"), "-m", "pip", "--quiet", "--disable-pip-version-check", "install"]
        report = Path(folder) / "report.json"
        subprocess.run([*pip, "--upgrade", "pip"], check=True)
        subprocess.run([*pip, "--dry-run", "--report", str(report), "--requirement", str(source)], check=True)
        found = json.loads(report.read_text())["install"]
    return {re.sub(r"[-_.]+", "-", item["metadata"]["name"]).lower(): item["metadata"]["version"] for item in found}


def merge(resolved: dict[tuple[int, int], dict[str, str]]) -> list[str]:
    """Pins, with markers if the Pythons differ; newer and older Pythons get the pins of the newest and the oldest."""
    versions = sorted(resolved)
    lines = []
    for package in sorted({name for pins in resolved.values() for name in pins}):
        pins = [resolved[version].get(package) for version in versions]
        if len(set(pins)) == 1:
            lines.append(f"{package}=={pins[0]}")
            continue
        start = 0
        for end in range(1, len(versions) + 1):
            if end < len(versions) and pins[end] == pins[start]:
                continue
            low = f'python_version >= "{versions[start][0]}.{versions[start][1]}"' if start else ""
            high = f'python_version < "{versions[end][0]}.{versions[end][1]}"' if end < len(versions) else ""
            if pins[start] is not None:
                lines.append(f"{package}=={pins[start]} ; {' and '.join(filter(None, (low, high)))}")
            start = end
    return lines


def main(names: list[str]) -> int:
    if not names or not set(names) <= set(environments.ENVIRONMENTS):
        sys.stderr.write(f"{__doc__}\nNames: {', '.join(environments.ENVIRONMENTS)}\n")
        return 2
    pythons = environments.find_pythons()
    for name in names:
        source = environments.REQUIREMENTS / f"{name}.in"
        usable = [python for python in pythons if f"3.{python.version[1]}" in environments.ENVIRONMENTS[name]]
        resolved = {python.version: resolve(source, python) for python in usable}
        versions = ", ".join(f"{major}.{minor}" for major, minor in sorted(resolved))
        text = HEADER.format(name=name, versions=versions) + "\n".join(merge(resolved)) + "\n"
        source.with_suffix(".txt").write_text(text)
        sys.stdout.write(f"{source.with_suffix('.txt')}: {len(merge(resolved))} pins\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))

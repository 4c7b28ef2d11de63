# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Builds the single-file program: a zip application with the whole engine. Its bytes are the same on every machine.

The sources come from the package's loaders, so it can be built from a clone, from the payload that Ansible copies to a
host, and from the single file itself. Entries are sorted and not compressed (the output of a compressor depends on its
version), with fixed dates and modes.
"""

from __future__ import annotations

import importlib.util
import io
import pkgutil
import sys
import zipfile
from collections.abc import Iterable, Iterator

from .._base.errors import EngineError
from .carried import NOT_CARRIED

PACKAGE = "qdrant_backup"
_HEADER = (
    "# Copyright (c) 2026, VectorOps contributors\n"
    "# GNU General Public License v3.0+ "
    "(see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)\n"
    "# SPDX-" + "License-Identifier: GPL-3.0-or-later\n"
)
_INIT = _HEADER + '"""The engine of the Ansible collection vectorops.qdrant, as the program qdrant-backup."""\n'
_MAIN = _HEADER + f"from {PACKAGE}._program.__main__ import start\n\nstart()\n"
_DATE = (1980, 1, 1, 0, 0, 0)
_MODE = 0o100644


def sources() -> dict[str, str]:
    """Path below the engine's folder -> source text, for every file of the engine in the bundle."""
    root = __package__.rpartition(".")[0]
    return dict(_walk(root, sys.modules[root].__path__, ""))


def _walk(package: str, folders: Iterable[str], below: str) -> Iterator[tuple[str, str]]:
    for dummy, name, is_package in pkgutil.iter_modules(folders):
        full = f"{package}.{name}"
        if f"{below}{name}" in NOT_CARRIED:
            continue
        spec = importlib.util.find_spec(full)
        get_source = getattr(spec.loader, "get_source", None) if spec else None
        text = get_source(full) if get_source else None
        if spec is None or text is None:
            raise EngineError("read the source of", full, "its loader does not return it", "Use a clone or a release.")
        if isinstance(text, bytes):  # Ansible's loader of collections, on the controller
            text = text.decode()
        yield (f"{below}{name}/__init__.py" if is_package else f"{below}{name}.py"), text
        if is_package:
            yield from _walk(full, spec.submodule_search_locations or (), f"{below}{name}/")


def build(interpreter: str) -> bytes:
    """The bytes of the single-file program, run by ``interpreter`` (an absolute path)."""
    files = {f"{PACKAGE}/{path}": text for path, text in sources().items()}
    files[f"{PACKAGE}/__init__.py"] = _INIT
    files["__main__.py"] = _MAIN
    out = io.BytesIO()
    out.write(b"#!" + interpreter.encode() + b"\n")
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as archive:
        for path in sorted(files):
            entry = zipfile.ZipInfo(path, _DATE)
            entry.create_system = 3  # Unix, wherever it is built
            entry.external_attr = _MODE << 16
            archive.writestr(entry, files[path].encode())
    return out.getvalue()

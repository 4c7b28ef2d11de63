# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Folders that systemd hides from the service of the backups, by the settings in its unit. Reads files only.

A command by hand sees these folders, so only the unit tells that the timer's backups do not.
"""

from __future__ import annotations

import glob
import os
from collections.abc import Iterable, Mapping

_UNIT_FOLDERS = ("etc/systemd/system", "run/systemd/system", "usr/local/lib/systemd/system", "usr/lib/systemd/system")
_YES = ("1", "yes", "true", "on")
_HOMES, _TEMPORARY = ("/home", "/root", "/run/user"), ("/tmp", "/var/tmp")

Settings = Mapping[str, tuple[str, ...]]


def service_of(timer: str) -> str:
    """The unit that a timer starts."""
    return timer.rpartition(".")[0] + ".service"


def unit_settings(service: str, root: str = "/") -> Settings:
    """The settings in section [Service] of a unit and of its drop-ins: name to values, in the order that systemd reads
    them in. Empty if there is no such unit."""
    folders = [os.path.join(root, folder) for folder in _UNIT_FOLDERS]
    unit = next((path for path in (os.path.join(one, service) for one in folders) if os.path.lexists(path)), "")
    if not os.path.isfile(unit):  # a masked unit is a link to /dev/null
        return {}
    added: dict[str, str] = {}
    for folder in reversed(folders):  # of one name, the first folder's file counts
        added.update(
            {os.path.basename(path): path for path in glob.glob(os.path.join(folder, service + ".d", "*.conf"))}
        )
    found: dict[str, tuple[str, ...]] = {}
    for path in [unit, *(added[name] for name in sorted(added))]:
        for name, value in _lines(path):
            found[name] = (*found.get(name, ()), value) if value else ()  # an empty value resets a list
    return found


def _lines(path: str) -> Iterable[tuple[str, str]]:
    try:
        with open(path, encoding="utf-8", errors="replace") as handle:
            text = handle.read().replace("\\\n", " ")
    except OSError:
        return
    section = ""
    for line in map(str.strip, text.splitlines()):
        if line.startswith("["):
            section = line
        elif section == "[Service]" and "=" in line and line[0] not in "#;":
            name, dummy, value = line.partition("=")
            yield name.strip(), value.strip()


def hides(settings: Settings, path: str) -> str:
    """The setting that hides a folder, for example ``ProtectHome=true``; "" if the service sees it. Pure."""
    home = _last(settings, "ProtectHome")
    if home in _YES and _below(path, _HOMES):
        return f"ProtectHome={home}"
    for entry in _words(settings, "InaccessiblePaths"):
        if _below(path, [entry]):
            return f"InaccessiblePaths={entry}"
    # A folder that is bound into an empty one is seen.
    bound = [entry.split(":")[1 if ":" in entry else 0] for entry in _words(settings, "BindPaths", "BindReadOnlyPaths")]
    if _below(path, bound):
        return ""
    if home == "tmpfs" and _below(path, _HOMES):
        return "ProtectHome=tmpfs"
    private = _last(settings, "PrivateTmp")
    if private in (*_YES, "disconnected") and _below(path, _TEMPORARY):
        return f"PrivateTmp={private}"
    empty = [entry for entry in _words(settings, "TemporaryFileSystem") if _below(path, [entry.partition(":")[0]])]
    return f"TemporaryFileSystem={empty[0]}" if empty else ""


def _last(settings: Settings, name: str) -> str:
    return settings.get(name, ("",))[-1].lower() if settings.get(name) else ""


def _words(settings: Settings, *names: str) -> list[str]:
    return [word.lstrip("-+") for name in names for value in settings.get(name, ()) for word in value.split()]


def _below(path: str, folders: Iterable[str]) -> bool:
    return any(path == folder or path.startswith(folder.rstrip("/") + "/") for folder in folders if folder)

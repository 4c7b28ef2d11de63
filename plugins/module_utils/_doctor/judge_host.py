# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Findings from the facts of this host. Pure functions."""

from __future__ import annotations

import shlex

from .._base.plan import human_bytes
from .values import ERROR, OK, WARNING, Finding, Folder, HostFacts

_AREA = "host"
REFUSES_WRITES = 64 << 20  # below about this much free space Qdrant refuses every write


def judge_host(facts: HostFacts) -> list[Finding]:
    """The findings about the host, for backups and restores."""
    found = _snapshots(facts)
    for name in ("state", "spool"):
        folder = facts.folders.get(name)
        if folder and folder.device is not None and not folder.writable:
            what = f"The {name} folder {folder.path} is not writable for {facts.user}."
            found.append(Finding(ERROR, _AREA, what, f"chown {facts.user} {shlex.quote(folder.path)}"))
        elif folder and folder.device is None and name == "spool":
            what = f"The spool folder {folder.path} does not exist."
            found.append(
                Finding(WARNING, _AREA, what, f"install -d -m 0700 -o {facts.user} {shlex.quote(folder.path)}")
            )
    found += _hidden(facts)
    found += _space(facts)
    found += _leftovers(facts)
    return found


def _snapshots(facts: HostFacts) -> list[Finding]:
    folder = facts.folders.get("snapshots")
    if folder is None:
        what = "snapshots_dir is not set: archives are read through the API, and need twice their space."
        return [Finding(OK, _AREA, what, "Set snapshots_dir if this host can see the node's snapshots folder.")]
    if folder.device is None:
        what = f"The snapshots folder {folder.path} does not exist."
        fix = "Set snapshots_dir to the node's storage.snapshots_path, as this host sees it."
        return [Finding(ERROR, _AREA, what, fix)]
    found = []
    if not folder.readable:
        what = f"The snapshots folder {folder.path} is not readable for {facts.user}."
        found.append(Finding(ERROR, _AREA, what, "Run the command with sudo, or as Qdrant's user."))
    elif facts.unreadable:
        what = f"{facts.unreadable} is not readable for {facts.user}: only Qdrant's user can read its archives."
        found.append(Finding(ERROR, _AREA, what, "Run the command with sudo, or as Qdrant's user."))
    elif facts.foreign:
        what = (
            f"{folder.path} is not this node's folder: the snapshots of {', '.join(facts.foreign)} are missing there."
        )
        found.append(Finding(ERROR, _AREA, what, "Set snapshots_dir to the node's storage.snapshots_path."))
    else:
        found.append(Finding(OK, _AREA, f"The snapshots folder {folder.path} can be read."))
    if folder.readable and not folder.writable:
        what = (
            f"{folder.path} is not writable for {facts.user}: restores use uploads, and unfinished snapshots are not"
            " removed."
        )
        found.append(Finding(WARNING, _AREA, what, "Run the command with sudo, or as Qdrant's user."))
    return found + _file_systems(facts, folder)


def _hidden(facts: HostFacts) -> list[Finding]:
    """Folders that this command sees and the service does not. The storage folder is hidden on purpose: a backup reads
    snapshots only."""
    found = []
    for name in ("snapshots", "state", "spool"):
        if name in facts.hidden:
            path, setting = facts.folders[name].path, facts.hidden[name]
            what = f"{facts.service} does not see the {name} folder {path}: its unit has {setting}."
            fix = f"Move the folder out of there, or change the setting: systemctl edit {facts.service}"
            found.append(Finding(WARNING, _AREA, what, fix))
    return found


def _file_systems(facts: HostFacts, snapshots: Folder) -> list[Finding]:
    """Across file systems every snapshot and restore is copied, and a killed node leaves unfinished snapshots."""
    found = []
    for name in ("storage", "temp"):
        folder = facts.folders.get(name)
        if folder and folder.device is not None and folder.device != snapshots.device:
            what = f"The {name} folder {folder.path} and the snapshots folder are on different file systems."
            fix = "Put storage, snapshots and storage.temp_path on one file system."
            found.append(Finding(WARNING, _AREA, what, fix))
    return found


def _space(facts: HostFacts) -> list[Finding]:
    found = []
    for name in ("snapshots", "storage"):
        free = facts.free(name)
        if free is None or (name == "storage" and facts.folders[name].device == _device(facts, "snapshots")):
            continue
        path = facts.folders[name].path
        if free < REFUSES_WRITES:
            what = f"{human_bytes(free)} free at {path}: Qdrant refuses every write."
            found.append(Finding(ERROR, _AREA, what, "Free space on this file system now."))
        elif free < facts.min_free:
            what = f"{human_bytes(free)} free at {path}, less than min_free ({human_bytes(facts.min_free)})."
            found.append(Finding(ERROR, _AREA, what, "Free space, lower keep_local, or lower min_free."))
        else:
            found.append(Finding(OK, _AREA, f"{human_bytes(free)} free at {path}."))
    return found


def _device(facts: HostFacts, name: str) -> int | None:
    return facts.folders[name].device if name in facts.folders else None


def _leftovers(facts: HostFacts) -> list[Finding]:
    found = []
    for intent in facts.intents:
        found.append(Finding(ERROR, _AREA, intent.warning(), intent.remedy()))
    for path, size in facts.halves:
        what = f"{path} ({human_bytes(size)}) is an unfinished snapshot of a Qdrant that was killed."
        found.append(Finding(WARNING, _AREA, what, f"The next run removes it; by hand: rm {shlex.quote(path)}"))
    for path in facts.orphans:
        what = f"{path} is the checksum of a missing snapshot: a full snapshot in the same second removed it."
        found.append(Finding(WARNING, _AREA, what, f"rm {shlex.quote(path)}"))
    return found

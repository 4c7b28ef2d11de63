# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""State of this host between runs: the lock of a node, and the intents of restores.

All files are below the state directory (default ``/var/lib/qdrant-backup``).
"""

from __future__ import annotations

import contextlib
import dataclasses
import fcntl
import functools
import hashlib
import json
import os
import stat
from collections.abc import Iterator
from typing import Any

from .address import node_key
from .clock import backup_id, now
from .errors import EngineError, LockedError
from .intent import ALIASES, PROVEN, UNREADABLE, Intent
from .ownership import hand_over, make_private
from .redaction import redact_value


class Host:
    """The state directory of this host, for one node (several nodes of a host have different URLs)."""

    def __init__(self, state_dir: str, node_url: str) -> None:
        self.state_dir = state_dir
        self.node_url = node_url
        self._node = node_key(node_url)

    @contextlib.contextmanager
    def lock(self, purpose: str, kind: str = "") -> Iterator[None]:
        """Hold this host's lock for the node; LockedError if another run holds it. It also ends with the process.

        kind: another lock of the same node ("drill"), which excludes only its own kind.
        """
        path = os.path.join(self._folder("locks"), f"{self._node}{f'.{kind}' if kind else ''}.lock")
        how = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW
        handle = self._guarded("open", path, lambda: os.open(path, how, 0o600))
        try:
            hand_over(path)
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                holder = os.pread(handle, 200, 0).decode("utf-8", "replace").strip() or "another run"
                raise LockedError(
                    purpose, f"on {self.node_url}", f"{holder} is at work on this node", "Wait until it has ended."
                ) from None
            with contextlib.suppress(OSError):  # on a full disk the lock works, but without the holder's name
                os.ftruncate(handle, 0)
                os.pwrite(handle, f"{purpose} (process {os.getpid()})".encode(), 0)
            yield
        finally:
            os.close(handle)

    def mark(self) -> str:
        """The mark of this host and node, created once and stored in the state directory.

        While this host's lock is held, a repository lock with this mark belongs to a run that died.
        """
        path = os.path.join(self._folder(), "id")
        self._guarded("write", path, lambda: _write_once(path, os.urandom(8).hex().encode()))
        return f"[{self._guarded('read', path, lambda: _read_start(path, 16))}-{self._node[:8]}]"

    def open_intent(self, intent: Intent) -> None:
        """Write the intent so that it survives a power cut, before the first destructive call."""
        path = self._intent_path(intent.collection)
        body = json.dumps(redact_value(dataclasses.asdict(intent)), sort_keys=True, indent=1).encode()
        self._guarded("write", path, lambda: write_durably(path, body))

    def close_intent(self, collection: str) -> None:
        """Remove the intent: the collection is proven (or dropped)."""
        paths = [path for intent, path in self._notes() if intent.collection == collection]
        for path in [*paths, self._intent_path(collection)]:
            self._guarded("remove", path, functools.partial(_remove_durably, path))

    def settle_intent(self, intent: Intent) -> None:
        """Close the intent because an operator has checked the collection. The note is renamed and kept as a record; no
        run reads it again."""
        for path in [path for found, path in self._notes() if found == intent]:
            settled = f"{path[: -len('.json')] if path.endswith('.json') else path}.settled-{backup_id(now())}"
            self._guarded("rename", path, functools.partial(os.replace, path, settled))
            _sync_folder(os.path.dirname(path))

    def intents(self) -> list[Intent]:
        """Every restore of this node that began and did not end, oldest first. A note that cannot be read counts as an
        intent, because it may be one."""
        found = [intent for intent, dummy in self._notes() if intent.step not in (PROVEN, ALIASES)]
        return sorted(found, key=lambda intent: intent.started_at)

    def unfinished(self) -> list[Intent]:
        """Restores that restored and proved their collection, but did not end: the proof may not be in the repository,
        and aliases may be missing. The data is not in doubt."""
        return [intent for intent, dummy in self._notes() if intent.step in (PROVEN, ALIASES)]

    def write_record(self, kind: str, name: str, data: dict[str, Any]) -> None:
        """Write a record about this node so that it survives a power cut. One of the same name is overwritten."""
        path = self._record_path(kind, name)
        body = json.dumps(redact_value(data), sort_keys=True, indent=1).encode()
        self._guarded("write", path, lambda: write_durably(path, body))

    def remove_record(self, kind: str, name: str) -> None:
        """Remove a record, if it is there."""
        path = self._record_path(kind, name)
        self._guarded("remove", path, lambda: _remove_durably(path))

    def records(self, kind: str) -> list[dict[str, Any]]:
        """The records of this node; what cannot be read is left out, see ``damaged_records``."""
        return [data for dummy, data in _objects_in(os.path.join(self.state_dir, kind, self._node)) if data is not None]

    def damaged_records(self, kind: str) -> list[str]:
        """The paths of records that cannot be read, for example because a full disk cut them."""
        return [path for path, data in _objects_in(os.path.join(self.state_dir, kind, self._node)) if data is None]

    def note_server(self, peer_id: int) -> None:
        """Remember the peer id of the node's server: a server without collections shows none, and status does not ask
        the server."""
        if self.noted_server() != peer_id:
            path = os.path.join(self._folder("servers"), self._node)
            self._guarded("write", path, lambda: write_durably(path, str(peer_id).encode()))

    def noted_server(self) -> int | None:
        """The peer id that the node's server showed last; None if no run has seen one."""
        try:
            return int(_read_start(os.path.join(self.state_dir, "servers", self._node), 40))
        except (OSError, ValueError):
            return None

    def _notes(self) -> list[tuple[Intent, str]]:
        """Intents of this node and their paths, including those that an earlier version stored under another spelling
        of the node's address."""
        base = os.path.join(self.state_dir, "intents")
        found = _notes_in(os.path.join(base, self._node))
        try:
            others = {name for name in os.listdir(base) if ".settled-" not in name} - {self._node}
        except OSError:
            return found
        for name in sorted(others):
            notes = _notes_in(os.path.join(base, name))
            found += [(one, path) for one, path in notes if one.url and node_key(one.url) == self._node]
        return found

    def _intent_path(self, collection: str) -> str:
        return self._record_path("intents", collection)

    def _record_path(self, kind: str, name: str) -> str:
        file = hashlib.sha256(name.encode()).hexdigest()[:32] + ".json"
        return os.path.join(self._folder(kind, self._node), file)

    def _folder(self, *names: str) -> str:
        path = self.state_dir
        self._guarded("create the folder", path, lambda: make_private(self.state_dir))
        for name in names:
            path = os.path.join(path, name)
            self._guarded("create the folder", path, functools.partial(_make_ours, path))
        return path

    def _guarded(self, verb: str, path: str, work: Any) -> Any:
        try:
            return work()
        except OSError as error:
            raise EngineError(
                verb,
                path,
                error.strerror or str(error),
                "The state directory must be writable: run with sudo or as the backup user, or set state_dir.",
            ) from None


def _make_ours(path: str) -> None:
    """Create a folder of the state directory. If root created it in an earlier run, the directory's owner gets it."""
    make_private(path)
    hand_over(path)


def _notes_in(folder: str) -> list[tuple[Intent, str]]:
    try:
        names = sorted(name for name in os.listdir(folder) if name.endswith(".json"))
    except (FileNotFoundError, NotADirectoryError):
        return []
    except OSError as error:
        return [(_unreadable(folder, error), folder)]
    paths = [os.path.join(folder, name) for name in names]
    return [(intent, path) for path in paths for intent in _read_intent(path)]


def _objects_in(folder: str) -> list[tuple[str, dict[str, Any] | None]]:
    """The paths of a folder's JSON files with their objects, None if one cannot be read."""
    found: list[tuple[str, dict[str, Any] | None]] = []
    for name in sorted(os.listdir(folder)) if os.path.isdir(folder) else ():
        path, data = os.path.join(folder, name), None
        if not name.endswith(".json"):
            continue
        try:
            with open(path, encoding="utf-8") as handle:
                data = json.load(handle)
        except FileNotFoundError:  # removed just now
            continue
        except (OSError, ValueError):
            pass
        found.append((path, data if isinstance(data, dict) else None))
    return found


def _read_intent(path: str) -> list[Intent]:
    names = {field.name for field in dataclasses.fields(Intent)}
    try:
        with open(path, encoding="utf-8") as handle:
            data = json.load(handle)
        return [Intent(**{key: str(value) for key, value in data.items() if key in names})]
    except FileNotFoundError:  # closed just now
        return []
    except (OSError, ValueError, TypeError, AttributeError) as error:
        return [_unreadable(path, error)]


def _unreadable(path: str, error: Exception) -> Intent:
    """An intent for a note that cannot be read, because a restore may have begun. step: the note's path; mode: why it
    cannot be read."""
    said = (error.strerror or str(error)) if isinstance(error, OSError) else "it is damaged"
    return Intent(url="", collection=UNREADABLE, mode=said, step=path, started_at="")


def _read_start(path: str, count: int) -> str:
    with open(path, encoding="ascii", errors="replace") as handle:
        return handle.read(count)


def _remove_durably(path: str) -> None:
    with contextlib.suppress(FileNotFoundError):
        os.unlink(path)
        _sync_folder(os.path.dirname(path))


def _write_once(path: str, body: bytes) -> None:
    """Create the file if it does not exist. Two runs at the same time end with the same content."""
    if os.path.exists(path):
        return
    temporary = f"{path}.{os.getpid()}"
    write_durably(temporary, body)
    with contextlib.suppress(FileExistsError):
        os.link(temporary, path)
    os.unlink(temporary)


def write_durably(path: str, body: bytes) -> None:
    """Write a file that survives a power cut, all of it or nothing; OSError."""
    temporary = path + ".tmp"
    handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    try:
        hand_over(temporary)
        left = memoryview(body)
        while left:  # a write may be short on a nearly full disk; the next one then fails
            left = left[os.write(handle, left) :]
        os.fsync(handle)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(temporary)
        raise
    finally:
        os.close(handle)
    os.replace(temporary, path)
    _sync_folder(os.path.dirname(path))


def _sync_folder(path: str) -> None:
    handle = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def seen_folder(path: str | None) -> str:
    """The folder, or "" if this host cannot see it. If systemd hides it, something without any rights is in its place,
    on another disk."""
    try:
        about = os.stat(path or "")
    except (OSError, ValueError):
        return ""
    return path if path and stat.S_ISDIR(about.st_mode) and stat.S_IMODE(about.st_mode) else ""


def free_bytes(path: str | None) -> int | None:
    """Bytes free for this user on the file system of ``path``; None if this host cannot see it."""
    if not path:
        return None
    try:
        about = os.statvfs(path)
    except OSError:
        return None
    return about.f_bavail * about.f_frsize

# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What this host remembers between runs: the lock of a node, and the intents of restores under way.

Everything lives below one folder, the state directory (``/var/lib/qdrant-backup`` unless told otherwise).
"""

from __future__ import annotations

import contextlib
import dataclasses
import fcntl
import functools
import hashlib
import json
import os
from collections.abc import Iterator
from typing import Any

from .address import node_key
from .clock import backup_id, now
from .errors import EngineError, LockedError
from .intent import UNREADABLE, Intent
from .ownership import hand_over, make_private
from .redaction import redact_value

STATE_DIR = "/var/lib/qdrant-backup"


class Host:
    """The state directory of this host, for one node (its URL tells nodes of one host apart)."""

    def __init__(self, state_dir: str, node_url: str) -> None:
        self.state_dir = state_dir or STATE_DIR
        self.node_url = node_url
        self._node = node_key(node_url)

    @contextlib.contextmanager
    def lock(self, purpose: str) -> Iterator[None]:
        """Hold this host's lock for the node; LockedError when another run has it. Ends with the process, however."""
        path = os.path.join(self._folder("locks"), self._node + ".lock")
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
            with contextlib.suppress(OSError):  # on a full disk the lock still is one, only without a name
                os.ftruncate(handle, 0)
                os.pwrite(handle, f"{purpose} (process {os.getpid()})".encode(), 0)
            yield
        finally:
            os.close(handle)

    def mark(self) -> str:
        """A text that only runs of this host for this node carry: made once, kept in the state directory.

        While this host's lock is held, a repository lock whose holder carries it belongs to a run that died.
        """
        path = os.path.join(self._folder(), "id")
        self._guarded("write", path, lambda: _write_once(path, os.urandom(8).hex().encode()))
        return f"[{self._guarded('read', path, lambda: _read_start(path, 16))}-{self._node[:8]}]"

    def open_intent(self, intent: Intent) -> None:
        """Write the intent so that it survives a power cut, before the first destructive call."""
        path = self._intent_path(intent.collection)
        body = json.dumps(redact_value(dataclasses.asdict(intent)), sort_keys=True, indent=1).encode()
        self._guarded("write", path, lambda: _write_durably(path, body))

    def close_intent(self, collection: str) -> None:
        """The collection is known to be whole again (or gone)."""
        paths = [path for intent, path in self._notes() if intent.collection == collection]
        for path in [*paths, self._intent_path(collection)]:
            self._guarded("remove", path, functools.partial(_remove_durably, path))

    def settle_intent(self, intent: Intent) -> None:
        """A person knows that the collection is right. The note is kept, so that it can be told later who relied on it,
        under a name that no run looks at."""
        for path in [path for found, path in self._notes() if found == intent]:
            settled = f"{path[: -len('.json')] if path.endswith('.json') else path}.settled-{backup_id(now())}"
            self._guarded("rename", path, functools.partial(os.replace, path, settled))
            _sync_folder(os.path.dirname(path))

    def intents(self) -> list[Intent]:
        """Every restore of this node that has begun and not ended, oldest first. Notes that cannot be read count as
        one: they may say so."""
        return sorted((intent for intent, dummy in self._notes()), key=lambda intent: intent.started_at)

    def _notes(self) -> list[tuple[Intent, str]]:
        """Intents of this node and where they lie; also below the key that an earlier version made of another
        spelling of its address."""
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
        name = hashlib.sha256(collection.encode()).hexdigest()[:32] + ".json"
        return os.path.join(self._folder("intents", self._node), name)

    def _folder(self, *names: str) -> str:
        path = self.state_dir
        self._guarded("make the folder", path, lambda: make_private(self.state_dir))
        for name in names:
            path = os.path.join(path, name)
            self._guarded("make the folder", path, functools.partial(_make_ours, path))
        return path

    def _guarded(self, verb: str, path: str, work: Any) -> Any:
        try:
            return work()
        except OSError as error:
            raise EngineError(
                verb,
                path,
                error.strerror or str(error),
                "The state directory must be writable: run as root (sudo) or as the backup user, or set state_dir.",
            ) from None


def _make_ours(path: str) -> None:
    """A folder of the state directory; one that an earlier run of root's left is given to the directory's owner."""
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
    """A note that cannot be read may mean that a restore began: say so rather than forget it. step: its path; mode: why
    it cannot be read."""
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
    """Make the file unless it is there; two runs at once agree on one content."""
    if os.path.exists(path):
        return
    temporary = f"{path}.{os.getpid()}"
    _write_durably(temporary, body)
    with contextlib.suppress(FileExistsError):
        os.link(temporary, path)
    os.unlink(temporary)


def _write_durably(path: str, body: bytes) -> None:
    temporary = path + ".tmp"
    handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    try:
        hand_over(temporary)
        os.write(handle, body)
        os.fsync(handle)
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


def free_bytes(path: str | None) -> int | None:
    """Bytes free for this user on the file system of ``path``; None when it cannot be seen from here."""
    if not path:
        return None
    try:
        stat = os.statvfs(path)
    except OSError:
        return None
    return stat.f_bavail * stat.f_frsize

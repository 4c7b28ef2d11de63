# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A Qdrant node for tests: a real one where there is one, else the double.

* `QDRANT_BIN`: a server's program; each `start_qdrant` starts one with its own folders.
* `QDRANT_URL`: a server that runs already (with `QDRANT_DIR`, the folder that holds its `storage` and `snapshots`,
  where tests need to see those); it is wiped, never stopped.
* else the double, on the interpreter `DOUBLE_PYTHON` (default: this one), which needs `qdrant-edge-py`.

Only the standard library is needed here, on Python 3.9 and later.
"""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

_DOUBLE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "double")
_START_SECONDS = 30.0
_ROOMY = 2 << 30


def uses_double() -> bool:
    """Whether tests run on the double."""
    return not os.environ.get("QDRANT_BIN") and not os.environ.get("QDRANT_URL")


def is_given() -> bool:
    """Whether tests run on the server of QDRANT_URL."""
    return bool(os.environ.get("QDRANT_URL")) and not os.environ.get("QDRANT_BIN")


class NotStartedError(RuntimeError):
    """A server did not come up, or another one has its port."""


@contextmanager
def quick_folder() -> Iterator[str]:
    """A folder for a node's data, in memory where there is plenty: nodes sync to disk often. Removed afterwards."""
    memory = "/dev/shm"
    try:
        state = os.statvfs(memory)
        roomy = state.f_bavail * state.f_frsize > _ROOMY
    except OSError:
        roomy = False
    folder = tempfile.mkdtemp(prefix="qdrant-test-", dir=memory if roomy and os.access(memory, os.W_OK) else None)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def free_port() -> int:
    """A port that nobody has, below those that the kernel gives to clients: one of them may else sit on it when a
    killed server comes back to it."""
    chance = random.Random()
    while True:
        port = chance.randrange(4000, 12000)
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port


def call(method: str, url: str, body: Any = None, api_key: str | None = None, timeout: float = 60.0) -> dict[str, Any]:
    """One JSON request; the parsed answer, or urllib's HTTPError."""
    headers = {"Content-Type": "application/json", "Accept-Encoding": "identity"}
    if api_key:
        headers["api-key"] = api_key
    data = json.dumps(body).encode() if body is not None else None
    request = urllib.request.Request(url, data=data, method=method, headers=headers)
    with urllib.request.urlopen(request, timeout=timeout) as answer:
        found = json.load(answer)
    return dict(found)


def wipe(url: str, api_key: str | None = None) -> None:
    """Deletes all collections with their snapshots, and all full snapshots."""
    for one in call("GET", f"{url}/collections", api_key=api_key)["result"]["collections"]:
        path = f"{url}/collections/{urllib.parse.quote(one['name'], safe='')}"
        try:
            for snapshot in call("GET", f"{path}/snapshots", api_key=api_key)["result"]:
                name = urllib.parse.quote(snapshot["name"], safe="")
                call("DELETE", f"{path}/snapshots/{name}", api_key=api_key)
        except urllib.error.HTTPError:
            pass  # a folder that cannot be listed must not keep the collection
        call("DELETE", path, api_key=api_key)
    for snapshot in call("GET", f"{url}/snapshots", api_key=api_key)["result"]:
        call("DELETE", f"{url}/snapshots/{urllib.parse.quote(snapshot['name'], safe='')}", api_key=api_key)


@dataclass
class RunningQdrant:
    """A running node; `directory` holds `storage` and `snapshots`, and is empty where nobody said where they are."""

    url: str
    directory: str
    is_double: bool
    version: str = ""
    api_key: str | None = None
    _command: list[str] = field(default_factory=list)
    _environment: dict[str, str] = field(default_factory=dict)
    _process: subprocess.Popen[bytes] | None = None

    @property
    def storage_dir(self) -> str:
        """Skips the test where it is not known."""
        return self._folder("storage")

    @property
    def snapshots_dir(self) -> str:
        """Skips the test where it is not known."""
        return self._folder("snapshots")

    @property
    def seen_snapshots_dir(self) -> str | None:
        """The same, and None where it is not known: everything goes through the API then."""
        return self._folder("snapshots") if self.directory else None

    def _folder(self, name: str) -> str:
        if not self.directory:
            import pytest

            pytest.skip("needs to see the server's folders: set QDRANT_DIR beside QDRANT_URL")
        return os.path.join(self.directory, name)

    @property
    def given(self) -> bool:
        """Whether this is the server of QDRANT_URL, which is wiped and never stopped."""
        return not self._command

    @property
    def pid(self) -> int | None:
        """The process, where this test run started it."""
        return self._process.pid if self._process else None

    @property
    def log_path(self) -> str:
        """What the server printed."""
        return os.path.join(self.directory, "server.log")

    def start_again(self) -> None:
        """Starts the server on the same folders and port; returns when it answers."""
        if not self._command:
            raise RuntimeError("a server given by QDRANT_URL cannot be started from here")
        with open(self.log_path, "ab") as log:
            self._process = subprocess.Popen(
                self._command,
                cwd=self.directory,
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        self._await()

    def _await(self) -> None:
        deadline = time.monotonic() + _START_SECONDS
        while True:
            try:
                version = call("GET", self.url, timeout=5)["version"]
                urllib.request.urlopen(f"{self.url}/readyz", timeout=5).close()
                said = "another server answers on its port"
            except (OSError, ValueError) as error:
                version, said = "", str(error)
            # Looked at after the answer: where ours could not have the port, that of somebody else has answered.
            ended = self._process is not None and self._process.poll() is not None
            if version and not ended and self._is_ours():
                self.version = version
                return
            if ended or time.monotonic() > deadline:
                raise NotStartedError(f"the server did not start ({said}):\n{self._last_words()}")
            time.sleep(0.02)

    def _is_ours(self) -> bool:
        """Whether the process that we started listens on the port, as far as the kernel tells."""
        if self._process is None:
            return True
        port = int(self.url.rpartition(":")[2])
        try:
            with open("/proc/net/tcp", encoding="ascii") as table:
                rows = [line.split() for line in table][1:]
            folder = f"/proc/{self._process.pid}/fd"
            handles = os.listdir(folder)
        except OSError:  # no such table here
            return True
        mine = {row[9] for row in rows if row[3] == "0A" and int(row[1].rpartition(":")[2], 16) == port}
        for name in handles:
            try:
                if os.readlink(os.path.join(folder, name))[len("socket:[") : -1] in mine:
                    return True
            except OSError:
                continue  # closed meanwhile
        return False

    def _last_words(self) -> str:
        if self.given:
            return "it is the one of QDRANT_URL"
        with open(self.log_path, encoding="utf-8", errors="replace") as log:
            return log.read()[-3000:]

    def stop(self) -> None:
        """Ends the server in order."""
        self._end(signal.SIGTERM)

    def kill(self) -> None:
        """Ends the server at once, as a power cut does to a process."""
        self._end(signal.SIGKILL)

    def wait_dead(self, timeout: float = 30.0) -> int:
        """Waits until the process is gone; its exit code."""
        if self._process is None:
            raise RuntimeError("no process of ours")
        code = self._process.wait(timeout)
        self._process = None
        return code

    def _end(self, how: int) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        if process.poll() is None:
            process.send_signal(how)
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(20)

    def faults(self, rules: list[dict[str, Any]]) -> None:
        """Puts fault rules in force, on the double only; see double/README.md."""
        self._only_double()
        call("POST", f"{self.url}/__double__/faults", {"rules": rules})

    def steps(self) -> list[str]:
        """The named steps passed since the rules were set, on the double only."""
        self._only_double()
        return list(call("GET", f"{self.url}/__double__/faults")["passed"])

    def _only_double(self) -> None:
        if not self.is_double:
            raise RuntimeError("a real server has no fault rules")

    def call(self, method: str, path: str, body: Any = None, timeout: float = 60.0) -> dict[str, Any]:
        """One JSON request with this node's key."""
        return call(method, self.url + path, body, self.api_key, timeout)

    def wipe(self) -> None:
        """Deletes everything, and what collections that were dropped before left in the snapshots folder."""
        wipe(self.url, self.api_key)
        folder = self.seen_snapshots_dir
        if folder and os.path.isdir(folder):
            _empty_but_tmp(folder)

    def __enter__(self) -> RunningQdrant:
        return self

    def __exit__(self, *dummy: object) -> None:
        self.stop()


def start_qdrant(
    directory: str,
    *,
    api_key: str | None = None,
    read_only_api_key: str | None = None,
    url_recovery: bool = True,
    port: int | None = None,
    force_double: bool = False,
    settings: dict[str, str] | None = None,
    arguments: Sequence[str] = (),
) -> RunningQdrant:
    """Starts a node on `directory` (or takes the one of QDRANT_URL, wiped) and waits until it answers.

    `force_double` starts the double whatever the environment says. `settings` are the server's own, as environment
    variables (`QDRANT__STORAGE__...`); the double has a few of them. A server of QDRANT_URL skips the test. `arguments`
    are added to the command.
    """
    if settings and not force_double and is_given():
        import pytest

        pytest.skip("needs a server with settings of its own: QDRANT_URL names one that has its own already")
    if not force_double and is_given():
        return _given(api_key)
    directory = os.path.realpath(directory)
    os.makedirs(directory, exist_ok=True)
    for again in (True, True, False):  # a port may be taken between looking and using it
        node = _prepared(directory, port or free_port(), api_key, read_only_api_key, url_recovery, force_double)
        node._environment.update(settings or {})
        node._command += arguments
        try:
            node.start_again()
            break
        except NotStartedError as error:
            node.kill()
            if port or not again or not _wants_another_port(str(error)):
                raise
    return node


def _wants_another_port(said: str) -> bool:
    return any(words in said for words in ("another server answers", "in use", "os error 98", "Errno 98"))


def _prepared(
    directory: str,
    port: int,
    api_key: str | None,
    read_only_api_key: str | None,
    url_recovery: bool,
    force_double: bool,
) -> RunningQdrant:
    """A node that is not started yet."""
    program = None if force_double else os.environ.get("QDRANT_BIN")
    environment = dict(os.environ)
    if program:
        command = [os.path.abspath(program)]
        environment.update(_settings(directory, port, api_key, read_only_api_key, url_recovery))
    else:
        command = [os.environ.get("DOUBLE_PYTHON") or sys.executable, _DOUBLE, "--port", str(port), "--dir", directory]
        if api_key:
            environment["DOUBLE_API_KEY"] = api_key
        if read_only_api_key:
            environment["DOUBLE_READ_ONLY_API_KEY"] = read_only_api_key
        if not url_recovery:
            command += ["--url-recovery", "off"]
    return RunningQdrant(
        url=f"http://127.0.0.1:{port}",
        directory=directory,
        is_double=not program,
        api_key=api_key,
        _command=command,
        _environment=environment,
    )


def _settings(
    directory: str, port: int, api_key: str | None, read_only_api_key: str | None, url_recovery: bool
) -> dict[str, str]:
    """The real server's settings, as environment variables."""
    found = {
        "QDRANT__STORAGE__STORAGE_PATH": os.path.join(directory, "storage"),
        "QDRANT__STORAGE__SNAPSHOTS_PATH": os.path.join(directory, "snapshots"),
        "QDRANT__SERVICE__HOST": "127.0.0.1",
        "QDRANT__SERVICE__HTTP_PORT": str(port),
        "QDRANT__SERVICE__GRPC_PORT": str(free_port()),
        "QDRANT__TELEMETRY_DISABLED": "true",
    }
    if api_key:
        found["QDRANT__SERVICE__API_KEY"] = api_key
    if read_only_api_key:
        found["QDRANT__SERVICE__READ_ONLY_API_KEY"] = read_only_api_key
    if not url_recovery:
        found["QDRANT__SERVICE__ENABLE_SNAPSHOT_URL_RECOVERY"] = "false"
    return found


def _given(api_key: str | None) -> RunningQdrant:
    """The server of QDRANT_URL, empty."""
    url = os.environ["QDRANT_URL"].rstrip("/")
    key = os.environ.get("QDRANT_API_KEY") or api_key
    node = RunningQdrant(url=url, directory=os.environ.get("QDRANT_DIR", ""), is_double=False, api_key=key)
    node._await()
    node.wipe()
    return node


def _empty_but_tmp(folder: str) -> None:
    """Removes what deleted collections left in the snapshots folder."""
    for name in os.listdir(folder):
        path = os.path.join(folder, name)
        if os.path.isdir(path) and name != "tmp":
            shutil.rmtree(path, ignore_errors=True)
        elif os.path.isfile(path):
            os.remove(path)

# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a test knows of an S3 server, whichever it is, and how one is started and stopped."""

from __future__ import annotations

import contextlib
import dataclasses
import pathlib
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ..s3 import ACCESS_KEY, BUCKET, SECRET_KEY, make_client

READY_SECONDS = 90.0
_STOP_SECONDS = 10.0


class NotHereError(RuntimeError):
    """This store cannot be had on this machine. The message is one sentence that says why."""


class NotStartedError(RuntimeError):
    """A server that is installed did not start. The message holds the end of its log."""


@dataclasses.dataclass(frozen=True)
class Place:
    """Where a server keeps its data and how its programs are called. outer: the folder as seen by this process;
    inner: the same as the programs see it; prefix: words before each command, for programs in a chroot."""

    outer: pathlib.Path
    inner: str
    prefix: tuple[str, ...] = ()

    @classmethod
    def here(cls, directory: pathlib.Path) -> Place:
        """A folder of this system."""
        directory.mkdir(parents=True, exist_ok=True)
        return cls(directory, str(directory))

    @classmethod
    def within(cls, root: pathlib.Path, name: str) -> Place:
        """A folder of another system that lies below ``root``."""
        (root / "srv" / name).mkdir(parents=True)
        return cls(root / "srv" / name, f"/srv/{name}", ("chroot", str(root)))

    def run(self, *words: str, environment: Mapping[str, str] | None = None) -> str:
        """Run a command to its end; its standard output. NotStartedError with what it said where it fails."""
        done = subprocess.run(
            [*self.prefix, *words],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=READY_SECONDS,
            check=False,
            cwd=self.outer,
            env=_environment(environment),
        )
        if done.returncode:
            raise NotStartedError(f"{words[0]} ended with {done.returncode}: {(done.stderr or done.stdout)[-1500:]}")
        return done.stdout


@dataclasses.dataclass
class RunningStore:
    """A server that answers. ``bucket`` exists. reader: keys that may list and read, and not write; None where the
    store has no such thing. Fields have the names of support.s3.RunningS3, so that a Rig takes either."""

    name: str
    version: str
    url: str
    region: str = "us-east-1"
    access_key: str = ACCESS_KEY
    secret_key: str = SECRET_KEY
    bucket: str = BUCKET
    ca_file: str | None = None
    reader: Reader | None = None
    processes: list[subprocess.Popen[bytes]] = dataclasses.field(default_factory=list, repr=False)
    ends: list[Callable[[], None]] = dataclasses.field(default_factory=list, repr=False)
    _clients: dict[tuple[str, ...], Any] = dataclasses.field(default_factory=dict, repr=False)

    @property
    def port(self) -> int:
        """The port of ``url``."""
        return int(self.url.rpartition(":")[2])

    def client(self, service: str = "s3", access_key: str | None = None, secret_key: str | None = None) -> Any:
        """A botocore client, as the bucket's owner unless told otherwise. Kept for the next call."""
        keys = (access_key or self.access_key, secret_key or self.secret_key)
        if (service, *keys) not in self._clients:
            self._clients[(service, *keys)] = make_client(service, self.url, self.region, *keys, self.ca_file)
        return self._clients[(service, *keys)]

    def start(
        self, place: Place, name: str, words: Sequence[str], environment: Mapping[str, str] | None = None
    ) -> None:
        """Start one process of this server. Its output goes to NAME.out in the server's folder."""
        with open(place.outer / f"{name}.out", "ab") as log:
            process = subprocess.Popen(
                [*place.prefix, *words],
                cwd=place.outer,
                env=_environment(environment),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self.processes.append(process)

    def await_bucket(self, place: Place) -> RunningStore:
        """Make the bucket, write into it, and return self; stop everything where that fails."""
        end = time.monotonic() + READY_SECONDS
        said = ""
        try:
            while time.monotonic() < end and all(one.poll() is None for one in self.processes):
                try:
                    client = self.client()
                    taken = (client.exceptions.BucketAlreadyExists, client.exceptions.BucketAlreadyOwnedByYou)
                    with contextlib.suppress(*taken):
                        client.create_bucket(Bucket=self.bucket)
                    client.put_object(Bucket=self.bucket, Key="ready", Body=b"ready")
                    client.delete_object(Bucket=self.bucket, Key="ready")
                    return self
                except Exception as error:
                    said = str(error)
                    time.sleep(0.1)
            raise NotStartedError(f"{self.name} did not become ready: {said}\n{last_words(place)}")
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """End every process that was started here, the last one first, and undo the rest."""
        for process in reversed(self.processes):
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
        for process in reversed(self.processes):
            try:
                process.wait(_STOP_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait(_STOP_SECONDS)
        self.processes.clear()
        while self.ends:
            self.ends.pop()()


@dataclasses.dataclass(frozen=True)
class Reader:
    """Credentials that may list and read. url: where, if it is another address than the store's own."""

    access_key: str
    secret_key: str
    url: str = ""


def last_words(place: Place) -> str:
    """The end of each log in a server's folder."""
    texts = []
    for path in sorted(place.outer.glob("*.out")):
        said = path.read_text(errors="replace")[-1200:].strip()
        texts += [f"{path.name}:\n{said}"] if said else []
    return "\n".join(texts)


def _environment(more: Mapping[str, str] | None) -> dict[str, str]:
    path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
    return {"PATH": path, "LC_ALL": "C.UTF-8", **(more or {})}

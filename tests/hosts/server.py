# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Qdrant on a test host: QDRANT_BIN where it is set, else the double."""

from __future__ import annotations

import json
import os
import pathlib
import shutil
import subprocess
import zipfile
from typing import Any

from . import stand_in, wheels
from .images import ROOT
from .machines import Machine

KEY = "made-up-api-key-of-a-test-host-0123456789"
UNIT = """[Service]
User=qdrant
ExecStart=/usr/local/bin/qdrant --config-path /etc/qdrant/config.yaml
WorkingDirectory=/var/lib/qdrant
Restart=always
[Install]
WantedBy=multi-user.target
"""


def _version() -> str:
    """Of the server's program: QDRANT_BIN is asked; the stand-in has that of the double."""
    real = os.environ.get("QDRANT_BIN")
    if not real:
        return os.environ.get("DOUBLE_VERSION") or stand_in.VERSION
    said = subprocess.run([real, "--version"], check=True, capture_output=True, text=True).stdout
    return said.split()[-1]


VERSION = _version()


def later(minors: int, patch: int = 0) -> str:
    """A version that is so many minor versions later."""
    major, minor = VERSION.split(".")[:2]
    return f"{major}.{int(minor) + minors}.{patch}"


def program(version: str = VERSION) -> pathlib.Path:
    """What is installed on hosts as the server's program; of another version it is always the stand-in."""
    if os.environ.get("QDRANT_BIN") and version == VERSION:
        return pathlib.Path(os.environ["QDRANT_BIN"])
    # The source as a program: a shebang of our own is no module's.
    made = ROOT / ".cache" / "hosts" / ("stand-in" if version == stand_in.VERSION else f"stand-in-{version}")
    made.parent.mkdir(parents=True, exist_ok=True)
    source = pathlib.Path(stand_in.__file__).read_text(encoding="utf-8").replace(stand_in.VERSION, version)
    made.write_text("#!/usr/bin/python3\n" + source, encoding="utf-8")
    return made


def bring_double(machine: Machine, *, always: bool = False) -> None:
    """The double and its libraries, where the server's program is the stand-in; always: whatever QDRANT_BIN says."""
    place = machine.root / stand_in.PLACE.lstrip("/")
    if (os.environ.get("QDRANT_BIN") and not always) or place.exists():
        return
    shutil.copytree(ROOT / "tests/support/double", place / "double", ignore=shutil.ignore_patterns("__pycache__"))
    version = next((machine.root / "usr/lib").glob("python3.*")).name.replace("python3.", "cp3")
    for wheel in wheels.of_double().glob("*.whl"):
        tags = wheel.stem.split("-")
        if tags[2] == version or "abi3" in tags[3] or tags[2].startswith("py3"):
            with zipfile.ZipFile(wheel) as archive:
                archive.extractall(place / "lib")


def install(machine: Machine) -> None:
    """A server that somebody set up by hand: the host is down or has none yet."""
    bring_double(machine)
    shutil.copy(program(), machine.root / "usr/local/bin/qdrant")
    (machine.root / "usr/local/bin/qdrant").chmod(0o755)
    (machine.root / "etc/qdrant").mkdir(exist_ok=True)
    folder = "/var/lib/qdrant"
    service = {"host": "127.0.0.1", "http_port": 6333, "grpc_port": 6334, "api_key": KEY}
    storage = {"storage_path": f"{folder}/storage", "snapshots_path": f"{folder}/snapshots"}
    settings = {"service": service, "storage": storage, "telemetry_disabled": True, "log_level": "INFO"}
    (machine.root / "etc/qdrant/config.yaml").write_text(json.dumps(settings))
    (machine.root / "etc/systemd/system/qdrant.service").write_text(UNIT)
    machine.run(
        f"useradd --system --home-dir {folder} --shell /usr/sbin/nologin qdrant && "
        f"install -d -o qdrant -m 0750 {folder} {folder}/storage {folder}/snapshots && "
        "chown qdrant /etc/qdrant/config.yaml && chmod 0400 /etc/qdrant/config.yaml && "
        "systemctl daemon-reload && systemctl enable --now --quiet qdrant"
    )
    machine.until("exec 3<>/dev/tcp/127.0.0.1/6333")


_CALL = """
import json, sys, urllib.error, urllib.request
method, path, key = sys.argv[1:4]
body = sys.stdin.buffer.read() or None
headers = {"api-key": key, "Content-Type": "application/json"}
request = urllib.request.Request("http://127.0.0.1:6333" + path, data=body, method=method, headers=headers)
try:
    sys.stdout.write(urllib.request.urlopen(request, timeout=60).read().decode())
except urllib.error.HTTPError as error:
    sys.exit(f"{error.code} {error.read().decode()}")
"""


def call(machine: Machine, method: str, path: str, body: Any = None) -> Any:
    """The result of a request that is made on the host itself."""
    script = machine.root / "root/call.py"
    if not script.exists():
        script.write_text(_CALL)
    text = json.dumps(body) if body is not None else ""
    return json.loads(machine.run(f"python3 /root/call.py {method} '{path}' {KEY}", text=text))["result"]


def fill(machine: Machine, name: str = "articles", count: int = 50) -> None:
    """A collection with points."""
    call(machine, "PUT", f"/collections/{name}", {"vectors": {"size": 4, "distance": "Cosine"}})
    points = [{"id": n, "vector": [n % 7 + 1, n % 5, n % 3, 1], "payload": {"n": n}} for n in range(1, count + 1)]
    call(machine, "PUT", f"/collections/{name}/points?wait=true", {"points": points})


def count(machine: Machine, name: str = "articles") -> int:
    """The exact count."""
    return int(call(machine, "POST", f"/collections/{name}/points/count", {"exact": True})["count"])

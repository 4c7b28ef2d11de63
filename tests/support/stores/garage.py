# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Garage, one node, with the program that GARAGE_BIN or PATH has: no package registry of this project has it built."""

from __future__ import annotations

import os
import shutil

from ..qdrant import free_port
from .server import NotHereError, Place, Reader, RunningStore

# Garage takes only keys of its own form: GK and 24 hexadecimal digits, and 64 hexadecimal digits.
_OWNER = ("GK" + "0123456789ab" * 2, "01234567" * 8)
_READER = ("GK" + "ba9876543210" * 2, "76543210" * 8)
_CONFIG = """metadata_dir = "{home}/meta"
data_dir = "{home}/data"
db_engine = "lmdb"
replication_factor = 1
rpc_bind_addr = "127.0.0.1:{rpc}"
rpc_public_addr = "127.0.0.1:{rpc}"
rpc_secret = "{secret}"
allow_world_readable_secrets = true
[s3_api]
s3_region = "{region}"
api_bind_addr = "127.0.0.1:{port}"
root_domain = ".s3.garage.test"
"""


def find_garage() -> str | None:
    """The program: GARAGE_BIN, or in PATH."""
    named = os.environ.get("GARAGE_BIN")
    return named if named and os.access(named, os.X_OK) else shutil.which("garage")


def start(place: Place) -> RunningStore:
    """Start it, with a bucket, and a key that may only read it."""
    program = find_garage()
    if program is None:
        raise NotHereError("garage is not here: build it with cargo install garage, and set GARAGE_BIN to the program")
    said = place.run(program, "--version").split()[1]  # garage v2.5.0 [features: ...], from a registry cargo:2.5.0
    version = said.rpartition(":")[2].lstrip("v")
    port = free_port()
    store = RunningStore(
        "garage", version, f"http://127.0.0.1:{port}", "garage", access_key=_OWNER[0], secret_key=_OWNER[1]
    )
    config = place.outer / "garage.toml"
    facts = {"rpc": free_port(), "port": port, "region": store.region, "secret": _OWNER[1]}
    config.write_text(_CONFIG.format(home=place.inner, **facts))
    words = [program, "-c", str(config)]
    # A bucket that is made by S3 has its name only for the key that made it: the server makes this one for all.
    made = {"ACCESS_KEY": _OWNER[0], "SECRET_KEY": _OWNER[1], "BUCKET": store.bucket}
    given = {f"GARAGE_DEFAULT_{name}": value for name, value in made.items()}
    store.start(place, "garage", [*words, "server", "--single-node", "--default-bucket"], given)
    store.await_bucket(place)
    try:
        place.run(*words, "key", "import", *_READER, "--yes")
        place.run(*words, "bucket", "allow", "--read", store.bucket, "--key", _READER[0])
    except BaseException:
        store.stop()
        raise
    store.reader = Reader(*_READER)
    return store

# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""OpenStack Swift with its S3 interface (s3api), one of each server and memcached, from Debian's packages."""

from __future__ import annotations

import socket
import time

from ..qdrant import free_port
from .server import READY_SECONDS, NotStartedError, Place, Reader, RunningStore, last_words

PACKAGES = {
    "swift-proxy-server": "swift-proxy",
    "swift-account-server": "swift-account",
    "swift-container-server": "swift-container",
    "swift-object-server": "swift-object",
    "memcached": "memcached",
}
_SERVERS = ("account", "container", "object")
_HASH = """[swift-hash]
swift_hash_path_prefix=tests
swift_hash_path_suffix=tests
[storage-policy:0]
name=only
default=yes
"""
_SERVER = """[DEFAULT]
bind_ip=127.0.0.1
bind_port={port}
user=root
swift_dir={home}
devices={home}/node
mount_check=false
workers=1
fallocate_reserve=0
[pipeline:main]
pipeline={name}-server
[app:{name}-server]
use=egg:swift#{name}
"""
_FILTERS = ("catch_errors", "gatekeeper", "healthcheck", "listing_formats", "bulk", "copy", "slo", "dlo", "symlink")
_PROXY = """[DEFAULT]
bind_ip=127.0.0.1
bind_port={port}
user=root
swift_dir={home}
workers=2
[pipeline:main]
pipeline=catch_errors gatekeeper healthcheck cache listing_formats bulk s3api tempauth copy slo dlo
  versioned_writes symlink proxy-server
[app:proxy-server]
use=egg:swift#proxy
account_autocreate=true
[filter:cache]
use=egg:swift#memcache
memcache_servers=127.0.0.1:{memcached}
[filter:s3api]
use=egg:swift#s3api
location={region}
[filter:tempauth]
use=egg:swift#tempauth
user_tests_owner={secret} .admin
user_tests_reader={reader} .reseller_reader
[filter:versioned_writes]
use=egg:swift#versioned_writes
allow_object_versioning=true
"""


def start(place: Place) -> RunningStore:
    """Start it, with an owner, a bucket, and a user who may only read."""
    version = place.run("/usr/bin/python3", "-c", "import swift; print(swift.__version__)").strip()
    port, memcached = free_port(), free_port()
    reader = Reader("tests:reader", "made-up-secret-key-of-the-reader")
    store = RunningStore("swift", version, f"http://127.0.0.1:{port}", access_key="tests:owner")
    (place.outer / "node" / "d1").mkdir(parents=True)
    (place.outer / "swift.conf").write_text(_HASH)
    ports = [port, memcached]
    try:
        store.start(place, "memcached", ["memcached", "-l", "127.0.0.1", "-p", str(memcached), "-u", "root"])
        for name in _SERVERS:
            ports.append(free_port())
            text = _SERVER.format(name=name, port=ports[-1], home=place.inner)
            (place.outer / f"{name}.conf").write_text(text)
            ring = f"{place.inner}/{name}.builder"
            place.run("swift-ring-builder", ring, "create", "6", "1", "1")
            place.run("swift-ring-builder", ring, "add", f"r1z1-127.0.0.1:{ports[-1]}/d1", "1")
            place.run("swift-ring-builder", ring, "rebalance")
            store.start(place, name, [f"swift-{name}-server", f"{place.inner}/{name}.conf"])
        filters = "".join(f"[filter:{name}]\nuse=egg:swift#{name}\n" for name in _FILTERS)
        text = _PROXY.format(
            port=port,
            home=place.inner,
            memcached=memcached,
            region=store.region,
            secret=store.secret_key,
            reader=reader.secret_key,
        )
        (place.outer / "proxy.conf").write_text(text + filters)
        store.start(place, "proxy", ["swift-proxy-server", f"{place.inner}/proxy.conf"])
        for one in ports:
            _await_port(store, place, one)
    except BaseException:
        store.stop()
        raise
    store.await_bucket(place)
    store.reader = reader
    return store


def _await_port(store: RunningStore, place: Place, port: int) -> None:
    end = time.monotonic() + READY_SECONDS
    while time.monotonic() < end and all(one.poll() is None for one in store.processes):
        try:
            socket.create_connection(("127.0.0.1", port), 2).close()
            return
        except OSError:
            time.sleep(0.1)
    raise NotStartedError(f"swift: nothing listens on port {port}\n{last_words(place)}")

# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Ceph's RADOS Gateway on one monitor, one manager and one OSD, from Debian's packages. About 15 seconds."""

from __future__ import annotations

import json
import uuid

from ..qdrant import free_port
from .server import Place, Reader, RunningStore

PACKAGES = {
    "ceph-mon": "ceph-mon",
    "ceph-mgr": "ceph-mgr",
    "ceph-osd": "ceph-osd",
    "radosgw": "radosgw",
    "ceph": "ceph-common",
}
_BLOCK_BYTES = 20 << 30  # a sparse file
_CONFIGURATION = """[global]
fsid={fsid}
mon host=[v2:127.0.0.1:{mon}/0]
public addr=127.0.0.1
ms bind ipv6=false
keyring={home}/keyring
run dir={home}
pid file={home}/$name.pid
admin socket={home}/$name.asok
log file={home}/$name.log
crash dir={home}/crash
osd pool default size=1
osd pool default min size=1
osd pool default pg num=8
osd pool default pg autoscale mode=off
mon allow pool size one=true
mon data avail crit=1
osd crush chooseleaf type=0
osd memory target=1073741824
mon data={home}/mon
mgr data={home}/mgr
osd data={home}/osd
bluestore block size={block}
rgw data={home}/rgw
rgw thread pool size=64
rgw frontends=beast endpoint=127.0.0.1:{rgw}
"""


def start(place: Place) -> RunningStore:
    """Start it, with an owner, a bucket, and a user who may only read."""
    fsid, osd, mon, rgw = str(uuid.uuid4()), str(uuid.uuid4()), free_port(), free_port()
    for name in ("mon", "mgr", "osd", "rgw", "crash"):
        (place.outer / name).mkdir()
    text = _CONFIGURATION.format(fsid=fsid, mon=mon, rgw=rgw, home=place.inner, block=_BLOCK_BYTES)
    (place.outer / "ceph.conf").write_text(text)
    environment = {"CEPH_CONF": f"{place.inner}/ceph.conf"}

    def run(*words: str) -> str:
        return place.run(*words, environment=environment)

    keyring, monmap = f"{place.inner}/keyring", f"{place.inner}/monmap"
    run("ceph-authtool", "-C", keyring, "--gen-key", "-n", "mon.", "--cap", "mon", "allow *")
    caps = [word for part in ("mon", "osd", "mgr") for word in ("--cap", part, "allow *")]
    for name in ("client.admin", "mgr.x", "osd.0", "client.rgw"):
        run("ceph-authtool", keyring, "--gen-key", "-n", name, *caps)
    run("monmaptool", "--create", "--fsid", fsid, "--addv", "a", f"[v2:127.0.0.1:{mon}]", monmap)
    run("ceph-mon", "--mkfs", "-i", "a", "--monmap", monmap, "--keyring", keyring)
    # ceph version 16.2.15 (...) pacific (stable)
    version = run("ceph", "--version").split()[2]
    store = RunningStore("ceph", version, f"http://127.0.0.1:{rgw}", region="default")
    try:
        store.start(place, "mon", ["ceph-mon", "-f", "-i", "a"], environment)
        run("ceph", "osd", "new", osd)
        store.start(place, "mgr", ["ceph-mgr", "-f", "-i", "x"], environment)
        run("ceph-osd", "-i", "0", "--mkfs", "--osd-uuid", osd)
        store.start(place, "osd", ["ceph-osd", "-f", "-i", "0"], environment)
        store.start(place, "rgw", ["radosgw", "-f", "-n", "client.rgw"], environment)
        owner = ["--access-key", store.access_key, "--secret-key", store.secret_key]
        run("radosgw-admin", "user", "create", "--uid=owner", "--display-name=owner", *owner)
        reader = Reader("READERACCESSKEY", "made-up-secret-key-of-the-reader")
        keys = ["--access-key", reader.access_key, "--secret-key", reader.secret_key]
        run("radosgw-admin", "user", "create", "--uid=reader", "--display-name=reader", *keys)
    except BaseException:
        store.stop()
        raise
    store.await_bucket(place)
    arn = f"arn:aws:s3:::{store.bucket}"
    statement = {
        "Effect": "Allow",
        "Principal": {"AWS": ["arn:aws:iam:::user/reader"]},
        "Action": ["s3:GetObject", "s3:ListBucket"],
        "Resource": [arn, f"{arn}/*"],
    }
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    store.client().put_bucket_policy(Bucket=store.bucket, Policy=policy)
    store.reader = reader
    return store

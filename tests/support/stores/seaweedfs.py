# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""SeaweedFS, the store that the other tests run on, behind the interface of the others."""

from __future__ import annotations

import re

from ..s3 import find_weed, start_s3
from .server import Place, Reader, RunningStore


def start(place: Place) -> RunningStore:
    """Start it, with a bucket, and a user who may only read."""
    (version,) = re.findall(r"version \S+ ([0-9.]+)", place.run(find_weed(), "version"))
    server = start_s3(place.outer / "weed", iam=True)
    store = RunningStore("seaweedfs", version, server.url, server.region, bucket=server.bucket)
    store.ends.append(server.stop)
    arn = f"arn:aws:s3:::{store.bucket}"
    allowed = [{"Effect": "Allow", "Action": ["s3:GetObject", "s3:List*"], "Resource": [arn, f"{arn}/*"]}]
    store.reader = Reader(*server.make_user("reader", allowed))
    return store

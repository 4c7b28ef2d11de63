# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Faults of the network between a host and the store. Each is a context; the network is whole again at its end."""

from __future__ import annotations

import contextlib
import subprocess
from collections.abc import Iterator

from ansible_collections.vectorops.qdrant.tests.support import s3

from . import surroundings
from .machines import Machine


@contextlib.contextmanager
def slow(machine: Machine, rate: str) -> Iterator[None]:
    """The host sends no faster than this (tc's words, such as 16mbit), whoever it sends to."""
    inside = ["ip", "netns", "exec", machine.name]
    limit = ["tbf", "rate", rate, "burst", "64kb", "latency", "50ms"]
    with _shaped([*inside, "tc"], "eth0", [["qdisc", "add", "dev", "eth0", "root", *limit]]):
        yield


@contextlib.contextmanager
def slow_store(machine: Machine, store: s3.RunningS3, rate: str) -> Iterator[None]:
    """What the store sends reaches the host no faster than this; all other traffic goes on as before."""
    device = f"v-{machine.name}"  # the end of the host's cable that is ours
    on = ["dev", device]
    from_store = ["u32", "match", "ip", "sport", str(store.port), "0xffff", "flowid", "1:2"]
    lines = [
        ["qdisc", "add", *on, "root", "handle", "1:", "htb", "default", "1"],
        ["class", "add", *on, "parent", "1:", "classid", "1:1", "htb", "rate", "10gbit", "quantum", "60000"],
        ["class", "add", *on, "parent", "1:", "classid", "1:2", "htb", "rate", rate, "quantum", "1514"],
        ["filter", "add", *on, "parent", "1:", "protocol", "ip", "prio", "1", *from_store],
    ]
    with _shaped(["tc"], device, lines):
        yield


@contextlib.contextmanager
def _shaped(tc: list[str], device: str, lines: list[list[str]]) -> Iterator[None]:
    first, *others = lines
    subprocess.run([*tc, *first], check=True, timeout=30)
    try:
        for line in others:
            subprocess.run([*tc, *line], check=True, timeout=30)
        yield
    finally:
        subprocess.run([*tc, "qdisc", "del", "dev", device, "root"], check=True, timeout=30)


@contextlib.contextmanager
def cut(machine: Machine, store: s3.RunningS3, what: str) -> Iterator[None]:
    """A rule (nft's words) for what the host sends to the store."""
    inside = ["ip", "netns", "exec", machine.name, "nft"]
    rule = f"ip daddr {surroundings.BRIDGE_ADDRESS} tcp dport {store.port} {what}"
    table = f"table inet cut {{ chain out {{ type filter hook output priority 0; {rule}; }}; }}"
    subprocess.run([*inside, table], check=True, timeout=30)
    try:
        yield
    finally:
        subprocess.run([*inside, "delete table inet cut"], check=True, timeout=30)

# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Waits until a node of a cluster is back at work: consensus runs, every replica is active, no shard is on its way.

Standard library only: the role installs nothing else on a host. The key is read from a file, not from the command line.
"""

from __future__ import annotations

import argparse
import json
import os
import ssl
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from typing import Any, Callable

AT_WORK = ("Active", "Listener")  # a listener never becomes active
PAUSE = 1.0


def consensus_obstacle(cluster: dict[str, Any]) -> str:
    """Why the answer to GET /cluster is not that of a node at work, or nothing; nothing too without cluster mode."""
    if cluster.get("status") != "enabled":
        return ""
    if (cluster.get("raft_info") or {}).get("leader") is None:
        return "the cluster has no leader"
    thread = (cluster.get("consensus_thread_status") or {}).get("consensus_thread_status", "working")
    return "" if thread == "working" else f"its consensus thread is {thread}"


def collection_obstacle(name: str, found: dict[str, Any], *, transfers_only: bool = False) -> str:
    """The same for GET /collections/NAME/cluster."""
    for what in ("shard_transfers", "resharding_operations"):
        if found.get(what):
            return f"collection {name}: {len(found[what])} {what.replace('_', ' ')} at work"
    if transfers_only:
        return ""
    shards = [(shard, found.get("peer_id")) for shard in found.get("local_shards") or ()]
    shards += [(shard, shard.get("peer_id")) for shard in found.get("remote_shards") or ()]
    for shard, peer in shards:
        if shard.get("state") not in AT_WORK:
            return f"collection {name}: shard {shard.get('shard_id')} on peer {peer} is {shard.get('state')}"
    return ""


def obstacle(ask: Callable[[str], Any], *, transfers_only: bool = False) -> str:
    """Why the cluster is not settled, as this node sees it, or nothing. ask: path to the result of a GET."""
    cluster = ask("/cluster")
    found = "" if transfers_only else consensus_obstacle(cluster)
    if found or cluster.get("status") != "enabled":
        return found
    for collection in ask("/collections")["collections"]:
        name = collection["name"]
        try:
            answer = ask(f"/collections/{urllib.parse.quote(name, safe='')}/cluster")
            found = collection_obstacle(name, answer, transfers_only=transfers_only)
        except urllib.error.HTTPError as error:
            if error.code != 404:  # deleted a moment ago
                raise
        if found:
            return found
    return ""


def asker(words: argparse.Namespace) -> Callable[[str], Any]:
    """Asks the node. OSError or ValueError where it does not answer as it should."""
    context = ssl.create_default_context(cafile=words.ca or None)
    if words.cert:
        context.load_cert_chain(words.cert, words.key or None)
    handlers = [urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=context)]
    opener = urllib.request.build_opener(*handlers)
    headers = {}
    if words.api_key_file:
        with open(words.api_key_file, encoding="utf-8") as handle:
            headers["api-key"] = handle.read().strip()

    def ask(path: str) -> Any:
        request = urllib.request.Request(words.url.rstrip("/") + path, headers=headers)
        with opener.open(request, timeout=30) as answer:
            return json.load(answer)["result"]

    return ask


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser()
    for name in ("--url", "--ca", "--cert", "--key", "--api-key-file"):
        parser.add_argument(name, default="")
    parser.add_argument("--timeout", type=float, default=300.0)
    # Before a node is stopped: what is broken may be what the change repairs, and a node that is down loses nothing.
    parser.add_argument("--transfers-only", action="store_true")
    words = parser.parse_args(arguments)
    if words.transfers_only and words.api_key_file and not os.path.exists(words.api_key_file):
        return 0  # a new node
    ask = asker(words)
    end = time.monotonic() + words.timeout
    while True:
        try:
            said = obstacle(ask, transfers_only=words.transfers_only)
        except (OSError, ValueError, KeyError) as error:
            said = "" if words.transfers_only else f"{words.url}: {error}"
        if not said:
            return 0
        if time.monotonic() >= end:
            sys.stderr.write(said + "\n")
            return 1
        time.sleep(PAUSE)


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))

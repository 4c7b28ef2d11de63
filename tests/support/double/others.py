# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The other nodes of a cluster, asked over HTTP: what in the real server goes over gRPC."""

from __future__ import annotations

import http.client
import json
import urllib.parse
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from .consensus import Consensus
from .errors import ApiError, service_error
from .layout import change_state
from .reads import Read

Json = dict[str, Any]
_SECONDS = 120.0
_LIVING = ("Active", "Partial", "Initializing", "Resharding", "ReshardingScaleDown", "ActiveRead")


class Others:
    """`consensus` says where they are."""

    def __init__(self, consensus: Consensus) -> None:
        self._consensus = consensus

    @contextmanager
    def _asked(self, peer: int, path: str, given: Json) -> Iterator[http.client.HTTPResponse]:
        about = self._consensus.read()["peers"].get(str(peer))
        if about is None:
            raise service_error(f"Peer {peer} does not exist")
        parts = urllib.parse.urlsplit(about["rest"])
        connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=_SECONDS)
        try:
            connection.request("POST", path, json.dumps(given), {"Content-Type": "application/json"})
            yield connection.getresponse()
        except (OSError, http.client.HTTPException) as error:
            raise service_error(
                'Tonic status error: status: Unavailable, message: "Failed to connect to '
                f'{about["uri"]}, error: {error}", details: [], metadata: MetadataMap {{ headers: {{}} }}'
            ) from None
        finally:
            connection.close()

    def _ask(self, peer: int, path: str, given: Json) -> Any:
        with self._asked(peer, path, given) as answer:
            body = answer.read()
        found = json.loads(body)
        if answer.status != 200:
            raise ApiError(answer.status, found["status"]["error"])
        return found["result"]

    def read(self, peer: int, collection: str, shard_id: int, read: Read) -> Any:
        asked = {"collection": collection, "shard": shard_id, "kind": read.kind, "given": read.given}
        return self._ask(peer, "/__double__/shard/read", asked)

    def write(self, peer: int, collection: str, shard_id: int, kind: str, given: Json) -> None:
        asked = {"collection": collection, "shard": shard_id, "kind": kind, "given": given}
        self._ask(peer, "/__double__/shard/write", asked)

    @contextmanager
    def stream(self, peer: int, collection: str, shard_id: int) -> Iterator[http.client.HTTPResponse]:
        """A shard's archive, as it is made there."""
        with self._asked(peer, "/__double__/shard/stream", {"collection": collection, "shard": shard_id}) as answer:
            if answer.status != 200:
                raise service_error(f"peer {peer} sent no archive: {answer.read().decode('utf-8', 'replace')}")
            yield answer

    def failed(self, collection: str, shard_id: int, peers: Iterable[int]) -> None:
        """These missed a write: they are Dead until they were brought up to date."""

        def change(state: Json) -> None:
            entry = state["collections"].get(collection)
            for peer in peers if entry else ():
                change_state(entry, shard_id, peer, _LIVING, "Dead")

        self._consensus.change(change)

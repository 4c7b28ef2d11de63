# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The node itself: version, readiness, cluster, gauges."""

from __future__ import annotations

import contextlib
import datetime
import json
import threading
import time
from collections.abc import Iterator
from typing import Any

from . import answers, metrics, versions
from .errors import QdrantError
from .part import Part
from .values import Cluster

_GAUGES_SINCE = (1, 16, 0)
_POLL = 0.5


class ServerPart(Part):
    """Calls about the node as a whole."""

    _read_once: threading.local  # while metrics are read once: gauge -> values

    def version(self) -> str:
        """The server's version, ``1.18.3``. Needs no key. A protocol error if this is not Qdrant."""
        attempted = "ask for the version of"
        status, content_type, text = self._http.text("/", attempted)
        try:
            about = json.loads(text)
            title, version = str(about["title"]), str(about["version"])
        except (ValueError, KeyError, TypeError):
            said = f"GET / answers with {content_type or 'no content type'} and contains no version"
            raise answers.wrong_shape(attempted, self._http.where(""), status, said) from None
        if "qdrant" not in title.lower():
            raise answers.wrong_shape(
                attempted, self._http.where(""), status, f"GET / answers with the title {title!r}"
            )
        return version

    def running_since(self) -> datetime.datetime | None:
        """When the server was started; None if unknown (no access to ``/telemetry``, no such field)."""
        attempted = "read the telemetry of"
        try:
            about = self._http.ask("GET", "/telemetry", attempted)
            moment = datetime.datetime.fromisoformat(str(about["app"]["startup"])[:19])
        except QdrantError as error:
            if error.kind in ("unauthorized", "forbidden", "not_found", "protocol"):
                return None
            raise
        except (KeyError, TypeError, ValueError):
            return None
        return moment.replace(tzinfo=datetime.timezone.utc)

    def ready(self) -> bool:
        """Whether ``/readyz`` reports ready; False without an answer. Independent of restores; once ready, it stays
        so."""
        attempted = "ask for the readiness of"
        try:
            status, content_type, text = self._http.text("/readyz", attempted, any_status=True)
        except QdrantError as error:
            if error.kind in ("unreachable", "no_answer"):
                return False
            raise
        if status not in (200, 503):
            raise answers.answer_error(attempted, self._http.where(""), status, content_type, text)
        return status == 200

    def alive(self) -> bool:
        """Whether the node answers any request within seconds: a busy one does, a hung one does not."""
        return self._http.alive()

    def unreachable(self) -> str:
        """Why no connection to the node can be made, "" if one can."""
        return self._http.unreachable()

    def cluster(self) -> Cluster:
        """Whether the node is in cluster mode, its peer id and the peers."""
        attempted = "read the cluster's state of"
        return self._read(Cluster.from_json, self._http.ask("GET", "/cluster", attempted), attempted, "")

    def silent_peers(self, seconds: int = 5) -> frozenset[int] | None:
        """The peers that do not answer this node within ``seconds``. The state of their replicas does not show this: a
        peer that was killed stays Active until something is written to it.

        None if the node does not tell: before 1.17, or a key without the right.
        """
        attempted = "ask the peers of"
        params = {"details_level": "2", "timeout": str(seconds)}
        try:
            result = self._http.ask("GET", "/cluster/telemetry", attempted, params=params)
            peers = result["cluster"]["peers"]
            return frozenset(int(peer) for peer, about in peers.items() if about["responsive"] is False)
        except (QdrantError, KeyError, TypeError, ValueError, AttributeError):
            return None  # a node that is gone is noticed by the other requests

    def quotas(self, version: str) -> dict[str, Any] | None:
        """The node's limits of memory and disk as ``PUT /quotas`` takes them. None if it has none: before 1.19, none
        was set, or no right to read them. version: the node's."""
        if not versions.has_quotas(version):
            return None
        attempted = "read the quotas of"
        try:
            result = self._http.ask("GET", "/quotas", attempted)
        except QdrantError as error:
            if error.kind in ("unauthorized", "forbidden", "not_found", "protocol"):
                return None
            raise
        found = self._read(lambda r: dict(r["config"]), result, attempted, "")
        return found if found.get("enabled") or len(found) > 1 else None

    def set_quotas(self, quotas: dict[str, Any]) -> None:
        """Set the limits of the whole cluster (``quotas``)."""
        attempted = "set the quotas of"
        result = self._http.ask("PUT", "/quotas", attempted, params={"wait": "true"}, json=quotas, changes=True)
        self._done(result, attempted, "")

    def recoveries_running(self, collection: str | None = None) -> int | None:
        """Running recovers, of one collection or all; None if the node does not report them (before 1.16, no access).

        Collection recovers count from before the download, shard recovers only after it.
        """
        return self._gauge(metrics.RECOVERY, collection)

    def snapshots_running(self, collection: str | None = None) -> int | None:
        """Collection snapshots being created, of one collection or all (a full one counts for each collection; shard
        snapshots are not counted by the server); None if the node does not report them."""
        return self._gauge(metrics.CREATION, collection)

    @contextlib.contextmanager
    def metrics_once(self) -> Iterator[None]:
        """Within, this thread reads the metrics once for all gauges."""
        self._read_once.gauges = {}
        try:
            yield
        finally:
            self._read_once.gauges = None

    def wait_recovered(
        self, collection: str | None, deadline: float, *, settle: float = 2.0, absent: float | None = None
    ) -> None:
        """Wait until no recover of the collection (None: of any) has run for ``settle`` seconds.

        QdrantError of kind ``no_answer`` after ``deadline`` seconds, also while the node is down; after ``absent``
        seconds if no connection can be made for so long; immediately if the node does not report recovers. The end of a
        recover does not show its result.
        """
        attempted, on = "wait for the end of recovers of", f"collection {collection!r}" if collection else "the node"
        end = time.monotonic() + deadline
        quiet_since: float | None = None
        away_since: float | None = None
        while True:
            why = "a recover is still running"
            try:
                running = self.recoveries_running(collection)
                if running is None:
                    raise QdrantError(
                        attempted, self._http.where(on), "the node does not report recovers (no gauge in /metrics)",
                        "Use a key that may read /metrics, or check the node's log.",
                        kind="forbidden", answered=True,
                    )  # fmt: skip
            except QdrantError as error:
                if error.kind not in ("unreachable", "no_answer", "server_error"):
                    raise
                running, why = 1, error.said
                away_since = (away_since or time.monotonic()) if error.kind == "unreachable" else None
                if absent is not None and away_since is not None and time.monotonic() - away_since >= absent:
                    said = f"{why} for {absent:g} seconds"
                    raise QdrantError(attempted, self._http.where(on), said, error.next, kind="unreachable") from None
            else:
                away_since = None
            moment = time.monotonic()
            if running:
                quiet_since = None
            elif quiet_since is None:
                quiet_since = moment
            if quiet_since is not None and moment - quiet_since >= settle:
                return
            if moment >= end:
                raise QdrantError(
                    attempted, self._http.where(on), f"{why} after {deadline:g} seconds",
                    "Check the node's log.", kind="no_answer",
                )  # fmt: skip
            time.sleep(min(_POLL, max(0.05, end - moment)))

    def _gauge(self, name: str, collection: str | None) -> int | None:
        once: dict[str, dict[str, int] | None] | None = getattr(self._read_once, "gauges", None)
        found = once[name] if once is not None and name in once else self._gauges(name)
        if once is not None:
            once[name] = found
        if found is None:
            return None
        return sum(found.values()) if collection is None else found.get(collection, 0)

    def _gauges(self, name: str) -> dict[str, int] | None:
        try:
            _status, _form, text = self._http.text("/metrics", "read the metrics of")
        except QdrantError as error:
            if error.kind in ("unauthorized", "forbidden", "not_found", "protocol"):
                return None
            raise
        found = metrics.gauge_by_id(text, name)
        if found is None:  # an empty node has no gauges in its metrics: only the version shows whether it supports them
            return {} if versions.parse(self.version()) >= _GAUGES_SINCE else None
        return found

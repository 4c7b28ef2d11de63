# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Collections, their shards, indexes and aliases."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .errors import QdrantError
from .names import quote
from .part import Part
from .values import Collection, ShardView


class CollectionsPart(Part):
    """Calls about collections. A collection's name may be an alias if Qdrant allows it: see ``aliases()``."""

    def collections(self) -> list[str]:
        """Names of all collections that the key may read, sorted, without aliases."""
        attempted = "list the collections of"
        result = self._http.ask("GET", "/collections", attempted)
        return self._read(lambda r: sorted(str(c["name"]) for c in r["collections"]), result, attempted, "")

    def exists(self, collection: str) -> bool:
        """Whether a collection (or alias) of this name exists."""
        attempted, on = "look for", f"collection {collection!r}"
        result = self._http.ask("GET", f"/collections/{quote(collection)}/exists", attempted, on)
        return self._read(lambda r: bool(r["exists"]), result, attempted, on)

    def collection(self, collection: str) -> Collection:
        """Status, config, payload schema and (approximate) counts."""
        attempted, on = "describe", f"collection {collection!r}"
        result = self._http.ask("GET", f"/collections/{quote(collection)}", attempted, on)
        return self._read(lambda r: Collection.from_json(collection, r), result, attempted, on)

    def shards(self, collection: str) -> ShardView:
        """The nodes of the shards, as this node knows them."""
        attempted, on = "read the shards of", f"collection {collection!r}"
        result = self._http.ask("GET", f"/collections/{quote(collection)}/cluster", attempted, on)
        return self._read(ShardView.from_json, result, attempted, on)

    def last_operation(self, collection: str, shard_id: int) -> int | None:
        """The number of the last operation that changed a shard of this node; equal twice: nothing changed.

        The highest segment version of ``snapshot/partial/manifest`` (measured on 1.18.3: every upsert, payload change,
        deletion and index changes it, a flush, an optimizer or a snapshot does not). None if the server does not report
        it:
        versions before 1.14.1, keys of one collection, a shard that moved away.
        """
        return operation_of(self.shard_manifest(collection, shard_id))

    def shard_manifest(self, collection: str, shard_id: int) -> dict[str, Any] | None:
        """``snapshot/partial/manifest`` of a shard of this node: segment id -> versions of it and of its files.

        Equal twice: its segments are the same files. None if the server does not report it, see ``last_operation``.
        """
        attempted, on = "read the segments of", f"shard {shard_id} of collection {collection!r}"
        path = f"/collections/{quote(collection)}/shards/{int(shard_id)}/snapshot/partial/manifest"
        try:
            result = self._http.ask("GET", path, attempted, on)
        except QdrantError as error:
            if not error.answered:
                raise
            return None
        return result if isinstance(result, dict) else None

    def aliases(self) -> dict[str, str]:
        """``{alias: collection}`` of the whole node."""
        attempted = "list the aliases of"
        result = self._http.ask("GET", "/aliases", attempted)

        def make(r: Any) -> dict[str, str]:
            return {str(a["alias_name"]): str(a["collection_name"]) for a in r["aliases"]}

        return self._read(make, result, attempted, "")

    def change_aliases(self, actions: list[dict[str, Any]]) -> None:
        """Carry out ``create_alias``, ``delete_alias``, ``rename_alias`` actions in one call, all or none visible.

        The server repoints an existing alias without warning: check it first.
        """
        attempted = "change aliases of"
        body = {"actions": actions}
        result = self._http.ask("POST", "/collections/aliases", attempted, json=body, timeout=self._slow, changes=True)
        self._done(result, attempted, "")

    def create_collection(self, collection: str, body: dict[str, Any]) -> None:
        """Create a collection; kind ``conflict`` if it exists."""
        self._change("PUT", f"/collections/{quote(collection)}", "create", f"collection {collection!r}", body)

    def update_collection(self, collection: str, body: dict[str, Any]) -> None:
        """Change parameters (PATCH); any ``optimizers_config`` restarts the optimizers."""
        self._change("PATCH", f"/collections/{quote(collection)}", "change", f"collection {collection!r}", body)

    def delete_collection(self, collection: str) -> bool:
        """Delete a collection with its aliases; False if it does not exist. Its snapshots are kept."""
        attempted, on = "delete", f"collection {collection!r}"
        path = f"/collections/{quote(collection)}"
        result = self._http.ask("DELETE", path, attempted, on, timeout=self._slow, changes=True)
        return self._read(_boolean, result, attempted, on)

    def create_shard_key(self, collection: str, key: str | int, **body: Any) -> None:
        """Create one shard key of a custom-sharded collection; ``body``: ``shards_number``, ``placement``, ..."""
        on = f"shard key {key!r} of collection {collection!r}"
        self._change("PUT", f"/collections/{quote(collection)}/shards", "create", on, {**body, "shard_key": key})

    def create_index(self, collection: str, field: str, schema: Any) -> None:
        """Create a payload index and wait until it is built, without a time limit."""
        attempted, on = "create the index of", f"field {field!r} of collection {collection!r}"
        path, body = f"/collections/{quote(collection)}/index", {"field_name": field, "field_schema": schema}
        result = self._http.ask_long("PUT", path, attempted, on, params={"wait": "true"}, json=body, deadline=None)
        self._read(lambda r: r["status"], result, attempted, on)

    def _change(self, method: str, path: str, attempted: str, on: str, body: dict[str, Any]) -> None:
        result = self._http.ask(method, path, attempted, on, json=body, timeout=self._slow, changes=True)
        self._done(result, attempted, on)


def _boolean(result: Any) -> bool:
    if not isinstance(result, bool):
        raise TypeError(f"{result!r} is neither true nor false")
    return result


def operation_of(segments: Mapping[str, Any] | None) -> int | None:
    """The last operation in a ``shard_manifest``, see ``last_operation``."""
    try:
        versions = [int(segment["segment_version"]) for segment in (segments or {}).values()]
    except (KeyError, TypeError, ValueError):
        return None  # an internal call of Qdrant's: it may change its form
    return max(versions, default=None)

# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The contents of one archive: its members, and the shard and segment of each.

Layout, as Qdrant 1.14 to 1.19 writes it: ``{shard}/segments/{uuid}.tar`` (with ``snapshot/files/...`` inside),
``{shard}/wal/...``, ``{shard}/replica_state.json`` and so on, then the collection's ``config.json``, ``version.info``,
``shard_key_mapping.json``, ``payload_index.json``. A shard archive has no ``{shard}/``; a streamed one has
``segments/{uuid}/files/...`` in place of tars; a full one has collection archives and its own ``config.json``.
"""

from __future__ import annotations

import dataclasses
import json
import math
import re
from typing import Any

from .facts import UNNAMED_SHARD, ShardFacts, ShardKey

DOCUMENTS = ("config.json", "shard_key_mapping.json", "payload_index.json")
SHARD_DOCUMENTS = ("replica_state.json", "shard_config.json")
SEGMENT_MARKERS = ("segment.json", "version.info")
MANIFEST = "segment_manifest.json"

_PLACE = re.compile(
    r"(?:(?P<shard>0|[1-9][0-9]{0,9})/)?"
    r"(?:segments/(?:(?P<tar>[^/]+)\.tar|(?P<segment>[^/]+)/files/(?P<file>.+))"
    r"|(?P<other>wal/.+|segments/.+|(?:replica_state|shard_config|newest_clocks|oldest_clocks|applied_seq|segments_manifest)\.json))\Z"
)
_SHARD_FOLDER = re.compile(r"(?P<shard>0|[1-9][0-9]{0,9})/(?P<other>.+)\Z")
_MAX_DIGITS = 40


@dataclasses.dataclass(frozen=True)
class Place:
    """The place of a path in the layout above."""

    shard: int | None  #: its id, UNNAMED_SHARD in a shard archive, None at the top level
    segment: str | None  #: the segment's name
    is_tar: bool  #: whether the path is that segment's archive
    rest: str  #: the path below shard or segment


def place(path: str) -> Place:
    """The place of a path in the layout above."""
    match = _PLACE.match(path) or _SHARD_FOLDER.match(path)
    if match is None:
        return Place(None, None, False, path)
    found = match.groupdict()
    shard = UNNAMED_SHARD if found["shard"] is None else int(found["shard"])
    segment = found.get("tar") or found.get("segment")
    return Place(shard, segment, bool(found.get("tar")), found.get("file") or found.get("other") or "")


@dataclasses.dataclass
class Segment:
    """One segment in an archive."""

    stored: int = 0  #: its bytes in the archive
    markers: set[str] = dataclasses.field(default_factory=set)  #: which of SEGMENT_MARKERS it has
    files: int = 0


@dataclasses.dataclass
class Shard:
    """One shard's folder."""

    stored: int = 0
    segments: dict[str, Segment] = dataclasses.field(default_factory=dict)
    documents: dict[str, Any] = dataclasses.field(default_factory=dict)

    def replicas(self) -> tuple[bool | None, dict[int, str], str | None]:
        """(whether this node has a replica, peer id -> state, this node's state) from replica_state.json."""
        state = self.documents.get("replica_state.json")
        if not isinstance(state, dict):
            return None, {}, None
        listed = state.get("peers")
        peers = {}
        for peer, value in listed.items() if isinstance(listed, dict) else ():
            if isinstance(peer, str) and re.fullmatch("[0-9]{1,20}", peer):
                # A state is a word, or an object with one key if it has a value.
                peers[int(peer)] = value if isinstance(value, str) else json.dumps(value)
        local = state.get("is_local")
        own = state.get("this_peer_id")
        return (
            local if isinstance(local, bool) else None,
            peers,
            peers.get(own) if local is True and isinstance(own, int) else None,
        )


@dataclasses.dataclass
class Contents:
    """Everything that one pass found in an archive."""

    shards: dict[int, Shard] = dataclasses.field(default_factory=dict)
    documents: dict[str, Any] = dataclasses.field(default_factory=dict)
    version: str | None = None
    members: dict[str, Contents] = dataclasses.field(default_factory=dict)  #: collection archives of a full one
    member_bytes: dict[str, int] = dataclasses.field(default_factory=dict)
    segment_versions: set[str] = dataclasses.field(default_factory=set)
    streamed: bool = False
    manifests: bool = False
    rocksdb: bool = False

    def shard(self, shard_id: int) -> Shard:
        """The shard with this id; it is created if it is new."""
        return self.shards.setdefault(shard_id, Shard())

    def segment_file(self, segment: Segment, name: str) -> None:
        """Record one file of a segment; name: its path below ``files/``."""
        segment.files += 1
        if name in SEGMENT_MARKERS:
            segment.markers.add(name)
        self.manifests = self.manifests or name == MANIFEST

    @property
    def config(self) -> dict[str, Any] | None:
        """The embedded config.json; None if it is missing or not an object."""
        config = self.documents.get("config.json")
        return config if isinstance(config, dict) else None

    @property
    def params(self) -> dict[str, Any] | None:
        """``params`` of a collection's config."""
        params = (self.config or {}).get("params")
        return params if isinstance(params, dict) else None

    @property
    def mapping(self) -> dict[str, str] | None:
        """Collection -> file name, in a full archive's config."""
        return _texts((self.config or {}).get("collections_mapping"))

    @property
    def aliases(self) -> dict[str, str]:
        """Alias -> collection, in a full archive's config."""
        return _texts((self.config or {}).get("collections_aliases")) or {}

    def payload_schema(self) -> dict[str, Any] | None:
        """payload_index.json in the API's form (type, or type with parameters), without counts."""
        document = self.documents.get("payload_index.json")
        schema = document.get("schema") if isinstance(document, dict) else None
        if not isinstance(schema, dict):
            return None
        shown: dict[str, Any] = {}
        for field, value in schema.items():
            if isinstance(value, dict):
                shown[field] = {"data_type": value.get("type"), "params": value}
            else:
                shown[field] = {"data_type": value}
        return shown

    def shard_keys(self) -> dict[ShardKey, tuple[int, ...]]:
        """shard_key_mapping.json: a list of {"key", "shard_ids"}, or (before 1.14) an object key -> ids."""
        document = self.documents.get("shard_key_mapping.json")
        if isinstance(document, dict):
            document = [{"key": key, "shard_ids": ids} for key, ids in document.items()]
        keys: dict[ShardKey, tuple[int, ...]] = {}
        for item in document if isinstance(document, list) else ():
            key, ids = (item.get("key"), item.get("shard_ids")) if isinstance(item, dict) else (None, None)
            if isinstance(key, (str, int)) and isinstance(ids, list):
                keys[key] = tuple(sorted(shard_id for shard_id in ids if isinstance(shard_id, int)))
        return keys

    def shard_facts(self) -> dict[int, ShardFacts]:
        """The shards as facts, by id."""
        facts = {}
        for shard_id in sorted(self.shards):
            shard = self.shards[shard_id]
            _local, peers, state = shard.replicas()
            named = None if shard_id == UNNAMED_SHARD else shard_id
            facts[shard_id] = ShardFacts(named, bool(shard.segments), len(shard.segments), shard.stored, state, peers)
        return facts


def parse_document(data: bytes) -> Any:
    """JSON from an untrusted archive. ValueError if it is invalid, in bounded time."""
    try:
        return json.loads(data, parse_int=_integer, parse_float=_float, parse_constant=_constant)
    except RecursionError:
        raise ValueError("the nesting is too deep") from None


def _integer(digits: str) -> int:
    # Long digit strings take quadratic time to convert on older Pythons.
    if len(digits) > _MAX_DIGITS:
        raise ValueError("it holds a number that is too large")
    return int(digits)


def _float(digits: str) -> float:
    value = float(digits) if len(digits) <= _MAX_DIGITS else math.inf
    if math.isinf(value):
        raise ValueError("it holds a number that is too large")
    return value


def _constant(word: str) -> float:
    # Python would accept NaN and Infinity, and write them into a manifest that other JSON readers refuse.
    raise ValueError(f"it holds {word}, which is not valid JSON")


def _texts(value: Any) -> dict[str, str] | None:
    if not isinstance(value, dict):
        return None
    return {key: text for key, text in value.items() if isinstance(text, str)}

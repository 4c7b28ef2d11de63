# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether an archive fits an existing collection: what the server compares, and what it silently does not."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any


def differences(archive: dict[str, Any], existing: dict[str, Any]) -> list[str]:
    """Sentences for everything that must be equal for a restore in place and is not.

    Both are collection configurations as the API shows them. The server itself compares vectors and shard number and
    refuses; it accepts other sparse vectors and another sharding method without warning, and the data is then
    unreadable.
    """
    ours, theirs = archive.get("params") or {}, existing.get("params") or {}
    found = []
    for key, word, default in (
        ("vectors", "vectors", {}),
        ("sparse_vectors", "sparse vectors", {}),
        ("shard_number", "shard number", 1),
        ("sharding_method", "sharding method", "auto"),
    ):
        here, there = _clean(ours.get(key) or default), _clean(theirs.get(key) or default)
        if here != there:
            found.append(f"{word}: the archive has {_short(here)}, the collection has {_short(there)}")
    return found


PLACEMENT = ("on_disk", "memory")  # of vectors: a node may have defaults for new collections


def given_by_node(archive: dict[str, Any], existing: dict[str, Any]) -> dict[str, Any]:
    """Settings of vectors that the archive lacks and the collection has, ``{"on_disk": True}``: a node's defaults,
    which it gives to every collection that is made."""
    ours, theirs = _vectors(archive), _vectors(existing)
    return {
        key: theirs[name][key]
        for name in sorted(ours.keys() & theirs.keys())
        if not any(ours[name].get(one) is not None for one in PLACEMENT)
        for key in PLACEMENT
        if theirs[name].get(key) is not None
    }


def lacks_placement(archive: dict[str, Any]) -> bool:
    """Whether a vector of the archive has none of the settings that a node may give to new collections."""
    return any(all(one.get(key) is None for key in PLACEMENT) for one in _vectors(archive).values())


def without_defaults(archive: dict[str, Any], existing: dict[str, Any]) -> dict[str, Any]:
    """The collection's configuration without what ``given_by_node`` finds."""
    params, given = existing.get("params") or {}, given_by_node(archive, existing)
    vectors = params.get("vectors") or {}
    if not given:
        return existing
    if isinstance(vectors.get("size"), int):
        bare = _bare(vectors)
    else:
        bare = {name: _bare(one) if isinstance(one, dict) else one for name, one in vectors.items()}
    return {**existing, "params": {**params, "vectors": bare}}


def _bare(vector: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in vector.items() if key not in PLACEMENT}


def _vectors(config: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Parameters of each dense vector by name, of the unnamed one as ""."""
    vectors = (config.get("params") or {}).get("vectors") or {}
    if isinstance(vectors.get("size"), int):  # a vector may itself be called "size": then it is an object
        return {"": vectors}
    return {name: one for name, one in vectors.items() if isinstance(one, dict)}


def _clean(value: Any) -> Any:
    """Without absent values: the archive writes nulls where the API leaves them out."""
    if isinstance(value, dict):
        cleaned = {key: _clean(item) for key, item in value.items()}
        kept = {key: item for key, item in cleaned.items() if item is not None}
        if kept.get("datatype") == "float32":
            del kept["datatype"]
        return kept
    return value


def _short(value: Any) -> str:
    text = ", ".join(f"{k}={v}" for k, v in sorted(value.items())) if isinstance(value, dict) else str(value)
    text = text or "none"
    return text if len(text) <= 200 else text[:197] + "..."


_ONLY_BY_UPDATE = ("read_fan_out_factor", "read_fan_out_delay_ms")  # a create call does not know them


def update_body(config: dict[str, Any]) -> dict[str, Any]:
    """The body of the update call that completes ``creation_body``, empty where nothing is left."""
    params = config.get("params") or {}
    left = {key: params[key] for key in _ONLY_BY_UPDATE if params.get(key) is not None}
    return {"params": left} if left else {}


def missing_indexes(wanted: dict[str, Any] | None, existing: dict[str, Any] | None) -> dict[str, Any]:
    """Payload indexes of an archive that a collection lacks, or has in another form: field to what a call that creates
    it is given, which replaces one of another form.

    Both are payload schemas as the API shows them. An index lies in the archive's segments and comes back with them,
    but a collection that was there before does not know of it, or builds its own again.
    """
    there = existing or {}
    return {
        field: about.get("params") or about["data_type"]
        for field, about in (wanted or {}).items()
        if isinstance(about, dict) and about.get("data_type") and _form(about) != _form(there.get(field))
    }


def _form(index: Any) -> Any:
    """What makes two payload indexes the same; None for none."""
    if not isinstance(index, dict):
        return None
    params = {**_clean(index.get("params") or {})}
    params.pop("type", None)
    return index.get("data_type"), params


def creation_body(config: dict[str, Any]) -> dict[str, Any]:
    """The body of a create call that makes an empty collection like the one whose configuration is given."""
    params = {key: value for key, value in (config.get("params") or {}).items() if value is not None}
    body = {key: value for key, value in params.items() if key not in _ONLY_BY_UPDATE}
    names = {
        "hnsw_config": "hnsw_config",
        "optimizer_config": "optimizers_config",
        "wal_config": "wal_config",
        "quantization_config": "quantization_config",
        "strict_mode_config": "strict_mode_config",
        "metadata": "metadata",
    }
    for theirs, ours in names.items():
        value = config.get(theirs)
        if value:
            body[ours] = {k: v for k, v in value.items() if v is not None} if isinstance(value, dict) else value
    return body


_NOT_COMPARED = ("uuid",)  # another one for each collection
_Setting = tuple[str, Any, Any]


def differences_of(backup: dict[str, Any], found: dict[str, Any], *, same_fields: bool) -> list[_Setting]:
    """(dotted path, value in the backup, value now) of settings that differ, None for one that is not set.

    Both are configurations as the API or an archive shows them. same_fields: both servers have the same fields; else a
    field that only the collection has is the newer server's, and is left out.
    """
    before, after = dict(_flat(backup)), dict(_flat(found))
    paths = sorted(before.keys() | after.keys()) if same_fields else sorted(before)
    pairs = [(path, before.get(path), after.get(path)) for path in paths]
    return [(path, was, now) for path, was, now in pairs if was != now]


def _flat(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Values by dotted path, without those that are not set: an archive writes null where the API writes nothing."""
    if isinstance(value, dict):
        for key, part in value.items():
            if path or key not in _NOT_COMPARED:
                yield from _flat(part, f"{path}.{key}" if path else str(key))
    elif value is not None and not (path.endswith(".datatype") and value == "float32"):  # the default
        yield path, value

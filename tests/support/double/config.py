# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Collection configurations: a request with the defaults filled in, and the same for the engine."""

from __future__ import annotations

import copy
from collections.abc import Iterable
from typing import Any

from .dialect import VECTOR_KEYS, strict_mode, vector_defaults
from .errors import ApiError

HNSW = {"m": 16, "ef_construct": 100, "full_scan_threshold": 10000, "max_indexing_threads": 0, "on_disk": False}
OPTIMIZERS = {
    "deleted_threshold": 0.2,
    "vacuum_min_vector_number": 1000,
    "default_segment_number": 0,
    "max_segment_size": None,
    "memmap_threshold": None,
    "indexing_threshold": 10000,
    "flush_interval_sec": 5,
    "max_optimization_threads": None,
    "prevent_unoptimized": None,
}
WAL = {"wal_capacity_mb": 32, "wal_segments_ahead": 0, "wal_retain_closed": 1}
DISTANCES = ("Cosine", "Euclid", "Dot", "Manhattan")

Config = dict[str, Any]


def _given(values: Config | None, keys: Iterable[str] | None = None) -> Config:
    values = values or {}
    return {key: values[key] for key in (keys or values) if values.get(key) is not None}


def _filled(defaults: Config, given: Config | None) -> Config:
    return {**defaults, **_given(given)}


def is_single(vectors: Config) -> bool:
    """Whether this is one unnamed vector's parameters."""
    return "size" in vectors and not isinstance(vectors["size"], dict)


def _vectors(given: Config) -> Config:
    def one(params: Config) -> Config:
        size = params.get("size")
        if params.get("distance") not in DISTANCES or not isinstance(size, int) or size < 1:
            raise ApiError(
                400, "Format error in JSON body: data did not match any variant of untagged enum VectorsConfig"
            )
        return _given(params, VECTOR_KEYS)

    return one(given) if is_single(given) else {name: one(params) for name, params in given.items()}


def from_request(request: Config) -> Config:
    """The configuration that a creation request leads to."""
    params: Config = {"vectors": _vectors(request.get("vectors") or {})}
    params["shard_number"] = request.get("shard_number") or 1
    if request.get("sharding_method"):
        params["sharding_method"] = request["sharding_method"]
    params["replication_factor"] = request.get("replication_factor") or 1
    params["write_consistency_factor"] = request.get("write_consistency_factor") or 1
    on_disk = request.get("on_disk_payload")
    params["on_disk_payload"] = True if on_disk is None else on_disk
    if request.get("sparse_vectors"):
        params["sparse_vectors"] = {name: _given(part) for name, part in request["sparse_vectors"].items()}
    config = {
        "params": params,
        "hnsw_config": _filled(HNSW, request.get("hnsw_config")),
        "optimizer_config": _filled(OPTIMIZERS, request.get("optimizers_config")),
        "wal_config": _filled(WAL, request.get("wal_config")),
        "quantization_config": request.get("quantization_config"),
    }
    for key in ("strict_mode_config", "metadata"):
        if request.get(key) is not None:
            config[key] = _given(request[key])
    if "strict_mode_config" in config:
        config["strict_mode_config"] = strict_mode(config["strict_mode_config"])
    config["uuid"] = None
    return config


def updated(config: Config, request: Config) -> Config:
    """`config` after a PATCH."""
    config = copy.deepcopy(config)
    for theirs, ours in (
        ("optimizers_config", "optimizer_config"),
        ("hnsw_config", "hnsw_config"),
        ("strict_mode_config", "strict_mode_config"),
        ("metadata", "metadata"),
    ):
        if request.get(theirs):
            given = strict_mode(request[theirs]) if ours == "strict_mode_config" else request[theirs]
            config[ours] = {**(config.get(ours) or {}), **_given(given)}
    config["params"].update(_given(request.get("params")))
    if request.get("quantization_config") is not None:
        given = request["quantization_config"]
        config["quantization_config"] = None if given == "Disabled" else given
    for name, params in (request.get("vectors") or {}).items():
        vectors = config["params"]["vectors"]
        (vectors if name == "" else vectors[name]).update(_given(params))
    for name, params in (request.get("sparse_vectors") or {}).items():
        config["params"].setdefault("sparse_vectors", {}).setdefault(name, {}).update(_given(params))
    return config


def with_defaults(config: Config) -> Config:
    """A new collection's configuration with the node's own defaults, which no request and no archive can take away."""
    config, defaults = copy.deepcopy(config), vector_defaults()
    for params in dense_vectors(config).values():
        if params.get("on_disk") is None and params.get("memory") is None:
            params.update(defaults)
    return config


def shown(config: Config) -> Config:
    """What the collection's page says: everything but the inner id."""
    return {key: value for key, value in config.items() if key != "uuid"}


def dense_vectors(config: Config) -> dict[str, Config]:
    """name -> parameters; the unnamed vector is ""."""
    vectors = config["params"].get("vectors") or {}
    return {"": vectors} if is_single(vectors) else dict(vectors)


def sparse_vectors(config: Config) -> dict[str, Config]:
    return dict(config["params"].get("sparse_vectors") or {})


# --- the debug text that the real server puts into its refusals


def _debug(value: Any) -> str:
    if value is None:
        return "None"
    if isinstance(value, bool):
        return f"Some({str(value).lower()})"
    if isinstance(value, dict):
        return "Some(" + ", ".join(f"{key}: {_debug(part)}" for key, part in value.items()) + ")"
    return f"Some({value})"


def _debug_params(params: Config) -> str:
    rest = ", ".join(f"{key}: {_debug(params.get(key))}" for key in VECTOR_KEYS[2:])
    return f"VectorParams {{ size: {params['size']}, distance: {params['distance']}, {rest} }}"


def debug_vectors(config: Config) -> str:
    vectors = config["params"].get("vectors") or {}
    if is_single(vectors):
        return f"Single({_debug_params(vectors)})"
    inside = ", ".join(f'"{name}": {_debug_params(params)}' for name, params in sorted(vectors.items()))
    return f"Multi({{{inside}}})"

# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The embedded engine: imported when first used, and configured from REST parameters."""

from __future__ import annotations

from typing import Any

from . import config as cfg

Config = dict[str, Any]


class _Lazy:
    """The module qdrant_edge, imported at first use: the server answers before it is there."""

    def __getattr__(self, name: str) -> Any:
        import qdrant_edge

        return getattr(qdrant_edge, name)


edge: Any = _Lazy()
ENGINE_ERRORS = (Exception,)


def _enum(group: Any, value: str | None) -> Any:
    if value is None:
        return None
    wanted = value.replace("_", "").lower()
    for name in dir(group):
        if name.replace("_", "").lower() == wanted:
            return getattr(group, name)
    raise ValueError(f"unknown value {value}")


def _quantization(given: Config | None) -> Any:
    if not given:
        return None
    ((kind, params),) = given.items()
    ram = params.get("always_ram")
    if kind == "scalar":
        return edge.ScalarQuantizationConfig(edge.ScalarType.Int8, params.get("quantile"), ram)
    if kind == "product":
        return edge.ProductQuantizationConfig(_enum(edge.CompressionRatio, params["compression"]), ram)
    if kind == "binary":
        return edge.BinaryQuantizationConfig(always_ram=ram)
    return None


def _hnsw(given: Config | None) -> Any:
    merged = {**cfg.HNSW, **(given or {})}
    return edge.HnswIndexConfig(
        merged["m"],
        merged["ef_construct"],
        merged["full_scan_threshold"],
        merged["max_indexing_threads"],
        on_disk=merged.get("on_disk"),
        payload_m=merged.get("payload_m"),
    )


def _dense(params: Config) -> Any:
    multi = params.get("multivector_config")
    return edge.EdgeVectorParams(
        params["size"],
        _enum(edge.Distance, params["distance"]),
        on_disk=params.get("on_disk"),
        multivector_config=edge.MultiVectorConfig(edge.MultiVectorComparator.MaxSim) if multi else None,
        datatype=_enum(edge.VectorStorageDatatype, params.get("datatype")),
        quantization_config=_quantization(params.get("quantization_config")),
        hnsw_config=_hnsw(params["hnsw_config"]) if params.get("hnsw_config") else None,
    )


def _sparse(params: Config) -> Any:
    index = params.get("index") or {}
    return edge.EdgeSparseVectorParams(
        full_scan_threshold=index.get("full_scan_threshold"),
        on_disk=index.get("on_disk"),
        modifier=_enum(edge.Modifier, params.get("modifier")),
        datatype=_enum(edge.VectorStorageDatatype, index.get("datatype")),
    )


def shard_config(config: Config) -> Any:
    """The engine's configuration for a shard of a collection with this configuration."""
    optimizers = config["optimizer_config"]
    return edge.EdgeConfig(
        vectors={name: _dense(params) for name, params in cfg.dense_vectors(config).items()},
        sparse_vectors={name: _sparse(params) for name, params in cfg.sparse_vectors(config).items()},
        on_disk_payload=config["params"].get("on_disk_payload", True),
        hnsw_config=_hnsw(config["hnsw_config"]),
        quantization_config=_quantization(config.get("quantization_config")),
        optimizers=edge.EdgeOptimizersConfig(
            deleted_threshold=optimizers.get("deleted_threshold"),
            vacuum_min_vector_number=optimizers.get("vacuum_min_vector_number"),
            default_segment_number=optimizers.get("default_segment_number") or 2,
            max_segment_size=optimizers.get("max_segment_size"),
            indexing_threshold=optimizers.get("indexing_threshold"),
        ),
        max_search_threads=1,
    )


_INDEX_PARAMS = {
    "keyword": "KeywordIndexParams",
    "integer": "IntegerIndexParams",
    "float": "FloatIndexParams",
    "geo": "GeoIndexParams",
    "text": "TextIndexParams",
    "bool": "BoolIndexParams",
    "datetime": "DatetimeIndexParams",
    "uuid": "UuidIndexParams",
}


def index_schema(schema: str | Config) -> Any:
    """A payload index as the engine wants it: from `"keyword"` or `{"type": "keyword", ...}`."""
    if isinstance(schema, str):
        return _enum(edge.PayloadSchemaType, schema)
    params = {key: value for key, value in schema.items() if key != "type" and value is not None}
    if "tokenizer" in params:
        params["tokenizer"] = _enum(edge.TokenizerType, params["tokenizer"])
    for key in ("stopwords", "stemmer"):
        params.pop(key, None)
    return getattr(edge, _INDEX_PARAMS[schema["type"]])(**params)

# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A collection with every kind of vector, and points with every kind of id and payload."""

from __future__ import annotations

import random
import uuid

ALL_KINDS = {
    "vectors": {
        "plain": {"size": 8, "distance": "Cosine"},
        "half": {"size": 8, "distance": "Cosine", "datatype": "float16"},
        "bytes": {"size": 8, "distance": "Euclid", "datatype": "uint8"},
        "rows": {"size": 8, "distance": "Cosine", "multivector_config": {"comparator": "max_sim"}},
        "dot": {"size": 8, "distance": "Dot", "datatype": "float16"},
    },
    "sparse_vectors": {"words": {}},
    "shard_number": 3,
}


def all_kinds(count):
    source = random.Random(5)
    made = []

    def dense():
        return [round(source.gauss(0, 1), 5) for dummy in range(8)]

    for number in range(count):
        vector = {
            "plain": dense(),
            "half": dense(),
            "bytes": [source.randrange(256) for dummy in range(8)],
            "rows": [dense(), dense()],
            "dot": dense(),
            "words": {"indices": sorted(source.sample(range(1000), 5)), "values": dense()[:5]},
        }
        for name in list(vector)[: number % 3]:
            del vector[name]
        payload = {
            "int": number, "big": 2**63 - number, "more": 2**70, "real": source.random() * 10.0**number,
            "whole": 1.0, "text": "naïve ☃ \u0000", "none": None, "list": [1, 1.0, "1", True, None, {"a": []}], "": {},
        }  # fmt: skip
        point = number if number % 2 else str(uuid.UUID(int=source.randrange(1 << 128)))
        made.append({"id": 2**64 - 1 if number == 1 else point, "vector": vector, "payload": payload})
    made.append({"id": 7000, "vector": {}, "payload": {}})
    return made

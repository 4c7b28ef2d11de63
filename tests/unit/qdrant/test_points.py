# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Counts, pages and samples, with and without strict mode."""

from __future__ import annotations

import itertools
from typing import Any

import pytest
from ansible_collections.vectorops.qdrant.plugins.module_utils._qdrant.client import Node, QdrantError
from ansible_collections.vectorops.qdrant.tests.unit.qdrant.stub import Call, Stub

POINTS = "/collections/c/points"
STRICT = 'Bad request: Limit exceeded {limit} > 7 for "limit". Help: Reduce the "limit" parameter to or below 7.'


class Server:
    """Twenty points behind a strict mode that allows pages of seven and no exact count."""

    def __init__(self, stub: Stub, **strict: Any) -> None:
        self.limit = strict.get("max_query_limit")
        params = {"vectors": {"size": 4, "distance": "Dot"}, "shard_number": 1}
        config = {"params": params, "strict_mode_config": {"enabled": True, **strict}}
        stub.on["GET /collections/c"] = lambda call: call.result({"status": "green", "config": config})
        stub.on[f"POST {POINTS}/scroll"] = self.scroll
        stub.on[f"POST {POINTS}/query"] = self.query
        stub.on[f"POST {POINTS}/count"] = self.count
        self.exact = strict.get("search_allow_exact", True)

    def refused(self, call: Call) -> bool:
        limit = call.json["limit"]
        if self.limit is None or limit <= self.limit:
            return False
        call.error(400, STRICT.format(limit=limit))
        return True

    def scroll(self, call: Call) -> None:
        if not self.refused(call):
            first, limit = call.json.get("offset", 1), call.json["limit"]
            points = [{"id": i} for i in range(first, min(first + limit, 21))]
            call.result({"points": points, "next_page_offset": first + limit if first + limit < 21 else None})

    def query(self, call: Call) -> None:
        if not self.refused(call):
            call.result({"points": [{"id": i, "version": 1, "score": 1.0} for i in range(call.json["limit"])]})

    def count(self, call: Call) -> None:
        if self.exact:
            call.result({"count": 20})
        else:
            call.error(400, "Bad request: Search exact disabled!. Help: Set exact=false.")


def test_count_is_exact(stub: Stub, node: Node) -> None:
    Server(stub)
    assert node.count("c", {"must": []}) == 20
    assert stub.seen[-1].json == {"exact": True, "filter": {"must": []}}


def test_count_scrolls_ids_where_strict_mode_refuses(stub: Stub, node: Node) -> None:
    Server(stub, max_query_limit=7, search_allow_exact=False)
    assert node.count("c", {"must": []}) == 20
    last = stub.seen[-1].json
    assert (last["limit"], last["with_payload"], last["with_vector"], last["filter"]) == (7, False, False, {"must": []})


def test_a_wrong_filter_is_not_counted_by_scrolling(stub: Stub, node: Node) -> None:
    stub.on[f"POST {POINTS}/count"] = lambda call: call.error(400, "Format error in JSON body: unknown field")
    with pytest.raises(QdrantError):
        node.count("c", {"x": 1})
    assert len(stub.calls) == 1


@pytest.mark.parametrize("limit", [1, 3, 20, 1000])
def test_scroll_gives_every_point_once(stub: Stub, node: Node, limit: int) -> None:
    Server(stub)
    assert [point.id for point in node.scroll("c", limit=limit)] == list(range(1, 21))


def test_scroll_asks_for_the_size_of_each_page(stub: Stub, node: Node) -> None:
    Server(stub, max_query_limit=7)
    sizes = itertools.chain([2, 5], itertools.repeat(9))
    assert [point.id for point in node.scroll("c", limit=lambda: next(sizes))] == list(range(1, 21))
    asked = [call.json["limit"] for call in stub.seen if call.path.endswith("/scroll")]
    assert asked == [2, 5, 9, 7, 7]  # 9 was refused once


def test_pages_and_samples_shrink_to_what_strict_mode_allows(stub: Stub, node: Node) -> None:
    Server(stub, max_query_limit=7)
    assert [point.id for point in node.scroll("c")] == list(range(1, 21))
    assert len(node.sample_ids("c", 32)) == 7
    assert len(node.points_with_versions("c", list(range(20)))) == 20


def test_a_refusal_for_another_reason_is_an_error(stub: Stub, node: Node) -> None:
    Server(stub)
    stub.on[f"POST {POINTS}/query"] = lambda call: call.error(
        400, "Bad request: Index required. Help: Create an index."
    )
    with pytest.raises(QdrantError, match="Index required"):
        node.sample_ids("c", 5)


def test_sample_and_versions_ask_as_measured(stub: Stub, node: Node) -> None:
    Server(stub)
    node.sample_ids("c", 5)
    neither, both = {"with_payload": False, "with_vector": False}, {"with_payload": True, "with_vector": True}
    assert stub.seen[-1].json == {"query": {"sample": "random"}, "limit": 5, **neither}
    assert node.points_with_versions("c", [3, "u"])[0].version == 1
    prefetch = {"filter": {"must": [{"has_id": [3, "u"]}]}, "limit": 2}
    assert stub.seen[-1].json == {"prefetch": prefetch, "query": {"formula": 1.0}, "limit": 2, **both}


def test_retrieve_in_batches(stub: Stub, node: Node) -> None:
    stub.on[f"POST {POINTS}"] = lambda call: call.result([{"id": i} for i in call.json["ids"] if i != 5])
    ids = list(range(2500))
    assert [point.id for point in node.retrieve("c", ids)] == [i for i in ids if i != 5]
    assert len(stub.calls) == 3
    assert node.retrieve("c", []) == []


def test_reads_that_every_replica_has_to_agree_on(stub: Stub, node: Node) -> None:
    Server(stub)
    with Node(node.options, "all") as reader:
        assert reader.count("c") == 20 and len(list(reader.scroll("c"))) == 20
    assert {call.query for call in stub.seen} == {"consistency=all"}
    node.count("c")
    assert stub.seen[-1].query == ""


def test_the_count_of_one_replica(stub: Stub, node: Node) -> None:
    path = "POST /collections/c/shards/3/points/count"
    stub.on[path] = lambda call: call.result({"count": 7})
    assert node.shard_count("c", 3) == 7
    stub.on[path] = lambda call: call.error(404, "Not found")
    assert node.shard_count("c", 3) is None
    stub.on[path] = lambda call: call.error(500, "Service internal error: Dirty shard - shard is not fully initialized")
    with pytest.raises(QdrantError) as caught:
        node.shard_count("c", 3)
    assert caught.value.dirty
    said = "Service internal error: Failed to count,  Dirty shard - shard is not fully initialized"
    stub.on[path] = lambda call: call.error(500, said)
    with pytest.raises(QdrantError) as caught:
        node.shard_count("c", 3)
    assert caught.value.dirty

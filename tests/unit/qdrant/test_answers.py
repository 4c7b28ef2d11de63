# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Kinds of errors by answer; the texts are what Qdrant 1.18.3 answered."""

from __future__ import annotations

import json

import pytest
from ansible_collections.vectorops.qdrant.plugins.module_utils._base.redaction import register_secret
from ansible_collections.vectorops.qdrant.plugins.module_utils._qdrant import answers

JSON = "application/json"
PLAIN = "text/plain; charset=utf-8"


def error(text: str) -> str:
    return json.dumps({"status": {"error": text}, "time": 0.1})


@pytest.mark.parametrize(
    ("status", "form", "body", "kind", "next_step"),
    [
        (401, "", "Must provide an API key or an Authorization bearer token", "unauthorized", "set api_key"),
        (401, "", "Invalid API key or JWT", "unauthorized", "does not accept this api_key"),
        (403, JSON, error("Forbidden: Global manage access is required"), "forbidden", "read-only key"),
        (403, PLAIN, "Forbidden: Global manage access is required", "forbidden", "read-only key"),
        (403, JSON, error("Forbidden: Snapshot recovery from remote URLs is disabled"), "forbidden", "upload"),
        (403, JSON, error('Forbidden: must be inside the snapshots directory "/s"'), "forbidden", "snapshots_path"),
        (404, JSON, error("Not found: Collection `none` doesn't exist!"), "not_found", ""),
        (404, PLAIN, "Not found: shard 9 not found", "not_found", ""),
        (404, "", "File not found: No such file or directory (os error 2)", "not_found", ""),
        (404, "", "", "not_found", ""),
        (400, JSON, error("Wrong input: Snapshot checksum mismatch: .."), "bad_request", "changed nothing"),
        (409, JSON, error("Wrong input: Collection `articles` already exists!"), "conflict", ""),
        (422, JSON, error("Validation error in path parameters"), "bad_request", ""),
        (429, JSON, error("Read rate limit exceeded: Operation requires 1 tokens"), "rate_limited", "read_rate_limit"),
        (500, JSON, error("Service internal error: No space left on device: WAL"), "server_error", "disk"),
        (500, JSON, error("Service internal error: Dirty shard - shard is .."), "server_error", "the whole recover"),
        (405, JSON, error("Qdrant is running in standalone mode"), "bad_request", "not in cluster mode"),
        (507, JSON, error("Insufficient storage: .."), "quota_exceeded", "PUT /quotas"),
        (503, JSON, json.dumps({"status": "already_in_progress"}), "server_error", ""),
    ],
)  # fmt: skip
def test_qdrants_own_answers(status: int, form: str, body: str, kind: str, next_step: str) -> None:
    it = answers.answer_error("restore", "it", status, form, body)
    assert (it.kind, it.status, it.answered) == (kind, status, True)
    assert next_step in it.next


@pytest.mark.parametrize(
    ("status", "form", "body", "answered"),
    [
        (404, "text/html", "<html><title>Not here</title></html>", True),
        (404, "", "<!DOCTYPE html><html>Not here</html>", True),
        (401, "application/xml", "<Error>AccessDenied</Error>", True),
        (500, JSON, '{"message": "Internal server error"}', True),
        (500, JSON, "{", True),
        (502, "text/html", "<html>Bad Gateway</html>", False),
        (503, "text/html", "<html>Unavailable</html>", False),
        (504, PLAIN, "upstream request timeout", False),
        (503, PLAIN, "upstream connect error", False),
    ],
)
def test_answers_of_somebody_else(status: int, form: str, body: str, answered: bool) -> None:
    it = answers.answer_error("create a snapshot of", "it", status, form, body)
    assert (it.kind, it.status, it.answered) == ("protocol", status, answered)
    assert "not an answer of Qdrant" in it.next
    assert "<" not in it.said


def test_a_url_in_the_nodes_words_loses_its_signature() -> None:
    said = "Wrong input: Failed to download tar from http://s3/b/k?X-Amz-Signature=feedface01234567: status - 403"
    text = str(answers.answer_error("recover", "it", 400, JSON, error(said)).as_dict())
    assert "feedface" not in text
    assert "http://s3/b/k" in text


def test_a_secret_is_hidden_also_where_the_text_is_cut() -> None:
    secret = "made-up-secret-of-some-length-0123456789"
    register_secret(secret)
    for padding in range(960, 1001):
        assert "made-up-secret" not in answers.answer_error("do", "it", 500, PLAIN, "x" * padding + secret).said
        assert "made-up-secret" not in answers.answer_error("do", "it", 500, JSON, error("x" * padding + secret)).said
        assert (
            "made-up-secret"
            not in answers.answer_error("do", "it", 500, "text/html", "x" * (padding - 880) + secret).said
        )


@pytest.mark.parametrize(
    "body", ["", "<html>", "[]", "{}", '{"status":"ok"}', '{"status":"accepted","time":0}', '{"result":1}']
)
def test_a_success_that_is_no_result(body: str) -> None:
    with pytest.raises(ValueError):
        answers.result_of(body)


def test_a_result_may_be_null() -> None:
    assert answers.result_of('{"result": null, "status": "ok", "time": 0.1}') is None


@pytest.mark.parametrize(
    "told",
    [
        'message: "tcp connect error", source: tonic::transport::Error(Transport, ConnectError(ConnectError("tcp '
        'connect error", 10.0.0.3:6335, Os { code: 111, kind: ConnectionRefused, message: "Connection refused" })))',
        'message: "Failed to connect to http://10.0.0.3:6335/, error: transport error"',
    ],
)
def test_a_node_that_cannot_reach_another_says_so_in_few_words(told):
    text = f"Service internal error: Tonic status error: code: 'The service is currently unavailable', {told}"
    found = answers.answer_error("count", "articles", 500, JSON, error(f"1 of 1 read operations failed: {text}"))
    assert (
        found.said == "the node cannot reach another node of its cluster, 10.0.0.3:6335"
        and found.kind == "server_error"
    )
    assert found.next == "Start that node, or check the network between the nodes."

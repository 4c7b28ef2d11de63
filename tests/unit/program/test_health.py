# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""status, metrics, doctor and policy through the program: what is printed, and with which exit code."""

from __future__ import annotations

import json
import os

import pytest
from ansible_collections.vectorops.qdrant.plugins.module_utils._base.host import Host
from ansible_collections.vectorops.qdrant.plugins.module_utils._base.intent import Intent
from ansible_collections.vectorops.qdrant.plugins.module_utils._program.health import status
from ansible_collections.vectorops.qdrant.plugins.module_utils._program.main import main

URL = "http://127.0.0.1:9"


@pytest.fixture
def run(tmp_path, capsys):
    """``run(*words)``: (exit code, standard output, standard error) with an empty folder as the repository."""
    (tmp_path / "repository").mkdir()
    settings = {
        "path": str(tmp_path / "repository"),
        "state_dir": str(tmp_path / "state"),
        "url": URL,
        "cluster": "search",
        "node": "node-a",
        "max_age": "2h",
        "min_free": "1M",
    }
    config = tmp_path / "config.json"
    config.write_text(json.dumps(settings), encoding="utf-8")

    def call(*words):
        code = main([words[0], "-c", str(config), *words[1:]], {})
        shown = capsys.readouterr()
        assert "Traceback" not in shown.out + shown.err
        return code, shown.out, shown.err

    return call


def test_status_says_what_needs_a_person(run, tmp_path):
    Host(str(tmp_path / "state"), URL).open_intent(
        Intent(URL, "articles", "replace", "recover", "2026-11-22T10:00:00Z")
    )
    code, out, _err = run("status")
    assert code == 1 and out.startswith("Node node-a of cluster search: NOT GOOD\n")
    assert "has no backup that can be read" in out and "did not end" in out and "last proof: none" in out
    code, out, _err = run("status", "--json")
    assert code == 1 and [one["code"] for one in json.loads(out)["problems"]] == ["no_backup", "open_intent"]


def test_status_of_one_collection_with_one_point():
    good = {"backup_id": "20261122T190000Z", "age": 60, "grade": 3, "collections": 1, "points": 1, "bytes": 10}
    report = {"node": "node-a", "cluster": "search", "healthy": True, "problems": [], "last_good": good, "timer": None}
    lines = status({**report, "proven_at": None, "last_drill": None, "collections": []})
    assert lines[1].endswith("grade 3, 1 collection, 1 point, 10 bytes")


def test_metrics_on_standard_output_and_in_a_file(run, tmp_path):
    code, out, _err = run("metrics")
    assert code == 0 and 'qdrant_backup_up{cluster="search",node="node-a"} 1\n' in out
    output = tmp_path / "qdrant_backup.prom"
    code, out, _err = run("metrics", "--output", str(output))
    assert code == 0 and out == f"{output} is written.\n"
    assert 'qdrant_backup_open_intents{cluster="search",node="node-a"} 0\n' in output.read_text(encoding="utf-8")
    code, _out, err = run("metrics", "--output", str(tmp_path / "nowhere" / "x.prom"))
    assert code == 1 and "Could not write" in err and "Create its folder" in err
    assert not [name for name in os.listdir(tmp_path) if name.endswith(".tmp")]


def test_metrics_end_with_1_where_the_repository_is_away(run, tmp_path):
    os.rmdir(tmp_path / "repository")
    code, out, err = run("metrics", "--path", str(tmp_path / "gone" / "further"))
    assert code == 1 and "qdrant_backup_up{" in out and "} 0\n" in out and err.startswith("error: ")


def test_doctor_tells_what_to_do(run):
    code, out, _err = run("doctor", "--timeout", "2")
    assert code == 1 and "does not answer" in out and "\n" + " " * 21 + "-> " in out
    assert out.splitlines()[-1].startswith("1 error")
    assert "Works: If-None-Match on a write to a taken key." in out


def test_policies_are_printed_as_they_are(run):
    code, out, _err = run("policy", "--role", "writer", "--bucket", "b")
    document = json.loads(out)
    assert code == 0 and "arn:aws:s3:::b/search/archives/node-a/*" in str(document)
    _code, out, _err = run("policy", "--role", "restorer", "--bucket", "b", "--all-nodes")
    assert "arn:aws:s3:::b/search/archives/*" in out
    _code, out, _err = run("policy", "--bucket-policy", "--bucket", "b", "--json")
    assert json.loads(out)["policy"]["Statement"][0]["Effect"] == "Deny"


@pytest.mark.parametrize(
    "words",
    [
        ("policy", "--bucket", "b"),
        ("policy", "--role", "owner", "--bucket", "b"),
        ("policy", "--role", "writer", "--bucket-policy", "--bucket", "b"),
        ("policy", "--role", "writer"),
        ("status", "--max-age", "soon"),
        ("status", "--check"),
    ],
)
def test_wrong_usage(run, words):
    code, out, err = run(*words)
    assert code == 2 and out == "" and err.startswith("error: ")

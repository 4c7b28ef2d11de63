# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What was seen of a store: words, sentences, and the file that remembers them."""

from __future__ import annotations

import dataclasses
import json
import os
import stat

import pytest
from ansible_collections.vectorops.qdrant.plugins.module_utils._base.clock import now, utc_text
from ansible_collections.vectorops.qdrant.plugins.module_utils._repository import traits as room
from ansible_collections.vectorops.qdrant.plugins.module_utils._repository.errors import ConditionsMissingError
from ansible_collections.vectorops.qdrant.plugins.module_utils._repository.s3_options import S3Options
from ansible_collections.vectorops.qdrant.plugins.module_utils._repository.s3_session import S3Session
from ansible_collections.vectorops.qdrant.plugins.module_utils._repository.traits import StoreTraits, from_dict
from ansible_collections.vectorops.qdrant.plugins.module_utils._repository.traits_file import TraitsFile

CEPH = StoreTraits(conditional_put="kept", if_match="bare", part_checksums="md5")


def test_every_trait_but_the_region_has_its_words():
    assert set(room.VALUES) | {"region"} == {field.name for field in dataclasses.fields(StoreTraits)}


@pytest.mark.parametrize(
    ("seen", "words"),
    [
        ({}, None),
        ({"conditional_put": "kept", "if_match": "bare"}, None),
        ({"conditional_complete": "ignored", "copy": "no", "part_checksums": "none"}, None),
        ({"conditional_put": "ignored"}, "ignores If-None-Match"),
        ({"conditional_put": "refused", "if_match": "none"}, "refuses If-None-Match and does not support If-Match"),
        ({"conditional_put": "kept", "if_match": "none"}, "it does not support If-Match"),
    ],
)
def test_what_locks_are_worth(seen, words):
    traits = StoreTraits(**seen)
    said = room.weaker_promise("s3://b", traits, "auto")
    assert traits.locks is (words is None)
    assert said == "" if words is None else words in said and "s3://b does not support conditional writes" in said
    assert "conditional_writes is off for s3://b" in room.weaker_promise("s3://b", traits, "off")


@pytest.mark.parametrize(
    "data",
    [None, [], "x", {"if_match": "loudly"}, {"if_match": 1}, {"region": None}, {"a later trait": "yes"}],
)
def test_words_that_mean_nothing_are_left_out(data):
    assert from_dict(data) == StoreTraits()


def test_what_was_seen_is_remembered_for_this_endpoint_and_bucket(tmp_path):
    state = str(tmp_path / "state")
    TraitsFile(state, "http://127.0.0.1:1", "b").save(CEPH)
    assert not (tmp_path / "state").exists(), "reading a repository makes no state directory"
    (tmp_path / "state").mkdir()
    TraitsFile(state, "http://127.0.0.1:1", "b").save(CEPH)
    assert TraitsFile(state, "http://127.0.0.1:1", "b").load() == CEPH
    assert TraitsFile(state, "http://127.0.0.1:2", "b").load() == StoreTraits()
    assert TraitsFile(state, "http://127.0.0.1:1", "c").load() == StoreTraits()
    (name,) = os.listdir(tmp_path / "state" / "stores")
    assert stat.S_IMODE((tmp_path / "state" / "stores" / name).stat().st_mode) == 0o600


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        "null",
        "{}",
        json.dumps({"endpoint": "e", "bucket": "b", "seen_at": "soon", "traits": CEPH.as_dict()}),
        json.dumps({"endpoint": "e", "bucket": "b", "seen_at": "2020-01-01T00:00:00Z", "traits": CEPH.as_dict()}),
        json.dumps({"endpoint": "e", "bucket": "b", "seen_at": "2999-01-01T00:00:00Z", "traits": CEPH.as_dict()}),
        json.dumps({"endpoint": "e", "bucket": "other", "seen_at": utc_text(now()), "traits": CEPH.as_dict()}),
    ],
)
def test_a_file_that_says_nothing_costs_nothing(tmp_path, text):
    kept = TraitsFile(str(tmp_path), "e", "b")
    kept.save(CEPH)
    with open(kept.path, "w", encoding="utf-8") as handle:
        handle.write(text)
    assert kept.load() == StoreTraits()
    kept.save(CEPH)
    assert kept.load() == CEPH


def test_a_folder_that_cannot_be_made_costs_nothing(tmp_path):
    (tmp_path / "file").write_text("x")
    kept = TraitsFile(str(tmp_path / "file"), "e", "b")
    kept.save(CEPH)
    assert kept.load() == StoreTraits()
    nowhere = TraitsFile("", "e", "b")
    nowhere.save(CEPH)
    assert nowhere.load() == StoreTraits()


def test_a_session_learns_and_remembers(tmp_path):
    options = S3Options(bucket="b", endpoint_url="http://127.0.0.1:1", state_dir=str(tmp_path))
    session = S3Session(options)
    assert (session.checksums, session.spelled("e"), session.sends_if_match()) == ("crc32", '"e"', True)
    session.learn(if_match="bare", part_checksums="md5")
    again = S3Session(options)
    assert (again.checksums, again.spelled("e"), again.weakness()) == ("md5", "e", "")
    again.learn(if_match="none", conditional_put="refused")
    assert not again.sends_if_match() and not again.sends_if_absent() and again.weakness()


@pytest.mark.parametrize("chosen", ["crc32", "md5", "none"])
def test_what_the_options_say_is_not_asked(chosen):
    session = S3Session(S3Options(bucket="b", checksums=chosen, conditional_writes="off"))
    session.learn(part_checksums="crc32", conditional_put="kept")
    assert session.checksums == chosen
    assert not session.sends_if_absent() and not session.sends_if_match() and "is off" in session.weakness()


@pytest.mark.parametrize(
    ("seen", "sentence"),
    [
        ({"conditional_put": "refused", "copy_conditional": "ignored"}, "the store refuses If-None-Match"),
        (
            {"conditional_put": "kept", "conditional_complete": "ignored"},
            "the store ignores If-None-Match when a multipart upload is completed",
        ),
        ({"copy_conditional": "ignored"}, "the store ignores If-None-Match when an object is copied"),
        (
            {"conditional_put": "ignored", "if_match": "none"},
            "the store ignores If-None-Match and does not support If-Match",
        ),
        ({}, "the store does not support the condition of this write"),
    ],
)
def test_a_refusal_for_conditions_says_which_one_is_missing(seen, sentence):
    session = S3Session(S3Options(bucket="b", conditional_writes="require"))
    session.learn(**seen)
    with pytest.raises(ConditionsMissingError) as caught:
        session.demand_conditions()
    assert caught.value.said == sentence


def test_required_conditions_are_a_refusal():
    S3Session(S3Options(bucket="b")).demand_conditions("501")
    with pytest.raises(ConditionsMissingError, match="501") as caught:
        S3Session(S3Options(bucket="b", conditional_writes="require")).demand_conditions("501")
    assert caught.value.exit_code == 3 and caught.value.kind == "unsupported"

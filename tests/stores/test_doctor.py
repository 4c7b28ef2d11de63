# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the doctor says of each store is what backups then find."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.integration


def about_repository(report):
    """What -> (severity, fix) of the findings about the repository."""
    return {one["what"]: (one["severity"], one["fix"]) for one in report["findings"] if one["area"] == "repository"}


def outcome(found, *words):
    """The first word of the one finding about this."""
    fitting = [what for what in found if all(word in what for word in words) and ": " in what]
    assert len(fitting) == 1, (words, list(found))
    return fitting[0].partition(":")[0]


def test_the_doctor_says_the_truth(rig, promise):
    report = rig.run("doctor")
    found = about_repository(report)
    for words in (
        ("writing",),
        ("reading what was written",),
        ("listing.",),
        ("uploads by parts.",),
        ("copying inside the store",),
        ("reading ranges",),
        ("presigned URL",),
        ("finding unfinished uploads",),
        ("dropping unfinished uploads",),
    ):
        assert outcome(found, *words) == "Works", words
    assert (outcome(found, "copying what was uploaded by parts") == "Works") == promise.copies_parts
    assert not [one for one in found.items() if one[1][0] == "error"], found
    weak = [what for what in found if "conditional writes" in what and "does not" in what]
    assert bool(weak) != promise.locks and all("conditional_writes: require" in found[what][1] for what in weak)
    assert (outcome(found, "If-Match with a wrong etag") == "Works") == promise.locks
    known = {name: about["value"] for name, about in report["traits"].items()}
    assert known["region"] == rig.s3.region and report["traits"]["region"]["from"] == "option"
    assert (known["if_match"] != "none" and known["conditional_put"] == "kept") == promise.locks
    assert report["traits"]["conditional_put"]["from"] == "tried"
    assert rig.keys("/doctor/") == [], "nothing is left behind"
    rig.fill("articles", 20)
    warnings = rig.run("back_up")["warnings"]
    assert bool([text for text in warnings if "conditional writes" in text]) == bool(weak)
    again = rig.run("doctor")["traits"]
    assert {name: about["value"] for name, about in again.items()} == known | {
        name: about["value"] for name, about in again.items() if name not in known
    }, "a backup finds nothing else"
    assert again["conditional_put"]["from"] == "learned"


def test_versioning_is_not_advised_where_it_breaks_locks(rig, store, promise):
    advised = [
        what for what, about in about_repository(rig.run("doctor")).items() if "put-bucket-versioning" in about[1]
    ]
    assert bool(advised) == bool(promise.locks and promise.locks_versioned)


def test_a_region_that_is_not_set(rig):
    found = about_repository(rig.run("doctor", region=None))
    assert outcome(found, "presigned URL") == "Works"


def test_encryption_that_is_ignored_is_told(rig, promise):
    if promise.encrypts is None:
        pytest.skip("this store refuses sse (without keys of its own, or TLS)")
    told = "does not confirm sse: AES256"
    found = about_repository(rig.run("doctor", sse="AES256"))
    assert any(told in what for what in found) != promise.encrypts
    rig.fill("articles", 20)
    assert any(told in text for text in rig.run("back_up", sse="AES256")["warnings"]) != promise.encrypts


@pytest.mark.parametrize(
    ("wrong", "word"),
    [
        ({"secret_key": "made-up-secret-of-somebody-else-0123456"}, "secret"),
        ({"access_key": "GKfedcba987654fedcba987654"}, "access"),
    ],
    ids=["secret", "key"],
)
def test_a_wrong_key_is_told_as_one(rig, store, wrong, word):
    if store.name == "moto":
        pytest.skip("moto checks no signatures")
    found = about_repository(rig.run("doctor", **wrong))
    (error,) = [what for what, about in found.items() if about[0] == "error"]
    assert word in error and "policy" not in error and not any("policy" in about[1] for about in found.values())

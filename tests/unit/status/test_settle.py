# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Closing the note of an interrupted restore by hand: what is refused, and what is kept."""

from __future__ import annotations

import pathlib
import types

import pytest
from ansible_collections.vectorops.qdrant.plugins.module_utils._base.errors import RefusedError, UsageError
from ansible_collections.vectorops.qdrant.plugins.module_utils._base.host import Host
from ansible_collections.vectorops.qdrant.plugins.module_utils._base.intent import Intent
from ansible_collections.vectorops.qdrant.plugins.module_utils._program.health import settle as lines
from ansible_collections.vectorops.qdrant.plugins.module_utils._status.settle import Now, settle, settle_plan

URL = "http://127.0.0.1:6333"
INTENT = Intent(URL, "articles", "new", "recover", "2026-11-22T19:00:00Z")


def node(recovering=0, **points):
    return types.SimpleNamespace(
        url=URL, collections=lambda: list(points), count=points.get, recoveries_running=lambda: recovering
    )


@pytest.fixture
def host(tmp_path):
    made = Host(str(tmp_path), URL)
    made.open_intent(INTENT)
    return made


@pytest.mark.parametrize(
    ("intents", "recovering", "refused", "warned"),
    [((INTENT,), 0, 0, 0), ((INTENT,), 1, 1, 0), ((INTENT,), None, 0, 1), ((), 1, 0, 0), ((), None, 0, 0)],
)
def test_the_plan(intents, recovering, refused, warned):
    plan = settle_plan(intents, Now({}, recovering), URL)
    assert (len(plan.refusals), len(plan.warnings), len(plan.steps)) == (refused, warned, len(intents))


def test_the_note_is_closed_and_kept(host, tmp_path):
    report = settle(host, node(articles=7), ["articles"])
    assert report["changed"] and host.intents() == []
    (kept,) = (path for path in pathlib.Path(tmp_path, "intents").rglob("*") if path.is_file())
    assert ".settled-" in kept.name and "articles" in kept.read_text(encoding="utf-8")
    assert lines(report)[0] == "articles is settled; it holds 7 points. Its next backup is trusted again."
    assert lines(settle(host, node(), ["articles"])) == ["No restore of articles is open: nothing was changed."]


def test_a_collection_that_is_gone(host):
    assert lines(settle(host, node(), ["articles"]))[0].startswith("articles is settled; it does not exist.")


def test_others_stay_open(host):
    host.open_intent(Intent(URL, "notes", "replace", "recover", "2026-11-22T19:00:00Z"))
    report = settle(host, node(articles=7, notes=1), ["articles"])
    assert report["open"] == ["notes"] and "Still open: notes" in lines(report)


def test_nothing_is_closed_while_a_recover_is_at_work_or_without_a_name(host):
    with pytest.raises(RefusedError, match="still running"):
        settle(host, node(1, articles=7), ["articles"])
    with pytest.raises(UsageError, match="open are: articles"):
        settle(host, node(articles=7), [])
    assert len(host.intents()) == 1


def test_a_note_below_an_older_key_is_closed_where_it_lies(host, tmp_path):
    (path,) = pathlib.Path(tmp_path, "intents").rglob("*.json")
    path.parent.rename(path.parent.with_name("0123456789abcdef"))
    assert len(host.intents()) == 1
    assert settle(host, node(articles=7), ["articles"])["changed"] and host.intents() == []


def test_a_note_that_cannot_be_read_can_be_settled(host, tmp_path):
    (path,) = pathlib.Path(tmp_path, "intents").rglob("*.json")
    path.write_text("{", encoding="utf-8")
    assert "settle '(unreadable)'" in host.intents()[0].warning()
    assert settle(host, node(), ["(unreadable)"])["changed"] and host.intents() == []

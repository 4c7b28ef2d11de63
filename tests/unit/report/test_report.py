# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reports of a drill: every value is escaped, nothing is loaded from elsewhere, each format has the verdict."""

from __future__ import annotations

import dataclasses
import html.parser
import json
import re
import xml.etree.ElementTree as ET

import pytest
from ansible_collections.vectorops.qdrant.plugins.module_utils._drill.values import (
    Drilled,
    DrilledBackup,
    DrillReport,
    Objective,
    Phase,
    read_report,
)
from ansible_collections.vectorops.qdrant.plugins.module_utils._report.files import rendered
from ansible_collections.vectorops.qdrant.plugins.module_utils._report.model import Past
from ansible_collections.vectorops.qdrant.plugins.module_utils._report.of_drill import drill_page
from ansible_collections.vectorops.qdrant.plugins.module_utils._report.of_restore import About, restore_page
from ansible_collections.vectorops.qdrant.plugins.module_utils._report.trend import trend_of
from ansible_collections.vectorops.qdrant.plugins.module_utils._report.words import span
from ansible_collections.vectorops.qdrant.plugins.module_utils._repository.catalogue import Catalogue
from ansible_collections.vectorops.qdrant.plugins.module_utils._repository.drills import add_drill
from ansible_collections.vectorops.qdrant.plugins.module_utils._repository.folder import FolderStore

EVIL = "<script>alert('x')</script>\"&| `*_\x01]]> \ud800 [x](http://e)"
VOID = {"meta", "rect", "line", "circle", "path"}


def page(good: bool = True, evil: str = "articles", past: int = 3):
    phases = tuple(Phase(name, at, 0.5) for at, name in enumerate((*("fetch", "load", "count"), evil)))
    one = Drilled(
        evil, 1 << 20, good, 3, 5, 5, "" if good else evil, evil, {"hash": True, "points": 9}, phases, (), (evil,)
    )
    backup = DrilledBackup(
        "20261122T110000Z",
        evil,
        Objective(7200.0, 3600.0, evil),
        Objective(60.0, 2.5 if good else None, evil),
        "2026-11-22T11:00:00Z",
        "2026-11-22T11:00:09Z",
        evil,
        2 << 20,
        2.5,
        Phase("find", 0.0, 0.1),
        (one,),
        1,
        () if good else ((evil, evil),),
        "",
        evil,
    )
    report = DrillReport(
        evil, evil, "2026-11-22T12:00:00Z", evil, "1", "engine", evil, evil, evil, (evil,), (backup,), (evil,)
    )
    earlier = [Past(f"2026-11-{day:02d}T12:00:00Z", day % 2 == 0, 100.0 * day, None) for day in range(1, past)]
    return drill_page(report, [*earlier, Past(report.at, good, 3600.0, 2.5)]), report.as_dict()


class Checked(html.parser.HTMLParser):
    """Tags are closed in order; notes every tag, and every attribute that could load something."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.tags: set[str] = set()
        self.loads: list[str] = []
        self.text: list[str] = []

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        self.loads += [f"{tag} {name}" for name, dummy in attrs if name in ("src", "href", "srcset", "action", "style")]
        self.loads += [f"{tag} {name}" for name, dummy in attrs if name.startswith("on")]
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        if tag not in VOID:
            assert self.open.pop() == tag

    def handle_data(self, data):
        if self.open and self.open[-1] != "style":
            self.text.append(data)


@pytest.mark.parametrize("good", [True, False])
@pytest.mark.parametrize("evil", ["articles", EVIL])
def test_the_page_is_whole_escaped_and_alone(good, evil):
    text = rendered(".html", *page(good, evil))
    found = Checked()
    found.feed(text)
    assert found.open == [] and found.loads == [] and not found.tags & {"script", "link", "img", "iframe", "a"}
    said = "".join(found.text)
    assert ("Passed" in said, "Failed" in said) == (good, not good)
    assert evil in said and "Trend: " in said and "1 h" in said
    style = re.search(r"<style>(.*?)</style>", text, flags=re.S).group(1)
    assert (
        "url(" not in style
        and "@import" not in style
        and "prefers-color-scheme:dark" in style
        and "@media print" in style
    )
    assert text.index("card verdict") < text.index("RPO") < text.index("Timeline")


@pytest.mark.parametrize("good", [True, False])
def test_junit_has_a_case_for_each_collection_and_objective(good):
    root = ET.fromstring(rendered(".xml", *page(good, EVIL)).encode("utf-8", "backslashreplace"))
    (suite,) = root
    assert suite.get("tests") == "3" and suite.get("failures") == ("0" if good else "2")
    assert len(suite.findall("testcase/failure")) == int(suite.get("failures"))


def test_markdown_keeps_its_tables_and_json_its_values():
    text = rendered(".md", *page(False, EVIL))
    assert text.startswith("# Recovery drill of") and ": FAILED" in text.splitlines()[0]
    assert "<script>" not in text and "[x](http" not in text
    (row,) = [line for line in text.splitlines() if line.startswith("| 20261122T110000Z")]
    assert len(re.findall(r"(?<!\\)\|", row)) == 10
    assert json.loads(rendered(".json", *page()))["passed"] is True


def test_one_drill_is_no_trend():
    assert "Trend" not in rendered(".html", *page(past=1))


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (None, "–"),
        (0.041, "0.04 s"),
        (12.34, "12.3 s"),
        (60, "1 min"),
        (250, "4 min 10 s"),
        (11100, "3 h 5 min"),
        (187200, "2 d 4 h"),
    ],
)
def test_times_are_readable(seconds, text):
    assert span(seconds) == text


def test_a_trend_ends_with_the_drill_that_is_shown_also_within_one_second(tmp_path):
    catalogue = Catalogue(FolderStore(str(tmp_path)), "search")
    one = read_report(page()[1])
    drills = [dataclasses.replace(one, node="node-a", by=f"drill {number}") for number in range(3)]
    for drill in drills[:2]:
        add_drill(catalogue, "node-a", drill.as_dict(), passed=True)
    assert [len(trend_of(catalogue, drill)[0]) for drill in drills] == [1, 2, 3], "the third is not recorded"


ITEM = {
    "name": "articles",
    "collection": "articles",
    "backup_id": "20261122T110000Z",
    "bytes": 1 << 20,
    "grade": 3,
    "points": 5,
    "proven": True,
    "compared": {"hash": True, "count": True, "points": 1, "queries": 2},
    "aliases": [],
    "seconds": {"ready": 0.1, "prepare": 0.2, "prove": 0.3, "recover": 0.4},
}


def restored(*collections, **more):
    report = {
        "ok": True,
        "collections": list(collections),
        "failed": [],
        "not_done": [],
        "left_alone": [],
        "excluded": [],
        "seconds": {"total": 1.0},
        "warnings": [],
        "rolled_back": None,
        **more,
    }
    about = About("2026-11-22T12:00:00Z", "http://node-a:6333", "", "restore on host", "1")
    return restore_page(report, about), report


def test_the_legend_of_a_restore_is_in_the_order_of_time():
    text = rendered(".html", *restored(ITEM))
    places = [text.index(f"{phase} 0.") for phase in ("prepare", "recover", "ready", "prove")]
    assert places == sorted(places)
    assert "SHA-256 of the archive, exact count, 1 point, 2 queries" in text


@pytest.mark.parametrize(
    ("more", "kept"),
    [
        ({}, ""),
        ({"safety_snapshot": "before.snapshot"}, "before.snapshot"),
        ({"switched": {"safety_snapshot": "old.snapshot"}}, "old.snapshot"),
        ({"switched": {"safety_snapshot": None}, "safety_snapshot": None}, ""),
        (
            {"safety_snapshots": [{"shard": 0, "node": "node-a", "snapshot": "s0.snapshot"}]},
            "s0.snapshot (shard 0 on node-a)",
        ),
    ],
)
def test_the_page_of_a_restore_names_every_safety_snapshot(more, kept):
    page, dummy = restored({**ITEM, **more})
    assert dict(page.facts).get("Safety snapshots of the previous data", "") == kept


def test_the_page_of_a_restore_says_what_was_excluded():
    page, report = restored(ITEM, excluded=["notes", "tags"])
    assert page.good and page.verdict.endswith("compared with the backup: all agree. 2 collections were excluded.")
    assert dict(page.facts)["Excluded, and not restored"] == "notes, tags"
    assert "notes, tags" in rendered(".html", page, report) and "notes, tags" in rendered(".md", page, report)
    page, dummy = restored(excluded=["notes"])
    assert page.verdict == "Nothing had to be restored. 1 collection was excluded."


def test_the_page_of_a_roll_back_says_where_the_aliases_point():
    page, dummy = restored(rolled_back={"aliases": ["live"], "from": "b", "to": "a"})
    assert page.good and page.verdict == "No data was restored: live points to a again."
    page, dummy = restored(rolled_back={"aliases": ["live", "search"], "from": "b", "to": "a"})
    assert page.verdict == "No data was restored: live, search point to a again."

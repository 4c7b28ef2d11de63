# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What list and show print: one line a backup, details below, and a command that can be copied."""

from __future__ import annotations

import dataclasses
import shlex

import pytest
from ansible_collections.vectorops.qdrant.plugins.module_utils._base.errors import UsageError
from ansible_collections.vectorops.qdrant.plugins.module_utils._program.arguments import parse_options
from ansible_collections.vectorops.qdrant.plugins.module_utils._program.commands import COMMANDS
from ansible_collections.vectorops.qdrant.plugins.module_utils._program.texts import lines_of
from ansible_collections.vectorops.qdrant.plugins.module_utils._repository.completeness import Unseen, complete
from ansible_collections.vectorops.qdrant.plugins.module_utils._repository.inventory import describe
from ansible_collections.vectorops.qdrant.plugins.module_utils._repository.summary import summarize
from ansible_collections.vectorops.qdrant.tests.unit.repository.make_manifest import ID, collection, manifest

NODES = ("node-a", "node-b", "node-c")
SUSPECT = {"why": "points fell"}


def part(node="node-a", names=("articles",), **more):
    entries = [collection(name, node, **more) for name in names]
    return summarize(manifest(node, collections=entries, expected=NODES))


def report(*backups, **more):
    return {"backups": list(backups), "unreadable": [], "total": len(backups), "older": 0, "drills": [], **more}


def shown(summaries, lost=(), unseen=(), grades=None, check=True):
    stored = {(held.archive, held.bytes) for one in summaries for held in one.collections if held.archive not in lost}
    found = complete(summaries, stored, unseen) if check else None
    return [describe(one, grades or {}, (), found) for one in summaries]


def lines(verb="list", typed=None, *, report):
    return lines_of(verb, report, False, typed)


def state(printed):
    return printed[1].rsplit("  ", 1)[1]


def test_a_backup_without_trouble():
    one = [part(node) for node in NODES]
    assert state(lines(report=report(*shown(one, check=False)))) == "unproven"
    assert state(lines(report=report(*shown(one)))) == "complete, 3 nodes, unproven"
    good = {"articles": {"grade": 1, "at": "2026-11-23T00:00:00Z", "failed": None}}
    printed = lines(report=report(*shown(one, grades=good)))
    assert state(printed) == "complete, 3 nodes, good" and len(printed) == 4


def test_a_backup_whose_manifest_cannot_be_read_is_a_line_where_it_belongs():
    bad = {"backup_id": "20991122T190000Z", "node": "node-a", "message": "It cannot be read."}
    older = {**bad, "backup_id": "20001122T190000Z"}
    printed = lines(report=report(*shown([part()], check=False), unreadable=[bad, older]))
    assert [line.split()[0] for line in printed[1:]] == [bad["backup_id"], ID, older["backup_id"]]
    assert printed[1].endswith("  manifest NOT READ")
    assert len(lines(report=report(unreadable=[bad]))) == 2 and lines(report=report()) == ["No backups."]


def test_a_lost_archive_is_told_without_completeness():
    names = [f"collection-{number}" for number in range(7)]
    one = part(names=names)
    keys = [held.archive for held in one.collections]
    backup = describe(one, {}, lost={key: f"its archive {key} is not in the store" for key in keys})
    printed = lines(report=report(backup))
    assert state(printed) == "7 archives lost"
    assert [line for line in printed if "lost (" in line] == [f"  {LOST}{key}" for key in keys[:5]]
    assert f"  and 2 more: qdrant-backup show --node node-a {ID}" in printed
    assert all(f"lost: its archive {key} is" in "\n".join(lines("show", report=report(backup))) for key in keys)
    assert backup["archives_checked"] and not shown([one], check=False)[0]["archives_checked"]


LOST = "lost (deleted by hand or by the bucket's lifecycle, or not of the size in the manifest): "


def test_what_is_missing_stands_below_the_table_once():
    one = [part("node-a", captured=(0,), known=(0, 1, 2)), part("node-b", captured=(1,), known=(0, 1, 2))]
    lost = one[0].collections[0].archive
    printed = lines(report=report(*shown(one, lost=(lost,))))
    assert state(printed) == "incomplete: node-c missing, 1 shard missing, 1 archive lost"
    assert printed[3:] == [
        "",
        f"{ID} incomplete, 2 of 3 nodes:",
        "  no manifest of node: node-c",
        "  in no archive: shard 2 of articles",
        f"  lost (deleted by hand or by the bucket's lifecycle, or not of the size in the manifest): {lost}",
    ]


def test_a_lost_archive_is_no_complete_backup():
    one = [part(node) for node in NODES]
    lost = one[0].collections[0].archive
    backup = shown(one, lost=(lost,))[0]
    assert backup["complete"] is False and backup["completeness"]["text"] == "incomplete: 1 archive lost"


def test_what_was_not_seen_is_not_called_incomplete():
    printed = lines(
        report=report(*shown([part("node-a"), part("node-c")], unseen=[Unseen(ID, "node-b", "AccessDenied")]))
    )
    assert state(printed) == "unknown: node-b not read" and "  not read: node-b: AccessDenied" in printed


def test_one_line_stays_one_line():
    names = [f"collection-{number}" for number in range(300)]
    one = part(names=names)
    one = dataclasses.replace(
        one,
        collections=tuple(dataclasses.replace(held, suspect="points fell") for held in one.collections),
        failed=tuple((f"broken-{number}", "gone meanwhile") for number in range(7)),
    )
    bad = {name: {"grade": 0, "at": None, "failed": "its sha256 differs"} for name in names}
    lost = {held.archive for held in one.collections}
    typed = {"bucket": "b", "limit": 3, "completeness": True}
    printed = lines("list", typed, report=report(*shown([one], lost=lost, grades=bad)))
    assert state(printed) == (
        "incomplete: node-b, node-c missing, 300 archives lost, 7 collections failed, not good, suspect"
    )
    assert len(printed) < 40 and max(map(len, printed)) < 300
    assert "  failed: broken-0: gone meanwhile" in printed
    assert f"  and 295 more: qdrant-backup show --bucket b --completeness --node node-a {ID}" in printed
    full = "\n".join(lines("show", report=report(*shown([one], lost=lost, grades=bad))))
    assert all(key in full for key in lost) and "more:" not in full


@pytest.mark.parametrize(
    ("typed", "again"),
    [
        ({}, "list --all"),
        ({"limit": 7, "completeness": True}, "list --completeness --all"),
        (
            {"config": "my conf", "collections": ["a*", "b"]},
            "list --config 'my conf' --collections 'a*' --collections b --all",
        ),
        ({"node": "", "s3_validate_certs": False}, "list --all-nodes --no-s3-validate-certs --all"),
    ],
)
def test_the_command_that_shows_the_rest(typed, again):
    found = report(*shown([part()], check=False), total=3000, older=2999)
    assert lines("list", typed, report=found)[-2:] == [
        "",
        f"2999 older backups are not shown. To see all 3000: qdrant-backup {again}",
    ]
    words = shlex.split(again)[1:]
    assert options(*words) == {**{name: value for name, value in typed.items() if name != "config"}, "limit": 0}
    assert "not shown" not in "\n".join(lines(report=report(*shown([part()], check=False))))


def options(*words):
    command = COMMANDS["list"]
    return parse_options("list", command.options(command.load()), list(words), command)[1]


def test_all_and_limit():
    assert options() == {} and options("--limit", "7") == {"limit": 7} and options("--all") == {"limit": 0}
    assert options("--all", "--all-nodes") == {"limit": 0, "node": ""}
    with pytest.raises(UsageError, match="--limit and --all"):
        options("--all", "--limit", "7")


def test_show_has_the_warnings_of_the_run():
    told = dataclasses.replace(part(), warnings=("No node can store shard 1 of articles.",))
    backup = shown([told])[0]
    assert backup["warnings"] == ["No node can store shard 1 of articles."]
    assert "  warning: No node can store shard 1 of articles." in lines("show", report=report(backup))

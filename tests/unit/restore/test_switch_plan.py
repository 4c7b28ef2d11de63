# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The plan of a switch by tables: what clients use now, what is refused, which steps are taken in which order."""

from __future__ import annotations

import dataclasses
import shlex

import pytest
from ansible_collections.vectorops.qdrant.plugins.module_utils._base.intent import LEFT_ALONE, PROVEN, RECOVER, Intent
from ansible_collections.vectorops.qdrant.plugins.module_utils._base.switched import Switch
from ansible_collections.vectorops.qdrant.plugins.module_utils._restore.live import (
    holders,
    left_beside,
    moved_to,
    name_beside,
)
from ansible_collections.vectorops.qdrant.plugins.module_utils._restore.plan import make_plan
from ansible_collections.vectorops.qdrant.plugins.module_utils._restore.standing import Standing
from ansible_collections.vectorops.qdrant.plugins.module_utils._restore.state import State
from ansible_collections.vectorops.qdrant.plugins.module_utils._restore.task import make_tasks
from ansible_collections.vectorops.qdrant.plugins.module_utils._restore.values import (
    Live,
    Pulse,
    RestoreOptions,
    Target,
)
from ansible_collections.vectorops.qdrant.tests.unit.restore.test_restore_plan import CONFIG, SOURCE, facts, src

ID = SOURCE.backup_id
NEW = f"articles__{ID.lower()}"
ARTICLES = Live(("articles",), True, ("live",), Pulse(50))
SWITCH = RestoreOptions(mode="switch")
RESTORED = ["write intent", "recover", "wait until ready", "prove", "close intent", "record proof", "end intent"]
SWITCHED = Switch(NEW, "articles", ("live",), "2026-11-22T20:00:00Z", ID, "a" * 64, "articles")


def beside(live=ARTICLES, **changes):
    return Target(NEW, live=live, **changes)


def live(**changes):
    return dataclasses.replace(ARTICLES, **changes)


def planned(target, options=SWITCH, source=SOURCE, **changes):
    aliases = changes.pop("aliases", dict.fromkeys(target.live.aliases, target.live.name))
    there = frozenset({"articles"} if target.live.exists else ())
    return make_plan(facts(source, target, aliases=aliases, collections=there, **changes), options).plan


def actions(plan):
    return [step.action for step in plan.steps]


@pytest.mark.parametrize(
    "found, options, aliases, existing",
    [
        (("articles",), {}, {"live": "articles"}, {"articles"}),
        (("articles",), {}, {}, {"articles"}),
        ((), {}, {}, {"other"}),
        (("articles__a",), {}, {"articles": "articles__a"}, {"articles__a"}),
        # The old collection was kept, and has no alias any more: the recorded alias leads to what clients use.
        (("articles__a",), {}, {"live": "articles__a"}, {"articles", "articles__a"}),
        (("a", "b"), {}, {"live": "a", "search": "b"}, {"a", "b", "articles"}),
        (("b",), {"alias": "search"}, {"live": "a", "search": "b"}, {"a", "b"}),
        (("articles",), {"alias": "fresh"}, {"live": "articles"}, {"articles"}),
        (("other",), {"alias": "other"}, {"live": "articles"}, {"articles", "other"}),
        # Marks of a cluster's restore are no user's aliases.
        (
            ("articles",),
            {},
            {"__restore_20261122T190000Z_20261122T190000Z_1_00000000": "articles"},
            {"articles"},
        ),
    ],
)
def test_what_clients_use(found, options, aliases, existing):
    source = src(aliases=("live", "search"))
    assert holders(source, RestoreOptions(mode="switch", **options), aliases, existing) == found


@pytest.mark.parametrize(
    "name, source, options, notes",
    [
        (NEW, SOURCE, {}, ()),
        (NEW, src(collection="articles__20251122t190000z"), {}, ()),
        ("a__b", SOURCE, {"name": "a__b"}, ()),
        ("articles__" + "a" * 12, src(backup_id="", kind="file"), {}, ()),
        (
            "mine",
            SOURCE,
            {},
            [Intent("u", "mine", "switch", RECOVER, "t", backup_id=ID, sha256="a" * 64, origin="articles")],
        ),
        (NEW, SOURCE, {}, [Intent("u", "mine", "new", RECOVER, "t", sha256="a" * 64, origin="articles")]),
        (NEW, SOURCE, {}, [Intent("u", "mine", "switch", PROVEN, "t", sha256="b" * 64, origin="articles")]),
    ],
)
def test_the_name_of_the_new_collection(name, source, options, notes):
    assert name_beside(source, RestoreOptions(mode="switch", **options), notes) == name


@pytest.mark.parametrize(
    "codes, target, options",
    [
        ([], beside(), {}),
        (["live_writes"], beside(live(moving=True)), {}),
        ([], beside(live(moving=True)), {"accept_write_loss": True}),
        (["live_writes"], beside(live(pulse=Pulse(51))), {}),
        (["live_writes"], beside(live(pulse=Pulse(49))), {}),
        (["live_writes"], beside(live(pulse=Pulse())), {}),
        (["name_is_no_alias"], beside(live(aliases=())), {}),
        ([], beside(live(aliases=())), {"accept_gap": True}),
        (["nothing_to_switch"], beside(Live()), {}),
        (["aliases_apart"], beside(Live(("a", "b"))), {}),
        (["name_taken"], beside(exists=True, config=CONFIG, count=3), {}),
        (["alias_in_the_way"], beside(alias_of="other"), {}),
        # Half done: the aliases are moved, the old collection was not deleted yet.
        (
            [],
            beside(live(aliases=(), pulse=Pulse(51), switch=SWITCHED), exists=True, config=CONFIG, count=50),
            {"keep_old": False},
        ),
    ],
)
def test_refusals(codes, target, options):
    aliases = {"live": "articles"} if target.live.switch is None else {"live": NEW}
    if target.live.switch is not None:
        note = Intent("u", NEW, "switch", PROVEN, "t", backup_id=ID, sha256="a" * 64)
        target = dataclasses.replace(target, unfinished=note)
    plan = planned(target, RestoreOptions(mode="switch", **options), aliases=aliases)
    assert [refusal.code for refusal in plan.refusals] == codes
    for refusal in plan.refusals:
        assert refusal.message.endswith(".") and refusal.next


@pytest.mark.parametrize(("name", "words"), [(NEW, []), ("mine", ["--name", "mine"])])
def test_the_command_that_allows_the_gap_keeps_a_name_that_was_given(name, words):
    options = RestoreOptions(mode="switch", name="mine" if words else None)
    (refusal,) = planned(dataclasses.replace(beside(live(aliases=())), name=name), options, aliases={}).refusals
    line = ["qdrant-backup", "restore", "articles", "--backup-id", ID, *words, "--mode", "switch", "--accept-gap"]
    assert shlex.join(line) in refusal.next


def test_a_copy_that_an_earlier_switch_left_is_told():
    """Killed before its alias was moved, and repeated from a newer backup."""
    older = "articles__20261121t190000z"
    note = Intent(
        "http://n:6333", older, "switch", PROVEN, "t", backup_id="20261121T190000Z", origin="articles__20261120t190000z"
    )
    aliases, existing = {"live": "articles"}, {"articles", older}
    assert left_beside(SOURCE, [note], aliases, existing) == (note,)
    assert left_beside(SOURCE, [note], {"live": older}, existing) == (), "clients use it"
    assert left_beside(SOURCE, [note], aliases, {"articles"}) == (), "it is gone"
    for changes in ({"mode": "new"}, {"step": LEFT_ALONE}, {"origin": "other"}):
        assert left_beside(SOURCE, [dataclasses.replace(note, **changes)], aliases, existing) == ()
    drop = f"curl -X DELETE http://n:6333/collections/{older}"
    key = ' -H "api-key: $QDRANT_API_KEY"'
    told = [text for text in planned(beside(live(left=(note,))), keyed=True).warnings if older in text]
    assert told[0].endswith(drop + key)
    told = [text for text in planned(beside(live(left=(note,)))).warnings if older in text]
    assert len(told) == 1 and "from backup 20261121T190000Z" in told[0] and told[0].endswith(f"delete it: {drop}")
    partial = dataclasses.replace(note, step=RECOVER)
    told = [text for text in planned(beside(live(left=(partial,)))).warnings if older in text]
    assert told[0].endswith(f"delete it: {drop}; then close its note: qdrant-backup settle {older} --url http://n:6333")


def test_the_collection_before_a_switch_is_not_what_clients_use():
    """It was kept, and the newest backup holds it too."""
    other = {"articles", NEW, "elsewhere"}
    record = dataclasses.replace(SWITCHED, collection="elsewhere")
    assert moved_to("articles", [], {"live": NEW}, other) == (NEW, ("live",))
    assert moved_to("articles", [record], {"live": "elsewhere"}, other) == ("elsewhere", ("live",))
    assert moved_to("articles", [], {"live": "elsewhere"}, other) == ("", ())
    assert moved_to("articles", [record], {}, other) == ("", ())
    moved = beside(live(aliases=(), moved_to=(NEW, ("live",))))
    plan = planned(moved, source=src(siblings=frozenset({"articles", NEW})))
    (refusal,) = plan.refusals
    assert refusal.code == "name_is_no_alias" and f"has moved its clients to {NEW} (alias live)" in refusal.message
    assert f"qdrant-backup restore {NEW} --backup-id {ID} --mode switch; or" in refusal.next
    assert f"qdrant-backup restore articles --backup-id {ID} --mode switch --alias=live" in refusal.next
    assert "accept" not in refusal.message + refusal.next
    # A backup that was made before that switch cannot hold its collection.
    (refusal,) = planned(moved).refusals
    named = f"qdrant-backup restore articles --backup-id {ID} --mode switch --alias=live"
    assert refusal.next == f"Name the alias that is to point to the restored data of articles: {named}"


def test_an_archive_of_unknown_size_needs_a_word():
    plan = planned(beside(), source=src(points=None, probe=None))
    assert [refusal.code for refusal in plan.refusals] == ["live_writes"]
    assert not planned(
        beside(), RestoreOptions(mode="switch", accept_write_loss=True), src(points=None, probe=None)
    ).refusals


def test_a_part_of_a_cluster_is_not_switched():
    part = src(shards=frozenset({0}), known_shards=frozenset({0, 1}))
    plan = planned(beside(), source=part, cluster_enabled=True)
    assert [refusal.code for refusal in plan.refusals] == ["switch_part"]


def test_steps():
    plan = planned(beside())
    assert actions(plan) == [*RESTORED, "record switch", "move aliases", "close note of aliases"]
    assert not any(step.destructive for step in plan.steps)
    plan = planned(beside(), RestoreOptions(mode="switch", keep_old=False))
    switched = ["store the old collection", "record switch", "move aliases", "delete the old collection"]
    assert actions(plan) == [*RESTORED, *switched, "close note of aliases"]
    plan = planned(beside(live(aliases=())), RestoreOptions(mode="switch", accept_gap=True))
    switched = ["store the old collection", "record switch", "delete the old collection", "create alias"]
    assert actions(plan) == [*RESTORED, *switched, "close note of aliases"]
    # The name and the aliases: the aliases are moved before the old collection goes, so only its name has the gap.
    plan = planned(beside(), RestoreOptions(mode="switch", accept_gap=True))
    switched.insert(2, "move aliases")
    assert actions(plan) == [*RESTORED, *switched, "close note of aliases"]
    assert [step.action for step in plan.steps if step.destructive] == ["delete the old collection"]


def test_what_was_switched_before_is_not_done_again():
    done = Live((NEW,), True, ("live",), Pulse(50), switch=SWITCHED)
    plan = planned(beside(done, exists=True, config=CONFIG, count=50))
    assert plan.steps == () and plan.refusals == () and "was switched to" in " ".join(plan.warnings)


def test_an_alias_that_another_collection_holds_is_not_taken():
    plan = planned(beside(), RestoreOptions(mode="switch", restore_aliases=True), src(aliases=("search",)),
                   aliases={"live": "articles", "search": "other"})  # fmt: skip
    assert [refusal.code for refusal in plan.refusals] == ["alias_taken"]


def test_the_commands_that_are_told():
    (task,) = make_tasks(
        facts(target=beside(), aliases={"live": "articles"}),
        RestoreOptions(mode="switch", keep_old=False, accept_write_loss=True, alias="live"),
    )
    words = shlex.split(task.intent("t").again())
    assert words == [
        *("qdrant-backup", "restore", "--backup-id", ID, "--name", NEW, "--mode", "switch"),
        *("--alias=live", "--no-keep-old", "--accept-write-loss", "articles"),
    ]
    report = State.first(task).as_dict(task)
    assert report["mode"] == "switch" and report["switched"]["from"] == "articles"
    assert State.first(task).standing is Standing.UNTOUCHED
    assert SWITCHED.back() == "qdrant-backup restore --roll-back=live"

# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a restore that failed leaves and tells: every recipe with every standing."""

from __future__ import annotations

import dataclasses
import itertools
import shlex

import pytest
from ansible_collections.vectorops.qdrant.plugins.module_utils._base.intent import (
    LEFT_ALONE,
    PROVEN,
    RECOVER,
    UNPROVEN,
    Intent,
)
from ansible_collections.vectorops.qdrant.plugins.module_utils._restore.ending import (
    CLOSED,
    ENDINGS,
    advice,
    drop_command,
    ending_of,
)
from ansible_collections.vectorops.qdrant.plugins.module_utils._restore.recipes import RECIPES
from ansible_collections.vectorops.qdrant.plugins.module_utils._restore.standing import Claim, Standing
from ansible_collections.vectorops.qdrant.plugins.module_utils._restore.state import State
from ansible_collections.vectorops.qdrant.plugins.module_utils._restore.task import FINISH, KEEP, make_tasks
from ansible_collections.vectorops.qdrant.plugins.module_utils._restore.values import RestoreOptions, Target
from ansible_collections.vectorops.qdrant.tests.support.copied import copied
from ansible_collections.vectorops.qdrant.tests.unit.restore.test_restore_plan import REPLACE, SOURCE, TAKEN, facts, src

ID = SOURCE.backup_id
AGAIN = {
    "new": f"qdrant-backup restore --backup-id {ID} articles",
    "replace": f"qdrant-backup restore --backup-id {ID} --mode replace articles",
}
BACK = "qdrant-backup restore --snapshot s-1 --mode replace articles"
SETTLE = "qdrant-backup settle articles"


def task_of(recipe, source=SOURCE, **options):
    target = TAKEN if recipe == "replace" else Target(options.get("name", "articles"))
    given = dataclasses.replace(REPLACE, **options) if recipe == "replace" else RestoreOptions(**options)
    (task,) = make_tasks(facts(source, target), given)
    assert task.recipe == recipe
    return task


def test_every_recipe_knows_every_ending():
    begun = {(FINISH, Standing.WHOLE), (FINISH, Standing.UNPROVEN), (FINISH, Standing.PROVEN)}
    others = itertools.product(set(RECIPES) - {FINISH, KEEP}, set(Standing) - {Standing.PRESENT})
    assert set(ENDINGS) == {*others, *begun, (KEEP, Standing.PRESENT)}


@pytest.mark.parametrize(
    "recipe, standing, note, commands",
    [
        ("new", Standing.UNTOUCHED, CLOSED, [AGAIN["new"]]),
        ("new", Standing.CLEARED, CLOSED, [AGAIN["new"]]),
        ("new", Standing.ASKED, RECOVER, [AGAIN["new"]]),
        ("new", Standing.IN_DOUBT, RECOVER, [AGAIN["new"]]),
        ("new", Standing.WHOLE, RECOVER, [AGAIN["new"]]),
        ("new", Standing.UNPROVEN, CLOSED, []),
        ("new", Standing.PROVEN, PROVEN, []),
        ("replace", Standing.UNTOUCHED, CLOSED, [AGAIN["replace"]]),
        ("replace", Standing.CLEARED, CLOSED, [AGAIN["replace"]]),
        ("replace", Standing.ASKED, RECOVER, [AGAIN["replace"]]),
        ("replace", Standing.IN_DOUBT, RECOVER, [AGAIN["replace"], BACK]),
        ("replace", Standing.WHOLE, RECOVER, [AGAIN["replace"], BACK]),
        ("replace", Standing.UNPROVEN, UNPROVEN, [SETTLE, BACK]),
        ("replace", Standing.PROVEN, CLOSED, []),
    ],
)
def test_what_stays_noted_and_which_commands_are_told(recipe, standing, note, commands):
    claim = Claim.THEIRS if recipe == "replace" else Claim.OURS
    assert ending_of(recipe, standing, claim).note == note
    told = advice(task_of(recipe), State(standing, claim, safety_snapshot="s-1"), "")
    assert copied(told) == commands and "{" not in told and "  " not in told and ";;" not in told
    assert ("may be mixed" in told) == (recipe == "replace" and standing in (Standing.ASKED, Standing.IN_DOUBT))
    assert ("restored and proven" in told) == (standing is Standing.PROVEN)


@pytest.mark.parametrize(
    "mode, step, standing",
    [
        ("replace", RECOVER, Standing.IN_DOUBT),
        ("replace", UNPROVEN, Standing.UNTOUCHED),
        ("new", LEFT_ALONE, Standing.UNTOUCHED),
    ],
)
def test_a_replacement_that_did_not_end_leaves_its_doubt_to_the_next(mode, step, standing):
    target = dataclasses.replace(TAKEN, intent=Intent("u", "articles", mode, step, "t"))
    (task,) = make_tasks(facts(target=target), REPLACE)
    assert State.first(task).standing is standing


def test_nothing_leads_back_where_no_safety_snapshot_was_taken():
    told = advice(task_of("replace"), State(Standing.UNPROVEN, Claim.THEIRS), "")
    assert SETTLE in told and "--snapshot" not in told


def test_the_command_that_removes_the_target_has_the_key():
    task = dataclasses.replace(task_of("new", name="a#b"), keyed=True)
    assert shlex.split(drop_command(task))[3:] == [
        "http://127.0.0.1:6333/collections/a%23b",
        "-H",
        "api-key: $QDRANT_API_KEY",
    ]
    (task,) = make_tasks(facts(keyed=True), RestoreOptions())
    assert task.keyed


def test_somebody_elses_collection_is_left_alone():
    assert ending_of("new", Standing.IN_DOUBT, Claim.THEIRS).note == LEFT_ALONE
    told = advice(task_of("new"), State(Standing.IN_DOUBT, Claim.THEIRS), "")
    assert (
        "left alone" in told
        and f"qdrant-backup restore --backup-id {ID} --name ANOTHER_NAME articles; or check it" in told
    )


def test_the_cause_has_the_first_word_on_what_to_mend():
    told = advice(task_of("new"), State(), "Free disk space {now}.")
    assert told.endswith("Free disk space {now}.") and "Try again" not in told


def test_a_cause_that_ends_with_a_command_is_apart_from_what_follows():
    cause = "To set it: curl -X PUT http://n/a"
    told = advice(task_of("new"), State(Standing.IN_DOUBT, Claim.OURS), cause)
    assert told.startswith(f"{cause}; Fix the cause, then restore again: {AGAIN['new']}; what was left is removed")
    assert advice(task_of("new"), State(), cause).endswith(cause)


@pytest.mark.parametrize(
    "command, source, options",
    [
        ("restore --name copy --backup-id", SOURCE, {"name": "copy"}),
        ("restore --backup-id 20261122T190000Z articles --node n-2", SOURCE, {"node_name": "n-2"}),
        ("restore --snapshot a.snapshot articles", src(kind="snapshot", location="a.snapshot"), {}),
        ("restore --src '/a b.snapshot' articles", src(kind="file", location="/a b.snapshot"), {}),
        ("QDRANT_BACKUP_SNAPSHOT_URL=URL qdrant-backup restore articles", src(kind="url", backup_id=""), {}),
    ],
)
def test_the_same_archive_is_named_in_the_command(command, source, options):
    told = advice(task_of("new", source, **options), State(), "")
    words = set(shlex.split(command)) - {"qdrant-backup", "restore"}
    assert words <= set(shlex.split(told.partition("Try again: ")[2]))


def test_a_name_like_an_option_is_none():
    usual = "http://127.0.0.1:6334"
    intent = Intent(usual, "-a", "replace", RECOVER, "t", backup_id="B", source="repository")
    assert intent.settle() == f"qdrant-backup settle --url {usual} -- -a"
    assert intent.again() == f"qdrant-backup restore --backup-id B --mode replace --url {usual} -- -a"


@pytest.mark.parametrize(
    "step, mode, safety, expected",
    [
        (RECOVER, "replace", "s", "qdrant-backup restore --backup-id B --mode replace a"),
        (UNPROVEN, "replace", "s", "qdrant-backup restore --snapshot s --mode replace a"),
        (UNPROVEN, "replace", "", "qdrant-backup settle a"),
        (LEFT_ALONE, "new", "", "qdrant-backup restore --backup-id B --name ANOTHER_NAME a"),
    ],
)
def test_what_status_tells_of_a_note(step, mode, safety, expected):
    usual = "http://127.0.0.1:6333"
    intent = Intent(usual, "a", mode, step, "t", backup_id="B", safety_snapshot=safety, source="repository")
    assert intent.remedy() == expected
    elsewhere = dataclasses.replace(intent, url="http://10.0.0.5:6333").remedy()
    assert elsewhere == f"{expected} --url http://10.0.0.5:6333"
    if step == UNPROVEN:
        assert "may be mixed" not in intent.warning() and "not what was backed up" in intent.warning()

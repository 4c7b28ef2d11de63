# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The summary of a plan: what is read, how long that takes, how old it is, what would be lost."""

from __future__ import annotations

import dataclasses

import pytest
from ansible_collections.vectorops.qdrant.plugins.module_utils._program.planned import summary_lines
from ansible_collections.vectorops.qdrant.plugins.module_utils._restore.history import measured_in
from ansible_collections.vectorops.qdrant.plugins.module_utils._restore.plan import make_plan
from ansible_collections.vectorops.qdrant.plugins.module_utils._restore.values import (
    Live,
    Measured,
    Pulse,
    RestoreOptions,
    Target,
)
from ansible_collections.vectorops.qdrant.tests.unit.restore.test_restore_plan import REPLACE, SOURCE, TAKEN, facts, src

KNOWN = src(grade=1, storage_class="STANDARD", made_at="2026-11-22T19:00:00Z", bytes=20 << 20)
NOW = "2026-11-23T00:03:00Z"


def lines(given, options=None):
    return summary_lines(make_plan(given, options or RestoreOptions()).plan.as_dict()["summary"])


def test_what_is_known():
    given = facts(KNOWN, now=NOW, measured=Measured(2, 10 << 20, 5.0), free_bytes=9 << 30)
    assert lines(given) == [
        "  reads 1 archive, 20.0 MiB, storage class STANDARD",
        "  takes about 10 s (2.0 MiB/s in 2 earlier restores from this repository)",
        "  backup 20261122T190000Z, 5 h 3 min old",
        "  proven so far: grade 1",
        "  Qdrant 1.18.3 in the backup, 1.18.3 on the node",
        "  needs about 104.0 MiB of space, free: 9.0 GiB in the snapshots folder",
    ]


def test_what_is_not_known_is_told_as_such():
    found = "\n".join(lines(facts()))
    assert "duration unknown" in found and "grade unknown" in found and "free: unknown" in found
    assert lines(facts(pairs=())) == []


@pytest.mark.parametrize(
    "target, options, told",
    [
        (
            TAKEN,
            REPLACE,
            "  articles exists (70 points, 50 in the backup); writes since the backup are lost to clients",
        ),
        (TAKEN, RestoreOptions(mode="missing"), "  articles exists (70 points, 50 in the backup)"),
        (
            Target("articles__x", live=Live(("articles",), True, ("live",), Pulse(70))),
            RestoreOptions(mode="switch", accept_write_loss=True),
            "  articles exists (70 points, 50 in the backup); writes since the backup are lost to clients",
        ),
    ],
)
def test_what_would_be_lost(target, options, told):
    assert lines(facts(KNOWN, target), options)[-1] == told


@pytest.mark.parametrize("rpo, warned", [(None, False), (86400.0, False), (3600.0, True)])
def test_a_backup_older_than_rpo_is_warned_of(rpo, warned):
    plan = make_plan(facts(KNOWN, now=NOW), RestoreOptions(rpo=rpo)).plan
    told = "The backup is 5 h 3 min old, and rpo allows 1 h 0 min."
    assert (told in plan.warnings) == warned and plan.summary["rpo_seconds"] == rpo


def test_several_storage_classes_and_grades():
    other = dataclasses.replace(KNOWN, collection="notes", grade=None, storage_class="GLACIER_IR")
    found = lines(facts(pairs=((KNOWN, Target("articles")), (other, Target("notes")))))
    assert found[0].endswith("storage class STANDARD 20.0 MiB, GLACIER_IR 20.0 MiB")
    assert "  proven so far: grade articles 1, notes unknown" in found


def test_an_archive_that_must_be_thawed_is_refused_with_the_command():
    frozen = src(frozen="it is in storage class GLACIER: ...", thaw="aws s3api restore-object ...")
    (refusal,) = make_plan(facts(frozen), RestoreOptions()).plan.refusals
    assert refusal.code == "archive_frozen" and refusal.next.endswith(frozen.thaw)
    (refusal,) = make_plan(facts(src(frozen="it is being restored")), RestoreOptions()).plan.refusals
    assert "when it can be read" in refusal.next


@pytest.mark.parametrize(
    "documents, found",
    [
        ([], None),
        (
            [{"facts": {"counts": {}}}, {}, {"facts": "a text"}, {"facts": {"restored": {"bytes": "1", "seconds": 2}}}],
            None,
        ),
        ([{"facts": {"restored": {"bytes": 0, "seconds": 2}}}], None),
        (
            [
                {"facts": {"restored": {"bytes": 10, "seconds": 2}}},
                {"facts": {"restored": {"bytes": 30, "seconds": 2.0}}},
            ],
            Measured(2, 40, 4.0),
        ),
    ],
)
def test_earlier_restores(documents, found):
    assert measured_in(documents) == found
    assert found is None or found.seconds_for(100) == 10.0


def test_the_summary_is_in_the_refusal_too():
    plan = make_plan(facts(dataclasses.replace(SOURCE), TAKEN), RestoreOptions()).plan
    assert plan.refusals and plan.as_dict()["summary"]["exists"][0]["points"] == 70

# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the plan of a restore tells before anything is changed: the class of the archives, age, grade and duration."""

from __future__ import annotations

import json
import os
import shlex
import time

import pytest
from ansible_collections.vectorops.qdrant.plugins.module_utils._base.errors import RefusedError
from ansible_collections.vectorops.qdrant.tests.support.aws import client_of

KEYS = ("made-up-access-key", "made-up-secret-key-of-restores")


@pytest.mark.parametrize("storage_class, hours", [("GLACIER", "3-5 hours"), ("DEEP_ARCHIVE", "12 hours")])
def test_an_archive_in_a_frozen_class_is_refused_with_the_command_that_helps(rig, aws, storage_class, hours):
    client, bucket = client_of(aws, *KEYS), "b" + os.urandom(6).hex()
    client.create_bucket(Bucket=bucket)
    store = {"bucket": bucket, "endpoint_url": aws, "access_key": KEYS[0], "secret_key": KEYS[1], "prefix": "deep/er"}
    rig.fill()
    before = rig.contents()
    rig.run("back_up", **store, storage_class=storage_class)
    rig.drop()
    with pytest.raises(RefusedError, match=hours) as refused:
        rig.run("restore", **store)
    (refusal,) = refused.value.details["refusals"]
    assert refusal["code"] == "archive_frozen" and rig.collections() == []
    assert refused.value.details["plan"]["summary"]["storage_classes"][storage_class]["archives"] == 1
    words = shlex.split(refusal["next"].partition(": ")[2])
    assert words[:3] == ["aws", "s3api", "restore-object"] and KEYS[1] not in refusal["next"]
    given = dict(zip(words[3::2], words[4::2]))
    assert given["--endpoint-url"] == aws and given["--bucket"] == bucket and given["--key"].startswith("deep/er/")
    client.restore_object(
        Bucket=bucket, Key=given["--key"], RestoreRequest=json.loads(given["--restore-request"])
    )  # moto does in a moment what takes AWS hours
    assert rig.run("restore", **store)["ok"] and rig.contents() == before


def test_the_plan_knows_the_age_the_grade_and_earlier_restores(rig):
    rig.fill()
    rig.run("back_up")
    rig.drop()
    planned = rig.run("restore", check=True, rpo="1w")
    found = planned["plan"]["summary"]
    assert found["measured"] is None and found["expected_seconds"] is None and found["grades"] == {"articles": 0}
    assert found["age_seconds"] < 600 and found["rpo_seconds"] == 7 * 86400 and found["exists"] == []
    assert found["storage_classes"]["STANDARD"]["bytes"] == found["bytes"] > 0 and found["archives"] == 1
    assert not any("rpo" in text for text in planned["warnings"])
    rig.run("restore")
    rig.drop()
    time.sleep(1.1)  # the age is in whole seconds
    planned = rig.run("restore", check=True, rpo="0s")
    found = planned["plan"]["summary"]
    assert (
        found["grades"] == {"articles": 3}
        and found["measured"]["restores"] == 1
        and found["expected_seconds"] is not None
    )
    assert any("rpo allows 0 s" in text for text in planned["warnings"])

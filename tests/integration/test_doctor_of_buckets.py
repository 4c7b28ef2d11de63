# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the doctor finds at a bucket: versioning, Object Lock, lifecycle, on a server that knows them as AWS does."""

from __future__ import annotations

import os

import pytest
from ansible_collections.vectorops.qdrant.tests.support.aws import client_of

pytestmark = pytest.mark.integration
KEYS = ("doctor", "made-up-secret-key-of-the-doctor")


@pytest.fixture
def bucket(aws):
    return client_of(aws, *KEYS), "b" + os.urandom(6).hex()


@pytest.fixture
def findings(rig, aws, bucket):
    """What it says of the repository: what -> (severity, next)."""

    def ask():
        access_key, secret_key = KEYS
        report = rig.run(
            "doctor", bucket=bucket[1], endpoint_url=aws, access_key=access_key, secret_key=secret_key, prefix="deep/er"
        )
        about = [one for one in report["findings"] if one["area"] == "repository"]
        return {one["what"]: (one["severity"], one["fix"]) for one in about}

    return ask


def severity(found, *words):
    """Of the one finding that has all the words."""
    fitting = [about[0] for what, about in found.items() if all(word in what for word in words)]
    assert len(fitting) == 1, (words, found)
    return fitting[0]


def rule(name, prefix, **does):
    return {"ID": name, "Status": "Enabled", "Filter": {"Prefix": prefix}, **does}


def test_a_bucket_without_any_care(bucket, findings):
    client, name = bucket
    client.create_bucket(Bucket=name)
    found = findings()
    assert severity(found, "Versioning is off") == "warning"
    assert f"--bucket {name}" in found["Versioning is off: what is deleted or overwritten is gone."][1]
    assert severity(found, "Object Lock is off") == "ok"
    assert severity(found, "drops unfinished uploads") == "warning"


def test_a_bucket_that_loses_backups_by_its_lifecycle(bucket, findings):
    client, name = bucket
    client.create_bucket(Bucket=name, ObjectLockEnabledForBucket=True)
    hold = {"Mode": "GOVERNANCE", "Days": 7}
    client.put_object_lock_configuration(
        Bucket=name,
        ObjectLockConfiguration={"ObjectLockEnabled": "Enabled", "Rule": {"DefaultRetention": hold}},
    )
    rules = [rule("all", "", Expiration={"Days": 3}, Transitions=[{"Days": 0, "StorageClass": "GLACIER"}])]
    client.put_bucket_lifecycle_configuration(Bucket=name, LifecycleConfiguration={"Rules": rules})
    found = findings()
    assert severity(found, "Versioning is on") == "ok" and severity(found, "Object Lock is on (GOVERNANCE)") == "ok"
    assert severity(found, "deletes manifests", "after 3 days") == "warning"
    assert severity(found, "moves manifests", "to GLACIER") == "error"
    assert severity(found, "moves archives to GLACIER", "thawed") == "warning"
    assert severity(found, "deletes old versions") == "warning"


def test_a_bucket_that_is_well_kept(bucket, findings):
    client, name = bucket
    client.create_bucket(Bucket=name)
    client.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
    rules = [
        rule("archives", "deep/er/search/archives/", Transitions=[{"Days": 30, "StorageClass": "GLACIER_IR"}]),
        rule("old versions", "", NoncurrentVersionExpiration={"NoncurrentDays": 30}),
        rule("uploads", "", AbortIncompleteMultipartUpload={"DaysAfterInitiation": 7}),
    ]
    client.put_bucket_lifecycle_configuration(Bucket=name, LifecycleConfiguration={"Rules": rules})
    found = findings()
    assert severity(found, "Versioning is on") == "ok"
    assert not [what for what in found if "ule" in what and found[what][0] != "ok" and "lifecycle" in what], found

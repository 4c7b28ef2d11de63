# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Policies: whose keys, which actions."""

from __future__ import annotations

import fnmatch

import pytest
from ansible_collections.vectorops.qdrant.plugins.module_utils._base.errors import UsageError
from ansible_collections.vectorops.qdrant.plugins.module_utils._repository import actions, layout
from ansible_collections.vectorops.qdrant.plugins.module_utils._repository.policies import (
    beside,
    bucket_policy,
    role_policy,
)

JUDGES_A_WHOLE = ("restorer", "drill", "pruner")  # they may see what the other nodes stored, not read the archives
ARN = "arn:aws:s3:::b/"
CLUSTER, NODE = "a cluster*", "node-a"


def policy(role, **more):
    return role_policy(role, **{"bucket": "b", "prefix": "/p//q/", "cluster": CLUSTER, "node": NODE, **more})


def allows(document, action, key):
    """As the store would judge: whether a statement covers an action on a key."""
    for statement in document["Statement"]:
        if action in statement["Action"] and statement["Effect"] == "Allow":
            patterns = [resource for resource in statement["Resource"] if resource.startswith(ARN)]
            if any(fnmatch.fnmatchcase(ARN + key, pattern) for pattern in patterns):
                return True
    return False


def keys(node):
    return {
        "archives": layout.archive_key(CLUSTER, node, "20261122T190000Z", "c", "f.snapshot"),
        "manifests": layout.manifest_key(CLUSTER, node, "20261122T190000Z"),
        "proofs": layout.proof_key(CLUSTER, node, "20261122T190000Z", "20261122T190001Z", 1),
        "locks": layout.lock_key(CLUSTER, node),
        "doctor": layout.doctor_prefix(CLUSTER, node) + "probe",
        "pins": layout.pin_key(CLUSTER, "20261122T190000Z"),
        "drills": layout.drill_key(CLUSTER, node, "20261122T190000Z", True),
    }


@pytest.mark.parametrize("role", sorted(actions.ROLES))
@pytest.mark.parametrize("action", ["s3:PutObject", "s3:GetObject", "s3:DeleteObject", "s3:AbortMultipartUpload"])
def test_a_role_may_do_what_its_list_says_on_its_own_keys_alone(role, action):
    granted = {kind for grant in actions.ROLES[role] if grant.action == action for kind in grant.kinds}
    every = {
        kind for grant in actions.ROLES[role] if grant.action == action and grant.every_node for kind in grant.kinds
    }
    assert every <= {"manifests", "proofs"}
    document = policy(role)
    for kind, key in keys(NODE).items():
        assert allows(document, action, "p/q/" + key) == (kind in granted), kind
        assert not allows(document, action, key), "outside the prefix"
    for kind, key in keys("node-b").items():
        shared = kind in granted and (kind == "pins" or kind in every)
        assert allows(document, action, "p/q/" + key) == shared, kind


def test_without_a_node_every_node_is_meant():
    document = policy("restorer", node=None)
    assert allows(document, "s3:GetObject", "p/q/" + keys("node-b")["archives"])
    assert not allows(document, "s3:GetObject", "p/q/" + keys("node-b")["archives"].replace("a%20cluster", "other"))


def test_only_the_pruner_can_delete():
    who = [role for role in actions.ROLES if "s3:DeleteObject" in str(policy(role))]
    assert who == ["pruner"]


def test_listing_is_narrowed_by_prefix():
    (listing,) = [one for one in policy("writer")["Statement"] if one["Action"] == ["s3:ListBucket"]]
    prefixes = listing["Condition"]["StringLike"]["s3:prefix"]
    base = "p/q/a%20cluster%2A/"
    assert listing["Resource"] == ["arn:aws:s3:::b"]
    assert base + "manifests/*" in prefixes, "whether a backup is complete is told from the other nodes' names"
    assert base + "archives/node-a/*" in prefixes and base + "archives/*" not in prefixes


@pytest.mark.parametrize("role", sorted(actions.ROLES))
def test_who_brings_a_part_of_a_cluster_back_may_see_whether_the_rest_lies_there(role):
    (listing,) = [one for one in policy(role)["Statement"] if one["Action"] == ["s3:ListBucket"]]
    prefixes = listing["Condition"]["StringLike"]["s3:prefix"]
    assert ("p/q/a%20cluster%2A/archives/*" in prefixes) == (role in JUDGES_A_WHOLE)
    assert ("p/q/a%20cluster%2A/proofs/*" in prefixes) == (role == "pruner")


@pytest.mark.parametrize("role", sorted(actions.ROLES))
def test_every_statement_has_a_name_of_its_own_and_no_wildcard_action(role):
    statements = policy(role, kms_key_id="1234")["Statement"]
    names = [statement["Sid"] for statement in statements]
    assert len(set(names)) == len(names) and all(name.isalnum() for name in names)
    assert not [action for statement in statements for action in statement["Action"] if "*" in action]


@pytest.mark.parametrize(
    ("key", "resource"),
    [
        ("arn:aws:kms:eu-central-1:1:key/2", "arn:aws:kms:eu-central-1:1:key/2"),
        ("1234", "arn:aws:kms:*:*:key/1234"),
        ("alias/backups", "arn:aws:kms:*:*:key/*"),
        ("arn:aws:kms:eu-central-1:1:alias/backups", "arn:aws:kms:*:*:key/*"),
    ],
)
def test_the_kms_key(key, resource):
    statement = policy("writer", kms_key_id=key)["Statement"][-1]
    assert statement["Resource"] == [resource] and "kms:GenerateDataKey" in statement["Action"]
    assert ("Condition" in statement) == ("alias" in key)


def test_wildcards_of_a_prefix_are_escaped():
    document = policy("writer", prefix="what?*$x")
    assert "arn:aws:s3:::b/what${?}${*}${$}x/a%20cluster%2A/archives/node-a/*" in str(document)


def test_the_bucket_policy():
    tls, new = bucket_policy(bucket="b", prefix="p", partition="aws-cn")["Statement"]
    assert tls["Effect"] == new["Effect"] == "Deny" and tls["Principal"] == new["Principal"] == "*"
    assert tls["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
    assert tls["Resource"] == ["arn:aws-cn:s3:::b", "arn:aws-cn:s3:::b/*"]
    assert new["Resource"] == ["arn:aws-cn:s3:::b/p/*/archives/*", "arn:aws-cn:s3:::b/p/*/manifests/*"]
    assert new["Condition"]["Null"] == {"s3:if-none-match": "true"}
    assert new["Condition"]["Bool"] == {"s3:ObjectCreationOperation": "true"}, "or no upload by parts could begin"


def test_what_is_no_role_or_no_bucket():
    with pytest.raises(UsageError, match="is an unknown role"):
        policy("owner")
    with pytest.raises(UsageError, match="A policy needs a bucket"):
        bucket_policy(bucket="")


THEIRS = {"Effect": "Deny", "Principal": "*", "Action": "s3:DeleteBucket", "Resource": "arn:aws:s3:::b"}


@pytest.mark.parametrize("there", [THEIRS, [THEIRS], [{**THEIRS, "Sid": "Theirs"}, THEIRS]])
def test_statements_of_others_stay_beside_ours(there):
    ours = bucket_policy(bucket="b", prefix="p")
    found = beside({"Version": "2008-10-17", "Id": "theirs", "Statement": there}, ours)
    others = there if isinstance(there, list) else [there]
    assert found == {"Version": "2012-10-17", "Id": "theirs", "Statement": [*others, *ours["Statement"]]}
    assert beside(found, ours) == found
    assert beside(None, ours) == beside({}, ours) == ours


def test_two_prefixes_in_one_bucket_are_both_protected():
    first, second = bucket_policy(bucket="b", prefix="p"), bucket_policy(bucket="b", prefix="q")
    tls, new = beside(first, second)["Statement"]
    assert tls == first["Statement"][0]
    assert set(new["Resource"]) == {
        f"arn:aws:s3:::b/{part}/*/{kind}/*" for part in "pq" for kind in ("archives", "manifests")
    }


def test_a_statement_that_only_bears_our_name_is_refused():
    ours = bucket_policy(bucket="b")
    with pytest.raises(UsageError, match="another statement NeverOverwrite"):
        beside({"Statement": {**THEIRS, "Sid": "NeverOverwrite"}}, ours)


def test_ours_is_known_in_the_short_form_that_stores_give_back():
    ours = bucket_policy(bucket="b", prefix="p")
    short = [{**one, "Action": one["Action"][0], "Principal": {"AWS": "*"}} for one in ours["Statement"]]
    assert beside({"Version": "2012-10-17", "Statement": short}, ours) == ours


def test_without_tls_a_statement_that_is_there_stays():
    ours = bucket_policy(bucket="b", tls=False)
    assert [one["Sid"] for one in ours["Statement"]] == ["NeverOverwrite"]
    assert len(beside(bucket_policy(bucket="b"), ours)["Statement"]) == 2

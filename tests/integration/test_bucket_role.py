# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The role qdrant_bucket by its playbook: against moto, which knows what AWS knows, and SeaweedFS, which does not."""

from __future__ import annotations

import json
import os
import pathlib
import re
import urllib.parse

import pytest
import yaml
from ansible_collections.vectorops.qdrant.plugins.module_utils._repository.policies import bucket_policy, role_policy
from ansible_collections.vectorops.qdrant.tests.support.ansible import Ansible, all_collections_path, has_collection
from ansible_collections.vectorops.qdrant.tests.support.proxy import FaultProxy

pytestmark = [
    pytest.mark.integration,
    pytest.mark.skipif(
        not has_collection("community.aws"), reason="amazon.aws and community.aws are not here: tools/galaxy.py"
    ),
]
ROLE = pathlib.Path(__file__).parents[2] / "roles" / "qdrant_bucket"
SECRET = "made-up-secret-key-of-the-owner"
SAID = "Show which settings were skipped, and why"
REFUSED = "Fail where the store refused what was asked"
TOO_EARLY = "'Days' in Transition action must be greater than or equal to 30 for storageClass 'STANDARD_IA'"


class Owner:
    """Runs the playbook for one bucket and looks at what came of it."""

    def __init__(self, directory, url, access_key="owner", secret_key=SECRET, **more):
        self.ansible, self.url, self.keys = Ansible(directory, (secret_key,)), url, (access_key, secret_key)
        self.more = {
            "qdrant_bucket_name": "b" + os.urandom(6).hex(),
            "qdrant_bucket_endpoint_url": url,
            "qdrant_bucket_access_key": access_key,
            "qdrant_bucket_secret_key": secret_key,
            "qdrant_backup_cluster": "search",
            "qdrant_backup_prefix": "deep/er",
            **more,
        }
        self.bucket = self.more["qdrant_bucket_name"]

    def play(self, *options, **variables):
        environment = {"ANSIBLE_COLLECTIONS_PATH": all_collections_path()}
        return self.ansible.run(
            "vectorops.qdrant.bucket", {**self.more, **variables}, *options, environment=environment
        )

    def client(self, service="s3"):
        from botocore.config import Config
        from botocore.session import Session

        return Session().create_client(
            service,
            endpoint_url=self.url,
            region_name="us-east-1",
            aws_access_key_id=self.keys[0],
            aws_secret_access_key=self.keys[1],
            config=Config(s3={"addressing_style": "path"}),
        )

    def rules(self):
        found = self.client().get_bucket_lifecycle_configuration(Bucket=self.bucket)["Rules"]
        return {rule["ID"]: rule for rule in found}


def changes(run):
    """Tasks that changed something."""
    return [result.task for result in run.results if result.values.get("changed")]


def left_out(run):
    (said,) = [one for one in run.results if one.task.endswith(SAID)]
    return "\n".join(said["msg"])


@pytest.mark.oldest_controller
def test_a_bucket_with_everything(aws, tmp_path):
    owner = Owner(
        tmp_path,
        aws,
        qdrant_bucket_iam_endpoint_url=aws,
        qdrant_bucket_store="aws",
        qdrant_bucket_object_lock="enabled",
        qdrant_bucket_iam_roles=[{"name": "our-restorer", "policy": "restorer"}],
    )
    run = owner.play("--check")
    assert run.code == 0, run.output[-3000:]
    s3, iam = owner.client(), owner.client("iam")
    assert owner.bucket not in [one["Name"] for one in s3.list_buckets()["Buckets"]], "check mode makes nothing"

    run = owner.play(qdrant_bucket_object_lock_days=3)
    assert run.code == 0, run.output[-3000:]
    lock = s3.get_object_lock_configuration(Bucket=owner.bucket)["ObjectLockConfiguration"]
    assert lock["ObjectLockEnabled"] == "Enabled" and lock["Rule"]["DefaultRetention"]["Days"] == 3
    assert s3.get_bucket_versioning(Bucket=owner.bucket)["Status"] == "Enabled"
    rule = s3.get_bucket_encryption(Bucket=owner.bucket)["ServerSideEncryptionConfiguration"]["Rules"][0]
    assert rule["ApplyServerSideEncryptionByDefault"]["SSEAlgorithm"] == "AES256"
    assert all(s3.get_public_access_block(Bucket=owner.bucket)["PublicAccessBlockConfiguration"].values())
    ownership = s3.get_bucket_ownership_controls(Bucket=owner.bucket)["OwnershipControls"]["Rules"]
    assert ownership == [{"ObjectOwnership": "BucketOwnerEnforced"}]
    rules = owner.rules()
    archives = rules["qdrant deep/er/search/archives"]
    assert archives["Filter"]["Prefix"] == "deep/er/search/archives/" and archives["Expiration"]["Days"] == 365
    assert [(t["StorageClass"], t["Days"]) for t in archives["Transitions"]] == [("STANDARD_IA", 7), ("GLACIER_IR", 30)]
    assert [name for name, rule in rules.items() if rule.get("Transitions")] == ["qdrant deep/er/search/archives"]
    assert rules["qdrant deep/er/search/manifests"]["Expiration"]["Days"] == 365
    leftovers = rules["qdrant deep/er/search/leftovers"]
    assert leftovers["NoncurrentVersionExpiration"]["NoncurrentDays"] == 30
    assert leftovers["AbortIncompleteMultipartUpload"]["DaysAfterInitiation"] == 7 and "Expiration" not in leftovers

    policy = json.loads(s3.get_bucket_policy(Bucket=owner.bucket)["Policy"])
    ours = bucket_policy(bucket=owner.bucket, prefix="deep/er")["Statement"]
    assert policy["Statement"] == [one for one in ours if one["Sid"] != "OnlyWithTls"]
    assert "TLS only" in left_out(run), "over http the owner would be locked out"
    expected = [("qdrant-backup-node-a", "writer", "node-a"), ("qdrant-backup-node-b", "writer", "node-b")]
    for name, role, node in [*expected, ("our-restorer", "restorer", None)]:
        found = iam.get_role_policy(RoleName=name, PolicyName=f"qdrant-{role}")["PolicyDocument"]
        found = json.loads(urllib.parse.unquote(found)) if isinstance(found, str) else found
        assert found == role_policy(role, bucket=owner.bucket, prefix="deep/er", cluster="search", node=node)
        assert iam.get_instance_profile(InstanceProfileName=name)["InstanceProfile"]["Roles"][0]["RoleName"] == name
        assert iam.get_role(RoleName=name)["Role"]["AssumeRolePolicyDocument"]["Statement"][0]["Principal"] == {
            "Service": "ec2.amazonaws.com"
        }
    # moto tells of zero years beside the days of a retention, which AWS does not, and the module sees a change in that.
    assert changes(owner.play()) == []


def test_hosts_of_several_clusters_get_what_is_theirs(aws, tmp_path):
    """As the guides have it: a cluster for each host; and a fresh host that may restore another's."""
    owner = Owner(
        tmp_path,
        aws,
        qdrant_bucket_iam_endpoint_url=aws,
        qdrant_bucket_iam_name="two",
        qdrant_backup_cluster="of-{{ inventory_hostname }}",
        qdrant_backup_prefix="{{ 'deep/er' if inventory_hostname == 'node-a' else 'flat' }}",
        qdrant_backup_node="{{ inventory_hostname }}.example.org",
        qdrant_bucket_iam_roles=[
            {"name": "two-node-a.example.org", "policy": "restorer", "cluster": "of-node-b"},
        ],
    )
    run = owner.play()
    assert run.code == 0, run.output[-3000:]
    bases = {"node-a": ("deep/er", "deep/er/of-node-a/"), "node-b": ("flat", "flat/of-node-b/")}
    expected = {
        f"qdrant {base}{kind}"
        for dummy, base in bases.values()
        for kind in ("archives", "manifests", "proofs", "leftovers")
    }
    assert set(owner.rules()) == expected
    policy = json.loads(owner.client().get_bucket_policy(Bucket=owner.bucket)["Policy"])
    (never,) = [one for one in policy["Statement"] if one["Sid"] == "NeverOverwrite"]
    kept = {f"{prefix}/*/{kind}/*" for prefix, dummy in bases.values() for kind in ("archives", "manifests")}
    assert {one.partition(":::")[2].partition("/")[2] for one in never["Resource"]} == kept
    for host, (prefix, dummy) in bases.items():
        node = f"{host}.example.org"
        assert policy_of(owner, f"two-{node}", "writer") == role_policy(
            "writer", bucket=owner.bucket, prefix=prefix, cluster=f"of-{host}", node=node
        )
    restorer = role_policy("restorer", bucket=owner.bucket, prefix="flat", cluster="of-node-b")
    assert policy_of(owner, "two-node-a.example.org", "restorer") == restorer
    assert "a name for the node" not in run.output
    assert changes(owner.play()) == []


@pytest.mark.oldest_controller
def test_each_cluster_in_one_bucket_has_its_own_days(aws, tmp_path):
    """Those of the first host would delete what the others keep."""
    names = ("standard_ia", "glacier_ir", "expire", "noncurrent", "abort_multipart")
    days = dict(zip(names, ((31, 62), (92, 93), (114, 365), (5, 66), (1, 9))))
    chosen = "{{{{ {} if inventory_hostname == 'node-a' else {} }}}}"
    owner = Owner(
        tmp_path,
        aws,
        qdrant_bucket_iam=False,
        qdrant_backup_cluster="{{ 'dev' if inventory_hostname == 'node-a' else 'prod' }}",
        **{f"qdrant_bucket_{name}_days": chosen.format(*both) for name, both in days.items()},
    )
    assert owner.play().code == 0
    rules = owner.rules()
    for at, cluster in enumerate(("dev", "prod")):
        moves, cold, expire, noncurrent, abort = (days[name][at] for name in names)
        for kind in ("archives", "manifests", "proofs"):
            assert rules[f"qdrant deep/er/{cluster}/{kind}"]["Expiration"]["Days"] == expire
        found = rules[f"qdrant deep/er/{cluster}/archives"]["Transitions"]
        assert [(one["StorageClass"], one["Days"]) for one in found] == [("STANDARD_IA", moves), ("GLACIER_IR", cold)]
        leftovers = rules[f"qdrant deep/er/{cluster}/leftovers"]
        assert leftovers["NoncurrentVersionExpiration"]["NoncurrentDays"] == noncurrent
        assert leftovers["AbortIncompleteMultipartUpload"]["DaysAfterInitiation"] == abort
    # Without a lifecycle for one cluster, its rules stay as they are.
    less = {"qdrant_bucket_lifecycle": chosen.format("'none'", "'enabled'"), "qdrant_bucket_expire_days": 400}
    assert owner.play(**less).code == 0
    rules = owner.rules()
    expiries = {name: rules[f"qdrant deep/er/{name}/archives"]["Expiration"]["Days"] for name in ("dev", "prod")}
    assert expiries == {"dev": 114, "prod": 400}


def policy_of(owner, name, policy):
    found = owner.client("iam").get_role_policy(RoleName=name, PolicyName=f"qdrant-{policy}")["PolicyDocument"]
    return json.loads(urllib.parse.unquote(found)) if isinstance(found, str) else found


ROLE_TASK = {"ansible.builtin.include_role": {"name": "vectorops.qdrant.qdrant_bucket"}}
PLAY = [{"hosts": "10.0.1.*", "gather_facts": False, "tasks": [ROLE_TASK]}]


def addresses(owner, **variables):
    """The role on hosts that the inventory knows by their addresses alone."""
    (owner.ansible.directory / "hosts.yml").write_text("qdrant: {hosts: {10.0.1.11: , 10.0.1.12: , 10.0.1.13: }}\n")
    given = {**owner.more, "ansible_connection": "local", **variables}
    environment = {"ANSIBLE_COLLECTIONS_PATH": all_collections_path()}
    hosts = str(owner.ansible.directory / "hosts.yml")
    return owner.ansible.run(PLAY, given, "-i", hosts, environment=environment)


def test_an_address_is_no_name_of_a_node(aws, tmp_path):
    owner = Owner(tmp_path, aws, qdrant_bucket_iam_endpoint_url=aws)
    run = addresses(owner)
    said = " ".join(run.output.split())
    assert run.code != 0 and "10.0.1.11, 10.0.1.12, 10.0.1.13: an IP address is not a node name" in said
    buckets = [one["Name"] for one in owner.client().list_buckets()["Buckets"]]
    assert owner.bucket not in buckets, "nothing was done"
    run = addresses(owner, qdrant_bucket_iam=False)
    assert run.code == 0, run.output[-3000:]
    named = "node-{{ inventory_hostname.split('.') | last }}"
    run = addresses(owner, qdrant_backup_node=named, qdrant_bucket_iam_name="addressed")
    assert run.code == 0, run.output[-3000:]
    for number in (11, 12, 13):
        assert f"/archives/node-{number}/" in json.dumps(policy_of(owner, f"addressed-node-{number}", "writer"))


@pytest.mark.oldest_controller
@pytest.mark.parametrize(
    ("variables", "sentence"),
    [
        ({"qdrant_bucket_name": "b-{{ inventory_hostname }}"}, "the hosts name several: b-node-a http"),
        ({"qdrant_backup_node": "same"}, "node-a, node-b are all the node same: two hosts of one cluster"),
        (
            {"qdrant_backup_node": "same", "qdrant_backup_cluster": "{{ inventory_hostname }}"},
            "qdrant-backup-same: this IAM role would get two policies",
        ),
        (
            {
                "qdrant_backup_cluster": "{{ inventory_hostname }}",
                "qdrant_bucket_iam_roles": [{"name": "reader", "policy": "restorer"}],
            },
            "reader needs the key cluster. The clusters of this run are node-a, node-b",
        ),
        (
            {"qdrant_bucket_iam_roles": [{"name": "reader", "policy": "restorer", "cluster": "anothre"}]},
            "reader needs the key cluster",
        ),
        ({"qdrant_backup_node": "{{ inventory_hostname }} {{ 'x' * 60 }}"}, "at most 64 letters"),
        (
            {"qdrant_bucket_expire_days": "{{ 14 if inventory_hostname == 'node-a' else 365 }}"},
            "qdrant_bucket_expire_days is 14 for node-a and 365 for node-b. The nodes of one cluster share",
        ),
        (
            {"qdrant_bucket_standard_ia_days": "{{ 'auto' if inventory_hostname == 'node-a' else '90' }}"},
            "qdrant_bucket_standard_ia_days is 7 for node-a and 90 for node-b",
        ),
        (
            {
                "qdrant_backup_cluster": "{{ inventory_hostname }}",
                "qdrant_bucket_versioning": "{{ 'none' if inventory_hostname == 'node-a' else 'enabled' }}",
                "qdrant_bucket_iam_name": "of-{{ inventory_hostname }}",
            },
            "qdrant_bucket_versioning is none for node-a and enabled for node-b; qdrant_bucket_iam_name is of-node-a",
        ),
    ],
)
def test_what_no_host_can_see_alone_is_refused_before_anything_is_done(tmp_path, variables, sentence):
    url = "http://127.0.0.1:9"
    run = Owner(tmp_path, url, qdrant_bucket_iam_endpoint_url=url).play(**variables)
    assert run.code != 0 and sentence in " ".join(run.output.split()), run.output[-3000:]


def test_what_others_set_stays(aws, tmp_path):
    owner = Owner(tmp_path, aws, qdrant_bucket_iam=False)
    s3 = owner.client()
    s3.create_bucket(Bucket=owner.bucket)
    theirs = {"ID": "theirs", "Status": "Enabled", "Filter": {"Prefix": "logs/"}, "Expiration": {"Days": 3}}
    s3.put_bucket_lifecycle_configuration(Bucket=owner.bucket, LifecycleConfiguration={"Rules": [theirs]})
    arn = f"arn:aws:s3:::{owner.bucket}/logs/*"
    statement = {"Sid": "Theirs", "Effect": "Deny", "Principal": "*", "Action": "s3:GetObject", "Resource": arn}
    nameless = {"Effect": "Deny", "Principal": "*", "Action": "s3:DeleteObject", "Resource": arn}
    policy = {"Version": "2012-10-17", "Statement": [statement, nameless]}
    s3.put_bucket_policy(Bucket=owner.bucket, Policy=json.dumps(policy))
    assert owner.play().code == 0
    assert owner.rules()["theirs"]["Expiration"] == {"Days": 3} and len(owner.rules()) == 5
    found = json.loads(s3.get_bucket_policy(Bucket=owner.bucket)["Policy"])["Statement"]
    assert statement in found and nameless in found and len(found) == 3
    assert owner.play(qdrant_backup_prefix="another").code == 0
    found = json.loads(s3.get_bucket_policy(Bucket=owner.bucket)["Policy"])["Statement"]
    (ours,) = [one for one in found if one.get("Sid") == "NeverOverwrite"]
    assert len(found) == 3 and {key.split("/")[0].rpartition(":")[2] for key in ours["Resource"]} == {owner.bucket}
    assert len([key for key in ours["Resource"] if "/deep/er/" in key]) == 2 and len(ours["Resource"]) == 4
    assert changes(owner.play()) == []


@pytest.fixture
def bare(aws, tmp_path):
    """An owner who asks for little. Without the other rules, that of archives is the first to be asked for."""
    little = {"expire_days": 0, "noncurrent_days": 0, "abort_multipart_days": 0, "iam": False, "policy": "none"}
    little |= {"public_access_block": "none", "versioning": "none"}
    return Owner(tmp_path, aws, **{f"qdrant_bucket_{name}": value for name, value in little.items()})


@pytest.mark.oldest_controller
def test_a_day_that_the_store_refuses_is_put_off_and_told(aws, bare):
    owner = bare
    port = int(aws.rpartition(":")[2])
    with FaultProxy(port) as proxy:
        proxy.answer(400, times=1, match="PUT .*lifecycle", code="InvalidArgument", text=TOO_EARLY)
        run = owner.play(qdrant_bucket_endpoint_url=proxy.url)
    assert run.code == 0, run.output[-3000:]
    found = owner.rules()["qdrant deep/er/search/archives"]["Transitions"]
    assert [(t["StorageClass"], t["Days"]) for t in found] == [("STANDARD_IA", 30), ("GLACIER_IR", 60)]
    assert "STANDARD_IA after 7 days: the store refuses it" in left_out(run)


def test_a_store_that_goes_on_refusing_fails_the_play(aws, bare):
    with FaultProxy(int(aws.rpartition(":")[2])) as proxy:
        proxy.answer(400, match="PUT .*lifecycle", code="InvalidArgument", text=TOO_EARLY)
        run = bare.play(qdrant_bucket_endpoint_url=proxy.url)
    (failed,) = [one.values for one in run.results if one.task.endswith(REFUSED)]
    assert run.code != 0 and "The store refused: rule for archives: " in failed["msg"] and TOO_EARLY in failed["msg"]


@pytest.mark.skipif(
    "galaxy-oldest" in os.environ.get("ANSIBLE_COLLECTIONS_PATH", ""),
    reason="the module s3_bucket of amazon.aws before 10 crashes on this answer",
)
def test_a_feature_that_is_refused_is_named_and_the_rest_is_set(aws, tmp_path):
    owner = Owner(tmp_path, aws, qdrant_bucket_store="aws", qdrant_bucket_iam=False)
    with FaultProxy(int(aws.rpartition(":")[2])) as proxy:
        for call, code in (("ownershipControls", "InvalidArgument"), ("versioning", "AccessDenied")):
            proxy.answer(400, match=f"PUT .*{call}", code=code, text="not so")
        run = owner.play(qdrant_bucket_endpoint_url=proxy.url)
        (failed,) = [one.values for one in run.results if one.task.endswith(REFUSED)]
        assert run.code != 0
        for what in ("versioning: ", "object ownership: ", "qdrant_bucket_object_ownership: none leaves it alone"):
            assert what in failed["msg"]
        assert len(owner.rules()) == 4 and owner.client().get_bucket_policy(Bucket=owner.bucket)["Policy"]
        left = {"qdrant_bucket_object_ownership": "none", "qdrant_bucket_versioning": "none"}
        assert owner.play(qdrant_bucket_endpoint_url=proxy.url, **left).code == 0


@pytest.mark.oldest_controller
def test_every_feature_can_be_left_alone(aws, tmp_path):
    features = (
        "versioning",
        "encryption",
        "public_access_block",
        "object_ownership",
        "policy",
        "lifecycle",
        "object_lock",
    )
    none = {f"qdrant_bucket_{name}": "none" for name in features}
    owner = Owner(tmp_path, aws, qdrant_bucket_store="aws", qdrant_bucket_iam=False, **none)
    with FaultProxy(int(aws.rpartition(":")[2])) as proxy:
        assert owner.play(qdrant_bucket_endpoint_url=proxy.url).code == 0
        made = [line for line in proxy.requests if line.startswith("PUT ")]
    assert len(made) == 1 and "?" not in made[0], "the bucket is made, and nothing else is set"


@pytest.mark.parametrize("kind", ["ceph", "minio", "generic"])
def test_what_a_kind_of_store_does_without(aws, tmp_path, kind):
    owner = Owner(tmp_path, aws, qdrant_bucket_store=kind, qdrant_bucket_iam=False)
    run = owner.play()
    assert run.code == 0, run.output[-3000:]
    said = left_out(run)
    assert f"left alone on the store {kind}: " in said and "qdrant_bucket_public_access_block" in said
    assert ("qdrant_bucket_versioning" in said) == (kind == "ceph")
    versioning = owner.client().get_bucket_versioning(Bucket=owner.bucket).get("Status")
    assert versioning == (None if kind == "ceph" else "Enabled")
    moves = [rule for rule in owner.rules().values() if rule.get("Transitions")]
    assert bool(moves) == (kind == "generic")


def test_a_store_without_any_lifecycle_gets_its_bucket(aws, bare):
    with FaultProxy(int(aws.rpartition(":")[2])) as proxy:
        proxy.answer(501, match="PUT .*lifecycle", code="NotImplemented", text="not here")
        run = bare.play(qdrant_bucket_endpoint_url=proxy.url, qdrant_bucket_expire_days=9)
    assert run.code == 0, run.output[-3000:]
    assert "rule for archives: the store does not support it" in left_out(run)
    assert "rule for manifests: the store does not support it" in left_out(run)


@pytest.mark.oldest_controller
def test_what_a_store_lacks_is_told(s3_server, tmp_path):
    owner = Owner(tmp_path, s3_server.url, s3_server.access_key, s3_server.secret_key)
    run = owner.play()
    assert run.code == 0, run.output[-3000:]
    for what in ("qdrant_bucket_public_access_block", "other storage classes", "TLS only", "IAM roles"):
        assert what in left_out(run)
    assert owner.rules()["qdrant deep/er/search/archives"]["Expiration"]["Days"] == 365
    assert owner.client().get_bucket_versioning(Bucket=owner.bucket)["Status"] == "Enabled"
    assert changes(owner.play()) == []


@pytest.mark.oldest_controller
def test_what_is_denied_fails(s3_server, tmp_path):
    wrong = "made-up-key-that-is-not-the-owners"
    run = Owner(tmp_path, s3_server.url, s3_server.access_key, wrong).play()
    (failed,) = [one.values for one in run.results if one.state == "failed"]
    assert run.code != 0 and re.search("403|Forbidden|SignatureDoesNotMatch", failed["msg"]), failed
    assert not [one for one in run.results if one.task.endswith(SAID)]


@pytest.mark.oldest_controller
@pytest.mark.parametrize(
    ("variables", "said"),
    [
        (
            {"qdrant_bucket_expire_day": 3},
            "no variable qdrant_bucket_expire_day (did you mean qdrant_bucket_expire_days?) in the role",
        ),
        ({"qdrant_bucket_name": ""}, "The name of the bucket is missing"),
        ({"qdrant_bucket_cluster": "our search"}, "use only letters, digits, dots and dashes"),
        ({"qdrant_bucket_kms_key_id": "k"}, "qdrant_bucket_kms_key_id needs qdrant_bucket_encryption: aws:kms"),
    ],
)
def test_wrong_variables(tmp_path, variables, said):
    run = Owner(tmp_path, "http://127.0.0.1:9").play(**variables)
    assert run.code != 0 and said in run.output


@pytest.mark.oldest_controller
@pytest.mark.parametrize(
    ("message", "lacking"),
    [
        ("An error occurred (NotImplemented) when calling the PutPublicAccessBlock operation: not implemented", True),
        ("An error occurred (501) when calling the PutBucketOwnershipControls operation", True),
        ("An error occurred (AccessDenied) when calling the PutBucketPolicy operation: bucket b-501 is denied", False),
        ("An error occurred (403) when calling the HeadBucket operation:\nForbidden, not supported", False),
    ],
)
def test_what_is_denied_is_never_taken_for_lacking(message, lacking):
    text = (ROLE / "vars" / "main.yml").read_text(encoding="utf-8")
    assert bool(re.search(yaml.safe_load(text)["__qdrant_bucket_lacks"], message)) is lacking

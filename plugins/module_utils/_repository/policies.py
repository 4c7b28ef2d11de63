# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""IAM policies from the list of actions, limited to one bucket, prefix, cluster and node. Pure.

Names in a policy's patterns are as in keys; wildcards in names are escaped.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from .._base.errors import UsageError
from .actions import BUCKET_SETTINGS, KMS, ROLES
from .layout import segment

VERSION = "2012-10-17"
PARTITIONS = ("aws", "aws-cn", "aws-us-gov")
_BY_NODE = ("archives", "manifests", "proofs", "drills", "doctor")
_WHOLE_BUCKET = ("s3:ListBucketMultipartUploads", *BUCKET_SETTINGS)  # S3 has no narrower form of these
_ESCAPES = {"*": "${*}", "?": "${?}", "$": "${$}"}


def role_policy(
    role: str,
    *,
    bucket: str,
    cluster: str,
    prefix: str = "",
    node: str | None = None,
    kms_key_id: str | None = None,
    partition: str = "aws",
) -> dict[str, Any]:
    """The policy document of a role. node: only this node's keys; None: keys of all nodes of the cluster."""
    if role not in ROLES:
        raise UsageError(f"{role!r} is an unknown role", f"Choose one of {', '.join(ROLES)}.")
    arn, base = _bucket_arn(bucket, partition), _base(prefix) + segment(cluster)
    keys: dict[str, set[str]] = {}
    listed: set[str] = set()
    whole: set[str] = set()
    for grant in ROLES[role]:
        whose = None if grant.every_node else node
        patterns = {_keys(base, kind, whose) for kind in grant.kinds}
        if grant.action in _WHOLE_BUCKET:
            whole.add(grant.action)
        elif grant.action == "s3:ListBucket":
            # The names of the other nodes' manifests show whether a backup is complete.
            listed |= {_keys(base, kind, None if kind == "manifests" else whose) for kind in grant.kinds}
        else:
            keys.setdefault(grant.action, set()).update(patterns)
    statements = [
        _statement("Allow", action, [f"{arn}/{key}" for key in sorted(found)]) for action, found in keys.items()
    ]
    statements.append(_statement("Allow", "s3:ListBucket", [arn], {"StringLike": {"s3:prefix": sorted(listed)}}))
    statements.append(_statement("Allow", sorted(whole), [arn], sid="LookAtTheBucket"))
    if kms_key_id:
        statements.append(_kms(role, kms_key_id, partition))
    return {"Version": VERSION, "Statement": statements}


def bucket_policy(*, bucket: str, prefix: str = "", partition: str = "aws", tls: bool = True) -> dict[str, Any]:
    """The policy of the bucket: TLS only, and archives and manifests are never overwritten.

    The parts of a multipart upload have no condition and create no object: they are exempt, its completion is not. A
    store that does not support ``s3:ObjectCreationOperation`` allows everything; ``doctor --forbidden`` shows this.
    """
    arn = _bucket_arn(bucket, partition)
    plain = {"Bool": {"aws:SecureTransport": "false"}}
    new = {"Null": {"s3:if-none-match": "true"}, "Bool": {"s3:ObjectCreationOperation": "true"}}
    kept = [f"{arn}/{_base(prefix)}*/{kind}/*" for kind in ("archives", "manifests")]
    statements = [{**_statement("Deny", "s3:PutObject", kept, new, sid="NeverOverwrite"), "Principal": "*"}]
    if tls:
        only = _statement("Deny", "s3:*", [arn, f"{arn}/*"], plain, sid="OnlyWithTls")
        statements.insert(0, {**only, "Principal": "*"})
    return {"Version": VERSION, "Statement": statements}


def beside(existing: dict[str, Any] | None, ours: dict[str, Any]) -> dict[str, Any]:
    """The bucket policy merged into the existing one; other statements are not changed.

    Another prefix in the same bucket has statements of the same names: the resources of both are kept. A statement that
    has the same name but other contents is refused, because its purpose is unknown.
    """
    if not existing:
        return ours
    there = existing.get("Statement", [])
    others: list[dict[str, Any]] = [there] if isinstance(there, dict) else list(there)
    mine = []
    for one in ours["Statement"]:
        named = [other for other in others if other.get("Sid") == one["Sid"]]
        others = [other for other in others if other.get("Sid") != one["Sid"]]
        if any(_meaning(other) != _meaning(one) for other in named):
            raise UsageError(
                f"The bucket's policy already has another statement {one['Sid']}",
                "Change the Sid of that statement, or remove it, and run this again.",
            )
        found = {resource for other in [*named, one] for resource in _listed(other["Resource"])}
        mine.append({**one, "Resource": [*one["Resource"], *sorted(found - set(one["Resource"]))]})
    return {**existing, "Version": VERSION, "Statement": [*others, *mine]}


def _meaning(statement: dict[str, Any]) -> dict[str, Any]:
    """A statement without its name and resources, normalized: stores return a list of one element as the element."""
    out = {key: value for key, value in statement.items() if key not in ("Sid", "Resource")}
    if out.get("Principal") == {"AWS": "*"}:
        out["Principal"] = "*"
    condition = out.get("Condition", {})
    out["Condition"] = {
        test: {key: [str(value).lower() for value in _listed(values)] for key, values in tests.items()}
        for test, tests in condition.items()
    }
    return {**out, "Action": sorted(_listed(out.get("Action", [])))}


def _listed(value: Any) -> list[Any]:
    return list(value) if isinstance(value, (list, tuple)) else [value]


def _keys(base: str, kind: str, node: str | None) -> str:
    """The pattern of the keys of a kind."""
    name = segment(node) if node else "*"
    if kind in _BY_NODE:
        return f"{base}/{kind}/{name}/*" if node else f"{base}/{kind}/*"
    return f"{base}/{kind}/{name}.json" if kind == "locks" else f"{base}/{kind}/*"


def _statement(
    effect: str,
    actions: str | Sequence[str],
    resources: Sequence[str],
    condition: dict[str, Any] | None = None,
    sid: str = "",
) -> dict[str, Any]:
    out: dict[str, Any] = {
        "Sid": sid or str(actions).partition(":")[2],
        "Effect": effect,
        "Action": [actions] if isinstance(actions, str) else list(actions),
        "Resource": list(resources),
    }
    if condition:
        out["Condition"] = condition
    return out


def _kms(role: str, key: str, partition: str) -> dict[str, Any]:
    if key.startswith("arn:") and ":alias/" not in key:
        return _statement("Allow", KMS[role], [key], sid="UseTheKey")
    name = key.rpartition(":")[2]
    if name.startswith("alias/"):
        named = {"ForAnyValue:StringEquals": {"kms:ResourceAliases": name}}
        return _statement("Allow", KMS[role], [f"arn:{partition}:kms:*:*:key/*"], named, sid="UseTheKey")
    return _statement("Allow", KMS[role], [f"arn:{partition}:kms:*:*:key/{name}"], sid="UseTheKey")


def _bucket_arn(bucket: str, partition: str) -> str:
    if not bucket:
        raise UsageError("A policy needs a bucket", "Set bucket; a folder has no policies.")
    return f"arn:{partition}:s3:::{_literal([bucket])}"


def _base(prefix: str) -> str:
    """The prefix as in keys: without empty segments, with a trailing slash."""
    return _literal(part + "/" for part in prefix.split("/") if part)


def _literal(texts: Iterable[str]) -> str:
    return "".join(_ESCAPES.get(letter, letter) for text in texts for letter in text)

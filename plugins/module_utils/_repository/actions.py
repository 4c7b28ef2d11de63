# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which actions on the store each role needs, and on which keys. A test compares them with the calls that are made.

writer: backs a node up. pruner: deletes what retention lets go. restorer: brings backups back. drill: a restorer who
notes what it proved. Nobody but the pruner can delete, so a host that was broken into cannot destroy its own backups.
Each of them can let ``doctor`` try the store out, on keys that hold nothing else, and look at the bucket's settings.
"""

from __future__ import annotations

import dataclasses

# The operation of the API: the actions that the store checks for it.
CALLS: dict[str, tuple[str, ...]] = {
    "PutObject": ("s3:PutObject",),
    "CreateMultipartUpload": ("s3:PutObject",),
    "UploadPart": ("s3:PutObject",),
    "CompleteMultipartUpload": ("s3:PutObject",),
    "AbortMultipartUpload": ("s3:AbortMultipartUpload",),
    "ListMultipartUploads": ("s3:ListBucketMultipartUploads",),
    "CopyObject": ("s3:GetObject", "s3:PutObject"),
    "UploadPartCopy": ("s3:GetObject", "s3:PutObject"),
    "HeadObject": ("s3:GetObject",),
    "GetObject": ("s3:GetObject",),
    "ListObjectsV2": ("s3:ListBucket",),
    "DeleteObjects": ("s3:DeleteObject",),
    "DeleteObject": ("s3:DeleteObject",),
    "GetBucketVersioning": ("s3:GetBucketVersioning",),
    "GetBucketLifecycleConfiguration": ("s3:GetLifecycleConfiguration",),
    "GetObjectLockConfiguration": ("s3:GetBucketObjectLockConfiguration",),
}
# Settings of the bucket, which doctor looks at.
BUCKET_SETTINGS = ("s3:GetBucketVersioning", "s3:GetLifecycleConfiguration", "s3:GetBucketObjectLockConfiguration")
BUCKET_ACTIONS = ("s3:ListBucket", "s3:ListBucketMultipartUploads", *BUCKET_SETTINGS)
KINDS = ("archives", "manifests", "proofs", "drills", "pins", "locks", "doctor")


@dataclasses.dataclass(frozen=True)
class Grant:
    """An action and the kinds of keys (the second segment of a key) it is needed for. every_node: also those of the
    other nodes of the cluster, in the policy of one node."""

    action: str
    kinds: tuple[str, ...]
    every_node: bool = False


_SETTINGS = tuple(Grant(action, ("doctor",)) for action in BUCKET_SETTINGS)
# A part of a cluster is worth restoring where the other nodes have the rest: what they say they stored, and whether it
# still lies there, but not the archives themselves.
_OTHERS = (
    Grant("s3:GetObject", ("manifests",), every_node=True),
    Grant("s3:ListBucket", ("archives",), every_node=True),
)
ROLES: dict[str, tuple[Grant, ...]] = {
    "writer": (
        Grant("s3:PutObject", ("archives", "manifests", "proofs", "locks", "doctor")),
        Grant("s3:GetObject", ("archives", "manifests", "proofs", "pins", "locks", "doctor")),
        Grant("s3:ListBucket", ("archives", "manifests", "proofs", "pins", "doctor")),
        Grant("s3:AbortMultipartUpload", ("archives", "doctor")),
        Grant("s3:ListBucketMultipartUploads", ("archives", "doctor")),
        *_SETTINGS,
    ),
    "pruner": (
        Grant("s3:DeleteObject", ("archives", "manifests", "proofs", "doctor")),
        Grant("s3:GetObject", ("archives", "manifests", "proofs", "pins", "locks", "doctor")),
        Grant("s3:ListBucket", ("archives", "manifests", "proofs", "pins", "doctor")),
        Grant("s3:PutObject", ("locks", "pins", "doctor")),
        Grant("s3:AbortMultipartUpload", ("archives", "doctor")),
        Grant("s3:ListBucketMultipartUploads", ("archives", "doctor")),
        *_SETTINGS,
    ),
    "restorer": (
        Grant("s3:GetObject", ("archives", "proofs", "pins", "locks", "doctor")),
        *_OTHERS,
        Grant("s3:ListBucket", ("archives", "manifests", "proofs", "pins", "doctor")),
        Grant("s3:PutObject", ("proofs", "locks", "doctor")),
        Grant("s3:AbortMultipartUpload", ("doctor",)),
        Grant("s3:ListBucketMultipartUploads", ("doctor",)),
        *_SETTINGS,
    ),
    "drill": (
        Grant("s3:GetObject", ("archives", "proofs", "pins", "drills", "locks", "doctor")),
        *_OTHERS,
        Grant("s3:ListBucket", ("archives", "manifests", "proofs", "pins", "drills", "doctor")),
        Grant("s3:PutObject", ("proofs", "drills", "locks", "doctor")),
        Grant("s3:AbortMultipartUpload", ("doctor",)),
        Grant("s3:ListBucketMultipartUploads", ("doctor",)),
        *_SETTINGS,
    ),
}
# With sse aws:kms, on the key.
KMS: dict[str, tuple[str, ...]] = {
    "writer": ("kms:GenerateDataKey", "kms:Decrypt"),
    "pruner": ("kms:GenerateDataKey", "kms:Decrypt"),
    "restorer": ("kms:GenerateDataKey", "kms:Decrypt"),
    "drill": ("kms:GenerateDataKey", "kms:Decrypt"),
}


def allowed(role: str, call: str, kind: str) -> bool:
    """Whether a role's grants cover an operation on keys of a kind."""
    granted = {(grant.action, name) for grant in ROLES[role] for name in grant.kinds}
    return all((action, kind) in granted for action in CALLS[call])

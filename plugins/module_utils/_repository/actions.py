# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The actions on the store that each role needs, and on which keys. A test compares them with the actual calls.

writer: backs a node up, and drills its backups. pruner: deletes expired backups, and pins those that must stay.
restorer: restores backups. drill: a restorer that records its proofs. Only the pruner can delete, so a compromised
host cannot destroy its own backups. With each role, ``doctor`` can test the store, on keys that are used for nothing
else, and read the bucket's settings.
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
    "HeadBucket": ("s3:ListBucket",),  # a refusal contains the region too
    "HeadObject": ("s3:GetObject",),
    "GetObject": ("s3:GetObject",),
    "ListObjectsV2": ("s3:ListBucket",),
    "DeleteObjects": ("s3:DeleteObject",),
    "DeleteObject": ("s3:DeleteObject",),
    "GetBucketVersioning": ("s3:GetBucketVersioning",),
    "GetBucketLifecycleConfiguration": ("s3:GetLifecycleConfiguration",),
    "GetObjectLockConfiguration": ("s3:GetBucketObjectLockConfiguration",),
}
# Settings of the bucket that doctor checks.
BUCKET_SETTINGS = ("s3:GetBucketVersioning", "s3:GetLifecycleConfiguration", "s3:GetBucketObjectLockConfiguration")
BUCKET_ACTIONS = ("s3:ListBucket", "s3:ListBucketMultipartUploads", *BUCKET_SETTINGS)
KINDS = ("archives", "manifests", "proofs", "drills", "pins", "locks", "doctor")


@dataclasses.dataclass(frozen=True)
class Grant:
    """An action and the kinds of keys (the second segment of a key) that it is needed for. every_node: also keys
    of the other nodes of the cluster, in the policy of one node."""

    action: str
    kinds: tuple[str, ...]
    every_node: bool = False


_SETTINGS = tuple(Grant(action, ("doctor",)) for action in BUCKET_SETTINGS)
# One node's part of a cluster is useful only if the other nodes have the rest: a restore reads their manifests and
# lists their archives, but does not read the archives.
_OTHERS = (
    Grant("s3:GetObject", ("manifests",), every_node=True),
    Grant("s3:ListBucket", ("archives",), every_node=True),
)
ROLES: dict[str, tuple[Grant, ...]] = {
    "writer": (
        # A node also drills its own backups, on a timer.
        Grant("s3:PutObject", ("archives", "manifests", "proofs", "drills", "locks", "doctor")),
        Grant("s3:GetObject", ("archives", "manifests", "proofs", "pins", "drills", "locks", "doctor")),
        Grant("s3:ListBucket", ("archives", "manifests", "proofs", "pins", "drills", "doctor")),
        Grant("s3:AbortMultipartUpload", ("archives", "doctor")),
        Grant("s3:ListBucketMultipartUploads", ("archives", "doctor")),
        *_SETTINGS,
    ),
    "pruner": (
        Grant("s3:DeleteObject", ("archives", "manifests", "proofs", "pins", "doctor")),
        Grant("s3:GetObject", ("archives", "manifests", "proofs", "pins", "locks", "doctor")),
        # A backup of a cluster goes as a whole, so the other nodes' parts are judged too.
        Grant("s3:GetObject", ("manifests", "proofs"), every_node=True),
        Grant("s3:ListBucket", ("archives", "proofs"), every_node=True),
        # Only with these does a HEAD show Object Lock.
        Grant("s3:GetObjectRetention", ("archives", "manifests")),
        Grant("s3:GetObjectLegalHold", ("archives", "manifests")),
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

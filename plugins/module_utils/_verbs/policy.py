# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Policy: the IAM policy of a role, or the bucket policy. Sends no requests."""

from __future__ import annotations

from typing import Any

from .._base.errors import UsageError
from .._base.progress import Progress
from .._options import POLICY, REPOSITORY
from .._repository.policies import bucket_policy, role_policy
from .common import EXCLUSIVE_REPOSITORY, cluster, node_name

OPTIONS = (REPOSITORY, POLICY)
EXCLUSIVE = [*EXCLUSIVE_REPOSITORY, ("role", "bucket_policy")]
REQUIRED_ONE_OF = [("role", "bucket_policy")]


def run(params: dict[str, Any], check: bool, progress: Progress) -> dict[str, Any]:
    """{"changed": False, "policy": the document}. An empty ``node`` means every node of the cluster."""
    if params.get("path") or not params.get("bucket"):
        raise UsageError("A policy needs a bucket", "Set bucket. For a folder, use file owners and modes instead.")
    where: dict[str, Any] = {
        "bucket": str(params["bucket"]),
        "prefix": str(params.get("prefix") or ""),
        "partition": str(params["partition"]),
    }
    if params["bucket_policy"]:
        return {"changed": False, "policy": bucket_policy(**where)}
    policy = role_policy(
        str(params["role"]),
        cluster=cluster(params),
        node=None if params.get("node") == "" else node_name(params),
        kms_key_id=params.get("kms_key_id") or None,
        **where,
    )
    return {"changed": False, "policy": policy}

# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: qdrant_policy
short_description: Generate the IAM policies of backups
version_added: 0.1.0
author:
  - VectorOps contributors (@vectorops)
description:
  - Generates policy documents from the collection's list of the actions that each role needs, limited to a bucket, a prefix, a cluster and a node.
  - C(writer) backs up and cannot delete. C(pruner) deletes expired backups. C(restorer) and C(drill) restore backups.
  - C(bucket) is the bucket policy. It denies connections without TLS, and it denies overwriting archives and manifests.
  - Runs on the controller and sends no requests.
options:
  _terms:
    description:
      - Policies to generate; any of V(writer), V(pruner), V(restorer), V(drill) and V(bucket).
    type: list
    elements: str
    required: true
  bucket:
    description:
      - S3 bucket of the repository.
    type: str
    required: true
  prefix:
    description:
      - Prefix of every key in the bucket.
    type: str
    default: ""
  cluster:
    description:
      - Name of the cluster in the repository.
    type: str
    default: qdrant
  node:
    description:
      - Name of the node in the repository. Without it, the policy covers every node of the cluster. It must not be empty.
    type: str
  kms_key_id:
    description:
      - KMS key that objects are encrypted with.
    type: str
  partition:
    description:
      - The partition of AWS.
    type: str
    choices: [aws, aws-cn, aws-us-gov]
    default: aws
  existing:
    description:
      - For V(bucket), the current policy of the bucket. Its statements are kept.
      - Fails if it has a different statement with the name of a generated one.
    type: dict
  tls:
    description:
      - Whether V(bucket) denies connections without TLS. Set V(false) for a store that is reached over plain HTTP, or the bucket cannot be used.
    type: bool
    default: true
seealso:
  - module: vectorops.qdrant.qdrant_backup
"""

EXAMPLES = r"""
- name: Allow a node to back itself up, and nothing else
  amazon.aws.iam_policy:
    iam_type: role
    iam_name: qdrant-backup-{{ inventory_hostname }}
    policy_name: qdrant-backup
    policy_json: "{{ lookup('vectorops.qdrant.qdrant_policy', 'writer', bucket='my-backups', cluster='search', node=inventory_hostname) | to_json }}"
  delegate_to: localhost

- name: Show the policy of that role
  ansible.builtin.debug:
    msg: "{{ lookup('vectorops.qdrant.qdrant_policy', 'writer', bucket='my-backups', cluster='search', node=inventory_hostname) }}"

- name: Deny overwriting backups
  amazon.aws.s3_bucket:
    name: my-backups
    policy: "{{ lookup('vectorops.qdrant.qdrant_policy', 'bucket', bucket='my-backups') }}"
"""

RETURN = r"""
_raw:
  description: The policy documents, one for each term, in the order of the terms.
  type: list
  elements: dict
"""

from typing import Any

from ansible.errors import AnsibleLookupError
from ansible.plugins.lookup import LookupBase
from ansible_collections.vectorops.qdrant.plugins.module_utils._base.errors import EngineError, UsageError
from ansible_collections.vectorops.qdrant.plugins.module_utils._repository.policies import (
    beside,
    bucket_policy,
    role_policy,
)


class LookupModule(LookupBase):
    def run(self, terms: list[str], variables: Any = None, **kwargs: Any) -> list[dict[str, Any]]:
        self.set_options(var_options=variables, direct=kwargs)  # type: ignore[no-untyped-call]
        option: Any = self.get_option
        where = {name: option(name) for name in ("bucket", "prefix", "partition")}
        whose = {name: option(name) for name in ("cluster", "node", "kms_key_id")}
        try:
            if whose["node"] == "":  # of a variable that is not set: it must not give keys of every node
                raise UsageError("node is empty", "Set it, or leave it out for a policy of every node.")
            return [
                beside(option("existing"), bucket_policy(tls=option("tls"), **where))
                if term == "bucket"
                else role_policy(term, **where, **whose)
                for term in terms
            ]
        except EngineError as error:
            raise AnsibleLookupError(f"vectorops.qdrant.qdrant_policy: {error.sentence()}") from error

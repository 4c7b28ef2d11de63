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
  - Generates policy documents from the collection's own list of the actions that each role makes, narrowed to a bucket, a prefix, a cluster and a node.
  - C(writer) backs up and cannot delete. C(pruner) deletes what retention lets go. C(restorer) and C(drill) bring backups back.
  - C(bucket) is the policy of the bucket itself. It refuses connections without TLS, and it refuses to overwrite archives and manifests.
  - Runs on the controller and asks nobody anything.
options:
  _terms:
    description:
      - Whose policies to generate; any of V(writer), V(pruner), V(restorer), V(drill) and V(bucket).
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
      - Name of the node in the repository. Without it, the policy covers every node of the cluster.
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
      - The policy that the bucket has, for V(bucket). Its statements stay, beside ours.
      - A statement that has the name of one of ours and says something else is refused.
    type: dict
  tls:
    description:
      - Whether V(bucket) refuses connections without TLS. A store that is reached over plain HTTP would shut everybody out.
    type: bool
    default: true
seealso:
  - module: vectorops.qdrant.qdrant_backup
"""

EXAMPLES = r"""
- name: Let a node back itself up, and nothing else
  amazon.aws.iam_policy:
    iam_type: role
    iam_name: qdrant-backup-{{ inventory_hostname }}
    policy_name: qdrant-backup
    policy_json: "{{ lookup('vectorops.qdrant.qdrant_policy', 'writer', bucket='my-backups', cluster='search', node=inventory_hostname) | to_json }}"
  delegate_to: localhost

- name: Show the policy of that role
  ansible.builtin.debug:
    msg: "{{ lookup('vectorops.qdrant.qdrant_policy', 'writer', bucket='my-backups', cluster='search', node=inventory_hostname) }}"

- name: Forbid to overwrite backups
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
from ansible_collections.vectorops.qdrant.plugins.module_utils._base.errors import EngineError
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
            return [
                beside(option("existing"), bucket_policy(tls=option("tls"), **where))
                if term == "bucket"
                else role_policy(term, **where, **whose)
                for term in terms
            ]
        except EngineError as error:
            raise AnsibleLookupError(f"vectorops.qdrant.qdrant_policy: {error.sentence()}") from error

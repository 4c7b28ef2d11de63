# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Options of the repository, shared by modules. Private to the collection."""

from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
options:
  bucket:
    description:
      - S3 bucket of the repository.
    type: str
  path:
    description:
      - Folder of the repository, instead of a bucket. One of the two is needed.
    type: path
  prefix:
    description:
      - Prefix of every key in the bucket.
    type: str
    default: ""
  cluster:
    description:
      - Name of the cluster in the repository; one node is a cluster of one.
    type: str
    default: qdrant
  node:
    description:
      - Name of the node in the repository.
      - A backup defaults to this host's name up to the first dot. A restore takes this host's backups where there are any, else those of the
        only node that has some. Where backups are listed and verified, every node of the cluster is meant.
    type: str
  endpoint_url:
    description:
      - Address of an S3-compatible store; default is AWS.
    type: str
  region:
    description:
      - Region of the bucket.
    type: str
  profile:
    description:
      - Named profile of the AWS configuration.
    type: str
  access_key:
    description:
      - Access key. Without it, botocore's own chain is asked (the environment, profiles, the role of the container or instance).
    type: str
  secret_key:
    description:
      - Secret key that belongs to the access key.
    type: str
  session_token:
    description:
      - Session token of temporary credentials.
    type: str
  aws_ca_bundle:
    description:
      - CA certificates (PEM) that the store's certificate is checked with.
    type: path
  s3_validate_certs:
    description:
      - Whether the store's certificate is checked.
    type: bool
    default: true
  sse:
    description:
      - Server-side encryption asked for.
    type: str
    choices: [AES256, aws:kms]
  kms_key_id:
    description:
      - KMS key for O(sse=aws:kms).
    type: str
  storage_class:
    description:
      - Storage class of archives; manifests always stay in the standard class. Archives in a class that must be thawed cannot be restored before.
    type: str
  s3_timeout:
    description:
      - Seconds of silence after which a transfer counts as stalled.
    type: float
    default: 60.0
"""

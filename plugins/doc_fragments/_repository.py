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
      - Folder of the repository, instead of a bucket. One of the two is required.
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
      - Default for a backup is this host's name up to the first dot. Default for a restore is this host, if it has backups, else the only
        node that has backups. Default for listing and verifying is every node of the cluster.
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
      - Access key. Without it, boto3 searches the environment, profiles, and the role of the container or instance.
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
      - CA certificates (PEM) to check the store's certificate.
    type: path
  s3_validate_certs:
    description:
      - Whether the store's certificate is checked.
    type: bool
    default: true
  sse:
    description:
      - Server-side encryption to request.
    type: str
    choices: [AES256, aws:kms]
  kms_key_id:
    description:
      - KMS key for O(sse=aws:kms).
    type: str
  storage_class:
    description:
      - Storage class of archives; manifests always stay in the standard class. Archives in a class such as Glacier must be restored
        in the store before they can be read.
    type: str
  conditional_writes:
    description:
      - Whether writes carry C(If-None-Match) and C(If-Match). They lock out a second run and protect stored objects.
      - V(auto) sends them if the store supports them. If the store refuses or ignores them, the lock is read back after it was written.
        The run reports this as a warning, which is also recorded in the manifest.
      - V(require) refuses to write to a store that does not support them.
      - V(off) never sends them.
    type: str
    choices: [auto, require, 'off']
    default: auto
  addressing_style:
    description:
      - Where the bucket is in an address.
      - V(auto) uses the path if O(endpoint_url) is set, and botocore's default otherwise. If the store's answer asks for the bucket in the host name,
        this is done. If the store needs it but does not say so, set V(virtual).
    type: str
    choices: [auto, path, virtual]
    default: auto
  checksums:
    description:
      - Checksum to send with uploads. The store checks it.
      - V(auto) tries CRC32, then C(Content-MD5). If the store confirms neither, each archive is read back and compared after the upload.
      - V(md5) trusts the store to check C(Content-MD5). V(none) sends no checksum, and reads archives back.
    type: str
    choices: [auto, crc32, md5, none]
    default: auto
  s3_timeout:
    description:
      - Seconds of silence after which a transfer counts as stalled.
    type: float
    default: 60.0
"""

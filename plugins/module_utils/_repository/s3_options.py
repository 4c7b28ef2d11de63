# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Options of an S3 bucket: address, credentials, and headers of writes."""

from __future__ import annotations

import dataclasses

from .._base.redaction import register_secret
from .._options import REPOSITORY, field


@dataclasses.dataclass(frozen=True)
class S3Options:
    """Without keys, botocore finds credentials. timeout: seconds without progress; state_dir: where this host stores
    the traits of stores, None to store none."""

    bucket: str | None = field(REPOSITORY, "bucket")
    prefix: str | None = field(REPOSITORY, "prefix")
    endpoint_url: str | None = field(REPOSITORY, "endpoint_url")
    region: str | None = field(REPOSITORY, "region")
    profile: str | None = field(REPOSITORY, "profile")
    access_key: str | None = field(REPOSITORY, "access_key")
    secret_key: str | None = field(REPOSITORY, "secret_key")
    session_token: str | None = field(REPOSITORY, "session_token")
    aws_ca_bundle: str | None = field(REPOSITORY, "aws_ca_bundle")
    s3_validate_certs: bool = field(REPOSITORY, "s3_validate_certs")
    sse: str | None = field(REPOSITORY, "sse")
    kms_key_id: str | None = field(REPOSITORY, "kms_key_id")
    storage_class: str | None = field(REPOSITORY, "storage_class")
    timeout: float = field(REPOSITORY, "s3_timeout")
    conditional_writes: str = field(REPOSITORY, "conditional_writes")
    addressing_style: str = field(REPOSITORY, "addressing_style")
    checksums: str = field(REPOSITORY, "checksums")
    state_dir: str | None = None

    def __post_init__(self) -> None:
        for secret in (self.access_key, self.secret_key, self.session_token):
            register_secret(secret)

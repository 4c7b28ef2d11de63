# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which repository: the options every door has, and the store they mean."""

from __future__ import annotations

import dataclasses
import os

from .._base.errors import UsageError
from .._base.redaction import register_secret
from .store import Store


@dataclasses.dataclass(frozen=True)
class RepositoryOptions:
    """Exactly one of bucket and path. No keys: botocore's own chain. timeout: seconds of silence that are borne."""

    bucket: str | None = None
    path: str | None = None
    prefix: str = ""
    cluster: str = ""
    node: str = ""
    endpoint_url: str | None = None
    region: str | None = None
    profile: str | None = None
    access_key: str | None = None
    secret_key: str | None = dataclasses.field(default=None, repr=False)
    session_token: str | None = dataclasses.field(default=None, repr=False)
    aws_ca_bundle: str | None = None
    s3_validate_certs: bool = True
    sse: str | None = None
    kms_key_id: str | None = None
    storage_class: str | None = None
    timeout: float = 60.0

    def __post_init__(self) -> None:
        for secret in (self.access_key, self.secret_key, self.session_token):
            register_secret(secret)


def check(options: RepositoryOptions) -> None:
    """UsageError for options that cannot mean a repository."""
    if bool(options.bucket) == bool(options.path):
        raise UsageError(
            "a repository is a bucket or a folder: exactly one of bucket and path",
            "Give bucket (with endpoint_url, region and so on where needed) or path.",
        )
    if bool(options.access_key) != bool(options.secret_key):
        raise UsageError(
            "access_key and secret_key belong together: one of them is missing",
            "Give both, or none of them to use the instance's role or the environment.",
        )
    if options.path and not os.path.isabs(options.path):
        raise UsageError(f"path {options.path!r} is not absolute", "Write the folder from / on.")
    if options.endpoint_url and not options.endpoint_url.startswith(("http://", "https://")):
        raise UsageError(
            f"endpoint_url {options.endpoint_url!r} is no URL",
            "Begin it with https:// (or http://), then host and port.",
        )
    if options.bucket and ("/" in options.bucket or options.bucket.startswith("s3:")):
        raise UsageError(
            f"bucket {options.bucket!r} is not a bucket's name", "Give the name alone, and what follows it as prefix."
        )
    if options.sse not in (None, "", "AES256", "aws:kms", "aws:kms:dsse"):
        raise UsageError(f"sse {options.sse!r} is not known", "Use AES256 or aws:kms.")
    if options.kms_key_id and not (options.sse or "").startswith("aws:kms"):
        raise UsageError("kms_key_id needs sse aws:kms", "Set sse to aws:kms, or leave kms_key_id out.")
    if options.timeout <= 0:
        raise UsageError(f"s3_timeout is {options.timeout:g}", "Give more than 0 seconds.")
    if options.aws_ca_bundle and not os.path.isfile(options.aws_ca_bundle):
        raise UsageError(
            f"aws_ca_bundle {options.aws_ca_bundle!r} is no file on this host", "Name a file of certificates (PEM)."
        )


def open_store(options: RepositoryOptions) -> Store:
    """The store that the options mean. Nothing is asked of it yet; boto3 is imported by its first use (or warm_up)."""
    check(options)
    if options.path:
        from .folder import FolderStore

        return FolderStore(options.path, options.prefix)
    from .s3 import S3Store

    return S3Store(options)

# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The options of a repository, and the store that they describe."""

from __future__ import annotations

import dataclasses
import os

from .._base.errors import UsageError
from .._options import REPOSITORY, check_choices, field
from .s3_options import S3Options
from .store import Store


@dataclasses.dataclass(frozen=True)
class RepositoryOptions(S3Options):
    """Exactly one of bucket and path."""

    path: str | None = field(REPOSITORY, "path")


def check(options: RepositoryOptions) -> None:
    """UsageError for invalid options."""
    if bool(options.bucket) == bool(options.path):
        raise UsageError(
            "set exactly one of bucket and path",
            "Set bucket (with endpoint_url and region if needed), or path.",
        )
    if bool(options.access_key) != bool(options.secret_key):
        raise UsageError(
            "access_key and secret_key: one of them is missing",
            "Set both. To use the instance's role or the environment, set neither.",
        )
    if options.path and not os.path.isabs(options.path):
        raise UsageError(f"path {options.path!r} is not absolute", "Use an absolute path, for example /srv/backup.")
    if options.endpoint_url and not options.endpoint_url.startswith(("http://", "https://")):
        raise UsageError(
            f"endpoint_url {options.endpoint_url!r} is not a URL",
            "Use a URL, for example https://s3.example.org:9000",
        )
    if options.bucket and ("/" in options.bucket or options.bucket.startswith("s3:")):
        raise UsageError(
            f"bucket {options.bucket!r} is not a bucket name",
            "Set bucket to the name only, and prefix to the part after it.",
        )
    if options.kms_key_id and options.sse != "aws:kms":
        raise UsageError("kms_key_id needs sse aws:kms", "Set sse to aws:kms, or remove kms_key_id.")
    check_choices(options)
    if options.timeout <= 0:
        raise UsageError(f"s3_timeout is {options.timeout:g}", "Set more than 0 seconds.")
    if options.aws_ca_bundle and not os.path.isfile(options.aws_ca_bundle):
        raise UsageError(
            f"aws_ca_bundle {options.aws_ca_bundle!r} is not a file on this host",
            "Set it to a file of certificates (PEM).",
        )


def open_store(options: RepositoryOptions) -> Store:
    """The store of the options. It sends no request yet; its first use (or warm_up) imports botocore."""
    check(options)
    if options.path:
        from .folder import FolderStore

        return FolderStore(options.path, options.prefix or "")
    from .s3 import S3Store

    return S3Store(options)

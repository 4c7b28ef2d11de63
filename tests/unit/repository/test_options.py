# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which options mean a repository, and that secrets do not show."""

from __future__ import annotations

import subprocess
import sys

import pytest
from ansible_collections.vectorops.qdrant.plugins.module_utils._base.errors import UsageError
from ansible_collections.vectorops.qdrant.plugins.module_utils._base.redaction import redact
from ansible_collections.vectorops.qdrant.plugins.module_utils._repository import options as options_module
from ansible_collections.vectorops.qdrant.plugins.module_utils._repository.options import RepositoryOptions, open_store

SECRET = "made-up-secret-key-of-the-options-test"


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({}, "exactly one of bucket and path"),
        ({"bucket": "b", "path": "/p"}, "exactly one of bucket and path"),
        ({"path": "relative"}, "not absolute"),
        ({"bucket": "b", "access_key": "k"}, "one of them is missing"),
        ({"bucket": "b", "secret_key": SECRET}, "one of them is missing"),
        ({"bucket": "b", "endpoint_url": "127.0.0.1:8333"}, "not a URL"),
        ({"bucket": "s3://b/x"}, "not a bucket name"),
        ({"bucket": "b", "sse": "rot13"}, "unknown"),
        ({"bucket": "b", "kms_key_id": "k"}, "needs sse"),
        ({"bucket": "b", "timeout": 0}, "more than 0"),
        ({"bucket": "b", "conditional_writes": "maybe"}, "auto, require, off"),
        ({"bucket": "b", "addressing_style": "host"}, "auto, path, virtual"),
        ({"bucket": "b", "checksums": "sha1"}, "auto, crc32, md5, none"),
    ],
)
def test_options_that_mean_nothing(given, said):
    with pytest.raises(UsageError, match=said) as caught:
        open_store(RepositoryOptions(**given))
    assert SECRET not in str(caught.value)


def test_secrets_do_not_show():
    options = RepositoryOptions(bucket="b", access_key="AKOPTIONSTEST", secret_key=SECRET, session_token=SECRET + "2")
    assert SECRET not in repr(options)
    assert redact(f"signed with {SECRET} and {SECRET}2") == "signed with *** and ***"


def test_a_prefix_that_climbs_out_is_refused(tmp_path):
    with pytest.raises(Exception, match="inside the folder"):
        open_store(RepositoryOptions(path=str(tmp_path), prefix="../other"))


@pytest.mark.parametrize("given", ["path='/nowhere'", "bucket='b', endpoint_url='http://127.0.0.1:1'"])
def test_opening_imports_no_slow_library(given):
    """The library is imported by the first call, so that it can be done while Qdrant makes its snapshot."""
    code = (
        f"import sys; from {options_module.__name__} import RepositoryOptions, open_store; "
        f"open_store(RepositoryOptions({given})); sys.exit('botocore' in sys.modules or 'boto3' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False, timeout=60).returncode == 0

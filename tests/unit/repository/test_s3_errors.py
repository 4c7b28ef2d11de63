# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Errors that the library raises without a class of its own."""

from __future__ import annotations

import datetime
import email.utils
import time

import pytest
from ansible_collections.vectorops.qdrant.plugins.module_utils._repository.errors import StoreError
from ansible_collections.vectorops.qdrant.plugins.module_utils._repository.s3_errors import (
    advise,
    from_outside,
    is_about_request,
    stopped_taking,
    store_error,
)


class Refused(Exception):
    """Shaped as botocore's error for an answer."""

    def __init__(self, status, code, message="", *, region=None, **headers):
        super().__init__(code)
        about = {"Code": code, "Message": message, **({"Region": region} if region else {})}
        self.response = {"Error": about, "ResponseMetadata": {"HTTPStatusCode": status, "HTTPHeaders": headers}}


def test_a_service_that_hands_out_expired_credentials():
    credentials = pytest.importorskip("botocore.credentials")
    past = datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(minutes=5)
    old = {"access_key": "a", "secret_key": "made-up", "token": "made-up", "expiry_time": past.isoformat()}
    source = credentials.RefreshableCredentials.create_from_metadata(old, lambda: old, "tests")
    with pytest.raises(RuntimeError) as caught:
        source.get_frozen_credentials()
    assert from_outside(caught.value)
    error = store_error(caught.value, "list", "bucket")
    assert error.kind == "expired" and "still expired" in error.sentence()


def test_an_error_that_the_caller_handles_is_no_part_of_the_next_one():
    try:
        raise StoreError("read", "a key", "the read timed out", kind="stalled")
    except StoreError:
        try:
            raise ConnectionResetError("reset")
        except ConnectionResetError as error:
            assert not stopped_taking(error)


def test_any_other_error_is_not_of_the_store():
    assert not from_outside(RuntimeError("a mistake of our own"))


@pytest.mark.parametrize(
    ("ahead", "kind", "word"),
    [
        (0, "slow", "15 minutes for which its signature is valid"),
        (-120, "slow", "faster connection"),
        (3600, "skew", "behind the store's"),
        (-3600, "skew", "ahead of the store's"),
        (None, "skew", "NTP"),
    ],
)
def test_a_late_signature_is_a_wrong_clock_only_where_the_clocks_differ(ahead, kind, word):
    headers = {} if ahead is None else {"date": email.utils.formatdate(time.time() + ahead, usegmt=True)}
    error = store_error(Refused(403, "RequestTimeTooSkewed", **headers), "upload", "x")
    assert error.kind == kind and word in error.next


@pytest.mark.parametrize("date", ["", "yesterday", "Fri, 99 Nov 2026 00:00:00 GMT"])
def test_a_date_that_means_nothing_is_none(date):
    assert store_error(Refused(403, "RequestTimeTooSkewed", date=date), "upload", "x").kind == "skew"


@pytest.mark.parametrize(
    ("refusal", "region"),
    [
        (Refused(400, "AuthorizationHeaderMalformed", region="eu-lab-1"), "eu-lab-1"),
        (Refused(301, "PermanentRedirect", **{"x-amz-bucket-region": "eu-lab-2"}), "eu-lab-2"),
        (Refused(400, "AuthorizationHeaderMalformed", "the region 'a' is wrong; expecting 'eu-lab-3'"), "eu-lab-3"),
        (Refused(400, "AuthorizationHeaderMalformed", "expected `20260101/garage/s3/aws4_request`"), "garage"),
        (Refused(400, "AuthorizationHeaderMalformed", "unexpected scope: 20260101/us-east-1/s3"), None),
    ],
)
def test_the_region_that_a_store_names(refusal, region):
    error = store_error(refusal, "read", "x")
    assert error.kind == "region" and error.details.get("region") == region
    assert error.next == (f"Set region to {region}." if region else "Set region to the region of the bucket.")


@pytest.mark.parametrize(
    ("refusal", "expected"),
    [
        (Refused(501, "NotImplemented"), True),
        (Refused(400, "InvalidArgument"), True),
        (Refused(400, "MalformedXML"), True),
        (Refused(405, "MethodNotAllowed"), True),
        (Refused(412, "PreconditionFailed"), False),
        (Refused(403, "AccessDenied"), False),
        (Refused(404, "NoSuchKey"), False),
        (Refused(400, "BadDigest"), False),
        (Refused(500, "InternalError"), False),
        (Refused(503, "SlowDown"), False),
    ],
)
def test_whether_another_form_of_a_request_may_help(refusal, expected):
    assert is_about_request(store_error(refusal, "write", "x")) is expected


@pytest.mark.parametrize(
    ("refusal", "kind", "advice"),
    [
        (Refused(403, "AccessDenied", "Forbidden: Invalid signature"), "forbidden", "The secret key is not the one"),
        (Refused(403, "AccessDenied", "Forbidden: No such key: GK01"), "forbidden", "does not know this access key"),
        (Refused(403, "AccessDenied", "Forbidden: Operation is not allowed for this key."), "forbidden", "--role"),
        (Refused(403, "AccessDenied", "Request has expired"), "expired", "temporary credentials"),
        (Refused(400, "InvalidRequest", "Bad request: Date is too old"), "skew", "clock"),
    ],
)
def test_a_refusal_with_a_general_code_is_known_by_its_words(refusal, kind, advice):
    error = store_error(refusal, "write", "a key")
    assert error.kind == kind and advice in error.next
    assert refusal.response["Error"]["Code"] in error.said, "the store's own code is told"


def test_advice_is_added_once_and_stands_in_the_sentence():
    error = StoreError("write", "x", "InvalidRequest", "Ask.")
    advise(error, "Check sse.")
    advise(error, "Check sse.")
    advise(error, "")
    assert str(error) == "Could not write x: InvalidRequest. Check sse. Ask."

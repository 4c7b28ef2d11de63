# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tokens (JWT) on the double, which answers as the real server does in tests/integration/test_server_cluster.py."""

from __future__ import annotations

import base64
import hmac
import json
import time
import types

import pytest
from ansible_collections.vectorops.qdrant.tests.support.double import auth, errors, node

KEY = "made-up-key-that-signs-tokens-of-tests-31415"


def token(key: str, **claims: object) -> str:
    def part(value: bytes) -> bytes:
        return base64.urlsafe_b64encode(value).rstrip(b"=")

    signed = part(b'{"alg":"HS256","typ":"JWT"}') + b"." + part(json.dumps(claims).encode())
    return (signed + b"." + part(hmac.digest(key.encode(), signed, "sha256"))).decode()


def ask(given: str, jwt: bool = True) -> bool:
    """Whether the bearer may change things; ApiError where it is refused."""
    settings = node.Settings(directory="/nonexistent", port=0, api_key=KEY, jwt=jwt)
    request = types.SimpleNamespace(path="/collections", headers={"Authorization": f"Bearer {given}"})
    return auth.check(settings, request)


def test_good_tokens() -> None:
    assert ask(token(KEY, access="m")) and ask(token(KEY)) and ask(KEY)
    assert not ask(token(KEY, access="r", exp=time.time() + 60))


@pytest.mark.parametrize(
    ("given", "jwt", "status"),
    [
        (token("another"), True, 403),
        (token(KEY, exp=time.time() - 120), True, 403),
        ("no token", True, 401),
        ("a.b.c", True, 401),
        (token(KEY), False, 401),
    ],
)
def test_refused_tokens(given: str, jwt: bool, status: int) -> None:
    with pytest.raises(errors.ApiError) as caught:
        ask(given, jwt)
    assert caught.value.status == status

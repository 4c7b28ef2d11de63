# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""API keys: who may do what."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time

from .errors import ApiError, forbidden
from .node import Settings
from .web import Request

OPEN = ("/", "/healthz", "/livez", "/readyz")


def _same(given: str, key: str | None) -> bool:
    return key is not None and hmac.compare_digest(given.encode(), key.encode())


def _access(token: str, key: str) -> object:
    """What a token (HS256) allows: "m" everything, also without a claim, "r" reading; None for what is no token; 403
    for one that another key signed, or that is too old."""
    try:
        signed, dummy, signature = token.rpartition(".")
        head, claims = (json.loads(base64.urlsafe_b64decode(part + "==")) for part in signed.split("."))
        right = hmac.digest(key.encode(), signed.encode(), hashlib.sha256)
        good = hmac.compare_digest(base64.urlsafe_b64decode(signature + "=="), right)
        if head["alg"] != "HS256":
            return None
        late = claims.get("exp", time.time()) < time.time() - 30
    except (ValueError, KeyError, AttributeError):
        return None
    if not good or late:
        raise ApiError(403, "ExpiredSignature" if good else "InvalidSignature", bare=True)
    return claims.get("access", "m")


def check(settings: Settings, request: Request) -> bool:
    """Whether the request may change things; 401 without a good key."""
    if settings.api_key is None and settings.read_only_api_key is None:
        return True
    if request.path in OPEN:
        return False
    given = request.headers.get("api-key")
    if given is None:
        scheme, dummy, token = request.headers.get("Authorization", "").partition(" ")
        given = token if scheme == "Bearer" else None
    if given is None:
        raise ApiError(401, "Must provide an API key or an Authorization bearer token", bare=True)
    if _same(given, settings.api_key):
        return True
    if _same(given, settings.read_only_api_key):
        return False
    access = _access(given, settings.api_key) if settings.jwt and settings.api_key else None
    if access in ("m", "r"):
        return access == "m"
    raise ApiError(401, "Invalid API key or JWT", bare=True)


def refusal() -> ApiError:
    return forbidden("Global manage access is required")

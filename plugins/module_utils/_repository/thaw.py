# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How long an object in an archive storage class takes to become readable, and the command that requests it."""

from __future__ import annotations

import json
import shlex

from .s3_options import S3Options

FROZEN_CLASSES = ("GLACIER", "DEEP_ARCHIVE")
# AWS' own numbers, by class or tier of Intelligent-Tiering: a Standard and a Bulk retrieval.
_HOURS = {
    "GLACIER": ("3-5", "5-12"),
    "DEEP_ARCHIVE": ("12", "48"),
    "ARCHIVE_ACCESS": ("3-5", "5-12"),
    "DEEP_ARCHIVE_ACCESS": ("12", "48"),
}
_DAYS = 7  # that the readable copy stays


def hours(kind: str) -> str:
    """The time that a retrieval takes, as the end of a sentence; "hours" for a class that is not known."""
    if kind not in _HOURS:
        return "hours"
    standard, bulk = _HOURS[kind]
    return f"{standard} hours (Standard), or {bulk} hours (Bulk)"


def thaw_command(options: S3Options, full_key: str, tiering: bool) -> str:
    """The command that makes an object readable. tiering: it is in Intelligent-Tiering, which takes no number of
    days."""
    request = {"GlacierJobParameters": {"Tier": "Standard"}, **({} if tiering else {"Days": _DAYS})}
    words = ["aws", "s3api", "restore-object", "--bucket", options.bucket or "", "--key", full_key]
    words += ["--restore-request", json.dumps(request)]
    for flag, value in (
        ("--endpoint-url", options.endpoint_url),
        ("--region", options.region),
        ("--profile", options.profile),
    ):
        words += [flag, value] if value else []
    return shlex.join(words)

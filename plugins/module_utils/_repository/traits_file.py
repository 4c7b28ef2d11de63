# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Stores the traits of a store on this host: one small file for each endpoint and bucket. If it is lost, the store is
tested again."""

from __future__ import annotations

import contextlib
import datetime
import hashlib
import json
import os

from .._base.clock import now, parse_utc, utc_text
from .._base.errors import UsageError
from .._base.host import write_durably
from .._base.ownership import hand_over, make_private
from .traits import StoreTraits, from_dict

_GOOD_FOR = datetime.timedelta(days=7)  # stores are upgraded: after this time they are tested again
_FOLDER = "stores"


class TraitsFile:
    """The file of one endpoint and bucket below a state directory; without a directory, nothing is stored."""

    def __init__(self, state_dir: str, endpoint: str, bucket: str) -> None:
        self._endpoint, self._bucket = endpoint, bucket
        name = hashlib.sha256(f"{endpoint}|{bucket}".encode()).hexdigest()[:32] + ".json"
        self.path = os.path.join(state_dir, _FOLDER, name) if state_dir else ""

    def load(self) -> StoreTraits:
        """The stored traits; none if the file is missing, damaged, old or of another bucket."""
        if not self.path:
            return StoreTraits()
        try:
            with open(self.path, encoding="utf-8") as handle:
                data = json.load(handle)
            same = (data["endpoint"], data["bucket"]) == (self._endpoint, self._bucket)
            age = now() - parse_utc(data["seen_at"])
        except (OSError, ValueError, TypeError, KeyError, RecursionError, UsageError):
            return StoreTraits()
        fresh = datetime.timedelta(minutes=-5) <= age < _GOOD_FOR
        return from_dict(data.get("traits")) if same and fresh else StoreTraits()

    def save(self, traits: StoreTraits) -> None:
        """Write a file that survives a power cut. An unwritable folder is not an error. The state directory itself is
        not created: what only reads a repository leaves nothing on a machine that has none."""
        if not self.path or not os.path.isdir(os.path.dirname(os.path.dirname(self.path))):
            return
        facts = {
            "endpoint": self._endpoint,
            "bucket": self._bucket,
            "seen_at": utc_text(now()),
            "traits": traits.as_dict(),
        }
        body = (json.dumps(facts, sort_keys=True, indent=1) + "\n").encode("utf-8")
        temporary = f"{self.path}.{os.getpid()}"
        with contextlib.suppress(OSError):
            folder = os.path.dirname(self.path)
            make_private(folder)
            hand_over(folder)
            try:
                write_durably(temporary, body)
                os.replace(temporary, self.path)
            finally:
                with contextlib.suppress(FileNotFoundError):
                    os.unlink(temporary)

# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The base of the parts of a node's client: the transport, and the conversion of answers to values."""

from __future__ import annotations

from typing import Any, Callable, TypeVar

from . import answers
from .errors import QdrantError
from .transport import Timeout, Transport

T = TypeVar("T")


class Part:
    """Base of the parts of ``client.Node``."""

    _http: Transport

    def _read(self, make: Callable[[Any], T], result: Any, attempted: str, on: str) -> T:
        """``make(result)``; a protocol error if the result is not from Qdrant."""
        try:
            return make(result)
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            why = f"the answer has an unknown form ({type(error).__name__}: {error})"
            raise answers.wrong_shape(attempted, self._http.where(on), 200, why) from None

    def _done(self, result: Any, attempted: str, on: str) -> None:
        """Raise if a call that should answer ``true`` has another answer."""
        if result is not True:
            raise answers.wrong_shape(attempted, self._http.where(on), 200, f"the result is {result!r}, not true")

    @property
    def _slow(self) -> Timeout:
        """The time-out of calls that use the cluster's consensus or many files."""
        return self._http.timeout, max(self._http.timeout, 120.0)


def refused_by_strict_mode(error: QdrantError) -> bool:
    """Whether the collection's strict mode refused the call: only these refusals contain advice."""
    return error.kind == "bad_request" and ". Help: " in error.said

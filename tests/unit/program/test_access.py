# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A run waits for access, and for nothing else."""

from __future__ import annotations

import pytest
from ansible_collections.vectorops.qdrant.plugins.module_utils._base.errors import EngineError, RefusedError
from ansible_collections.vectorops.qdrant.plugins.module_utils._program.access import with_patience
from ansible_collections.vectorops.qdrant.plugins.module_utils._qdrant.errors import QdrantError
from ansible_collections.vectorops.qdrant.plugins.module_utils._repository.errors import StoreError


def store_error(kind):
    return StoreError("list", "s3://b", f"the store said {kind}", kind=kind)


def node_error(kind):
    return QdrantError("ask", "http://n", "no", kind=kind)


class Clock:
    """Time that passes only in sleep."""

    def __init__(self):
        self.now = 100.0

    def __call__(self):
        return self.now

    def sleep(self, seconds):
        self.now += seconds


def attempt(errors, seconds):
    """(result or error, tries, warnings, seconds slept) of work that fails with these errors first."""
    clock, left, tries, warned = Clock(), list(errors), [], []

    def work():
        tries.append(clock.now)
        if left:
            raise left.pop(0)
        return "done"

    try:
        found = with_patience(work, seconds, warned.append, clock, clock.sleep)
    except EngineError as error:
        found = error
    return found, len(tries), warned, clock.now - 100.0


@pytest.mark.parametrize(
    "error",
    [store_error(kind) for kind in ("no_credentials", "forbidden", "unreachable", "expired")]
    + [node_error("unreachable")],
)
def test_waits_for_access(error):
    assert attempt([error, error], 60)[:2] == ("done", 3)


@pytest.mark.parametrize(
    "error",
    [
        node_error("forbidden"),
        node_error("unauthorized"),
        store_error("no_bucket"),
        store_error("bad_digest"),
        RefusedError("restore", "x", "it is there"),
    ],
)
def test_waits_for_nothing_else(error):
    assert attempt([error], 60)[:2] == (error, 1)


def test_has_a_deadline():
    error = store_error("no_credentials")
    found, tries, dummy, slept = attempt([error] * 1000, 30)
    assert found is error
    assert 5 < tries < 12
    assert slept <= 30


def test_does_not_wait_unless_asked():
    error = store_error("no_credentials")
    assert attempt([error], 0)[:2] == (error, 1)


def test_says_each_cause_once():
    first, second = store_error("no_credentials"), store_error("forbidden")
    assert len(attempt([first, first, second, second], 60)[2]) == 2

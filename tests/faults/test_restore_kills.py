# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""SIGKILL of a restore at each step, and of the node at random moments: the next restore brings everything back."""

from __future__ import annotations

import random
import signal
import threading
import time

import pytest
from ansible_collections.vectorops.qdrant.plugins.module_utils._base.errors import EngineError
from ansible_collections.vectorops.qdrant.tests.support.marks import needs_own_server
from ansible_collections.vectorops.qdrant.tests.support.proxy import FaultProxy
from ansible_collections.vectorops.qdrant.tests.support.qdrant import start_qdrant
from ansible_collections.vectorops.qdrant.tests.support.restore_runs import begin, intents, killed_at
from ansible_collections.vectorops.qdrant.tests.support.rig import Rig

pytestmark = pytest.mark.faults
STEPS = [("inspect", "replace"), ("safety snapshot", "replace")]
STEPS += [(step, mode) for step in ("recover", "wait until ready", "prove") for mode in ("new", "replace")]
UNTOUCHED = ("inspect", "safety snapshot")  # no intent is open before these end
MOMENTS = 4


def lose(rig, mode):
    if mode == "new":
        rig.drop()
    else:
        rig.fill(first=1001, count=10)


@pytest.mark.parametrize(("step", "mode"), STEPS)
def test_killed_at_a_step_the_next_run_brings_it_back(rig, step, mode):
    rig.fill()
    before = rig.contents()
    rig.run("back_up")
    lose(rig, mode)
    with FaultProxy(int(rig.node.url.rpartition(":")[2])) as proxy:
        # After the recover the node is out of reach for a while, as in a restart: else nobody waits.
        proxy.on_request(
            lambda line: proxy.lose_answer(times=None, match="^GET /collections/articles$"), match="/recover"
        )
        url = proxy.url if step == "wait until ready" else rig.node.url
        code, said = killed_at(rig, step, mode=mode, url=url)
        assert code == -signal.SIGKILL, said or "\n".join(proxy.requests)
        proxy.clear()
        opened = intents(rig, url)
        if step in UNTOUCHED:
            assert opened == [] and rig.count() == 210
        else:
            assert [intent.collection for intent in opened] == ["articles"] and "may be mixed" in opened[0].warning()
        report = rig.run("restore", mode=mode, url=url)
    assert report["ok"] and report["collections"][0]["proven"] and rig.contents() == before
    assert intents(rig, url) == [] and rig.run("verify")["ok"]


def test_killed_before_the_aliases_the_next_run_makes_them(rig):
    """All is back and proven by then, and nothing is in doubt."""
    rig.fill()
    before = rig.contents()
    alias = {"create_alias": {"collection_name": "articles", "alias_name": "live"}}
    rig.node.call("POST", "/collections/aliases", {"actions": [alias]})
    rig.run("back_up")
    rig.node.call("POST", "/collections/aliases", {"actions": [{"delete_alias": {"alias_name": "live"}}]})
    rig.fill(first=1001, count=10)
    with FaultProxy(int(rig.node.url.rpartition(":")[2])) as proxy:
        process = begin(rig, mode="replace", restore_aliases=True, url=proxy.url)
        proxy.on_request(lambda line: process.kill(), match="^POST /collections/aliases")
        said = process.communicate(timeout=120)[1].decode()
        assert process.returncode == -signal.SIGKILL, said[-2000:]
        assert intents(rig, proxy.url) == [] and rig.contents() == before
        report = rig.run("restore", mode="replace", restore_aliases=True, url=proxy.url)
    assert report["ok"] and rig.count("live") == 200


@needs_own_server
@pytest.mark.parametrize("moment", range(MOMENTS))
def test_the_node_dies_at_a_random_moment_of_a_replacement(s3_server, tmp_path, moment):
    """Old, dirty, mixed or restored, green or not: what is called good is good, and all else is brought back."""
    with start_qdrant(str(tmp_path / "node")) as node:
        rig = Rig(node, s3_server, tmp_path, f"random-{tmp_path.name}")
        rig.fill(count=3000, config={"shard_number": 3})
        before = rig.contents()
        rig.run("back_up")
        changed = [{"id": n, "vector": [1.0] * 8, "payload": {"topic": "changed"}} for n in range(1, 3001)]
        node.call("PUT", "/collections/articles/points?wait=true", {"points": changed})
        began: list[float] = []

        def note(event):
            if (event.step == "recover" and not began) or event.step == "prove":
                began.append(time.monotonic())

        rig.run("restore", mode="replace", collections=["articles"], progress=note)
        longest = began[1] - began[0]
        node.call("PUT", "/collections/articles/points?wait=true", {"points": changed})
        wait = random.Random().uniform(0, longest) if moment else longest / 2

        def die():
            node.kill()
            node.start_again()

        dying = threading.Timer(wait, die)

        def start(event):
            if event.step == "recover" and dying.ident is None:
                dying.start()

        try:
            report = rig.run("restore", mode="replace", silence_timeout=30, progress=start)
            ok, told = report["ok"], report["failed"]
        except EngineError as error:
            ok, told = False, str(error)
        dying.join()
        if ok:
            assert rig.contents() == before, f"called good after {wait:.3f} s of {longest:.3f}"
        else:
            assert [intent.collection for intent in intents(rig)] == ["articles"], told
            again = rig.run("restore", mode="replace", backup_id="latest")
            assert again["ok"] and rig.contents() == before
        assert intents(rig) == []

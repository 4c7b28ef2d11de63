# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a restore will do, and why it would refuse. Pure: facts and options in, a plan out; tested by tables."""

from __future__ import annotations

from collections.abc import Iterator

from .._base.plan import Plan, Step
from . import refuse, warn
from .choose import deliveries, in_place, to_do, wanted_aliases
from .values import RestoreFacts, RestoreOptions, Source, Target


def make_plan(facts: RestoreFacts, options: RestoreOptions) -> Plan:
    """The steps for every collection in order; every refusal at once, so that one look shows all that is in the way."""
    pairs = to_do(facts, options)
    steps = [step for source, target in pairs for step in _pair_steps(source, target, facts, options)]
    what = ", ".join(sorted({target.name for dummy, target in pairs})) or "nothing"
    return Plan(
        "restore",
        f"{what} on {facts.node_url}",
        tuple(steps),
        tuple(refuse.refusals(facts, options)),
        tuple(warn.warnings(facts, options)),
    )


def _pair_steps(source: Source, target: Target, facts: RestoreFacts, options: RestoreOptions) -> Iterator[Step]:
    replace, name = in_place(source, target, options), target.name
    ways = deliveries(source, target, facts, options)
    if replace:
        yield Step("verify archive", source.location, source.bytes)
        yield Step("safety snapshot", name)
    elif target.leftover(source):
        if target.count:
            yield Step("safety snapshot", name)
        yield Step("delete leftover", name, destructive=True)
    yield Step("write intent", name)
    if not replace and source.custom_sharding:
        yield Step("create", name, detail={"shard_keys": [key for key, dummy in source.shard_keys]})
    yield Step("recover", name, source.bytes, destructive=replace, detail={"from": source.location, "delivery": ways})
    yield Step("wait until ready", name)
    yield Step("prove", name, detail={"points": source.points, "quiet": source.quiet})
    yield Step("close intent", name)
    for alias in wanted_aliases(source, options):
        if facts.aliases.get(alias) != name:
            yield Step("create alias", alias, detail={"collection": name})

# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The options of a prune."""

from __future__ import annotations

import dataclasses

from .._base.clock import check_backup_id
from .._base.errors import UsageError
from .._options import HOST, KEEP, PRUNE, field

COUNTS = ("keep_last", "keep_hourly", "keep_daily", "keep_weekly", "keep_monthly", "keep_yearly")


@dataclasses.dataclass(frozen=True)
class PruneOptions:
    """node_name: whose backups are pruned, and the name of the node at ``url``. Counts are None or 0 if not set;
    keep_within and orphan_grace are seconds; given: the words of this command, for the commands that refusals tell."""

    cluster: str
    node_name: str
    keep_last: int | None = field(KEEP, "keep_last")
    keep_hourly: int | None = field(KEEP, "keep_hourly")
    keep_daily: int | None = field(KEEP, "keep_daily")
    keep_weekly: int | None = field(KEEP, "keep_weekly")
    keep_monthly: int | None = field(KEEP, "keep_monthly")
    keep_yearly: int | None = field(KEEP, "keep_yearly")
    keep_within: float | None = field(KEEP, "keep_within")
    all_nodes: bool = field(PRUNE, "all_nodes")
    forget: tuple[str, ...] = field(PRUNE, "forget")
    forget_servers: tuple[str, ...] = field(PRUNE, "forget_servers")
    skip_unreadable: tuple[str, ...] = field(PRUNE, "skip_unreadable")
    delete_unreadable: tuple[str, ...] = field(PRUNE, "delete_unreadable")
    local_snapshots: bool = field(PRUNE, "local_snapshots")
    orphan_grace: float = field(PRUNE, "orphan_grace")
    prices: tuple[str, ...] = field(PRUNE, "prices")
    state_dir: str = field(HOST, "state_dir")
    given: tuple[str, ...] = ()


def check_options(options: PruneOptions) -> None:
    """UsageError for invalid options, and if no rule is set: then everything but the protected backups would go."""
    for name in COUNTS:
        number = getattr(options, name)
        if number is not None and number < 0:
            raise UsageError(f"{name} is {number}", f"Set {name} to a number of backups, or leave it out.")
    for peer in options.forget_servers:
        if not peer.isdigit():
            raise UsageError(f"forget_servers: {peer!r} is not a peer id", "Use one that qdrant-backup show prints.")
    for backup_id in (*options.skip_unreadable, *options.delete_unreadable):
        check_backup_id(backup_id, or_latest=False)
    both = sorted(set(options.skip_unreadable) & set(options.delete_unreadable))
    if both:
        raise UsageError(
            f"skip_unreadable and delete_unreadable both name {', '.join(both)}", "Name it in one of them."
        )
    if not any(getattr(options, option.name) for option in KEEP):
        raise UsageError(
            "No rule says which backups to keep",
            "Set at least one of keep_last, keep_hourly, keep_daily, keep_weekly, keep_monthly, keep_yearly and "
            "keep_within, for example keep_last 7 and keep_daily 14.",
        )
    prices_of(options.prices)


def prices_of(texts: tuple[str, ...]) -> dict[str, float]:
    """Storage class to price of one GiB for one month. UsageError for a text that is not CLASS=PRICE."""
    found: dict[str, float] = {}
    for text in texts:
        name, equals, price = text.partition("=")
        try:
            value = float(price)
        except ValueError:
            value = -1.0
        if not name.strip() or not equals or not 0 <= value < float("inf"):
            raise UsageError(
                f"prices: {text!r} is not a price", "Use CLASS=PRICE, for example STANDARD=0.023 for one GiB and month."
            )
        found[name.strip().upper()] = value
    return found

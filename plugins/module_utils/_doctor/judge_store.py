# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Facts of a repository to findings. Pure."""

from __future__ import annotations

import re

from .._repository.trials import Credentials, StoreFacts, Trial
from .judge_bucket import judge_settings
from .values import ERROR, OK, WARNING, Finding

_AREA = "repository"
_SKEW_SEEN, _SKEW_REFUSED = 60.0, 840.0
_RIGHTS = "qdrant-backup policy --role writer prints what must be allowed."
_LOOPBACK = re.compile(r"^http://(127\.|localhost|\[::1\])")
# Trial: (what is right, severity where it is not, what is wrong, what to do).
_TRIALS: dict[str, tuple[str, str, str, str]] = {
    "write": ("It can be written to.", ERROR, "It cannot be written to", _RIGHTS),
    "read": ("What was written can be read.", ERROR, "What was written cannot be read back", _RIGHTS),
    "list": ("It can be listed.", ERROR, "It cannot be listed", _RIGHTS),
    "if_absent": (
        "It refuses to overwrite where asked (If-None-Match).",
        ERROR,
        "It overwrites although asked not to (If-None-Match)",
        "Upgrade the store: two runs could overwrite each other's backups.",
    ),
    "if_match": (
        "It refuses to overwrite what changed (If-Match).",
        ERROR,
        "It overwrites what changed meanwhile (If-Match)",
        "Upgrade the store: locks do not hold on it.",
    ),
    "digest": (
        "It checks what arrives (Content-MD5).",
        WARNING,
        "It does not check what arrives (Content-MD5)",
        "Let a timer run qdrant-backup verify: nothing else finds bytes that were damaged on the way.",
    ),
    "part_digest": (
        "It checks the parts of uploads (CRC32).",
        OK,
        "It does not check the CRC32 of parts",
        "Nothing to do: MD5 is used instead.",
    ),
    "range": (
        "It serves ranges.",
        WARNING,
        "It serves no ranges",
        "Large archives cannot be resumed or read in parallel.",
    ),
    "multipart": ("It takes uploads by parts.", ERROR, "It takes no uploads by parts", _RIGHTS),
    "multipart_if_absent": (
        "Nor does an upload by parts overwrite.",
        WARNING,
        "An upload by parts overwrites although asked not to",
        "Upgrade the store: large archives could be overwritten by a second run.",
    ),
    "abort": ("Unfinished uploads can be dropped.", WARNING, "Unfinished uploads cannot be dropped", _RIGHTS),
    "list_uploads": ("Unfinished uploads can be found.", WARNING, "Unfinished uploads cannot be found", _RIGHTS),
}


def judge_store(facts: StoreFacts) -> list[Finding]:
    """What is right and wrong about a repository."""
    found = _credentials(facts.credentials) + _connection(facts)
    if facts.unreachable:
        fix = "Give this host a role, or set profile." if facts.unreachable_kind == "no_credentials" else ""
        return [*found, Finding(ERROR, _AREA, facts.unreachable, fix)]
    for name, (right, severity, wrong, fix) in _TRIALS.items():
        if name in facts.trials:
            found.append(_of(facts.trials[name], right, severity, wrong, fix))
    found += _scratch(facts.trials.get("clean_up"), facts)
    if facts.settings is not None:
        found += judge_settings(facts.settings, facts.base, facts.url)
    for name, trial in facts.forbidden.items():
        found.append(_forbidden(name, trial, facts.url))
    return found


def _credentials(known: Credentials | None) -> list[Finding]:
    if known is None:
        return []
    if known.role:
        return [Finding(OK, _AREA, f"Credentials come from a role ({known.method}) and are renewed by themselves.")]
    what = f"Credentials are static keys ({known.method})."
    fix = "Where the store has roles, give this host one, and take the keys away."
    return [Finding(WARNING, _AREA, what, fix)]


def _connection(facts: StoreFacts) -> list[Finding]:
    found = []
    if facts.endpoint.startswith("http://") and not _LOOPBACK.match(facts.endpoint):
        what = f"{facts.endpoint} is not encrypted: archives can be read on their way."
        found.append(Finding(WARNING, _AREA, what, "Set endpoint_url to the https address."))
    if facts.skew is not None and abs(facts.skew) >= _SKEW_SEEN:
        side = "ahead of" if facts.skew > 0 else "behind"
        severity = ERROR if abs(facts.skew) >= _SKEW_REFUSED else WARNING
        what = f"This host's clock is {abs(facts.skew):.0f} s {side} the store's; requests are refused from 900 s on."
        found.append(Finding(severity, _AREA, what, "timedatectl set-ntp true"))
    elif facts.skew is not None:
        found.append(Finding(OK, _AREA, "This host's clock and the store's agree."))
    return found


def _of(trial: Trial, right: str, severity: str, wrong: str, fix: str) -> Finding:
    if trial.outcome == "good":
        return Finding(OK, _AREA, right)
    if trial.outcome == "bad":
        return Finding(severity, _AREA, f"{wrong}.", fix)
    if trial.outcome == "forbidden":  # the rule itself could not be seen at work
        return Finding(ERROR if severity == ERROR else WARNING, _AREA, f"{wrong}: {trial.said}", _RIGHTS)
    return Finding(severity, _AREA, f"{wrong}: {trial.said}", fix)


def _scratch(trial: Trial | None, facts: StoreFacts) -> list[Finding]:
    if trial is None or trial.outcome == "good":
        return []
    if trial.outcome == "forbidden":
        what = f"Two small objects stay below {facts.url} (doctor/), as a writer may not delete."
        return [Finding(OK, _AREA, what)]
    return [Finding(WARNING, _AREA, f"Scratch objects below doctor/ could not be deleted: {trial.said}")]


def _forbidden(name: str, trial: Trial, url: str) -> Finding:
    if trial.outcome == "good":
        return Finding(OK, _AREA, f"Refused, as it must be: to {name}.")
    if trial.outcome == "bad":
        what = f"These credentials can {name}: a host that was broken into could destroy its backups."
        bucket = url.partition("://")[2].partition("/")[0]
        fix = "qdrant-backup policy --role writer"
        if name.startswith("overwrite"):
            apply = f"aws s3api put-bucket-policy --bucket {bucket} --policy file://p.json"
            fix = f"qdrant-backup policy --bucket-policy > p.json; {apply}"
        return Finding(ERROR, _AREA, what, fix)
    return Finding(WARNING, _AREA, f"Whether these credentials can {name} cannot be told: {trial.said}")

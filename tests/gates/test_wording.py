# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Phrases that an operator has to read twice: refused in messages, docstrings, comments and guides."""

from __future__ import annotations

import fnmatch
import re
from pathlib import Path

import pytest
from ansible_collections.vectorops.qdrant.tests.gates import source

# Files whose sentences are finished, as globs (``*`` also matches a slash). To extend the gate, add a room here.
FINISHED = (
    "README.md",
    "CODE_OF_CONDUCT.md",
    "CONTRIBUTING.md",
    "Makefile",
    "changelogs/fragments/*",
    "docs/docsite/*",
    "playbooks/*",
    "plugins/doc_fragments/*",
    "plugins/filter/*",
    "plugins/lookup/*",
    "plugins/modules/*",
    "plugins/module_utils/_archive/*",
    "plugins/module_utils/_backup/*",
    "plugins/module_utils/_base/*",
    "plugins/module_utils/_doctor/*",
    "plugins/module_utils/_drill/*",
    "plugins/module_utils/_options.py",
    "plugins/module_utils/_program/*",
    "plugins/module_utils/_proof/*",
    "plugins/module_utils/_qdrant/*",
    "plugins/module_utils/_report/*",
    "plugins/module_utils/_repository/*",
    "plugins/module_utils/_restore/*",
    "plugins/module_utils/_retention/*",
    "plugins/module_utils/_snapshot/*",
    "plugins/module_utils/_status/*",
    "plugins/module_utils/_sync/*",
    "plugins/module_utils/_verbs/*",
    "roles/*",
    "tools/*",
)
# Pattern -> what to write instead.
PHRASES = {
    r"\bwithout a word\b": "without warning",
    r"\bby now\b|\banew\b|\bmeanwhile\b": "leave it out, or name the time: since then, again, during the restore",
    r"\bof (ours|nobody)\b|\bnobody\b|\bsomebody\b|\bwhoever\b": "this collection, another client, no user",
    r"\bthere twice\b": "duplicate",
    r"\bsays? true\b": "reports success",
    r"\b(needs?|for|to) a person\b|\ba person (knows|is)\b": "needs attention; as text; an operator",
    r"(?<!there\s)(?<!default\s)\b(is|are) no (?!longer\b|more\b|matter\b)[a-z]": "is not a ..., is an unknown ...",
    r"\bwhere what\b|\bin vain\b|\bas it is by\b": "say it in two sentences",
    r"\blies? there\b|\blie there as\b|\bas they lay\b": "is stored, exists",
    r"\b(tells|told) whether\b|\bis told\b|\bare told\b": "reports, is reported",
    r"\btell how\b|\bhow it went\b": "summarize, the result",
    r"\bmeans? nothing\b": "unknown, invalid",
    r"\b(is|are) not there\b": "does not exist, is missing",
    r"\blooked through\b|\blook into\b": "checked, check",
    r"\bmend(s|ed|ing)?\b": "fix",
    r"\bhalf[- ](done|written|made)\b|\bhalves of\b": "unfinished, incomplete",
    r"\btake[sn]? (it |them )?away\b|\btook away\b": "remove, delete",
    r"\bthe way out\b|\bway back\b": "what to do",
    r"\bexclude each other\b": "are mutually exclusive",
    r"\bhostile\b|\babsurd\b": "malicious, too large",
}


def finished(name: str) -> bool:
    """Whether a file, by its path in the repository, must not hold the phrases."""
    return any(fnmatch.fnmatchcase(name, pattern) for pattern in FINISHED)


def phrases_in(text: str) -> list[str]:
    """The phrases in a text, each with its line and what to write instead. A phrase may be broken across two lines."""
    # Ends of lines, comment marks and joined string literals become one blank of the same length.
    flat = re.sub(r'["\']?\n\s*(?:#:?|f?["\'])?', lambda found: " " * len(found[0]), text)
    found = []
    for pattern, instead in PHRASES.items():
        for match in re.finditer(pattern.replace(" ", r"\s+"), flat, flags=re.I):
            line = text.count("\n", 0, match.start()) + 1
            found.append(f"{line}: {' '.join(match[0].split())!r}: write: {instead}")
    return found


def test_no_phrase_that_has_to_be_read_twice() -> None:
    names = {path: str(path.relative_to(source.ROOT)) for path in source.repository_files()}
    checked = {path: name for path, name in names.items() if finished(name)}
    assert len(checked) > 100
    problems = [f"{name}:{problem}" for path, name in checked.items() for problem in phrases_in(read(path))]
    assert not problems, "\n" + "\n".join(problems)


def test_every_glob_matches_a_file() -> None:
    names = [str(path.relative_to(source.ROOT)) for path in source.repository_files()]
    unused = [pattern for pattern in FINISHED if not fnmatch.filter(names, pattern)]
    assert unused == []


def read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        return ""


@pytest.mark.parametrize(
    "text",
    [
        "Qdrant would overwrite its target without a word.",
        "Setting it would move it without\n    a word.",
        "what needs a person",
        "'lst' is no verb",
        "prefix stands there twice",
        "Qdrant would say true",
        "# Nobody noted a sha256",
        "Where what is there is known to be right (looked through, or made anew)",
        'f"the collection was made "\n            "anew meanwhile"',
        "The folder is not there.",
        "name the line that mends it",
        "Tell how it went",
        "Refuse variables that mean nothing",
        "bucket and path exclude each other",
        "the outcome is told in the report",
    ],
)
def test_gate_sees_a_phrase(text: str) -> None:
    assert phrases_in(text)


@pytest.mark.parametrize(
    "text",
    [
        "This restore will not repoint the alias.",
        "If there is no role, set access_key.",
        "The collection is no longer backed up.",
        "The command is unknown.",
        "Messages say what failed.",
        "a recommended setting",
    ],
)
def test_gate_lets_plain_sentences_pass(text: str) -> None:
    assert phrases_in(text) == []


def test_the_number_of_a_line_is_right() -> None:
    assert phrases_in("one\ntwo\nthe folder is\n# not there\n")[0].startswith("3: 'is not there'")

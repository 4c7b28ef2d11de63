# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The command line: made from the options table, words as collections, secrets refused, mistakes named."""

from __future__ import annotations

import pytest
from ansible_collections.vectorops.qdrant.plugins.module_utils._base.errors import UsageError
from ansible_collections.vectorops.qdrant.plugins.module_utils._options import flag
from ansible_collections.vectorops.qdrant.plugins.module_utils._program.arguments import parse_options, parse_verb
from ansible_collections.vectorops.qdrant.plugins.module_utils._program.commands import COMMANDS


def parse(name, *words):
    command = COMMANDS[name]
    return parse_options(name, command.options(command.load()), words, command)


def values(name, *words):
    return parse(name, *words)[1]


def test_verbs_and_what_stands_before_them():
    assert parse_verb(["-c", "/x", "--json", "run", "-v", "a"]) == ("run", ["-v", "a"], {"config": "/x", "json": True})
    assert parse_verb(["--version"])[0] == "version"
    assert parse_verb(["-c", "run", "list"])[0] == "list"


@pytest.mark.parametrize(
    ("words", "said"), [([], "The command is missing"), (["lst"], "Did you mean list"), (["--nope"], "--nope")]
)
def test_wrong_verbs(words, said):
    with pytest.raises(UsageError, match=said):
        parse_verb(words)


def test_only_what_is_given_is_there():
    assert parse("run") == ({}, {})
    assert parse("run", "--check", "-q", "-v", "--json", "-c", "x")[0] == {
        "check": True,
        "quiet": True,
        "verbose": True,
        "json": True,
        "config": "x",
    }
    assert parse("restore", "--dry-run")[0] == {"check": True}


@pytest.mark.parametrize(
    "words", [("a", "b"), ("--collections", "b", "a"), ("--collections", "a", "--collections", "b")]
)
def test_collections(words):
    assert sorted(values("restore", *words)["collections"]) == ["a", "b"]


def test_words_may_stand_anywhere():
    assert values("restore", "a", "--name", "n", "b")["collections"] == ["a", "b"]
    assert values("restore", "--name", "n", "--", "-odd-name") == {"name": "n", "collections": ["-odd-name"]}


@pytest.mark.parametrize("name", ["-odd-name", "--help", "--json"])
def test_a_name_like_an_option_may_follow_the_command(name):
    assert parse_verb(["-q", "restore", "--", name]) == ("restore", ["--", name], {"quiet": True})
    assert values("restore", "--", name) == {"collections": [name]}


def test_show_takes_an_id():
    assert values("show", "20261122T190000Z") == {"backup_id": "20261122T190000Z"}
    assert values("show") == {"backup_id": "latest"}
    assert values("show", "--before", "2026-11-22") == {"before": "2026-11-22"}
    with pytest.raises(UsageError, match="mutually exclusive"):
        parse("show", "latest", "--before", "2026-11-22")
    for words in (("one", "two"), ("one", "--", "two"), ("--", "one", "two")):
        with pytest.raises(UsageError, match="Too many arguments"):
            parse("show", *words)


@pytest.mark.parametrize("command", ["show", "pin", "unpin"])
def test_an_id_may_follow_two_dashes(command):
    """As of other commands: a playbook writes them before a value that it was given."""
    assert values(command, "--", "20261122T190000Z") == {"backup_id": "20261122T190000Z"}
    assert values(command, "--node", "n", "--") == {"node": "n", "backup_id": "latest"}


@pytest.mark.parametrize(
    "words",
    [
        ("restore", "--backup-id", ""),
        ("restore", "--before="),
        ("restore", "--mode", "replace", "--name", ""),
        ("restore", "--ids", "1", "--ids", ""),
        ("restore", "--points", "changed", "--filter", ""),
        ("restore", ""),
        ("restore", "--", ""),
        ("show", ""),
        ("show", "--", ""),
        ("pin", ""),
        ("settle", ""),
    ],
)
def test_an_unset_variable_does_not_choose_the_default(words):
    with pytest.raises(UsageError, match="is empty"):
        parse(*words)


def test_an_empty_value_turns_a_setting_off():
    assert values("restore", "--prefix", "", "--snapshots-dir", "") == {"prefix": "", "snapshots_dir": ""}


def test_types_and_flags():
    assert values("run", "--timeout", "5", "--keep-local=3", "--no-validate-certs", "--accept-shrink") == {
        "timeout": 5.0,
        "keep_local": 3,
        "validate_certs": False,
        "accept_shrink": True,
    }
    assert values("run", "--validate-certs", "--no-accept-shrink") == {"validate_certs": True, "accept_shrink": False}
    with pytest.raises(UsageError, match="--timeout: expected a number"):
        parse("run", "--timeout", "soon")
    with pytest.raises(UsageError, match="--mode: expected one of new, missing, replace"):
        parse("restore", "--mode", "force")


@pytest.mark.parametrize("name", ["show", "pin", "unpin"])
@pytest.mark.parametrize("words", [("--backup-id", "latest"), ("--backup-id=20260101T000000Z",)])
def test_an_id_that_is_given_as_an_option(name, words):
    with pytest.raises(UsageError, match=rf"^--backup-id is not .* Write the id alone: qdrant-backup {name} ID$"):
        parse(name, *words)


def test_all_nodes():
    assert values("list", "--all-nodes") == {"node": ""}
    with pytest.raises(UsageError, match="mutually exclusive"):
        parse("verify", "--all-nodes", "--node", "a")
    with pytest.raises(UsageError, match="--all-nodes"):
        parse("run", "--all-nodes")


@pytest.mark.parametrize("name", ["api-key", "access-key", "secret-key", "session-token", "snapshot-url"])
@pytest.mark.parametrize("form", ["--{}=made-up-secret-on-a-line", "--{} made-up-secret-on-a-line", "--{}"])
def test_secrets_are_refused(name, form):
    with pytest.raises(UsageError) as caught:
        parse("restore", *form.format(name).split())
    assert f"--{name}-file" in str(caught.value) and "made-up" not in str(caught.value)
    assert values("restore", f"--{name}-file", "/f") == {f"{name}-file".replace("-", "_"): "/f"}


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--timeot", "5"), "Did you mean --timeout"),
        (("--timeo=5",), "Unknown option --timeo"),  # no abbreviations
        (("--apikey=made-up-secret-mistyped",), "--apikey"),
        (("--apikey", "made-up-secret-mistyped"), "--apikey"),
        (("--timeout",), "expected one argument"),
    ],
)
def test_mistakes(words, said):
    with pytest.raises(UsageError) as caught:
        parse("run", *words)
    assert said in str(caught.value) and "made-up" not in str(caught.value)


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_help_names_every_option_and_no_markup(name, capsys):
    with pytest.raises(SystemExit) as caught:
        parse(name, "--help")
    shown = capsys.readouterr().out
    assert caught.value.code == 0 and "exit codes" in shown
    assert not [markup for markup in ("O(", "V(", "C(", "==SUPPRESS==") if markup in shown]
    command = COMMANDS[name]
    for option in command.options(command.load()).values():
        if option.name not in (*command.hidden, command.positional):
            assert flag(option.name)[2:] in shown

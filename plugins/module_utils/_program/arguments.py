# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The command line, made from the options table.

Values are read as text here and checked together with those of all other sources. The option of a secret exists only to
be refused, because every user of the host can read a command line.
"""

from __future__ import annotations

import argparse
import os
import re
from collections.abc import Mapping, Sequence
from typing import Any, NoReturn

from .._base.errors import UsageError
from .._options import Option, flag
from .commands import COMMANDS, ONE_OFF, OWN, Command
from .configuration import DEFAULT_PATH, FILE, nearest
from .credentials import refusal
from .values import from_text, from_value

PROGRAM = "qdrant-backup"
EPILOG = """\
exit codes: 0 success, 1 failed, 2 wrong usage, 3 refused by a guard (nothing was changed), 4 another run holds the lock
settings: command line, then QDRANT_BACKUP_<OPTION> in the environment, then the configuration file, then defaults
"""
LATEST = "latest"
_MARKUP = re.compile(r"\b([OVRCI]|RV)\(([^)]*)\)")


class _Formatter(argparse.RawDescriptionHelpFormatter):
    """With a fixed width: argparse would import slow libraries to find the terminal's width."""

    def __init__(self, prog: str, **dummies: Any) -> None:
        try:
            columns = os.get_terminal_size().columns
        except OSError:
            columns = 0
        super().__init__(prog, width=max(60, columns or 100) - 2, max_help_position=30)


class _Parser(argparse.ArgumentParser):
    """Errors in the program's form; no abbreviations, so that a new option does not change the meaning of a script."""

    def __init__(self, **more: Any) -> None:
        super().__init__(allow_abbrev=False, formatter_class=_Formatter, epilog=EPILOG, **more)

    def error(self, message: str) -> NoReturn:
        raise UsageError(message[:1].upper() + message[1:], f"See {self.prog} --help")


class _Refused(argparse.Action):
    """A secret on the command line. Its value is not repeated."""

    def __call__(self, *dummy: Any, **dummies: Any) -> NoReturn:
        raise refusal(self.dest, "the command line")


def _seconds(text: str) -> float:
    """A duration that is not negative; argparse reports the error."""
    seconds = float(text)
    if not 0 <= seconds < float("inf"):
        raise ValueError
    return seconds


def common_options(parser: argparse.ArgumentParser) -> None:
    """The options that are allowed before and after the command."""
    group = parser.add_argument_group("the program itself")
    path = f"configuration file, YAML or JSON (default: {DEFAULT_PATH} if it exists)"
    group.add_argument("-c", "--config", metavar="FILE", default=argparse.SUPPRESS, help=path)
    for names, text in (
        (("--json",), "print one JSON document on standard output, and nothing else there"),
        (("-q", "--quiet"), "no progress and no text report; warnings and errors are still printed"),
        (("-v", "--verbose"), "tell each step, also where there is no terminal"),
    ):
        group.add_argument(*names, action="store_true", default=argparse.SUPPRESS, help=text)
    text = "go on trying for so long while the store has no credentials for this host, refuses them or is not reached"
    group.add_argument("--wait-for-access", metavar="SECONDS", type=_seconds, default=argparse.SUPPRESS, help=text)


def parse_verb(argv: Sequence[str]) -> tuple[str, list[str], dict[str, Any]]:
    """(command, the other arguments, the common options before it). ``--help`` and ``--version`` end the program
    here."""
    verbs = {**{name: command.help for name, command in COMMANDS.items()}, **OWN}
    listed = "\n".join(f"  {name:<9} {text}" for name, text in verbs.items())
    parser = _Parser(
        prog=PROGRAM,
        usage=f"{PROGRAM} [-h] COMMAND [options]",
        description="Back up a Qdrant node to S3 or a folder, and restore collections with a proof.\n\n"
        f"commands ({PROGRAM} COMMAND --help lists the options):\n{listed}",
    )
    common_options(parser)
    parser.add_argument("--version", action="store_true", default=argparse.SUPPRESS, help="show the version")
    parser.add_argument("verb", nargs="?", help=argparse.SUPPRESS)
    parser.add_argument("rest", nargs=argparse.REMAINDER, help=argparse.SUPPRESS)
    end = argv.index("--") if "--" in argv else len(argv)  # argparse drops one that follows the command at once
    found = vars(parser.parse_args(argv[:end]))
    verb, rest = found.pop("verb"), [*found.pop("rest"), *argv[end:]]
    if found.pop("version", False):
        verb = "version"
    if verb is None:
        raise UsageError(f"The command is missing: use one of {', '.join(verbs)}", f"See {PROGRAM} --help")
    if verb not in verbs:
        raise UsageError(f"{verb!r} is an unknown command", nearest(verb, verbs) or f"See {PROGRAM} --help")
    return verb, rest, found


def parse_options(
    name: str, options: Mapping[str, Option], argv: Sequence[str], command: Command | None = None
) -> tuple[dict[str, Any], dict[str, Any]]:
    """(common options, values by option name) from the arguments after the command. Only given options are included."""
    parser = _Parser(prog=f"{PROGRAM} {name}", description=command.help if command else OWN[name])
    common_options(parser)
    hidden = command.hidden if command else ()
    group = parser.add_argument_group("options")
    if command and command.plans:
        _add(group, "--check", "--dry-run", action="store_true", help="show what would be done, and change nothing")
    if command and command.applies:
        _add(group, "--apply", action="store_true", help="do it; without this, the plan is shown and nothing changes")
    if command and command.all_nodes:
        _add(group, "--all-nodes", action="store_true", help="every node of the cluster, whatever node is set")
    if command and command.every:
        _add(group, "--all", action="store_true", help="all backups, not only the newest")
    for option in options.values():
        if option.name not in hidden and not (command and option.name == command.positional == "backup_id"):
            _add_option(group, option)
    if command and command.positional == "collections":
        parser.add_argument("words", nargs="*", metavar="COLLECTION", help="collections by name or glob")
    elif command and command.positional:
        parser.add_argument("words", nargs="?", metavar="ID", help="a backup id, or latest (the default)")
    end = argv.index("--") if "--" in argv else len(argv)
    parsed, unknown = parser.parse_known_intermixed_args(list(argv[:end]))
    if not isinstance(getattr(parsed, "words", None), list):
        names = list(argv[end + 1 :])
        if "words" in parsed and parsed.words is None and names:
            parsed.words = names.pop(0)
        unknown += names
    if unknown:
        raise _unknown(unknown, options, parser.prog, command.positional if command else "")
    return _sorted_out(vars(parsed), options, command, argv[end + 1 :])


def _sorted_out(
    found: dict[str, Any], options: Mapping[str, Option], command: Command | None, names: Sequence[str]
) -> tuple[dict[str, Any], dict[str, Any]]:
    words = found.pop("words", None)
    values: dict[str, Any] = {}
    _require_no_empty(found, words, names)
    if "query" in options and isinstance(words, list) and words[1:] and words[-1].lstrip().startswith("{"):
        values["query"] = words.pop()  # no collection has such a name
    for option in options.values():
        key = option.name + FILE if option.secret else option.name
        if key not in found:
            continue
        given = found.pop(key)
        as_text = isinstance(given, str) and not option.secret
        if option.type == "dict":
            given = from_value(option, given, flag(option.name))
        values[key] = from_text(option, given, flag(option.name)) if as_text else given
    if isinstance(words, list) and (words or names):
        values["collections"] = [*words, *names, *values.get("collections", ())]
    elif command and command.positional == "backup_id" and not {"backup_id", "before"} & {*values}:
        values["backup_id"] = words or LATEST
    elif words:
        raise UsageError("An id and --before are mutually exclusive", "Use only one of them.")
    if found.pop("all_nodes", False):
        if "node" in values:
            raise UsageError("--node and --all-nodes are mutually exclusive", "Use only one of them.")
        values["node"] = ""
    if found.pop("all", False):
        if "limit" in values:
            raise UsageError("--limit and --all are mutually exclusive", "Set one of them.")
        values["limit"] = 0
    return found, values


def _require_no_empty(found: Mapping[str, Any], words: Any, names: Sequence[str]) -> None:
    """UsageError if a word, or an option for a single run, is empty: it comes from a variable that was not set.

    Of other options, an empty value turns off what the configuration sets."""
    for name, given in found.items():
        if name.removesuffix(FILE) in ONE_OFF and _holds_empty(given):
            raise UsageError(f"{flag(name)} is empty", "Write a value, or leave it out.")
    if _holds_empty(words) or "" in names:
        raise UsageError("A name on the command line is empty", "Write a value, or leave it out.")


def _holds_empty(given: Any) -> bool:
    return given == "" or (isinstance(given, list) and "" in given)


def _add(group: Any, *names: str, **more: Any) -> None:
    group.add_argument(*names, default=argparse.SUPPRESS, **more)


def _add_option(group: Any, option: Option) -> None:
    text = _plain(option.help)
    if option.default not in (None, "", True, False):
        text += f" Default: {option.default}."
    name = flag(option.name)
    if option.secret:
        _add(group, f"{name}-file", dest=option.name + FILE, metavar="FILE", help=f"File that holds the value: {text}")
        _add(group, name, dest=option.name, nargs="?", action=_Refused, help=argparse.SUPPRESS)
    elif option.type == "bool":
        shown, other = (f"--no-{name[2:]}", name) if option.default else (name, f"--no-{name[2:]}")
        text = f"Turn this off: {text}" if option.default else text
        _add(group, shown, dest=option.name, action="store_const", const=not option.default, help=text)
        _add(group, other, dest=option.name, action="store_const", const=bool(option.default), help=argparse.SUPPRESS)
    elif option.type == "dict":
        _add(group, name, dest=option.name, action="append", metavar="NAME=URL", help=f"{text} Once for each node.")
    elif option.type == "list":
        _add(group, name, dest=option.name, action="append", metavar="NAME", help=f"{text} Can be repeated.")
    else:
        metavar = "{" + ",".join(option.choices) + "}" if option.choices else _METAVAR[option.type]
        names = (name, *map(flag, option.aliases))
        _add(group, *names, dest=option.name, metavar=metavar, help=text)


_METAVAR = {"str": "TEXT", "json": "JSON", "path": "PATH", "int": "N", "float": "N"}


def _plain(text: str) -> str:
    """Help without Ansible's markup, in argparse's form."""
    return _MARKUP.sub(lambda found: flag(found[2].replace("=", " ")) if found[1] == "O" else found[2], text).replace(
        "%", "%%"
    )


def _unknown(words: Sequence[str], options: Mapping[str, Option], prog: str, positional: str) -> UsageError:
    """The error for unknown arguments. It names only options, without values: a value may be a mistyped secret."""
    names = [word.partition("=")[0] for word in words if word.startswith("-") and len(word) > 1]
    if not names:
        return UsageError("Too many arguments for this command", f"See {prog} --help")
    if positional == "backup_id" and names[0] == flag(positional):
        return UsageError(f"{names[0]} is not an option of this command", f"Write the id alone: {prog} ID")
    known = [flag(name + FILE if option.secret else name) for name, option in options.items()]
    hint = nearest(names[0], [*known, "--check", "--config", "--quiet", "--verbose", "--json"])
    return UsageError(f"Unknown option {names[0]}", f"{hint} See {prog} --help".strip())

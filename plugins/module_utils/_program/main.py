# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs a verb of the engine from the command line, and converts its report to an exit code."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from typing import Any

from .._base.errors import EXIT_FAILED, EngineError, UsageError
from .._base.redaction import redact
from .._base.sentences import joined
from .access import with_patience
from .arguments import parse_options, parse_verb
from .bars import Bars
from .commands import COMMANDS, KEYLESS, STANDING_COLLECTIONS, Command, standing
from .configuration import DEFAULT_PATH, read_configuration
from .credentials import KEPT, kept_credentials
from .settings import COMMAND_LINE, PREFIX, Layer, Settings, environment_layer, require_one, settle
from .signals import Ended, InterruptedRun, ending_on_signals
from .terminal import Terminal


def main(argv: Sequence[str], environ: Mapping[str, str] | None = None) -> int:
    """Run the program and return the exit code. Every error is one message. environ: default is the process's own."""
    work = _Work(Terminal(json="--json" in argv), os.environ if environ is None else environ)
    try:
        with ending_on_signals():
            return work.carry_out(argv)
    except Ended as ended:
        return work.fail(InterruptedRun(ended.number, *work.state()))
    except EngineError as error:
        return work.fail(error)
    except Exception as error:  # noqa: BLE001 (the last handler: a user must not see a traceback)
        return work.fail(_Defect(f"Internal error ({type(error).__name__}): {redact(str(error))}"))


_SETTINGS = ("SETTING", "VALUE", "FROM")


class _Defect(EngineError):
    """An error that no room of the engine handles."""

    def __init__(self, said: str) -> None:
        super().__init__("", "", said, "Please report it.")
        self.args = (self.sentence(),)

    def sentence(self) -> str:
        return f"{self.said}. {self.next}"


class _Work:
    """One run of the program."""

    def __init__(self, terminal: Terminal, environ: Mapping[str, str]) -> None:
        self.terminal, self.environ = terminal, environ
        self.bars = Bars(shown=False, plain=True)
        self.verb = ""
        self.params: dict[str, Any] = {}
        self.typed: dict[str, Any] = {}

    def carry_out(self, argv: Sequence[str]) -> int:
        self.verb, rest, common = parse_verb(argv)
        if self.verb == "version":
            return self._version(rest, common)
        if self.verb == "config":
            return self._config(rest, common)
        command = COMMANDS[self.verb]
        verb: Any = command.load()
        options = command.options(verb)
        more, given = parse_options(self.verb, options, rest, command)
        common.update(more)
        self.typed = {**self._chosen_config(common), **given}
        self.terminal.typed = self.typed
        self._begin(common)
        settings = self._settings(options, given, common, getattr(verb, "EXCLUSIVE", ()))
        require_one(settings.values, getattr(verb, "REQUIRED_ONE_OF", ()))
        self.params = {**settings.values, **command.fixed, "typed": self.typed}
        if command.all_nodes:
            self.params["own_first"] = True
        check = _plans_only(command, common)
        report = with_patience(
            lambda: verb.run(self.params, check, self.bars),
            common.get("wait_for_access", 0.0),
            self.terminal.warn,
        )
        return self._report(command, report, common)

    def fail(self, error: EngineError) -> int:
        """End without a report: print the error and return the exit code."""
        self.bars.close()
        self.terminal.error(error)
        return error.exit_code

    def state(self) -> tuple[str, str]:
        """The message after a signal: the state of the work, and what to do next."""
        if self.verb == "run" and self.params:
            if "committed" in self.bars.steps:
                return "The backup had been committed.", ""
            return "Nothing was committed; earlier backups are unchanged.", "The next run cleans up."
        if self.verb == "prune" and self.params:
            return (
                "Backups that were deleted before stay deleted; all others are complete.",
                "The next prune deletes what is left of one that was being deleted.",
            )
        if self.verb == "drill" and self.params:
            return (
                "The drill was not recorded. No collection of yours was changed.",
                "The next drill or backup on this host deletes a throw-away collection that is left.",
            )
        if self.verb == "restore" and self.params.get("points"):
            return (
                "Points that were put back stay; nothing else was changed.",
                "The same command puts back the rest.",
            )
        if self.verb == "restore" and self.params:
            from .._base.host import Host

            intents = Host(str(self.params["state_dir"]), str(self.params["url"])).intents()
            if intents:
                return joined(*(intent.warning() for intent in intents)), ""
            return "No restore is unfinished.", ""
        return "Nothing was changed.", ""

    def _begin(self, common: dict[str, Any]) -> None:
        self.terminal.json = bool(common.get("json"))
        self.terminal.quiet = bool(common.get("quiet"))
        self.bars = Bars.of(self.terminal.quiet, bool(common.get("verbose")))

    def _chosen_config(self, common: Mapping[str, Any]) -> dict[str, Any]:
        """The configuration file for commands in messages. The units of an instance name it in their environment, which
        the shell that a command is pasted into does not have."""
        path = self._config_path(common)
        return {"config": path} if path and ("config" in common or path != DEFAULT_PATH) else {}

    def _config_path(self, common: Mapping[str, Any]) -> str | None:
        return common.get("config") or self.environ.get(PREFIX + "CONFIG")

    def _settings(
        self, options: Mapping[str, Any], given: dict[str, Any], common: dict[str, Any], exclusive: Sequence[Any]
    ) -> Settings:
        environment, warnings = environment_layer(self.environ)
        path = self._config_path(common)
        found = read_configuration(path or DEFAULT_PATH, optional=path is None)
        layers = (Layer(COMMAND_LINE, given), environment, Layer(path or DEFAULT_PATH, found))
        collections = self.verb in STANDING_COLLECTIONS
        kept = self._kept(options, os.path.dirname(path or DEFAULT_PATH))
        settings = settle(options, layers, self.environ, exclusive, standing_collections=collections, kept=kept)
        for text in (*warnings, *settings.warnings):
            self.terminal.warn(text)
        return settings

    def _kept(self, options: Mapping[str, Any], folder: str) -> dict[str, str]:
        names = [name for name, option in options.items() if option.secret]
        try:
            return kept_credentials(os.path.join(folder, KEPT), names, self.environ)
        except UsageError:
            if self.verb in KEYLESS:
                return {}
            raise

    def _report(self, command: Command, report: dict[str, Any], common: dict[str, Any]) -> int:
        from .warned import collection_warnings, folded

        self.bars.close()
        for text in folded((*report.get("warnings", ()), *collection_warnings(report))):
            self.terminal.warn(text)
        for failed in report.get("failed", ()):
            self.terminal.complain(_failure(failed))
        told = self.terminal.report(report, lambda: self._lines(command, report, common))
        return 0 if told and report.get("ok", True) and report.get("healthy", True) else EXIT_FAILED

    def _lines(self, command: Command, report: dict[str, Any], common: dict[str, Any]) -> list[str]:
        from .texts import lines_of

        return lines_of(command.name, report, _plans_only(command, common), self.typed)

    def _version(self, rest: Sequence[str], common: dict[str, Any]) -> int:
        from .._base.version import VERSION

        self._begin({**common, **parse_options(self.verb, {}, rest)[0]})
        report = {"program": "qdrant-backup", "version": VERSION, "python": ".".join(map(str, sys.version_info[:3]))}
        told = self.terminal.report(report, lambda: [f"qdrant-backup {VERSION} (Python {report['python']})"])
        return 0 if told else EXIT_FAILED

    def _config(self, rest: Sequence[str], common: dict[str, Any]) -> int:
        from .columns import table

        options = standing()
        more, given = parse_options(self.verb, options, rest)
        common.update(more)
        self._begin(common)
        settings = self._settings(options, given, common, [("bucket", "path")])
        rows = []
        for name in sorted(options):
            value = settings.values[name]
            if options[name].secret and value is not None:
                value = "(hidden)"
            rows.append({"name": name, "value": value, "origin": settings.origins[name]})
        cells = [(row["name"], row["value"], row["origin"]) for row in rows]
        told = self.terminal.report({"changed": False, "settings": rows}, lambda: table(_SETTINGS, cells))
        return 0 if told else EXIT_FAILED


def _plans_only(command: Command, common: Mapping[str, Any]) -> bool:
    """Whether the verb only shows its plan."""
    if common.get("check") and common.get("apply"):
        raise UsageError("--check and --apply are mutually exclusive", "Use only one of them.")
    return bool(common.get("check")) or (command.applies and not common.get("apply"))


def _failure(failed: dict[str, Any]) -> str:
    """The message of one entry of ``failed``, for every verb."""
    if failed.get("message"):
        return str(failed["message"])
    return f"{failed.get('name', '')}: {failed.get('error', 'failed')}"

# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads the configuration file: YAML or JSON with the option names as keys."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from .._base.errors import MissingLibraryError, UsageError
from .commands import ONE_OFF, known, standing
from .credentials import refusal
from .values import from_value

DEFAULT_PATH = "/etc/qdrant-backup/config.yml"
FILE = "_file"


def nearest(word: str, words: Iterable[str]) -> str:
    """``Did you mean x?``, or an empty string."""
    import difflib

    found = difflib.get_close_matches(word, list(words), 1, 0.6)
    return f"Did you mean {found[0]}?" if found else ""


def read_configuration(path: str, *, optional: bool = False) -> dict[str, Any]:
    """Name -> checked value; ``<secret>_file`` keys keep their names. A key without a value counts as missing.

    optional: a missing file counts as empty. UsageError names the file, the key and the problem.
    """
    try:
        with open(path, encoding="utf-8") as handle:
            text = handle.read()
    except FileNotFoundError:
        if optional:
            return {}
        raise UsageError(f"The configuration file {path} does not exist") from None
    except (OSError, UnicodeDecodeError) as error:
        said = getattr(error, "strerror", None) or str(error)
        raise UsageError(f"The configuration file {path} cannot be read: {said}") from None
    data = _parse(text, path)
    if data is None:
        return {}
    if not isinstance(data, dict):
        raise UsageError(f"{path}: expected keys and values (key: value), found {type(data).__name__}")
    return {str(key): _setting(str(key), value, path) for key, value in data.items() if value is not None}


def _setting(key: str, value: Any, path: str) -> Any:
    options, where = standing(), f"{path}: {key}"
    secret = key[: -len(FILE)] if key.endswith(FILE) else ""
    if secret in options and options[secret].secret:
        if not isinstance(value, str):
            raise UsageError(f"{where}: expected a path, found {type(value).__name__}")
        return value
    if key in ONE_OFF:
        flag = "--" + (key + FILE if known()[key].secret else key).replace("_", "-")
        raise UsageError(
            f"{where}: this option is for a single run, not for the configuration", f"Use {flag} for that run."
        )
    if key not in options:
        names = [name + FILE if option.secret else name for name, option in options.items()]
        raise UsageError(f"{where}: unknown setting", nearest(key, names))
    if options[key].secret:
        raise refusal(key, f"the configuration file {path}")
    return from_value(options[key], value, where)


def _parse(text: str, path: str) -> Any:
    """The parsed text: JSON, which needs no library, else YAML."""
    import json

    if text.lstrip()[:1] == "{":
        try:
            return json.loads(text, object_pairs_hook=lambda pairs: _unique(pairs, path))
        except json.JSONDecodeError as error:
            if path.endswith(".json"):
                raise UsageError(f"{path}: line {error.lineno} is not JSON: {error.msg}") from None
    return _parse_yaml(text, path)


def _parse_yaml(text: str, path: str) -> Any:
    try:
        import yaml
    except ImportError as error:
        raise MissingLibraryError("PyYAML", f"read {path} (a JSON file needs no library)", str(error)) from None
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        root = yaml.compose(text, Loader=loader)
        if isinstance(root, yaml.MappingNode):
            _unique([(key.value, None) for key, dummy in root.value], path)
        return yaml.load(text, Loader=loader)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = f"line {mark.line + 1} " if mark else ""
        # Only the problem: YAML would quote the line, and the line may hold a secret.
        raise UsageError(
            f"{path}: {line}is not YAML: {getattr(error, 'problem', None) or 'it cannot be read'}"
        ) from None


def _unique(pairs: list[tuple[Any, Any]], path: str) -> dict[Any, Any]:
    """The pairs as a dictionary; UsageError for a duplicate key."""
    out: dict[Any, Any] = {}
    for key, value in pairs:
        if str(key) in map(str, out):
            raise UsageError(f"{path}: duplicate key {key}")
        out[key] = value
    return out

# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The value of each option and its source: command line, environment, configuration file, default."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any

from .._base.errors import UsageError
from .._options import Option, flag
from .commands import ONE_OFF, RUN_ONLY, standing
from .configuration import FILE, nearest
from .credentials import read_secret, refusal, systemd_credential
from .values import from_text

COMMAND_LINE = "command line"
DEFAULT = "default"
PREFIX = "QDRANT_BACKUP_"
_OTHER_VARIABLES = frozenset((PREFIX + "CONFIG",))


@dataclasses.dataclass(frozen=True)
class Layer:
    """One source of values."""

    origin: str  #: the source's name, as printed
    values: Mapping[str, Any]  #: by option name, in the options' types


@dataclasses.dataclass(frozen=True)
class Settings:
    """The resulting value and origin of every option, and warnings."""

    values: dict[str, Any]
    origins: dict[str, str]
    warnings: tuple[str, ...] = ()


def environment_layer(environ: Mapping[str, str]) -> tuple[Layer, list[str]]:
    """The values of the ``QDRANT_BACKUP_<OPTION>`` variables, and warnings for unknown ones."""
    options, values, warnings = standing(), {}, []
    files = [name + FILE for name, option in options.items() if option.secret]
    for variable in sorted(name for name in environ if name.startswith(PREFIX)):
        name, text = variable[len(PREFIX) :].lower(), environ[variable]
        if variable in _OTHER_VARIABLES or not text:
            continue
        if name in files:
            values[name] = text
        elif name in options and options[name].secret:
            raise refusal(name, f"the environment ({variable})")
        elif name in options:
            values[name] = from_text(options[name], text, variable)
        elif name in ONE_OFF:
            warnings.append(f"{variable} is ignored: {flag(name)} is for a single run.")
        else:
            meant = nearest(name, [*options, *files])
            warnings.append(f"{variable} is unknown and ignored. {meant}".strip())
    return Layer("environment", values), warnings


def settle(
    options: Mapping[str, Option],
    layers: Sequence[Layer],
    environ: Mapping[str, str],
    exclusive: Sequence[Sequence[str]] = (),
    *,
    standing_collections: bool = True,
    kept: Mapping[str, str] | None = None,
) -> Settings:
    """The values from the layers, highest first. An option in a higher layer overrides mutually exclusive options in
    lower layers; two of them in one layer are a UsageError. standing_collections: whether lower layers may choose
    collections; kept: name -> path of the secrets that the host keeps."""
    layers = [layer if n == 0 or standing_collections else _without(layer, RUN_ONLY) for n, layer in enumerate(layers)]
    origins: dict[str, str] = dict.fromkeys(options, DEFAULT)
    values = {name: option.default for name, option in options.items()}
    warnings: list[str] = []
    for name, option in options.items():
        key = name + FILE if option.secret else name
        layer = next((layer for layer in layers if key in layer.values), None)
        if layer is not None:
            values[name], origins[name] = layer.values[key], layer.origin
        elif option.secret:
            path = systemd_credential(name, environ)
            if path:
                values[name], origins[name] = path, "systemd credential"
            elif kept and name in kept:
                values[name], origins[name] = kept[name], "this host's credentials"
    rank = {layer.origin: number for number, layer in enumerate(layers)}
    for rivals in exclusive:
        _choose(rivals, options, values, origins, rank)
    for name, option in options.items():
        if option.secret and origins[name] != DEFAULT:
            values[name], found = read_secret(str(values[name]), f"{name}{FILE} ({origins[name]})")
            warnings += found
    return Settings(values, origins, tuple(warnings))


def require_one(options: Mapping[str, Any], groups: Sequence[Sequence[str]]) -> None:
    """UsageError if no option of a group has a value."""
    for group in groups:
        if not any(options.get(name) for name in group):
            raise UsageError(
                f"The repository is missing: one of {', '.join(group)} is required"
                if "bucket" in group
                else f"One of {', '.join(group)} is required",
                f"Use {' or '.join(map(flag, group))}, or set it in the configuration file.",
            )


def _without(layer: Layer, names: frozenset[str]) -> Layer:
    return Layer(layer.origin, {name: value for name, value in layer.values.items() if name not in names})


def _choose(
    rivals: Sequence[str],
    options: Mapping[str, Option],
    values: dict[str, Any],
    origins: dict[str, str],
    rank: Mapping[str, int],
) -> None:
    given = [name for name in rivals if name in origins and origins[name] != DEFAULT and values[name] not in (None, "")]
    if len(given) < 2:
        return
    best = min(rank.get(origins[name], len(rank)) for name in given)
    kept = [name for name in given if rank.get(origins[name], len(rank)) == best]
    if len(kept) > 1:
        raise UsageError(f"{' and '.join(kept)} are mutually exclusive ({origins[kept[0]]})", "Set only one of them.")
    for name in given:
        if name not in kept:
            values[name], origins[name] = options[name].default, DEFAULT

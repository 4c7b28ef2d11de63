# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes a page to files, each in the format of its suffix."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from typing import Any

from .._base.errors import EngineError, UsageError
from .._base.redaction import redact
from .html import html
from .junit import junit
from .markdown import markdown
from .model import Page

SUFFIXES = (".html", ".md", ".xml", ".json")


def check_files(paths: Sequence[str]) -> None:
    """UsageError for a file whose format is unknown, or whose folder does not exist or is not writable: known before
    the work begins."""
    for path in paths:
        if os.path.splitext(path)[1].lower() not in SUFFIXES:
            raise UsageError(f"report: {path!r} has an unknown suffix", f"Use one of {', '.join(SUFFIXES)}.")
        folder = os.path.dirname(os.path.abspath(path))
        if not os.path.isdir(folder):
            raise UsageError(f"report: the folder {folder} does not exist", "Create it first.")
        if not os.access(folder, os.W_OK):
            raise UsageError(f"report: the folder {folder} is not writable", "Name a file in another folder.")


def write_files(paths: Sequence[str], page: Page, document: Mapping[str, Any]) -> list[str]:
    """Write each file whole; returns their absolute paths. EngineError if one cannot be written."""
    written = []
    for path in paths:
        whole = os.path.abspath(path)
        _write(whole, redact(rendered(os.path.splitext(path)[1].lower(), page, document)))
        written.append(whole)
    return written


def rendered(suffix: str, page: Page, document: Mapping[str, Any]) -> str:
    """The text of one format."""
    if suffix == ".html":
        return html(page)
    if suffix == ".md":
        return markdown(page)
    if suffix == ".xml":
        return junit(page)
    trend = {"trend": [one.as_dict() for one in page.past]} if page.past else {}
    return json.dumps({**document, **trend}, indent=2, sort_keys=True, ensure_ascii=False) + "\n"


def _write(path: str, text: str) -> None:
    temporary = f"{path}.{os.getpid()}.tmp"
    try:
        with open(temporary, "w", encoding="utf-8", errors="backslashreplace") as handle:
            handle.write(text)
        os.replace(temporary, path)
    except OSError as error:
        raise EngineError(
            "write the report", path, error.strerror or str(error), "Name a file in a folder that is writable."
        ) from None

# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The demo's texts and their embeddings, read with the standard library alone.

File format (written by ``make_data.py``, described in ``README.md``): one JSON line with ``count`` and ``dimensions``,
``count`` JSON lines with one record each, then ``count * dimensions`` little-endian float16 values, row by row.
"""

from __future__ import annotations

import json
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
DIMENSIONS = 384


class DataError(Exception):
    """A data file of the demo is missing or is not what it should be."""


@dataclass(frozen=True)
class Article:
    """One dictionary entry: what ``title`` means, and the kind of thing that it is (``topic``).

    ``vector`` is the embedding of ``"title: text"``: 384 values, length 1 within the precision of float16.
    """

    id: int
    title: str
    text: str
    topic: str
    synonyms: list[str]
    vector: list[float]

    def payload(self) -> dict[str, Any]:
        """What is stored in Qdrant beside the vector."""
        return {"title": self.title, "text": self.text, "topic": self.topic, "synonyms": self.synonyms}


@dataclass(frozen=True)
class Phrase:
    """One example sentence of a verb; ``id`` is a UUID, so that both kinds of point id occur in the demo.

    ``vector`` is the embedding of ``text``: 384 values, length 1 within the precision of float16.
    """

    id: str
    text: str
    verb: str
    topic: str
    vector: list[float]

    def payload(self) -> dict[str, Any]:
        """What is stored in Qdrant beside the vector."""
        return {"text": self.text, "verb": self.verb, "topic": self.topic}


@dataclass(frozen=True)
class Question:
    """Something a person would ask the articles; ``vector`` is its embedding, so no model is needed to search."""

    text: str
    topic: str
    vector: list[float]


def read() -> list[Article]:
    """The 1,000 articles, ids 1 to 1000. Raises DataError when the file is missing or damaged."""
    return [Article(vector=vector, **record) for record, vector in _records(HERE / "articles.bin")]


def small() -> list[Phrase]:
    """The 120 phrases of the second collection. Raises DataError when the file is missing or damaged."""
    return [Phrase(vector=vector, **record) for record, vector in _records(HERE / "phrases.bin")]


def questions() -> list[Question]:
    """A few questions to the articles, with the topic that a good answer has. Raises DataError as ``read`` does."""
    return [Question(vector=vector, **record) for record, vector in _records(HERE / "questions.bin")]


def _records(path: Path) -> list[tuple[dict[str, Any], list[float]]]:
    """Every record of one file with its vector, in the file's order."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise DataError(
            f"The demo's data file {path} cannot be read: {error.strerror}. Restore it with 'git checkout'."
        ) from error
    try:
        line, _newline, rest = content.partition(b"\n")
        header = json.loads(line)
        count, dimensions = int(header["count"]), int(header["dimensions"])
        if dimensions != DIMENSIONS:
            raise ValueError(f"it says {dimensions} dimensions, not {DIMENSIONS}")
        *lines, block = rest.split(b"\n", count)
        values = struct.unpack(f"<{count * dimensions}e", block)
        records = [json.loads(text) for text in lines]
    except (KeyError, TypeError, ValueError, struct.error) as error:
        raise DataError(
            f"The demo's data file {path} is damaged: {error}. Restore it with 'git checkout' or make it again "
            "with make_data.py."
        ) from error
    return [
        (record, list(values[start : start + dimensions]))
        for record, start in zip(records, range(0, count * dimensions, dimensions))
    ]

# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What happens on the node itself: it is filled, asked, and loses everything."""

from __future__ import annotations

import contextlib
import dataclasses
import shutil
import urllib.error
from pathlib import Path
from typing import Any

from ansible_collections.vectorops.qdrant.tests.support.qdrant import RunningQdrant
from command import DemoError
from data.load import DIMENSIONS, Question, questions, read, small

ARTICLES, PHRASES, ALIAS = "articles", "phrases", "live"
SHOWN = 3
_AT_ONCE = 250


@dataclasses.dataclass(frozen=True)
class Seen:
    """The node as a user sees it: ``answers`` to every question (ids, scores, payloads), exact counts, aliases,
    payload indexes."""

    answers: list[list[dict[str, Any]]]
    counts: dict[str, int]
    aliases: dict[str, str]
    indexes: dict[str, list[str]]


class Story:
    """One node, the demo's data, and its questions."""

    def __init__(self, node: RunningQdrant) -> None:
        self.node = node
        self.questions = questions()

    def call(self, method: str, path: str, body: Any = None) -> Any:
        """The result of one request; DemoError says what failed."""
        try:
            return self.node.call(method, path, body)["result"]
        except urllib.error.HTTPError as error:
            with error:
                said = error.read(500).decode("utf-8", "replace")
            raise DemoError(f"{method} {path} failed: Qdrant answered {error.code}: {said}") from None
        except OSError as error:
            raise DemoError(f"{method} {path} failed: {error}") from None

    def load(self) -> dict[str, int]:
        """Fill the node; how many points each collection got."""
        articles, phrases = read(), small()
        self._fill(ARTICLES, articles)
        self._fill(PHRASES, phrases)
        index = {"field_name": "topic", "field_schema": "keyword"}
        self.call("PUT", f"/collections/{ARTICLES}/index?wait=true", index)
        create = {"create_alias": {"collection_name": ARTICLES, "alias_name": ALIAS}}
        self.call("POST", "/collections/aliases", {"actions": [create]})
        return {ARTICLES: len(articles), PHRASES: len(phrases)}

    def _fill(self, name: str, records: list[Any]) -> None:
        self.call("PUT", f"/collections/{name}", {"vectors": {"size": DIMENSIONS, "distance": "Cosine"}})
        points = [{"id": one.id, "vector": one.vector, "payload": one.payload()} for one in records]
        for start in range(0, len(points), _AT_ONCE):
            self.call("PUT", f"/collections/{name}/points?wait=true", {"points": points[start : start + _AT_ONCE]})

    def look(self) -> Seen:
        """Ask every question, twice: of all articles, and of those of its topic; count; list aliases and indexes."""
        answers = [self._ask(question, where) for question in self.questions for where in (None, question.topic)]
        counts, indexes = {}, {}
        for name in (ARTICLES, PHRASES):
            counts[name] = int(self.call("POST", f"/collections/{name}/points/count", {"exact": True})["count"])
            indexes[name] = sorted(self.call("GET", f"/collections/{name}")["payload_schema"])
        return Seen(answers, counts, self.aliases(), indexes)

    def aliases(self) -> dict[str, str]:
        """Alias to collection."""
        return {one["alias_name"]: one["collection_name"] for one in self.call("GET", "/aliases")["aliases"]}

    def _ask(self, question: Question, topic: str | None) -> list[dict[str, Any]]:
        """The nearest articles: id, score and payload of each."""
        body: dict[str, Any] = {"query": question.vector, "limit": 10, "with_payload": True}
        if topic:
            body["filter"] = {"must": [{"key": "topic", "match": {"value": topic}}]}
        points = self.call("POST", f"/collections/{ARTICLES}/points/query", body)["points"]
        return [{key: point[key] for key in ("id", "score", "payload")} for point in points]

    def checksums(self, name: str) -> set[str]:
        """The sha256 of each snapshot of a collection, as the node noted it."""
        return {one["checksum"] for one in self.call("GET", f"/collections/{name}/snapshots")}

    def lose_everything(self) -> None:
        """The disaster: no collection is left, nor any snapshot on the node's disk."""
        for name in (ARTICLES, PHRASES):
            self.call("DELETE", f"/collections/{name}")
        for entry in Path(self.node.snapshots_dir).iterdir():
            if entry.is_dir():
                shutil.rmtree(entry, ignore_errors=True)
            else:
                with contextlib.suppress(OSError):
                    entry.unlink()
        left = [one["name"] for one in self.call("GET", "/collections")["collections"]]
        if left:
            raise DemoError(f"The disaster failed: the node still has {', '.join(left)}.")

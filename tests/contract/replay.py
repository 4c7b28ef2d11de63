# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Replays recorded exchanges with a real Qdrant server against any server, and tells where they differ.

A scenario is `{"about", "qdrant", "steps": [...]}`. Its steps are requests (`http`), file work in the snapshots folder
(`file`), generated points (`points`) and waiting (`wait`, `until`, `settled`: every replica of a collection is Active
on every node); the first two carry the recorded `answer`. What another version answers is in `answers`, by version.
`${name}` is replaced everywhere. What differs from run to run is masked on both sides, e.g. `<time>`.
A request goes to URL, or to the node that `server` names (URL2, URL3); PEER1, PEER2 ... are the nodes' peer ids.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import requests
from ansible_collections.vectorops.qdrant.tests.support.points import points

HEADERS = (
    "content-type",
    "content-encoding",
    "accept-ranges",
    "content-range",
    "content-disposition",
    "www-authenticate",
)
_INTEGERS = {
    "peer_id", "size", "commit", "term", "pending_operations", "leader", "message_send_failures", "operation_id",
    "version",
}  # fmt: skip
_TEXTS = {"commit", "role", "last_update"}
_UNORDERED = {"remote_shards", "shard_keys", "shard_transfers"}
_NUMBERS = {"score", "hardware", "segments_count", "indexed_vectors_count", "commit_id", "cpu", "length"}
_SNAPSHOT = r"(?:full-snapshot|[\w%.+# -]+?-(?:\d{6,}|\$\{PEER\d\}|shard-\d+))-\d{4}-\d\d-\d\d-\d\d-\d\d-\d\d\.snapshot"
_MASKS = [
    (re.compile(_SNAPSHOT), "<snapshot>"),
    (re.compile(r"\b[0-9a-f]{64}\b"), "<sha256>"),
    (re.compile(r"\b[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\b"), "<uuid>"),
    (re.compile(r"(\.tmp|recovery-|unpack|tmp/)[A-Za-z0-9_-]+"), r"\1<text>"),
    (re.compile(r"\b\d{12,}\b"), "<int>"),
    (re.compile(r"(bytes (?:\d+-\d+|\*)/)\d+"), r"\1<int>"),
    (re.compile(r"(at line \d+ column )\d{2,}"), r"\1<int>"),
    (re.compile(r"(invalid_sha256_hash) \[\{.*?\}\]"), r"\1 [<text>]"),
]


_PLACES = re.compile(r"(SNAPSHOTS|STORAGE|URL|PEER)\d?")


@dataclass
class Exchange:
    """One compared step: its number among the compared ones, what was asked, recorded and found."""

    number: int
    asked: str
    recorded: Any
    found: Any

    @property
    def same(self) -> bool:
        return bool(self.recorded == self.found)


class Replay:
    """One run of one scenario against a server of a version. `names` are the variables: URL, SNAPSHOTS, STORAGE and
    whatever the steps save."""

    def __init__(self, path: Path, names: dict[str, Any], version: str = "") -> None:
        self.scenario = json.loads(path.read_text())
        self.version = version
        self.names = dict(names)

    def run(self) -> Iterator[Exchange]:
        """Does all steps; yields the compared ones."""
        for number, (step, found) in enumerate(self.answers()):
            asked = step.get("say", "") + " " + json.dumps(step.get("http") or step.get("file"))
            recorded = step.get("answers", {}).get(self.version, step.get("answer"))
            yield Exchange(number, asked.strip(), recorded, found)

    def answers(self) -> Iterator[tuple[dict[str, Any], Any]]:
        """Does all steps; yields those that have an answer, with the one found."""
        for step in self.scenario["steps"]:
            if "points" in step:
                self._load_points(self._filled(step["points"]))
            elif "wait" in step:
                time.sleep(step["wait"])
                self._at_rest()
            elif "until" in step:
                self._until(self._filled(step["until"]))
            elif "settled" in step:
                self._settled(step["settled"])
            else:
                yield step, self._request(step) if "http" in step else self._file(self._filled(step["file"]))

    # --- variables and masks

    def _filled(self, value: Any) -> Any:
        if isinstance(value, dict):
            return {self._filled(key): self._filled(part) for key, part in value.items()}
        if isinstance(value, list):
            return [self._filled(part) for part in value]
        if isinstance(value, str):
            whole = re.fullmatch(r"\$\{(\w+)\}", value)
            if whole:
                return self.names[whole.group(1)]
            return re.sub(r"\$\{(\w+)\}", lambda found: str(self.names[found.group(1)]), value)
        return value

    def _masked_text(self, text: str, key: str | None = None) -> str:
        if key == "creation_time":
            return "<timestamp>" if re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d", text) else text
        if key in _TEXTS:
            return "<text>"
        for name in sorted(filter(_PLACES.fullmatch, self.names), key=lambda one: -len(str(self.names[one]))):
            text = text.replace(str(self.names[name]), f"${{{name}}}")
        if key == "uri":
            return re.sub(r":\d+", ":<port>", text)
        for pattern, mask in _MASKS:
            text = pattern.sub(mask, text)
        return text

    def _masked(self, value: Any, key: str | None = None) -> Any:
        if isinstance(value, dict):
            return {self._masked_text(name): self._masked(part, name) for name, part in value.items()}
        if isinstance(value, list):
            masked = [self._masked(part, key) for part in value]
            if masked and all(isinstance(part, dict) and "name" in part for part in masked):
                masked.sort(key=lambda part: json.dumps(part, sort_keys=True))  # listings come in no order
            if key in _UNORDERED:
                masked.sort(key=lambda part: json.dumps(part, sort_keys=True))
            return masked
        if isinstance(value, bool) or value is None:
            return value
        if isinstance(value, (int, float)):
            if str(value) in self._peers() and key != "leader":
                return self._masked_text(str(value))
            if key == "time":
                return "<time>"
            if key in _INTEGERS:
                return "<int>"
            if key in _NUMBERS:
                return "<number>"
            return round(value, 4) if isinstance(value, float) else value
        return self._masked_text(value, key)

    def _peers(self) -> set[str]:
        return {str(value) for name, value in self.names.items() if name.startswith("PEER")}

    # --- steps

    def _url(self, step: dict[str, Any]) -> str:
        return str(self.names[step.get("server", "URL")])

    def _urls(self) -> list[str]:
        return [str(value) for name, value in self.names.items() if name.startswith("URL")]

    def _request(self, step: dict[str, Any]) -> dict[str, Any]:
        asked = self._filled(step["http"])
        options: dict[str, Any] = {"headers": {"Accept-Encoding": "identity", **asked.get("headers", {})}}
        if "json" in asked:
            options["json"] = asked["json"]
        if "text" in asked:
            options["data"] = asked["text"].encode()
            options["headers"].setdefault("Content-Type", "application/json")
        if "upload" in asked:
            given = asked["upload"]
            name = given.get("filename", os.path.basename(given["file"]))
            options["files"] = {given.get("field", "snapshot"): (name, Path(given["file"]).read_bytes())}
        url = self._url(asked) + asked["path"]
        with requests.request(asked["method"], url, params=asked.get("query"), timeout=120, **options) as answer:
            return self._shown(step, answer)

    def _shown(self, step: dict[str, Any], answer: requests.Response) -> dict[str, Any]:
        kind = answer.headers.get("content-type", "")
        shown: dict[str, Any] = {
            "status": answer.status_code,
            "headers": {key: self._masked_text(answer.headers[key]) for key in HEADERS if key in answer.headers},
        }
        if "application/json" in kind:
            body = answer.json()
            for name, path in step.get("save", {}).items():
                self.names[name] = _pick(body, path)
            if "only" in step:
                shown["json"] = {path: self._masked(_pick(body, path), path.split(".")[-1]) for path in step["only"]}
            else:
                shown["json"] = self._masked(body)
        elif answer.content and (kind.startswith("text/plain") or answer.status_code >= 400):
            shown["text"] = self._masked_text(answer.content.decode("utf-8", "replace"))
        else:
            shown["bytes"] = "some" if answer.content else "none"
            shown["length_sent"] = "content-length" in answer.headers
            if "into" in step:
                target = Path(self._filled(step["into"]))
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(answer.content)
        return {"status": shown["status"]} if step.get("any") else shown

    def _file(self, step: dict[str, Any]) -> Any:
        ((verb, given),) = step.items()
        if verb == "list":
            return self._listed(given)
        if verb == "remove":
            os.remove(given)
        elif verb == "truncate":
            os.truncate(given[0], os.path.getsize(given[0]) * int(given[1]) // 100)
        else:
            target = Path(given[1] if verb == "copy" else given[0])
            target.parent.mkdir(parents=True, exist_ok=True)
            if verb == "copy":
                shutil.copyfile(given[0], target)
            elif verb == "write":
                target.write_text(given[1])
            else:
                raise ValueError(f"no such step: {verb}")
        return "done"

    def _listed(self, folder: str) -> list[str]:
        found = []
        for here, folders, names in os.walk(folder):
            folders[:] = [name for name in folders if not (here == folder and name == "tmp")]
            found += [self._masked_text(os.path.relpath(os.path.join(here, name), folder)) for name in names]
        return sorted(found)

    def _load_points(self, spec: dict[str, Any]) -> None:
        made = points(
            spec["count"],
            spec["vectors"],
            first=spec.get("first", 1),
            seed=spec.get("seed", 7),
            sparse=spec.get("sparse", []),
            multi=spec.get("multi"),
        )
        url = f"{self._url(spec)}/collections/{spec['collection']}/points?wait=true"
        key = {"shard_key": spec["shard_key"]} if "shard_key" in spec else {}
        for start in range(0, len(made), 500):
            requests.put(url, json={"points": made[start : start + 500], **key}, timeout=120).raise_for_status()

    def _at_rest(self) -> None:
        """What was begun without waiting for it may take longer than it did when this was recorded."""
        end = time.monotonic() + 60
        while time.monotonic() < end:
            text = requests.get(f"{self.names['URL']}/metrics", timeout=60).text
            if not re.search(r"^snapshot_(recovery|creation)_running\{[^}]*\} [1-9]", text, flags=re.M):
                return
            time.sleep(0.05)

    def _until(self, spec: dict[str, Any]) -> None:
        deadline = time.monotonic() + 60
        while True:
            body = requests.get(self._url(spec) + spec["path"], timeout=60).json()
            try:
                if _pick(body, spec["where"]) == spec["is"]:
                    return
            except (KeyError, IndexError, TypeError):
                pass
            if time.monotonic() > deadline:
                raise TimeoutError(f"never saw {spec}, last {body}")
            time.sleep(0.05)

    def _settled(self, name: str) -> None:
        """Twice in a row: a replica that a restore is about to give up is Active for a moment longer."""
        deadline, seen = time.monotonic() + 60, 0
        while seen < 2:
            views = [requests.get(f"{url}/collections/{name}/cluster", timeout=60).json() for url in self._urls()]
            shards = [one for view in views for kind in ("local_shards", "remote_shards") for one in _of(view, kind)]
            right = all(one["state"] == "Active" for one in shards) and not any(
                _of(view, "shard_transfers") for view in views
            )
            seen = seen + 1 if right and shards else 0
            if time.monotonic() > deadline:
                raise TimeoutError(f"{name} was never at rest, last {views}")
            time.sleep(0.3)


def _of(view: Any, kind: str) -> list[Any]:
    """A list of a view; empty where the collection is not known there yet."""
    return list(view.get("result", {}).get(kind, []))


def _pick(body: Any, path: str) -> Any:
    for part in path.split("."):
        body = body[int(part)] if isinstance(body, list) else body[part]
    return body

# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The demo's chapters in order, each with its row in the table at the end."""

from __future__ import annotations

import time
from typing import Any

from article import Article, missing
from command import Commands, DemoError
from ours import Playbooks, environment
from servers import Servers
from story import ALIAS, ARTICLES, PHRASES, SHOWN, Seen, Story
from table import Cell, Row, show
from terminal import Terminal, human, several

BOTH = [ARTICLES, PHRASES]


def tell(terminal: Terminal, servers: Servers, commands: Commands, which: str) -> None:
    """The whole story. DemoError: a step failed, or something that came back is not what was lost."""
    began = time.monotonic()
    terminal.line(
        "vectorops.qdrant: a node is backed up, lost, restored from S3 alone, and proven to be the same", "bold", 0
    )
    terminal.line()
    terminal.fact("Qdrant", which)
    node, store = servers.start()
    terminal.fact("", f"version {node.version}, started for this demo at {node.url}")
    terminal.fact("S3", f"SeaweedFS, started for this demo at {store.url}")
    commands.environment = environment(servers.folder, store)
    chapters = Chapters(terminal, Story(node))
    chapters.note("start", Cell(time.monotonic() - began), Cell())
    chapters.load()
    chapters.ours(Playbooks(commands, terminal, servers.folder, node, store))
    lacking = missing()
    if lacking:
        terminal.heading(f"The article's way is left out: {lacking} is not installed here.")
    else:
        chapters.article(Article(commands, terminal, node, store))
    chapters.end(time.monotonic() - began)


class Chapters:
    """What was seen and measured so far."""

    def __init__(self, terminal: Terminal, story: Story) -> None:
        self._terminal, self._story = terminal, story
        self._ours: dict[str, Cell] = {}
        self._theirs: dict[str, Cell] = {}
        self._engine: dict[str, float] = {}

    def note(self, step: str, ours: Cell, article: Cell | None = None) -> None:
        """A row of the table."""
        self._ours[step] = ours
        if article is not None:
            self._theirs[step] = article

    def load(self) -> None:
        """Fill the node and ask."""
        self._terminal.chapter("Load two collections and ask a question")
        began = time.monotonic()
        loaded = self._story.load()
        self._before = self._story.look()
        if self._before.counts != loaded:
            raise DemoError(f"The node counts {self._before.counts} after {loaded} were loaded.")
        for name, count in loaded.items():
            more = f"; index on {', '.join(self._before.indexes[name])}" if self._before.indexes[name] else ""
            also = [alias for alias, target in self._before.aliases.items() if target == name]
            more += f"; alias {', '.join(also)}" if also else ""
            self._terminal.fact(name, f"{several(count, 'point')} of 384 dimensions{more}")
        self._show_answer(self._before)
        self.note("load, ask", Cell(time.monotonic() - began, None, ""))

    def ours(self, playbooks: Playbooks) -> None:
        """Back up, lose, restore, prove."""
        self._terminal.chapter("Back up to S3")
        began = time.monotonic()
        (report,) = playbooks.run("backup")
        self.note("back up", self._backed_up(report, time.monotonic() - began))

        self._terminal.chapter("Lose everything")
        self.note("disaster", Cell(self._lose()))

        self._terminal.chapter("Restore from S3 alone")
        began = time.monotonic()
        listing, report = playbooks.run("restore")
        self.note("restore", self._restored(listing, report, time.monotonic() - began))

        self._terminal.chapter("Ask the same question again")
        began = time.monotonic()
        seen = self._story.look()
        self._same(seen)
        points = sum(seen.counts.values())
        proven = f"{several(len(seen.answers), 'answer')} identical; {several(points, 'point')}; alias {ALIAS}"
        self.note("ask again", Cell(time.monotonic() - began, None, proven))

    def _backed_up(self, report: dict[str, Any], seconds: float) -> Cell:
        done = report["collections"]
        if not report["changed"] or sorted(one["name"] for one in done) != sorted(BOTH):
            raise DemoError("The backup does not hold both collections.")
        for one in done:
            if one["sha256"] not in self._story.checksums(one["name"]):
                raise DemoError(f"The archive of {one['name']} is not the one that the node made.")
            noted = "quiet meanwhile" if one["quiet"] else "written to meanwhile"
            size = human(one["archive_bytes"])
            self._terminal.fact(
                one["name"],
                f"{several(one['points'], 'point')} noted, {noted}; archive {size}, sha256 {one['sha256'][:12]}",
            )
        self._engine["back up"] = report["seconds"]
        proven = f"{several(len(done), 'archive')} whole, sha256 as the node noted, parts checked by the store"
        return Cell(seconds, report["sent_bytes"], proven)

    def _lose(self) -> float:
        """The disaster; its seconds."""
        began = time.monotonic()
        self._story.lose_everything()
        self._terminal.line("Both collections are deleted, and the node's snapshots folder is empty.")
        return time.monotonic() - began

    def _restored(self, listing: dict[str, Any], report: dict[str, Any], seconds: float) -> Cell:
        newest = listing["backups"][0]
        self._terminal.fact("S3 had", f"backup {newest['backup_id']}, {newest['completeness']['text']}")
        done = report["collections"]
        points = queries = 0
        for one in done:
            proof = one["proof"]
            if not (one["proven"] and proof["agreed"]):
                raise DemoError(f"{one['name']} came back without a proof.")
            points, queries = points + proof["points_compared"], queries + proof["queries_compared"]
            compared = f"{several(proof['points_compared'], 'sampled point')}"
            compared += f" and {several(proof['queries_compared'], 'query')} agree"
            self._terminal.fact(
                one["name"],
                f"{one['points']:,} of {several(one['expected_points'], 'point')}, by {one['delivery']}; {compared}",
                "good",
            )
        self._engine["restore"] = sum(sum(one["seconds"].values()) for one in done)
        proven = (
            f"sha256; exact counts; {several(points, 'point')} and {several(queries, 'query')} as noted at the backup"
        )
        return Cell(seconds, sum(one["bytes"] for one in done), proven)

    def _same(self, seen: Seen) -> None:
        """DemoError unless the node shows exactly what it showed before."""
        self._show_answer(seen)
        before = self._before
        for what, now, then in (
            ("counts", seen.counts, before.counts),
            ("aliases", seen.aliases, before.aliases),
            ("payload indexes", seen.indexes, before.indexes),
            ("answers", seen.answers, before.answers),
        ):
            if now != then:
                raise DemoError(f"The {what} are not what they were before the disaster.")
        self._terminal.line(
            f"The same {len(seen.answers)} answers, counts, indexes and aliases as before the disaster.", "good"
        )

    def _show_answer(self, seen: Seen) -> None:
        self._terminal.line()
        self._terminal.line(self._story.questions[0].text)
        for point in seen.answers[0][:SHOWN]:
            text = f"{point['score']:.4f}  {point['payload']['title']}: {point['payload']['text']}"
            self._terminal.line(text[: self._terminal.width - 5], "", 5)

    def article(self, article: Article) -> None:
        """The same again by hand."""
        self._terminal.chapter("The same by hand, as the article does it")
        began = time.monotonic()
        article.back_up(BOTH)
        cell = Cell(time.monotonic() - began, article.stored(), "nothing")
        self.note("back up", self._ours["back up"], cell)
        self.note("disaster", self._ours["disaster"], Cell(self._lose()))
        began = time.monotonic()
        counts = article.restore(BOTH)
        seconds = time.monotonic() - began
        right = counts == self._before.counts
        self._terminal.line("Counted: " + ", ".join(f"{name} {count:,}" for name, count in counts.items()))
        text = "a count" if right else "a wrong count"
        lost = sorted(set(self._before.aliases) - set(self._story.aliases()))
        if lost:
            self._terminal.line(f"Gone: alias {', '.join(lost)}")
            text += f"; alias {', '.join(lost)} is gone"
        self.note("restore", self._ours["restore"], Cell(seconds, article.stored(), text))
        self.note("ask again", self._ours["ask again"], Cell(None, None, "not part of it"))

    def end(self, seconds: float) -> None:
        """The table."""
        self._terminal.heading("What was done, and what it proved")
        self._terminal.line()
        rows = [Row(step, cell, self._theirs.get(step, Cell())) for step, cell in self._ours.items()]
        show(self._terminal, rows)
        engine = [f"{value:.1f} s ({name})" for name, value in self._engine.items()]
        note = f"Seconds of ours are whole ansible-playbook runs; the work itself took {' and '.join(engine)}. "
        self._terminal.text(f"{note}Everything: {seconds:.1f} s. Nothing is left behind.", "", 0)

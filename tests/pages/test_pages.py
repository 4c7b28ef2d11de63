# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The page of a drill in headless Chromium: light, dark and on a phone. Screenshots are left in ``.cache/pages``."""

from __future__ import annotations

import os
import shutil
import struct
import subprocess
import zlib
from pathlib import Path

import pytest
from ansible_collections.vectorops.qdrant.plugins.module_utils._report.files import rendered
from ansible_collections.vectorops.qdrant.tests.unit.report.test_report import page

ROOT = Path(__file__).resolve().parents[2]
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="needs Chromium (on Debian: apt-get install chromium)")
DARK = ("--force-dark-mode", "--blink-settings=preferredColorScheme=0")
LONG = "a_very_long_collection_name_without_any_place_to_break_it_" * 3


def pixels(path: Path) -> tuple[int, list[bytes]]:
    """Bytes of one pixel and the rows of a PNG of 8 bits a channel."""
    data = path.read_bytes()
    width, dummy, dummy2, kind = struct.unpack(">IIBB", data[16:26])
    size = {2: 3, 6: 4}[kind]
    packed, at = b"", 8
    while at < len(data):
        (length,) = struct.unpack(">I", data[at : at + 4])
        packed += data[at + 8 : at + 8 + length] if data[at + 4 : at + 8] == b"IDAT" else b""
        at += length + 12
    raw, rows, before = zlib.decompress(packed), [], bytearray(width * size)
    for start in range(0, len(raw), width * size + 1):
        row = bytearray(raw[start + 1 : start + 1 + width * size])
        for place in range(len(row)):
            left = row[place - size] if place >= size else 0
            above, corner = before[place], before[place - size] if place >= size else 0
            row[place] = (row[place] + _guess(raw[start], left, above, corner)) & 255
        rows.append(bytes(row))
        before = row
    return size, rows


def _guess(kind: int, left: int, above: int, corner: int) -> int:
    if kind < 4:
        return (0, left, above, (left + above) // 2)[kind]
    whole = left + above - corner
    return min((left, above, corner), key=lambda one: abs(whole - one))


@pytest.mark.parametrize("good", [True, False])
@pytest.mark.parametrize(
    ("look", "size", "words"), [("light", "1100,2000", ()), ("dark", "1100,2000", DARK), ("phone", "500,2600", ())]
)
def test_the_page_fits_and_follows_the_reader(tmp_path: Path, good: bool, look: str, size: str, words: tuple[str, ...]):
    folder = ROOT / ".cache" / "pages"
    folder.mkdir(parents=True, exist_ok=True)
    source, shot = tmp_path / "page.html", folder / f"{'passed' if good else 'failed'}-{look}.png"
    source.write_text(rendered(".html", *page(good, LONG, past=12)), encoding="utf-8")
    command = [str(CHROMIUM), "--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={tmp_path / 'profile'}"]
    command += [f"--screenshot={shot}", f"--window-size={size}", "--hide-scrollbars", *words, source.as_uri()]
    subprocess.run(command, check=True, capture_output=True, timeout=120, env={**os.environ, "HOME": str(tmp_path)})
    depth, rows = pixels(shot)
    background = rows[0][:depth]
    assert (sum(background[:3]) < 200) == (look == "dark"), "the page follows the reader's setting"
    assert all(row[-depth:] == background for row in rows), "nothing reaches the right edge"
    assert len({row[at : at + depth] for row in rows[::7] for at in range(0, len(row), depth * 7)}) > 20

# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Files that say the same thing twice: versions, pins, guides, tools."""

from __future__ import annotations

import re

import yaml
from ansible_collections.vectorops.qdrant.tests.gates import source


def canonical(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def requirement_names(text: str) -> set[str]:
    lines = [line.split("#")[0].strip() for line in text.splitlines()]
    return {canonical(re.split(r"[\s=<>~!;\[]", line)[0]) for line in lines if line}


def test_version_is_the_same() -> None:
    version = yaml.safe_load((source.ROOT / "galaxy.yml").read_text(encoding="utf-8"))["version"]
    engine = (source.ENGINE / "_base" / "version.py").read_text(encoding="utf-8")
    assert re.findall(r'^VERSION = "(.*)"$', engine, flags=re.M) == [version]


def test_pins_cover_what_is_asked_for() -> None:
    asked = sorted((source.ROOT / "tools" / "requirements").glob("*.in"))
    assert asked
    for path in asked:
        pins = path.with_suffix(".txt").read_text(encoding="utf-8")
        assert requirement_names(path.read_text(encoding="utf-8")) <= requirement_names(pins), (
            f"run tools/lock.py {path.stem}"
        )
        loose = [
            line
            for line in pins.splitlines()
            if line and not line.startswith("#") and not re.match(r"[\w-]+==[\w.]+( ;|$)", line)
        ]
        assert not loose


def test_oldest_core_is_tested() -> None:
    lowest = yaml.safe_load((source.ROOT / "meta" / "runtime.yml").read_text(encoding="utf-8"))["requires_ansible"]
    minor = re.fullmatch(r">=(\d+\.\d+)\.0", lowest)
    assert minor, "a lower bound, and no upper one"
    pins = (source.ROOT / "tools" / "requirements" / "controller-oldest.txt").read_text(encoding="utf-8")
    assert re.search(rf"^ansible-core=={re.escape(minor.group(1))}\.\d+$", pins, flags=re.M)


def test_every_guide_is_listed_and_labelled() -> None:
    docsite = source.ROOT / "docs" / "docsite"
    sections = yaml.safe_load((docsite / "extra-docs.yml").read_text(encoding="utf-8"))["sections"]
    listed = [name for section in sections for name in section["toctree"]]
    assert sorted(listed) == sorted(path.stem for path in (docsite / "rst").glob("*.rst"))
    for name in listed:
        text = (docsite / "rst" / f"{name}.rst").read_text(encoding="utf-8")
        assert f".. _ansible_collections.vectorops.qdrant.docsite.{name}:" in text, f"{name} lacks its label"


def test_nothing_is_ignored_by_the_sanity_tests() -> None:
    assert not list((source.ROOT / "tests" / "sanity").glob("ignore*"))


def test_changelog_fragments_can_be_read() -> None:
    for path in (source.ROOT / "changelogs" / "fragments").glob("*.y*ml"):
        assert isinstance(yaml.safe_load(path.read_text(encoding="utf-8")), dict)


def test_every_ci_step_is_a_target() -> None:
    script = (source.ROOT / ".ci" / "run").read_text(encoding="utf-8")
    groups = re.findall(r"^(?:first|beside|alone)=\(([^)\"$]*)\)", script, flags=re.M)
    assert len(groups) == 3
    listed = [name for group in groups for name in group.split()]
    names = set(listed)
    assert len(listed) == len(names), "a step is run twice"
    makefile = (source.ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z0-9-]+):", makefile, flags=re.M))
    assert names <= targets
    # Everything that tests or gates is a step: nothing is forgotten when a target is added.
    assert {name for name in targets if name.startswith(("test-", "lint-"))} - names <= {
        "test-unit",
        "test-integration",
        "test-integration-core",  # versions between the oldest and the newest: in the workflow
        "test-cluster",  # with three nodes its tests are in other steps; with five, by hand
        "test-hosts",  # nightly; test-hosts-core is a step
        "test-hosts-slow",  # minutes each: nightly
        "test-pages",  # needs a browser
        "test-stores",  # needs packages of the system; the stores that do not are a step
    }

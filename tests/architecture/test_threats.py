"""The written threat model: each control names tests, and these are there."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs/security.md").read_text(encoding="utf-8")
TEST = re.compile(r"`(tests/[\w/]+\.py)::(\w+)`")


def rows() -> list[list[str]]:
    """The lines of the table of threats, by column."""
    table = PAGE.partition("## What stands against it")[2].partition("\n## ")[0]
    lines = [line for line in table.splitlines() if line.startswith("| ")]
    return [[cell.strip() for cell in line.strip("| ").split(" | ")] for line in lines[1:]]


def defined(path: Path) -> set[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return {
        node.name for node in tree.body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    }


@pytest.mark.parametrize("row", rows(), ids=lambda row: row[0][:40])
def test_each_threat_has_a_control_and_a_test_that_exists(row: list[str]) -> None:
    threat, control, proof = row
    assert threat
    assert control
    named = TEST.findall(proof)
    assert named
    assert len(named) == proof.count("`") // 2, "nothing but tests stands there"
    for place, name in named:
        assert name in defined(ROOT / place), f"{place}::{name}"


def test_the_table_is_read() -> None:
    assert len(rows()) > 25


@pytest.mark.parametrize(
    "chapter",
    ["What is worth something", "Who could come, and where", "What stands against it",
     "What is left", "Found something?"],
)  # fmt: skip
def test_the_model_is_whole(chapter: str) -> None:
    assert f"## {chapter}\n" in PAGE

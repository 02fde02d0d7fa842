"""Puts a benchmark's figures into docs/benchmarks.md, each in its own section."""

from __future__ import annotations

import os
import platform
import re
from collections.abc import Iterable, Sequence
from pathlib import Path

PAGE = Path(__file__).resolve().parents[2] / "docs/benchmarks.md"


def machine() -> str:
    """What the figures were measured on."""
    text = Path("/proc/cpuinfo").read_text(encoding="utf-8")
    model = re.search(r"model name\s*: (.*)", text)
    processor = model.group(1) if model else platform.machine()
    return f"{processor}, {os.cpu_count()} cores, Python {platform.python_version()}"


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A Markdown table."""
    lines = [head, ["---"] * len(head), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def write_section(name: str, text: str) -> None:
    """Replace the section `name` of the page, or add it.

    Raises:
        OSError: The page cannot be written.
    """
    begin, end = f"<!-- {name} -->", f"<!-- /{name} -->"
    section = f"{begin}\n{text.rstrip()}\n{end}"
    page = PAGE.read_text(encoding="utf-8") if PAGE.exists() else "# Benchmarks\n"
    pattern = re.compile(f"{re.escape(begin)}.*?{re.escape(end)}", re.DOTALL)
    page = pattern.sub(lambda _: section, page) if begin in page else f"{page}\n{section}\n"
    PAGE.write_text(page, encoding="utf-8")

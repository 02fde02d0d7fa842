"""Changes to a text by place, made all at once at the end."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Callable
from typing import Final, TypeAlias

from ruamel.yaml.nodes import Node

Meaning: TypeAlias = "Callable[[tuple[str, ...]], str]"
_DASH: Final = re.compile(r"( *)- +")
_WIDTH: Final = 96
"""Of the comments in the example file [characters]."""


class Lines:
    """A text and what is to be changed in it."""

    def __init__(self, text: str, meaning: Meaning) -> None:
        self._text, self._meaning = text, meaning
        self._newline = "\r\n" if "\r\n" in text else "\n"
        self._edits: list[tuple[int, int, str]] = []

    def result(self) -> str:
        """The text with everything changed."""
        text = self._text
        order = sorted(range(len(self._edits)), key=lambda i: (*self._edits[i][:2], i))
        for number in reversed(order):
            start, end, new = self._edits[number]
            text = text[:start] + new + text[end:]
        return text

    def put(self, start: int, end: int, new: str) -> None:
        """Replace a part of a line, or with nothing take it out, as lines of its own follow."""
        while not new and self._text[start - 1 : start] == " ":
            start -= 1
        self._edits.append((start, end, new))

    def refill(self, after: int, end: int, new: str) -> None:
        """Put `new` behind the colon of a name that ends at `after`, instead of its block."""
        colon = self._text.index(":", after) + 1
        self._edits.append((colon, colon, f" {new}" if new else ""))
        if end > colon:
            self._edits.append((self._line_end(colon), self._line_end(end), ""))

    def insert(
        self, after: int, indent: int, lines: tuple[str, ...], shown: tuple[str, ...] | None = None
    ) -> None:
        """Add lines below the one that holds `after`, with the meaning of `shown` above."""
        place = self._line_end(after)
        told = (*self._comment(shown), *lines)
        new = "".join(f"{self._newline}{' ' * indent}{line}" for line in told)
        self._edits.append((place, place, new))

    def insert_before(self, at: int, indent: int, lines: tuple[str, ...]) -> None:
        """Add lines above the one that holds `at`."""
        place = self._line_start(at)
        new = "".join(f"{' ' * indent}{line}{self._newline}" for line in lines)
        self._edits.append((place, place, new))

    def append(self, lines: tuple[str, ...]) -> None:
        """Add lines at the end."""
        place, gap = len(self._text), self._text and not self._text.endswith("\n")
        new = (self._newline if gap else "") + "".join(f"{one}{self._newline}" for one in lines)
        self._edits.append((place, place, new))

    def drop(self, key: Node, end: int, path: tuple[str, ...]) -> None:
        """Take out a key and what it holds, with its meaning where that stands above."""
        start = key.start_mark.index
        begin = self._line_start(start)
        if not self._text[begin:start].strip():
            for _ in range(self.described(key, path)):
                begin = self._line_start(begin - 1)
            self._drop_lines(begin, end)
            return
        nothing_left = self._text[self._line_end(end) :]
        following = re.match(r"(?:\s*(?:#[^\n]*)?\n)* *", nothing_left)
        gap = following.end() if following else 0
        self._edits.append((start, self._line_end(end) + gap, ""))

    def drop_item(self, start: int, end: int) -> None:
        """Take out an item of a list and its dash."""
        self._drop_lines(self._line_start(start), end)

    def dash(self, start: int) -> int | None:
        """The column of the dash before an item; None: something else stands there."""
        found = _DASH.fullmatch(self._text[self._line_start(start) : start])
        return len(found[1]) if found else None

    def described(self, key: Node, path: tuple[str, ...]) -> int:
        """So many lines above `key` are what the example file says of it; 0: it is not there."""
        wanted = self._meaning(path)
        begin, said, count = self._line_start(key.start_mark.index), "", 0
        while wanted and begin > 0:
            above = self._line_start(begin - 1)
            line = self._text[above:begin].strip()
            if not line.startswith("#"):
                return 0
            said, begin, count = f"{line.lstrip('#').strip()} {said}".strip(), above, count + 1
            if said == wanted:
                return count
            if not wanted.endswith(said):
                return 0
        return 0

    def _comment(self, path: tuple[str, ...] | None) -> list[str]:
        text = self._meaning(path) if path else ""
        return textwrap.wrap(f"# {text}", _WIDTH, subsequent_indent="# ") if text else []

    def _drop_lines(self, begin: int, end: int) -> None:
        stop = self._line_end(end)
        after = self._text.find("\n", stop) + 1
        if after:
            self._edits.append((begin, after, ""))
        else:  # the last line, which has no end of its own
            self._edits.append((self._line_end(max(begin - 1, 0)), stop, ""))

    def _line_start(self, place: int) -> int:
        return self._text.rfind("\n", 0, max(place, 0)) + 1

    def _line_end(self, place: int) -> int:
        end = self._text.find("\n", place)
        if end < 0:
            return len(self._text)
        return end - 1 if self._text[end - 1 : end] == "\r" and end > place else end

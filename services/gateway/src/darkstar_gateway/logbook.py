"""The latest lines of every service's log, for those who look at them here."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from heapq import merge

from darkstar_common.contract import LogLine, LogLines, Service
from darkstar_common.contract.base import SERVICES

LEVELS = ("debug", "info", "warning", "error", "critical")
"""From the least to the worst."""


@dataclass(frozen=True, slots=True)
class BookLine:
    """A line of a log, as it is kept here: packed, in a fifth of the memory."""

    number: int
    """Higher for every line that came later."""
    service: Service
    badness: int
    """The place of its level in LEVELS."""
    packed: bytes
    """The line in JSON."""

    @property
    def line(self) -> LogLine:
        """As it was said."""
        return LogLine.model_validate_json(self.packed)


class Logbook:
    """So many lines of each service; older ones give way to newer ones of the same service."""

    def __init__(self, lines: int) -> None:
        """Start empty; `lines` of each service are kept."""
        self._books: Mapping[Service, deque[BookLine]] = {
            one: deque(maxlen=lines) for one in SERVICES
        }
        self._dropped: dict[Service, int] = dict.fromkeys(SERVICES, 0)
        self._number = 0

    @property
    def cursor(self) -> int:
        """The number of the latest line; 0: there is none."""
        return self._number

    def dropped(self, service: Service | None = None) -> int:
        """How many lines never came here, since they were too many at once."""
        return sum(self._dropped.values()) if service is None else self._dropped[service]

    def take(self, said: LogLines) -> None:
        """Keep the lines of a message."""
        book = self._books.get(said.sender)
        if book is None:
            return
        self._dropped[said.sender] += said.dropped
        for line in said.lines:
            self._number += 1
            packed = line.model_dump_json(exclude_defaults=True).encode()
            book.append(BookLine(self._number, said.sender, LEVELS.index(line.level), packed))

    def lines(
        self, *, service: Service | None = None, level: str = "debug", after: int = 0
    ) -> Iterator[BookLine]:
        """What is kept, in the order it came.

        Args:
            service: Of this one alone; None: of all.
            level: This one and worse.
            after: Only lines of higher numbers.
        """
        least = LEVELS.index(level)
        books = [book for one, book in self._books.items() if service in {None, one}]
        for line in merge(*books, key=lambda one: one.number):
            if line.number > after and line.badness >= least:
                yield line

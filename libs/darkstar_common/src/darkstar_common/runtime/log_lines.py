"""The latest lines of a process's log, kept for those who look at them from elsewhere."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Mapping, MutableMapping
from threading import Lock
from typing import Any, get_args

import structlog

from darkstar_common.contract import LogLine

MOST_WAITING = 1000
"""So many lines wait to be taken; then the oldest give way [lines]."""
LONGEST_TEXT = 4000
"""What a line says under one name is cut there [characters]."""
SHORTEST_SECRET = 4
"""A shorter one is part of too many words to be looked for [characters]."""
_LEVELS = frozenset(get_args(LogLine.model_fields["level"].annotation))
_NAMED = frozenset({"event", "level", "timestamp", "house_time", "caused_by", "service"})
"""What has a field of its own, or is said by the topic."""


def without(hidden: tuple[str, ...], text: str) -> str:
    """`text` with stars in place of every secret.

    Example:
        >>> without(("s3cret",), "the token s3cret was refused")
        'the token *** was refused'
    """
    for secret in hidden:
        if len(secret) >= SHORTEST_SECRET and secret in text:
            text = text.replace(secret, "***")
    return text


class KeptLines:
    """A processor of structlog that keeps what passes; any thread may log.

    It neither waits nor fails: what cannot be told is told as its text, and when nobody takes
    the lines the oldest are dropped and counted.
    """

    def __init__(self, *, most: int = MOST_WAITING, hidden: tuple[str, ...] = ()) -> None:
        """Start with none.

        Args:
            most: Lines that wait at once.
            hidden: Secrets, which no line holds.
        """
        self._lines: deque[LogLine] = deque()
        self._most, self._hidden = most, hidden
        self._dropped = 0
        self._lock = Lock()

    def __call__(
        self, _logger: Any, _method: str, event: MutableMapping[str, Any]
    ) -> MutableMapping[str, Any]:
        """Keep a copy of `event` and pass it on as it is."""
        line = self._line(event)
        with self._lock:
            self._lines.append(line)
            if len(self._lines) > self._most:
                self._lines.popleft()
                self._dropped += 1
        return event

    def take(self, most: int) -> tuple[tuple[LogLine, ...], int]:
        """The oldest lines, which are forgotten here, and how many were dropped before them."""
        with self._lock:
            count = min(most, len(self._lines))
            taken = tuple(self._lines.popleft() for _ in range(count))
            dropped = self._dropped if taken else 0
            self._dropped -= dropped
        return taken, dropped

    def _line(self, event: Mapping[str, Any]) -> LogLine:
        said = structlog.processors.format_exc_info(None, "", dict(event))
        level = str(said.get("level"))
        caused_by = said.get("caused_by")
        return LogLine(
            at=said["timestamp"],
            level=level if level in _LEVELS else "info",
            event=self._text(said.get("event")),
            house_time=said.get("house_time"),
            caused_by=None if caused_by is None else str(caused_by),
            details={
                name: self._plain(value)
                for name, value in said.items()
                if name not in _NAMED and not name.startswith("_")
            },
        )

    def _plain(self, value: Any) -> Any:
        """`value` as JSON can carry it, without secrets and not too long."""
        if value is None or isinstance(value, bool | int):
            return value
        if isinstance(value, str):
            return self._text(value)
        try:
            text = without(self._hidden, json.dumps(value, default=str, allow_nan=False))
        except (TypeError, ValueError, RecursionError):
            return self._text(value)
        return json.loads(text) if len(text) <= LONGEST_TEXT else text[:LONGEST_TEXT]

    def _text(self, value: Any) -> str:
        return without(self._hidden, str(value))[:LONGEST_TEXT]

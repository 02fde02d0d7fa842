"""Which inbox gets what."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterable, Mapping
from typing import Any, Protocol, TypeAlias

from darkstar_common.bus.reading import Incoming
from darkstar_common.bus.topics import matches
from darkstar_common.contract import Channel

Row: TypeAlias = "Channel[Any] | None"

_HELD = 10_000
_HELD_BYTES = 32 * 1024 * 1024
_REMEMBERED_TOPICS = 10_000


class Taker(Protocol):
    """An open inbox, as the router sees it."""

    @property
    def filters(self) -> Mapping[str, Row]:
        """The topic filters it wants, and the row of the topic table behind each."""

    def accept(self, incoming: Incoming, row: Row) -> None:
        """Queue it, holding its receipt."""


class Router:
    """Hands what arrives to the inboxes that asked for it.

    A broker that kept a session sends its queue the moment the service is back, before
    an inbox is open. So what nobody asked for is held until `settle` is called.
    """

    def __init__(self) -> None:
        self._takers: list[Taker] = []
        self._wanted: Counter[str] = Counter()
        self._routes: dict[str, tuple[tuple[Taker, Row], ...]] = {}
        self._held: deque[Incoming] | None = deque()
        self._held_bytes = 0

    @property
    def filters(self) -> tuple[str, ...]:
        """All filters that some inbox wants."""
        return tuple(self._wanted)

    def open(self, taker: Taker) -> None:
        """Let `taker` have what it asks for from now on, and what was held for it."""
        self._takers.append(taker)
        self.want(taker.filters)

    def close(self, taker: Taker) -> tuple[str, ...]:
        """Forget `taker`; returns the filters that nobody wants any more."""
        self._takers.remove(taker)
        return self.release(taker.filters)

    def want(self, filters: Iterable[str]) -> None:
        """Count `filters` of an open inbox, and give it what was held."""
        self._wanted.update(tuple(filters))  # of a mapping it would add up the values
        self._routes.clear()
        held, self._held_bytes = self._held, 0
        if held:
            self._held = deque()
            for incoming in held:
                self.route(incoming)

    def release(self, filters: Iterable[str]) -> tuple[str, ...]:
        """Uncount `filters`; returns those that nobody wants any more."""
        names = tuple(filters)
        self._wanted.subtract(names)
        self._routes.clear()
        gone = tuple(one for one in names if self._wanted[one] <= 0)
        for one in gone:
            del self._wanted[one]
        return gone

    def route(self, incoming: Incoming) -> None:
        """Queue `incoming` where it belongs."""
        routes = self._routes.get(incoming.topic)
        if routes is None:
            routes = self._find(incoming.topic)
        for taker, row in routes:
            incoming.receipt.hold()
            taker.accept(incoming, row)
        if not routes and self._held is not None:
            self._hold(incoming, self._held)
        else:
            incoming.receipt.give()

    def hold(self) -> None:
        """Hold again what nobody asks for: the service closes its inboxes, and opens new ones."""
        if self._held is None:
            self._held = deque()

    def keep(self, left: Iterable[Incoming]) -> None:
        """Hold what a closed inbox has left unread, or else owe nothing for it."""
        for incoming in left:
            if self._held is not None:
                self._hold(incoming, self._held)
            else:
                incoming.receipt.give()

    def settle(self) -> None:
        """Hold nothing any more: by now the service has opened all it opens at start."""
        held, self._held, self._held_bytes = self._held, None, 0
        for incoming in held or ():
            incoming.receipt.give()

    def _hold(self, incoming: Incoming, held: deque[Incoming]) -> None:
        self._held_bytes += len(incoming.payload)
        held.append(incoming)
        while len(held) > _HELD or self._held_bytes > _HELD_BYTES:
            oldest = held.popleft()
            self._held_bytes -= len(oldest.payload)
            oldest.receipt.give()

    def _find(self, topic: str) -> tuple[tuple[Taker, Row], ...]:
        if len(self._routes) >= _REMEMBERED_TOPICS:
            self._routes.clear()
        found = tuple((taker, row) for taker in self._takers for row in _rows(taker.filters, topic))
        self._routes[topic] = found
        return found


def _rows(filters: Mapping[str, Row], topic: str) -> tuple[Row, ...]:
    """The row under which an inbox gets `topic`: one of the contract before an outside filter."""
    found = [row for wanted, row in filters.items() if matches(wanted, topic)]
    return tuple(sorted(found, key=lambda row: row is None)[:1])

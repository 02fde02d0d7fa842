"""What the page sees at this moment, and who is looking."""

from __future__ import annotations

import asyncio
import gzip
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from secrets import token_hex

from darkstar_common.contract import Message
from darkstar_common.runtime import Clock
from darkstar_gateway.core.health import Health, health
from darkstar_gateway.core.house import House
from darkstar_gateway.core.view import KEYS, View
from darkstar_gateway.core.wire import Kind, envelope, fragment, joined

FRESH = timedelta(seconds=0.5)
"""So long the packed bundle is good for, by the house's clock, when nothing changes."""


@dataclass(frozen=True, slots=True)
class Place:
    """How far a page has followed: the number of the last text it got, and of which run."""

    run: str
    sequence: int


class Watcher:
    """One connected page: the keys it has not been told about yet.

    What changes twice before it is sent is sent once, so a slow page costs no memory
    and sees no stale value.
    """

    def __init__(self, live: Live, place: Place | None = None) -> None:
        self._live = live
        self._pending = live.changed_since(place) if place else None
        self._woken = asyncio.Event()
        self._woken.set()

    def resync(self) -> None:
        """Send the whole bundle next."""
        self._pending = None
        self._woken.set()

    def notify(self, keys: frozenset[str]) -> None:
        """Send these keys next, or only the time when there are none."""
        if self._pending is not None:
            self._pending |= keys
        self._woken.set()

    async def next_text(self) -> str:
        """Wait until there is something to tell, and tell it."""
        await self._woken.wait()
        self._woken.clear()
        keys, self._pending = self._pending, set()
        return self._live.bundle_text() if keys is None else self._live.changes_text(keys)


class Live:
    """The view, its JSON, and its watchers; the only state of the gateway."""

    def __init__(self, house: House, clock: Clock, *, connected: Callable[[], bool]) -> None:
        """Start with nothing known.

        Args:
            house: What the page must know of the configuration.
            clock: The house's time.
            connected: Whether the broker is there.
        """
        self.view = View()
        self.changed = asyncio.Event()
        """Set while something came that the watchers do not know of."""
        self.run = token_hex(4)
        """Another one for every start, since numbers begin anew."""
        self._clock, self._connected = clock, connected
        self._published = self.view
        self._health = self.health()
        self._fragments = {key: fragment(getattr(self.view, key)) for key in KEYS}
        self._fragments |= {"house": fragment(house), "health": fragment(self._health)}
        self._sequence = 0
        self._changed_at = dict.fromkeys(self._fragments, 0)
        """The number of the text that told of the last change of each key."""
        self._told: dict[frozenset[str], str] = {}
        """What was told since the last look, for it is the same for every page."""
        self._packed = (-1, clock.now(), b"")
        self._watchers: set[Watcher] = set()

    @property
    def sequence(self) -> int:
        """The number of the latest change."""
        return self._sequence

    @property
    def watcher_count(self) -> int:
        """How many pages are connected."""
        return len(self._watchers)

    @property
    def connected(self) -> bool:
        """Whether the broker is there."""
        return self._connected()

    def health(self) -> Health:
        """What is wrong now."""
        now, speed = self._clock.now(), self._clock.speed
        return health(self.view, now, broker_connected=self._connected(), speed=speed)

    def apply(self, path: str, message: Message) -> None:
        """Take in a message of the channel with that `path`; watchers hear of it at `publish`."""
        self.view = self.view.updated(path, message)
        self.changed.set()

    def publish(self) -> None:
        """Tell all watchers what has changed since last time; if nothing has, the time."""
        self._told.clear()
        self._notify(self._refresh())

    def changed_since(self, place: Place) -> set[str] | None:
        """The keys that a page at `place` does not know of; None: it has to begin anew."""
        if place.run != self.run or not 0 <= place.sequence <= self._sequence:
            return None
        return {key for key, number in self._changed_at.items() if number > place.sequence}

    def bundle_text(self) -> str:
        """Everything, as the page gets it when it connects."""
        if changed := self._refresh():
            self._notify(changed)
        content = joined(self._fragments, self._fragments)
        return self._envelope("bundle", content)

    def bundle_packed(self) -> bytes:
        """The same, packed with gzip; its time is at most `FRESH` old."""
        if changed := self._refresh():
            self._notify(changed)
        number, at, packed = self._packed
        now = self._clock.now()
        if number != self._sequence or not timedelta(0) <= now - at < FRESH:
            packed = gzip.compress(self.bundle_text().encode(), compresslevel=1, mtime=0)
            self._packed = (self._sequence, now, packed)
        return packed

    def changes_text(self, keys: set[str]) -> str:
        """What stands under `keys` now; without any, the time alone."""
        asked = frozenset(keys)
        if asked not in self._told:
            content = joined(self._fragments, sorted(asked)) if asked else None
            self._told[asked] = self._envelope("changes" if asked else "tick", content)
        return self._told[asked]

    @contextmanager
    def watched(self, place: Place | None = None) -> Iterator[Watcher]:
        """A watcher for as long as a page is connected; it goes on from `place` if it can."""
        watcher = Watcher(self, place)
        self._watchers.add(watcher)
        try:
            yield watcher
        finally:
            self._watchers.discard(watcher)

    def _envelope(self, kind: Kind, content: str | None) -> str:
        now = self._clock.now()
        return envelope(kind, run=self.run, sequence=self._sequence, now=now, content=content)

    def _notify(self, keys: frozenset[str]) -> None:
        for watcher in self._watchers:
            watcher.notify(keys)

    def _refresh(self) -> frozenset[str]:
        """Bring the JSON up to date and say which keys that changed."""
        self.changed.clear()
        keys = self.view.changes_since(self._published)
        self._published = self.view
        self._fragments |= {key: fragment(getattr(self.view, key)) for key in keys}
        latest = self.health()
        if latest != self._health:
            self._health = latest
            self._fragments["health"] = fragment(latest)
            keys |= {"health"}
        if keys:
            self._sequence += 1
            self._changed_at |= dict.fromkeys(keys, self._sequence)
            self._told.clear()
        return keys

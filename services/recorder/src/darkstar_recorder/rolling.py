"""Keeps the sums of days up to date with the slots they are made of."""

from __future__ import annotations

from contextlib import suppress
from datetime import date, datetime, timedelta
from itertools import count

from darkstar_common.runtime import Context
from darkstar_recorder.core.rollups import house_of
from darkstar_recorder.store import Store, StoreError
from darkstar_recorder.threads import Elsewhere

_EVERY = timedelta(minutes=1)
_LEAST = timedelta(seconds=2)
"""Of the wall's time, so that a simulated day does not do nothing else."""
_LATELY = timedelta(days=3)
"""What is looked at every minute; all of it once an hour, and when more of the past comes in."""
_ALL_OF_IT = 60
_AT_ONCE = 30
"""Days that are worked out and written down together."""


class Rolling:
    """Works out the days of which something has changed."""

    def __init__(self, context: Context, store: Store, elsewhere: Elsewhere) -> None:
        self._context, self._store, self._elsewhere = context, store, elsewhere
        self._house = house_of(context.config)
        self._edge, self._past = context.clock.now() - _LATELY, -1
        """What was recorded of the time before the edge, as a number."""

    async def run(self) -> None:
        """Look once a minute until cancelled."""
        for number in count():
            with suppress(StoreError):  # recording says so, and there is another minute
                await self._look(all_of_it=not number % _ALL_OF_IT)
            await self._context.clock.sleep(max(_EVERY, _LEAST * self._context.clock.speed))

    async def once(self, since: datetime | None = None) -> int:
        """Work out what has changed of the days since `since`; None: of all days.

        Returns:
            How many days that was.

        Raises:
            StoreError: The file can be read or written no more for now.
        """
        now = self._context.clock.now()
        changed = await self._elsewhere(lambda: self._store.changed_days(self._house, now, since))
        waiting, days = set(changed), 0
        while waiting:
            piece = tuple(sorted(waiting)[:_AT_ONCE])
            waiting = (waiting | await self._rolled(piece)).difference(piece)
            days += len(piece)
        if days:
            self._context.log.debug("days_rolled", days=days)
        return days

    async def _look(self, *, all_of_it: bool) -> None:
        """At the last days, or at all where older slots or prices came in since that was done."""
        past = await self._elsewhere(lambda: self._store.past_mark(self._edge))
        lately = self._context.clock.now() - _LATELY
        if not all_of_it and past == self._past:
            await self.once(lately)
            return
        mark = await self._elsewhere(lambda: self._store.past_mark(lately))
        await self.once()
        self._edge, self._past = lately, mark

    async def _rolled(self, piece: tuple[date, ...]) -> frozenset[date]:
        now = self._context.clock.now()
        return await self._elsewhere(lambda: self._store.roll(piece, self._house, now))

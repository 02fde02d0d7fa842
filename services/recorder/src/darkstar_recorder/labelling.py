"""Days are labelled once they are over, so that learning knows what each is good for."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import closing
from datetime import date, datetime, timedelta
from functools import partial

from darkstar_common.config import Config
from darkstar_common.runtime import Context
from darkstar_common.slots import day_slots, local_day
from darkstar_recorder.conversion import limits
from darkstar_recorder.core.quality import DayLabel, Judge, Judged, judged
from darkstar_recorder.core.rollups import house_of
from darkstar_recorder.store import Store, StoreError, telling
from darkstar_recorder.store.examining import Examiner
from darkstar_recorder.threads import Elsewhere

_EVERY = timedelta(hours=1)
_LEAST = timedelta(seconds=10)
"""Of the wall's time, so that a simulated day does not do nothing else."""
_AT_ONCE = 32
"""Days, so that nobody waits for long."""
_A_MONTH = timedelta(days=_AT_ONCE)
_BASIC = "load"
"""A house without it is not known at all."""


def labels(
    examiner: Examiner, config: Config, days: Iterable[date], now: datetime
) -> Iterator[DayLabel]:
    """What each of `days` is good for that is over and of which anything is recorded."""
    extent, most, absent = examiner.extent(), limits(config), house_of(config).absent
    since = {} if extent is None else extent.since
    over = [day for day in days if local_day(day, config.zone)[1] <= now]
    for month in _together(over):
        span = local_day(month[0], config.zone)[0], local_day(month[-1], config.zone)[1]
        known = {one.start: one for one in examiner.slots(*span)}
        for day in month:
            starts = day_slots(day, config.zone)
            had = {one for one, at in since.items() if at <= starts[0] and one not in absent}
            slots = {start: known[start] for start in starts if start in known}
            if slots:
                whole = Judged(day=day, starts=starts, channels=frozenset(had | {_BASIC}))
                yield judged(whole, slots, most)


def _together(days: Iterable[date]) -> Iterator[list[date]]:
    """Days that are read at once, in order: to read many costs hardly more than one."""
    found = list[date]()
    for day in sorted(days):
        if found and day - found[0] >= _A_MONTH:
            yield found
            found = []
        found.append(day)
    if found:
        yield found


def relabelled(new: DayLabel, known: tuple[DayLabel, Judge] | None) -> bool:
    """Whether the doctor's label is news; what others said of a day stays."""
    return known is None or (known[1] == "doctor" and known[0] != new)


class Labelling:
    """Labels days that are over, and those whose slots are others since."""

    def __init__(self, context: Context, store: Store, elsewhere: Elsewhere) -> None:
        self._context, self._store, self._elsewhere = context, store, elsewhere

    async def run(self) -> None:
        """Look once an hour until cancelled; a file that cannot be used is looked at again."""
        while True:
            try:
                await self.once()
            except StoreError as error:
                self._context.log.warning("days_not_labelled", reason=str(error))
            await self._context.clock.sleep(max(_EVERY, _LEAST * self._context.clock.speed))

    async def once(self) -> int:
        """Label what there is to label.

        Returns:
            How many days have another label than before.

        Raises:
            StoreError: The file cannot be used.
        """
        days = await self._elsewhere(self._unjudged)
        changed = 0
        for first in range(0, len(days), _AT_ONCE):
            piece = days[first : first + _AT_ONCE]
            changed += await self._elsewhere(partial(self._label, piece))
        if changed:
            self._context.log.info("days_labelled", days=changed)
        return changed

    def _unjudged(self) -> tuple[date, ...]:
        if not self._store.path.exists():
            return ()
        with telling(self._store.path), closing(Examiner(self._store.path)) as examiner:
            return examiner.unjudged(self._context.config.zone, self._context.clock.now())

    def _label(self, days: tuple[date, ...]) -> int:
        config, now = self._context.config, self._context.clock.now()
        with telling(self._store.path), closing(Examiner(self._store.path)) as examiner:
            found = list(labels(examiner, config, days, now))
            return self._store.label_days(found, "doctor", now)

"""Several sources in order of preference, of which an unhappy one is left alone for a while."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from darkstar_forecaster.core.prices import Answer, DayPrices, NotYet, Unavailable, poisoned
from darkstar_forecaster.sources.prices.port import Listens, PriceSource

_LONGEST = timedelta(hours=6)
"""No source is left alone for longer, unless it asks for it."""
_COMPARED = 14
"""So many days that were believed are what a new one is compared with."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """A source, and what it is.

    Attributes:
        source: who is asked.
        made_up: whether it has an answer to every question, because it makes it; such a
            source does not get ahead of a market that is about to publish.
    """

    source: PriceSource
    made_up: bool = False


class _Member:
    """A source with what is remembered about it."""

    def __init__(self, choice: Choice) -> None:
        self.source, self.made_up = choice.source, choice.made_up
        self._troubles, self._rests_until, self._reason = 0, datetime.min.replace(tzinfo=UTC), ""

    def resting(self, now: datetime) -> str | None:
        """Why it is not asked at `now`; None: it may be."""
        return self._reason if now < self._rests_until else None

    def note(self, answer: Answer, now: datetime) -> None:
        """Leave it alone the longer, the more often it was in trouble."""
        if not isinstance(answer, Unavailable):
            self._troubles = 0
            return
        if answer.rest is None:
            return
        grown = min(_LONGEST, answer.rest * float(2 ** min(self._troubles, 10)))
        self._troubles += 1
        self._rests_until, self._reason = now + max(answer.rest, grown), answer.reason


class Failover:
    """Asks the first source, and where it has no answer the next."""

    def __init__(self, choices: Sequence[Choice]) -> None:
        self._members = [_Member(one) for one in choices]
        self._believed: dict[date, DayPrices] = {}

    @property
    def name(self) -> str:
        """Of all, in order."""
        return ", ".join(one.source.name for one in self._members)

    async def listen(self, heard: Callable[[], None]) -> None:
        """Let those listen that are told prices."""
        async with asyncio.TaskGroup() as tasks:
            for one in self._members:
                if isinstance(one.source, Listens):
                    tasks.create_task(one.source.listen(heard), name=one.source.name)

    async def fetch(self, day: date, zone: ZoneInfo, now: datetime) -> Answer:
        """The first answer that can be used; it says who was passed over, and why."""
        passed: list[str] = []
        not_yet = False
        for member in self._members:
            if not_yet and member.made_up:
                continue
            answer = await self._asked(member, day, zone, now)
            if isinstance(answer, DayPrices):
                self.believe(answer)
                return replace(answer, source=member.source.name, passed_over=tuple(passed))
            not_yet = not_yet or isinstance(answer, NotYet)
            passed.append(_why(member, answer))
        if not_yet:
            return NotYet(day=day)
        return Unavailable(day=day, reason="; ".join(dict.fromkeys(passed)))

    async def _asked(self, member: _Member, day: date, zone: ZoneInfo, now: datetime) -> Answer:
        resting = member.resting(now)
        if resting is not None:
            return Unavailable(day=day, reason=resting)
        answer = await member.source.fetch(day, zone, now)
        if isinstance(answer, DayPrices):
            problem = poisoned(answer, self._believed.values())
            if problem is not None:
                return Unavailable(day=day, reason=f"{member.source.name}: {problem}")
        member.note(answer, now)
        return answer

    def believe(self, found: DayPrices) -> None:
        """Compare days to come with `found`, too."""
        days = self._believed | {found.day: found}
        self._believed = {day: days[day] for day in sorted(days)[-_COMPARED:]}


def _why(member: _Member, answer: NotYet | Unavailable) -> str:
    if isinstance(answer, NotYet):
        return f"{member.source.name} has not published {answer.day.isoformat()} yet"
    return answer.reason

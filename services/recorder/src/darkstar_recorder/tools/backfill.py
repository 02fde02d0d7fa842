"""`darkstar-recorder backfill`: the past that Home Assistant remembers."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from darkstar_common.slots import SLOT
from darkstar_recorder.conversion import limits
from darkstar_recorder.core.backfilled import (
    HOLDS,
    HOUR,
    PRICE,
    BackfillRefusedError,
    Source,
    entities,
    of_hours,
    of_states,
    prices_of_hours,
    prices_of_states,
    source,
)
from darkstar_recorder.core.filling import (
    HISTORY,
    RAW,
    STATISTICS,
    Mark,
    Memory,
    edges,
    hour_after,
    piece,
)
from darkstar_recorder.core.readings import Reading
from darkstar_recorder.core.usual import Usual
from darkstar_recorder.homeassistant import HomeAssistant, HomeAssistantError
from darkstar_recorder.tools.tool import Desk, Tool, ToolError, moment

PIECES: Mapping[Memory, timedelta] = {HISTORY: timedelta(days=1), STATISTICS: timedelta(days=30)}
"""What is asked for, and written, at once."""
_MOMENT = timedelta(seconds=1)
"""What was shown at the very start of the time asked for is not told."""


def called(desk: Desk) -> HomeAssistant:
    """The Home Assistant of the configuration.

    Raises:
        ToolError: None is configured.
    """
    url, token = desk.config.home_assistant.url, desk.secrets.home_assistant_token
    if url is None:
        raise ToolError(
            "home_assistant.url is not set; write where it is, "
            "such as http://homeassistant.local:8123"
        )
    if token is None:
        raise ToolError(
            "there is no token for Home Assistant; make a long-lived access token on its profile "
            "page, and set DARKSTAR_HOME_ASSISTANT_TOKEN"
        )
    return HomeAssistant(url, token)


def sources(desk: Desk, home: HomeAssistant) -> dict[str, Source]:
    """What can be asked for, by channel.

    Raises:
        BackfillRefusedError: An entity is not there, or is another kind of thing.
        HomeAssistantError: It does not answer.
    """
    wanted = entities(desk.config.executor.roles, desk.config.recorder.price_entity)
    known, currency = home.known(), desk.config.tariff.currency
    return {
        channel: source(channel, entity, known.get(entity), currency)
        for channel, entity in wanted.items()
    }


@dataclass(slots=True, kw_only=True)
class Backfill:
    """One run of it."""

    desk: Desk
    home: HomeAssistant
    sources: Mapping[str, Source]
    start: datetime
    again: bool = False
    """What was fetched before is fetched once more."""
    new: int = 0
    filled: int = 0
    prices: int = 0
    _usual: Usual | None = None

    def history(self) -> dict[str, Mark]:
        """Fetch what is fine; how far each channel is then."""
        recent = max(self.start, hour_after(self.desk.now - RAW))
        begun = {
            one.channel: self.start if one.statistics_factor is None else recent
            for one in self.sources.values()
            if one.history_factor is not None
        }
        return self._fetched(HISTORY, begun, dict.fromkeys(begun, self.desk.now))

    def statistics(self, fine: Mapping[str, Mark]) -> None:
        """Fetch what is older than the history of each channel."""
        ended = {}
        for one in self.sources.values():
            if one.statistics_factor is not None:
                mark = fine.get(one.channel)
                first = self.desk.now - HOUR if mark is None else mark.first_at
                ended[one.channel] = hour_after(first or self.desk.now - HOUR)
        self._fetched(STATISTICS, dict.fromkeys(ended, self.start), ended)

    def _fetched(
        self, memory: Memory, begun: Mapping[str, datetime], ended: Mapping[str, datetime]
    ) -> dict[str, Mark]:
        marks = self._marks(memory, begun)
        open_ones = {name: one for name, one in marks.items() if one.until < ended[name]}
        if not open_ones:
            return marks
        if self.desk.config.recorder.gap_profile == "usual":
            self._usual = self.desk.store.usual(self.desk.now)
        oldest = min(one.until for one in open_ones.values())
        asked = dict.fromkeys(open_ones, oldest)
        ends = edges(oldest, max(ended[name] for name in open_ones), PIECES[memory])
        for number, edge in enumerate(ends, start=1):
            self.desk.checkpoint()
            reached = {
                name: (marks[name], min(edge, ended[name]))
                for name in open_ones
                if marks[name].until < min(edge, ended[name])
            }
            more = {name for name, (_, end) in reached.items() if end < ended[name]}
            marks.update(self._piece(memory, reached, asked, more))
            asked = dict.fromkeys(open_ones, edge)
            self.desk.progress(number, len(ends))
        return marks

    def _marks(self, memory: Memory, begun: Mapping[str, datetime]) -> dict[str, Mark]:
        kept = {} if self.again else self.desk.store.marks(memory)
        return {
            channel: kept[channel]
            if channel in kept and kept[channel].serves(self.sources[channel].entity, start)
            else Mark(
                channel=channel,
                entity=self.sources[channel].entity,
                memory=memory,
                start=start,
                until=start,
            )
            for channel, start in begun.items()
        }

    def _piece(
        self,
        memory: Memory,
        reached: Mapping[str, tuple[Mark, datetime]],
        asked: Mapping[str, datetime],
        more: Collection[str],
    ) -> dict[str, Mark]:
        """Fetch one piece, write its slots, and then how far it came."""
        readings: dict[str, Iterable[Reading]] = {}
        marks = {}
        for channel, (mark, end) in reached.items():
            self.desk.checkpoint()
            if channel == PRICE:
                marks[channel] = self._priced(memory, mark, end)
                continue
            # without a reading to go on from, one from before is looked for
            start = mark.until if mark.last else max(mark.until, asked[channel]) - HOUR
            if memory == HISTORY and mark.last is not None:  # what it showed lasts until a change
                start = min(start, mark.last.measured_at - _MOMENT)
            fetch = self._states if memory == HISTORY else self._hours
            readings[channel] = fetch(self.sources[channel], start, end)
        done = piece(
            {channel: mark for channel, (mark, _) in reached.items() if channel != PRICE},
            readings,
            limits=limits(self.desk.config),
            hourly=memory == STATISTICS,
            usual=self._usual,
            more=more,
        )
        added = self.desk.store.add_slots(done.rows, memory, self.desk.now)
        self.new += added.new
        self.filled += added.filled
        marks.update(done.marks)
        self.desk.store.keep_marks(marks.values())
        return marks

    def _states(self, one: Source, start: datetime, end: datetime) -> tuple[Reading, ...]:
        return tuple(of_states(one, self.home.history(one.entity, start, end)))

    def _hours(self, one: Source, start: datetime, end: datetime) -> tuple[Reading, ...]:
        return tuple(of_hours(one, self.home.statistics(one.entity, start, end)))

    def _priced(self, memory: Memory, mark: Mark, end: datetime) -> Mark:
        one = self.sources[PRICE]
        first = mark.first_at
        if memory == HISTORY:
            states = self.home.history(one.entity, mark.until - HOLDS, end)
            found = prices_of_states(one, states, end)
        else:
            found = prices_of_hours(one, self.home.statistics(one.entity, mark.until, end))
        wanted = {slot: spot for slot, spot in found.items() if slot >= mark.start}
        if not wanted:
            return mark
        config = self.desk.config
        self.prices += self.desk.store.add_prices(wanted.items(), config.tariff, config.zone)
        return replace(mark, until=max(wanted) + SLOT, first_at=first or min(wanted))


def _arguments(parser: ArgumentParser) -> None:
    parser.add_argument(
        "--from",
        dest="since",
        metavar="DAY",
        type=moment,
        required=True,
        help="the day to begin with",
    )
    parser.add_argument(
        "--again", action="store_true", help="ask once more for what was fetched before"
    )


def _run(desk: Desk, options: Namespace) -> int:
    if options.since >= desk.now:
        raise ToolError(f"--from {options.since:%Y-%m-%d} is no past")
    try:
        with called(desk) as home:
            run = Backfill(
                desk=desk,
                home=home,
                sources=sources(desk, home),
                start=hour_after(options.since),
                again=options.again,
            )
            run.statistics(run.history())
    except (BackfillRefusedError, HomeAssistantError) as error:
        raise ToolError(str(error)) from None
    desk.tell(
        f"{len(run.sources)} channels since {run.start:%Y-%m-%d}: {run.new} slots new, "
        f"{run.filled} filled, {run.prices} prices new"
    )
    return 0


BACKFILL = Tool(
    makes=True,
    name="backfill",
    help="fetch the past that Home Assistant remembers; what is known better stays as it is",
    arguments=_arguments,
    run=_run,
)

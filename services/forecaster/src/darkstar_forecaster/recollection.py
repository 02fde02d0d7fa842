"""Gets the house's past from the recorder, and keeps it current."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

import polars as pl

from darkstar_common.contract import Issue, SlotObservation
from darkstar_common.runtime import Context
from darkstar_forecaster.asking import Untold, answer
from darkstar_forecaster.core.observed import OBSERVED, observed, past_of, row_of, water_is_metered
from darkstar_forecaster.forgetting import Forgotten

ISSUE = "history"
_PAUSE, _LONGEST_PAUSE = timedelta(seconds=1), timedelta(seconds=30)
_PIECE = timedelta(days=30)
"""Asked for at once; some 200 kB."""
_RECENT = 2 * _PIECE
"""What a first forecast is made from."""
_FRESH = timedelta(hours=1)
_COLUMNS = (
    "start", "load_kwh", "pv_kwh", "import_kwh", "export_kwh", "charge_kwh", "discharge_kwh",
    "water_kwh", "ev_kwh", "soc_percent_end", "vacation", "alarm_armed", "flags", "label",
)  # fmt: skip


class Recollection:
    """The past `history_days`; what closes while the recorder is asked is kept as well."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._span = timedelta(days=context.config.forecaster.history_days)
        self._observed = observed([])
        self._noted: dict[datetime, SlotObservation] = {}
        self._past: pl.DataFrame | None = None
        self.forgotten = Forgotten(context)
        self._told_at: datetime | None = None
        self._since: datetime | None = None
        self.loaded = False

    def note(self, slot: SlotObservation) -> None:
        """Take in a slot that was closed or corrected."""
        self._noted[slot.start] = slot
        self._past = None

    @property
    def past(self) -> pl.DataFrame:
        """What is known of the past, as PAST."""
        if self._past is None:
            self._take_in()
            config = self._context.config
            self._past = past_of(
                self._observed,
                zone=config.zone,
                has_water_heater=config.water_heater is not None,
                has_vehicles=bool(config.evs),
                not_to_learn=self.forgotten.days,
            )
        return self._past

    @property
    def water_is_metered(self) -> bool | None:
        """Whether any slot knows what the water heater took; None: there are no slots."""
        self._take_in()
        return water_is_metered(self._observed) if self._observed.height else None

    def forget(self, now: datetime) -> str:
        """Learn nothing from the local day of `now`; which day that is.

        Raises:
            OSError: It cannot be remembered.
        """
        day = self.forgotten.add(now)
        self._past = None
        return day.isoformat()

    async def begin(self) -> None:
        """Ask for the last weeks, which a first forecast needs, however long that takes."""
        now = self._context.clock.now()
        since = max(now - _RECENT, now - self._span)
        self._put(await self._told(since, now))
        self._since, self.loaded = since, True

    async def load(self) -> None:
        """Ask for all, or for what lies before the last weeks where those are known."""
        now = self._context.clock.now()
        told = await self._told(now - self._span, self._since or now)
        self._put([*told, self._observed])
        self.loaded = True
        self._context.log.info("history_loaded", slots=self._observed.height)

    async def _told(self, since: datetime, until: datetime) -> list[pl.DataFrame]:
        """Ask the recorder until it has told all of [`since`, `until`)."""
        pieces, pause = [], _PAUSE
        for start, end in _pieces(since, until):
            while isinstance(told := await self._ask(start, end), Untold):
                await self._say_that_it_is_silent(told)
                await self._context.clock.sleep(pause * self._context.clock.speed)
                pause = min(2 * pause, _LONGEST_PAUSE)
            pieces.append(told)
        await self._context.status.clear_issue(ISSUE)
        return pieces

    async def reload(self) -> bool:
        """Ask once more, since days may have been labelled or corrected; whether it was told.

        What was told within the hour is not asked for again.
        """
        if self._told_at is not None and self._context.clock.now() - self._told_at < _FRESH:
            return True
        pieces, now = [], self._context.clock.now()
        for start, end in _pieces(now - self._span, now):
            told = await self._ask(start, end)
            if isinstance(told, Untold):
                return False
            pieces.append(told)
        self._put(pieces)
        return True

    def _put(self, pieces: list[pl.DataFrame]) -> None:
        """Take what was told instead of what was known."""
        self._observed = pl.concat(pieces).unique("start", keep="last").sort("start")
        self._past, self._told_at = None, self._context.clock.now()

    def _take_in(self) -> None:
        """Put what was noted among the rest, and drop what is too old."""
        if not self._noted:
            return
        since = self._context.clock.now() - self._span
        labels = self._observed.select("start", "exclude")
        newer = observed([row_of(one) for one in self._noted.values()]).drop("exclude")
        newer = newer.join(labels, on="start", how="left").with_columns(
            pl.col("exclude").fill_null(value=False)
        )
        merged = pl.concat([self._observed, newer.select(list(OBSERVED))])
        self._observed = (
            merged.unique("start", keep="last", maintain_order=True)
            .filter(pl.col("start") >= since)
            .sort("start")
        )
        self._noted.clear()

    async def _ask(self, start: datetime, end: datetime) -> pl.DataFrame | Untold:
        told = await answer(self._context, "slots", start, end, columns=_COLUMNS)
        return told if isinstance(told, Untold) else observed(told)

    async def _say_that_it_is_silent(self, untold: Untold) -> None:
        self._context.log.warning("history_not_told", reason=untold.reason)
        await self._context.status.raise_issue(
            Issue(
                key=ISSUE,
                severity="warning",
                message="the recorder has not told what the house did so far; "
                "load and PV forecasts wait for it",
                guidance="See whether the recorder is running.",
            )
        )


def _pieces(start: datetime, until: datetime) -> Iterator[tuple[datetime, datetime]]:
    while start < until:
        end = min(start + _PIECE, until)
        yield start, end
        start = end

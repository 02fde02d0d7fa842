"""What is known of the weather: the last issue, and how it was; both survive a restart."""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import datetime, timedelta

import polars as pl

from darkstar_common.contract import Issue
from darkstar_common.runtime import Context
from darkstar_common.slots import slot_start
from darkstar_forecaster.core.weather.table import Issued, over
from darkstar_forecaster.sources.weather import place_of
from darkstar_forecaster.weather_files import WeatherFiles

ISSUE = "weather_files"


class WeatherMemory:
    """In memory what is asked for often, on disk all of it; of one place."""

    def __init__(self, context: Context, sources: Collection[str]) -> None:
        """Recall what is on disk; as the last issue only one of these `sources`."""
        self._context = context
        self._span = timedelta(days=context.config.forecaster.history_days)
        place = place_of(context.config)
        here = "anywhere" if place is None else f"{place.latitude:.2f}_{place.longitude:.2f}"
        self._files = WeatherFiles(context.state_dir / "weather" / here, context.log)
        now = context.clock.now()
        self.past = self._files.past(now - self._span)
        self.latest = self._files.last_issue(now, sources)

    def known(self, now: datetime) -> pl.DataFrame:
        """As Weathering.known."""
        table = self.past.filter(pl.col("start") >= now - self._span)
        if self.latest is None:
            return table
        begin = slot_start(self.latest.issued_at)
        return over(table, self.latest.table.filter(pl.col("start") >= begin))

    def issues(self, now: datetime) -> pl.DataFrame:
        """As Weathering.issues."""
        return self._files.issues(now)

    async def take(self, issued: Issued, now: datetime) -> None:
        """Make `issued` the last issue.

        What it says of the past is kept, and where the past is not known what the one
        before said of it when it was still to come.
        """
        gone = pl.col("start") < slot_start(now)
        past, before = self.past, self.latest
        if before is not None:
            past = over(before.table.filter(gone), past)
        self.latest = issued
        await self._remember(over(past, issued.table.filter(gone)))
        if before is None or not before.table.equals(issued.table):
            await self._kept(lambda: self._files.keep_issue(issued))

    async def fill(self, table: pl.DataFrame) -> None:
        """Take in `table` where the past is not known."""
        await self._remember(over(table, self.past))

    async def _remember(self, past: pl.DataFrame) -> None:
        since = self._context.clock.now() - self._span
        past = past.filter(pl.col("start") >= since)
        changed = past.join(self.past, on=past.columns, how="anti", nulls_equal=True)
        self.past = past
        if not changed.is_empty():
            await self._kept(lambda: self._files.keep_past(past, changed))

    async def _kept(self, write: Callable[[], None]) -> None:
        try:
            write()
        except OSError as error:
            await self._context.status.raise_issue(
                Issue(
                    key=ISSUE,
                    severity="warning",
                    message=f"the weather cannot be kept on disk: {error}",
                    guidance="Without it a restart waits for new weather; see the disk's space "
                    "and DARKSTAR_STATE_DIR.",
                )
            )
            return
        await self._context.status.clear_issue(ISSUE)

"""What the market has published, kept over restarts, and filled as far back as is learned from."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta

import polars as pl

from darkstar_common.contract import Issue
from darkstar_common.runtime import Context
from darkstar_common.slots import day_slots, local_day
from darkstar_forecaster.asking import Untold, answer
from darkstar_forecaster.core.price import LEARNED_DAYS
from darkstar_forecaster.core.prices import Answer, DayPrices, whole_day
from darkstar_forecaster.core.situation import SPOTS
from darkstar_forecaster.patience import ONLINE
from darkstar_forecaster.price_files import PriceFiles, months
from darkstar_forecaster.sources.prices import PriceSource

ISSUE = "price_files"
MADE_UP = ("fixed", "generated")
"""Sources that have an answer to everything; no market is learned from them."""
ONLINE_A_DAY = 25
"""Past days asked for in a day of a service that many houses ask."""
OFFLINE_AT_ONCE = 25
"""Past days read in one go from a file, or made up."""
GIVEN_UP = 7
"""After so many days in a row of which the source knows nothing, it is not asked further back."""
BUSY = (time(11), time(16))
"""Local time in which services are asked for tomorrow, and not for the past."""
AGAIN = timedelta(days=1)
"""From one look for what is missing to the next."""
SOON, PAUSE = timedelta(minutes=5), timedelta(seconds=10)
"""Until the recorder is asked again, and from one question to the next."""

Changed = Callable[[], Awaitable[None]]


class PriceHistory:
    """Published prices of past and coming slots, of one market."""

    def __init__(
        self, context: Context, source: PriceSource, changed: Changed | None = None
    ) -> None:
        """Recall what is on disk; `changed` is awaited when more of the past became known."""
        self._context, self._source, self._changed = context, source, changed
        config = context.config
        self._made_up = config.prices.sources[0] in MADE_UP
        self._span = timedelta(days=max(LEARNED_DAYS, config.forecaster.history_days))
        market = f"{config.tariff.area}_{config.tariff.currency}"
        self._files = PriceFiles(
            context.state_dir / "prices",
            f"{market}_made_up" if self._made_up else market,
            context.log,
        )
        self._spots = self._files.read(self._since())
        self._dirty: frozenset[str] = frozenset()
        self._noted = asyncio.Event()
        self._recalled = self._made_up or not self._files.alone

    def spots(self) -> pl.DataFrame:
        """All that is known, as SPOTS."""
        return self._spots

    def days(self, count: int) -> Mapping[date, DayPrices]:
        """The last `count` local days, and tomorrow, as far as they are known whole."""
        zone = self._context.config.zone
        today = self._context.clock.now().astimezone(zone).date()
        found = {}
        for day in (today + timedelta(days=1 - back) for back in range(count + 1)):
            start, end = local_day(day, zone)
            rows = self._spots.filter(pl.col("start").is_between(start, end, closed="left"))
            prices = whole_day(day, dict(rows.iter_rows()), zone)
            if isinstance(prices, DayPrices):
                found[day] = prices
        return found

    def note(self, day: DayPrices) -> None:
        """Keep the prices of a day; those that are made up only if there is no market."""
        self._keep([day])

    def _keep(self, days: Sequence[DayPrices]) -> None:
        zone = self._context.config.zone
        rows = [row for one in days if self._learned_from(one) for row in one.by_slot(zone).items()]
        self._take(pl.DataFrame(rows, schema=dict(SPOTS), orient="row"))

    def _learned_from(self, answer: Answer) -> bool:
        return isinstance(answer, DayPrices) and (
            self._made_up or not answer.source.startswith(MADE_UP)
        )

    async def run(self) -> None:
        """Fill what is missing once a day, and write what became known, until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._filling(), name="past-prices")
            tasks.create_task(self._writing(), name="price-files")

    async def _filling(self) -> None:
        """Ask the recorder until it has answered, and the source once a day."""
        clock = self._context.clock
        due = clock.now()
        while True:
            before = self._spots.height
            if not self._recalled:
                await self._recall()
            if clock.now() >= due:
                due = clock.now() + AGAIN
                await self._ask_source()
            if self._spots.height > before:
                await self._tell(self._spots.height - before)
            await clock.sleep_until(due if self._recalled else min(due, clock.now() + SOON))

    async def _tell(self, slots: int) -> None:
        self._context.log.info("past_prices_filled", slots=slots)
        if self._changed is not None:
            await self._changed()

    async def _writing(self) -> None:
        while True:
            await self._noted.wait()
            self._noted.clear()
            await self._write()

    async def _recall(self) -> None:
        """Take over what the recorder was told; what is known here counts more.

        The recorder does not know of which area, or whose, its prices were. So it is asked only
        where no other market's prices were ever kept.
        """
        rows = await answer(
            self._context,
            "prices",
            self._since(),
            self._context.clock.now(),
            columns=("start", "spot_per_kwh", "kind"),
        )
        if isinstance(rows, Untold):
            self._context.log.warning("past_prices_not_told", reason=rows.reason)
            return
        self._recalled = True
        told = rows.filter(pl.col("kind") == "published").select(
            pl.col(name).cast(kind) for name, kind in SPOTS.items()
        )
        self._take(told.join(self._spots, on="start", how="anti"))

    async def _ask_source(self) -> None:
        """Ask for missing days, the newest first, until the source knows nothing further back."""
        config, clock = self._context.config, self._context.clock
        online = bool(ONLINE.intersection(config.prices.sources))
        wanted = self._missing()[: ONLINE_A_DAY if online else None]
        piece, silent = 1 if online else OFFLINE_AT_ONCE, 0
        for first in range(0, len(wanted), piece):
            if first:
                await clock.sleep(PAUSE)
            if online:
                await self._quiet()
            found = [
                await self._source.fetch(day, config.zone, clock.now())
                for day in wanted[first : first + piece]
            ]
            self._keep([one for one in found if isinstance(one, DayPrices)])
            for one in found:
                silent = 0 if self._learned_from(one) else silent + 1
            if silent >= GIVEN_UP:
                return

    async def _quiet(self) -> None:
        """Wait until nobody needs the source for tomorrow's prices."""
        clock, zone = self._context.clock, self._context.config.zone
        local = clock.now().astimezone(zone)
        if BUSY[0] <= local.time() < BUSY[1]:
            over = datetime.combine(local.date(), BUSY[1], tzinfo=zone)
            await clock.sleep_until(over.astimezone(UTC))

    def _missing(self) -> list[date]:
        """Past local days that are not known whole, the newest first."""
        zone, now = self._context.config.zone, self._context.clock.now()
        local = pl.col("start").dt.convert_time_zone(zone.key).dt.date()
        known = dict(self._spots.group_by(day=local).len().iter_rows())
        yesterday = now.astimezone(zone).date() - timedelta(days=1)
        days = (yesterday - timedelta(days=back) for back in range(self._span.days))
        return [day for day in days if known.get(day, 0) < len(day_slots(day, zone))]

    def _since(self) -> datetime:
        return self._context.clock.now() - self._span

    def _take(self, told: pl.DataFrame) -> None:
        """Take in `told`, which counts more than what was known."""
        fine = told.filter(pl.col("spot_per_kwh").is_finite())
        if fine.is_empty():
            return
        both = pl.concat([self._spots, fine]).filter(pl.col("start") >= self._since())
        self._spots = both.unique("start", keep="last", maintain_order=True).sort("start")
        self._dirty |= months(fine)
        self._noted.set()

    async def _write(self) -> None:
        """Write the months that became others; what fails is tried again with the next."""
        while self._dirty:
            month = max(self._dirty)
            try:
                self._files.write(self._spots, month)
            except OSError as error:
                await self._context.status.raise_issue(
                    Issue(
                        key=ISSUE,
                        severity="warning",
                        message=f"the published prices cannot be kept on disk: {error}",
                        guidance="Without them a restart learns from fewer prices; see the disk's "
                        "space and DARKSTAR_STATE_DIR.",
                    )
                )
                return
            self._dirty -= {month}
            await asyncio.sleep(0)
        await self._context.status.clear_issue(ISSUE)

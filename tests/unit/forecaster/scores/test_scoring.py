"""The forecaster's scores: the same that are worked out from the recorder's rows."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from math import isnan, nan
from pathlib import Path

import polars as pl
import pytest
from prometheus_client import REGISTRY
from unit.forecaster.scores.frames import DAY, HOUR, MONDAY, SLOT, STOCKHOLM, day_number, quarter
from unit.forecaster.scores.keeper import Keeper

from darkstar_common.config import Config
from darkstar_common.contract import ForecastScore, Service
from darkstar_common.slots import slots
from darkstar_common.testing import FakeClock, MemoryBus, a_context, settle
from darkstar_forecaster.core.baselines import BASELINES
from darkstar_forecaster.core.scoring import ALL, LEADS, SEASONS
from darkstar_forecaster.core.situation import PAST, TIME, empty
from darkstar_forecaster.scoring import Scoring

NOW = MONDAY + 20 * DAY + timedelta(minutes=3)
CONFIG = Config.model_validate({"forecaster": {"score_days": 3}})


def load_kw(start: datetime) -> float:
    return 1.0 + quarter(start) / 96 + (day_number(start) % 3) / 4


def spot(start: datetime) -> float:
    return 0.5 + (day_number(start) % 7) / 10


def past(until: datetime) -> pl.DataFrame:
    """What the house did since MONDAY."""
    starts = slots(MONDAY, (until - MONDAY) // SLOT)
    known = pl.DataFrame(
        {"start": starts, "load_kw": [load_kw(one) for one in starts], "pv_kw": 0.0, "fit": True},
        schema_overrides={"start": TIME},
    )
    return pl.concat([empty(PAST), known], how="diagonal")


def forecasts(*, every: timedelta = HOUR, off_kw: float = 0.1) -> pl.DataFrame:
    """Load of four days at each full hour of six, `off_kw` and the lead's hundredth off."""
    rows = []
    at = MONDAY + 14 * DAY
    while at < NOW:
        starts = slots(at, 96 * 4)
        for start in starts:
            off = off_kw + (start - at) / HOUR / 100
            middle = load_kw(start) + off
            rows.append((start, "load", middle - 0.3, middle, middle + 0.3, middle + 0.05, at))
        at += every
    columns = ["start", "quantity", "p10_kw", "p50_kw", "p90_kw", "mean_kw", "issued_at"]
    return pl.DataFrame(
        rows, schema=columns, orient="row",
        schema_overrides={"start": TIME, "issued_at": TIME},
    )  # fmt: skip


def prices() -> pl.DataFrame:
    """Each slot as an estimate four days ahead, and as published at 13:00 of the day before."""
    starts = slots(MONDAY, 96 * 22)
    rows: list[tuple[object, ...]] = []
    for start in starts:
        rows.append((start, spot(start) + 0.2, "forecast", start - 4 * DAY, spot(start), 1.9))
        rows.append((start, spot(start), "published", start - 20 * HOUR, None, None))
    columns = ["start", "spot_per_kwh", "kind", "issued_at", "spot_p10_per_kwh", "spot_p90_per_kwh"]
    return pl.DataFrame(
        rows, schema=columns, orient="row",
        schema_overrides={"start": TIME, "issued_at": TIME},
    )  # fmt: skip


FORECASTS, PRICES = forecasts(), prices()


@dataclass
class House:
    """A forecaster's scoring beside a recorder."""

    path: Path
    config: Config = CONFIG
    clock: FakeClock = field(default_factory=lambda: FakeClock(NOW))
    changes: int = 0
    knows: bool = True

    def __post_init__(self) -> None:
        bus = MemoryBus(now=self.clock.now)
        self.keeper = Keeper(bus, {"forecasts": FORECASTS, "prices": PRICES})
        context = a_context(
            bus, state_dir=self.path, clock=self.clock, config=self.config,
            service=Service.FORECASTER,
        )  # fmt: skip
        self.scoring = Scoring(context, self.past, self.note)

    def past(self) -> pl.DataFrame:
        return past(self.clock.now()) if self.knows else empty(PAST)

    async def note(self) -> None:
        self.changes += 1

    def score(self, quantity: str, lead: str, season: str = ALL) -> ForecastScore:
        (found,) = (
            one
            for one in self.scoring.scores
            if (one.quantity, one.lead, one.season) == (quantity, lead, season)
        )
        return found

    @asynccontextmanager
    async def running(self, *, scoring: bool = True) -> AsyncIterator[None]:
        work = [asyncio.create_task(self.keeper.run())]
        await settle(2)
        if scoring:
            work.append(asyncio.create_task(self.scoring.run()))
            await settle(2000)
        try:
            yield
            assert not any(one.done() for one in work)
        finally:
            for one in work:
                one.cancel()
            await asyncio.gather(*work, return_exceptions=True)


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House(tmp_path)


async def test_each_band_has_what_was_issued_so_long_before(house: House) -> None:
    async with house.running():
        pass
    low = {lead: span[0] for lead, span in LEADS.items()}
    for lead in ("0-6", "6-12", "12-24", "24-48", "48-168"):
        found = house.score("load", lead)
        # issued every hour, so 0 to 45 minutes before the band's lower end
        expected = 0.1 + (low[lead] + 0.375) / 100
        assert found.mae == pytest.approx(expected)
        assert found.bias == pytest.approx(expected + 0.05)
        assert found.slots == 3 * 96
        assert found.coverage == pytest.approx(1.0 if expected < 0.3 else 0.0)


async def test_scores_are_those_of_the_recorders_rows(house: House) -> None:
    """The page's numbers are the recorder's."""
    async with house.running():
        pass
    until = NOW.replace(minute=0)
    window = FORECASTS.filter(
        pl.col("start") >= until - 3 * DAY, pl.col("start") < until,
        pl.col("issued_at") + 24 * HOUR <= pl.col("start"),
        pl.col("issued_at") + 48 * HOUR > pl.col("start"),
    )  # fmt: skip
    last = window.sort("start", "issued_at").group_by("start", maintain_order=True).last()
    errors = [abs(row["p50_kw"] - load_kw(row["start"])) for row in last.to_dicts()]
    naive = [abs(load_kw(one) - load_kw(one - 7 * DAY)) for one in last["start"]]
    found = house.score("load", "24-48")
    assert found.slots == len(errors) == 288
    assert found.mae == pytest.approx(sum(errors) / len(errors))
    assert found.baseline in BASELINES
    assert found.baseline_mae is not None
    assert found.baseline_mae <= sum(naive) / len(naive)
    assert found.skill == pytest.approx(1 - found.mae / found.baseline_mae)


async def test_of_prices_only_estimates_are_scored(house: House) -> None:
    async with house.running():
        pass
    found = house.score("price", "48-168")
    assert found.mae == pytest.approx(0.2)
    assert found.coverage == 1.0
    assert found.slots == 3 * 96
    # those of 20 hours ahead were published
    assert {one.lead for one in house.scoring.scores if one.quantity == "price"} == {"48-168", ALL}


async def test_prices_have_the_week_before_to_beat(house: House) -> None:
    async with house.running():
        pass
    found = house.score("price", "all")
    assert found.baseline == "same day last week"
    assert found.baseline_mae == pytest.approx(0.0)
    assert found.skill is None


async def test_there_is_a_score_by_season(house: House) -> None:
    async with house.running():
        pass
    assert house.score("load", ALL, "winter").slots == house.score("load", ALL).slots
    assert {one.season for one in house.scoring.scores} == {ALL, "winter"}
    assert set(SEASONS) >= {"winter"}


async def test_scores_are_made_anew_every_hour(house: House) -> None:
    async with house.running():
        assert house.changes == 1
        await house.clock.advance(timedelta(minutes=10))
        await settle(2000)
        assert house.changes == 1
        first = len(house.keeper.queries)
        for hour in range(1, 3):
            await house.clock.advance(HOUR)
            await settle(2000)
            assert house.changes == 1 + hour
        again = house.keeper.queries[first:]
        assert all(one.end - one.start <= 4 * 7 * DAY for one in again if one.end and one.start)
        of_forecasts = [one for one in again if one.what == "forecasts"]
        # once for each band and hour, and of that only what may be new
        assert len(of_forecasts) == 2 * len(LEADS)
        assert all(one.end - one.start <= 8 * HOUR for one in of_forecasts if one.end and one.start)


async def test_what_is_older_than_the_days_scored_is_forgotten(house: House) -> None:
    async with house.running(scoring=False):
        await house.scoring.refresh()
        before = house.score("load", "0-6").slots
        await house.clock.advance(2 * DAY)
        await house.scoring.refresh()
        # nothing was issued meanwhile, so of three days one is left, and what was ahead
        assert (before, house.score("load", "0-6").slots) == (288, 96 + 24)
        # a slot counts in one band once, however often it was asked for
        assert house.score("load", "24-48").slots == 288


async def test_a_recorder_that_refuses_is_asked_again_with_patience(house: House) -> None:
    house.keeper.refusals = 3
    async with house.running():
        assert house.scoring.scores == ()
        for minutes in (1, 5):
            await house.clock.advance(timedelta(minutes=minutes))
            await settle(2000)
        assert house.scoring.scores == ()
        await house.clock.advance(timedelta(minutes=20))
        await settle(2000)
        assert house.score("load", ALL).slots > 0
    assert house.changes == 1


async def test_until_the_past_is_known_nothing_is_scored(house: House) -> None:
    house.knows = False
    async with house.running():
        assert house.scoring.scores == ()
        house.knows = True
        await house.clock.advance(timedelta(minutes=1))
        await settle(2000)
        assert house.scoring.scores


async def test_what_has_not_changed_is_not_said_again(house: House) -> None:
    async with house.running(scoring=False):
        await house.scoring.refresh()
        await house.scoring.refresh()
    assert house.changes == 1


async def test_an_earlier_recorder_without_means_and_spreads_will_do(house: House) -> None:
    house.keeper.tables = {
        "forecasts": FORECASTS.drop("mean_kw"),
        "prices": PRICES.drop("spot_p10_per_kwh", "spot_p90_per_kwh"),
    }
    async with house.running():
        pass
    found = house.score("load", "0-6")
    assert found.bias == pytest.approx(found.mae)
    assert house.score("price", "48-168").coverage is None


async def test_prometheus_has_the_same_figures(house: House) -> None:
    async with house.running():
        pass
    found = house.score("load", "24-48")
    labels = {"quantity": "load", "lead": "24-48"}
    prefix = "darkstar_forecaster_"
    assert REGISTRY.get_sample_value(f"{prefix}mae_kw", labels) == found.mae
    assert REGISTRY.get_sample_value(f"{prefix}bias_kw", labels) == found.bias
    assert REGISTRY.get_sample_value(f"{prefix}pinball_kw", labels) == found.pinball
    assert REGISTRY.get_sample_value(f"{prefix}coverage_ratio", labels) == found.coverage
    assert REGISTRY.get_sample_value(f"{prefix}skill_ratio", labels) == found.skill
    baseline = REGISTRY.get_sample_value(f"{prefix}baseline_mae_kw", labels)
    assert baseline == found.baseline_mae
    assert baseline is not None
    price = house.score("price", "48-168")
    assert REGISTRY.get_sample_value(f"{prefix}price_mae_per_kwh", {"lead": "48-168"}) == price.mae
    assert REGISTRY.get_sample_value(f"{prefix}mae_kw", {"quantity": "pv", "lead": ALL}) is None


def of_the_day(quantity: str) -> tuple[float, float]:
    """What Prometheus has of the last day: our error, and the best naive one."""
    found = (
        REGISTRY.get_sample_value(f"darkstar_forecaster_{one}_kw", {"quantity": quantity})
        for one in ("day_mae", "day_baseline_mae")
    )
    ours, naive = (nan if one is None else one for one in found)
    return ours, naive


async def test_prometheus_has_the_error_of_the_last_day(house: House) -> None:
    async with house.running():
        pass
    each = [house.score("load", lead).mae for lead in LEADS]
    ours, naive = of_the_day("load")
    assert ours == pytest.approx(sum(each) / len(each))
    assert 0 < naive < 2
    assert all(map(isnan, of_the_day("pv")))


async def test_the_error_of_a_day_that_is_not_known_is_not_that_of_the_day_before(
    house: House,
) -> None:
    async with house.running(scoring=False):
        await house.scoring.refresh()
        before, _ = of_the_day("load")
        house.keeper.tables = {"forecasts": FORECASTS.clear(), "prices": PRICES}
        await house.clock.advance(6 * DAY)
        await house.scoring.refresh()
    assert before > 0
    assert all(map(isnan, of_the_day("load")))


async def test_a_clock_change_within_the_window_is_no_trouble(tmp_path: Path) -> None:
    at = datetime(2026, 3, 30, 6, tzinfo=STOCKHOLM)
    house = House(tmp_path, clock=FakeClock(at))
    async with house.running(scoring=False):
        assert await house.scoring.refresh() is None

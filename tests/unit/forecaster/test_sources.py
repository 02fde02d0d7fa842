from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from darkstar_common.config import Config, PriceSource
from darkstar_common.slots import SLOT, day_slots
from darkstar_common.testing import MemoryBus, a_context
from darkstar_forecaster.core.generated import generated_day
from darkstar_forecaster.core.prices import DayPrices, NotYet, Unavailable
from darkstar_forecaster.core.spot_table import TableRefusedError, spot_table
from darkstar_forecaster.sources.prices import CsvPrices, GeneratedPrices, price_source
from darkstar_forecaster.sources.prices import PriceSource as Source

STOCKHOLM = ZoneInfo("Europe/Stockholm")
DAY = timedelta(days=1)
BEGIN = datetime(2026, 3, 20, tzinfo=UTC)
COLUMNS = ("start_utc", "spot_per_kwh")


def row(start: datetime, spot: float | str) -> dict[str, str]:
    return {"start_utc": start.isoformat(), "spot_per_kwh": str(spot)}


def quarters(days: int) -> list[dict[str, str]]:
    return [row(BEGIN + number * SLOT, number / 100) for number in range(days * 96)]


def csv_file(path: Path, days: int = 14) -> Path:
    lines = [",".join(COLUMNS), *(",".join(one.values()) for one in quarters(days))]
    path.write_text("\n".join(lines))
    return path


MAKERS: dict[str, Callable[[Path], Source]] = {
    "csv": lambda path: CsvPrices(csv_file(path / "prices.csv")),
    "generated": lambda _: GeneratedPrices(seed=3),
}


@pytest.fixture(params=list(MAKERS))
def source(request: pytest.FixtureRequest, tmp_path: Path) -> Source:
    return MAKERS[request.param](tmp_path)


@pytest.mark.parametrize(
    ("day", "slots"), [(date(2026, 3, 28), 96), (date(2026, 3, 29), 92), (date(2026, 3, 30), 96)]
)
async def test_every_source_gives_whole_local_days(source: Source, day: date, slots: int) -> None:
    answer = await source.fetch(day, STOCKHOLM, datetime(2026, 4, 1, tzinfo=UTC))
    assert isinstance(answer, DayPrices)
    assert (answer.day, len(answer.spot_per_kwh)) == (day, slots)


async def test_every_source_keeps_tomorrow_to_itself_until_one(source: Source) -> None:
    day = date(2026, 3, 26)
    before = datetime(2026, 3, 25, 11, 59, 59, tzinfo=UTC)
    assert await source.fetch(day, STOCKHOLM, before) == NotYet(day=day)
    after = await source.fetch(day, STOCKHOLM, before + timedelta(seconds=1))
    assert isinstance(after, DayPrices)
    later = await source.fetch(day + DAY, STOCKHOLM, before + timedelta(seconds=1))
    assert later == NotYet(day=day + DAY)


def test_hourly_rows_stand_for_four_slots() -> None:
    rows = [row(BEGIN + timedelta(hours=number), number) for number in range(24 * 3)]
    found = spot_table(COLUMNS, rows).day(date(2026, 3, 21), ZoneInfo("UTC"))
    assert [found[BEGIN + DAY + number * SLOT] for number in range(5)] == [24, 24, 24, 24, 25]


def test_past_its_end_the_last_week_comes_again() -> None:
    table = spot_table(COLUMNS, quarters(10))
    utc = ZoneInfo("UTC")
    last = table.day(date(2026, 3, 29), utc)
    for weeks in (1, 2, 5):
        again = table.day(date(2026, 3, 29) + weeks * 7 * DAY, utc)
        assert list(again.values()) == list(last.values())
    assert table.day(date(2026, 3, 30), utc)[BEGIN + 10 * DAY] == 3 * 96 / 100


@pytest.mark.parametrize(
    ("columns", "rows", "sentence"),
    [
        (("start", "price"), [], "needed are start_utc and spot_per_kwh or spot_sek_per_kwh"),
        (COLUMNS, [], "no rows"),
        (COLUMNS, [{"start_utc": "soon", "spot_per_kwh": "1"}], "line 2"),
        (COLUMNS, [row(BEGIN, 1), row(BEGIN, "dear")], "line 3"),
    ],
)
def test_a_table_that_cannot_be_read_is_refused(
    columns: tuple[str, ...], rows: list[dict[str, str]], sentence: str
) -> None:
    with pytest.raises(TableRefusedError, match=sentence):
        spot_table(columns, rows)


@pytest.mark.parametrize("cell", ["", "nan", "inf"])
async def test_a_file_with_a_poisoned_cell_gives_no_such_day(tmp_path: Path, cell: str) -> None:
    path = csv_file(tmp_path / "prices.csv")
    lines = path.read_text().splitlines()
    lines[300] = f"{lines[300].split(',')[0]},{cell}"
    path.write_text("\n".join(lines))
    now = datetime(2026, 4, 1, tzinfo=UTC)
    poisoned = date(2026, 3, 23)
    answers = {
        day: await CsvPrices(path).fetch(day, STOCKHOLM, now)
        for day in (poisoned - DAY, poisoned, poisoned + DAY)
    }
    assert [type(one) for one in answers.values()] == [DayPrices, Unavailable, DayPrices]


async def test_a_missing_file_is_an_answer_and_is_looked_for_again(tmp_path: Path) -> None:
    path = tmp_path / "prices.csv"
    source, day = CsvPrices(path), date(2026, 3, 25)
    now = datetime(2026, 3, 25, 9, tzinfo=UTC)
    answer = await source.fetch(day, STOCKHOLM, now)
    assert isinstance(answer, Unavailable)
    assert "cannot be read" in answer.reason
    csv_file(path)
    assert isinstance(await source.fetch(day, STOCKHOLM, now), DayPrices)


async def test_before_its_beginning_a_file_has_nothing(tmp_path: Path) -> None:
    source = CsvPrices(csv_file(tmp_path / "prices.csv"))
    answer = await source.fetch(date(2026, 3, 1), STOCKHOLM, datetime(2026, 3, 25, tzinfo=UTC))
    assert isinstance(answer, Unavailable)


@settings(max_examples=50, deadline=None)
@given(st.dates(date(2020, 1, 1), date(2035, 1, 1)), st.integers(0, 50))
def test_generated_prices_are_plausible_and_repeatable(day: date, seed: int) -> None:
    found = generated_day(day, STOCKHOLM, seed)
    assert tuple(found) == day_slots(day, STOCKHOLM)
    assert found == generated_day(day, STOCKHOLM, seed)
    assert all(-1 < spot < 5 for spot in found.values())
    assert max(found.values()) - min(found.values()) > 0.1


def test_another_seed_is_another_market() -> None:
    assert generated_day(date(2026, 1, 1), STOCKHOLM, 1) != generated_day(
        date(2026, 1, 1), STOCKHOLM, 2
    )


def chosen(tmp_path: Path, **prices: Any) -> Source:
    config = Config(prices=PriceSource.model_validate(prices))
    return price_source(a_context(MemoryBus(), state_dir=tmp_path, config=config))


def test_the_config_chooses_the_source(tmp_path: Path) -> None:
    path = csv_file(tmp_path / "prices.csv")
    assert chosen(tmp_path, sources=("generated",), seed=7).name == "generated from seed 7"
    assert chosen(tmp_path, sources=("csv",), csv_path=path).name == "csv prices.csv"

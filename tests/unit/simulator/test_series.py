from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from darkstar_common.slots import SLOT
from darkstar_simulator.core.series import (
    DAY,
    WEEK,
    HouseSeries,
    SeriesError,
    parse_series,
    series_lines,
)
from darkstar_simulator.files import read_series

START = datetime(2026, 5, 4, tzinfo=UTC)
HEADER = "start_utc,load_kwh,pv_kwh,spot_sek_per_kwh,quality"


def row(number: int, load: str = "0.5", pv: str = "0.25", spot: str = "1.5") -> str:
    start = (START + number * SLOT).strftime("%Y-%m-%dT%H:%M:%SZ")
    return f"{start},{load},{pv},{spot},hourly"


def numbered(count: int) -> HouseSeries:
    """The load of each slot is its number."""
    return HouseSeries(
        start=START,
        load_kwh=tuple(float(number) for number in range(count)),
        pv_kwh=(0.0,) * count,
        spot_per_kwh=(None,) * count,
    )


def test_reads_energies_as_mean_powers() -> None:
    series = parse_series([HEADER, row(0), row(1, load="1", pv="0", spot="-0.2")])
    assert (series.start, series.end) == (START, START + 2 * SLOT)
    assert series.powers(START + timedelta(minutes=14)) == (2.0, 1.0)
    assert series.powers(START + timedelta(minutes=15)) == (4.0, 0.0)
    assert series.spot_per_kwh == (1.5, -0.2)
    assert series.filled == frozenset()


@pytest.mark.parametrize("name", ["spot_per_kwh", "spot_sek_per_kwh", "spot_eur_per_kwh"])
def test_the_price_column_may_name_its_currency(name: str) -> None:
    series = parse_series(
        [f"pv_kwh,{name},load_kwh,start_utc", "1,0.7,2,2026-05-04T00:00:00+00:00"]
    )
    assert series.spot_per_kwh == (0.7,)


def test_a_house_without_prices_can_be_played() -> None:
    series = parse_series(["start_utc,load_kwh,pv_kwh", "2026-05-04T00:00,1,2"])
    assert series.start == START
    assert series.spot_per_kwh == (None,)


def test_a_short_gap_is_filled_from_the_day_before() -> None:
    rows = [row(number, load=str(number)) for number in range(3 * DAY)]
    rows[DAY + 40] = row(DAY + 40, load="")
    rows[DAY + 50] = row(DAY + 50, pv="nan")
    del rows[DAY + 10 : DAY + 18]
    series = parse_series([HEADER, *rows])
    assert series.load_kwh[DAY + 9 : DAY + 12] == (DAY + 9, 10, 11)
    assert len(series.load_kwh) == 3 * DAY
    assert len(series.filled) == 10
    assert START + (DAY + 10) * SLOT in series.filled


def test_a_gap_on_the_first_day_is_filled_from_the_day_after() -> None:
    rows = [row(number, load=str(number)) for number in range(2 * DAY)]
    del rows[5:9]
    assert parse_series([HEADER, *rows]).load_kwh[5] == DAY + 5


@pytest.mark.parametrize(
    ("lines", "sentence"),
    [
        ([], "no column load_kwh, pv_kwh, start_utc"),
        ([HEADER], "no row"),
        (["start_utc,load_kwh", "x,1"], "no column pv_kwh"),
        ([HEADER, "2026-13-01T00:00Z,1,1,1,"], "row 2: start_utc '2026-13-01T00:00Z' is not"),
        ([HEADER, "2026-05-04T00:05Z,1,1,1,"], "row 2: .* not the start of a 15-minute slot"),
        ([HEADER, row(0), row(1, load="a lot")], "row 3: load_kwh 'a lot' is not a number"),
        ([HEADER, row(0, pv="-1")], "row 2: load_kwh and pv_kwh must not be negative"),
        ([HEADER, row(0, pv="inf")], "row 2: pv_kwh is infinite"),
        ([HEADER, row(1), row(0)], "row 3: .* is not after the row before"),
        ([HEADER, row(0), row(0)], "row 3: .* is not after the row before"),
        (
            [HEADER, row(0), row(DAY + 2)],
            "more than 1 day, 0:00:00 are missing from 2026-05-04T00:15",
        ),
        ([HEADER, row(0), row(2)], "2026-05-04T00:15:00.* no day near it"),
        ([HEADER, "2026-05-04T00:00:00Z,1"], "no row"),
    ],
)
def test_what_cannot_be_played_is_named(lines: list[str], sentence: str) -> None:
    with pytest.raises(SeriesError, match=sentence):
        parse_series(lines)


def test_beyond_its_end_the_last_week_repeats() -> None:
    series = numbered(2 * WEEK)
    assert series.index(series.end) == WEEK
    assert series.index(series.end + (WEEK + 3) * SLOT) == WEEK + 3
    assert series.index(START + 5 * SLOT) == 5


def test_before_its_start_the_first_week_repeats() -> None:
    series = numbered(2 * WEEK)
    assert series.index(START - SLOT) == WEEK - 1
    assert series.index(START - WEEK * SLOT) == 0


@pytest.mark.parametrize(("count", "period"), [(2 * DAY + 7, 2 * DAY), (10, 10)])
def test_a_short_series_repeats_in_whole_days_if_it_can(count: int, period: int) -> None:
    series = numbered(count)
    assert series.index(series.end) == count - period
    assert series.index(series.end + period * SLOT) == count - period


def test_what_is_written_can_be_read() -> None:
    series = parse_series([HEADER, row(0), row(1, spot="")])
    assert parse_series(series_lines(series)) == series


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(SeriesError, match=r"nowhere\.csv"):
        read_series(tmp_path / "nowhere.csv")


def test_a_file_that_is_no_text_is_named(tmp_path: Path) -> None:
    path = tmp_path / "noise.csv"
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(SeriesError, match=r"noise\.csv"):
        read_series(path)

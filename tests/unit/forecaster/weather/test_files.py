"""Weather on disk: issues by their time, the past by the month."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest
import structlog
from unit.forecaster.weather.making import DAY, HOUR, a_table

from darkstar_common.slots import SLOT
from darkstar_forecaster.core.situation import ISSUES
from darkstar_forecaster.core.weather.table import Issued, over
from darkstar_forecaster.weather_files import WeatherFiles

NOON = datetime(2026, 5, 5, 12, tzinfo=UTC)
SOURCES = ("sky",)


@pytest.fixture
def files(tmp_path: Path) -> WeatherFiles:
    return WeatherFiles(tmp_path, structlog.get_logger())


def an_issue(moment: datetime, degrees: float = 1, *, days: int = 1) -> Issued:
    first = moment.replace(minute=0, second=0)
    table = a_table(first, days * 96, temperature_c=degrees)
    return Issued(issued_at=moment, source="sky", table=table)


def keep(files: WeatherFiles, moments: Iterable[datetime]) -> None:
    for number, moment in enumerate(moments):
        files.keep_issue(an_issue(moment, number))


def names(directory: Path) -> list[str]:
    return sorted(path.name for path in directory.rglob("*.parquet"))


def test_the_last_issue_comes_back_as_it_was(files: WeatherFiles) -> None:
    keep(files, [NOON - HOUR, NOON])
    found = files.last_issue(NOON + DAY, SOURCES)
    assert found is not None
    assert (found.issued_at, found.source) == (NOON, "sky")
    assert found.table.equals(an_issue(NOON, 1).table)


def test_an_issue_of_the_future_is_none_yet(files: WeatherFiles) -> None:
    keep(files, [NOON - HOUR, NOON])
    found = files.last_issue(NOON - timedelta(minutes=1), SOURCES)
    assert found is not None
    assert found.issued_at == NOON - HOUR
    assert files.last_issue(NOON - 2 * HOUR, SOURCES) is None


def test_an_issue_of_a_source_that_is_no_longer_asked_is_not_recalled(
    files: WeatherFiles,
) -> None:
    keep(files, [NOON])
    assert files.last_issue(NOON, ("moon",)) is None


def test_of_an_issue_only_what_was_coming_is_kept(files: WeatherFiles) -> None:
    table = a_table(NOON - 2 * DAY, 4 * 96)
    files.keep_issue(Issued(issued_at=NOON, source="sky", table=table))
    found = files.last_issue(NOON, SOURCES)
    assert found is not None
    assert found.table["start"][0] == NOON - HOUR


def test_a_damaged_file_is_as_if_it_were_not_there(files: WeatherFiles, tmp_path: Path) -> None:
    keep(files, [NOON - 2 * HOUR, NOON - HOUR, NOON])
    newest, middle = (tmp_path / "issues" / f"20260505T1{n}0000Z.parquet" for n in (2, 1))
    newest.write_bytes(b"")
    middle.write_bytes(middle.read_bytes()[:-20])
    (tmp_path / "issues" / "notes.parquet").write_bytes(b"x")
    found = files.last_issue(NOON, SOURCES)
    assert found is not None
    assert found.issued_at == NOON - 2 * HOUR


def test_a_file_of_other_columns_is_as_if_it_were_not_there(
    files: WeatherFiles, tmp_path: Path
) -> None:
    keep(files, [NOON])
    pl.DataFrame({"a": [1]}).write_parquet(tmp_path / "issues" / "20260505T120000Z.parquet")
    assert files.last_issue(NOON, SOURCES) is None


def test_issues_are_kept_for_sixty_days_and_thinned_out_after_two(
    files: WeatherFiles, tmp_path: Path
) -> None:
    (tmp_path / "issues").mkdir()
    for number in range(8 * 70):
        (tmp_path / "issues" / f"{NOON + number * 3 * HOUR:%Y%m%dT%H%M%SZ}.parquet").touch()
    keep(files, [NOON + (8 * 70 - 1) * 3 * HOUR])
    kept = names(tmp_path)
    assert 4 * 58 + 8 * 2 <= len(kept) <= 4 * 60 + 8 * 2
    last = NOON + (8 * 70 - 1) * 3 * HOUR
    assert kept[0] >= f"{last - 60 * DAY:%Y%m%dT%H}"
    assert sum(name >= f"{last - 2 * DAY:%Y%m%dT%H}" for name in kept) >= 16


def test_one_issue_of_each_day_is_told_each_of_another_quarter(files: WeatherFiles) -> None:
    first = datetime(2026, 5, 1, 0, 10, tzinfo=UTC)
    moments = [first + number * 3 * HOUR for number in range(8 * 8)]
    keep(files, moments)
    found = files.issues(moments[-1])
    told = sorted(set(found["issued_at"]))
    assert [one.date() for one in told] == [(first + number * DAY).date() for number in range(8)]
    assert {one.hour for one in told} == {0, 6, 12, 18}
    assert found.schema == dict(ISSUES)
    assert found.height == 8 * 96
    until = told[3] - SLOT
    assert sorted(set(files.issues(until)["issued_at"])) == told[:3]


def test_an_issue_is_read_from_disk_once(files: WeatherFiles, tmp_path: Path) -> None:
    keep(files, [NOON - 6 * HOUR, NOON])
    before = files.issues(NOON + DAY)
    assert before.height == 96
    for path in (tmp_path / "issues").glob("*.parquet"):
        path.write_bytes(b"")
    assert files.issues(NOON + DAY).equals(before)


def test_without_issues_nothing_was_forecast(files: WeatherFiles) -> None:
    assert files.issues(NOON).is_empty()
    assert files.last_issue(NOON, SOURCES) is None
    assert files.past(NOON).is_empty()


def test_the_past_is_written_by_the_month_and_only_where_it_changed(
    files: WeatherFiles, tmp_path: Path
) -> None:
    past = a_table(NOON - 40 * DAY, 40 * 96)
    files.keep_past(past, past)
    assert names(tmp_path) == ["2026-03.parquet", "2026-04.parquet", "2026-05.parquet"]
    assert files.past(NOON - 100 * DAY).equals(past)
    (tmp_path / "past" / "2026-03.parquet").unlink()
    newer = over(past, a_table(NOON - DAY, 10, temperature_c=25))
    files.keep_past(newer, a_table(NOON - DAY, 10))
    assert names(tmp_path) == ["2026-04.parquet", "2026-05.parquet"]
    assert files.past(NOON - DAY)["temperature_c"].max() == 25


def test_months_that_are_too_old_are_removed(files: WeatherFiles, tmp_path: Path) -> None:
    past = a_table(NOON - 40 * DAY, 40 * 96)
    files.keep_past(past, past)
    assert files.past(NOON)["start"][0] == datetime(2026, 5, 1, tzinfo=UTC)
    assert names(tmp_path) == ["2026-05.parquet"]


def test_a_damaged_month_is_missing_alone(files: WeatherFiles, tmp_path: Path) -> None:
    past = a_table(NOON - 40 * DAY, 40 * 96)
    files.keep_past(past, past)
    (tmp_path / "past" / "2026-04.parquet").write_bytes(b"PAR1xxxxPAR1")
    (tmp_path / "past" / "notes.parquet").write_bytes(b"x")
    months = set(files.past(NOON - 100 * DAY)["start"].dt.month())
    assert months == {3, 5}

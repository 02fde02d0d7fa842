"""Weather on disk: each issue by its time, and what the weather was by the month.

    state/forecaster/weather/issues/20260101T121500Z.parquet
    state/forecaster/weather/past/2026-01.parquet

A file that cannot be read is as if it were not there: it is fetched again, or missed.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import UTC, date, datetime, timedelta
from io import BytesIO
from pathlib import Path

import polars as pl
from polars.exceptions import PanicException, PolarsError
from structlog.typing import FilteringBoundLogger

from darkstar_common.runtime import write_atomic
from darkstar_forecaster.core.situation import ISSUES, WEATHER, empty
from darkstar_forecaster.core.weather.table import Issued, over

KEEP = timedelta(days=60)
"""Issues are kept so long."""
_ALL = timedelta(days=2)
"""Older ones than this are thinned out to one for each quarter of a day."""
_NAME = "%Y%m%dT%H%M%SZ"


class WeatherFiles:
    """One directory; small files, each written whole."""

    def __init__(self, directory: Path, log: FilteringBoundLogger) -> None:
        self._issues, self._past, self._log = directory / "issues", directory / "past", log
        self._told: dict[datetime, pl.DataFrame | None] = {}

    def keep_issue(self, issued: Issued) -> None:
        """Keep what was forecast, and thin out what is old.

        Raises:
            OSError: It cannot be written.
        """
        about = {"issued_at": issued.issued_at, "source": issued.source}
        rows = issued.table.filter(pl.col("start") >= issued.issued_at - timedelta(hours=1))
        table = rows.with_columns(**{name: pl.lit(value) for name, value in about.items()})
        path = self._issues / f"{issued.issued_at.astimezone(UTC):{_NAME}}.parquet"
        _write(path, table)
        for old in _superfluous(self._issue_times(), issued.issued_at):
            (self._issues / f"{old:{_NAME}}.parquet").unlink(missing_ok=True)

    def last_issue(self, now: datetime, sources: Collection[str]) -> Issued | None:
        """The newest issue made until `now` by one of `sources` that can be read."""
        for moment in sorted(self._issue_times(), reverse=True):
            table = self._issue(moment) if moment <= now else None
            if table is not None and table.height and table["source"][0] in sources:
                return Issued(
                    issued_at=moment, source=table["source"][0], table=table.select(list(WEATHER))
                )
        return None

    def issues(self, now: datetime) -> pl.DataFrame:
        """One issue of each past day as ISSUES, each day's of another quarter of the day.

        So every hour of the day is seen at every lead time, in a fourth of the rows. Each
        file is read once.
        """
        chosen = _one_a_day(moment for moment in self._issue_times() if moment <= now)
        self._told = {
            moment: self._told[moment] if moment in self._told else self._issue(moment)
            for moment in chosen
        }
        found = [
            table.select(list(WEATHER)).with_columns(
                issued_at=pl.lit(moment).cast(ISSUES["issued_at"])
            )
            for moment, table in self._told.items()
            if table is not None
        ]
        return pl.concat(found) if found else empty(ISSUES)

    def keep_past(self, past: pl.DataFrame, changed: pl.DataFrame) -> None:
        """Write the months of `past` that have slots of `changed`.

        Raises:
            OSError: A month cannot be written.
        """
        months = pl.col("start").dt.strftime("%Y-%m")
        for month in sorted(set(changed.select(months).to_series())):
            _write(self._past / f"{month}.parquet", past.filter(months == month))

    def past(self, since: datetime) -> pl.DataFrame:
        """All months from that of `since` on; older files are removed."""
        found = empty(WEATHER)
        for path in sorted(self._past.glob("*.parquet")):
            month = _month(path)
            if month is None:
                continue
            if month < since.date().replace(day=1):
                path.unlink(missing_ok=True)
                continue
            table = self._read(path)
            if table is not None:
                found = over(found, table.select(list(WEATHER)))
        return found

    def _issue_times(self) -> Iterator[datetime]:
        for path in self._issues.glob("*.parquet"):
            try:
                yield datetime.strptime(path.stem, _NAME).replace(tzinfo=UTC)
            except ValueError:
                continue

    def _issue(self, moment: datetime) -> pl.DataFrame | None:
        return self._read(self._issues / f"{moment:{_NAME}}.parquet", "source")

    def _read(self, path: Path, *more: str) -> pl.DataFrame | None:
        try:
            table = pl.read_parquet(path.read_bytes())
            wanted = {**WEATHER, **dict.fromkeys(more, pl.String())}
            return table.select(pl.col(name).cast(kind) for name, kind in wanted.items())
        except (OSError, PolarsError, PanicException) as error:
            self._log.warning("weather_file_unreadable", path=str(path), reason=str(error)[:200])
            return None


def _write(path: Path, table: pl.DataFrame) -> None:
    content = BytesIO()
    table.write_parquet(content)
    write_atomic(path, content.getvalue())


def _month(path: Path) -> date | None:
    try:
        return datetime.strptime(path.stem, "%Y-%m").replace(tzinfo=UTC).date()
    except ValueError:
        return None


def _quarter(moment: datetime) -> tuple[date, int]:
    return moment.date(), moment.hour // 6


def _one_a_day(moments: Iterator[datetime]) -> list[datetime]:
    """The first of one quarter of each day; of each day's next one, the next quarter."""
    firsts: dict[tuple[date, int], datetime] = {}
    for moment in sorted(moments):
        firsts.setdefault(_quarter(moment), moment)
    return [one for (day, quarter), one in firsts.items() if day.toordinal() % 4 == quarter]


def _superfluous(moments: Iterator[datetime], now: datetime) -> list[datetime]:
    """Which issues need not be kept: too old, or not the first of their quarter of a day."""
    found, taken = [], set()
    for moment in sorted(moments):
        quarter = _quarter(moment)
        thinned = moment < now - _ALL and quarter in taken
        taken.add(quarter)
        if moment < now - KEEP or thinned:
            found.append(moment)
    return found

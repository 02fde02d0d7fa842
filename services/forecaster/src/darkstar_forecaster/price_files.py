"""Published prices on disk, by the month.

    state/forecaster/prices/SE4_SEK/2026-01.parquet

Each market has its own directory, so that prices of another area, in another currency or made
up are never learned from by mistake. A file that cannot be read is as if it were not there.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from io import BytesIO
from pathlib import Path

import polars as pl
from polars.exceptions import PanicException, PolarsError
from structlog.typing import FilteringBoundLogger

from darkstar_common.runtime import write_atomic
from darkstar_forecaster.core.situation import SPOTS, empty

_MONTH = "%Y-%m"
_NO_NAME = re.compile(r"[^A-Za-z0-9_-]")


class PriceFiles:
    """One directory; small files, each written whole."""

    def __init__(self, root: Path, market: str, log: FilteringBoundLogger) -> None:
        """Nothing is touched yet; `market` may be any text, such as an area and a currency."""
        self._root, self._directory, self._log = root, root / _NO_NAME.sub("-", market), log

    @property
    def alone(self) -> bool:
        """Whether no other market's prices were ever kept here."""
        return all(one == self._directory for one in self._root.glob("*") if one.is_dir())

    def read(self, since: datetime) -> pl.DataFrame:
        """All that is kept from the month of `since` on, as SPOTS; older files are removed."""
        found = [empty(SPOTS)]
        for path in sorted(self._directory.glob("*.parquet")):
            month = _month(path)
            if month is None:
                continue
            if month < since.date().replace(day=1):
                path.unlink(missing_ok=True)
                continue
            found.append(self._table(path))
        spots = pl.concat(found).drop_nulls()
        return spots.unique("start", keep="first", maintain_order=True).sort("start")

    def write(self, spots: pl.DataFrame, month: str) -> None:
        """Write the part of `spots` in `month`, such as 2026-01.

        Raises:
            OSError: It cannot be written; its former file is untouched.
        """
        content = BytesIO()
        spots.filter(pl.col("start").dt.strftime(_MONTH) == month).write_parquet(content)
        write_atomic(self._directory / f"{month}.parquet", content.getvalue())

    def _table(self, path: Path) -> pl.DataFrame:
        try:
            table = pl.read_parquet(path.read_bytes())
            return table.select(pl.col(name).cast(kind) for name, kind in SPOTS.items())
        except (OSError, PolarsError, PanicException) as error:
            self._log.warning("price_file_unreadable", path=str(path), reason=str(error)[:200])
            return empty(SPOTS)


def months(spots: pl.DataFrame) -> frozenset[str]:
    """The months that `spots` touches, as files are named."""
    return frozenset(spots["start"].dt.strftime(_MONTH).unique())


def _month(path: Path) -> date | None:
    try:
        return datetime.strptime(path.stem, _MONTH).replace(tzinfo=UTC).date()
    except ValueError:
        return None

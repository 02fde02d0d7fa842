"""What a price is forecast from: recent prices, the calendar, and the weather.

All prices enter as differences to the naive forecast, in multiples of how much prices varied of
late. So a year of crisis teaches something about a quiet one, in any currency, and negative
prices are like others. The time of year is left out: of one or two winters the trees learned
those winters by heart (day+2 on SE4 2024: 25.1 EUR/MWh with it, 22.6 without).
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import date

import polars as pl

LEADS = 7
"""Most days ahead of the last published day that are told apart."""
_WEEK = 7
_SATURDAY = 6
_LEAST_SHARE = 0.1
"""The unit of variation is at least this share of the usual price, and never zero."""
_LEAST = 1e-6

_TO_NAIVE = (
    "last", "before", "third", "mean7", "mean14", "mean28", "low7", "high7", "same_day",
)  # fmt: skip
"""Prices of the hour, as differences to the naive forecast."""
_TO_WEEK = ("day_last", "day_before", "day_third", "day14", "day28", "same_day_mean")
"""Means of days, as differences to that of the last seven."""
_TO_LAST = ("earlier", "later")
"""The last day's prices an hour before and after, as differences to that of the hour."""
_SPANS = (
    "spread7", "day_spread7", "shape", "same_shape", "place", "habit", "rise", "swing", "evening",
)  # fmt: skip
"""Differences already."""
FEATURES = (
    "hour", "lead", "weekday", "free", "was_free", *_TO_NAIVE, *_TO_LAST, *_TO_WEEK, *_SPANS,
)  # fmt: skip


def states(hours: pl.DataFrame, holidays: Collection[date]) -> pl.DataFrame:
    """What is known once a day's prices are out, a row for each day and hour.

    Args:
        hours: as days.hourly.
        holidays: public holidays; the days of the table need not be among them.

    Returns:
        `naive`, the forecast without a model, `unit`, how much prices varied of late, and what
        else does not depend on the day ahead [currency/kWh]. Unknown is null.
    """
    by_day = _daily(hours)
    rows = hours.join(by_day, on="day", maintain_order="left").with_columns(
        free=_is_free(pl.col("day"), holidays)
    )
    rows = rows.with_columns(
        **{f"mean{days}": _recent(pl.col("price"), days).over("hour") for days in (7, 14, 28)},
        last=pl.col("price"),
        before=pl.col("price").shift(1).over("hour"),
        third=pl.col("price").shift(2).over("hour"),
        low7=pl.col("price").rolling_min(_WEEK, min_samples=1).over("hour"),
        high7=pl.col("price").rolling_max(_WEEK, min_samples=1).over("hour"),
        spread7=pl.col("price").rolling_std(_WEEK, min_samples=2).over("hour"),
        earlier=pl.col("price").shift(1).over("day"),
        later=pl.col("price").shift(-1).over("day"),
        off_days=_mean_where("free", 28),
        work_days=_mean_where("free", 28, other=True),
    )
    return rows.with_columns(naive=(pl.col("last") + pl.col("mean7")) / 2)


def ahead(rows: pl.DataFrame, lead: int, holidays: Collection[date]) -> pl.DataFrame:
    """The features of the day that comes `lead` days after each row's, and its price if known.

    Adds `target` (the day) and `actual`, the price [currency/kWh], and `miss`, how far it is off
    the naive forecast in units.
    """
    back = (-lead) % _WEEK
    found = rows.with_columns(
        target=pl.col("day") + pl.duration(days=lead),
        lead=pl.lit(min(lead, LEADS), pl.Int8),
        was_free=pl.col("free"),
        actual=pl.col("price").shift(-lead).over("hour"),
        same_day=pl.col("price").shift(back).over("hour"),
        same_day_mean=pl.col("day_last").shift(back).over("hour"),
    ).with_columns(free=_is_free(pl.col("target"), holidays), weekday=pl.col("target").dt.weekday())
    return _scaled(_compared(found))


def _compared(rows: pl.DataFrame) -> pl.DataFrame:
    """`rows` with what follows from two others [currency/kWh]."""
    usual = pl.when("free").then("off_days").otherwise("work_days")
    return rows.with_columns(
        shape=pl.col("last") - pl.col("day_last"),
        same_shape=pl.col("same_day") - pl.col("same_day_mean"),
        place=pl.col("naive") - pl.col("day7"),
        habit=usual - pl.col("mean28"),
        rise=pl.col("day_last") - pl.col("day_before"),
    )


def _scaled(rows: pl.DataFrame) -> pl.DataFrame:
    """`rows` in units of how much prices varied, so that no level or currency shows."""
    unit = pl.col("unit")
    bases = {"naive": _TO_NAIVE, "day7": _TO_WEEK, "last": _TO_LAST}
    return rows.with_columns(
        *(
            ((pl.col(name) - pl.col(base)) / unit).alias(name)
            for base, names in bases.items()
            for name in names
        ),
        *(pl.col(name) / unit for name in _SPANS),
        miss=(pl.col("actual") - pl.col("naive")) / unit,
    )


def _daily(hours: pl.DataFrame) -> pl.DataFrame:
    """A row for each day: means of the last days, and how much prices varied.

    They vary within days and from day to day; the unit has of both.
    """
    varied = (pl.col("price") - pl.col("price").mean()).abs().mean()
    days = hours.group_by("day", maintain_order=True).agg(
        day_last=pl.col("price").mean(),
        size=pl.col("price").abs().mean(),
        varied=varied,
        swing=pl.col("price").max() - pl.col("price").min(),
        evening=pl.col("price").tail(6).mean() - pl.col("price").mean(),
    )
    day = pl.col("day_last")
    within = _recent(pl.col("varied"), 14)
    between = day.rolling_std(14, min_samples=2).fill_null(0.0)
    least = pl.max_horizontal(_recent(pl.col("size"), 28) * _LEAST_SHARE, pl.lit(_LEAST))
    return days.with_columns(
        day_before=day.shift(1),
        day_third=day.shift(2),
        day7=_recent(day, 7),
        day14=_recent(day, 14),
        day28=_recent(day, 28),
        day_spread7=day.rolling_std(_WEEK, min_samples=2),
        unit=pl.max_horizontal(0.75 * within + 0.5 * between, least),
    ).drop("size", "varied")


def _recent(column: pl.Expr, days: int) -> pl.Expr:
    return column.rolling_mean(days, min_samples=1)


def _mean_where(flag: str, days: int, *, other: bool = False) -> pl.Expr:
    """The mean of recent days of one kind at the same hour; null: there was none."""
    kind = ~pl.col(flag) if other else pl.col(flag)
    return pl.when(kind).then(pl.col("price")).rolling_mean(days, min_samples=1).over("hour")


def _is_free(day: pl.Expr, holidays: Collection[date]) -> pl.Expr:
    kept = pl.lit(pl.Series(sorted(holidays), dtype=pl.Date)).implode()
    return (day.dt.weekday() >= _SATURDAY) | day.is_in(kept)

"""What a load forecast goes by besides the past: local time, days off, who is at home."""

from __future__ import annotations

from dataclasses import dataclass
from zoneinfo import ZoneInfo

import numpy as np
import polars as pl

from darkstar_common.config import Config
from darkstar_forecaster.core.load.base import View
from darkstar_forecaster.core.load.calendar import (
    SLOTS_A_DAY,
    Booleans,
    Integers,
    UnknownPlaceError,
    free_days,
    holidays_of,
    places,
)
from darkstar_forecaster.core.load.grid import Floats, Grid
from darkstar_forecaster.core.load.profile import profile_kw
from darkstar_forecaster.core.load.same_slot import Days


@dataclass(frozen=True, slots=True, kw_only=True)
class House:
    """One house, and the days that matter.

    Attributes:
        zone: local time.
        yearly_kwh: what a year takes, as far as the configuration says [kWh].
        southern: whether it stands south of the equator.
        holidays: days that are public holidays there.
        notes: what is not known about it, as sentences.
    """

    zone: ZoneInfo
    yearly_kwh: float | None
    southern: bool
    holidays: frozenset[int]
    notes: tuple[str, ...] = ()

    def kinds(self, grid: Grid) -> Days:
        """Kinds of the days of the past."""
        return Days(free=free_days(grid.days, self.holidays), away=grid.away)

    def ahead(self, days: Integers, *, away: bool) -> Days:
        """Kinds of coming days; whoever is away is taken to stay away."""
        return Days(free=free_days(days, self.holidays), away=np.full(len(days), away))

    def profile(self, wanted: Integers, yearly_kwh: float) -> Floats:
        """The standard household's power at places [kW]."""
        free: Booleans = free_days(wanted // SLOTS_A_DAY, self.holidays)
        return profile_kw(wanted, free, yearly_kwh, southern=self.southern)


def housed(config: Config, starts: pl.Series) -> House:
    """The house of a configuration, with the holidays around the slots that begin at `starts`."""
    days = np.unique(places(starts, config.zone) // SLOTS_A_DAY)
    notes: tuple[str, ...] = ()
    holidays: frozenset[int] = frozenset()
    try:
        # one day more, for the eve of a holiday is a day of its own
        holidays = holidays_of(config.household, [*days.tolist(), int(days[-1]) + 1])
    except UnknownPlaceError as error:
        notes = (str(error),)
    location = config.location
    return House(
        zone=config.zone,
        yearly_kwh=config.household.yearly_kwh,
        southern=location is not None and location.latitude < 0,
        holidays=holidays,
        notes=notes,
    )


def viewed(house: House, grid: Grid, before: Floats, wanted: Integers, *, away: bool) -> View:
    """The slots at `wanted` as they look from the end of the grid."""
    days = np.unique(wanted // SLOTS_A_DAY)
    return View(
        grid=grid,
        before=before,
        past=house.kinds(grid),
        days=days,
        target=house.ahead(days, away=away),
        wanted=wanted,
    )

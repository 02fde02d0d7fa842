"""A situation as the load forecast looks at it: a table of days, places, and who is at home."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import polars as pl

from darkstar_common.config import Config
from darkstar_common.slots import slot_start
from darkstar_forecaster.core.load.base import hindsight
from darkstar_forecaster.core.load.calendar import Integers, places
from darkstar_forecaster.core.load.features import Scenery
from darkstar_forecaster.core.load.grid import Grid, gridded
from darkstar_forecaster.core.load.house import House, housed
from darkstar_forecaster.core.load.line import line
from darkstar_forecaster.core.situation import TIME, Situation


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """What is known, by local days.

    Attributes:
        house: local time, days off, the size of the household.
        grid: the past; None where nothing is known.
        end: place of the first slot that is not past.
        starts: the slots asked for.
        wanted: their places.
        away: whether the house is on vacation now.
    """

    house: House
    grid: Grid | None
    end: int
    starts: pl.Series
    wanted: Integers
    away: bool

    @property
    def days(self) -> float:
        """Days' worth of past that is known [days]."""
        return 0.0 if self.grid is None else self.grid.known_days


def seen(known: Situation, config: Config, starts: Sequence[datetime]) -> Scene:
    """Look at what is known, for the slots that begin at `starts`."""
    slots = pl.Series("start", list(starts), dtype=TIME)
    now = pl.Series("start", [slot_start(known.now)], dtype=TIME)
    house = housed(config, pl.concat([known.past["start"].cast(TIME), slots, now]))
    end = int(places(now, house.zone)[0])
    return Scene(
        house=house,
        grid=gridded(known.past, end, house.zone),
        end=end,
        starts=slots,
        wanted=places(slots, house.zone),
        away=_is_away(known),
    )


def _is_away(known: Situation) -> bool:
    """Whoever was on vacation in the last slot is taken to be so for the time being."""
    flags = known.past["vacation"].drop_nulls()
    return bool(flags[-1]) if len(flags) else False


def scenery(scene: Scene, grid: Grid, known: Situation) -> Scenery:
    """What features are made from."""
    zone = scene.house.zone
    return Scenery(
        house=scene.house,
        grid=grid,
        before=hindsight(grid, scene.house.kinds(grid)),
        temperature=line(known.weather, "temperature_c", zone),
        irradiance=line(known.weather, "irradiance_w_per_m2", zone),
        vacation=line(known.past, "vacation", zone),
        alarm=line(known.past, "alarm_armed", zone),
    )

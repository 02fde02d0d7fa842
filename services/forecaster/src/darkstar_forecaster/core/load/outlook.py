"""What is expected without a trained model: the same slots of the past, or a standard profile."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from darkstar_forecaster.core.load.base import based, hindsight, voted
from darkstar_forecaster.core.load.calendar import SLOTS_A_DAY, Integers
from darkstar_forecaster.core.load.grid import Floats, Grid
from darkstar_forecaster.core.load.house import House, viewed
from darkstar_forecaster.core.load.profile import SPREAD
from darkstar_forecaster.core.load.scene import Scene

INFANT_BELOW, GRADUATE_FROM = 4.0, 14.0
"""Days of known load that part the levels [days]."""
_PROFILE_DAYS = 2.0
"""The profile counts as much as so many days that were seen."""
_YEAR_DAYS = 365.25
_LEAST = 0.25
"""Days that must be known before they say how much the house uses [days]."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlook:
    """Expected power at places [kW], all arrays of their shape.

    Attributes:
        mean: expected value.
        quantiles: p10, p50 and p90, shape (3, places).
        borrowed: whether a slot's time of day was never seen, so that the profile stands in.
    """

    mean: Floats
    quantiles: Floats
    borrowed: int


def level_word(days: float) -> str:
    """How much of a house is known after so many days of history, in a word."""
    if days < INFANT_BELOW:
        return "infant"
    return "statistician" if days < GRADUATE_FROM else "graduate"


def yearly(grid: Grid | None, house: House) -> float | None:
    """What the profile is scaled to [kWh]: what the house says of itself, or was seen to use."""
    if house.yearly_kwh is not None:
        return house.yearly_kwh
    if grid is None or grid.known_days < 1:
        return None
    return _seen(grid, house)


def _seen(grid: Grid, house: House) -> float:
    known = np.isfinite(grid.kw.ravel())
    at = np.flatnonzero(known) + grid.first * SLOTS_A_DAY
    common = house.profile(at, 1.0).sum()
    return float(grid.kw.ravel()[known].sum() / common)


def from_profile(wanted: Integers, house: House, yearly_kwh: float) -> Outlook:
    """The standard household's, with a wide band."""
    mean = house.profile(wanted, yearly_kwh)
    return Outlook(
        mean=mean,
        quantiles=np.stack([mean * SPREAD[name] for name in ("p10", "p50", "p90")]),
        borrowed=len(wanted),
    )


def from_past(scene: Scene, grid: Grid) -> Outlook:
    """The same slots of the past, at the level of the last days.

    Times of day that were never seen have the standard profile at this house's level.
    """
    house, wanted = scene.house, scene.wanted
    view = viewed(house, grid, hindsight(grid, house.kinds(grid)), wanted, away=scene.away)
    base = based(view)
    bands = voted(view, base)
    mean, unseen = base.mean, ~np.isfinite(base.mean)
    if unseen.any():
        instead = from_profile(wanted, house, _seen(grid, house))
        mean = np.where(unseen, instead.mean, mean)
        bands = np.where(unseen | ~np.isfinite(bands), instead.quantiles, bands)
    return Outlook(mean=mean, quantiles=bands, borrowed=int(unseen.sum()))


def blended(seen: Outlook, standard: Outlook, days: float) -> Outlook:
    """Both, weighted by how many days were seen."""
    share = days / (days + _PROFILE_DAYS)
    return Outlook(
        mean=share * seen.mean + (1 - share) * standard.mean,
        quantiles=share * seen.quantiles + (1 - share) * standard.quantiles,
        borrowed=seen.borrowed,
    )

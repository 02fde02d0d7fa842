"""How the load is forecast: by a trained model, by the same slots of the past, by a profile."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import polars as pl

from darkstar_common.config import Config
from darkstar_common.contract import Quantity
from darkstar_forecaster.core.load.calendar import SLOTS_A_DAY
from darkstar_forecaster.core.load.grid import Grid
from darkstar_forecaster.core.load.outlook import (
    INFANT_BELOW,
    Outlook,
    blended,
    from_past,
    from_profile,
    level_word,
    yearly,
)
from darkstar_forecaster.core.load.scene import Scene, seen
from darkstar_forecaster.core.method import Ahead, Trained, Unknown, Untrainable
from darkstar_forecaster.core.situation import AHEAD, Situation

PROFILE, SAME_SLOT = "profile", "same_slot"
"""Steps of degradation."""
PROFILE_MAKER, SAME_SLOT_MAKER = "profile-1", "same-slot-2"
_STALE_SLOTS = SLOTS_A_DAY
"""A past that ends so long ago is worth a note."""


class Load:
    """The base load: without water heater and vehicles."""

    @property
    def quantity(self) -> Quantity:
        """Load."""
        return "load"

    def train(self, known: Situation, config: Config) -> Trained | Untrainable:
        """There is nothing to train yet."""
        del known, config
        return Untrainable(reason="the load is forecast from the same slots of the past")

    def forecast(
        self,
        known: Situation,
        config: Config,
        trained: Trained | None,
        starts: Sequence[datetime],
    ) -> Ahead | Unknown:
        """See method.Method."""
        del trained
        scene = seen(known, config, starts)
        if scene.grid is None or scene.days < INFANT_BELOW:
            return _infant(scene)
        return _same_slot(scene, scene.grid)


def _infant(scene: Scene) -> Ahead | Unknown:
    """A standard household, blended with the little that was seen of this one."""
    scale = yearly(scene.grid, scene.house)
    if scale is None:
        return Unknown(
            reason="there is no load forecast yet: neither has this house been seen for a day, "
            "nor is it known what it uses in a year",
            guidance="Set household.yearly_kwh, wait a day, or give the recorder a past with "
            "darkstar-recorder import.",
        )
    found = from_profile(scene.wanted, scene.house, scale)
    if scene.grid is not None:
        own = from_past(scene, scene.grid)
        found = blended(own, found, scene.days)
    note = (
        f"the load forecast is a standard household's of {scale:.0f} kWh a year, for this house "
        f"has been seen for {scene.days:.1f} days; it gets better by itself"
    )
    return _ahead(scene, found, basis=PROFILE, maker=PROFILE_MAKER, notes=(note,))


def _same_slot(scene: Scene, grid: Grid) -> Ahead:
    found = from_past(scene, grid)
    notes = (*_borrowed(found), *_stale(scene, grid))
    return _ahead(scene, found, basis=SAME_SLOT, maker=SAME_SLOT_MAKER, notes=notes)


def _borrowed(found: Outlook) -> tuple[str, ...]:
    if not found.borrowed:
        return ()
    note = (
        f"{found.borrowed} slots of the load forecast are a standard household's, for this house "
        "was never seen at that time of day"
    )
    return (note,)


def _stale(scene: Scene, grid: Grid) -> tuple[str, ...]:
    age = scene.end - grid.last - 1
    if age < _STALE_SLOTS:
        return ()
    note = (
        f"the load of the last {age / SLOTS_A_DAY:.1f} days is not known, so the load forecast "
        "rests on what was before"
    )
    return (note,)


def _ahead(
    scene: Scene, found: Outlook, *, basis: str, maker: str, notes: tuple[str, ...]
) -> Ahead:
    low, middle, high = found.quantiles
    slots = pl.DataFrame(
        {"start": scene.starts, "mean": found.mean, "p10": low, "p50": middle, "p90": high},
        schema=dict(AHEAD),
    )
    return Ahead(
        slots=slots,
        level=level_word(scene.days),
        basis=basis,
        maker=maker,
        notes=(*scene.house.notes, *notes),
    )

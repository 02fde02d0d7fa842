"""How the load is forecast: by a trained model, by the same slots of the past, by a profile."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
import polars as pl

from darkstar_common.config import Config
from darkstar_common.contract import Quantity
from darkstar_common.slots import SLOT
from darkstar_forecaster.core.boosting import DamagedModelError
from darkstar_forecaster.core.load.calendar import SLOTS_A_DAY
from darkstar_forecaster.core.load.corrector import Corrector, corrected, learned
from darkstar_forecaster.core.load.features import WEATHER, Examples, examples
from darkstar_forecaster.core.load.files import files, from_files
from darkstar_forecaster.core.load.grid import Grid
from darkstar_forecaster.core.load.outlook import (
    GRADUATE_FROM,
    INFANT_BELOW,
    Outlook,
    blended,
    from_past,
    from_profile,
    level_word,
    yearly,
)
from darkstar_forecaster.core.load.scene import Scene, scenery, seen
from darkstar_forecaster.core.method import Ahead, Trained, Unknown, Untrainable
from darkstar_forecaster.core.situation import AHEAD, Situation

PROFILE, SAME_SLOT = "profile", "same_slot"
"""Steps of degradation."""
PROFILE_MAKER, SAME_SLOT_MAKER = "profile-1", "same-slot-2"
_STALE_SLOTS = SLOTS_A_DAY
"""A past that ends so long ago is worth a note."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """The base load: without water heater and vehicles.

    Attributes:
        threads: most threads that training uses. On a machine that has other work, two wait
            for each other: they took six times as long as one.
        rounds: trees one after the other.
    """

    threads: int = 1
    rounds: int = 150

    @property
    def quantity(self) -> Quantity:
        """Load."""
        return "load"

    def train(self, known: Situation, config: Config) -> Trained | Untrainable:
        """See method.Method."""
        scene = seen(known, config, ())
        if scene.grid is None or scene.days < GRADUATE_FROM:
            return Untrainable(
                reason=f"the load is known of {scene.days:.1f} days, and it takes "
                f"{GRADUATE_FROM:.0f} to learn from"
            )
        found = learned(scenery(scene, scene.grid, known), threads=self.threads, rounds=self.rounds)
        if found is None:
            return Untrainable(reason="too few whole days of load are known to learn from")
        corrector, facts = found
        fit = known.past.filter(pl.col("load_kw").is_not_null())["start"]
        return Trained(
            quantity="load",
            features=corrector.boosted.features,
            files=files(corrector),
            facts=facts,
            from_slot=fit[0],
            to_slot=fit[-1] + SLOT,
        )

    def forecast(
        self,
        known: Situation,
        config: Config,
        trained: Trained | None,
        starts: Sequence[datetime],
    ) -> Ahead | Unknown:
        """See method.Method."""
        scene = seen(known, config, starts)
        if scene.grid is None or scene.days < INFANT_BELOW:
            return _infant(scene)
        if trained is None or scene.days < GRADUATE_FROM:
            return _same_slot(scene, scene.grid)
        try:
            corrector = from_files(trained.files)
        except DamagedModelError as error:
            return _same_slot(scene, scene.grid, f"{error}; until then the past alone is used")
        return _modelled(scene, scene.grid, corrector, known)


def _modelled(scene: Scene, grid: Grid, corrector: Corrector, known: Situation) -> Ahead:
    """The corrector on top of the same slots."""
    looked = examples(scenery(scene, grid, known), scene.end, scene.wanted)
    unseen = ~np.isfinite(looked.base.mean)
    if unseen.any():
        return _same_slot(scene, grid)
    table = corrected(corrector, looked)
    found = Outlook(
        mean=table["mean"].to_numpy(),
        quantiles=table.select("p10", "p50", "p90").to_numpy().T,
        borrowed=0,
    )
    notes = (*_stale(scene, grid), *_weatherless(corrector, looked))
    return _ahead(scene, found, basis="", maker="", notes=notes)


def _weatherless(corrector: Corrector, looked: Examples) -> tuple[str, ...]:
    """Said where the model has learned from the weather, and nobody knows that ahead."""
    used = set(WEATHER).intersection(corrector.boosted.features)
    if not used or any(looked.table[name].is_not_nan().any() for name in used):
        return ()
    return ("the weather ahead is not known, so the load is forecast without it",)


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


def _same_slot(scene: Scene, grid: Grid, *why: str) -> Ahead:
    """The same slots of the past alone."""
    found = from_past(scene, grid)
    notes = (*why, *_borrowed(found), *_stale(scene, grid))
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

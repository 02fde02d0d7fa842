"""How PV is forecast: by trained trees over physics, by physics, by the past alone."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import numpy as np
import polars as pl
from pydantic import ValidationError

from darkstar_common.config import Config
from darkstar_common.config.forecasting import Location
from darkstar_common.contract import Quantity
from darkstar_forecaster.core import boosting
from darkstar_forecaster.core.method import Ahead, Trained, Unknown, Untrainable
from darkstar_forecaster.core.pv import envelope, physics, residual, snow, votes
from darkstar_forecaster.core.pv.memory import known_day, recent
from darkstar_forecaster.core.pv.panels import ceiling
from darkstar_forecaster.core.pv.roof import Roof, frame_days, remarks
from darkstar_forecaster.core.pv.seen import Scene, Seen, scene, seen
from darkstar_forecaster.core.pv.sky import Floats
from darkstar_forecaster.core.pv.truth import Flags
from darkstar_forecaster.core.situation import AHEAD, TIME, WEATHER, Situation

PRIOR, LEARNED_ROOF, CLEAR_SKY, SAME_SLOT, SNOW = (
    "prior",
    "learned_roof",
    "clear_sky",
    "same_slot",
    "snow",
)
"""Steps of degradation: the file's panels; panels as the past shows them; without weather;
without a place; under snow."""
INFANT_BELOW, GRADUATE_FROM = 4, 14
"""Days of daylight seen that part the levels [days]."""
_SLOTS_A_DAY = 96
_LATELY_DAYS, _ROOF_DAYS = 30, 60
"""How far back a forecast looks, with a trained model and to learn the roof anew [days]."""
_JUDGEMENT = "judgement.json"
_FIGURES = ("mean", "p10", "p50", "p90")


@dataclass(frozen=True, slots=True, kw_only=True)
class Pupil:
    """A trained model that can be used."""

    trees: boosting.Boosted
    judged: residual.Judgement


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlook:
    """What is wanted, and what is known for it."""

    known: Situation
    config: Config
    where: Location
    starts: pl.Series
    of: Scene
    past: Seen

    @property
    def lead_hours(self) -> Floats:
        """From now to each slot [h]."""
        lead = (self.starts - self.known.now).dt.total_minutes().to_numpy() / 60
        return np.asarray(np.maximum(lead, 0.0))

    @property
    def level(self) -> str:
        """By how many days were seen."""
        return level(self.past.days)


class Pv:
    """What the panels give, as the inverters put it out."""

    @property
    def quantity(self) -> Quantity:
        """PV."""
        return "pv"

    def train(self, known: Situation, config: Config) -> Trained | Untrainable:
        """Learn what physics misses of this roof."""
        if not config.has_solar:
            return Untrainable(reason="this house has no panels")
        if config.location is None:
            return Untrainable(reason="PV is not trained without location: no sun, no weather")
        past = seen(known, config, config.location)
        if past.roof is None or past.days < residual.FEWEST_DAYS:
            return Untrainable(
                reason=f"PV is trained from {residual.FEWEST_DAYS} days with weather on; "
                f"{past.days} are usable"
            )
        made = residual.lessons(known, past, config.location, past.roof)
        if made["day"].n_unique() < residual.FEWEST_DAYS:
            return Untrainable(
                reason=f"PV is trained from {residual.FEWEST_DAYS} days with weather on; "
                f"that of {made['day'].n_unique()} is known"
            )
        trees, judged, facts = residual.learn(made, past.roof)
        starts = made["start"].sort()
        return Trained(
            quantity="pv",
            features=residual.FEATURES,
            files={**boosting.files(trees), _JUDGEMENT: judged.model_dump_json().encode()},
            facts={**facts, "days": float(past.days), "lessons": float(made.height)},
            from_slot=starts[0],
            to_slot=starts[-1],
        )

    def forecast(
        self,
        known: Situation,
        config: Config,
        trained: Trained | None,
        starts: Sequence[datetime],
    ) -> Ahead | Unknown:
        """See method.Method."""
        times = pl.Series("start", starts, dtype=TIME)
        if not config.has_solar:
            return Unknown(
                reason="there is no PV forecast, for has_solar says that there are no panels",
                guidance="Set has_solar and solar.arrays if there are.",
            )
        if config.location is None:
            return _placeless(known, config, times)
        pupil, notes = _pupil(trained)
        late = timedelta(days=_LATELY_DAYS if pupil else _ROOF_DAYS)
        lately = replace(known, past=known.past.filter(pl.col("start") >= known.now - late))
        roof = pupil.judged.roof if pupil else None
        wanted = Outlook(
            known=known,
            config=config,
            where=config.location,
            starts=times,
            of=scene(times, known.weather, config.location),
            past=seen(lately, config, config.location, roof),
        )
        return _bounded(wanted, _foretold(wanted, pupil, notes))


def level(days: int) -> str:
    """How much of the panels is known after so many days, in a word."""
    if days < INFANT_BELOW:
        return "infant"
    return "statistician" if days < GRADUATE_FROM else "graduate"


def _foretold(wanted: Outlook, pupil: Pupil | None, notes: tuple[str, ...]) -> Ahead | Unknown:
    """By the best step that what is known allows, slot by slot."""
    roof = pupil.judged.roof if pupil else wanted.past.roof
    unlit = np.isnan(wanted.of.lit.whole)
    if roof is None or unlit.all():
        return _without_weather(wanted, roof, notes)
    if pupil is not None:
        found, basis, maker = _taught(wanted, pupil), "", ""
    else:
        roof = _drifted(wanted, roof)
        found = physics.foretold(roof, wanted.of, wanted.lead_hours, wanted.level)
        infant = wanted.level == "infant"
        basis, maker = (PRIOR, "pv-prior-1") if infant else (LEARNED_ROOF, "pv-roof-1")
        notes = (*notes, *_young(wanted.past.days))
    if unlit.any():
        found = _patched(wanted, roof, found, unlit)
        notes = (*notes, f"no weather is known for {int(unlit.sum())} of the {len(unlit)} slots")
    if snow.lies(wanted.past):
        found = snow.dimmed(found, snow.covered(wanted.of))
        basis, notes = SNOW, (*notes, snow.NOTE)
    return _ahead(wanted, found, basis, maker, (*notes, *remarks(roof, wanted.config)))


def _drifted(wanted: Outlook, roof: Roof) -> Roof:
    """The roof at its level of late."""
    today = known_day(pl.Series([wanted.known.now], dtype=TIME), wanted.where)[0]
    found = recent(wanted.past).filter(pl.col("day") == today)["drift"]
    drift = float(found[0]) if len(found) else 1.0
    return roof.model_copy(update={"level": roof.level * drift})


def _taught(wanted: Outlook, pupil: Pupil) -> pl.DataFrame:
    rows = (
        pl.DataFrame({"start": wanted.starts})
        .join(
            wanted.known.weather.select(list(WEATHER)),
            on="start",
            how="left",
            maintain_order="left",
        )
        .with_columns(
            made_at=pl.lit(wanted.known.now).cast(TIME),
            day=pl.Series(frame_days(wanted.starts, wanted.where.longitude)),
            lead_hours=pl.Series(wanted.lead_hours),
        )
    )
    rows = rows.with_columns(known_day=pl.Series(known_day(rows["made_at"], wanted.where)))
    judged = pupil.judged
    made = residual.table(rows, wanted.of, judged.roof, recent(wanted.past))
    return residual.finished(residual.corrected(made, pupil.trees), judged).select(
        pl.col(_FIGURES).fill_null(float("nan"))
    )


def _patched(wanted: Outlook, roof: Roof, found: pl.DataFrame, unlit: Flags) -> pl.DataFrame:
    """`found`, with slots of unknown weather by the clearness of late."""
    other = _by_clearness(wanted, roof)
    where = pl.Series(unlit)
    return pl.DataFrame(
        [
            pl.select(pl.when(where).then(other[one]).otherwise(found[one])).to_series().alias(one)
            for one in _FIGURES
        ]
    )


def _by_clearness(wanted: Outlook, roof: Roof) -> pl.DataFrame:
    past, of = wanted.past.scene, wanted.of
    shares = physics.recent_shares(wanted.past, roof.power(past.over, past.over.clear, past.around))
    clear = roof.power(of.over, of.over.clear, of.around)
    return physics.by_clearness(clear, shares, roof.most_kw)


def _without_weather(wanted: Outlook, roof: Roof | None, notes: tuple[str, ...]) -> Ahead | Unknown:
    """From a clear sky's power and the clearness of late."""
    said = "the weather ahead is not known, so the PV forecast rests on how clear it was of late"
    if roof is not None:
        found = _by_clearness(wanted, roof)
    else:
        past = wanted.past.past
        clear = envelope.clear_power(wanted.past, past["start"], wanted.past.scene.over)
        ahead = envelope.clear_power(wanted.past, wanted.starts, wanted.of.over)
        if clear is None or ahead is None:
            return _placeless(wanted.known, wanted.config, wanted.starts)
        shares = physics.recent_shares(wanted.past, clear)
        found = physics.by_clearness(ahead, shares, ceiling(wanted.config, ()))
        said = "solar.arrays is empty and too little weather known, so the PV forecast rests on "
        said += "the clearest of the past days and how clear it was of late"
    return _ahead(wanted, found, CLEAR_SKY, "pv-clear-sky-1", (*notes, said))


def _placeless(known: Situation, config: Config, starts: pl.Series) -> Ahead | Unknown:
    """From the same slots of the past."""
    found = votes.same_slot(known.past.select("start", "pv_kw"), starts)
    missing = "location" if config.location is None else "solar.arrays"
    if found is None:
        return Unknown(
            reason="there is no PV forecast yet: the panels have not been seen for a day",
            guidance=f"Set {missing} in the configuration, wait a day, or give the recorder a past "
            "with darkstar-recorder import.",
        )
    days = known.past.drop_nulls("pv_kw").height // _SLOTS_A_DAY
    most = ceiling(config, config.solar.arrays)
    return Ahead(
        slots=_in_shape(starts, found.select(pl.all().clip(0.0, most))),
        level=level(days),
        basis=SAME_SLOT,
        maker="pv-same-slot-1",
        notes=(
            f"{missing} is not set, so the PV forecast is what the same time of day gave of late",
        ),
    )


def _ahead(
    wanted: Outlook, found: pl.DataFrame, basis: str, maker: str, notes: tuple[str, ...]
) -> Ahead:
    return Ahead(
        slots=_in_shape(wanted.starts, found),
        level=wanted.level,
        basis=basis,
        maker=maker,
        notes=notes,
    )


def _bounded(wanted: Outlook, found: Ahead | Unknown) -> Ahead | Unknown:
    """Zero while the sun is down, and never above what the panels and their inverters can."""
    if isinstance(found, Unknown):
        return found
    night = pl.Series(wanted.of.over.night)
    most = ceiling(wanted.config, wanted.config.solar.arrays)
    slots = found.slots.with_columns(
        pl.when(night).then(0.0).otherwise(pl.col(one).clip(0.0, most)).alias(one)
        for one in _FIGURES
    )
    return replace(found, slots=slots)


def _in_shape(starts: pl.Series, found: pl.DataFrame) -> pl.DataFrame:
    return found.select(starts.alias("start"), *_FIGURES).cast(dict(AHEAD))  # type: ignore[arg-type]


def _young(days: int) -> tuple[str, ...]:
    note = "no trained PV model is in use, so the forecast is physics with the roof the past shows"
    if days < INFANT_BELOW:
        note = f"the panels were seen with weather on {days} days, so PV is forecast by physics"
    return (note,)


def _pupil(trained: Trained | None) -> tuple[Pupil | None, tuple[str, ...]]:
    """The trained model if it can be used, and why it cannot."""
    if trained is None:
        return None, ()
    if trained.features != residual.FEATURES:
        return None, (
            "the trained PV model looks at other features, so it is not used; train anew",
        )
    try:
        judged = residual.Judgement.model_validate(json.loads(trained.files[_JUDGEMENT]))
        return Pupil(trees=boosting.from_files(trained.files), judged=judged), ()
    except (boosting.DamagedModelError, KeyError, ValueError, ValidationError) as error:
        return None, (f"the trained PV model cannot be used, so physics stands in: {error}",)

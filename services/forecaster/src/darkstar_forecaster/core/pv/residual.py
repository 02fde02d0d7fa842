"""What the past teaches beyond physics: the trained part of the PV forecast.

Trees learn how far production was from what the roof should have given under the forecast
sky, as a share of its power under a clear one, from forecasts of all lead times. Where no
old forecasts are kept, those of the past are blurred as forecasts are (see `errors`).
"""

from __future__ import annotations

from typing import Final

import numpy as np
import polars as pl
from pydantic import BaseModel, ConfigDict

from darkstar_common.config.forecasting import Location
from darkstar_common.slots import SLOT_HOURS
from darkstar_forecaster.core import boosting
from darkstar_forecaster.core.conformal import Widening, widened, widening
from darkstar_forecaster.core.pv import errors, physics
from darkstar_forecaster.core.pv.memory import known_day, recent
from darkstar_forecaster.core.pv.panels import air
from darkstar_forecaster.core.pv.roof import CORRECTION, Roof
from darkstar_forecaster.core.pv.seen import Scene, Seen, scene
from darkstar_forecaster.core.pv.sky import clearness, light, sky
from darkstar_forecaster.core.situation import ISSUES, TIME, Situation

FEATURES: Final = (
    "base",
    "clearness",
    "of_the_day",
    "elevation",
    "azimuth",
    "cloud_cover_percent",
    "lead_hours",
    "recent",
    "lately",
    "yesterday",
)
"""What the trees look at; `base` is the expected share of a clear sky's power, `of_the_day`
the clearness of the whole day. Temperature is physics' alone: trees would take a cooler month for
a cloudier one."""
LEADS: Final = (0.0, 12.0, 24.0, 36.0, 84.0, 168.0)
"""Of each slot one forecast is learned from in each of these bands of lead time [h]."""
MOST_LESSONS: Final = 30_000
"""More lessons than so many are drawn from: neighbours teach nearly the same."""
HALF_LIFE_DAYS: Final = 30.0
"""At this age a lesson counts half [days]."""
FEWEST_DAYS: Final = 14
"""Less than so many days teach no trees [days]."""
_FOLDS = 3
_BLOCK_DAYS = 2
"""Held out are blocks of so many days, in turn, since neighbouring slots resemble each other."""
_ROUNDS, _DEPTH, _ETA, _LEAF = 90, 4, 0.07, 25.0
_SMALLEST = 0.03
"""A clear sky's power below this share of the most is rounded up to it: a floor for shares."""


class Judgement(BaseModel):
    """What was learned beside the trees."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    roof: Roof
    """The panels that the trees correct."""
    widening: Widening
    """What made the bands hold on held-out days."""
    corrected: bool
    """Whether the trees' correction of the expected value won on held-out days."""
    share: float = 1.0
    """What was produced of the corrected, on held-out days."""


def table(rows: pl.DataFrame, of: Scene, roof: Roof, memory: pl.DataFrame) -> pl.DataFrame:
    """Features of forecasts.

    Args:
        rows: A row for each forecast: `start`, `made_at`, `day`, `known_day`, `lead_hours` and
            columns of weather.
        of: The scene of each row.
        roof: Panels.
        memory: As `memory.recent`.

    Returns:
        The rows with FEATURES, `base_kw`, what the roof should give, and `clear_kw`, what it
        gives under a clear sky, both in kW.
    """
    rows = rows.join(
        memory.rename({"day": "known_day"}), on="known_day", how="left", maintain_order="left"
    )
    drift = rows["drift"].fill_null(1.0).to_numpy()
    clear = roof.power(of.over, of.over.clear, of.around) * drift
    floor = np.maximum(clear, _SMALLEST * roof.clear_power_kw)
    skies = physics.around(roof, of, rows["lead_hours"].to_numpy())
    base = np.minimum(physics.mean(*skies) * drift, roof.most_kw)
    shares = rows.with_columns(
        base_kw=pl.Series(base).fill_nan(None),
        clear_kw=pl.Series(floor),
        base=pl.Series(base / floor).fill_nan(None),
        clearness=pl.Series(clearness(of.lit.whole, of.over)).fill_nan(None),
        elevation=pl.Series(of.over.elevation),
        azimuth=pl.Series(of.over.azimuth),
        whole=pl.Series(of.lit.whole).fill_nan(None),
        clear=pl.Series(of.over.clear.whole),
    )
    daily = pl.col("whole").sum() / pl.col("clear").sum()
    return shares.with_columns(of_the_day=daily.over("made_at", "day"))


def lessons(known: Situation, past: Seen, where: Location, roof: Roof) -> pl.DataFrame:
    """Forecasts of the past with what came of them: `table`, `actual` and `day`."""
    truth = (
        past.past.filter(pl.Series(past.fit)).select("start", "day", actual="pv_kw").sort("start")
    )
    kept = known.issues.join(truth, on="start", how="inner")
    others = truth.join(kept.select("start").unique(), on="start", how="anti")
    issued = pl.concat([kept, _as_if_issued(known, others, where)], how="vertical_relaxed")
    lead = (pl.col("start") - pl.col("issued_at")).dt.total_minutes() / 60
    rows = (
        issued.with_columns(lead_hours=lead, made_at=pl.col("issued_at"))
        .filter(pl.col("lead_hours").is_between(0, LEADS[-1]))
        .sort("start", "issued_at")
    )
    rows = rows.with_columns(band=group(rows["lead_hours"])).unique(
        ["start", "band"], keep="last", maintain_order=True
    )
    if rows.height > MOST_LESSONS:
        rows = rows.sample(MOST_LESSONS, seed=1).sort("start", "issued_at")
    rows = rows.with_columns(known_day=pl.Series(known_day(rows["made_at"], where)))
    made = table(rows, _scene_of(rows, where), roof, recent(past))
    return made.filter(pl.col("base_kw").is_not_null())


def learn(made: pl.DataFrame, roof: Roof) -> tuple[boosting.Boosted, Judgement, dict[str, float]]:
    """Trees over `lessons`, what held-out days say of them, and figures about both."""
    rows = made.with_columns(
        off=(pl.col("actual") - pl.col("base_kw")) / pl.col("clear_kw"),
        weight=pl.col("clear_kw") / roof.clear_power_kw * _age_weight(made["day"]),
        fold=(pl.col("day") // _BLOCK_DAYS % _FOLDS).cast(pl.Int32),
    )
    parts = []
    for fold in range(_FOLDS):
        taught, held = rows.filter(pl.col("fold") != fold), rows.filter(pl.col("fold") == fold)
        if taught.is_empty() or held.is_empty():
            continue
        parts.append(corrected(held, _fit(taught)))
    held_out = pl.concat(parts)
    judgement, facts = _judged(held_out, roof)
    return _fit(rows), judgement, facts


def corrected(rows: pl.DataFrame, trees: boosting.Boosted) -> pl.DataFrame:
    """`rows` of a table with mean, p10, p50 and p90 [kW], not widened yet."""
    said = boosting.predict(trees, rows).select(
        pl.col("mean", "p10", "p50", "p90") * rows["clear_kw"] + rows["base_kw"]
    )
    low, high = (rows["base_kw"] * (1 + sign * CORRECTION) for sign in (-1, 1))
    return rows.with_columns(
        mean=said["mean"].clip(low, high),
        p10=said["p10"],
        p50=said["p50"].clip(low, high),
        p90=said["p90"],
        group=group(rows["lead_hours"]),
    )


def group(lead_hours: pl.Series) -> pl.Series:
    """Number of the band of lead time, by which the bands are widened."""
    edges = LEADS[1:-1]
    return pl.Series(
        "group", np.digitize(lead_hours.to_numpy(), edges).astype(np.int64), dtype=pl.Int64
    )


def finished(rows: pl.DataFrame, judged: Judgement) -> pl.DataFrame:
    """`corrected` with bands that hold; in order, not below zero, not above the most."""
    whole = widened(rows, judged.widening)
    base = pl.col("base_kw")
    bounds = (base * (1 - CORRECTION), base * (1 + CORRECTION))
    mean = (pl.col("mean") * judged.share).clip(*bounds) if judged.corrected else base
    most = judged.roof.most_kw
    names = ("mean", "p10", "p50", "p90")
    bound = whole.with_columns(mean=mean).with_columns(pl.col(names).clip(0.0, most))
    return bound.with_columns(
        p10=pl.min_horizontal("p10", "p50"), p90=pl.max_horizontal("p90", "p50")
    )


def _judged(held_out: pl.DataFrame, roof: Roof) -> tuple[Judgement, dict[str, float]]:
    day_ahead = held_out.filter(pl.col("lead_hours") < LEADS[3])
    off = {
        name: float((day_ahead[name] - day_ahead["actual"]).abs().mean() or 0.0)  # type: ignore[arg-type]
        for name in ("mean", "base_kw")
    }
    aged = _age_weight(day_ahead["day"])
    given, said = (float((day_ahead[name] * aged).sum()) for name in ("actual", "mean"))
    share = float(np.clip(given / said, 0.8, 1.25)) if said > 0 else 1.0
    judgement = Judgement(
        roof=roof,
        widening=_rounded(widening(held_out, "actual", by="group", scale="clear_kw")),
        corrected=off["mean"] <= off["base_kw"],
        share=round(share, 6),
    )
    return judgement, {
        "mae_corrected_kw": off["mean"],
        "mae_physics_kw": off["base_kw"],
        "level": roof.level,
        "kwp": sum(one.kwp for one in roof.arrays),
    }


def _rounded(how: Widening) -> Widening:
    """Without the last digits, in which sums differ that threads have made."""
    low, high = how.rest
    groups = {one: (round(down, 6), round(up, 6)) for one, (down, up) in how.groups.items()}
    return how.model_copy(update={"rest": (round(low, 6), round(high, 6)), "groups": groups})


def _age_weight(day: pl.Series) -> pl.Series:
    """The sun of last month resembles this one's more than that of last season."""
    return pl.Series(0.5 ** ((day.max() - day) / HALF_LIFE_DAYS))


def _fit(rows: pl.DataFrame) -> boosting.Boosted:
    return boosting.fit(
        rows,
        FEATURES,
        "off",
        rounds=_ROUNDS,
        depth=_DEPTH,
        eta=_ETA,
        min_child_weight=_LEAF,
        weight="weight",
        threads=1,  # a second one gains little, and loses much on a busy machine
    )


def _scene_of(rows: pl.DataFrame, where: Location) -> Scene:
    """The scene of rows in which a start may come several times."""
    over = sky(rows["start"], where)
    return Scene(over=over, lit=light(rows, over), around=air(rows))


def _as_if_issued(known: Situation, truth: pl.DataFrame, where: Location) -> pl.DataFrame:
    """The weather of the past, and as it might have been forecast some days before."""
    weather = known.weather.join(truth, on="start", how="inner", maintain_order="left")
    if weather.is_empty():
        return weather.with_columns(issued_at=pl.lit(None, TIME)).select([*ISSUES, "day", "actual"])
    of = scene(weather["start"], weather, where)
    share = clearness(of.lit.whole, of.over)
    generator = np.random.default_rng(1)
    parts = []
    for lead in LEADS[:-1]:
        more = errors.size(np.array([lead])) ** 2 - errors.size(np.array([0.0])) ** 2
        error = float(more[0]) ** 0.5 * errors.drift(weather.height, SLOT_HOURS, generator)
        blurred = errors.mistaken(share, error) * of.over.clear.whole
        whole = pl.Series(np.where(np.isnan(blurred), of.lit.whole, blurred)).fill_nan(None)
        parts.append(
            weather.with_columns(
                issued_at=(pl.col("start") - pl.duration(minutes=int(60 * lead))).cast(TIME),
            ).with_columns(
                irradiance_w_per_m2=whole if lead else pl.col("irradiance_w_per_m2"),
                direct_w_per_m2=None if lead else pl.col("direct_w_per_m2"),
                diffuse_w_per_m2=None if lead else pl.col("diffuse_w_per_m2"),
            )
        )
    return pl.concat(parts, how="vertical_relaxed").select([*ISSUES, "day", "actual"])

"""Whether a newly trained model comes into use: it must forecast days better that it never saw.

The days before `now` are held out. A candidate that was trained without them, the model in
use and the method without any model forecast them, day by day, each from what was known
when that day began; only the weather is what is known of these days now, for all three
alike. The model in use is compared on those days alone that it has not learned from.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta

import polars as pl

from darkstar_common.config import Config
from darkstar_common.contract import Quantity
from darkstar_common.slots import SLOT, day_slots
from darkstar_forecaster.core.method import Method, Trained, Unknown, Untrainable
from darkstar_forecaster.core.situation import Situation

HELD_DAYS: Mapping[Quantity, int] = {"load": 7, "pv": 7, "price": 28}
"""Held out at most; of a short past a fourth [days]. Of prices a day tells little: over 2024 on SE4
the model is better than the naive forecast in 76 % of weeks, and in 93 % of spans of 28 days."""
ENOUGH_DAYS = 14
"""A past that can be learned from and judged by [days]."""
_DAY = timedelta(days=1)
_LEVELS = {"p10": 0.1, "p50": 0.5, "p90": 0.9}
_COLUMNS: Mapping[Quantity, str] = {"load": "load_kw", "pv": "pv_kw", "price": "spot_per_kwh"}
_PUBLISHED_AT = time(13)
"""Local time at which the prices of tomorrow are known."""
_ISSUED_AT: Mapping[Quantity, time] = {"load": time(), "pv": time(), "price": _PUBLISHED_AT}
"""Local time of the forecasts that are compared."""
_AHEAD: Mapping[Quantity, int] = {"load": 0, "pv": 0, "price": 2}
"""Which day is forecast: prices of tomorrow are known by then [days]."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lesson:
    """What came of a training.

    Attributes:
        quantity: what was trained.
        promoted: the model that comes into use, trained with all that is known; None: none.
        features: what the candidate looks at.
        reason: why it does or does not, as a sentence.
        scores: mean pinball losses and what else tells how well it does, by name.
    """

    quantity: Quantity
    promoted: Trained | None
    reason: str
    features: tuple[str, ...] = ()
    scores: Mapping[str, float] = field(default_factory=dict)

    @property
    def judged(self) -> bool:
        """Whether there was a candidate at all."""
        return bool(self.scores)


def lesson(
    method: Method, known: Situation, config: Config, current: Trained | None = None
) -> Lesson:
    """Train on what is known, and say whether that comes into use."""
    days = seen_days(method.quantity, known, config)
    if len(days) < ENOUGH_DAYS:
        return _none(method, f"{len(days)} days are known, {ENOUGH_DAYS} are needed")
    held = days[-min(HELD_DAYS[method.quantity], len(days) // 4) :]
    early = before(known, _issue(method.quantity, held[0], config), config)
    candidate = method.train(early, config)
    if isinstance(candidate, Untrainable):
        return _none(method, candidate.reason)
    judge = _Judge(method=method, known=known, config=config)
    unseen = [day for day in held if current and day_start(day, config) >= current.to_slot]
    losses = {"candidate": judge.loss(candidate, held), "baseline": judge.loss(None, held)}
    scores = {f"{name}_pinball": loss for name, loss in losses.items() if loss is not None}
    if current is not None and unseen:
        for name, model in (("candidate_unseen", candidate), ("current_unseen", current)):
            loss = judge.loss(model, unseen)
            scores |= {} if loss is None else {f"{name}_pinball": loss}
    scores["held_days"] = float(len(held))
    reason = _objection(scores, current, unseen)
    full = method.train(known, config) if not reason else None
    return Lesson(
        quantity=method.quantity,
        promoted=full if isinstance(full, Trained) else None,
        features=candidate.features,
        reason=reason or _praise(scores, len(held)),
        scores={name: round(value, 6) for name, value in scores.items()},
    )


def _none(method: Method, reason: str) -> Lesson:
    return Lesson(quantity=method.quantity, promoted=None, reason=reason)


def _objection(scores: Mapping[str, float], current: Trained | None, unseen: Sequence[date]) -> str:
    """Why the candidate does not come into use; empty: it does."""
    candidate, baseline = (scores.get(f"{one}_pinball") for one in ("candidate", "baseline"))
    if candidate is None:
        return "none of the days held out could be forecast, so it cannot be judged"
    if baseline is not None and candidate >= baseline:
        return f"it loses {candidate:.4f}, the forecast without a model {baseline:.4f}"
    if current is None:
        return ""
    if not unseen:
        return "the model in use has learned from all days that could be held against it"
    mine, others = (scores.get(f"{one}_unseen_pinball") for one in ("candidate", "current"))
    if mine is not None and others is not None and mine >= others:
        return f"it loses {mine:.4f} on days new to both, the model in use {others:.4f}"
    return ""


def _praise(scores: Mapping[str, float], held: int) -> str:
    baseline = scores.get("baseline_pinball")
    against = "nothing" if baseline is None else f"{baseline:.4f}"
    said = f"it loses {scores['candidate_pinball']:.4f} over {held} days, {against} without a model"
    if "current_unseen_pinball" in scores:
        said += (
            f"; {scores['candidate_unseen_pinball']:.4f} against "
            f"{scores['current_unseen_pinball']:.4f} of the model before, on days new to both"
        )
    return said


@dataclass(frozen=True, slots=True, kw_only=True)
class _Judge:
    method: Method
    known: Situation
    config: Config

    def loss(self, trained: Trained | None, days: Sequence[date]) -> float | None:
        """Mean pinball loss over `days`; None when nothing was forecast or nothing is known."""
        found = [one for day in days if (one := self._compared(trained, day)) is not None]
        if not found:
            return None
        rows = pl.concat(found).drop_nulls()
        return pinball(rows) if rows.height else None

    def _compared(self, trained: Trained | None, day: date) -> pl.DataFrame | None:
        issued_at = _issue(self.method.quantity, day, self.config)
        early = before(self.known, issued_at, self.config)
        starts = day_slots(day, self.config.zone)
        ahead = self.method.forecast(early, self.config, trained, starts)
        if isinstance(ahead, Unknown):
            return None
        actual = truth(self.method.quantity, self.known)
        return ahead.slots.join(actual, on="start", how="inner")


def pinball(rows: pl.DataFrame) -> float:
    """Mean pinball loss of p10, p50 and p90 against `actual`, in its unit."""
    losses = [
        pl.max_horizontal(
            share * (pl.col("actual") - pl.col(name)),
            (share - 1) * (pl.col("actual") - pl.col(name)),
        ).mean()
        for name, share in _LEVELS.items()
    ]
    return float(rows.select(pl.mean_horizontal(*losses)).item())


def truth(quantity: Quantity, known: Situation) -> pl.DataFrame:
    """Columns start and actual: what came, of the slots that may be learned from."""
    column = pl.col(_COLUMNS[quantity]).alias("actual")
    if quantity == "price":
        return known.spots.select("start", column).drop_nulls()
    return known.past.filter(pl.col("fit")).select("start", column).drop_nulls()


def before(known: Situation, now: datetime, config: Config) -> Situation:
    """What was known at `now`, except that the weather is what is known of it today."""
    if now >= known.now:
        return known
    local = now.astimezone(config.zone)
    published = local.date() + (2 if local.time() >= _PUBLISHED_AT else 1) * _DAY
    return replace(
        known,
        now=now,
        past=known.past.filter(pl.col("start") <= now - SLOT),
        spots=known.spots.filter(pl.col("start") < day_start(published, config)),
    )


def seen_days(quantity: Quantity, known: Situation, config: Config) -> list[date]:
    """Local days that are over and known for the most part, oldest first."""
    today = known.now.astimezone(config.zone).date()
    local = pl.col("start").dt.convert_time_zone(config.zone.key).dt.date()
    counted = truth(quantity, known).group_by(local.alias("day")).len()
    whole = counted.filter(pl.col("len") >= 72, pl.col("day") < today)  # noqa: PLR2004 (of 96)
    return sorted(whole["day"])


def day_start(day: date, config: Config) -> datetime:
    """Its first moment, in UTC."""
    return datetime.combine(day, time(), tzinfo=config.zone).astimezone(UTC)


def _issue(quantity: Quantity, day: date, config: Config) -> datetime:
    """When the forecast of `day` that counts is made."""
    made_on = day - _AHEAD[quantity] * _DAY
    return datetime.combine(made_on, _ISSUED_AT[quantity], tzinfo=config.zone).astimezone(UTC)

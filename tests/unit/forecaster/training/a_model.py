"""Made-up models and a past to learn from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import polars as pl

from darkstar_common.config import Config
from darkstar_common.contract import Quantity
from darkstar_common.slots import SLOT, slots
from darkstar_forecaster.core.method import Ahead, Trained, Unknown, Untrainable
from darkstar_forecaster.core.promotion import Lesson
from darkstar_forecaster.core.situation import AHEAD, PAST, SPOTS, TIME, WEATHER, Situation, empty

NOW = datetime(2026, 5, 5, 6, 10, tzinfo=UTC)
DAY = timedelta(days=1)


def a_situation(days: int = 28, load_kw: float = 1.0, now: datetime = NOW) -> Situation:
    """A house that always takes the same, and prices that are always the same."""
    starts = slots(now - days * DAY, days * 96)
    past = pl.DataFrame(
        {
            "start": pl.Series(starts, dtype=TIME),
            "load_kw": [load_kw] * len(starts),
            "pv_kw": [load_kw] * len(starts),
            "fit": [True] * len(starts),
        }
    )
    spots = slots(now - days * DAY, (days + 1) * 96)
    return Situation(
        now=now,
        past=pl.concat([empty(PAST), past], how="diagonal"),
        weather=empty(WEATHER),
        spots=pl.DataFrame(
            {"start": spots, "spot_per_kwh": [0.5] * len(spots)}, schema=dict(SPOTS)
        ),
    )


def a_model(level_kw: float = 1.0, *, quantity: Quantity = "load", to: datetime = NOW) -> Trained:
    """A model that always says the same."""
    return Trained(
        quantity=quantity,
        features=("none",),
        files={"level.txt": str(level_kw).encode(), "more.bin": b"\x00\x01"},
        facts={"rounds": 3.0},
        from_slot=to - 28 * DAY,
        to_slot=to,
    )


def a_lesson(
    level_kw: float = 1.0, *, quantity: Quantity = "load", promoted: bool = True,
    to: datetime = NOW,
) -> Lesson:  # fmt: skip
    return Lesson(
        quantity=quantity,
        promoted=a_model(level_kw, quantity=quantity, to=to) if promoted else None,
        features=("none",),
        reason="it is better" if promoted else "it is worse",
        scores={"candidate_pinball": 0.1, "baseline_pinball": 0.2},
    )


@dataclass
class Oracle:
    """A method whose models say what their file says; without one, `naive_kw`."""

    quantity: Quantity = "load"
    learned_kw: float = 1.0
    naive_kw: float = 2.0
    untrainable: str = ""
    mute: bool = False

    def __post_init__(self) -> None:
        self.trained_at: list[Situation] = []
        self.asked: list[tuple[Situation, Trained | None, Sequence[datetime]]] = []

    def train(self, known: Situation, config: Config) -> Trained | Untrainable:
        del config
        self.trained_at.append(known)
        if self.untrainable:
            return Untrainable(reason=self.untrainable)
        return a_model(self.learned_kw, quantity=self.quantity, to=known.now)

    def forecast(
        self, known: Situation, config: Config, trained: Trained | None,
        starts: Sequence[datetime],
    ) -> Ahead | Unknown:  # fmt: skip
        del config
        self.asked.append((known, trained, starts))
        if self.mute:
            return Unknown(reason="nothing is known", guidance="wait")
        value = float(trained.files["level.txt"]) if trained else self.naive_kw
        rows = [(start, value, value - 0.1, value, value + 0.1) for start in starts]
        return Ahead(slots=pl.DataFrame(rows, schema=dict(AHEAD), orient="row"), level="graduate")


def slot_ends(known: Situation) -> datetime:
    newest = known.past["start"].max()
    assert isinstance(newest, datetime)
    return newest + SLOT

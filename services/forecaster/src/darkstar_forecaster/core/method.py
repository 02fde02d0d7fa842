"""How every forecast is made: by a method that may be trained, and says what it rests on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

import polars as pl

from darkstar_common.config import Config
from darkstar_common.contract import Quantity
from darkstar_forecaster.core.situation import Situation


@dataclass(frozen=True, slots=True, kw_only=True)
class Trained:
    """A trained model, as it is kept on disk: the same bytes give the same forecasts.

    Attributes:
        quantity: what it forecasts.
        features: what it looks at.
        files: its content by file name.
        facts: figures about the training, by name.
        from_slot: start of the oldest slot it has seen.
        to_slot: end of the newest.
    """

    quantity: Quantity
    features: tuple[str, ...]
    files: Mapping[str, bytes]
    facts: Mapping[str, float] = field(default_factory=dict)
    from_slot: datetime
    to_slot: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Untrainable:
    """There is not enough to learn from; a sentence says what is missing."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Ahead:
    """A forecast.

    Attributes:
        slots: as situation.AHEAD, one row for each slot asked for, in their order.
        level: infant, statistician or graduate.
        basis: the step of degradation, in a word of the method's own; empty: none.
        maker: which way it was made when no trained model was used, such as profile-1;
            empty: the model that was given made it.
        notes: sentences for people on what is missing and what that means.
    """

    slots: pl.DataFrame
    level: str
    basis: str = ""
    maker: str = ""
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Unknown:
    """There is nothing to forecast from.

    Attributes:
        reason: what is missing, as a sentence.
        guidance: what a person can do about it.
    """

    reason: str
    guidance: str


class Method(Protocol):
    """One way to forecast one quantity. All are pure: the same values, the same result."""

    @property
    def quantity(self) -> Quantity:
        """What it forecasts."""

    def train(self, known: Situation, config: Config) -> Trained | Untrainable:
        """Learn from what is known."""

    def forecast(
        self,
        known: Situation,
        config: Config,
        trained: Trained | None,
        starts: Sequence[datetime],
    ) -> Ahead | Unknown:
        """Forecast the slots that begin at `starts`, all of them after `known.now - SLOT`.

        A model that cannot be used (None, other features, damaged files) is a step of
        degradation, not an error.
        """

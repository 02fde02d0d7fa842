"""Aurora's forecasts, and what is known about the models behind them."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field, field_validator, model_validator

from darkstar_common.contract.base import Kilowatts, Message, Moment, Part, Request, SlotStart
from darkstar_common.contract.messages.market import contiguous


class QuantileSlot(Part):
    """Quantiles of the mean power in one slot; they never cross."""

    start: SlotStart
    p10_kw: Kilowatts = Field(description="Nine times in ten it is more [kW]")
    p50_kw: Kilowatts = Field(description="As often more as less [kW]")
    p90_kw: Kilowatts = Field(description="Nine times in ten it is less [kW]")
    mean_kw: Kilowatts | None = Field(
        default=None, description="What to expect, which of spiky loads is above p50 [kW]"
    )

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if not self.p10_kw <= self.p50_kw <= self.p90_kw:
            raise ValueError(f"quantiles cross in slot {self.start.isoformat()}")
        return self


class QuantileForecast(Message):
    """Load without water heater, EV and battery, or PV before curtailment, by slot."""

    quantity: Literal["load", "pv"]
    issued_at: Moment = Field(description="Nothing later than this was used")
    model_version: str = Field(description="Which model made it")
    level: str = Field(description="How much of this house the model has seen, in a word")
    basis: str = Field(
        default="", description="The step of degradation it rests on, in a word; empty: none"
    )
    slots: tuple[QuantileSlot, ...] = Field(min_length=1, description="Contiguous, oldest first")

    _contiguous = field_validator("slots")(contiguous)


Quantity = Literal["load", "pv", "price"]
ModelState = Literal["current", "former", "rejected"]


class ForecastScore(Part):
    """How well forecasts of one quantity did, as issued so long before, against a baseline."""

    quantity: Quantity
    lead: str = Field(description="Hours from issue to slot, such as 0-6, 24-48 or all")
    season: str = Field(default="all", description="all, winter, spring, summer or autumn")
    slots: int = Field(ge=0, description="Slots that were compared")
    mae: float = Field(ge=0, description="Mean absolute error [kW, or currency/kWh of a price]")
    bias: float = Field(description="Mean of forecast minus actual, in the same unit")
    pinball: float = Field(ge=0, description="Mean pinball loss of p10, p50 and p90, same unit")
    coverage: float | None = Field(
        default=None, ge=0, le=1, description="Share of slots between p10 and p90; nominal 0.8"
    )
    baseline: str = Field(default="", description="What it is compared with")
    baseline_mae: float | None = Field(default=None, ge=0, description="The baseline's")
    skill: float | None = Field(
        default=None, le=1, description="1 - mae / baseline_mae; above 0 it beats the baseline"
    )


class ModelCard(Part):
    """What one forecasting model is, what it learned from and how well it does."""

    quantity: Quantity
    version: str
    level: str
    basis: str = Field(default="", description="The step of degradation in use; empty: none")
    state: ModelState = Field(
        default="current", description="In use, replaced, or trained and not good enough"
    )
    trained_at: Moment | None = Field(default=None, description="Null: nothing to train")
    promoted_at: Moment | None = Field(default=None, description="When it came into use")
    from_slot: Moment | None = Field(default=None, description="Oldest slot it has seen")
    to_slot: Moment | None = Field(default=None, description="End of the newest one")
    features: tuple[str, ...] = Field(default=(), description="What it looks at")
    config_hash: str = Field(default="", description="Of the configuration it was trained under")
    reason: str = Field(default="", description="Why it is in this state, in a sentence")
    scores: dict[str, float] = Field(default_factory=dict, description="By name, such as mae_kw")


class ModelCards(Message):
    """The models in use and before, and how well the forecasts as issued did."""

    cards: tuple[ModelCard, ...]
    scores: tuple[ForecastScore, ...] = Field(
        default=(), description="Of the past weeks, by lead time and season"
    )
    next_training_at: Moment | None = Field(default=None, description="Null: not scheduled")
    training: bool = Field(default=False, description="Whether models are being trained now")


class TrainForecast(Request):
    """Train the forecasting models now."""

    examples = ("", '{"quantity": "load"}')
    word_field = "quantity"

    quantity: Literal["all", "load", "pv", "price"] = "all"


class RollbackForecast(Request):
    """Go back to an earlier model of a quantity."""

    examples = ("load", '{"quantity": "load", "version": "load-20260101T030000"}')
    word_field = "quantity"

    quantity: Quantity
    version: str | None = Field(default=None, description="Null: the one before")


class LearningReset(Request):
    """Forget what was learned on the current local day."""

    examples = ("today",)
    word_field = "period"

    period: Literal["today"] = "today"

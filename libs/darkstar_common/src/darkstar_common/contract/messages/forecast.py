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
    slots: tuple[QuantileSlot, ...] = Field(min_length=1, description="Contiguous, oldest first")

    _contiguous = field_validator("slots")(contiguous)


class ModelCard(Part):
    """What one forecasting model is, what it learned from and how well it does."""

    quantity: Literal["load", "pv", "price"]
    version: str
    level: str
    trained_at: Moment | None = Field(default=None, description="Null: nothing to train")
    from_slot: Moment | None = Field(default=None, description="Oldest slot it has seen")
    to_slot: Moment | None = Field(default=None, description="End of the newest one")
    scores: dict[str, float] = Field(default_factory=dict, description="By name, such as mae_kw")


class ModelCards(Message):
    """The models in use."""

    cards: tuple[ModelCard, ...]


class TrainForecast(Request):
    """Train the forecasting models now."""

    examples = ("", '{"quantity": "load"}')
    word_field = "quantity"

    quantity: Literal["all", "load", "pv", "price"] = "all"


class LearningReset(Request):
    """Forget what was learned on the current local day."""

    examples = ("today",)
    word_field = "period"

    period: Literal["today"] = "today"

"""The devices of a planning problem: what stores, and what uses energy when told to."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from itertools import pairwise
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

NonNegative = Annotated[float, Field(ge=0)]
Positive = Annotated[float, Field(gt=0)]
Efficiency = Annotated[float, Field(gt=0, le=1)]
Count = Annotated[int, Field(ge=0)]
Name = Annotated[str, Field(min_length=1)]
Steps = Annotated[int, Field(ge=1)] | Annotated[tuple[Positive, ...], Field(min_length=1)]
Points = tuple[tuple[NonNegative, NonNegative], ...]
Curve = tuple[tuple[Positive, float], ...]
ROUNDING = 1e-9


class Part(BaseModel):
    """A part of the problem: immutable, strict, and without fields it does not know."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)


class Goal(Part):
    """Stored energy [kWh] wanted at the end of a slot, and what each missing kWh costs."""

    slot: Count
    kwh: NonNegative
    penalty_per_kwh: NonNegative


class Storage(Part):
    """What a battery and an EV have in common; powers are on the AC side [kW]."""

    id: Name
    capacity_kwh: Positive
    stored_kwh: NonNegative
    min_kwh: NonNegative = 0.0
    max_kwh: NonNegative | None = None
    max_charge_kw: NonNegative
    max_discharge_kw: NonNegative = 0.0
    charge_efficiency: Efficiency = 1.0
    discharge_efficiency: Efficiency = 1.0
    wear_cost_per_kwh: NonNegative = 0.0
    standby_kw: NonNegative = 0.0
    charge_taper: Points = ()
    discharge_taper: Points = ()
    terminal_value_per_kwh: float = 0.0
    terminal_value_curve: Curve = ()
    target_kwh: NonNegative | None = None
    target_penalty_per_kwh: NonNegative | None = None
    charge_from_grid: bool = True
    discharge_to_grid: bool = True
    min_charge_kw: NonNegative = 0.0
    goals: tuple[Goal, ...] = ()

    @cached_property
    def ceiling_kwh(self) -> float:
        """The most that is to be stored [kWh]."""
        return self.capacity_kwh if self.max_kwh is None else self.max_kwh

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if self.ceiling_kwh > self.capacity_kwh + ROUNDING:
            raise ValueError(f"max_kwh {self.max_kwh} is above capacity_kwh {self.capacity_kwh}")
        if self.min_kwh > self.ceiling_kwh + ROUNDING:
            raise ValueError(f"min_kwh {self.min_kwh} is above the maximum {self.ceiling_kwh}")
        if self.min_charge_kw > self.max_charge_kw:
            raise ValueError(f"min_charge_kw {self.min_charge_kw} is above max_charge_kw")
        if self.terminal_value_curve and self.terminal_value_per_kwh:
            raise ValueError("terminal_value_per_kwh and terminal_value_curve exclude each other")
        _require_concave("charge_taper", self.charge_taper)
        _require_concave("discharge_taper", self.discharge_taper)
        _require_falling("terminal_value_curve", self.terminal_value_curve)
        return self


class Battery(Storage):
    """A battery of the house."""

    max_discharge_kw: NonNegative


class Ev(Storage):
    """A car that charges here: a battery that is away at times.

    `departure_slot` is the slot at whose start the car leaves with `target_kwh`. From
    then on it is away, unless `available` has it differently.
    """

    available: tuple[bool, ...] | None = None
    departure_slot: Count | None = None

    def is_here(self, slot: int) -> bool:
        """Whether it can charge in `slot`."""
        if self.available is not None:
            return self.available[slot]
        return self.departure_slot is None or slot < self.departure_slot


class Load(Part):
    """Something that uses energy when told to, at one power."""

    id: Name
    power_kw: Positive

    @property
    def full_kw(self) -> float:
        """The power of being on when nobody says how hard [kW]."""
        return self.power_kw


class Heater(Load):
    """A water heater: it must run a while each day.

    With `max_kw_steps` it can run at less than its power: at that many equal steps of
    it, or at the powers of a list [kW], none above `power_kw`. In a slot it then is off
    or at one of these, and a block is a run of slots at any of them.
    """

    daily_min_kwh: NonNegative
    heated_today_kwh: NonNegative = 0.0
    defer_hours: Annotated[float, Field(ge=0, lt=24)] = 0.0
    max_gap_hours: NonNegative | None = None
    gap_penalty_per_hour: NonNegative = 0.0
    min_spacing_hours: NonNegative = 0.0
    start_penalty: NonNegative = 0.0
    on_before_slots: Count = 0
    off_before_slots: Count | None = None
    locked_on: tuple[Count, ...] = ()
    max_kw_steps: Steps | None = None

    @cached_property
    def powers_kw(self) -> tuple[float, ...]:
        """The powers at which it can be on, the lowest first [kW]."""
        steps = self.max_kw_steps
        if steps is None:
            return (self.power_kw,)
        if isinstance(steps, int):
            return tuple(self.power_kw * (step + 1) / steps for step in range(steps))
        return tuple(sorted(set(steps)))

    @property
    def full_kw(self) -> float:
        """The highest of its powers [kW]."""
        return self.powers_kw[-1]

    @model_validator(mode="after")
    def _steps_within_power(self) -> Self:
        if self.full_kw > self.power_kw + ROUNDING:
            raise ValueError(f"max_kw_steps has {self.full_kw} kW, above power_kw {self.power_kw}")
        return self


class Deferrable(Load):
    """A load that must run once within a window, when is open."""

    hours: NonNegative | None = None
    kwh: NonNegative | None = None
    earliest_slot: Count = 0
    deadline_slot: Count | None = None
    contiguous: bool = True

    @model_validator(mode="after")
    def _one_size(self) -> Self:
        if (self.hours is None) == (self.kwh is None):
            raise ValueError("needs exactly one of hours, kwh")
        return self

    @cached_property
    def need_kwh(self) -> float:
        """The energy of one run [kWh]."""
        return (self.hours or 0.0) * self.power_kw if self.kwh is None else self.kwh


def _require_concave(field: str, points: Sequence[tuple[float, float]]) -> None:
    if any(right[0] <= left[0] for left, right in pairwise(points)):
        raise ValueError(f"{field} needs rising stored_kwh")
    slopes = [(b[1] - a[1]) / (b[0] - a[0]) for a, b in pairwise(points)]
    if any(right > left + ROUNDING for left, right in pairwise(slopes)):
        raise ValueError(f"{field} is not concave")


def _require_falling(field: str, curve: Sequence[tuple[float, float]]) -> None:
    if any(right[0] <= left[0] for left, right in pairwise(curve)):
        raise ValueError(f"{field} needs rising kwh")
    if any(right[1] > left[1] for left, right in pairwise(curve)):
        raise ValueError(f"{field} is not concave: a later kWh is worth more than an earlier one")

"""The schedule, the planner's state and strategy, and what people may ask of it."""

from __future__ import annotations

import json
from datetime import date
from typing import Any, Literal
from uuid import UUID

from pydantic import Field, field_validator

from darkstar_common.contract.base import (
    Kilowatts,
    Message,
    Moment,
    Part,
    Percent,
    PricePerKwh,
    Request,
    SlotStart,
)
from darkstar_common.contract.messages.manual import ManualBlock
from darkstar_common.contract.messages.market import contiguous

Planned = Literal[
    "charge_from_grid", "charge_from_pv", "discharge", "export", "heat", "drive", "rest"
]
"""What a slot of the schedule is mainly for."""


class ScheduleSlot(Part):
    """What the house is to do in one slot, what it rests on, and why."""

    start: SlotStart
    import_kw: Kilowatts
    export_kw: Kilowatts
    charge_kw: Kilowatts = Field(description="Into the battery, from grid and PV [kW]")
    discharge_kw: Kilowatts
    curtailed_kw: Kilowatts = Field(default=0.0, description="PV thrown away [kW]")
    water_kw: Kilowatts = Field(default=0.0, description="Into the water heater [kW]")
    water_c: float | None = Field(
        default=None, description="Set-point while it heats; null: the normal one [°C]"
    )
    ev_kw: Kilowatts = Field(default=0.0, description="Into electric vehicles [kW]")
    evs: dict[str, Kilowatts] = Field(
        default_factory=dict, description="Into each electric vehicle, by its id [kW]"
    )
    soc_percent: Percent | None = Field(description="At the end; null: no battery [%]")
    load_kw: Kilowatts = Field(description="Base load the plan rests on [kW]")
    pv_kw: Kilowatts = Field(description="PV the plan rests on [kW]")
    import_per_kwh: PricePerKwh
    export_per_kwh: PricePerKwh
    price_kind: Literal["published", "forecast"]
    marginal_price_per_kwh: PricePerKwh | None = Field(
        default=None, description="Worth of one more kWh at the house; null: not computed"
    )
    reason: str = Field(default="", description="Why, for people")


class Violation(Part):
    """A wish or a limit that the plan could not keep."""

    what: str
    slot: int | None = None
    amount: float
    unit: str
    penalty: float = Field(description="What breaking it cost in the objective [currency]")


class Schedule(Message):
    """The plan in force until the next one is published or `valid_until` has come."""

    issued_at: Moment
    valid_until: Moment = Field(description="End of the last slot")
    status: Literal["optimal", "feasible", "fallback"]
    currency: str
    cost: float = Field(description="Expected cost of the horizon, negative for a gain [currency]")
    objective: float = Field(description="What was minimised [currency]")
    bound: float = Field(description="Proven lower bound of the objective [currency]")
    gap: float = Field(ge=0, description="Distance of the two [currency]")
    solver: str
    solve_seconds: float = Field(ge=0)
    kept_saving: float | None = Field(
        default=None,
        description="The earlier plan was kept, a change would save this; null: not [currency]",
    )
    forecast_price_share: float = Field(
        default=0.0, ge=0, le=1, description="Share of the horizon that rests on forecast prices"
    )
    peak_kw: Kilowatts | None = Field(
        default=None,
        description="Hourly import that the month's power tariff bears without costing more than "
        "planned; null: there is no such tariff [kW]",
    )
    soc_percent_at_start: Percent | None = None
    made_from: dict[str, UUID] = Field(
        default_factory=dict,
        description="The messages that it rests on, by what they tell: prices, load, pv, weather, "
        "house",
    )
    slots: tuple[ScheduleSlot, ...] = Field(min_length=1, description="Contiguous, oldest first")
    violations: tuple[Violation, ...] = ()
    why: tuple[str, ...] = Field(default=(), description="Sentences about the whole plan")

    _contiguous = field_validator("slots")(contiguous)


class PlanStatus(Message):
    """What the planner is doing, did last and will do next."""

    running: bool
    last_run_at: Moment | None = None
    last_success_at: Moment | None = None
    next_run_at: Moment | None = None
    last_error: str | None = Field(default=None, description="Cleared by the next success")
    last_error_at: Moment | None = None
    manual_blocks: tuple[ManualBlock, ...] = Field(
        default=(), description="What people decide themselves, now or later, oldest first"
    )


class Now(Message):
    """What changes by the clock alone: the price, the plan of this slot, and what comes next."""

    slot_start: SlotStart
    currency: str | None = Field(default=None, description="ISO 4217; null: no prices are known")
    import_per_kwh: PricePerKwh | None = Field(default=None, description="Null: not known")
    export_per_kwh: PricePerKwh | None = Field(default=None, description="Null: not known")
    price_kind: Literal["published", "forecast"] | None = None
    planned: Planned | None = Field(default=None, description="In this slot; null: no plan")
    planned_why: str = Field(default="", description="Why, for people")
    planned_soc_percent: Percent | None = Field(default=None, description="At the slot's end [%]")
    next_planned: Planned | None = Field(default=None, description="Null: nothing else in sight")
    next_at: Moment | None = Field(default=None, description="When that begins")
    next_why: str = Field(default="", description="Why, for people")
    cost_today: float | None = Field(
        default=None, description="Import less export of the local day so far; null: not known"
    )
    saved_today: float | None = Field(
        default=None, description="Against no battery, with what it still holds; null: not known"
    )
    saved_month: float | None = Field(
        default=None, description="The same of the local month so far; null: not known"
    )
    load_today_kwh: float | None = Field(
        default=None, description="Expected of the rest of the local day; null: not known [kWh]"
    )
    load_tomorrow_kwh: float | None = Field(
        default=None, description="Expected of the next local day; null: not known [kWh]"
    )
    pv_today_kwh: float | None = Field(
        default=None, description="Expected of the rest of the local day; null: not known [kWh]"
    )
    pv_tomorrow_kwh: float | None = Field(
        default=None, description="Expected of the next local day; null: not known [kWh]"
    )


class RuleEffect(Part):
    """One rule of the strategy, what it changed and why."""

    rule: str
    changed: str
    reason: str


class Strategy(Message):
    """How the planner looks at the days ahead."""

    risk_appetite: int = Field(ge=1, le=5, description="1 keeps most in reserve, 5 least")
    comfort: int = Field(ge=1, le=5, description="1 saves most, 5 is never cold")
    vacation: bool
    vacation_until: Moment | None = Field(default=None, description="Null: until told")
    export_enabled: bool
    price_regime: Literal["narrow", "usual", "wide"] = "usual"
    weather_volatility: float | None = Field(
        default=None, ge=0, le=1, description="How restless the weather ahead is; null: unknown"
    )
    legionella_due: bool = Field(default=False, description="The tank is to be made hot soon")
    legionella_done_at: Moment | None = Field(
        default=None, description="When it last was, as the house reported; null: not known"
    )
    target_soc_percent: Percent | None = Field(default=None, description="Wanted at the end [%]")
    s_index: float | None = Field(default=None, ge=0, description="Safety index; null: not in use")
    terminal_value_per_kwh: PricePerKwh | None = Field(
        default=None, description="Worth of a kWh left in the battery [currency/kWh]"
    )
    rules: tuple[RuleEffect, ...] = ()


class Episode(Message):
    """One real planning run, whole: what it knew, what it decided."""

    inputs: dict[str, Any] = Field(description="The planning problem as it was solved")
    context: dict[str, Any] = Field(description="What else was known")
    schedule_id: str = Field(description="The `message_id` of the schedule that came of it")
    schedule: dict[str, Any]
    overrides: tuple[RuleEffect, ...] = Field(default=(), description="What the strategy changed")
    system_id: str = Field(
        default="prod", min_length=1, description="Whose run: prod, or another system in shadow"
    )


class RunPlan(Request):
    """Plan now."""

    examples = ("", "now")
    word_field = "when"

    when: Literal["now"] = "now"


class SimulatePlan(Request):
    """What the plan would be if some fields of the problem were different; changes nothing."""

    examples = (
        "export_enabled=false risk_appetite=1",
        '{"changes": {"battery.capacity_kwh": 20}}',
    )
    word_field = "changes"

    changes: dict[str, Any] = Field(default_factory=dict)

    @field_validator("changes", mode="before")
    @classmethod
    def _words(cls, value: object) -> object:
        """`name=value` words as a dictionary."""
        if not isinstance(value, str):
            return value
        pairs = [word.partition("=") for word in value.split()]
        if not all(name and equals for name, equals, _ in pairs):
            raise ValueError("say name=value, several with spaces between")
        return {name: _plain(text) for name, _, text in pairs}


class Money(Part):
    """What a plan comes to [currency]."""

    cost: float = Field(description="The bill, negative for a gain, with wear of the battery")
    objective: float = Field(description="What was minimised")
    import_cost: float
    export_revenue: float
    wear_cost: float
    stored_worth: float = Field(description="Worth of what is left in storage at the end")
    import_kwh: float = Field(ge=0, description="[kWh]")
    export_kwh: float = Field(ge=0, description="[kWh]")


class Hindsight(Message):
    """What a past local day would have cost had all been known before, by the same optimiser.

    The storage begins and ends the day as it really did.
    """

    day: date = Field(description="Local")
    slots: int = Field(ge=1, description="Closed slots that it rests on")
    currency: str
    cost: float = Field(description="Of the best there was, without wear [currency]")
    wear_cost: float = Field(ge=0, description="Of its use of the battery [currency]")
    status: Literal["optimal", "feasible"]
    gap: float = Field(ge=0, description="Distance to what is proven [currency]")
    solve_seconds: float = Field(ge=0)


class Simulated(Message):
    """What a `SimulatePlan` came to; nothing was published and nothing changed."""

    accepted: bool
    reason: str = Field(description="One sentence for people")
    status: Literal["optimal", "feasible", "fallback"] | None = None
    cost: float | None = Field(default=None, description="Of the plan asked about [currency]")
    objective: float | None = Field(default=None, description="What was minimised [currency]")
    objective_change: float | None = Field(
        default=None,
        description="By how much that is dearer than planning without the changes [currency]",
    )
    import_cost: float | None = Field(default=None, description="Paid for import [currency]")
    export_revenue: float | None = Field(default=None, description="Earned by export [currency]")
    wear_cost: float | None = Field(default=None, description="Wear of the battery [currency]")
    stored_worth: float | None = Field(
        default=None, description="Worth of what is left in storage at the end [currency]"
    )
    usual: Money | None = Field(
        default=None, description="The same of the plan without the changes; null: there is none"
    )
    schedule: dict[str, Any] | None = Field(
        default=None, description="The plan asked about, in the form of plan/schedule"
    )


class RiskAppetiteSet(Request):
    """How much to keep in reserve, from 1 (most) to 5 (least)."""

    examples = ("3",)
    word_field = "level"

    level: int = Field(ge=1, le=5)


class ComfortSet(Request):
    """How much warm water matters, from 1 (saves most) to 5 (never cold)."""

    examples = ("3",)
    word_field = "level"

    level: int = Field(ge=1, le=5)


class VacationSet(Request):
    """Nobody is at home, until a time or until told otherwise."""

    examples = ("on", "off", '{"on": true, "until": "2026-01-08T12:00:00Z"}')
    word_field = "on"

    on: bool
    until: Moment | None = None


class ExportSet(Request):
    """Whether the plan may sell to the grid."""

    examples = ("on", "off")
    word_field = "on"

    on: bool


class EvSet(Request):
    """What one electric vehicle needs; "on" and "off" say whether it is connected."""

    examples = (
        "on",
        "off",
        '{"soc_percent": 40, "target_percent": 80, "departure": "2026-01-02T06:00:00Z"}',
    )
    word_field = "connected"

    connected: bool = True
    soc_percent: Percent | None = None
    target_percent: Percent | None = None
    departure: Moment | None = None


def _plain(text: str) -> object:
    """`text` as the JSON value it may be, or as it is."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text

"""A past day as a planning problem in which all is known: what it need have cost."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from darkstar_common.config import Battery as BatterySection
from darkstar_common.config import Config
from darkstar_common.contract import Hindsight, Service
from darkstar_common.slots import SLOT_HOURS, day_slots
from darkstar_planner.core.at_home import BATTERY, HEATER
from darkstar_planner.core.devices import Battery, Deferrable
from darkstar_planner.core.problem import Grid, Inverter, Options, Problem
from darkstar_planner.core.solution import Solution

SECONDS = 10.0
"""Longest a day may take to solve [s]."""
LEAST_WATER_KWH = 0.1
"""Less than this in a day is standby, which nobody moves [kWh]."""
DECIMALS = 4
NUMBERS = ("load_kwh", "pv_kwh", "water_kwh", "import_per_kwh", "export_per_kwh")
COLUMNS = ("start", *NUMBERS, "soc_percent_start", "soc_percent_end")
"""What is asked of the recorder about a day."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PastSlot:
    """A slot as it was: energies of the house [kWh], its prices [currency/kWh]."""

    start: datetime
    load_kwh: float
    """With water heater and vehicles."""
    pv_kwh: float
    water_kwh: float
    import_per_kwh: float
    export_per_kwh: float


@dataclass(frozen=True, slots=True, kw_only=True)
class PastDay:
    """A whole local day, and what the battery held at its ends [%]; None: there is none."""

    day: date
    slots: tuple[PastSlot, ...]
    soc_percent: tuple[float, float] | None


def day_problem(past: PastDay, config: Config) -> Problem:
    """`past` with nothing left to chance.

    The battery ends the day at least as full as it really did. Hot water takes what it
    took, at the best hours of the day; vehicles what they took, when they did.
    """
    water = sum(one.water_kwh for one in past.slots)
    moved = config.water_heater is not None and water > LEAST_WATER_KWH
    kwh = [one.load_kwh - one.water_kwh if moved else one.load_kwh for one in past.slots]
    inverter = config.inverter.model_dump(exclude={"profile"})
    return Problem(
        start=past.slots[0].start,
        slot_hours=SLOT_HOURS,
        timezone=config.timezone,
        currency=config.tariff.currency,
        import_price=tuple(one.import_per_kwh for one in past.slots),
        export_price=tuple(one.export_per_kwh for one in past.slots),
        load_kw=tuple(max(0.0, one) / SLOT_HOURS for one in kwh),
        pv_kw=tuple(max(0.0, one.pv_kwh) / SLOT_HOURS for one in past.slots),
        grid=Grid(max_import_kw=config.grid.max_import_kw, max_export_kw=config.grid.max_export_kw),
        inverter=Inverter(**inverter),
        batteries=_batteries(past, config),
        deferrables=(_water(config, water, len(past.slots)),) if moved else (),
        options=Options(time_limit_seconds=SECONDS),
    )


def hindsight(
    past: PastDay, problem: Problem, solution: Solution, now: datetime
) -> Hindsight | None:
    """What `solution` says of the day; None where it is no proven plan, or ends emptier."""
    if solution.status == "fallback" or any(one.penalty > 0 for one in solution.violations):
        return None
    bill = sum(
        SLOT_HOURS * (slot.import_kw * bought - slot.export_kw * sold)
        for slot, bought, sold in zip(
            solution.slots, problem.import_price, problem.export_price, strict=True
        )
    )
    wear = sum(
        SLOT_HOURS * slot.batteries[one.id].discharge_kw * one.wear_cost_per_kwh
        for slot in solution.slots
        for one in problem.batteries
    )
    return Hindsight(
        sender=Service.PLANNER,
        emitted_at=now,
        day=past.day,
        slots=len(past.slots),
        currency=problem.currency,
        cost=round(bill, DECIMALS),
        wear_cost=round(max(0.0, wear), DECIMALS),
        status=solution.status,
        gap=max(0.0, solution.gap or 0.0),
        solve_seconds=solution.solve_seconds,
    )


def _batteries(past: PastDay, config: Config) -> tuple[Battery, ...]:
    battery = config.battery
    if battery is None or past.soc_percent is None:
        return ()
    percent = battery.capacity_kwh / 100
    first, last = (one * percent for one in past.soc_percent)
    prices = [one.import_per_kwh for one in past.slots]
    return (
        Battery(
            id=BATTERY,
            stored_kwh=first,
            min_kwh=min(first, last, battery.min_soc_percent * percent),
            max_kwh=max(first, last, battery.max_soc_percent * percent),
            target_kwh=last,
            target_penalty_per_kwh=10 * max(1.0, *map(abs, prices)),
            charge_taper=tuple((soc * percent, most) for soc, most in battery.charge_taper),
            **_as_configured(battery),
        ),
    )


def _as_configured(battery: BatterySection) -> dict[str, Any]:
    names = (
        "capacity_kwh", "max_charge_kw", "min_charge_kw", "max_discharge_kw",
        "charge_efficiency", "discharge_efficiency", "charge_from_grid", "discharge_to_grid",
        "wear_cost_per_kwh", "standby_kw",
    )  # fmt: skip
    return {name: getattr(battery, name) for name in names}


def _water(config: Config, kwh: float, slots: int) -> Deferrable:
    """The day's hot water, at a power that makes up its energy in whole slots."""
    heater = config.water_heater
    most = heater.power_kw if heater else kwh / SLOT_HOURS
    count = min(slots, max(1, math.ceil(kwh / (most * SLOT_HOURS) - 1e-9)))
    return Deferrable(id=HEATER, power_kw=kwh / (count * SLOT_HOURS), kwh=kwh, contiguous=False)


def past_day(day: date, columns: Mapping[str, Sequence[Any]], config: Config) -> PastDay | None:
    """The local `day` that a recorder's columns tell of; None unless all of it is known.

    Args:
        day: Local.
        columns: Of the question `slots`.
        config: What the house has, and so what must be known of it.
    """
    starts = day_slots(day, config.zone)
    place = {datetime.fromisoformat(one): row for row, one in enumerate(columns["start"])}
    needed = _needed(config)
    if any(one not in place for one in starts):
        return None
    if any(columns[name][place[one]] is None for one in starts for name in needed):
        return None
    slots = tuple(
        PastSlot(
            start=one,
            **{
                name: float(columns[name][place[one]]) if name in needed else 0.0
                for name in NUMBERS
            },
        )
        for one in starts
    )
    if config.battery is None:
        return PastDay(day=day, slots=slots, soc_percent=None)
    first, last = place[starts[0]], place[starts[-1]]
    ends = columns["soc_percent_start"][first], columns["soc_percent_end"][last]
    return None if None in ends else PastDay(day=day, slots=slots, soc_percent=ends)


def _needed(config: Config) -> tuple[str, ...]:
    found = ["load_kwh", "import_per_kwh", "export_per_kwh"]
    if config.has_solar:
        found.append("pv_kwh")
    if config.water_heater is not None:
        found.append("water_kwh")
    return tuple(found)

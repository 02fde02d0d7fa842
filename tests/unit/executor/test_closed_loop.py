"""Decisions against the simulated inverter's physics: does the battery go where the plan says?"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Literal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from unit.executor.samples import NOON, ROLES, ears, registry, schedule

from darkstar_common.config import Battery, Config, Executor, Grid
from darkstar_common.contract import Schedule
from darkstar_common.slots import SLOT, SLOT_HOURS
from darkstar_executor.core import dialect
from darkstar_executor.core.decide import decide
from darkstar_executor.core.situation import Situation
from darkstar_executor.core.writes import Manners, Sent, plan_writes
from darkstar_simulator.core.dialects.deye import DEYE
from darkstar_simulator.core.house import (
    House,
    HouseState,
    advance,
    flows_now,
    initial_state,
    soc_percent,
)
from darkstar_simulator.core.parameters import (
    BatteryParameters,
    HouseParameters,
    InverterParameters,
    TankParameters,
)
from darkstar_simulator.core.series import HouseSeries
from darkstar_simulator.core.simulation import default_settings, orders_of

Kind = Literal["grid", "pv", "discharge", "export", "hold", "curtail", "sell"]
KINDS: tuple[Kind, ...] = ("grid", "pv", "discharge", "export", "hold", "curtail", "sell")
MINUTE = timedelta(minutes=1)
FIELDS = {
    "work_mode": "work_mode", "grid_charging": "battery_grid_charging",
    "max_charge_current": "battery_max_charging_current", "export_limit": "export_surplus_power",
    "max_discharge_current": "battery_max_discharging_current", "soc_target": "battery_soc_target",
    "water_setpoint": "water_heater_setpoint",
}  # fmt: skip
PARTS = HouseParameters(
    battery=BatteryParameters(
        capacity_kwh=20.0, max_charge_kw=8.0, max_discharge_kw=8.0, charge_efficiency=0.95,
        discharge_efficiency=0.95, standby_kw=0.0, taper=(),
    ),
    inverter=InverterParameters(ac_limit_kw=12.0, own_kw=0.0, fuse_kw=20.0),
    tank=TankParameters(draw_kwh_per_day=0.0),
    initial_tank_c=61.0,
)  # fmt: skip
CONFIG = Config(
    battery=Battery(
        capacity_kwh=20, min_soc_percent=10, max_charge_kw=8, max_discharge_kw=8,
    ),
    grid=Grid(max_import_kw=20, max_export_kw=16),
    water_heater=None,
    executor=Executor(roles=ROLES),
)  # fmt: skip


@dataclass(frozen=True)
class Day:
    """What is planned, and what load and sun do."""

    plan: Schedule
    house: House


def a_day(kinds: Sequence[Kind], *, load_kw: float, pv_kw: float, surprise_kw: float = 0.0) -> Day:
    """Blocks of an hour; `surprise_kw` of PV comes that nobody planned."""
    rows, stored = [], 0.5 * 20
    for kind in (one for one in kinds for _ in range(4)):
        row = _row(kind, load_kw - pv_kw, stored)
        gained = 0.95 * row["charge_kw"] - row["discharge_kw"] / 0.95
        stored += gained * SLOT_HOURS
        rows.append(row | {"soc_percent": stored / 20 * 100, "load_kw": load_kw, "pv_kw": pv_kw})
    slots = len(rows)
    series = HouseSeries(
        start=NOON,
        load_kwh=(load_kw * SLOT_HOURS,) * slots,
        pv_kwh=((pv_kw + surprise_kw) * SLOT_HOURS,) * slots,
        spot_per_kwh=(1.0,) * slots,
    )
    plan = schedule(*rows, soc_percent_at_start=50.0)
    return Day(plan, House(series=series, timezone=ZoneInfo("UTC"), parameters=PARTS))


def _row(kind: Kind, net_kw: float, stored: float) -> dict[str, Any]:
    room, left = (20 - stored) / SLOT_HOURS / 0.95, (stored - 2) / SLOT_HOURS * 0.95
    charge = discharge = curtailed = 0.0
    match kind:
        case "grid":
            charge = min(5.0, room)
        case "pv":
            charge = min(max(-net_kw, 0.0), room, 8.0)
        case "discharge":
            discharge = min(max(net_kw, 0.0), left)
        case "export":
            discharge = min(6.0, left)
        case "curtail":
            curtailed = max(-net_kw, 0.0)
    grid = net_kw + charge - discharge + curtailed
    return {
        "charge_kw": charge, "discharge_kw": discharge, "curtailed_kw": curtailed,
        "import_kw": max(grid, 0.0), "export_kw": max(-grid, 0.0),
    }  # fmt: skip


@dataclass(frozen=True)
class Seen:
    """What was measured at a moment, and what was commanded then."""

    at: datetime
    soc: float
    curtailed_kw: float
    rule: str


def lived(day: Day) -> list[Seen]:
    """The day, minute by minute, the inverter obeying at once."""
    state: HouseState = initial_state(NOON, PARTS)
    commanded, sent, seen = default_settings(DEYE, PARTS), dict[str, Sent](), list[Seen]()
    heard = ears(of=registry())
    manners = Manners(threshold_percent=2, min_interval=timedelta(seconds=60))
    while state.at < NOON + len(day.plan.slots) * SLOT:
        now, soc = state.at, soc_percent(state, PARTS)
        decision = decide(Situation(now=now, config=CONFIG, schedule=day.plan, soc_percent=soc))
        wanted = dialect.settings(decision.command, CONFIG, heard.bindings)
        outcome = plan_writes(wanted, heard, sent, manners, now)
        sent = dict(outcome.sent)
        for order in outcome.orders:
            commanded |= {FIELDS[order.role]: _value(order.payload)}
            topic = f"house/{order.role}"
            heard = heard.hearing(topic, order.payload, now, retained=False)
        orders = orders_of(DEYE, day.house, commanded, now)
        flows = flows_now(state, day.house, orders)
        state = advance(state, day.house, orders, now + MINUTE)
        seen.append(Seen(state.at, soc_percent(state, PARTS), flows.curtailed_kw, decision.rule))
    return seen


def _value(payload: str) -> Any:
    if payload in {"ON", "OFF"}:
        return payload == "ON"
    return float(payload) if payload.replace(".", "", 1).isdigit() else payload


def misses(day: Day) -> list[tuple[str, float]]:
    """By how many points the state of charge misses the plan at the end of each slot."""
    ends = {slot.start + SLOT: slot.soc_percent for slot in day.plan.slots}
    return [
        (one.rule, abs(one.soc - planned))
        for one in lived(day)
        if (planned := ends.get(one.at)) is not None
    ]


@pytest.mark.parametrize(("load_kw", "pv_kw"), [(1.0, 0.0), (0.5, 3.5), (2.0, 2.0)])
def test_the_battery_goes_where_the_plan_says(load_kw: float, pv_kw: float) -> None:
    day = a_day(
        ["grid", "hold", "export", "discharge", "pv", "sell", "curtail", "grid", "export"],
        load_kw=load_kw,
        pv_kw=pv_kw,
    )
    assert max(miss for _, miss in misses(day)) < 2, misses(day)


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.sampled_from(KINDS), min_size=2, max_size=6),
    st.floats(0.2, 3),
    st.floats(0, 6),
)
def test_whatever_the_plan_the_battery_follows(
    kinds: list[Kind], load_kw: float, pv_kw: float
) -> None:
    day = a_day(kinds, load_kw=load_kw, pv_kw=pv_kw)
    assert max(miss for _, miss in misses(day)) < 2, misses(day)


@settings(max_examples=30, deadline=None)
@given(st.lists(st.sampled_from(KINDS), min_size=2, max_size=5), st.floats(0.2, 3), st.floats(0, 5))
def test_sun_that_nobody_planned_is_thrown_away_only_by_a_plan_that_curtails(
    kinds: list[Kind], load_kw: float, pv_kw: float
) -> None:
    day = a_day(kinds, load_kw=load_kw, pv_kw=pv_kw, surprise_kw=2.0)
    for one in lived(day):
        assert one.curtailed_kw < 1e-9 or one.rule == "plan_curtail"


@settings(max_examples=30, deadline=None)
@given(
    st.lists(st.sampled_from(KINDS), min_size=2, max_size=5), st.floats(0.2, 3), st.floats(-3, 0)
)
def test_missing_sun_never_takes_the_battery_below_its_floor(
    kinds: list[Kind], load_kw: float, surprise_kw: float
) -> None:
    day = a_day(kinds, load_kw=load_kw, pv_kw=3.0, surprise_kw=surprise_kw)
    assert min(one.soc for one in lived(day)) >= 10 - 1e-6


def test_a_plan_that_ends_leaves_a_house_that_looks_after_itself() -> None:
    day = a_day(["export", "grid"], load_kw=1.0, pv_kw=0.0)
    short = replace(day, plan=day.plan.model_copy(update={"valid_until": NOON + 2 * SLOT}))
    after = [one for one in lived(short) if one.at > NOON + 2 * SLOT + MINUTE]
    assert {one.rule for one in after} == {"schedule_stale"}
    assert after[0].soc - after[-1].soc == pytest.approx(1.0 * 1.45 / 0.95 / 20 * 100, abs=0.6)

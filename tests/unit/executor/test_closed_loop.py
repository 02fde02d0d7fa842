"""Decisions against the simulated house's physics: does energy go where the plan says?"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from random import Random
from typing import Any, Literal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from unit.executor.lived import MINUTE, Moment, Power, World, kwh, live, switches
from unit.executor.samples import NOON, schedule

from darkstar_common.config import Battery, Config, Grid
from darkstar_common.contract import Schedule
from darkstar_common.slots import SLOT, SLOT_HOURS
from darkstar_executor.core.following import REMAINDER_SHARE
from darkstar_simulator.core.parameters import (
    BatteryParameters,
    HouseParameters,
    InverterParameters,
    TankParameters,
)

Kind = Literal["grid", "pv", "discharge", "export", "hold", "curtail", "sell"]
KINDS: tuple[Kind, ...] = ("grid", "pv", "discharge", "export", "hold", "curtail", "sell")
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
    battery=Battery(capacity_kwh=20, min_soc_percent=10, max_charge_kw=8, max_discharge_kw=8),
    grid=Grid(max_import_kw=20, max_export_kw=16),
    water_heater=None,
)


def a_day(kinds: Sequence[Kind], *, load_kw: float, pv_kw: float) -> Schedule:
    """Blocks of an hour each."""
    rows, stored = [], 0.5 * 20
    for kind in (one for one in kinds for _ in range(4)):
        row = _row(kind, load_kw - pv_kw, stored)
        stored += (0.95 * row["charge_kw"] - row["discharge_kw"] / 0.95) * SLOT_HOURS
        rows.append(row | {"soc_percent": stored / 20 * 100, "load_kw": load_kw, "pv_kw": pv_kw})
    return schedule(*rows, soc_percent_at_start=50.0)


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


def lived(
    plan: Schedule, *, load_kw: float, pv_kw: float, sun: Power | None = None
) -> list[Moment]:
    """The plan followed minute by minute, the inverter obeying at once."""
    world = World(
        parts=PARTS,
        config=CONFIG,
        load_kw=lambda _: load_kw,
        pv_kw=sun or (lambda _: pv_kw),
        schedule=lambda _: plan,
    )
    return live(world, NOON, len(plan.slots) * SLOT + MINUTE)


def misses(plan: Schedule, moments: Sequence[Moment]) -> list[tuple[str, float]]:
    """By how many points the state of charge misses the plan at the end of each slot."""
    ends = {slot.start + SLOT: slot.soc_percent for slot in plan.slots}
    return [
        (one.decision.rule, abs(one.soc - planned))
        for one in moments
        if (planned := ends.get(one.at)) is not None
    ]


def stored_remainders(plan: Schedule) -> float:
    """What the battery may be ahead of the plan since crumbs of export limit nothing [%]."""
    crumbs = [
        slot.export_kw
        for slot in plan.slots
        if 0 < slot.export_kw <= REMAINDER_SHARE * slot.charge_kw
    ]
    return sum(crumbs) * SLOT_HOURS * 0.95 / 20 * 100


@pytest.mark.parametrize(("load_kw", "pv_kw"), [(1.0, 0.0), (0.5, 3.5), (2.0, 2.0)])
def test_the_battery_goes_where_the_plan_says(load_kw: float, pv_kw: float) -> None:
    kinds: list[Kind] = [
        "grid", "hold", "export", "discharge", "pv", "sell", "curtail", "grid", "export",
    ]  # fmt: skip
    plan = a_day(kinds, load_kw=load_kw, pv_kw=pv_kw)
    found = misses(plan, lived(plan, load_kw=load_kw, pv_kw=pv_kw))
    assert max(miss for _, miss in found) < 2, found


@settings(max_examples=12, deadline=None)
@given(st.lists(st.sampled_from(KINDS), min_size=2, max_size=6), st.floats(0.2, 3), st.floats(0, 6))
def test_whatever_the_plan_the_battery_follows(
    kinds: list[Kind], load_kw: float, pv_kw: float
) -> None:
    plan = a_day(kinds, load_kw=load_kw, pv_kw=pv_kw)
    found = misses(plan, lived(plan, load_kw=load_kw, pv_kw=pv_kw))
    assert max(miss for _, miss in found) < 2 + stored_remainders(plan), found


@settings(max_examples=8, deadline=None)
@given(st.lists(st.sampled_from(KINDS), min_size=2, max_size=5), st.floats(0.2, 3), st.floats(0, 5))
def test_sun_that_nobody_planned_is_thrown_away_only_by_a_plan_that_curtails(
    kinds: list[Kind], load_kw: float, pv_kw: float
) -> None:
    plan = a_day(kinds, load_kw=load_kw, pv_kw=pv_kw)
    for one in lived(plan, load_kw=load_kw, pv_kw=pv_kw + 2.0):
        assert one.flows.curtailed_kw < 1e-9 or one.decision.rule == "plan_curtail"


@settings(max_examples=8, deadline=None)
@given(
    st.lists(st.sampled_from(KINDS), min_size=2, max_size=5), st.floats(0.2, 3), st.floats(-3, 0)
)
def test_missing_sun_never_takes_the_battery_below_its_floor(
    kinds: list[Kind], load_kw: float, surprise_kw: float
) -> None:
    plan = a_day(kinds, load_kw=load_kw, pv_kw=3.0)
    assert (
        min(one.soc for one in lived(plan, load_kw=load_kw, pv_kw=3.0 + surprise_kw)) >= 10 - 1e-6
    )


def test_a_plan_that_ends_leaves_a_house_that_looks_after_itself() -> None:
    plan = a_day(["export", "grid"], load_kw=1.0, pv_kw=0.0)
    short = plan.model_copy(update={"valid_until": NOON + 2 * SLOT})
    after = [one for one in lived(short, load_kw=1.0, pv_kw=0.0) if one.at >= NOON + 2 * SLOT]
    assert {one.decision.rule for one in after} == {"schedule_stale"}
    assert after[0].soc - after[-1].soc == pytest.approx(1.0 * 1.5 / 0.95 / 20 * 100, abs=0.6)


# --- reality differs ------------------------------------------------------------------------------


def steady(rows: Sequence[dict[str, float]]) -> Schedule:
    """Slots with the state of charge that their powers make."""
    stored, made = 0.5 * 20, []
    for row in rows:
        stored += (
            0.95 * row.get("charge_kw", 0.0) - row.get("discharge_kw", 0.0) / 0.95
        ) * SLOT_HOURS
        made.append(row | {"soc_percent": stored / 20 * 100})
    return schedule(*made, soc_percent_at_start=50.0)


def wavering(mean_kw: float, by_kw: float, seed: int = 1) -> Power:
    """A power that is another one each minute."""
    draws = Random(seed)  # noqa: S311 (weather, no secret)
    noise = [draws.uniform(-by_kw, by_kw) for _ in range(24 * 60)]
    return lambda now: max(mean_kw + noise[(now - NOON) // MINUTE % len(noise)], 0.0)


def test_a_constant_charge_that_leaves_crumbs_to_the_grid_stores_all_the_sun() -> None:
    """The forecast wavers by a few per cent around a constant charge; then the sun is stronger."""
    crumbs = [{"charge_kw": 2.0, "export_kw": 0.06}, {"charge_kw": 2.0, "import_kw": 0.06}] * 8
    plan = steady(crumbs)
    moments = lived(plan, load_kw=0.5, pv_kw=3.0)
    assert {one.decision.rule for one in moments[:-1]} == {"plan_charge_from_pv"}
    assert kwh(moments[:-1], lambda flows: flows.export_kw) == pytest.approx(0, abs=0.01)
    assert kwh(moments[:-1], lambda flows: flows.import_kw) == pytest.approx(0, abs=0.01)


@pytest.mark.parametrize("pv_kw", [2.4, 1.5, 0.5])
def test_a_remainder_that_the_plan_buys_keeps_the_battery_at_the_plan(pv_kw: float) -> None:
    plan = steady([{"charge_kw": 2.0, "import_kw": 0.09}] * 16)
    moments = lived(plan, load_kw=0.5, pv_kw=pv_kw)
    assert max(miss for _, miss in misses(plan, moments)) < 2
    assert switches(moments[:-1], lambda one: one.command.intent) <= 1


def test_a_remainder_that_the_plan_sells_keeps_the_battery_at_the_plan() -> None:
    plan = steady([{"discharge_kw": 2.0, "export_kw": 0.09}] * 12)
    moments = lived(plan, load_kw=1.91, pv_kw=0.0)
    assert max(miss for _, miss in misses(plan, moments)) < 2
    assert switches(moments[:-1], lambda one: one.command.intent) <= 1


def test_a_plan_that_charges_and_sells_does_both_in_wavering_sun() -> None:
    """Clouds let less in at times; what is missing then is made up before more is sold."""
    plan = steady([{"charge_kw": 2.0, "export_kw": 2.0, "load_kw": 0.5, "pv_kw": 4.5}] * 12)
    moments = lived(plan, load_kw=0.5, pv_kw=0.0, sun=wavering(4.5, 4.4))
    assert abs(moments[-1].soc - (plan.slots[-1].soc_percent or 0)) < 2
    limits = switches(moments, lambda one: one.command.charge_kw)
    assert limits < 20


def test_more_sun_than_a_plan_that_sells_knew_of_is_sold() -> None:
    plan = steady([{"charge_kw": 2.0, "export_kw": 2.0}] * 8)
    moments = lived(plan, load_kw=0.5, pv_kw=7.5)
    assert max(miss for _, miss in misses(plan, moments)) < 2
    assert kwh(moments[:-1], lambda flows: flows.export_kw) == pytest.approx(5.0 * 2, rel=0.05)


def test_a_kettle_while_the_plan_discharges_is_the_batterys_and_while_it_holds_the_grids() -> None:
    serving = steady([{"discharge_kw": 1.0, "import_kw": 0.04}] * 4)
    held = steady([{"import_kw": 1.0}] * 4)
    by_battery = lived(serving, load_kw=1.2, pv_kw=0.0)
    by_grid = lived(held, load_kw=3.0, pv_kw=0.0)
    assert max(one.flows.import_kw for one in by_battery[:40]) == pytest.approx(0, abs=1e-9)
    assert min(one.soc for one in by_grid) == pytest.approx(50.0)


def test_a_house_does_not_buy_dear_what_is_to_be_sold_cheap_after_it() -> None:
    """Something of 3 kW comes on for an hour that nobody planned, before an hour of selling."""
    serving = {"discharge_kw": 1.0, "import_per_kwh": 2.2}
    selling = {"discharge_kw": 5.0, "export_kw": 4.0, "export_per_kwh": 1.0}
    plan = steady([serving] * 4 + [selling] * 4)
    moments = lived(plan, load_kw=4.0, pv_kw=0.0)
    assert kwh(moments[:60], lambda flows: flows.import_kw) == pytest.approx(0, abs=0.01)
    assert abs(moments[-1].soc - (plan.slots[-1].soc_percent or 0)) < 2


def test_a_house_keeps_what_is_needed_later_for_more() -> None:
    serving = {"discharge_kw": 1.0, "import_per_kwh": 2.2}
    plan = steady([serving] * 4 + [{"import_kw": 1.0}] * 4 + [serving] * 4)
    first = lived(plan, load_kw=4.0, pv_kw=0.0)[:60]
    assert min(one.soc for one in first) > (plan.slots[3].soc_percent or 0) - 0.1


def test_less_load_than_a_discharge_was_planned_for_sells_nothing() -> None:
    plan = steady([{"discharge_kw": 2.0, "load_kw": 2.0}] * 8)
    moments = lived(plan, load_kw=0.4, pv_kw=0.0)
    assert kwh(moments, lambda flows: flows.export_kw) == 0


def test_the_settings_of_a_wavering_day_are_few() -> None:
    kinds: list[Kind] = ["pv", "pv", "sell", "discharge", "grid", "hold", "export"]
    plan = a_day(kinds, load_kw=0.5, pv_kw=3.5)
    world = World(
        parts=PARTS,
        config=CONFIG,
        load_kw=wavering(0.5, 0.5),
        pv_kw=wavering(3.5, 3.5, seed=2),
        schedule=lambda _: plan,
    )
    moments = live(world, NOON, len(plan.slots) * SLOT)
    changes = switches(
        moments,
        lambda one: (one.command.intent, one.command.soc_target_percent, one.command.charge_kw),
    )
    assert changes < len(plan.slots)


def test_an_emergency_is_left_by_itself() -> None:
    world = World(
        parts=replace(PARTS, initial_soc_percent=4.0), config=CONFIG, load_kw=lambda _: 1.0
    )
    moments = live(world, NOON, timedelta(hours=1))
    rules = list(dict.fromkeys(one.decision.rule for one in moments))
    assert rules == ["emergency_charge", "no_schedule"]
    assert max(one.soc for one in moments) < 15
    assert switches(moments, lambda one: one.decision.rule) == 1

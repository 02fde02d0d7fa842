"""A day as the planner plans it, lived by the executor in load and sun that waver by the minute."""

from collections.abc import Callable
from datetime import datetime
from functools import cache
from math import pi, sin
from random import Random

import pytest
from unit.executor.lived import MINUTE, Moment, World, live, switches
from unit.planner.houses import NOON, house, prices

from darkstar_common.config import Config
from darkstar_common.contract import QuantileForecast, QuantileSlot, Schedule, Service
from darkstar_common.slots import SLOT
from darkstar_planner.core.inputs import Inputs
from darkstar_planner.core.plan import plan
from darkstar_planner.core.schedule import schedule
from darkstar_planner.core.strategy import Wishes
from darkstar_simulator.core.parameters import (
    BatteryParameters,
    HouseParameters,
    InverterParameters,
    TankParameters,
)

SLOTS = 96
CONFIG = Config.model_validate(
    {"water_heater": None, "planner": {"horizon_hours": 24, "scenarios": 1}}
)
PARTS = HouseParameters(
    battery=BatteryParameters(
        capacity_kwh=10.0, max_charge_kw=5.0, max_discharge_kw=5.0, charge_efficiency=0.95,
        discharge_efficiency=0.95, standby_kw=0.0, taper=(),
    ),
    inverter=InverterParameters(own_kw=0.0, ac_limit_kw=20.0),
    tank=TankParameters(heater_kw=0.001, draw_kwh_per_day=0.0),
    initial_soc_percent=30.0,
)  # fmt: skip
NOISE = Random(3)  # noqa: S311 (weather, no secret)
CLOUDS = [NOISE.uniform(0.9, 1.1) for _ in range(SLOTS)]
LOADS = [NOISE.uniform(0.3, 0.9) for _ in range(SLOTS)]


def sun(number: int) -> float:
    return max(0.0, 6 * sin(pi * (number - 4) / 48)) * CLOUDS[number] if 4 < number < 52 else 0.0


def forecast(quantity: str, kw: Callable[[int], float]) -> QuantileForecast:
    return QuantileForecast.model_validate({
        "sender": Service.FORECASTER, "emitted_at": NOON, "quantity": quantity,
        "issued_at": NOON, "model_version": "test", "level": "test",
        "slots": [
            QuantileSlot(
                start=NOON + n * SLOT, p10_kw=kw(n) * 0.7, p50_kw=kw(n), p90_kw=kw(n) * 1.3
            )
            for n in range(SLOTS)
        ],
    })  # fmt: skip


@cache
def planned() -> Schedule:
    """A sunny day with two dear times: it sells, waits for cheap hours, stores, sells again."""
    curve = prices(count=SLOTS, of=lambda start: 1.5 + 0.8 * sin((start.hour - 8) / 6 * pi))
    earned = tuple(
        one.model_copy(update={"export_per_kwh": round(0.6 * (one.import_per_kwh - 0.5), 3)})
        for one in curve.slots
    )
    known = Inputs(config=CONFIG, wishes=Wishes.of(CONFIG))
    for message in (
        curve.model_copy(update={"slots": earned}),
        forecast("load", lambda number: LOADS[number]),
        forecast("pv", sun),
        house(30.0),
    ):
        known = known.updated(message)
    problem = known.planned(NOON)
    return schedule(problem, plan(problem.problem), now=NOON, cause=None)


def lived(*, more_sun: float = 1.0, more_load: float = 1.0) -> list[Moment]:
    draws = Random(1)  # noqa: S311 (likewise)
    waver = [(draws.uniform(0.5, 1.5), draws.uniform(0.3, 1.7)) for _ in range(24 * 60)]
    rows = planned()

    def power(of: str, which: int, share: float) -> Callable[[datetime], float]:
        def kw(now: datetime) -> float:
            slot = rows.slots[(now - NOON) // SLOT]
            return float(getattr(slot, of)) * share * waver[(now - NOON) // MINUTE][which]

        return kw

    world = World(
        parts=PARTS,
        config=CONFIG,
        load_kw=power("load_kw", 1, more_load),
        pv_kw=power("pv_kw", 0, more_sun),
        schedule=lambda _: rows,
    )
    return live(world, NOON, SLOTS * SLOT)


def cost(moments: list[Moment]) -> float:
    """What the day cost at the schedule's prices [currency]."""
    total = 0.0
    for one in moments:
        slot = planned().slots[(one.at - NOON) // SLOT]
        total += one.flows.import_kw * slot.import_per_kwh
        total -= one.flows.export_kw * slot.export_per_kwh
    return total / 60


def test_a_wavering_day_earns_what_was_planned_with_few_changes() -> None:
    moments, rows = lived(), planned()
    assert cost(moments) <= rows.cost + 0.05 * abs(rows.cost)
    assert abs(moments[-1].soc - (rows.slots[-1].soc_percent or 0)) < 2
    assert switches(moments, lambda one: one.command.intent) <= 20
    assert switches(moments, lambda one: one.command.charge_kw) < 30
    assert switches(moments, lambda one: one.command.discharge_kw) < 30
    assert switches(moments, lambda one: one.command.soc_target_percent) < 30


@pytest.mark.parametrize("more_sun", [1.3, 0.7])
def test_more_or_less_sun_costs_no_more_than_its_own_worth(more_sun: float) -> None:
    """Each kWh of it is worth at most the dearest sale, and at least nothing."""
    usual, other = lived(), lived(more_sun=more_sun)
    extra = (more_sun - 1) * sum(slot.pv_kw for slot in planned().slots) / 4
    gain = cost(usual) - cost(other)
    dearest = max(slot.import_per_kwh for slot in planned().slots)
    assert 0 <= gain / extra <= dearest
    for one in other:
        assert (
            one.flows.curtailed_kw < 1e-6 or one.flows.export_kw > CONFIG.grid.max_export_kw - 0.1
        )


def test_the_battery_is_never_below_its_floor_whatever_the_load() -> None:
    assert min(one.soc for one in lived(more_load=2.0)) >= 12 - 1e-6

"""Each vehicle by itself: planned power, the charger's limits, the guard, and hands off."""

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from unit.executor.lived import World, live
from unit.executor.samples import NOON, schedule
from unit.executor.situations import HOUR, HOUSE, NOTHING, PAUSED, override, situation

from darkstar_common.config import Config, Ev
from darkstar_common.slots import SLOT
from darkstar_executor.core.cars import EV_RULES, GIVEN_BACK
from darkstar_executor.core.decide import Decision, decide
from darkstar_executor.core.guard import NO_TRIM, Trim
from darkstar_executor.core.memory import NO_MEMORY
from darkstar_executor.core.wishes import Wishes
from darkstar_simulator.core.parameters import HouseParameters, WallboxParameters

TWO = HOUSE.model_copy(
    update={"evs": (Ev(id="car"), Ev(id="van", max_charge_kw=3.7, min_charge_kw=2.0, phases=1))}
)


def driven(plan: dict[str, float] | None = None, **known: Any) -> Decision:
    rows = None if plan is None else schedule(NOTHING | {"evs": plan})
    return decide(situation(**{"config": TWO, "schedule": rows} | known))


def test_each_vehicle_has_its_own_power_and_its_own_row() -> None:
    decision = driven({"car": 7.0, "van": 0.0})
    assert decision.command.evs == {"car": 7.0, "van": 0.0}
    assert decision.ev_rules == {"car": "plan", "van": "plan"}


def test_a_vehicle_that_the_plan_does_not_know_is_left_alone() -> None:
    decision = driven({"car": 7.0})
    assert decision.command.evs == {"car": 7.0}
    assert decision.ev_rules == {"car": "plan", "van": "no_plan"}


def test_a_vehicle_that_the_house_does_not_know_is_not_commanded() -> None:
    assert driven({"tram": 30.0}).command.evs == {}


@pytest.mark.parametrize(
    ("planned", "told"),
    [(0.0, 0.0), (0.04, 0.0), (1.9, 0.0), (1.99, 1.99), (2.0, 2.0), (3.7, 3.7), (9.0, 3.7)],
)
def test_a_power_is_one_that_the_charger_can_give(planned: float, told: float) -> None:
    assert driven({"van": planned}).command.evs["van"] == told


@given(st.floats(0, 50), st.none() | st.floats(0, 50))
def test_no_power_is_outside_the_chargers_range(planned: float, most: float | None) -> None:
    trim = NO_TRIM if most is None else Trim(evs={"car": most})
    power = driven({"car": planned}, trim=trim).command.evs["car"]
    assert power == 0 or 1.4 - 0.05 <= power <= 11


def test_the_guard_cuts_one_vehicle_and_leaves_the_other() -> None:
    decision = driven({"car": 7.0, "van": 3.0}, trim=Trim(evs={"car": 4.0}, reason="fuse: car"))
    assert decision.command.evs == {"car": 4.0, "van": 3.0}
    assert decision.ev_rules == {"car": "peak_guard", "van": "plan"}
    assert decision.trimmed == "fuse: car"


def test_the_guard_never_gives_more_than_planned() -> None:
    assert driven({"car": 2.0}, trim=Trim(evs={"car": 4.0})).command.evs == {"car": 2.0}


@pytest.mark.parametrize(
    ("known", "evs"),
    [
        ({"wishes": Wishes(automation=False)}, {"car": 0.0, "van": 0.0}),
        ({"automation_on": False}, {"car": 0.0, "van": 0.0}),
        ({"wishes": override("stop")}, {"car": 0.0, "van": 0.0}),
        ({"grid_available": False}, {"car": 0.0, "van": 0.0}),
        ({"wishes": PAUSED}, {}),
        ({"wishes": override("force_charge")}, {"car": 7.0, "van": 3.0}),
        ({"wishes": override("hold")}, {"car": 7.0, "van": 3.0}),
    ],
)
def test_what_people_ask_for_and_an_outage_stop_all_or_leave_them(
    known: dict[str, Any], evs: dict[str, float]
) -> None:
    assert driven({"car": 7.0, "van": 3.0}, **known).command.evs == evs


def test_a_vehicle_that_nobody_plans_gets_its_power_back_for_some_minutes() -> None:
    memory, told = NO_MEMORY, []
    for minute in range(12):
        trim = Trim(evs={"car": 3.0}) if 1 <= minute < 4 else NO_TRIM
        now = NOON + timedelta(minutes=minute)
        decision = driven(None, now=now, trim=trim, memory=memory)
        memory = decision.memory
        told.append((decision.ev_rules["car"], decision.command.evs.get("car")))
    minutes = GIVEN_BACK // timedelta(minutes=1)
    assert told == [
        ("no_plan", None),
        *[("peak_guard", 3.0)] * 3,
        *[("given_back", 11.0)] * minutes,
        *[("no_plan", None)] * (8 - minutes),
    ]
    assert memory == NO_MEMORY


def test_a_plan_that_comes_meanwhile_has_the_word() -> None:
    cut = driven(None, trim=Trim(evs={"car": 3.0}))
    planned = driven({"car": 2.0}, memory=cut.memory)
    assert planned.ev_rules["car"] == "plan"
    assert planned.memory.evs_cut == {}


def test_a_house_without_vehicles_has_no_rows_for_them() -> None:
    config = HOUSE.model_copy(update={"evs": ()})
    decision = decide(situation(config=config, schedule=schedule(NOTHING | {"evs": {"car": 7.0}})))
    assert (decision.command.evs, decision.ev_rules) == ({}, {})


def test_the_last_row_always_applies() -> None:
    last = EV_RULES[-1]
    assert last.applies(situation(), Ev())
    assert last.power_kw(situation(), Ev()) is None


def charged(config: Config, kws: list[float]) -> float:
    """What the simulated car has taken of such a plan [kWh]."""
    parts = HouseParameters(wallbox=WallboxParameters(initial_percent=10.0))
    rows = schedule(*[NOTHING | {"evs": {"car": kw}} for kw in kws], start=NOON + 6 * HOUR)
    world = World(parts=parts, config=config, load_kw=lambda _: 0.5, schedule=lambda _: rows)
    moments = live(world, NOON + 6 * HOUR, len(kws) * SLOT)
    return sum(one.flows.ev_kw for one in moments) / 60


def test_the_simulated_car_gets_what_the_plan_gives_it() -> None:
    config = HOUSE.model_copy(update={"evs": (Ev(min_charge_kw=4.14),)})
    kws = [0.0, 7.0, 7.0, 11.0, 0.0, 5.0, 3.0, 0.0]
    assert charged(config, kws) == pytest.approx((7 + 7 + 11 + 5) / 4, abs=0.05)

"""The battery's capacity, efficiencies and worth are found from what flowed through it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from unit.forecaster.reflex.learned import DAY, HOUSE, MORNING, stepped
from unit.forecaster.reflex.observing import Row, TrueBattery, a_look, seen

from darkstar_common.config import Config
from darkstar_forecaster.core.reflex import Learnings, weigh
from darkstar_forecaster.core.reflex.round_trip import efficiencies, throughput
from darkstar_forecaster.core.reflex.swings import Swing, capacity, swings
from darkstar_forecaster.core.reflex.worth import wear, worth

DAYS = 20


def with_battery(**update: object) -> Config:
    return Config(**(HOUSE.model_dump() | {"battery": HOUSE.model_dump()["battery"] | update}))


def without(rows: list[Row], every: int, **change: object) -> list[Row]:
    return [one | change if not number % every else one for number, one in enumerate(rows)]


@settings(max_examples=10, deadline=None)
@given(true=st.floats(22.0, 31.0), rounding=st.integers(0, 2))
def test_a_battery_that_holds_less_is_found_out(true: float, rounding: int) -> None:
    rows = seen(DAYS, TrueBattery(capacity_kwh=true, rounding=rounding))
    found = capacity(a_look(rows))
    assert found is not None
    assert found.wanted == pytest.approx(true, rel=0.02)
    assert found.samples >= 10


def test_it_can_be_found_to_hold_more() -> None:
    rows = seen(DAYS, TrueBattery(capacity_kwh=34.2))
    found = capacity(a_look(rows, config=with_battery(capacity_kwh=31.0)))
    assert found is not None
    assert found.wanted == pytest.approx(34.2, rel=0.01)


@pytest.mark.parametrize("true", [33.0, 34.2, 35.5])
def test_a_battery_that_nearly_holds_what_it_should_is_left_alone(true: float) -> None:
    assert capacity(a_look(seen(DAYS, TrueBattery(capacity_kwh=true)))) is None


def test_a_day_takes_one_step_and_the_config_bounds_it() -> None:
    rows = seen(DAYS, TrueBattery(capacity_kwh=10.0))
    (proposal,) = [one for one in weigh(a_look(rows)) if one.parameter == "battery_capacity_kwh"]
    assert proposal.proposed == pytest.approx(34.2 - 0.684)
    assert proposal.lowest == pytest.approx(17.1)


def test_on_its_way_it_does_not_stop_at_the_edge_of_the_band() -> None:
    rows = seen(DAYS, TrueBattery(capacity_kwh=30.0))
    known = stepped(Learnings(), "battery_capacity_kwh", 31.2, MORNING - DAY)
    found = capacity(a_look(rows, learnings=known))
    assert found is not None
    long_ago = stepped(Learnings(), "battery_capacity_kwh", 31.2, MORNING - 8 * DAY)
    assert capacity(a_look(rows, learnings=long_ago)) is None
    arrived = stepped(Learnings(), "battery_capacity_kwh", 30.5, MORNING - DAY)
    assert capacity(a_look(rows, learnings=arrived)) is None


def test_wrong_efficiencies_hardly_change_the_capacity() -> None:
    rows = seen(DAYS, TrueBattery(capacity_kwh=30.0, charge=0.9, discharge=0.9))
    found = capacity(a_look(rows))
    assert found is not None
    assert found.wanted == pytest.approx(30.0, rel=0.01)


def test_few_swings_prove_nothing() -> None:
    assert capacity(a_look(seen(4, TrueBattery(capacity_kwh=20.0)))) is None


def test_a_swing_ends_at_what_is_unknown_or_turns() -> None:
    rows = [one for one in seen(3) if one["charge_kwh"] or one["discharge_kwh"]]
    whole = swings(iter(rows))
    assert {one.kind for one in whole} == {"charge", "discharge"}
    assert swings(iter(without(rows, 4, soc_end=None))) == []
    assert swings(iter(without(rows, 4, charge_kwh=None))) == []
    assert swings(iter(without(rows, 4, discharge_kwh=1.0, charge_kwh=1.0))) == []
    assert swings(iter(without(rows, 4, start=MORNING + timedelta(days=9)))) == []
    jumps = [
        one
        if number % 4
        else one | {"soc_start": one["soc_start"] - 10, "soc_end": one["soc_end"] - 10}
        for number, one in enumerate(rows)
    ]
    assert swings(iter(jumps)) == []


def test_the_ends_of_the_scale_are_left_out() -> None:
    battery = TrueBattery(capacity_kwh=34.2, soc=5.0)
    rows = seen(3, battery)
    high = [one | {"soc_start": 99.0, "soc_end": 99.5} for one in rows]
    assert swings(iter(high)) == []


def test_what_is_lost_at_rest_is_counted() -> None:
    up = Swing(kind="charge", energy_kwh=20.0, points=60.0, hours=5.0)
    down = Swing(kind="discharge", energy_kwh=17.0, points=60.0, hours=5.0)
    assert up.capacity_kwh(0.9, 0.9, 0.1) == pytest.approx((18 - 0.5) / 0.6)
    assert down.capacity_kwh(0.9, 0.9, 0.1) == pytest.approx((17 / 0.9 + 0.5) / 0.6)


@settings(max_examples=10, deadline=None)
@given(charge=st.floats(0.85, 0.93), discharge=st.floats(0.85, 0.93))
def test_a_poor_round_trip_is_found_out(charge: float, discharge: float) -> None:
    rows = seen(60, TrueBattery(charge=charge, discharge=discharge))
    found = efficiencies(a_look(rows))
    assert [one.parameter for one in found] == ["charge_efficiency", "discharge_efficiency"]
    assert found[0].wanted * found[1].wanted == pytest.approx(charge * discharge, rel=0.01)
    assert found[0].wanted == pytest.approx(found[1].wanted)


def test_efficiencies_that_are_right_stay() -> None:
    assert efficiencies(a_look(seen(60))) == ()
    assert weigh(a_look(seen(60))) == ()


def test_what_is_left_in_the_battery_is_no_loss() -> None:
    noon = MORNING.replace(hour=13)
    rows = seen(22, now=noon)
    assert rows[-1]["soc_end"] - rows[0]["soc_start"] > 60
    assert efficiencies(a_look(rows, now=noon)) == ()


def test_fewer_than_ten_cycles_prove_nothing() -> None:
    assert efficiencies(a_look(seen(9, TrueBattery(charge=0.8)))) == ()


def test_an_efficiency_goes_by_half_a_percent_and_not_above_one() -> None:
    rows = seen(60, TrueBattery(charge=0.85))
    proposals = {one.parameter: one for one in weigh(a_look(rows))}
    assert proposals["charge_efficiency"].proposed == pytest.approx(0.945)
    assert proposals["discharge_efficiency"].proposed == pytest.approx(0.945)
    perfect = {one.parameter: one for one in weigh(a_look(
        seen(60, TrueBattery(charge=1.0, discharge=1.0)),
        learnings=Learnings(values={"charge_efficiency": 0.999}),
    ))}  # fmt: skip
    assert perfect["charge_efficiency"].proposed == 1.0


def test_standing_losses_are_not_taken_for_inefficiency() -> None:
    rows = seen(60)
    lossy = [one | {"soc_end": one["soc_end"]} for one in rows]
    found = throughput(a_look(lossy).house)
    assert found.hours == pytest.approx(60 * 24)
    # so much that the configured standby explains half of what is missing
    poor = seen(60, TrueBattery(charge=0.93, discharge=0.93))
    plain, told = (
        efficiencies(a_look(poor, config=with_battery(standby_kw=kw))) for kw in (0.0, 0.01)
    )
    assert told[0].wanted > plain[0].wanted


def test_short_stretches_are_left_out() -> None:
    rows = without(seen(60), 90, soc_end=None)
    assert throughput(a_look(rows).house).stretches == 0
    rows = without(seen(60), 200, charge_kwh=None)
    assert throughput(a_look(rows).house).stretches >= 28


def bought_and_sold(buy: float, sell: float, slots: int = 80) -> list[Row]:
    """A battery that charges from the grid at `buy` and saves import at `sell`, all day."""
    rows = seen(slots / 96 * 30)
    changed: list[Row] = []
    for number, one in enumerate(rows):
        charging = number % 2 == 0
        changed.append(
            one
            | {
                "charge_kwh": 1.0 if charging else 0.0,
                "discharge_kwh": 0.0 if charging else 0.9,
                "import_kwh": 1.25 if charging else 0.35,
                "export_kwh": 0.0,
                "import_per_kwh": buy if charging else sell,
                "export_per_kwh": 0.1,
            }
        )
    return changed


def test_the_worth_is_of_the_battery_and_not_of_the_house() -> None:
    """A house that only buys has a bill; its battery earns all the same."""
    found = worth(a_look(bought_and_sold(0.5, 2.0)).house)
    assert found.paid_per_kwh == pytest.approx(0.5)
    assert found.earned_per_kwh == pytest.approx(2.0)
    assert found.discharge_kwh == pytest.approx(0.9 * found.charge_kwh)


def test_charging_from_surplus_costs_what_it_would_have_sold_for() -> None:
    rows = [
        one | {"import_kwh": 0.0, "export_kwh": 0.5, "charge_kwh": 1.0, "discharge_kwh": 0.0}
        for one in seen(1)
    ]
    found = worth(a_look([one | {"export_per_kwh": 0.3} for one in rows]).house)
    assert found.paid_per_kwh == pytest.approx(0.3)
    assert found.earned_per_kwh == 0.0


def test_cycles_that_do_not_earn_their_wear_make_it_count_more() -> None:
    found = wear(a_look(bought_and_sold(1.9, 2.0)))
    assert found is not None
    realised = 2.0 - 1.9 / 0.95**2
    assert found.figures["realised_per_kwh"] == pytest.approx(realised, abs=1e-4)
    assert found.wanted == pytest.approx(0.2 + 0.3 * (0.2 - realised))
    (proposal,) = [
        one for one in weigh(a_look(bought_and_sold(1.9, 2.0))) if "wear" in one.parameter
    ]
    assert proposal.proposed == pytest.approx(0.25)


def test_cycles_that_earn_enough_again_bring_it_back_and_no_further() -> None:
    known = Learnings(values={"wear_cost_per_kwh": 0.3}, bases={"wear_cost_per_kwh": 0.2})
    found = wear(a_look(bought_and_sold(0.5, 2.0), learnings=known))
    assert found is not None
    assert found.wanted == pytest.approx(0.2)
    assert wear(a_look(bought_and_sold(0.5, 2.0))) is None


def test_a_worth_near_the_wear_proves_nothing() -> None:
    trip = 0.95**2
    assert wear(a_look(bought_and_sold((2.0 - 0.15) * trip, 2.0))) is None
    assert wear(a_look(bought_and_sold(1.9, 2.0, slots=10))) is None
    assert wear(a_look(bought_and_sold(1.9, 2.0), config=with_battery(wear_cost_per_kwh=0))) is None


def test_without_a_battery_there_is_nothing_of_it() -> None:
    bare = HOUSE.model_copy(update={"battery": None})
    rows = seen(60, TrueBattery(capacity_kwh=20, charge=0.8))
    assert weigh(a_look(rows, config=bare)) == ()
    nothing = [
        one | {"charge_kwh": None, "discharge_kwh": None, "soc_start": None, "soc_end": None}
        for one in rows
    ]
    assert weigh(a_look(nothing)) == ()
    assert weigh(a_look([])) == ()

"""Selling at the dearest hours: which they are, and what the planner's answer says of it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.gateway_app import NOON
from support.gateway_house import schedule

from darkstar_common.config import Config
from darkstar_common.contract import Money, ScheduleSlot, Service, Simulated
from darkstar_common.slots import SLOT
from darkstar_gateway.core.peaks import Reach, export_step, peak_sales

REACH = Reach(discharge_kw=4.0, ac_kw=8.0, export_kw=8.0)


def slot(number: int, price: float, *, export_kw: float = 0.0) -> ScheduleSlot:
    return ScheduleSlot(
        start=NOON + number * SLOT,
        import_kw=0.0,
        export_kw=export_kw,
        charge_kw=0.0,
        discharge_kw=0.0,
        soc_percent=50.0,
        load_kw=0.0,
        pv_kw=0.0,
        import_per_kwh=price + 1,
        export_per_kwh=price,
        price_kind="published",
    )


def test_the_dearest_hours_are_sold_in_first() -> None:
    slots = [slot(0, 9.0), slot(1, 1.0), slot(2, 3.0), slot(3, 2.0)]
    assert peak_sales(slots, REACH, after=NOON, kwh=1.5) == {
        NOON + 2 * SLOT: 4.0,
        NOON + 3 * SLOT: 2.0,
    }


def test_the_slot_that_has_begun_is_left_alone() -> None:
    assert peak_sales([slot(0, 9.0)], REACH, after=NOON, kwh=1.0) == {}


def test_of_equal_prices_the_earlier_is_sold_in() -> None:
    slots = [slot(2, 5.0), slot(1, 5.0)]
    assert list(peak_sales(slots, REACH, after=NOON, kwh=1.0)) == [NOON + SLOT]


def test_what_is_sold_anyway_is_not_made_less() -> None:
    found = peak_sales([slot(1, 5.0, export_kw=3.0)], REACH, after=NOON, kwh=0.25)
    assert found == {NOON + SLOT: 3.0}


@given(
    prices=st.lists(st.floats(-5, 20), min_size=1, max_size=40),
    kwh=st.floats(0.01, 60),
    power_kw=st.floats(0.2, 20),
)
def test_no_more_is_asked_for_than_a_slot_takes_nor_less_than_there_is_room(
    prices: list[float], kwh: float, power_kw: float
) -> None:
    slots = [slot(number, price) for number, price in enumerate(prices)]
    before = NOON - timedelta(minutes=1)
    reach = Reach(discharge_kw=power_kw, ac_kw=99.0, export_kw=99.0)
    found = peak_sales(slots, reach, after=before, kwh=kwh)
    assert all(0 < one <= power_kw + 1e-9 for one in found.values())
    room = len(slots) * power_kw * 0.25
    assert sum(found.values()) * 0.25 == pytest.approx(min(kwh, room))
    taken = [one.export_per_kwh for one in slots if one.start in found]
    left = [one.export_per_kwh for one in slots if one.start not in found]
    assert min(taken) >= max(left, default=-99)


@pytest.mark.parametrize(
    ("config", "kw"),
    [
        ({"battery": {"max_discharge_kw": 9}, "inverter": {"max_ac_kw": 8}}, 8.0 - 1.0),
        ({"battery": {"max_discharge_kw": 3}}, 3.0 + 0.5 - 1.0),
        ({"grid": {"max_export_kw": 2}}, 2.0),
        ({"battery": None}, 0.0),
    ],
)
def test_what_can_be_sold_is_bounded_by_battery_inverter_meter_and_the_house(
    config: dict[str, object], kw: float
) -> None:
    needs = slot(0, 1.0).model_copy(update={"load_kw": 1.0, "pv_kw": 0.5})
    assert Reach.of(Config.model_validate(config)).room_kw(needs) == pytest.approx(kw)


def test_a_slot_without_room_is_left_out() -> None:
    busy = slot(1, 9.0).model_copy(update={"load_kw": 5.0})
    assert list(peak_sales([busy, slot(2, 1.0)], REACH, after=NOON, kwh=1)) == [NOON + 2 * SLOT]


def answer(**fields: object) -> Simulated:
    made = schedule(NOON)
    return Simulated.model_validate(
        {
            "sender": Service.PLANNER,
            "emitted_at": NOON,
            "accepted": True,
            "reason": "so it would be",
            "cost": 10.0,
            "objective": 8.0,
            "import_cost": 14.0,
            "export_revenue": 5.0,
            "wear_cost": 1.0,
            "stored_worth": 2.0,
            "schedule": made.model_dump(mode="json"),
            **fields,
        }
    )


def test_the_net_is_of_the_bill_and_of_what_is_left_in_storage() -> None:
    usual = Money(
        cost=9.0,
        objective=7.0,
        import_cost=10.0,
        export_revenue=1.0,
        wear_cost=0.0,
        stored_worth=4.0,
        import_kwh=3.0,
        export_kwh=1.0,
    )
    found = export_step(3.0, {}, answer(usual=usual.model_dump()))
    assert found.net == pytest.approx((2.0 - 10.0) - (4.0 - 9.0))
    assert (found.money.import_cost, found.money.wear_cost) == (14.0, 1.0)
    assert found.usual == usual


def test_without_a_usual_plan_the_net_is_unknown() -> None:
    assert export_step(3.0, {}, answer()).net is None


def test_realised_is_what_the_plan_sells_in_these_hours_alone() -> None:
    slots = schedule(NOON).slots
    busiest = max(slots, key=lambda one: one.export_kw)
    found = export_step(3.0, {busiest.start: 4.0}, answer())
    assert found.realised_kwh == pytest.approx(busiest.export_kw / 4)
    assert found.money.export_kwh == pytest.approx(sum(one.export_kw for one in slots) / 4)


def test_an_answer_without_a_plan_is_none() -> None:
    with pytest.raises(ValueError, match="no plan"):
        export_step(3.0, {}, answer(schedule=None))

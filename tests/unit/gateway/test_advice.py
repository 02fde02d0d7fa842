from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.gateway_app import Gateway
from support.gateway_house import schedule, slot

from darkstar_common.config import Appliance
from darkstar_common.contract import SCHEDULE, Schedule, ScheduleSlot
from darkstar_common.slots import SLOT, SLOT_HOURS
from darkstar_gateway.core.advice import ApplianceAdvice, advice, price_of
from darkstar_gateway.core.story import ahead, chapters

NOON = datetime(2026, 6, 12, 12, tzinfo=UTC)
WASHER = Appliance(id="washing_machine", duration_hours=1.0, power_kw=2.0)


def a_slot(number: int, **said: Any) -> ScheduleSlot:
    """A dull slot, but for what is said."""
    plain = slot(NOON, 50.0).model_copy(
        update={
            "start": NOON + number * SLOT, "import_kw": 0.5, "export_kw": 0.0, "charge_kw": 0.0,
            "discharge_kw": 0.0, "curtailed_kw": 0.0, "water_kw": 0.0, "ev_kw": 0.0,
            "load_kw": 0.5, "pv_kw": 0.0, "import_per_kwh": 2.0, "export_per_kwh": 1.0,
            "price_kind": "published", "reason": "", "soc_percent": 50.0,
        }
    )  # fmt: skip
    return plain.model_copy(update=said)


def a_plan(*slots: ScheduleSlot) -> Schedule:
    end = slots[-1].start + SLOT
    return schedule(NOON).model_copy(update={"slots": slots, "valid_until": end})


def told(plan: Schedule | None, appliance: Appliance = WASHER) -> ApplianceAdvice:
    (found,) = advice([appliance], plan, NOON + timedelta(minutes=4))
    return found


def test_the_cheapest_hour_is_advised_and_what_it_saves() -> None:
    prices = [3.0] * 8 + [1.0] * 4 + [2.0] * 8
    plan = a_plan(*(a_slot(n, import_per_kwh=price) for n, price in enumerate(prices)))
    found = told(plan)
    assert found.now is not None
    assert found.best is not None
    assert found.now.cost == pytest.approx(6.0)
    assert found.best.start == NOON + 8 * SLOT
    assert found.best.cost == pytest.approx(2.0)
    assert found.saved == pytest.approx(4.0)
    assert found.worth_waiting
    assert found.energy_kwh == 2.0
    assert len(found.starts) == 17, "the last run has to end with the plan"


def test_sun_that_would_be_sold_goes_before_a_low_price() -> None:
    sunny = {"import_kw": 0.0, "export_kw": 3.0, "pv_kw": 4.0, "export_per_kwh": 0.1}
    plan = a_plan(
        *(a_slot(n, import_per_kwh=0.5) for n in range(4)),
        *(a_slot(n, **sunny) for n in range(4, 8)),
    )
    found = told(plan)
    assert found.best is not None
    assert found.now is not None
    assert found.best.start == NOON + 4 * SLOT
    assert found.best.surplus_share == 1.0
    assert found.now.surplus_share == 0.0
    assert found.best.cost == pytest.approx(0.2)


def test_what_is_sold_from_the_battery_is_no_sun() -> None:
    found = told(a_plan(*(a_slot(n, export_kw=3.0, discharge_kw=3.5) for n in range(4))))
    assert found.best is not None
    assert found.best.surplus_share == 0.0
    assert found.best.cost == pytest.approx(2.0), "but it costs what selling would have brought"


def test_sun_that_would_be_thrown_away_costs_nothing() -> None:
    found = told(a_plan(*(a_slot(n, curtailed_kw=2.0, pv_kw=3.0) for n in range(4))))
    assert found.best is not None
    assert found.best.cost == 0.0
    assert found.best.surplus_share == 1.0
    assert not found.worth_waiting


def test_when_all_hours_are_alike_it_may_start_at_once() -> None:
    found = told(a_plan(*(a_slot(n) for n in range(12))))
    assert found.best == found.now
    assert found.saved == 0.0
    assert not found.worth_waiting


def test_a_run_over_a_forecast_price_says_so() -> None:
    kinds = ["published"] * 4 + ["forecast"] * 4
    plan = a_plan(*(a_slot(n, price_kind=kind) for n, kind in enumerate(kinds)))
    assert [one.price_kind for one in told(plan).starts] == ["published"] + ["forecast"] * 4


def test_it_does_not_look_further_than_a_day() -> None:
    plan = a_plan(*(a_slot(n, import_per_kwh=10.0 - n / 40) for n in range(200)))
    best = told(plan).best
    assert best is not None
    assert best.start == NOON + 96 * SLOT


@pytest.mark.parametrize("plan", [None, a_plan(*(a_slot(n - 40) for n in range(8)))])
def test_without_a_plan_nothing_is_advised(plan: Schedule | None) -> None:
    found = told(plan)
    assert (found.now, found.best, found.saved, found.starts) == (None, None, None, ())
    assert not found.worth_waiting


def test_a_run_that_is_longer_than_the_plan_has_no_start() -> None:
    endless = Appliance(id="kiln", duration_hours=1e12, power_kw=9.0)
    assert told(a_plan(*(a_slot(n) for n in range(8))), endless).starts == ()


def test_of_a_plan_that_has_yet_to_begin_only_later_starts_are_known() -> None:
    found = told(a_plan(*(a_slot(n + 4) for n in range(8))))
    assert found.now is None
    assert found.best is not None
    assert found.saved is None


_POWERS = st.floats(0.0, 6.0)
_SLOTS = st.lists(
    st.tuples(_POWERS, _POWERS, st.floats(-1.0, 5.0), st.floats(-1.0, 3.0)),
    min_size=1,
    max_size=40,
)


@given(_SLOTS, st.floats(0.1, 12.0), st.floats(0.05, 5.0))
def test_no_start_is_cheaper_than_the_one_advised(
    said: list[tuple[float, float, float, float]], hours: float, kw: float
) -> None:
    slots = [
        a_slot(n, export_kw=sold, curtailed_kw=lost, import_per_kwh=high, export_per_kwh=low,
               pv_kw=sold + lost)
        for n, (sold, lost, high, low) in enumerate(said)
    ]  # fmt: skip
    found = told(a_plan(*slots), Appliance(id="x", duration_hours=hours, power_kw=kw))
    assert bool(found.starts) == (hours <= len(slots) / 4)
    for one in found.starts:
        assert found.best is not None
        assert found.best.cost <= one.cost
        first = slots.index(next(two for two in slots if two.start == one.start))
        dearest = max(price_of(kw, two) for two in slots[first:])
        assert one.cost <= max(dearest * found.energy_kwh, 0) + 1e-6


@given(kw=st.floats(0.05, 6.0), sold=_POWERS, lost=_POWERS)
def test_a_kwh_more_costs_what_the_meter_would_show(kw: float, sold: float, lost: float) -> None:
    before = a_slot(0, import_kw=0.0, export_kw=sold, curtailed_kw=lost)
    left = max(kw - lost - sold, 0.0)
    bill = left * before.import_per_kwh + min(max(kw - lost, 0.0), sold) * before.export_per_kwh
    assert price_of(kw, before) * kw == pytest.approx(bill)


def test_the_plan_is_told_as_a_story() -> None:
    plan = a_plan(
        a_slot(0, charge_kw=4.0, import_kw=4.5, import_per_kwh=0.8, reason="cheap now"),
        a_slot(1, charge_kw=4.0, import_kw=4.5, import_per_kwh=0.6, price_kind="forecast"),
        a_slot(2),
        a_slot(3, discharge_kw=2.0, import_kw=0.0, load_kw=2.0, import_per_kwh=3.0),
        a_slot(4, discharge_kw=3.0, export_kw=2.5, import_kw=0.0, export_per_kwh=2.0),
    )
    charge, cover, sale = chapters(plan, NOON)
    assert (charge.kind, charge.kwh) == ("charge_from_grid", 2.0)
    assert charge.per_kwh == pytest.approx(0.7)
    assert charge.money == pytest.approx(1.4)
    assert charge.forecast
    assert charge.reason == "cheap now"
    assert charge.used_from == cover.start
    assert charge.used_per_kwh == pytest.approx(3.0)
    assert (cover.kind, cover.kwh, cover.per_kwh) == ("discharge", 0.5, 3.0)
    assert (sale.kind, sale.kwh) == ("export", 0.625)
    assert sale.money == pytest.approx(1.25)
    assert not sale.forecast


def test_trifles_and_the_past_are_no_part_of_it() -> None:
    plan = a_plan(
        a_slot(0, discharge_kw=5.0),
        a_slot(1, discharge_kw=0.3),
        a_slot(2, water_kw=3.0, import_kw=3.5),
    )
    assert [one.kind for one in chapters(plan, NOON + SLOT)] == ["heat"]
    assert chapters(None, NOON) == ()


def test_what_the_plan_saves_is_against_the_same_house_without_a_battery() -> None:
    plan = a_plan(
        a_slot(0, charge_kw=4.0, import_kw=4.5, import_per_kwh=1.0),
        a_slot(
            1, discharge_kw=4.0, import_kw=0.0, export_kw=3.5, export_per_kwh=2.0, soc_percent=9.0
        ),
    )  # fmt: skip
    found = ahead(plan, NOON)
    assert found is not None
    assert found.cost == pytest.approx(SLOT_HOURS * (4.5 - 7.0))
    assert found.cost_without_battery == pytest.approx(SLOT_HOURS * (0.5 + 1.0))
    assert found.saved == pytest.approx(found.cost_without_battery - found.cost)
    assert found.soc_percent_end == 9
    assert ahead(None, NOON) is None


@given(st.integers(0, 159))
def test_the_story_of_a_real_plan_is_in_order_and_ahead(number: int) -> None:
    now = NOON + number * SLOT
    found = chapters(schedule(NOON), now)
    assert all(one.start >= now for one in found)
    assert all(one.end <= two.start for one, two in pairwise(found))
    assert all(one.used_from is None or one.used_from >= one.end for one in found)


async def test_it_is_served_with_the_currency_and_the_reasons(gateway: Gateway) -> None:
    gateway.live.apply(SCHEDULE.path, schedule(NOON))
    found = (await gateway.get("/api/advice")).json()
    assert found["currency"] == "SEK"
    assert [one["id"] for one in found["appliances"]] == [
        "dishwasher", "washing_machine", "dryer",
    ]  # fmt: skip
    assert found["plan"]
    assert found["ahead"]["saved"] is not None
    assert found["why"] == list(schedule(NOON).why)


async def test_without_a_plan_it_is_served_empty(gateway: Gateway) -> None:
    found = (await gateway.get("/api/advice")).json()
    assert found["plan"] == []
    assert found["ahead"] is None
    assert {one["best"] for one in found["appliances"]} == {None}

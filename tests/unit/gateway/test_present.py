"""What the clock alone changes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.gateway_house import prices, schedule

from darkstar_common.contract import ScheduleSlot
from darkstar_common.slots import SLOT
from darkstar_gateway.core.present import present, purpose, same

NOON = datetime(2026, 6, 12, 12, tzinfo=UTC)
REST: dict[str, Any] = {
    "start": NOON, "import_kw": 0.5, "export_kw": 0, "charge_kw": 0, "discharge_kw": 0,
    "soc_percent": 50, "load_kw": 0.5, "pv_kw": 0, "import_per_kwh": 1, "export_per_kwh": 1,
    "price_kind": "published",
}  # fmt: skip
CURVE, PLAN = prices(NOON), schedule(NOON)
LATER = NOON + timedelta(minutes=20)


@pytest.mark.parametrize(
    ("flows", "expected"),
    [
        ({}, "rest"),
        ({"charge_kw": 3.0, "import_kw": 3.5}, "charge_from_grid"),
        ({"charge_kw": 3.0, "import_kw": 0.5, "pv_kw": 3.0}, "charge_from_pv"),
        ({"charge_kw": 3.0, "import_kw": 3.5, "water_kw": 3.0, "pv_kw": 3.0}, "charge_from_pv"),
        ({"discharge_kw": 0.5, "import_kw": 0}, "discharge"),
        ({"discharge_kw": 5.0, "export_kw": 4.5, "import_kw": 0}, "export"),
        ({"water_kw": 3.0, "import_kw": 3.5}, "heat"),
        ({"ev_kw": 7.0, "import_kw": 7.5}, "drive"),
        ({"charge_kw": 0.05, "export_kw": 2.0}, "rest"),
    ],
)
def test_a_slot_is_for_what_it_mainly_does(flows: dict[str, float], expected: str) -> None:
    assert purpose(ScheduleSlot.model_validate(REST | flows)) == expected


def test_price_and_plan_are_those_of_the_slot() -> None:
    found = present(CURVE, PLAN, LATER)
    (price,) = [one for one in CURVE.slots if one.start == NOON + SLOT]
    (slot,) = [one for one in PLAN.slots if one.start == NOON + SLOT]
    assert found.slot_start == NOON + SLOT
    assert (found.import_per_kwh, found.export_per_kwh) == (
        price.import_per_kwh,
        price.export_per_kwh,
    )
    assert (found.planned, found.planned_soc_percent) == (purpose(slot), slot.soc_percent)
    assert found.currency == "SEK"


def test_what_comes_next_is_the_next_that_differs() -> None:
    found = present(CURVE, PLAN, NOON)
    assert found.next_at is not None
    between = [one for one in PLAN.slots if NOON <= one.start < found.next_at]
    assert {purpose(one) for one in between} == {found.planned}
    (there,) = [one for one in PLAN.slots if one.start == found.next_at]
    assert purpose(there) == found.next_planned != found.planned


@given(st.integers(min_value=-200, max_value=1000))
def test_outside_of_what_is_known_nothing_is_said(slots: int) -> None:
    now = NOON + slots * SLOT
    found = present(CURVE, PLAN, now)
    assert (found.import_per_kwh is None) == (now not in [one.start for one in CURVE.slots])
    assert (found.planned is None) == (now not in [one.start for one in PLAN.slots])
    assert found.next_at is None or found.next_at > now


def test_without_prices_and_plan_it_is_only_the_time() -> None:
    found = present(None, None, LATER)
    assert (found.currency, found.planned, found.next_at) == (None, None, None)


def test_it_stays_the_same_until_the_slot_ends() -> None:
    before = present(CURVE, PLAN, NOON)
    assert same(present(CURVE, PLAN, NOON + timedelta(minutes=14)), before)
    assert not same(present(CURVE, PLAN, NOON + SLOT), before)
    assert not same(before, None)

from math import floor
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from darkstar_executor.core.clamping import clamped, same, shown, unfit
from darkstar_executor.core.entities import Entity
from darkstar_executor.core.setting import Sense

STEPS = [0.1, 0.25, 0.5, 1.0, 5.0, 7.0, 10.0]
SENSES: list[Sense] = ["limit", "ceiling", "floor"]
numbers = st.floats(-1e5, 1e5)
lows = st.integers(-1000, 1000).map(lambda tenths: tenths / 10)
widths = st.integers(0, 20_000).map(lambda tenths: tenths / 10)


def a_number(**more: Any) -> Entity:
    return Entity(entity_id="number.x", component="number", **more)


def a_select(**more: Any) -> Entity:
    return Entity(entity_id="select.x", component="select", **more)


@given(numbers, lows, widths, st.sampled_from(STEPS))
def test_a_clamped_value_is_inside_on_a_step_and_stays(
    value: float, low: float, width: float, step: float
) -> None:
    entity = a_number(minimum=low, maximum=low + width, step=step)
    once = clamped(value, entity)
    assert low <= once <= low + width
    assert clamped(once, entity) == once
    steps = (once - (0.0 if low == -1 and step > 1 and once >= 0 else low)) / step
    assert steps == pytest.approx(round(steps), abs=1e-6)
    payload = entity.spell(once)
    assert payload is not None
    assert low - 1e-6 <= float(payload) <= low + width + 1e-6


@given(numbers, lows, widths, st.sampled_from(STEPS))
def test_a_value_inside_is_moved_by_half_a_step_at_most(
    value: float, low: float, width: float, step: float
) -> None:
    entity = a_number(minimum=low, maximum=low + width, step=step)
    base = 0.0 if low == -1 and step > 1 and width >= 1 else low
    nearest = min(max(value, low), base + floor((low + width - base) / step + 1e-9) * step)
    assert abs(clamped(value, entity) - nearest) <= step / 2 + 1e-6


def test_the_end_of_a_range_in_tenths_can_be_reached() -> None:
    assert clamped(0.3, a_number(minimum=0, maximum=0.3, step=0.1)) == 0.3


@pytest.mark.parametrize(
    ("value", "wanted"), [(0.0, 0.0), (20.0, 0.0), (30.0, 50.0), (4000.0, 4000.0), (-1.0, -1.0)]
)
def test_no_limit_is_never_made_of_a_limit_of_nothing(value: float, wanted: float) -> None:
    """-1 is none at all on such a gateway: the very opposite of 0."""
    assert clamped(value, a_number(minimum=-1, maximum=1_000_000, step=50)) == wanted


@pytest.mark.parametrize(
    ("value", "sense", "step", "wanted"),
    [
        (12.0, "floor", 5.0, 15.0),
        (12.0, None, 5.0, 10.0),
        (93.0, "ceiling", 5.0, 90.0),
        (88.0, "ceiling", 5.0, 85.0),  # a depth of discharge
        (3680.0, "limit", 100.0, 3600.0),
        (-3680.0, "limit", 100.0, -3600.0),
        (5000 / 51.2, "limit", 1.0, 97.0),
        (5000 / 51.2, "limit", 5.0, 95.0),
        (0.3, "limit", 0.1, 0.3),
        (3 * 0.1, "floor", 0.1, 0.3),
        (0.7 / 0.1, "limit", 1.0, 7.0),
        (148.99999999999997, "ceiling", 1.0, 149.0),
        (98.0, "floor", 5.0, 100.0),
    ],
)
def test_what_a_limit_bounds_is_never_passed_on_the_way_to_a_step(
    value: float, sense: Sense | None, step: float, wanted: float
) -> None:
    low = -5000 if value < 0 else 0
    assert clamped(value, a_number(minimum=low, maximum=5000, step=step), sense) == wanted


@pytest.mark.parametrize(("value", "wanted"), [(98.0, 95.0), (96.0, 95.0), (200.0, 95.0)])
def test_a_floor_rises_no_further_than_the_entity_goes(value: float, wanted: float) -> None:
    assert clamped(value, a_number(minimum=0, maximum=97, step=5), "floor") == wanted


@pytest.mark.parametrize(("value", "wanted"), [(0.0, 0.0), (30.0, 0.0), (99.0, 50.0), (-1.0, -1.0)])
def test_a_limit_of_less_than_a_step_is_nothing_and_not_none(value: float, wanted: float) -> None:
    assert clamped(value, a_number(minimum=-1, maximum=1000, step=50), "limit") == wanted


@given(numbers, lows, widths, st.sampled_from(STEPS), st.sampled_from(SENSES))
def test_with_a_sense_it_moves_that_way_by_less_than_a_step_and_once(
    value: float, low: float, width: float, step: float, sense: Sense
) -> None:
    entity = a_number(minimum=low, maximum=low + width, step=step)
    inside = min(max(value, low), low + width)
    once = clamped(value, entity, sense)
    assert clamped(once, entity, sense) == once
    assert clamped(once, entity) == once
    if sense == "floor":
        assert once >= inside - 1e-6 or once + step > low + width - 1e-6
    elif sense == "ceiling":
        assert once <= inside + 1e-6 or (low == -1 and step > 1)
    elif not low == -1 < step:
        assert abs(once) <= abs(inside) + 1e-6 or abs(once - inside) < step


@given(numbers)
def test_without_range_and_step_a_value_stays_as_it_is(value: float) -> None:
    assert clamped(value, a_number()) == value


@pytest.mark.parametrize(
    ("value", "entity", "why"),
    [
        (5.0, a_number(minimum=0, maximum=10), None),
        ("Export First", a_select(options=("Export First",)), None),
        (True, Entity(entity_id="switch.x", component="switch"), None),
        (True, Entity(entity_id="button.x", component="button"), None),
        ("05:00", Entity(entity_id="text.x", component="text"), None),
        (True, a_number(), "none of its values"),
        ("60", a_number(), "none of its values"),
        (1.0, Entity(entity_id="switch.x", component="switch"), "none of its values"),
        (1.0, a_select(options=("1",)), "none of its values"),
        ("Sell", a_select(options=("Export First",)), "does not offer Sell; it has Export First"),
        (float("nan"), a_number(), "nan is no number"),
        (float("inf"), a_number(), "inf is no number"),
        (5.0, a_number(minimum=10, maximum=0), "from 10 to 0"),
    ],
)
def test_what_an_entity_cannot_be_set_to_is_said(value: Any, entity: Entity, why: str) -> None:
    reason = unfit(value, entity)
    assert (reason is None) if why is None else (why in (reason or ""))


@pytest.mark.parametrize(
    ("one", "other", "alike"),
    [
        (60.0, 60.4, True),
        (60.0, 60.6, False),
        (None, 60.0, False),
        (True, True, True),
        (True, 1.0, False),
        ("05:00", "05:00:00", True),
        ("05:00", "05:01", False),
        ("5:00", "5:00:00", False),
        ("Export First", "export first", False),
        (60.0, "60", False),
    ],
)
def test_when_two_values_are_the_same(one: Any, other: Any, alike: bool) -> None:
    assert same(one, other, a_number(step=1.0)) == alike


@pytest.mark.parametrize(
    ("component", "text", "value"),
    [
        ("switch", "ON", True),
        ("switch", "OFF", False),
        ("switch", "on", None),
        ("number", "12.5", 12.5),
        ("number", "twelve", None),
        ("number", "nan", None),
        ("select", "Export First", "Export First"),
        ("text", "05:00", "05:00"),
        ("number", None, None),
    ],
)
def test_what_an_entity_shows(component: str, text: str | None, value: object) -> None:
    assert shown(Entity(entity_id="x", component=component), text) == value

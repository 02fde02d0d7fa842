"""Each slot says why it is as it is, in words a person would use."""

from __future__ import annotations

from typing import Any

import pytest
from unit.planner.problems import a_battery, a_heater, a_problem

from darkstar_planner.core.plan import plan


def said(**fields: Any) -> list[str]:
    return [slot.reason for slot in plan(a_problem(**fields)).slots]


def test_charging_says_what_it_is_for() -> None:
    found = said(import_price=[1.0, 3.0], load_kw=[1.0, 1.0], batteries=[a_battery()])
    assert found[0].startswith("charges: 1.00 now saves 3.00 at ")
    assert found[1] == "discharges: saves import at 3.00"


def test_selling_says_what_it_earns() -> None:
    found = said(
        import_price=[5.0, 5.0],
        export_price=[0.0, 4.0],
        load_kw=[0.0, 0.0],
        batteries=[a_battery(stored_kwh=5.0)],
    )
    assert "discharges: export earns 4.00" in found


@pytest.mark.parametrize(
    ("pv_kw", "words"),
    [(0.0, "runs the hot water at 1.00"), (9.0, "runs the hot water on own power")],
)
def test_a_heater_is_named_without_underscores_and_says_what_it_costs(
    pv_kw: float, words: str
) -> None:
    found = said(
        import_price=[1.0],
        load_kw=[0.0],
        pv_kw=[pv_kw],
        curtailable=False,
        heaters=[a_heater(id="hot_water", locked_on=[0])],
    )
    assert words in found[0]


def test_nothing_to_do_says_so() -> None:
    assert said(import_price=[1.0], load_kw=[1.0]) == ["rests: nothing to gain"]

"""The checker sees each rule that is broken, and nothing where none is."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from unit.planner.problems import a_battery, a_heater, a_problem

from darkstar_planner.core.accounts import accounts
from darkstar_planner.core.check import check
from darkstar_planner.core.dispatch import Dispatch, StorageDispatch
from darkstar_planner.core.problem import Problem

HOUSE: dict[str, Any] = {
    "load_kw": [1.0, 1.0],
    "pv_kw": [1.0, 0.0],
    "grid": {"max_import_kw": 6.0, "max_export_kw": 2.0},
    "inverter": {"max_ac_kw": 4.0},
    "batteries": [a_battery(stored_kwh=5.0, min_kwh=1.0, min_charge_kw=0.5)],
    "heaters": [a_heater(min_spacing_hours=2.0, off_before_slots=1)],
    "deferrables": [{"id": "washer", "power_kw": 1.0, "hours": 1.0, "deadline_slot": 1}],
}
ZERO = (0.0, 0.0)


def a_house(**fields: Any) -> Problem:
    return a_problem((1.0, 2.0), **(HOUSE | fields))


def a_dispatch(
    charge: tuple[float, ...] = ZERO,
    discharge: tuple[float, ...] = ZERO,
    stored: tuple[float, ...] = (5.0, 5.0),
    heater: tuple[float, ...] = ZERO,
    washer: tuple[float, ...] = (1.0, 0.0),
    **flows: tuple[float, ...],
) -> Dispatch:
    """A dispatch whose house balances by itself, through import, unless `flows` say otherwise."""
    needed = tuple(
        1.0 - (1.0, 0.0)[t] + charge[t] - discharge[t] + heater[t] + washer[t] for t in range(2)
    )
    grid = {"import_kw": needed, "export_kw": ZERO, "curtailed_kw": ZERO, "unserved_kw": ZERO}
    battery = StorageDispatch(charge_kw=charge, discharge_kw=discharge, stored_kwh=stored)
    return Dispatch(
        **(grid | flows),
        storages={"battery": battery},
        loads={"heater": heater, "washer": washer},
    )


def test_a_plan_that_keeps_all_rules_passes() -> None:
    made = check(a_house(), a_dispatch(), ())
    assert made.passed
    assert made.problems == ()
    assert made.largest_error == pytest.approx(0.0, abs=1e-9)


@pytest.mark.parametrize(
    ("made", "fields", "said"),
    [
        (a_dispatch(import_kw=(2.0, 1.0)), {}, "slot 0: power balance is off by 1.0"),
        (a_dispatch(import_kw=(1.5, 1.0), export_kw=(0.5, 0.0)), {}, "imports and exports at once"),
        (a_dispatch(heater=(0.0, 0.5)), {}, "slot 1: heater is neither on nor off by 0.5"),
        (a_dispatch(heater=(1.0, 0.0)), {}, "slot 0: heater rests too short by 1.0"),
        (
            a_dispatch(),
            {"heaters": [a_heater(locked_on=[1])]},
            "slot 1: heater is off though locked on by 1.0",
        ),
        (
            a_dispatch(),
            {"heaters": [a_heater(daily_min_kwh=3.0)], "start": "2026-01-01T22:00:00Z"},
            "heater heats too little on 2026-01-01 unsaid by 3.0",
        ),
        (a_dispatch(washer=(0.0, 1.0)), {}, "slot 1: washer runs outside its window by 1.0"),
        (a_dispatch(washer=(0.0, 0.0)), {}, "washer runs too short unsaid by 1.0"),
        (a_dispatch(washer=(2.0, 0.0)), {}, "slot 0: washer runs above its power by 1.0"),
        (
            a_dispatch(charge=(1.0, 0.0), discharge=(1.0, 0.0)),
            {},
            "slot 0: battery charges and discharges at once by 1.0",
        ),
        (a_dispatch(charge=(1.0, 0.0)), {}, "slot 0: battery loses energy by 1.0"),
        (a_dispatch(stored=(6.0, 6.0)), {}, "slot 0: battery gains energy by 1.0"),
        (
            a_dispatch(charge=(0.2, 0.0), stored=(5.2, 5.2)),
            {},
            "slot 0: battery charges below min_charge_kw by 0.3",
        ),
        (
            a_dispatch(discharge=(0.0, 5.5), stored=(5.0, -0.5)),
            {},
            "slot 1: battery is below empty by 0.5",
        ),
        (
            a_dispatch(discharge=(0.0, 4.5), stored=(5.0, 0.5)),
            {},
            "slot 1: battery is below min_kwh unsaid by 0.5",
        ),
        (
            a_dispatch(charge=(5.5, 0.0), stored=(10.5, 10.5)),
            {},
            "slot 0: battery is above its maximum by 0.5",
        ),
        (
            a_dispatch(charge=(5.5, 0.0), stored=(10.5, 10.5)),
            {},
            "slot 0: battery charges too fast by 0.5",
        ),
        (
            a_dispatch(charge=(5.5, 0.0), stored=(10.5, 10.5)),
            {},
            "slot 0: imports above max_import_kw by 0.5",
        ),
        (
            a_dispatch(
                discharge=(4.0, 0.0), stored=(1.0, 1.0), import_kw=(0.0, 1.0), export_kw=(3.0, 0.0)
            ),
            {},
            "slot 0: exports above max_export_kw by 1.0",
        ),
        (
            a_dispatch(discharge=(4.0, 0.0), stored=(1.0, 1.0)),
            {},
            "slot 0: overloads the inverter by 1.0",
        ),
        (
            a_dispatch(charge=(1.0, 0.0), stored=(6.0, 6.0)),
            {"batteries": [HOUSE["batteries"][0] | {"charge_from_grid": False}]},
            "slot 0: battery charges while importing by 1.0",
        ),
        (
            a_dispatch(charge=(2.0, 0.0), stored=(7.0, 7.0)),
            {"batteries": [HOUSE["batteries"][0] | {"charge_taper": [[0, 5], [5, 1]]}]},
            "slot 0: battery charges above its taper by 1.0",
        ),
        (a_dispatch(curtailed_kw=(1.5, 0.0)), {}, "slot 0: curtails more than there is by 0.5"),
        (a_dispatch(unserved_kw=(-0.5, 0.0)), {}, "slot 0: negative unserved load by 0.5"),
    ],
)
def test_a_broken_rule_is_seen(made: Dispatch, fields: dict[str, Any], said: str) -> None:
    checked = check(a_house(**fields), made, ())
    assert not checked.passed
    assert any(said in one for one in checked.problems)
    assert checked.largest_error >= 0.3


def test_what_is_reported_is_excused() -> None:
    problem = a_house(heaters=[a_heater(daily_min_kwh=3.0)], start="2026-01-01T22:00:00Z")
    made = a_dispatch(washer=ZERO, discharge=(0.0, 4.5), stored=(5.0, 0.5))
    made = replace(made, export_kw=(0.0, 1.5), import_kw=(0.0, 0.0))
    broken = accounts(problem, replace(made, export_kw=(0.0, 3.5))).violations
    checked = check(problem, made, broken)
    assert {one.what for one in broken} == {
        "daily_min_kwh heater",
        "deferrable washer",
        "min_kwh battery",
    }
    assert not [one for one in checked.problems if "unsaid" in one]

"""docs/modelling.md has an entry for the name of every constraint, and for no other."""

from __future__ import annotations

import re
from pathlib import Path

from unit.planner.problems import a_battery, a_heater, a_problem

from darkstar_planner.core.branches import Branch
from darkstar_planner.core.model.draft import Exclusive
from darkstar_planner.core.model.futures import together
from darkstar_planner.core.model.heater_choice import add_path
from darkstar_planner.core.model.kepler import kepler
from darkstar_planner.core.path_arcs import Arc
from darkstar_planner.core.problem import Inverter, Problem

PAGE = Path(__file__).resolve().parents[3] / "docs" / "modelling.md"
PARAMETER = re.compile(r"\[.*?\]|\.(everything|[0-9]+)")


def everything() -> Problem:
    """A problem that needs every kind of constraint."""
    battery = a_battery(
        id="everything",
        stored_kwh=12.0,
        min_kwh=1.0,
        max_kwh=9.0,
        standby_kw=0.1,
        min_charge_kw=0.5,
        charge_taper=[[0, 5], [9, 0]],
        discharge_taper=[[1, 0], [9, 5]],
        charge_from_grid=False,
        discharge_to_grid=False,
        terminal_value_curve=[[5, 2.0], [9, 1.0]],
        target_kwh=5.0,
    )
    heater = a_heater(
        id="heater",
        power_kw=3.0,
        daily_min_kwh=4.0,
        max_gap_hours=1.0,
        gap_penalty_per_hour=1.0,
        min_spacing_hours=2.0,
        locked_on=[1],
        max_kw_steps=2,
    )
    peak = {"price_per_kw": 5.0, "already_kw": [2.0, 1.0], "top_n": 2, "hours": list(range(24))}
    washer = {"id": "washer", "power_kw": 1.0, "kwh": 1.5}
    return a_problem(
        [-1.0] * 6,
        slot_hours=0.4,
        batteries=[battery],
        pv_kw=[3.0] * 6,
        heaters=[heater, a_heater(id="boiler", power_kw=2.0)],
        deferrables=[washer, washer | {"id": "pool", "contiguous": False}],
        grid={"max_import_kw": 0.5, "import_limit_kw": 0.4, "peak": peak},
        inverter={"max_ac_kw": 3.0},
        ramp_penalty_per_kw=0.1,
        fixed=[{"slot": 0, "device": "heater", "on": True}],
    )


def plain(name: str) -> str:
    """`name` without slot, device and number."""
    for device in ("everything", "heater", "boiler", "washer", "pool"):
        name = name.replace(f".{device}", "")
    return re.sub(r"\[[^\]]*\]|\.[0-9]+", "", name).removeprefix("future/")


def test_every_constraint_is_explained_and_nothing_else() -> None:
    problem = everything()
    slots = frozenset(problem.horizon)
    told = Exclusive(grid=slots, storage=slots, inverter=slots)
    coupled = Inverter(dc_coupled=True, efficiency=0.9)
    by_path = kepler(problem, told, by_path=True)
    piece = Arc(begins=(1, 0), ends=2, leads=None, cost=0.0)
    add_path(by_path.draft, by_path.choices["boiler"], (False, True), [piece])
    models = [
        kepler(problem, told),
        by_path,
        kepler(problem.model_copy(update={"inverter": coupled}), told),
        together([Branch(problem=problem, weight=0.5)] * 2, [told] * 2, commit=1),
    ]
    built = {plain(row.name) for model in models for row in model.draft.model.linear_constraints()}
    rows = [line.split("|")[1] for line in PAGE.read_text().splitlines() if line.startswith("| `")]
    explained = {
        re.sub(r"\[[^\]]*\]|\.[swdk]\b", "", name)
        for row in rows
        for name in re.findall(r"`([^`]+)`", row)
    }
    assert built == explained

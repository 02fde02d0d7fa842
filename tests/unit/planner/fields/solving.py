"""What each field of the options and of the scenarios does."""

from __future__ import annotations

from typing import Any

from unit.planner.fields.probe import ABSENT, Probe, objective
from unit.planner.problems import a_battery, quiet

from darkstar_planner.core.solution import Solution

BATTERY = {"batteries": [a_battery()]}


def a_future(**fields: Any) -> dict[str, Any]:
    """A second hour without load, as likely as the own one of 2 kW at 3."""
    future = {"probability": 0.5, "load_kw": [2.0, 0.0], "pv_kw": [0.0, 0.0]} | fields
    return BATTERY | {"scenarios": [future]}


def of_future(
    name: str, values: tuple[object, object], figures: tuple[object, object], **fields: Any
) -> Probe:
    return Probe(
        path=f"scenarios[].{name}",
        values=values,
        figures=figures,
        house=a_future(**fields),
        figure=objective,
    )


SCENARIOS = (
    # to buy 2 kWh at 1 pays if they are needed often enough: at 0.5 · 3, not at 0.2 · 3
    of_future("probability", (0.5, 0.8), (4.0, 2.0 + 0.2 * 6.0)),
    of_future("load_kw", ([2.0, 2.0], [2.0, 0.0]), (4.0, 2.0 + 0.2 * 6.0), probability=0.8),
    of_future(
        "pv_kw",
        ([0.0, 0.0], [0.0, 2.0]),
        (4.0, 2.0 + 0.2 * 6.0),
        probability=0.8,
        load_kw=[2.0, 2.0],
    ),
    of_future(
        "import_price",
        (ABSENT, [1.0, 0.0]),
        (4.0, 2.0 + 0.2 * 6.0),
        probability=0.8,
        load_kw=[2.0, 2.0],
    ),
    # 5 kWh are bought; the likely future sells 3 of them at 5
    of_future(
        "export_price",
        (ABSENT, [0.0, 5.0]),
        (4.0, 2.0 + 5.0 - 0.8 * 15.0),
        probability=0.8,
        load_kw=[2.0, 2.0],
    ),
    # a battery that may not sell cannot give 2 kW in both futures, so both must buy
    Probe(
        path="commit_slots",
        values=(1, 2),
        figures=(4.0, 2.0 + 0.5 * 6.0),
        house=a_future() | {"batteries": [a_battery(discharge_to_grid=False)]},
        figure=objective,
    ),
)

PUZZLE: dict[str, Any] = quiet(12) | {
    "deferrables": [
        {"id": f"d{n}", "power_kw": 1.0 + n / 7, "hours": 3.0, "contiguous": False}
        for n in range(6)
    ],
    "grid": {"max_import_kw": 4.0},
}
"""Six loads under a fuse: a choice that takes the solver a while."""
WEIGHTS = tuple(1.0 + (7 * t % 12) / 10 for t in range(12))


def status(made: Solution) -> object:
    return made.status


def is_proven(made: Solution) -> object:
    """Whether the plan is known to be the best to a thousandth."""
    return made.gap is not None and made.gap < 1e-3


def past(charge_kw: float) -> dict[str, Any]:
    """An earlier plan that charged in the first hour and discharged in the second."""
    slots = [
        {"charge_kw": charge_kw, "discharge_kw": 0.0, "stored_kwh": charge_kw},
        {"charge_kw": 0.0, "discharge_kw": charge_kw, "stored_kwh": 0.0},
    ]
    return {
        "slots": [
            {"start": f"2026-01-01T0{t}:00:00Z", "batteries": {"battery": one}}
            for t, one in enumerate(slots)
        ]
    }


OPTIONS = (
    Probe(
        path="options.solver",
        values=("scip", "highs"),
        figures=("scip", "highs"),
        price=WEIGHTS,
        house=PUZZLE,
        figure=lambda made: made.solver,
    ),
    Probe(
        path="options.time_limit_seconds",
        values=(10.0, 1e-9),
        figures=("optimal", "feasible"),
        price=WEIGHTS,
        house=PUZZLE | {"options": {"absolute_gap": 1e-4}},
        figure=status,
    ),
    Probe(
        path="options.absolute_gap",
        values=(1e-4, 1e4),
        figures=(True, False),
        price=WEIGHTS,
        house=PUZZLE,
        figure=is_proven,
    ),
    # to charge 1 kWh saves 2 of the 4 that 2 kWh save, so a change is worth 2
    Probe(
        path="options.hint",
        values=(ABSENT, past(1.0)),
        figures=(4.0, 6.0),
        house=BATTERY | {"options": {"absolute_gap": 1e-6, "keep_threshold": 3.0}},
    ),
    Probe(
        path="options.keep_threshold",
        values=(1.0, 3.0),
        figures=(4.0, 6.0),
        house=BATTERY | {"options": {"absolute_gap": 1e-6, "hint": past(1.0)}},
    ),
)

PROBES = (*SCENARIOS, *OPTIONS)

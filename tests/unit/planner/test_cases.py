"""Other systems' own test cases and real days, each with its exact best cost."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from darkstar_planner.core.plan import plan
from darkstar_planner.core.reading import read_problem

CASES = Path(__file__).resolve().parents[4] / "shared" / "cases"
NAMES = sorted(one.stem for one in CASES.glob("*.json")) or ["none"]


@pytest.mark.realdata
@pytest.mark.parametrize("name", NAMES)
def test_the_best_cost_is_found(name: str) -> None:
    if not CASES.is_dir():
        pytest.skip(f"{CASES} is not there")
    case = json.loads((CASES / f"{name}.json").read_text())
    made = plan(read_problem(json.dumps(case["problem"])))
    assert made.status == "optimal"
    assert made.checks.problems == ()
    wanted = case["expect"]
    for figure in {"cost", "objective"} & set(wanted):
        assert getattr(made, figure) == pytest.approx(wanted[figure], abs=wanted["tolerance"])

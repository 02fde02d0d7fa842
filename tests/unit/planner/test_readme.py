"""The example in the planner's README gives what the README says."""

from __future__ import annotations

import re
from pathlib import Path

from darkstar_planner.core.plan import plan
from darkstar_planner.core.reading import read_problem

README = Path(__file__).resolve().parents[3] / "services" / "planner" / "README.md"


def test_the_example_is_solved_as_shown() -> None:
    text = README.read_text()
    (problem,) = re.findall(r"```json\n(.*?)```", text, re.DOTALL)
    made = plan(read_problem(problem))
    shown = dict(re.findall(r'"(\w+)": "?([^",\n]+)"?', text.split("prints the solution")[1]))
    assert made.status == shown["status"]
    assert abs(made.cost - float(shown["cost"])) < 1e-6
    assert abs(made.objective - float(shown["objective"])) < 1e-6
    assert made.slots[0].reason == shown["reason"]
    assert made.slots[0].import_kw == float(shown["import_kw"])

"""A sample of `make fuzz`: whatever a house, a person or a broken sensor asks, there is a plan."""

from __future__ import annotations

import json

import pytest
from support.any_problem import a_slot_later, any_problem
from support.whole_plan import wrongs

from darkstar_planner.core.plan import plan
from darkstar_planner.core.reading import read_problem
from darkstar_planner.core.solution import Solution

SMALL = 12
"""Slots of a problem that takes no time."""
SEEDS = [seed for seed in range(90) if len(any_problem(seed)["import_price"]) <= SMALL]


def planned(document: dict[str, object]) -> Solution:
    return plan(read_problem(json.dumps(document)))


@pytest.mark.parametrize("seed", SEEDS)
def test_a_problem_of_any_kind_has_a_sound_plan(seed: int) -> None:
    document = any_problem(seed)
    assert wrongs(document, planned(document)) == []


@pytest.mark.parametrize("seed", SEEDS[::5])
def test_a_plan_is_a_sound_hint_a_slot_later(seed: int) -> None:
    document = any_problem(seed)
    later = a_slot_later(document, planned(document).model_dump(mode="json"))
    assert wrongs(later, planned(later)) == []


def test_what_is_wrong_with_a_plan_is_seen() -> None:
    document = any_problem(SEEDS[0])
    made = planned(document)
    wrong = made.slots[0].model_copy(update={"import_kw": made.slots[0].import_kw + 1.0})
    worse = made.model_copy(update={"slots": (wrong, *made.slots[1:]), "cost": made.cost})
    assert wrongs(document, worse) != []

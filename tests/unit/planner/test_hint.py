"""An earlier plan is read slot by slot, or refused in a line that names the place."""

from __future__ import annotations

import json
from typing import Any

import pytest
from unit.planner.problems import a_battery, a_document, a_heater, a_problem

from darkstar_planner.core.errors import ProblemError
from darkstar_planner.core.hint import Hint, hint_of
from darkstar_planner.core.plan import plan
from darkstar_planner.core.reading import read_problem

ONE = "2026-01-01T01:00:00Z"


def a_slot(start: str = ONE, **fields: Any) -> dict[str, Any]:
    """A slot of an earlier solution."""
    return {"start": start, "import_kw": 1.0} | fields


def hinted(*slots: dict[str, Any], **fields: Any) -> Hint | None:
    """The hint of a problem of three hours."""
    options = {"absolute_gap": 1e-6, "hint": {"status": "optimal", "slots": list(slots)}}
    return hint_of(a_problem([1.0, 2.0, 3.0], options=options, **fields))


def test_without_a_hint_there_is_none() -> None:
    assert hint_of(a_problem([1.0])) is None


def test_slots_are_told_by_their_start_and_the_rest_is_silent() -> None:
    slot = a_slot(
        batteries={"battery": {"charge_kw": 2.0, "discharge_kw": 0.0, "stored_kwh": 3.0}},
        heaters={"heater": 1.0},
        marginal_price=0.7,
    )
    found = hinted(slot, batteries=[a_battery()], heaters=[a_heater()])
    assert found == Hint(
        on={"heater": (None, True, None)},
        load_kw={"heater": (None, 1.0, None)},
        power={"battery": (None, (2.0, 0.0), None)},
        marginal_price=(None, 0.7, None),
    )


def test_a_start_in_another_zone_is_the_same_moment() -> None:
    found = hinted(
        a_slot("2026-01-01T02:00:00+01:00", heaters={"heater": 0.0}), heaters=[a_heater()]
    )
    assert found is not None
    assert found.on["heater"] == (None, False, None)


def test_what_is_gone_is_left_out_and_what_is_new_has_no_decisions() -> None:
    found = hinted(a_slot(heaters={"sold": 3.0}, batteries={"old": {}}), evs=[a_battery(id="car")])
    assert found is not None
    assert found.on == {}
    assert found.power == {"car": (None, None, None)}


def test_a_hint_of_other_slots_is_no_hint() -> None:
    assert hinted(a_slot("2025-01-01T01:00:00Z")) is None
    assert hinted(a_slot(), a_slot("2026-01-01T01:15:00Z")) is None
    assert hinted() is None


def test_a_solution_is_a_hint_as_it_is_printed() -> None:
    document = a_document([1.0, 2.0, 1.0], batteries=[a_battery()], heaters=[a_heater()])
    made = plan(read_problem(json.dumps(document)))
    again = document | {"options": {"hint": json.loads(made.model_dump_json())}}
    found = hint_of(read_problem(json.dumps(again)))
    assert found is not None
    assert found.marginal_price == tuple(slot.marginal_price for slot in made.slots)
    assert found.power["battery"][0] == (made.slots[0].batteries["battery"].charge_kw, 0.0)


@pytest.mark.parametrize(
    ("hint", "said"),
    [
        ({}, "options.hint.slots: is no solution of an earlier problem: is missing"),
        ({"slots": 3}, "options.hint.slots: is no solution of an earlier problem: Input should be"),
        ({"slots": [{}]}, "options.hint.slots[0].start: is no solution"),
        ({"slots": [a_slot("noon")]}, "options.hint.slots[0].start: is no solution"),
        ({"slots": [a_slot("2026-01-01T01:00:00")]}, "options.hint.slots[0].start: is no solution"),
        (
            {"slots": [a_slot(heaters={"heater": -1.0})]},
            "options.hint.slots[0].heaters.heater: is no solution of an earlier problem: Input",
        ),
        (
            {"slots": [a_slot(), a_slot(batteries={"b": {"charge_kw": "much"}})]},
            "options.hint.slots[1].batteries.b.charge_kw: is no solution",
        ),
        (
            {"slots": [a_slot(), a_slot()]},
            "options.hint.slots[1].start: 2026-01-01T01:00:00+00:00 does not come after",
        ),
        ([], "options.hint: Input should be"),
    ],
)
def test_what_is_no_solution_is_refused_by_place(hint: Any, said: str) -> None:
    text = json.dumps(a_document([1.0]) | {"options": {"hint": hint}})
    with pytest.raises(ProblemError) as error:
        read_problem(text)
    assert str(error.value).startswith(said)
    assert "\n" not in str(error.value)

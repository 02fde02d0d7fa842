"""A problem that cannot be read is refused in one line that names field, slot and value."""

from __future__ import annotations

import json
from typing import Any

import pytest
from unit.planner.problems import a_battery, a_document, a_heater, a_problem

from darkstar_planner.core.errors import ProblemError
from darkstar_planner.core.reading import read_problem

NAN = float("nan")
SCENARIO = {"probability": 0.5, "load_kw": [1.0, 1.0], "pv_kw": [0.0, 0.0]}
WASHER = {"id": "washer", "power_kw": 1.0, "hours": 1.0}


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"load_kw": [1.0]}, "load_kw, slot 1: has 1 values where import_price has 2"),
        ({"load_kw": [1.0, NAN]}, "load_kw, slot 1: Input should be a finite number, got NaN"),
        ({"pv_kw": [-1.0, 0.0]}, "pv_kw, slot 0: Input should be greater than or equal to 0, got"),
        ({"import_price": [1.0, "3"]}, "import_price, slot 1: Input should be a valid number, got"),
        ({"import_price": []}, "import_price: "),
        ({"slot_hours": 0}, "slot_hours: Input should be greater than 0, got 0"),
        ({"slot_hours": [1.0, 0.0]}, "slot_hours, slot 1: Input should be greater than 0, got 0"),
        ({"slot_hours": [1.0]}, "slot_hours, slot 1: has 1 values"),
        ({"start": "noon"}, "start: "),
        ({"timezone": "Mars/Olympus"}, "timezone: no IANA time zone"),
        ({"colour": "red"}, 'colour: unknown field, with the value "red"'),
        ({"grid": {"max_imports": 3}}, "grid.max_imports: unknown field, with the value 3"),
        (
            {"batteries": [a_battery(charge_efficiency=-0.9)]},
            "batteries[0].charge_efficiency: Input should be greater than 0, got -0.9",
        ),
        (
            {"batteries": [a_battery(charge_efficiency=1.2)]},
            "batteries[0].charge_efficiency: Input should be less than or equal to 1, got 1.2",
        ),
        ({"batteries": [a_battery(max_kwh=12.0)]}, "batteries[0]: max_kwh 12.0 is above"),
        ({"batteries": [a_battery(min_kwh=11.0)]}, "batteries[0]: min_kwh 11.0 is above"),
        ({"batteries": [a_battery(min_charge_kw=6.0)]}, "batteries[0]: min_charge_kw 6.0"),
        ({"batteries": [{"id": "b"}]}, "batteries[0].capacity_kwh: is missing"),
        ({"batteries": [a_battery(), a_battery()]}, "batteries[1].id: 'battery' is taken already"),
        (
            {"batteries": [a_battery(charge_taper=[[0, 1], [5, 1], [9, 3]])]},
            "batteries[0]: charge_taper is not concave",
        ),
        (
            {"batteries": [a_battery(terminal_value_curve=[[2, 1.0], [5, 2.0]])]},
            "batteries[0]: terminal_value_curve is not concave",
        ),
        (
            {"batteries": [a_battery(goals=[{"slot": 7, "kwh": 1, "penalty_per_kwh": 1}])]},
            "batteries[0].goals[0].slot: 7 is past the last slot, 1",
        ),
        (
            {"evs": [a_battery(available=[True])]},
            "evs[0].available, slot 1: has 1 values",
        ),
        ({"heaters": [a_heater(power_kw=0)]}, "heaters[0].power_kw: Input should be greater"),
        ({"deferrables": [WASHER | {"kwh": 2.0}]}, "deferrables[0]: needs exactly one of"),
        ({"fixed": [{"slot": 0, "device": "battery", "on": True}]}, "fixed[0].device: no device"),
        ({"fixed": [{"slot": 0, "device": "grid"}]}, "fixed[0]: needs exactly one of charge_kw"),
        ({"scenarios": [SCENARIO | {"pv_kw": []}]}, "scenarios[0].pv_kw, slot 0: has 0 values"),
        (
            {"scenarios": [SCENARIO, SCENARIO | {"probability": 0.6}]},
            "scenarios: have probabilities of 1.1 together; they may not exceed 1",
        ),
        ({"scenarios": [SCENARIO | {"probability": 0}]}, "scenarios[0].probability: Input should"),
        ({"commit_slots": 0}, "commit_slots: Input should be greater than or equal to 1, got 0"),
        ({"options": {"absolute_gap": -1}}, "options.absolute_gap: Input should be"),
    ],
)
def test_bad_input_is_named(fields: dict[str, Any], said: str) -> None:
    text = json.dumps(a_document((1.0, 2.0)) | fields)
    with pytest.raises(ProblemError) as error:
        read_problem(text)
    assert str(error.value).startswith(said)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("text", ["", "[]", "{", "3", '"x"', "null"])
def test_what_is_no_problem_at_all_is_said(text: str) -> None:
    with pytest.raises(ProblemError, match=r"^the problem: "):
        read_problem(text)


@pytest.mark.parametrize("field", ["start", "import_price", "export_price", "load_kw", "pv_kw"])
def test_a_missing_field_is_named(field: str) -> None:
    document = a_document((1.0, 2.0))
    del document[field]
    with pytest.raises(ProblemError, match=rf"^{field}: is missing$"):
        read_problem(json.dumps(document))


def test_times_are_read_in_any_zone_and_kept_in_utc() -> None:
    problem = a_problem((1.0, 2.0), start="2025-03-30 01:00:00+01:00", slot_hours=[0.5, 1.0])
    assert [one.isoformat() for one in problem.starts] == [
        "2025-03-30T00:00:00+00:00",
        "2025-03-30T00:30:00+00:00",
    ]
    assert problem.edges == (0.0, 0.5, 1.5)


def test_a_time_without_a_zone_is_utc() -> None:
    assert a_problem((1.0,), start="2025-01-01T00:00").start.isoformat() == (
        "2025-01-01T00:00:00+00:00"
    )

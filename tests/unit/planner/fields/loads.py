"""What each field of a heater and of a deferrable load does."""

from __future__ import annotations

from typing import Any

from unit.planner.fields.probe import ABSENT, Probe, objective
from unit.planner.problems import a_heater, quiet

from darkstar_planner.core.solution import Solution

EVENING = {"start": "2026-01-01T20:00:00Z"} | quiet(4)
"""Four hours that end a day."""


def names(made: Solution) -> object:
    """The heaters and deferrable loads that the plan speaks of."""
    return [*made.slots[0].heaters, *made.slots[0].deferrables]


def of_heater(
    name: str, values: tuple[object, object], figures: tuple[object, object], **rest: Any
) -> Probe:
    """1 kWh to be had before midnight at 1 kW, in hours at 1, 2, 4 and 4."""
    heater = a_heater(**({"daily_min_kwh": 1.0} | rest.pop("heater", {})))
    house = EVENING | {"heaters": [heater]} | rest.pop("house", {})
    return Probe(
        path=f"heaters[].{name}",
        values=values,
        figures=figures,
        house=house,
        **({"price": (1.0, 2.0, 4.0, 4.0)} | rest),
    )


def of_load(
    name: str, values: tuple[object, object], figures: tuple[object, object], **load: Any
) -> Probe:
    """One hour at 1 kW, at 1, 3, 4 or 1."""
    size = {} if "kwh" in load or name in {"hours", "kwh"} else {"hours": 1.0}
    washer = {"id": "washer", "power_kw": 1.0} | size | load
    return Probe(
        path=f"deferrables[].{name}",
        values=values,
        figures=figures,
        house=quiet(4) | {"deferrables": [washer]},
        price=(1.0, 3.0, 4.0, 1.0),
    )


LATE: dict[str, Any] = {
    "daily_min_kwh": 0.0,
    "off_before_slots": 0,
    "max_gap_hours": 1.0,
    "gap_penalty_per_hour": 9.0,
}
NIGHT = {"start": "2026-01-01T22:00:00Z"}

HEATERS = (
    of_heater("id", ("one", "other"), (["one"], ["other"]), figure=names),
    # 4 kWh take two hours, or one
    of_heater("power_kw", (2.0, 4.0), (2 * 1.0 + 2 * 2.0, 4 * 1.0), heater={"daily_min_kwh": 4.0}),
    of_heater("daily_min_kwh", (1.0, 2.0), (1.0, 1.0 + 2.0)),
    of_heater("heated_today_kwh", (0.0, 1.0), (3.0, 1.0), heater={"daily_min_kwh": 2.0}),
    # midnight comes after two hours at 4; with 2 h of grace it can be the hours at 1.
    # what the horizon shows of the next day, 2 of 24 hours, asks for its share: one slot
    of_heater("defer_hours", (0.0, 2.0), (4.0 + 1.0, 1.0), price=(4.0, 4.0, 1.0, 1.0), house=NIGHT),
    # off since now: on after one hour and after three, or after two
    of_heater("max_gap_hours", (1.0, 2.0), (2.0, 1.0), price=(1.0,) * 4, heater=LATE),
    # to be late three hours at 0.1 is cheaper than to heat
    of_heater(
        "gap_penalty_per_hour",
        (9.0, 0.1),
        (2.0, 0.3),
        price=(1.0,) * 4,
        heater=LATE,
        figure=objective,
    ),
    # the two cheap hours, or two in a row
    of_heater(
        "min_spacing_hours",
        (0.0, 2.0),
        (1.0 + 2.0, 1.0 + 4.0),
        price=(1.0, 4.0, 2.0, 9.0),
        heater={"daily_min_kwh": 2.0},
    ),
    of_heater(
        "start_penalty",
        (0.0, 5.0),
        (1.0 + 2.0, 1.0 + 4.0 + 5.0),
        price=(1.0, 4.0, 2.0, 9.0),
        heater={"daily_min_kwh": 2.0},
    ),
    of_heater("on_before_slots", (0, 1), (1.0 + 5.0, 1.0), heater={"start_penalty": 5.0}),
    of_heater("off_before_slots", (9, 0), (1.0, 4.0), heater={"min_spacing_hours": 2.0}),
    of_heater("locked_on", ([], [2]), (1.0, 4.0)),
    # 1.5 kWh: an hour and the same again, or a half
    of_heater(
        "max_kw_steps", (ABSENT, 2), (1.0 + 2.0, 1.0 + 2.0 / 2), heater={"daily_min_kwh": 1.5}
    ),
)

DEFERRABLES = (
    Probe(
        path="deferrables[].id",
        values=("one", "other"),
        figures=(["one"], ["other"]),
        house={"deferrables": [{"id": "", "power_kw": 1.0, "hours": 1.0}]},
        figure=names,
    ),
    of_load("power_kw", (1.0, 2.0), (1.0 + 3.0, 2 * 1.0), kwh=2.0),
    of_load("hours", (1.0, 2.0), (1.0, 1.0 + 3.0)),
    of_load("kwh", (1.0, 1.5), (1.0, 1.0 + 0.5 * 3.0)),
    of_load("earliest_slot", (0, 1), (1.0, 3.0), deadline_slot=3),
    of_load("deadline_slot", (ABSENT, 3), (1.0, 3.0), earliest_slot=1),
    of_load("contiguous", (True, False), (1.0 + 3.0, 1.0 + 1.0), hours=2.0),
)

PROBES = (*HEATERS, *DEFERRABLES)

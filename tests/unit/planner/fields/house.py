"""What each field of the house, its grid, its inverter and its people does."""

from __future__ import annotations

from typing import Any

from unit.planner.fields.probe import ABSENT, Probe, objective
from unit.planner.problems import a_battery, a_heater, quiet

from darkstar_planner.core.solution import Solution

BATTERY = {"batteries": [a_battery()]}
SELLS = {"batteries": [a_battery(stored_kwh=10.0)], "export_price": [0.0, 3.0]}
"""3 kW of 5 are left to sell at 3 in the second hour."""


def a_peak(**fields: Any) -> dict[str, Any]:
    """10 for each kW of the highest hour of the month, at any time."""
    peak = {"price_per_kw": 10.0, "hours": list(range(24))} | fields
    return {"grid": {"peak": peak}}


SERIES = (
    # the hour from 2 is counted, 2 kW at 10 for it
    Probe(
        path="start",
        values=("2026-01-01T00:00:00Z", "2026-01-01T01:00:00Z"),
        figures=(8.0, 8.0 + 20.0),
        house=a_peak(hours=[2]),
    ),
    Probe(
        path="timezone",
        values=("UTC", "Europe/Stockholm"),
        figures=(8.0, 8.0 + 20.0),
        house=a_peak(hours=[2]),
    ),
    Probe(path="slot_hours", values=(1.0, [0.5, 1.0]), figures=(8.0, 1.0 + 6.0)),
    Probe(path="import_price", values=([1.0, 3.0], [1.0, -3.0]), figures=(8.0, 2.0 - 6.0)),
    Probe(
        path="export_price",
        values=([0.0, 0.0], [0.0, 0.5]),
        figures=(2.0, 2.0 - 0.5),
        house={"pv_kw": [0.0, 3.0]},
    ),
    Probe(path="load_kw", values=([2.0, 2.0], [2.0, 1.0]), figures=(8.0, 5.0)),
    Probe(path="pv_kw", values=([0.0, 0.0], [0.0, 1.5]), figures=(8.0, 2.0 + 0.5 * 3.0)),
    # 3 kW over that somebody has to be paid 1 for
    Probe(
        path="curtailable",
        values=(True, False),
        figures=(0.0, 3.0),
        price=(1.0,),
        house={"pv_kw": [5.0], "export_price": [-1.0]},
    ),
    # from 0 to 2 kW in, then 2 kW out: changes of 2 and 4
    Probe(
        path="ramp_penalty_per_kw",
        values=(0.0, 0.1),
        figures=(4.0, 4.0 + 0.6),
        house=BATTERY,
        figure=objective,
    ),
    Probe(
        path="previous_power_kw",
        values=(0.0, 2.0),
        figures=(4.0 + 0.6, 4.0 + 0.4),
        house=BATTERY | {"ramp_penalty_per_kw": 0.1},
        figure=objective,
    ),
    Probe(
        path="currency",
        values=("SEK", "EUR"),
        figures=("SEK", "EUR"),
        figure=lambda made: made.currency,
    ),
)

GRID = (
    Probe(path="grid.max_import_kw", values=(ABSENT, 3.0), figures=(4.0, 6.0), house=BATTERY),
    Probe(
        path="grid.max_export_kw",
        values=(ABSENT, 1.0),
        figures=(-9.0, -3.0),
        price=(1.0, 1.0),
        house=SELLS,
    ),
    Probe(
        path="grid.import_limit_kw",
        values=(ABSENT, 1.5),
        figures=(2.0, 2.0 + 0.5 * 7.0),
        price=(1.0,),
        house={"grid": {"import_limit_penalty_per_kwh": 7.0}},
        figure=objective,
    ),
    Probe(
        path="grid.import_limit_penalty_per_kwh",
        values=(7.0, 1.0),
        figures=(2.0 + 0.5 * 7.0, 2.0 + 0.5),
        price=(1.0,),
        house={"grid": {"import_limit_kw": 1.5}},
        figure=objective,
    ),
    Probe(path="grid.peak.price_per_kw", values=(0.0, 10.0), figures=(8.0, 28.0), house=a_peak()),
    Probe(path="grid.peak.already_kw", values=(0.0, 1.5), figures=(28.0, 13.0), house=a_peak()),
    Probe(path="grid.peak.hours", values=([1], [7]), figures=(28.0, 8.0), house=a_peak()),
    # a Saturday
    Probe(
        path="grid.peak.weekdays_only",
        values=(False, True),
        figures=(28.0, 8.0),
        house=a_peak() | {"start": "2026-01-03T00:00:00Z"},
    ),
    # the mean of 2, 2, 0 and 0
    Probe(path="grid.peak.top_n", values=(1, 4), figures=(28.0, 18.0), house=a_peak()),
    Probe(
        path="inverter.max_ac_kw",
        values=(ABSENT, 4.0),
        figures=(-9.0, -6.0),
        price=(1.0, 1.0),
        house=SELLS,
    ),
    Probe(
        path="inverter.dc_coupled",
        values=(False, True),
        figures=(-3.0, 2.0 - 5.0 * 0.8),
        price=(1.0,),
        house={"pv_kw": [5.0], "export_price": [1.0], "inverter": {"efficiency": 0.8}},
    ),
    Probe(
        path="inverter.efficiency",
        values=(1.0, 0.8),
        figures=(-3.0, 2.0 - 5.0 * 0.8),
        price=(1.0,),
        house={"pv_kw": [5.0], "export_price": [1.0], "inverter": {"dc_coupled": True}},
    ),
)


def first_charge(made: Solution) -> object:
    """What the battery named `battery` charges in the first slot [kW]."""
    return round(made.slots[0].batteries["battery"].charge_kw, 5) + 0.0


def first_export(made: Solution) -> object:
    """What is sold in the first slot [kW]."""
    return round(made.slots[0].export_kw, 5) + 0.0


def a_block(**fields: Any) -> dict[str, Any]:
    """A manual block in the first slot."""
    return {"fixed": [{"slot": 0} | fields]}


CHARGES = quiet(2) | {"batteries": [a_battery(max_discharge_kw=0.0)]}
TWO = quiet(2) | {"batteries": [a_battery(), a_battery(id="other")]}
HEATS = {"start": "2026-01-01T22:00:00Z", "heaters": [a_heater(daily_min_kwh=1.0)]} | quiet(2)
WANTED = a_block(device="battery", charge_kw=4.0)

MANUAL = (
    Probe(
        path="fixed[].slot",
        values=(0, 1),
        figures=(4 * 3.0, 4 * 1.0),
        price=(3.0, 1.0),
        house=CHARGES | WANTED,
    ),
    Probe(
        path="fixed[].device",
        values=("battery", "other"),
        figures=(4.0, 0.0),
        house=TWO | WANTED,
        figure=first_charge,
    ),
    Probe(
        path="fixed[].charge_kw",
        values=(4.0, 2.0),
        figures=(4 * 3.0, 2 * 3.0),
        price=(3.0, 1.0),
        house=CHARGES | WANTED,
    ),
    Probe(
        path="fixed[].discharge_kw",
        values=(2.0, 0.5),
        figures=(0.0, 1.5 * 3.0),
        price=(3.0, 1.0),
        house=a_block(device="battery", discharge_kw=0.0)
        | {"batteries": [a_battery(stored_kwh=10.0)]},
    ),
    Probe(
        path="fixed[].export_kw",
        values=(0.0, 1.0),
        figures=(0.0, 1.0),
        house={"batteries": [a_battery(stored_kwh=10.0)]} | a_block(device="grid", export_kw=0.0),
        figure=first_export,
    ),
    Probe(
        path="fixed[].on",
        values=(True, False),
        figures=(1.0, 3.0),
        house=HEATS | a_block(device="heater", on=True),
    ),
)

PROBES = (*SERIES, *GRID, *MANUAL)

"""What was planned beside what came of it."""

from __future__ import annotations

from darkstar_dashboards.board import Board, Group
from darkstar_dashboards.looks import BAD, WARNING, thresholds
from darkstar_dashboards.panels import Line, graph, number
from darkstar_dashboards.queries import counted, of, quantile, since, until

IS, PLANNED = "darkstar_executor_power_kw", "darkstar_planned_power_kw"
SOC, PLANNED_SOC = "darkstar_executor_soc_percent", "darkstar_planned_soc_percent"
_WORDS = {
    "load": "house",
    "pv": "solar",
    "import": "import",
    "export": "export",
    "charge": "charge",
    "discharge": "discharge",
    "water": "water heater",
}


def _both(*flows: str) -> list[Line]:
    """Each flow as it is, and dashed as planned."""
    found = []
    for flow in flows:
        name = _WORDS[flow]
        found.append(Line(expr=of(IS, flow=flow), name=name, look=flow))
        found.append(
            Line(
                expr=of(PLANNED, flow=flow),
                name=f"{name}, planned",
                look=flow,
                planned=True,
                stepped=True,
            )
        )
    return found


def _between(flow: str) -> str:
    """By how much it is above plan [kW]."""
    return f"{of(IS, flow=flow)} - on (site) {of(PLANNED, flow=flow)}"


_NOW = Group(
    title="The plan in force",
    panels=(
        number(
            "Battery against plan",
            f"{of(SOC)} - on (site) {of(PLANNED_SOC)}",
            unit="percent",
            about="Points of charge above (or below) where the plan has it now.",
            steps=thresholds((-20, WARNING), (-10, "green"), (10, WARNING), (20, BAD), below=BAD),
            decimals=1,
        ),
        number(
            "Import against plan",
            _between("import"),
            unit="kwatt",
            about="Import now, less what is planned for this slot.",
            decimals=2,
        ),
        number(
            "Last plan",
            since("darkstar_planner_last_success_timestamp_seconds"),
            unit="s",
            about="How long ago the schedule in force was published. Plans come every quarter.",
            steps=thresholds((1800, WARNING), (3600, BAD)),
        ),
        number(
            "Next round in",
            until("darkstar_planner_next_run_timestamp_seconds"),
            unit="s",
            about="Until the planner looks again; below zero it is late.",
            steps=thresholds((-300, WARNING), (-60, "green"), below=BAD),
        ),
        number(
            "Rounds without a plan",
            counted("darkstar_planner_refusals_total", service="planner", over="[24h]"),
            unit="none",
            about="In the last 24 hours: an input was missing, or nothing could be made of them.",
            steps=thresholds((1, WARNING), (20, BAD)),
            decimals=0,
        ),
        number(
            "Wishes not kept",
            of("darkstar_planner_violations"),
            unit="none",
            about="Wishes and limits that the last plan could not keep; the page names them.",
            steps=thresholds((1, WARNING)),
        ),
    ),
)

_BATTERY = Group(
    title="The battery",
    panels=(
        graph(
            "Charge",
            Line(expr=of(SOC), name="battery", look="soc"),
            Line(
                expr=of(PLANNED_SOC),
                name="battery, planned",
                look="soc",
                planned=True,
                stepped=True,
            ),
            unit="percent",
            about="State of charge, and where the plan has it (dashed).",
            low=0,
            high=100,
        ),
        graph(
            "Charging and discharging",
            *_both("charge", "discharge"),
            unit="kwatt",
            about="Power into and out of the battery; dashed is the plan's mean over the slot.",
            low=0,
        ),
    ),
)

_GRID = Group(
    title="The grid and the house",
    panels=(
        graph(
            "Import and export",
            *_both("import", "export"),
            unit="kwatt",
            about="At the meter; dashed is the plan's mean over the slot.",
            low=0,
        ),
        graph(
            "Use and sun",
            *_both("load", "pv"),
            unit="kwatt",
            about="What was planned for is the forecast the plan was made from.",
            low=0,
        ),
    ),
)

_MAKING = Group(
    title="How plans are made",
    panels=(
        graph(
            "Plans",
            Line(
                expr=counted("darkstar_planner_plans_total", "status", service="planner"),
                name="{{status}}",
            ),
            Line(
                expr=counted("darkstar_planner_kept_total", service="planner"),
                name="kept as it was",
            ),
            Line(
                expr=counted("darkstar_planner_refusals_total", service="planner"),
                name="no plan",
                look=BAD,
            ),
            unit="short",
            about="By how each was made: proven best, the best in time, or by the rule that needs "
            "no solver.",
            bars=True,
            span=6,
        ),
        graph(
            "Time in the solver",
            Line(expr=quantile(0.5, "darkstar_planner_solve_seconds"), name="half are quicker"),
            Line(expr=quantile(0.95, "darkstar_planner_solve_seconds"), name="95 % are quicker"),
            unit="s",
            about="The configuration's planner.time_limit_seconds ends each.",
            low=0,
            span=6,
        ),
        graph(
            "Distance from the best",
            Line(expr=of("darkstar_planner_gap"), name="at most", stepped=True),
            unit="short",
            about="So much [currency] could the cheapest plan there can be cost less, at most.",
            low=0,
            span=6,
        ),
        graph(
            "Water heater",
            *_both("water"),
            unit="kwatt",
            about="The heater's power beside the plan's.",
            low=0,
            span=6,
        ),
    ),
)

PLAN = Board(
    name="plan",
    title="plan and actual",
    about="What was planned for each slot beside what the house then did.",
    groups=(_NOW, _BATTERY, _GRID, _MAKING),
)

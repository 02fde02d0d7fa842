"""The house and its five services at one glance."""

from __future__ import annotations

from darkstar_dashboards.board import Board, Group
from darkstar_dashboards.looks import BAD, HANDS_ON, WARNING, YES_IS_GOOD, thresholds
from darkstar_dashboards.panels import Line, graph, issues, number, rows
from darkstar_dashboards.queries import of, total, zero_while_up

POWER = "darkstar_executor_power_kw"
_ALERTS = zero_while_up(of("ALERTS", alertstate="firing"), "gateway")
_FIRING = zero_while_up(f"count ({of('ALERTS', alertstate='firing')})", "gateway")

_HOUSE = Group(
    title="The house now",
    panels=(
        number(
            "Battery",
            of("darkstar_executor_soc_percent"),
            unit="percent",
            about="State of charge, as the inverter tells it.",
            steps=thresholds((10, WARNING), (20, "green"), below=BAD),
            decimals=0,
        ),
        number(
            "Solar power",
            of(POWER, flow="pv"),
            unit="kwatt",
            about="What the panels give now.",
            decimals=2,
        ),
        number(
            "The house uses",
            of(POWER, flow="load"),
            unit="kwatt",
            about="What the house draws now, heaters and cars included.",
            decimals=2,
        ),
        number(
            "From the grid",
            f"{of(POWER, flow='import')} - on (site) {of(POWER, flow='export')}",
            unit="kwatt",
            about="Import less export: below zero the house sells.",
            decimals=2,
        ),
        number(
            "Price of import",
            of("darkstar_price_per_kwh", direction="import"),
            unit="short",
            about="What a kWh from the grid costs in this slot, all parts included [currency/kWh].",
            decimals=2,
        ),
        number(
            "Price of export",
            of("darkstar_price_per_kwh", direction="export"),
            unit="short",
            about="What a kWh sold brings in this slot [currency/kWh].",
            decimals=2,
        ),
    ),
)

_MONEY = Group(
    title="Money, and whether all is well",
    panels=(
        number(
            "Cost today",
            of("darkstar_cost_today"),
            unit="short",
            about="Import less export since midnight.",
            name="{{currency}}",
            decimals=2,
        ),
        number(
            "Saved today",
            of("darkstar_saved_today"),
            unit="short",
            about="Against the same house without a battery, since midnight.",
            name="{{currency}}",
            steps=thresholds((0, "green"), below=WARNING),
            decimals=2,
        ),
        number(
            "Saved this month",
            of("darkstar_saved_month"),
            unit="short",
            about="Against the same house without a battery, since the month's first day.",
            name="{{currency}}",
            steps=thresholds((0, "green"), below=WARNING),
            decimals=2,
        ),
        number(
            "Services that answer",
            f"sum ({of('up', job='darkstar')})",
            unit="none",
            about="Of the five; the System dashboard says which.",
            steps=thresholds((5, "green"), below=BAD),
        ),
        number(
            "Issues raised",
            total("darkstar_issues"),
            unit="none",
            about="What services complain of now; each says on Darkstar's page what to do.",
            steps=thresholds((1, WARNING)),
        ),
        number(
            "Alerts firing",
            _FIRING,
            unit="none",
            about="Of Prometheus's rules, 0 where it has none; docs/observability.md says for each "
            "what to do.",
            steps=thresholds((1, BAD)),
        ),
    ),
)

_DAY = Group(
    title="The day",
    panels=(
        graph(
            "Power",
            Line(expr=of(POWER, flow="pv"), name="solar", look="pv"),
            Line(expr=of(POWER, flow="load"), name="house", look="load"),
            Line(expr=of(POWER, flow="import"), name="import", look="import"),
            Line(expr=of(POWER, flow="export"), name="export", look="export"),
            Line(expr=of(POWER, flow="charge"), name="charge", look="charge"),
            Line(expr=of(POWER, flow="discharge"), name="discharge", look="discharge"),
            unit="kwatt",
            about="Where power comes from and where it goes; each flow is never below zero.",
            low=0,
        ),
        graph(
            "Battery and price",
            Line(expr=of("darkstar_executor_soc_percent"), name="battery", look="soc"),
            Line(
                expr=of("darkstar_price_per_kwh", direction="import"),
                name="import price",
                look="price",
                stepped=True,
                unit="short",
            ),
            unit="percent",
            about="The battery's charge (left) beside the price of import (right, currency/kWh).",
            low=0,
            high=100,
        ),
    ),
)

_WELL = Group(
    title="What needs a look",
    panels=(
        number(
            "Age of the plan",
            of("darkstar_executor_schedule_age_seconds"),
            unit="s",
            about="How long ago the schedule in force was made; unknown: there is none.",
            steps=thresholds((1800, WARNING), (3600, BAD)),
            decimals=0,
        ),
        number(
            "Mode",
            of("darkstar_executor_shadow"),
            unit="none",
            about="In shadow mode all is decided and recorded, and nothing is written.",
            means=HANDS_ON,
        ),
        number(
            "Does as told",
            of("darkstar_executor_following"),
            unit="none",
            about="Whether the battery does what was last commanded; unknown until it is seen.",
            means=YES_IS_GOOD,
        ),
        number(
            "Settings not taken",
            of("darkstar_executor_failing_roles"),
            unit="none",
            about="Roles whose entity did not take what was written to it last.",
            steps=thresholds((1, BAD)),
        ),
        number(
            "Values not known",
            f"sum (1 - {of('darkstar_executor_reading_known')})",
            unit="none",
            about="Roles whose value is missing, too old or no number; the Executor dashboard says "
            "which.",
            steps=thresholds((1, WARNING)),
        ),
        number(
            "Free on the recorder's disk",
            of("darkstar_recorder_disk_free_bytes"),
            unit="bytes",
            about="Where history is kept.",
            steps=thresholds((500e6, WARNING), (5e9, "green"), below=BAD),
        ),
        issues(),
        rows(
            "Alerts",
            _ALERTS,
            "alertname",
            "service",
            "severity",
            about="Those that fire now. One row without words: none does.",
        ),
    ),
)

OVERVIEW = Board(
    name="overview",
    title="overview",
    about="The house now, what it costs, and whether anything needs a look.",
    groups=(_HOUSE, _MONEY, _DAY, _WELL),
)

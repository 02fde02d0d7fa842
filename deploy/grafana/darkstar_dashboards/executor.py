"""The executor: what it decided, what it wrote, and how well it sees the house."""

from __future__ import annotations

from darkstar_dashboards.board import Board, Group
from darkstar_dashboards.looks import (
    BAD,
    GOOD,
    HANDS_ON,
    WARNING,
    YES_IS_A_CONCERN,
    YES_IS_GOOD,
    thresholds,
)
from darkstar_dashboards.panels import Line, graph, number, states
from darkstar_dashboards.queries import counted, of, quantile

EXECUTOR = "executor"
WRITES = "darkstar_executor_writes_total"

_NOW = Group(
    title="Now",
    panels=(
        number(
            "Does as told",
            of("darkstar_executor_following"),
            unit="none",
            about="Whether the battery does what was last commanded; unknown until it is seen.",
            means=YES_IS_GOOD,
        ),
        number(
            "Mode",
            of("darkstar_executor_shadow"),
            unit="none",
            about="In shadow mode all is decided and recorded, and nothing is written.",
            means=HANDS_ON,
        ),
        number(
            "Roles without an entity",
            of("darkstar_executor_unbound_roles"),
            unit="none",
            about="Named in the configuration, not announced by the house. The page's Devices says "
            "which.",
            steps=thresholds((1, BAD)),
        ),
        number(
            "Values not known",
            f"sum (1 - {of('darkstar_executor_reading_known')})",
            unit="none",
            about="Roles whose value is missing, too old or no number.",
            steps=thresholds((1, WARNING)),
        ),
        number(
            "Settings written",
            counted(WRITES, service=EXECUTOR, over="[24h]", result="written"),
            unit="none",
            about="In the last 24 hours; inverters wear with every write.",
            steps=thresholds((200, WARNING), (500, BAD)),
            decimals=0,
        ),
        number(
            "Settings not taken",
            of("darkstar_executor_failing_roles"),
            unit="none",
            about="Roles whose entity did not take what was written to it last.",
            steps=thresholds((1, BAD)),
        ),
    ),
)

_DECIDED = Group(
    title="What it decides",
    panels=(
        graph(
            "Decisions by rule",
            Line(
                expr=counted("darkstar_executor_ticks_total", "rule", service=EXECUTOR),
                name="{{rule}}",
            ),
            unit="short",
            about="The first rule of docs/decision-table.md that applied, at each decision.",
            bars=True,
        ),
        graph(
            "Settings by role",
            Line(
                expr=counted(WRITES, "role", "result", service=EXECUTOR),
                name="{{role}}: {{result}}",
            ),
            unit="short",
            about="What was decided to be set, and what came of it; in shadow mode nothing is "
            "written.",
            bars=True,
        ),
    ),
)

_SEEN = Group(
    title="What it sees",
    panels=(
        graph(
            "Age of readings",
            Line(expr=of("darkstar_executor_reading_age_seconds"), name="{{role}}"),
            unit="s",
            about="Of the newest value of each role; a value that is too old counts as unknown.",
            low=0,
        ),
        graph(
            "Readings",
            Line(
                expr=f"rate({of('darkstar_executor_readings_total')}[$__rate_interval])",
                name="messages",
            ),
            unit="ops",
            about="Messages heard from the house each second.",
            low=0,
        ),
    ),
)

_DOING = Group(
    title="How it does",
    panels=(
        states(
            "Well with the house",
            Line(expr=of("darkstar_executor_following"), name="does as told"),
            Line(expr=of("darkstar_executor_reading_known"), name="{{role}} known"),
            means=YES_IS_GOOD,
            about="Whether the battery did what was commanded, and which values were known; a gap "
            "is not known.",
        ),
        states(
            "Other hands",
            Line(expr=of("darkstar_executor_overridden"), name="override"),
            Line(expr=of("darkstar_executor_paused"), name="pause"),
            Line(expr=of("darkstar_executor_shadow"), name="shadow"),
            Line(expr=of("darkstar_executor_trimmed"), name="peak guard"),
            means=YES_IS_A_CONCERN,
            about="When something else than the plan decided: people, shadow mode, or the guard "
            "that holds back what would be above the fuse.",
        ),
        graph(
            "Time of a decision",
            Line(expr=quantile(0.5, "darkstar_executor_tick_seconds"), name="half are quicker"),
            Line(expr=quantile(0.99, "darkstar_executor_tick_seconds"), name="99 % are quicker"),
            unit="s",
            about="With its writes.",
            low=0,
        ),
        graph(
            "What people asked and were told",
            Line(
                expr=counted(
                    "darkstar_executor_requests_total", "request", "accepted", service=EXECUTOR
                ),
                name="{{request}}, granted: {{accepted}}",
            ),
            Line(
                expr=counted("darkstar_executor_notifications_total", "kind", service=EXECUTOR),
                name="told: {{kind}}",
                look=GOOD,
            ),
            unit="short",
            about="Overrides, pauses and boosts, and the notifications sent.",
            bars=True,
        ),
    ),
)

EXECUTING = Board(
    name="executor",
    title="executor",
    about="What the executor decided and wrote, whether the house follows, and what it sees of it.",
    groups=(_NOW, _DECIDED, _SEEN, _DOING),
)

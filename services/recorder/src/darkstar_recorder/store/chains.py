"""Messages of all kinds as rows of one shape, and those that led to one another.

What caused a message is its `caused_by`; what a schedule was made from are the messages that
`made_from` names. Both are followed, so that a price leads to the setpoints that came of it.
"""

from __future__ import annotations

from dataclasses import dataclass

from darkstar_common.contract import (
    ACTION,
    CONTROL_STATE,
    EPISODE,
    HINDSIGHT,
    NOTIFY,
    PRICES,
    SCHEDULE,
    STRATEGY,
    WEATHER,
    Service,
)

_SET_BY_PEOPLE = "('shadow', 'automation', 'paused_until', 'water_boost_until', 'override')"
"""What `control/state` says of what people set; the strategy has its own rows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Kind:
    """Where messages of one kind are, and what is told of them."""

    table: str
    at: str
    sender: str
    """As SQL."""
    topic: str
    """As SQL."""
    detail: tuple[str, ...]
    """Columns; those that hold JSON with ` JSON` behind."""
    caused_by: str = "caused_by"
    made_from: str = "NULL"

    def rows(self, having: str) -> str:
        """The SELECT of those for which `having` is true."""
        told = ", ".join(_told(one) for one in self.detail)
        return (
            f"SELECT {self.at} AS sent_at, message_id::VARCHAR AS message_id, "  # noqa: S608 (names of this module)
            f"{self.caused_by}::VARCHAR AS caused_by, {self.sender} AS sender, "
            f"{self.topic} AS topic, {self.made_from}::VARCHAR AS made_from, "
            f"to_json({{{told}}})::VARCHAR AS detail FROM {self.table} WHERE {having}"
        )

    def links(self) -> str:
        """Each message with what caused it, and its time."""
        caused = (
            f"SELECT message_id, {self.caused_by}::UUID AS cause, {self.at} AS at_time "  # noqa: S608 (names of this module)
            f"FROM {self.table}"
        )
        if self.made_from == "NULL":
            return caused
        return (
            f"{caused} UNION ALL SELECT message_id, "  # noqa: S608 (names of this module)
            f"unnest(json_extract_string({self.made_from}, '$.*'))::UUID, {self.at} "
            f"FROM {self.table}"
        )


def _told(column: str) -> str:
    name, _, kind = column.partition(" ")
    return f"{name}: {name}::{kind}" if kind else f"{name}: {name}"


def _said(text: str) -> str:
    return f"'{text}'"


_SETTINGS = (
    "(SELECT message_id, caused_by, min(changed_at) AS set_at, "  # noqa: S608 (names of this module)
    "list({name: name, before: before::JSON, after: after::JSON} ORDER BY name) AS changes "
    f"FROM setting_change WHERE name IN {_SET_BY_PEOPLE} GROUP BY message_id, caused_by)"
)
_KINDS = (
    _Kind(
        table="price_issue", at="issued_at", sender=_said(Service.FORECASTER),
        topic=_said(PRICES.path), detail=("area", "currency", "source", "model_version"),
    ),
    _Kind(
        table="forecast_issue", at="issued_at", sender=_said(Service.FORECASTER),
        topic="'forecast/' || quantity", detail=("quantity", "model_version", "level", "basis"),
    ),
    _Kind(
        table="weather_issue", at="issued_at", sender=_said(Service.FORECASTER),
        topic=_said(WEATHER.path), detail=("source",),
    ),
    _Kind(
        table="schedule", at="issued_at", sender=_said(Service.PLANNER),
        topic=_said(SCHEDULE.path), made_from="made_from",
        detail=("status", "currency", "cost", "gap", "solver", "solve_seconds", "valid_until",
                "soc_percent_at_start", "why JSON"),
    ),
    _Kind(
        table="strategy_change", at="emitted_at", sender=_said(Service.PLANNER),
        topic=_said(STRATEGY.path),
        detail=("risk_appetite", "comfort", "vacation", "export_enabled", "target_soc_percent",
                "price_regime", "rules JSON"),
    ),
    _Kind(
        table="episode", at="emitted_at", sender=_said(Service.PLANNER),
        topic=_said(EPISODE.path), detail=("because", "planner_version", "system_id"),
    ),
    _Kind(
        table=_SETTINGS, at="set_at", sender=_said(Service.EXECUTOR),
        topic=_said(CONTROL_STATE.path), detail=("changes",),
    ),
    _Kind(
        table="control_action", at="emitted_at", sender=_said(Service.EXECUTOR),
        topic=_said(ACTION.path),
        detail=("kind", "slot_start", "rule", "reason", "planned JSON", "commanded JSON",
                "writes JSON", "before JSON", "after JSON", "override JSON", "skipped",
                "success", "soc_percent"),
    ),
    _Kind(
        table="notification", at="emitted_at", sender="sender", topic=_said(NOTIFY.path),
        detail=("kind", "severity", "title", "text"),
    ),
    _Kind(
        table="hindsight", at="noted_at", sender=_said(Service.PLANNER),
        topic=_said(HINDSIGHT.path), detail=("day", "cost", "currency"), caused_by="NULL",
    ),
)  # fmt: skip
_BEGINS = (
    "($beginning = '' OR starts_with(message_id::VARCHAR, $beginning) "
    "OR starts_with({caused_by}::VARCHAR, $beginning))"
)
MESSAGES = " UNION ALL ".join(
    one.rows(
        f"{one.at} >= $start AND {one.at} < $end AND {_BEGINS.format(caused_by=one.caused_by)}"
    )
    for one in _KINDS
)
"""Every message of a time; `$beginning` is that of its id, or of what caused it."""
_NEAR = "INTERVAL 7 DAY"
"""What leads to a message, and what it leads to, is not further from it: a plan reaches some days
ahead. Years of other messages are not looked through for every step."""
_IN_CHAIN = (
    "message_id IN (SELECT id FROM chain) "
    "AND {at} >= (SELECT since FROM near) AND {at} <= (SELECT until FROM near)"
)
_LINKS = " UNION ALL ".join(one.links() for one in _KINDS)
CHAIN = f"""
WITH RECURSIVE near AS MATERIALIZED (
    SELECT min(at_time) - {_NEAR} AS since, max(at_time) + {_NEAR} AS until FROM ({_LINKS})
    WHERE message_id = $id OR cause = $id
),
link AS MATERIALIZED (
    SELECT message_id, cause FROM ({_LINKS}), near WHERE at_time BETWEEN since AND until
),
up(id) AS (
    SELECT $id::UUID UNION
    SELECT link.cause FROM link JOIN up ON link.message_id = up.id WHERE link.cause IS NOT NULL
),
down(id) AS (
    SELECT $id::UUID UNION SELECT link.message_id FROM link JOIN down ON link.cause = down.id
),
chain AS MATERIALIZED (
    SELECT id FROM up UNION SELECT id FROM down UNION
    SELECT link.cause FROM link JOIN down ON link.message_id = down.id
)
{" UNION ALL ".join(one.rows(_IN_CHAIN.format(at=one.at)) for one in _KINDS)}
"""  # noqa: S608 (names of this module)
"""What led to the message `$id`, and what it led to, each with what else it was made from."""

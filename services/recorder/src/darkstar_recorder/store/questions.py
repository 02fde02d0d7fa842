"""The questions that can be asked, as SQL, and which of their details mean something."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal
from uuid import UUID

from darkstar_common.contract import HistoryQuestion
from darkstar_recorder.core.readings import ENERGIES
from darkstar_recorder.store import chains, told
from darkstar_recorder.store.settings import AWAY, WHO_IS_AWAY
from darkstar_recorder.store.told import Told

Span = Literal["day", "week", "month", "year", "total"]


class QuestionError(Exception):
    """A question that gets no rows; one sentence says why, and the way out."""


class TooLongError(QuestionError):
    """A question that was stopped, since nobody waits so long for its rows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Details:
    """What a question may say beside its time."""

    columns: tuple[str, ...] = ()
    """Only these, in this order; empty: all."""
    by: Span = "day"
    lead_hours: float | None = None
    """[h]."""
    id: UUID | None = None
    beginning: str = ""
    """Of an id."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A SELECT; what begins with `$` is bound where it has it: a detail, or the time asked for."""

    sql: str
    order: str
    led: str = ""
    """Instead of `sql` when a lead is asked for, where that is another matter."""
    whole: str = ""
    """Instead of `sql` when one is asked for by its id."""
    whole_order: str = ""
    told: Mapping[str, Told] = field(default_factory=dict)
    """Columns that are told otherwise than the database has them."""


_MASKS = [f"{channel}_flags" for channel in ENERGIES]
# A label is of a local day, whose slots are known once its sums are worked out.
_SLOTS = f"""
SELECT s.start_at AS start, load_kwh, pv_kwh, import_kwh, export_kwh, charge_kwh, discharge_kwh,
    water_kwh, ev_kwh, soc_percent_start, soc_percent_end,
    import_per_kwh, export_per_kwh, spot_per_kwh, residual_kwh,
    {" | ".join(_MASKS)} AS quality, [{", ".join(_MASKS)}] AS flags,
    CASE WHEN s.start_at < d.end_at THEN d.label END AS label, source,
    {AWAY}
FROM (SELECT * FROM slot WHERE start_at >= $start AND start_at < $end) s
{WHO_IS_AWAY}
ASOF LEFT JOIN (
    SELECT start_at, end_at, label FROM daily LEFT JOIN day_quality USING (day)
    WHERE end_at > $start AND start_at < $end
) d ON s.start_at >= d.start_at
"""  # noqa: S608 (names of this package)
# What was in force at the end of the slot: a later schedule may have replaced an earlier one.
_PLANNED = """
SELECT start_at AS start, * EXCLUDE (start_at, schedule_id), schedule_id::VARCHAR AS schedule_id
FROM slot_plan WHERE start_at >= $start AND start_at < $end
"""
# A plan's load is the base load, a meter's all of it; so water and cars are added to the plan's.
_OUTCOMES = """
SELECT coalesce(s.start_at, p.start_at) AS start,
    s.load_kwh, (p.load_kw + p.water_kw + p.ev_kw) / 4 AS planned_load_kwh,
    s.pv_kwh, p.pv_kw / 4 AS planned_pv_kwh,
    s.import_kwh, p.import_kw / 4 AS planned_import_kwh,
    s.export_kwh, p.export_kw / 4 AS planned_export_kwh,
    s.charge_kwh, p.charge_kw / 4 AS planned_charge_kwh,
    s.discharge_kwh, p.discharge_kw / 4 AS planned_discharge_kwh,
    s.water_kwh, p.water_kw / 4 AS planned_water_kwh,
    s.ev_kwh, p.ev_kw / 4 AS planned_ev_kwh,
    s.soc_percent_end, p.soc_percent AS planned_soc_percent_end,
    s.import_kwh * s.import_per_kwh - s.export_kwh * s.export_per_kwh AS cost,
    (p.import_kw * p.import_per_kwh - p.export_kw * p.export_per_kwh) / 4 AS planned_cost,
    p.issued_at, p.schedule_id::VARCHAR AS schedule_id
FROM (SELECT * FROM slot WHERE start_at >= $start AND start_at < $end) s
FULL JOIN (SELECT * FROM slot_plan WHERE start_at >= $start AND start_at < $end) p USING (start_at)
"""
_PRICES = """
SELECT start_at AS start, import_per_kwh, export_per_kwh, spot_per_kwh, kind, issued_at
FROM price WHERE start_at >= $start AND start_at < $end
"""
# As they were known so long before the slot.
_PRICES_AHEAD = """
SELECT s.start_at AS start, import_per_kwh, export_per_kwh, spot_per_kwh, kind, h.issued_at,
    spot_p10_per_kwh, spot_p90_per_kwh, h.model_version
FROM price_issued s JOIN price_issue h USING (message_id)
WHERE s.start_at >= $start AND s.start_at < $end AND h.issued_at <= s.start_at - $lead
QUALIFY row_number() OVER (PARTITION BY s.start_at ORDER BY h.issued_at DESC) = 1
"""
# The last one that was issued so long before the slot.
_FORECASTS = """
SELECT s.start_at AS start, h.quantity, p10_kw, p50_kw, p90_kw, h.issued_at,
    h.model_version, h.level, mean_kw, h.basis
FROM forecast_issued s JOIN forecast_issue h USING (message_id)
WHERE s.start_at >= $start AND s.start_at < $end AND h.issued_at <= s.start_at - $lead
QUALIFY row_number() OVER (PARTITION BY s.start_at, h.quantity ORDER BY h.issued_at DESC) = 1
"""
_WEATHER = """
SELECT s.start_at AS start, temperature_c, irradiance_w_per_m2, cloud_cover_percent, wind_m_per_s,
    h.issued_at, h.source, direct_w_per_m2, diffuse_w_per_m2, snow_depth_m
FROM weather_issued s JOIN weather_issue h USING (message_id)
WHERE s.start_at >= $start AND s.start_at < $end AND h.issued_at <= s.start_at - $lead
QUALIFY row_number() OVER (PARTITION BY s.start_at ORDER BY h.issued_at DESC) = 1
"""
# Whole days, weeks, … of which a part is asked for; what is worked out anew stands for the old.
_ROLLUPS = """
WITH days AS (
    SELECT * FROM daily WHERE day NOT IN (SELECT day FROM fresh) UNION ALL SELECT * FROM fresh
), asked AS (
    SELECT * FROM days WHERE $by <> 'total' OR (end_at > $start AND start_at < $end)
)
SELECT * FROM rollup($by, 'asked') WHERE "end" > $start AND start < $end
"""
_DAYS = """
SELECT day, label, reasons, labelled_by, labelled_at FROM day_quality
WHERE day >= $start::DATE AND day <= $end::DATE
"""
_MODELS = """
SELECT quantity, version, level, noted_at, trained_at, from_slot, to_slot, scores,
    basis, state, promoted_at, features, config_hash, reason
FROM model_card WHERE noted_at >= $start AND noted_at < $end
"""
_SCORES = """
SELECT * EXCLUDE (noted_on) FROM forecast_score WHERE noted_at >= $start AND noted_at < $end
"""
_LEARNING = "SELECT * FROM learning WHERE noted_at >= $start AND noted_at < $end"
_SLOTS_OF_SCHEDULE = """
SELECT start_at AS start, * EXCLUDE (message_id, start_at) FROM schedule_slot WHERE message_id = $id
"""
_EPISODE = """
SELECT * EXCLUDE (body)
    REPLACE (message_id::VARCHAR AS message_id, caused_by::VARCHAR AS caused_by), body
FROM episode WHERE message_id = $id
"""


def _messages(table: str, at: str, without: str = "") -> str:
    """The rows of a table of messages."""
    left_out = f" EXCLUDE ({without})" if without else ""
    return (
        f"SELECT *{left_out} REPLACE (message_id::VARCHAR AS message_id, "  # noqa: S608 (names of this module)
        f"caused_by::VARCHAR AS caused_by) FROM {table} WHERE {at} >= $start AND {at} < $end"
    )


_NOTIFICATIONS = """
SELECT * REPLACE (message_id::VARCHAR AS message_id, caused_by::VARCHAR AS caused_by), (
    SELECT to_json(list({destination: destination, delivered: delivered, attempts: attempts,
        reason: reason} ORDER BY destination))::VARCHAR
    FROM notification_delivery WHERE notification_id = notification.message_id
) AS deliveries
FROM notification WHERE emitted_at >= $start AND emitted_at < $end
"""

QUESTIONS: dict[HistoryQuestion, Question] = {
    "slots": Question(
        sql=_SLOTS, order="start", told={"quality": told.QUALITY, "flags": told.FLAGS}
    ),
    "prices": Question(sql=_PRICES, led=_PRICES_AHEAD, order="start"),
    "forecasts": Question(sql=_FORECASTS, order="start, quantity"),
    "rollups": Question(sql=_ROLLUPS, order="start"),
    "days": Question(sql=_DAYS, order="day"),
    "weather": Question(sql=_WEATHER, order="start"),
    "schedules": Question(
        sql=_messages("schedule", "issued_at"),
        order="issued_at, message_id",
        whole=_SLOTS_OF_SCHEDULE,
        whole_order="start",
    ),
    "planned": Question(sql=_PLANNED, order="start"),
    "outcomes": Question(sql=_OUTCOMES, order="start"),
    "actions": Question(
        sql=_messages("control_action", "emitted_at"), order="emitted_at, message_id"
    ),
    "episodes": Question(
        sql=_messages("episode", "emitted_at", "body"),
        order="emitted_at, message_id",
        whole=_EPISODE,
        whole_order="message_id",
        told={"body": told.EPISODE},
    ),
    "strategy": Question(
        sql=_messages("strategy_change", "emitted_at"), order="emitted_at, message_id"
    ),
    "settings": Question(
        sql=_messages("setting_change", "changed_at"), order="changed_at, message_id, name"
    ),
    "notifications": Question(sql=_NOTIFICATIONS, order="emitted_at, message_id"),
    "models": Question(sql=_MODELS, order="noted_at, quantity, version, level"),
    "scores": Question(sql=_SCORES, order="noted_at, quantity, lead, season"),
    "learning": Question(sql=_LEARNING, order="noted_at, kind, parameter"),
    "messages": Question(
        sql=chains.MESSAGES,
        order="sent_at, message_id",
        whole=chains.CHAIN,
        whole_order="sent_at, message_id",
    ),
}


def chosen(what: HistoryQuestion, details: Details) -> tuple[str, str]:
    """SELECT and ORDER BY of a question.

    Raises:
        QuestionError: A detail means nothing to it.
    """
    question = QUESTIONS[what]
    sql, order = question.sql, question.order
    if details.id is not None:
        having = ", ".join(sorted(name for name, one in QUESTIONS.items() if one.whole))
        if not question.whole:
            raise QuestionError(f"{what} have no id; what is asked for by its id: {having}")
        sql, order = question.whole, question.whole_order
    if details.lead_hours is not None and question.led:
        sql = question.led
    if details.lead_hours is not None and "$lead" not in sql:
        having = ", ".join(
            sorted(name for name, one in QUESTIONS.items() if "$lead" in one.sql + one.led)
        )
        raise QuestionError(f"{what} have no lead_hours; what has: {having}")
    if details.beginning and "$beginning" not in question.sql:
        having = ", ".join(
            sorted(name for name, one in QUESTIONS.items() if "$beginning" in one.sql)
        )
        raise QuestionError(f"{what} have no beginning of an id; what has: {having}")
    return sql, order

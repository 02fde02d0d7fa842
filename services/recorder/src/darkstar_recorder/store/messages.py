"""Messages as rows: prices and forecasts as issued, schedules, actions, and the rest.

Each is written once however often it comes: its `message_id` is the key of its head row,
and its details are written only together with a new head.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

import duckdb
from pydantic import TypeAdapter

from darkstar_common.contract import (
    ActionRecord,
    ControlState,
    Episode,
    Hindsight,
    HouseState,
    LearningState,
    Message,
    ModelCards,
    Notification,
    NotificationDelivery,
    PriceCurve,
    QuantileForecast,
    Schedule,
    ScheduleSlot,
    Strategy,
    WeatherForecast,
    WeatherSlot,
)
from darkstar_common.slots import SLOT
from darkstar_recorder.core.episodes import kept
from darkstar_recorder.store import episodes
from darkstar_recorder.store.database import insert_rows
from darkstar_recorder.store.fetching import only_row
from darkstar_recorder.store.learning import keep_cards, keep_learning
from darkstar_recorder.store.settings import keep_settings
from darkstar_recorder.store.times import naive

_ANY = TypeAdapter(Any)
_PRICES = dict.fromkeys(("import_per_kwh", "export_per_kwh", "spot_per_kwh"), "DOUBLE")
_SPREAD = dict.fromkeys(("spot_p10_per_kwh", "spot_p90_per_kwh"), "DOUBLE")
_DETAIL = {"message_id": "UUID", "start_at": "TIMESTAMP"}
_TEXT_FIELDS = ("price_kind", "reason", "evs")
_SCHEDULE_FIELDS = [name for name in ScheduleSlot.model_fields if name != "start"]
_WEATHER_FIELDS = [name for name in WeatherSlot.model_fields if name != "start"]


def keep(connection: duckdb.DuckDBPyConnection, message: Message) -> None:
    """Write `message`, unless it is there already.

    Raises:
        KeyError: It is of a class that is not kept.
    """
    _KEEPERS[type(message)](connection, message)


def _json(value: object) -> str:
    return _ANY.dump_json(value).decode()


def _head(
    connection: duckdb.DuckDBPyConnection, table: str, message: Message, **values: object
) -> UUID | None:
    """Insert the head row; its id if it was not there before."""
    row = {"message_id": message.message_id, "caused_by": message.caused_by, **values}
    found = only_row(
        connection.execute(
            f"INSERT INTO {table} ({', '.join(row)}) VALUES ({', '.join('?' * len(row))}) "  # noqa: S608 (names from this module, values bound)
            "ON CONFLICT DO NOTHING RETURNING message_id",
            list(row.values()),
        )
    )
    return message.message_id if found else None


def _keep_prices(connection: duckdb.DuckDBPyConnection, curve: PriceCurve) -> None:
    issued = naive(curve.issued_at)
    key = _head(
        connection, "price_issue", curve,
        issued_at=issued, area=curve.area, currency=curve.currency, source=curve.source,
        model_version=curve.model_version,
    )  # fmt: skip
    if key is None:
        return
    rows = [
        (naive(one.start), one.import_per_kwh, one.export_per_kwh, one.spot_per_kwh, one.kind)
        for one in curve.slots
    ]
    insert_rows(
        connection, "price_issued", _DETAIL | _PRICES | {"kind": "VARCHAR"} | _SPREAD,
        [
            (key, *row, one.spot_p10_per_kwh, one.spot_p90_per_kwh)
            for row, one in zip(rows, curve.slots, strict=True)
        ],
    )  # fmt: skip
    insert_rows(
        connection,
        "price",
        {"start_at": "TIMESTAMP"} | _PRICES | {"kind": "VARCHAR", "issued_at": "TIMESTAMP"},
        [(*row, issued) for row in rows],
        "(start_at) DO UPDATE SET "
        + ", ".join(f"{one} = excluded.{one}" for one in (*_PRICES, "kind", "issued_at"))
        + " WHERE excluded.issued_at >= price.issued_at"
        " AND (excluded.kind = 'published' OR price.kind = 'forecast')",
    )


def _keep_forecast(connection: duckdb.DuckDBPyConnection, forecast: QuantileForecast) -> None:
    key = _head(
        connection, "forecast_issue", forecast,
        quantity=forecast.quantity, issued_at=naive(forecast.issued_at),
        model_version=forecast.model_version, level=forecast.level, basis=forecast.basis,
    )  # fmt: skip
    if key is not None:
        insert_rows(
            connection,
            "forecast_issued",
            _DETAIL | dict.fromkeys(("p10_kw", "p50_kw", "p90_kw", "mean_kw"), "DOUBLE"),
            [
                (key, naive(s.start), s.p10_kw, s.p50_kw, s.p90_kw, s.mean_kw)
                for s in forecast.slots
            ],
        )


def _keep_schedule(connection: duckdb.DuckDBPyConnection, schedule: Schedule) -> None:
    plain = ("status", "currency", "cost", "objective", "bound", "gap", "solver",
             "solve_seconds", "kept_saving", "forecast_price_share", "peak_kw",
             "soc_percent_at_start")  # fmt: skip
    key = _head(
        connection, "schedule", schedule,
        issued_at=naive(schedule.issued_at), valid_until=naive(schedule.valid_until),
        violations=_json(schedule.violations), why=_json(schedule.why),
        made_from=_json(schedule.made_from),
        **{name: getattr(schedule, name) for name in plain},
    )  # fmt: skip
    if key is None:
        return
    kinds = {name: "VARCHAR" if name in _TEXT_FIELDS else "DOUBLE" for name in _SCHEDULE_FIELDS}
    rows = [
        (key, naive(one.start), *(_plain(getattr(one, name)) for name in _SCHEDULE_FIELDS))
        for one in schedule.slots
    ]
    insert_rows(connection, "schedule_slot", _DETAIL | kinds, rows)
    issued = naive(schedule.issued_at)
    insert_rows(
        connection,
        "slot_plan",
        {"schedule_id": "UUID", "start_at": "TIMESTAMP", "issued_at": "TIMESTAMP"} | kinds,
        [
            (*row[:2], issued, *row[2:])
            for row, one in zip(rows, schedule.slots, strict=True)
            if schedule.issued_at < one.start + SLOT
        ],
        "(start_at) DO UPDATE SET "
        + ", ".join(f"{one} = excluded.{one}" for one in ("schedule_id", "issued_at", *kinds))
        + " WHERE excluded.issued_at >= slot_plan.issued_at",
    )


def _keep_weather(connection: duckdb.DuckDBPyConnection, forecast: WeatherForecast) -> None:
    key = _head(
        connection, "weather_issue", forecast,
        issued_at=naive(forecast.issued_at), source=forecast.source,
    )  # fmt: skip
    if key is not None:
        insert_rows(
            connection,
            "weather_issued",
            _DETAIL | dict.fromkeys(_WEATHER_FIELDS, "DOUBLE"),
            [
                (key, naive(one.start), *(getattr(one, name) for name in _WEATHER_FIELDS))
                for one in forecast.slots
            ],
        )


def _plain(value: object) -> object:
    """`value`, or its JSON where a column cannot hold it."""
    return _json(value) if isinstance(value, dict) else value


def _keep_action(connection: duckdb.DuckDBPyConnection, action: ActionRecord) -> None:
    parts = {name: getattr(action, name) for name in ("planned", "override", "before", "after")}
    _head(
        connection, "control_action", action,
        emitted_at=naive(action.emitted_at), slot_start=naive(action.slot_start),
        rule=action.rule, reason=action.reason, intent=action.commanded.intent,
        kind=action.kind, planned_soc_percent=action.planned_soc_percent,
        skipped=action.skipped, ticks=action.ticks, version=action.version,
        **{name: _json(part) if part else None for name, part in parts.items()},
        commanded=_json(action.commanded), writes=_json(action.writes),
        soc_percent=action.soc_percent, success=action.success,
        duration_seconds=action.duration_seconds,
    )  # fmt: skip


def _keep_episode(connection: duckdb.DuckDBPyConnection, episode: Episode) -> None:
    episodes.insert(connection, episodes.rows_of([kept(episode)]))


def _keep_strategy(connection: duckdb.DuckDBPyConnection, strategy: Strategy) -> None:
    plain = ("risk_appetite", "comfort", "vacation", "export_enabled", "target_soc_percent",
             "s_index", "terminal_value_per_kwh", "price_regime", "weather_volatility",
             "legionella_due")  # fmt: skip
    _head(
        connection, "strategy_change", strategy,
        emitted_at=naive(strategy.emitted_at), rules=_json(strategy.rules),
        vacation_until=naive(strategy.vacation_until),
        legionella_done_at=naive(strategy.legionella_done_at),
        **{name: getattr(strategy, name) for name in plain},
    )  # fmt: skip
    keep_settings(connection, strategy)


def _keep_notification(connection: duckdb.DuckDBPyConnection, notice: Notification) -> None:
    _head(
        connection, "notification", notice,
        emitted_at=naive(notice.emitted_at), sender=notice.sender, kind=notice.kind,
        severity=notice.severity, title=notice.title, text=notice.text,
    )  # fmt: skip


def _keep_delivery(connection: duckdb.DuckDBPyConnection, told: NotificationDelivery) -> None:
    connection.execute(
        "INSERT INTO notification_delivery VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
        [
            told.notification_id, told.destination, naive(told.emitted_at), told.delivered,
            told.attempts, told.reason,
        ],
    )  # fmt: skip


def _keep_hindsight(connection: duckdb.DuckDBPyConnection, found: Hindsight) -> None:
    """The latest of a day counts."""
    connection.execute(
        "INSERT INTO hindsight VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (day) DO UPDATE SET "
        "message_id = excluded.message_id, noted_at = excluded.noted_at, slots = excluded.slots, "
        "currency = excluded.currency, cost = excluded.cost, wear_cost = excluded.wear_cost, "
        "status = excluded.status, gap = excluded.gap WHERE excluded.noted_at >= noted_at",
        [
            found.day, found.message_id, naive(found.emitted_at), found.slots, found.currency,
            found.cost, found.wear_cost, found.status, found.gap,
        ],
    )  # fmt: skip


_KEEPERS: dict[type[Message], Callable[[duckdb.DuckDBPyConnection, Any], None]] = {
    PriceCurve: _keep_prices,
    QuantileForecast: _keep_forecast,
    Schedule: _keep_schedule,
    ActionRecord: _keep_action,
    Episode: _keep_episode,
    Strategy: _keep_strategy,
    ModelCards: keep_cards,
    LearningState: keep_learning,
    Notification: _keep_notification,
    NotificationDelivery: _keep_delivery,
    Hindsight: _keep_hindsight,
    WeatherForecast: _keep_weather,
    ControlState: keep_settings,
    HouseState: keep_settings,
}
KEPT = tuple(_KEEPERS)
"""Message classes that `keep` writes."""

"""What people set, as rows that say what it was before and after."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import duckdb
from pydantic import TypeAdapter

from darkstar_common.contract import ControlState, HouseState, Strategy
from darkstar_recorder.store.database import insert_rows
from darkstar_recorder.store.times import naive

_ANY = TypeAdapter(Any)
_STRATEGY = ("risk_appetite", "comfort", "vacation", "vacation_until", "export_enabled")
_CONTROL = ("shadow", "automation", "paused_until", "water_boost_until", "override")
_COLUMNS = {
    "message_id": "UUID", "caused_by": "UUID", "changed_at": "TIMESTAMP", "name": "VARCHAR",
    "before": "VARCHAR", "after": "VARCHAR",
}  # fmt: skip

AWAY = "v.after = 'true' AS vacation, a.after = 'true' AS alarm_armed"
"""Who was away in a slot, as columns of what `WHO_IS_AWAY` joins; null where nobody said."""
WHO_IS_AWAY = """
ASOF LEFT JOIN (SELECT * FROM setting_change WHERE name = 'vacation') v
    ON s.start_at >= v.changed_at
ASOF LEFT JOIN (SELECT * FROM setting_change WHERE name = 'alarm_armed') a
    ON s.start_at >= a.changed_at
"""
"""What was set when the slot `s` began."""


def settings(message: Strategy | ControlState | HouseState) -> Mapping[str, object]:
    """What people can set of what `message` says, by name; an alarm that is unknown is left out."""
    if isinstance(message, HouseState):
        return {} if message.alarm_armed is None else {"alarm_armed": message.alarm_armed}
    names = _STRATEGY if isinstance(message, Strategy) else _CONTROL
    found = {name: getattr(message, name) for name in names}
    if isinstance(message, ControlState):
        found |= {f"notify_{kind}": on for kind, on in message.notifications.items()}
    return found


def keep_settings(
    connection: duckdb.DuckDBPyConnection, message: Strategy | ControlState | HouseState
) -> None:
    """Write what is set otherwise than before; a message from before that is too late."""
    said = {name: _ANY.dump_json(value).decode() for name, value in settings(message).items()}
    at = naive(message.emitted_at)
    rows = connection.execute(
        "SELECT name, arg_max(after, changed_at), max(changed_at) FROM setting_change "
        "WHERE name IN (SELECT unnest(?::VARCHAR[])) GROUP BY name",
        [list(said)],
    ).fetchall()
    known = {name: (value, since) for name, value, since in rows}
    insert_rows(
        connection,
        "setting_change",
        _COLUMNS,
        [
            (message.message_id, message.caused_by, at, name, known.get(name, (None,))[0], value)
            for name, value in said.items()
            if name not in known or (known[name][0] != value and known[name][1] < at)
        ],
        "DO NOTHING",
    )

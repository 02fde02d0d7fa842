"""Asks the recorder for the chain of a message."""

from __future__ import annotations

from datetime import UTC, datetime

from pydantic import ValidationError

from darkstar_common.bus.mqtt import MqttBus
from darkstar_common.contract import HISTORY_QUERY, HistoryQuery, HistoryRows, RequestResult
from darkstar_common.launcher.tracing.messages import Told, recorded
from darkstar_common.launcher.visiting import asked

_EVER = datetime(1970, 1, 1, tzinfo=UTC)
_AFTER = datetime(2200, 1, 1, tzinfo=UTC)
_WHOLE_ID = 36
_CANDIDATES = 1000
"""Messages looked at for the beginning of an id [rows]."""


class RefusedError(Exception):
    """The recorder does not answer this question; the text is what it said."""


async def candidates(bus: MqttBus, beginning: str) -> tuple[Told, ...]:
    """Messages whose id, or that of what caused them, begins so.

    Raises:
        NotThereError: There is no recorder.
        RefusedError: It refused.
    """
    query = HistoryQuery(
        what="messages", beginning=beginning, start=_EVER, end=_AFTER, limit=_CANDIDATES
    )
    return recorded(await _rows(bus, query))


async def recorded_chain(bus: MqttBus, message_id: str) -> tuple[Told, ...]:
    """All that led to the message, and that it led to.

    Raises:
        NotThereError: There is no recorder.
        RefusedError: It refused.
    """
    found: tuple[Told, ...] = ()
    while True:
        query = HistoryQuery.model_validate(
            {"what": "messages", "id": message_id, "offset": len(found)}
        )
        rows = await _rows(bus, query)
        found += recorded(rows)
        if rows.complete or not rows.row_count:
            return found


async def _rows(bus: MqttBus, query: HistoryQuery) -> HistoryRows:
    reply = await asked(bus, HISTORY_QUERY, query, "recorder")
    try:
        return reply.read(HistoryRows)
    except ValidationError:
        raise RefusedError(f"the recorder refused: {reply.read(RequestResult).reason}") from None


def is_whole(text: str) -> bool:
    """Whether it is an id, not the beginning of one."""
    return len(text) == _WHOLE_ID

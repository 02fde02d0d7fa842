"""The services of a played house: they do what is asked, say what has changed, and remember."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from support.gateway_house import control_state, recorded

from darkstar_common.bus import Delivery, MemoryBus, RawDelivery
from darkstar_common.contract import (
    AUTOMATION_SET,
    COMFORT_SET,
    CONTROL_STATE,
    EXPORT_SET,
    NOTIFICATIONS_SET,
    NOTIFY_TEST,
    OVERRIDE_CLEAR,
    OVERRIDE_SET,
    PAUSE_SET,
    RISK_APPETITE_SET,
    SHADOW_SET,
    STRATEGY,
    TABLE,
    VACATION_SET,
    WATER_BOOST_SET,
    Channel,
    HistoryQuery,
    HistoryRows,
    Message,
    Override,
    RequestResult,
    Service,
)

Memory = Callable[[HistoryQuery, datetime], HistoryRows]
"""What the recorder answers to a question at a time."""
Effect = Callable[[Any, datetime], dict[str, Any]]
"""What a request changes of the state it is about."""


def _override(asked: Any, at: datetime) -> dict[str, Any]:
    until = at + timedelta(minutes=asked.minutes)
    wish = Override(action=asked.action, until=until)
    new = control_state(at, override=wish)
    return {"override": wish, "command": new.command, "rule": new.rule, "reason": new.reason}


def _cleared(_asked: Any, at: datetime) -> dict[str, Any]:
    new = control_state(at)
    kept = {"command": new.command, "rule": new.rule, "reason": new.reason}
    return {"override": None, "water_boost_until": None, **kept}


def _paused(asked: Any, at: datetime) -> dict[str, Any]:
    minutes = asked.duration_minutes()
    until = at + timedelta(minutes=minutes) if minutes else None
    return {"paused_until": until, "paused_at": at if until else None}


CONTROL: Mapping[str, Effect] = {
    OVERRIDE_SET.path: _override,
    OVERRIDE_CLEAR.path: _cleared,
    PAUSE_SET.path: _paused,
    AUTOMATION_SET.path: lambda asked, _at: {"automation": asked.on},
    SHADOW_SET.path: lambda asked, _at: {"shadow": asked.on},
    WATER_BOOST_SET.path: lambda asked, at: {
        "water_boost_until": at + timedelta(minutes=asked.minutes) if asked.minutes else None
    },
    NOTIFICATIONS_SET.path: lambda asked, _at: {"notifications": {asked.kind: asked.on}},
}
PLANNING: Mapping[str, Effect] = {
    RISK_APPETITE_SET.path: lambda asked, _at: {"risk_appetite": asked.level},
    COMFORT_SET.path: lambda asked, _at: {"comfort": asked.level},
    EXPORT_SET.path: lambda asked, _at: {"export_enabled": asked.on},
    VACATION_SET.path: lambda asked, _at: {
        "vacation": asked.on,
        "vacation_until": asked.until if asked.on else None,
    },
}


def span(query: HistoryQuery, at: datetime) -> tuple[datetime, datetime]:
    """The time asked about; the last day, where nothing is said."""
    return query.start or at - timedelta(days=1), query.end or at


def a_rollup(query: HistoryQuery, at: datetime) -> HistoryRows:
    """One row over the time asked about, of a house that has saved a little."""
    start, end = span(query, at)
    known = max(0, int((at - start) / timedelta(minutes=15)))
    row = {
        "day": start.date(), "start": start, "end": end, "days": 1, "known_slots": known,
        "expected_slots": known, "load_kwh": 8.4, "pv_kwh": 21.3, "import_kwh": 3.1,
        "export_kwh": 9.2, "charge_kwh": 7.5, "discharge_kwh": 2.2, "water_kwh": 2.0,
        "ev_kwh": 0.0, "cost": -4.31, "cost_without_battery": 2.12, "cost_self_consumption": -1.08,
        "cost_perfect_foresight": None, "planned_cost": -4.0, "cost_where_planned": -4.31,
        "wear_cost": 0.4, "stored_worth": 3.2, "saved": 6.43, "saved_with_stored": 9.63,
        "saved_by_planning": 3.23, "saved_by_planning_with_stored": 4.1, "cycles": 0.31,
        "self_consumption": 0.57, "self_sufficiency": 0.71,
    }  # fmt: skip
    return history("rollups", {name: (value,) for name, value in row.items()}, at)


def history(what: Any, columns: dict[str, tuple[Any, ...]], at: datetime) -> HistoryRows:
    """An answer of the recorder."""
    count = len(next(iter(columns.values()), ()))
    return HistoryRows(
        sender=Service.RECORDER, emitted_at=at, what=what, columns=columns, row_count=count,
        complete=True,
    )  # fmt: skip


def _slots(query: HistoryQuery, at: datetime) -> HistoryRows:
    return recorded(*span(query, at), at)


class Services:
    """All services of a house at once, in so far as people's requests go.

    What `memory` has no entry for is answered with no rows; what `answers` has an entry for, by
    the path of the request, is answered so, and all else is accepted.
    """

    def __init__(self, bus: MemoryBus, now: Callable[[], datetime]) -> None:
        self._bus, self._now = bus, now
        self.memory: dict[str, Memory] = {"slots": _slots, "rollups": a_rollup}
        self.answers: dict[str, Callable[[Any, datetime], Message]] = {}

    async def run(self) -> None:
        """Answer until cancelled."""
        requests = tuple(
            one for one in TABLE if one.kind == "request" and one.path != NOTIFY_TEST.path
        )
        async with self._bus.inbox(*requests) as inbox:
            async for delivery in inbox:
                if not isinstance(delivery, RawDelivery):
                    await self._answer(delivery)

    async def _answer(self, delivery: Delivery[Any]) -> None:
        asked, at, path = delivery.message, self._now(), delivery.channel.path
        if isinstance(asked, HistoryQuery):
            memory = self.memory.get(asked.what)
            await delivery.answer(memory(asked, at) if memory else history(asked.what, {}, at))
            return
        if path in self.answers:
            await delivery.answer(self.answers[path](asked, at))
            return
        await self._change(CONTROL_STATE, CONTROL, path, asked)
        await self._change(STRATEGY, PLANNING, path, asked)
        await delivery.answer(
            RequestResult(
                sender=Service.EXECUTOR, emitted_at=at, accepted=True, reason=f"{path} is done."
            )
        )

    async def _change(
        self, channel: Channel[Any], effects: Mapping[str, Effect], path: str, asked: Any
    ) -> None:
        effect, said = effects.get(path), self._bus.sent(channel)
        if effect is None or not said:
            return
        at = self._now()
        latest = said[-1].model_copy(update={"emitted_at": at, **effect(asked, at)})
        await self._bus.publish(channel, latest)

"""What the services' logs tell of messages: who published which, and what came of each."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any

from darkstar_common.contract import ACTION, NOTIFY, PRICES, SCHEDULE, WEATHER
from darkstar_common.launcher.tracing.messages import Remark, Told

_ENVELOPE = frozenset(
    {"event", "level", "timestamp", "service", "message_id", "caused_by", "made_from", "house_time"}
)
_TOPICS: Mapping[str, Callable[[Mapping[str, Any]], str]] = {
    "prices_published": lambda _: PRICES.path,
    "weather_published": lambda _: WEATHER.path,
    "forecast_published": lambda line: f"forecast/{line.get('quantity', 'load')}",
    "schedule_published": lambda _: SCHEDULE.path,
    "action_recorded": lambda _: ACTION.path,
    "notification_sent": lambda _: NOTIFY.path,
}
"""Events that say that a message was published, and where."""


def logged(lines: Iterable[str]) -> tuple[Told, ...]:
    """Messages that lines of logs tell of; other lines, and what no line can be, are passed over.

    A line may have something before its JSON, as Docker has the name of the container.
    """
    return tuple(one for line in lines if (one := _told(_read(line))) is not None)


def _read(line: str) -> Mapping[str, Any]:
    """The fields of a line; none where it is no JSON object."""
    begin = line.find("{")
    try:
        value = json.loads(line[begin:]) if begin >= 0 else {}
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}


def _told(line: Mapping[str, Any]) -> Told | None:
    own, cause = _id(line.get("message_id")), _id(line.get("caused_by"))
    if own is not None:
        return _published(own, cause, line)
    if cause is None:
        return None
    return Told(message_id=cause, topic=_request(line), remarks=(_remark(line),))


def _request(line: Mapping[str, Any]) -> str:
    """The topic of a request that was answered; empty for any other line."""
    if line.get("event") != "request_answered":
        return ""
    return _id(line.get("request") or line.get("what")) or ""


def _published(own: str, cause: str | None, line: Mapping[str, Any]) -> Told:
    topic = _TOPICS.get(str(line.get("event")))
    made_from = line.get("made_from")
    behind = made_from if isinstance(made_from, dict) else {}
    if topic is None:
        return Told(message_id=own, caused_by=cause, remarks=(_remark(line),))
    return Told(
        message_id=own,
        topic=topic(line),
        sender=str(line.get("service", "")),
        sent_at=_moment(line),
        caused_by=cause,
        made_from={str(name): str(one) for name, one in behind.items()},
        detail=_rest(line),
    )


def _remark(line: Mapping[str, Any]) -> Remark:
    return Remark(
        at=_moment(line),
        service=str(line.get("service", "")),
        event=str(line.get("event", "")),
        detail=_rest(line),
    )


def _rest(line: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in line.items() if name not in _ENVELOPE}


def _id(value: object) -> str | None:
    return value if isinstance(value, str) and value else None


def _moment(line: Mapping[str, Any]) -> datetime | None:
    """The house's time where it is another than the wall's; None where no time can be read."""
    try:
        found = datetime.fromisoformat(str(line.get("house_time") or line.get("timestamp")))
    except ValueError:
        return None
    return found if found.tzinfo is not None else None

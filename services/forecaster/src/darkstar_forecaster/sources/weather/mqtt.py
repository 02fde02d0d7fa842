"""Weather that somebody publishes on a topic of their own."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from darkstar_common.bus import Bus, RawDelivery
from darkstar_forecaster.core.weather.rows import moment_of, rows_table
from darkstar_forecaster.core.weather.sun import Place
from darkstar_forecaster.core.weather.table import Issued, WeatherRefusedError, ahead_of
from darkstar_forecaster.sources.weather.port import Answer, Heard, Unavailable


class MqttWeather:
    """A JSON list of weather slots, or an object with `slots` and perhaps `issued_at`."""

    def __init__(self, bus: Bus, topic: str, place: Place | None) -> None:
        self.name = f"mqtt {topic}"
        self._bus, self._topic, self._place = bus, topic, place
        self._payload: bytes | None = None
        self._since: datetime | None = None

    async def fetch(self, now: datetime) -> Answer:
        """What was published last."""
        if self._payload is None:
            return Unavailable(reason=f"nothing was published on {self._topic} yet")
        self._since = self._since or now
        try:
            issued_at, rows = _read(self._payload)
            table = ahead_of(rows_table(rows, self._place), now)
        except WeatherRefusedError as error:
            return Unavailable(reason=f"what is on {self._topic} is refused: {error}")
        made = min(issued_at or self._since, now)
        return Issued(issued_at=made, source=self.name, table=table)

    async def listen(self, heard: Heard) -> None:
        """Take in what is published, until cancelled."""
        async with self._bus.inbox(filters=(self._topic,)) as inbox:
            async for delivery in inbox:
                if isinstance(delivery, RawDelivery) and delivery.payload != self._payload:
                    self._payload, self._since = delivery.payload, None
                    await heard()


def _read(payload: bytes) -> tuple[datetime | None, list[dict[str, Any]]]:
    try:
        said = json.loads(payload)
    except (ValueError, RecursionError):
        raise WeatherRefusedError("it is no JSON") from None
    issued_at = None
    if isinstance(said, dict):
        told, said = said.get("issued_at"), said.get("slots")
        issued_at = moment_of(told)
        if told is not None and issued_at is None:
            raise WeatherRefusedError(
                f"issued_at is {str(told)[:40]!r}; write it as 2026-01-01T12:00:00Z"
            )
    if not isinstance(said, list) or not all(isinstance(row, dict) for row in said):
        raise WeatherRefusedError("it is no list of weather slots")
    return issued_at, said

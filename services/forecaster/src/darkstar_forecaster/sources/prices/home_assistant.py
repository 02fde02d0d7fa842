"""Prices of a sensor in Home Assistant, as the integrations for them keep them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from http import HTTPStatus
from typing import Any
from zoneinfo import ZoneInfo

from darkstar_forecaster.core.prices import Answer, PricesRefusedError, Unavailable
from darkstar_forecaster.sources.prices.remembered import Remembered
from darkstar_forecaster.sources.prices.shapes import told_spots
from darkstar_forecaster.sources.web import NoReply, Question, ask

_FRESH = timedelta(minutes=1)
"""Days that are asked for together share one question."""
_REST = timedelta(minutes=5)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sensor:
    """Where the prices are.

    Attributes:
        url: of Home Assistant; None: not configured.
        token: long-lived access token; None: there is none.
        entity: the sensor.
        currency: that the house counts in.
        timeout: for each question [s].
    """

    url: str | None
    token: str | None
    entity: str
    currency: str
    timeout: float


class HomeAssistantPrices:
    """What the attributes of one sensor tell; what they told before is remembered."""

    def __init__(self, sensor: Sensor) -> None:
        self._sensor = sensor
        self._memory = Remembered(self.name)
        self._asked_at: datetime | None = None
        self._trouble: Unavailable | None = None

    @property
    def name(self) -> str:
        """The sensor."""
        return f"Home Assistant's {self._sensor.entity}"

    async def fetch(self, day: date, zone: ZoneInfo, now: datetime) -> Answer:
        """The prices of the local `day`, if the sensor tells, or told, all of them."""
        if self._memory.has(day, zone):
            return self._memory.day(day, zone, now)
        if self._asked_at is None or not timedelta(0) <= now - self._asked_at < _FRESH:
            self._asked_at, self._trouble = now, await self._look(day, zone, now)
        if self._trouble is not None:
            return Unavailable(day=day, reason=self._trouble.reason, rest=self._trouble.rest)
        return self._memory.day(day, zone, now)

    async def _look(self, day: date, zone: ZoneInfo, now: datetime) -> Unavailable | None:
        """Ask for the sensor, and remember what it tells; or what went wrong."""
        sensor = self._sensor
        if sensor.url is None or sensor.token is None:
            return Unavailable(day=day, reason=_way_in(sensor), rest=_REST)
        question = Question(
            url=f"{sensor.url.rstrip('/')}/api/states/{sensor.entity}",
            headers={"authorization": f"Bearer {sensor.token}"},
        )
        said = await ask(question, timeout=sensor.timeout, now=now)
        if isinstance(said, NoReply):
            return Unavailable(day=day, reason=self._why(said), rest=_REST)
        try:
            told = _attributes(said.body)
            self._memory.keep(told_spots(told, sensor.currency, zone, needs_unit=True))
        except PricesRefusedError as error:
            return Unavailable(day=day, reason=f"{self.name} cannot be used: {error}", rest=_REST)
        return None

    def _why(self, said: NoReply) -> str:
        if said.status in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN):
            return (
                f"Home Assistant does not let the forecaster in ({said.status}); make a "
                "long-lived access token, and name it in DARKSTAR_HOME_ASSISTANT_TOKEN"
            )
        if said.status == HTTPStatus.NOT_FOUND:
            return (
                f"Home Assistant has no entity {self._sensor.entity}; see prices.entity in the "
                "configuration"
            )
        return f"Home Assistant {said.reason}"


def _way_in(sensor: Sensor) -> str:
    if sensor.url is None:
        return "home_assistant.url is not set, so no sensor can be asked for prices"
    return (
        "there is no access token of Home Assistant; make a long-lived one, and name it in "
        "DARKSTAR_HOME_ASSISTANT_TOKEN"
    )


def _attributes(body: Any) -> Mapping[str, Any]:
    found = body.get("attributes") if isinstance(body, dict) else None
    if not isinstance(found, dict):
        raise PricesRefusedError("it has no attributes")
    return found

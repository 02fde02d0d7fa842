"""A weather entity of Home Assistant."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from darkstar_forecaster.core.weather.home_assistant import forecast_table
from darkstar_forecaster.core.weather.table import Issued, WeatherRefusedError, ahead_of
from darkstar_forecaster.sources.weather.port import Answer, Heard, Unavailable
from darkstar_forecaster.sources.web import NoReply, Question, ask

_GUIDANCE: Mapping[int | None, str] = {
    401: "; see DARKSTAR_HOME_ASSISTANT_TOKEN",
    403: "; see DARKSTAR_HOME_ASSISTANT_TOKEN",
    404: "; see weather.entity in the config",
    None: "; see home_assistant.url in the config",
}


class HomeAssistantWeather:
    """Temperature, wind and cloud cover by the hour, from the entity's hourly forecast."""

    def __init__(self, url: str, token: str, entity: str, *, timeout_seconds: float) -> None:
        self.name = f"home_assistant {entity}"
        self._url, self._entity, self._timeout = url.rstrip("/"), entity, timeout_seconds
        self._headers = {"authorization": f"Bearer {token}"}

    async def fetch(self, now: datetime) -> Answer:
        """The entity's units, then its forecast in them."""
        state = await self._ask(f"api/states/{self._entity}", now)
        if isinstance(state, Unavailable):
            return state
        answer = await self._ask(
            "api/services/weather/get_forecasts",
            now,
            body={"entity_id": self._entity, "type": "hourly"},
        )
        if isinstance(answer, Unavailable):
            return answer
        try:
            table = ahead_of(forecast_table(state, answer, self._entity), now)
        except WeatherRefusedError as error:
            return Unavailable(reason=f"Home Assistant's weather is refused: {error}")
        return Issued(issued_at=now, source=self.name, table=table)

    async def listen(self, heard: Heard) -> None:
        """It is asked."""

    async def _ask(self, path: str, now: datetime, *, body: object = None) -> object:
        outcome = await ask(
            Question(
                url=f"{self._url}/{path}",
                params={} if body is None else {"return_response": "true"},
                headers=self._headers,
                body=body,
            ),
            timeout=self._timeout,
            now=now,
        )
        if isinstance(outcome, NoReply):
            guidance = _GUIDANCE.get(outcome.status, "")
            return Unavailable(
                reason=f"Home Assistant {outcome.reason}{guidance}", retry_after=outcome.retry_after
            )
        return outcome.body

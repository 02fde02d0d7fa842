"""Open-Meteo: forecasts of the best models for each place, and the weather of the past."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from http import HTTPStatus

import polars as pl

from darkstar_forecaster.core.weather.open_meteo import (
    answer_table,
    archive_query,
    forecast_query,
)
from darkstar_forecaster.core.weather.sun import Place
from darkstar_forecaster.core.weather.table import Issued, WeatherRefusedError, ahead_of
from darkstar_forecaster.sources.weather.port import Answer, Heard, Unavailable
from darkstar_forecaster.sources.web import NoReply, Question, ask

_HOUR = timedelta(hours=1)
_DAY = timedelta(days=1)


class OpenMeteo:
    """Its forecast API."""

    name = "open_meteo"

    def __init__(self, url: str, place: Place, *, timeout_seconds: float) -> None:
        self._place, self._timeout = place, timeout_seconds
        self.question = Question(url=f"{url.rstrip('/')}/v1/forecast", params=forecast_query(place))

    async def fetch(self, now: datetime) -> Answer:
        """Two days back and seven ahead, by quarter hours where the models have them."""
        outcome = await ask(self.question, timeout=self._timeout, now=now)
        if isinstance(outcome, NoReply):
            return unavailable("Open-Meteo", outcome, now)
        try:
            table = ahead_of(answer_table(outcome.body, self._place), now)
        except WeatherRefusedError as error:
            return Unavailable(reason=f"Open-Meteo's answer is refused: {error}")
        return Issued(issued_at=now, source=self.name, table=table)

    async def listen(self, heard: Heard) -> None:
        """It says nothing by itself."""


class OpenMeteoArchive:
    """Its archive, which ends some days ago."""

    name = "open_meteo archive"

    def __init__(self, url: str, place: Place, *, timeout_seconds: float) -> None:
        self._url = f"{url.rstrip('/')}/v1/archive"
        self._place, self._timeout = place, timeout_seconds

    def question(self, first: date, last: date) -> Question:
        """What is asked for these days."""
        return Question(url=self._url, params=archive_query(self._place, first, last))

    async def past(self, first: date, last: date, now: datetime) -> pl.DataFrame | Unavailable:
        """The days as far as the archive knows them."""
        outcome = await ask(self.question(first, last), timeout=self._timeout, now=now)
        if isinstance(outcome, NoReply):
            return unavailable("Open-Meteo's archive", outcome, now)
        try:
            table = answer_table(outcome.body, self._place)
        except WeatherRefusedError as error:
            return Unavailable(reason=f"the answer of Open-Meteo's archive is refused: {error}")
        return table.filter(pl.col("start").dt.date().is_between(first, last))


def unavailable(who: str, failure: NoReply, now: datetime) -> Unavailable:
    """The failure as an answer; a refusal for too many questions names its period in words."""
    wait = failure.retry_after
    if failure.status == HTTPStatus.TOO_MANY_REQUESTS and wait is None:
        wait = _period(failure.reason, now)
    return Unavailable(reason=f"{who} {failure.reason}", retry_after=wait)


def _period(said: str, now: datetime) -> timedelta:
    """Until the limit that was reached is lifted; an hour where none is named."""
    if "Daily" in said:
        midnight = now.replace(hour=0, minute=0, second=0, microsecond=0) + _DAY
        return midnight - now
    return timedelta(minutes=1) if "Minutely" in said else _HOUR

"""Whether each service does its work: not what it says of itself, but what it does when asked."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass
from datetime import timedelta

import httpx
from chaos.house import TOKEN, ChaosHouse
from chaos.observer import Observer

from darkstar_common.bus import RequestTimeoutError
from darkstar_common.contract import (
    CONTROL_STATE,
    FORECAST_ROLLBACK,
    HISTORY_QUERY,
    HOUSE_STATE,
    LOAD_FORECAST,
    PLAN_RUN,
    SCHEDULE,
    HistoryQuery,
    QuantileForecast,
    RollbackForecast,
    RunPlan,
)
from darkstar_common.launcher.fleet import SERVICES

_PATIENCE = timedelta(seconds=2)
"""Before a question is asked again [of the wall]."""
_BREATH = 0.1
_COVERS = timedelta(hours=12)
"""A forecast reaches at least so far ahead."""
NO_SUCH = "no-such-model"
Troubles = frozenset[tuple[str, str]]


@dataclass(slots=True)
class Health:
    """Asks the services of a house."""

    house: ChaosHouse
    observer: Observer
    accustomed: Troubles = frozenset()
    """Issues that were there before anything was broken."""

    async def recovery(self, since: float, within: float) -> dict[str, float]:
        """How long after `since` each service was well [s of the wall].

        Args:
            since: When what was broken was mended [s of the loop].
            within: How long to wait at most [s]; one that is not well by then gets infinity.
        """
        found = await asyncio.gather(*(self._well(one, since, within) for one in SERVICES))
        recovery = dict(zip(SERVICES, found, strict=True))
        # one may have become troubled since by what another was troubled by
        if troubled := {name for name, _ in self.troubles()}:
            late = await self._untroubled(since, within)
            recovery |= {name: max(recovery[name], late) for name in troubled}
        return recovery

    def troubles(self) -> Troubles:
        """What the services say is wrong with them, but for what is always so."""
        return _issues(self.observer) - self.accustomed

    async def _well(self, service: str, since: float, within: float) -> float:
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(max(since + within - loop.time(), 0)):
                await _WORK[service](self, since)
                await self._says_so(service)
        except TimeoutError:
            return float("inf")
        return loop.time() - since

    async def _untroubled(self, since: float, within: float) -> float:
        """How long after `since` nobody is troubled any more [s]; infinity: not in time."""
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(max(since + within - loop.time(), 0)), self.observer.changed:
                await self.observer.changed.wait_for(lambda: not self.troubles())
        except TimeoutError:
            return float("inf")
        return loop.time() - since

    async def _says_so(self, service: str) -> None:
        def well() -> bool:
            status = self.observer.status(service)
            untroubled = not any(one == service for one, _ in self.troubles())
            return status is not None and status.online and untroubled

        async with self.observer.changed:
            await self.observer.changed.wait_for(well)

    async def _acts(self, since: float) -> None:
        await self._hears(since, HOUSE_STATE.path, CONTROL_STATE.path)

    async def _plans(self, since: float) -> None:
        await self._answers(self._asks_for_a_plan)
        await self._hears(since, SCHEDULE.path)

    async def _asks_for_a_plan(self) -> None:
        await self.house.bus.request(PLAN_RUN, RunPlan(), timeout=_PATIENCE)

    async def _remembers(self, since: float) -> None:  # noqa: ARG002 (of its kind)
        await self._answers(self._asks_for_slots)

    async def _asks_for_slots(self) -> None:
        now = self.house.clock.now()
        query = HistoryQuery(what="slots", start=now - timedelta(hours=2), end=now)
        reply = await self.house.bus.request(HISTORY_QUERY, query, timeout=_PATIENCE)
        if b'"row_count"' not in reply.payload:
            raise RequestTimeoutError(HISTORY_QUERY.path, _PATIENCE)

    async def _foretells(self, since: float) -> None:  # noqa: ARG002 (of its kind)
        await self._answers(self._asks_for_no_model)
        async with self.observer.changed:
            await self.observer.changed.wait_for(lambda: _covers(self.observer, self.house))

    async def _asks_for_no_model(self) -> None:
        """Something that it refuses: to refuse it, it has to be there."""
        asked = RollbackForecast(quantity="load", version=NO_SUCH)
        await self.house.bus.request(FORECAST_ROLLBACK, asked, timeout=_PATIENCE)

    async def _serves(self, since: float) -> None:  # noqa: ARG002 (of its kind)
        headers = {"Authorization": f"Bearer {TOKEN}"}
        async with httpx.AsyncClient(headers=headers, timeout=_PATIENCE.total_seconds()) as client:
            while True:
                try:
                    answer = await client.get(f"{self.house.page}/api/dashboard/bundle")
                except httpx.TransportError:
                    await asyncio.sleep(_BREATH)
                    continue
                if answer.status_code == httpx.codes.OK:
                    return
                await asyncio.sleep(_BREATH)

    async def _answers(self, ask: Callable[[], Awaitable[None]]) -> None:
        while True:
            try:
                await ask()
            except RequestTimeoutError:
                await asyncio.sleep(_BREATH)
                continue
            return

    async def _hears(self, since: float, *paths: str) -> None:
        heard = self.observer.heard
        async with self.observer.changed:
            await self.observer.changed.wait_for(
                lambda: all(heard.get(one, 0.0) > since for one in paths)
            )


_WORK: dict[str, Callable[[Health, float], Awaitable[None]]] = {
    "executor": Health._acts,
    "planner": Health._plans,
    "recorder": Health._remembers,
    "forecaster": Health._foretells,
    "gateway": Health._serves,
}


def _issues(observer: Observer) -> Troubles:
    statuses = {one: observer.status(one) for one in SERVICES}
    return frozenset(
        (name, issue.key)
        for name, status in statuses.items()
        if status is not None
        for issue in status.issues
        if issue.severity != "info"
    )


def _covers(observer: Observer, house: ChaosHouse) -> bool:
    forecast: QuantileForecast | None = observer.latest.get(LOAD_FORECAST.path)
    return forecast is not None and forecast.slots[-1].start > house.clock.now() + _COVERS


def unwell(recovery: dict[str, float], within: float) -> Collection[str]:
    """A sentence for each service that was not well in time."""
    return [
        f"{name} was not well within {within:g} s"
        for name, seconds in recovery.items()
        if seconds > within
    ]

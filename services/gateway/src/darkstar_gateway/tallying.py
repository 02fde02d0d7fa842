"""Asks the recorder every few minutes what the day has cost and saved so far."""

from __future__ import annotations

from datetime import timedelta

from darkstar_common.runtime import Context
from darkstar_common.slots import local_day
from darkstar_gateway.api.asking import Recorder
from darkstar_gateway.api.problems import Problem
from darkstar_gateway.api.wired import PATIENCE
from darkstar_gateway.core.energy import days_of, local_today
from darkstar_gateway.core.tally import Tally

FIRST = timedelta(seconds=20)
"""The recorder may have to start as well, of the wall."""
EVERY = timedelta(minutes=5)
SELDOM = timedelta(seconds=30)
"""Not more often than this, of the wall, however fast a simulated day is."""


class Tallying:
    """Keeps a tally as the recorder has it; while that does not answer, the last one."""

    def __init__(self, context: Context) -> None:
        self.tally: Tally | None = None
        self._context = context
        self._zone = context.config.zone
        self._recorder = Recorder(bus=context.bus, clock=context.clock, patience=PATIENCE)

    async def run(self) -> None:
        """Ask again and again, until cancelled."""
        clock = self._context.clock
        await clock.sleep(FIRST * clock.speed)
        while True:
            await self._ask()
            await clock.sleep(max(EVERY, SELDOM * clock.speed))

    async def _ask(self) -> None:
        day = local_today(self._context.clock.now(), self._zone)
        month, _ = days_of("month", day).span(self._zone)
        start, end = local_day(day, self._zone)
        try:
            today = await self._recorder.records("rollups", start=start, end=end, by="total")
            so_far = await self._recorder.records("rollups", start=month, end=end, by="total")
        except Problem as problem:
            self._context.log.debug("tally_unknown", why=problem.detail)
            return
        self.tally = Tally.read(day, today, so_far)

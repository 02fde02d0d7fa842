"""Keys of the slow tuning: when evidence is weighed, and what then happens by itself."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import polars as pl
from unit.common.keys.probe import Probe
from unit.forecaster.reflex.learned import HOUSE, MORNING
from unit.forecaster.reflex.test_reflexes import tables
from unit.forecaster.scores.keeper import Keeper

from darkstar_common.config import Config
from darkstar_common.contract import Service
from darkstar_common.testing import FakeClock, MemoryBus, a_context, settle
from darkstar_forecaster.reflexes import Reflexes
from darkstar_forecaster.tuning import Tuning


@cache
def _too_sunny() -> dict[str, pl.DataFrame]:
    """A recorder's tables of two weeks of forecasts that promised too much sun."""
    return tables(MORNING)


async def learned(config: Config) -> tuple[datetime | None, dict[str, float]]:
    """When evidence was last weighed a day after the start, and what is in force then."""
    clock = FakeClock(MORNING)
    bus = MemoryBus(now=clock.now)
    with TemporaryDirectory() as state_dir:
        context = a_context(
            bus, state_dir=Path(state_dir), clock=clock, config=config, service=Service.FORECASTER
        )
        tuning = Tuning(context)
        keeper = Keeper(bus, _too_sunny(), page=50_000)
        work = [asyncio.create_task(one) for one in (keeper.run(), Reflexes(context, tuning).run())]
        await settle(900)
        await clock.advance(timedelta(hours=12))
        await settle(900)
        for one in work:
            one.cancel()
        await asyncio.gather(*work, return_exceptions=True)
        known = tuning.learnings
        return known.looked_at, {str(one): value for one, value in known.values.items()}


PROBES = (
    Probe(key="forecaster.reflex.enabled", observe=learned, values=(True, False), house=HOUSE),
    Probe(key="forecaster.reflex.automatic", observe=learned, values=(False, True), house=HOUSE),
    Probe(key="forecaster.reflex.time", observe=learned, values=("04:00", "11:30"), house=HOUSE),
)

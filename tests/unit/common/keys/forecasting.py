"""Keys that change what the forecaster looks back on."""

from __future__ import annotations

from datetime import UTC, datetime

from unit.common.keys.listening import first
from unit.common.keys.probe import Probe

from darkstar_common.config import Config
from darkstar_common.contract import HISTORY_QUERY, Service
from darkstar_common.runtime import Context
from darkstar_forecaster.recollection import Recollection

MORNING = datetime(2026, 5, 5, 6, 10, tzinfo=UTC)


async def history_asked_for(config: Config) -> object:
    """Since when the recorder is asked to tell."""

    async def ask(context: Context) -> None:
        await Recollection(context).load()

    asked = await first(HISTORY_QUERY, ask, config, service=Service.FORECASTER, at=MORNING)
    return asked.start


PROBES = (Probe(key="forecaster.history_days", observe=history_asked_for, values=(365, 7)),)

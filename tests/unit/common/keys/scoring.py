"""Keys of scoring."""

from __future__ import annotations

from datetime import UTC, datetime

from unit.common.keys.listening import first
from unit.common.keys.probe import Probe

from darkstar_common.config import Config
from darkstar_common.contract import HISTORY_QUERY, Service
from darkstar_common.runtime import Context
from darkstar_forecaster.core.situation import PAST, empty
from darkstar_forecaster.scoring import Scoring

NOON = datetime(2026, 5, 5, 10, tzinfo=UTC)


async def _nothing() -> None:
    """Nobody listens."""


async def _scoring(context: Context) -> None:
    await Scoring(context, lambda: empty(PAST), _nothing).run()


async def asked_since(config: Config) -> object:
    """From when on the recorder is asked for what was forecast."""
    asked = await first(HISTORY_QUERY, _scoring, config, service=Service.FORECASTER, at=NOON)
    return asked.start


PROBES: tuple[Probe, ...] = (
    Probe(key="forecaster.score_days", observe=asked_since, values=(3, 5)),
)

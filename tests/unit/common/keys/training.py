"""Keys that change when Aurora is trained, and what that may take."""

from __future__ import annotations

from datetime import UTC, datetime

from unit.common.keys.listening import first
from unit.common.keys.probe import Probe
from unit.forecaster.training.a_model import a_situation

from darkstar_common.config import Config
from darkstar_common.contract import MODELS, Service
from darkstar_forecaster.service import forecaster
from darkstar_forecaster.workshop import Processes, WorkFailedError

MORNING = datetime(2026, 5, 5, 6, 10, tzinfo=UTC)


async def next_training(config: Config) -> object:
    """When the service says that it trains next."""
    said = await first(MODELS, forecaster, config, service=Service.FORECASTER, at=MORNING)
    return said.next_training_at


async def given_up(config: Config) -> str:
    """Why a training within tight limits came to no end."""
    try:
        await Processes(config).learn(a_situation(), "load", None)
    except WorkFailedError as error:
        return str(error)
    return "it was done"


PROBES = (
    Probe(key="forecaster.train.enabled", observe=next_training, values=(True, False)),
    Probe(key="forecaster.train.days", observe=next_training, values=(("tue",), ("wed",))),
    Probe(key="forecaster.train.time", observe=next_training, values=("03:00", "04:00")),
    Probe(key="forecaster.train.max_minutes", observe=given_up, values=(1e-5, 2e-5)),
    Probe(key="forecaster.train.max_memory_mb", observe=given_up, values=(20.0, 21.0)),
)

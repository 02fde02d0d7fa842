"""Keys about the past that Home Assistant remembers."""

from __future__ import annotations

from unit.common.keys.probe import Probe

from darkstar_common.config import Config
from darkstar_recorder.core.backfilled import entities


def asked(config: Config) -> object:
    """Which entities a backfill asks for."""
    return entities(config.executor.roles, config.recorder.price_entity)


PROBES = (
    Probe(
        key="recorder.price_entity",
        observe=asked,
        values=("sensor.spot", "sensor.day_ahead"),
    ),
)

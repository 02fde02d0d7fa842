"""Keys that change what the gateway tells people of itself and of what they may start."""

from __future__ import annotations

from datetime import UTC, datetime

from support.gateway_house import schedule
from unit.common.keys.probe import Probe

from darkstar_common.config import Config
from darkstar_common.contract import LogLine, LogLines, Service
from darkstar_gateway.core.advice import advice
from darkstar_gateway.logbook import Logbook

NOON = datetime(2026, 6, 12, 12, tzinfo=UTC)
PLAN = schedule(NOON)


def advised(config: Config) -> object:
    """When to start what."""
    return advice(config.appliances, PLAN, NOON)


def kept(config: Config) -> object:
    """How much of a long log is there in the end."""
    book = Logbook(config.gateway.log_lines)
    lines = tuple(LogLine(at=NOON, level="info", event="looked") for _ in range(500))
    book.take(LogLines(sender=Service.PLANNER, emitted_at=NOON, lines=lines))
    return len(list(book.lines()))


PROBES = (
    Probe(key="appliances", observe=advised, values=([], [{"id": "oven"}])),
    Probe(key="appliances.id", observe=advised, values=("oven", "kiln")),
    Probe(key="appliances.name", observe=advised, values=("Oven", "Kiln")),
    Probe(key="appliances.duration_hours", observe=advised, values=(1.0, 2.0)),
    Probe(key="appliances.power_kw", observe=advised, values=(1.0, 2.0)),
    Probe(key="gateway.log_lines", observe=kept, values=(100, 200)),
)

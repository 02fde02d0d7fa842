"""Keys about what the meters showed, and what is made of it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from unit.common.keys.probe import Probe

from darkstar_common.config import Config
from darkstar_common.contract import EnergyCounters, Reading, Service
from darkstar_common.slots import SLOT
from darkstar_recorder.conversion import measurements
from darkstar_recorder.core.slots import SlotEnergy
from darkstar_recorder.habits import Habits
from darkstar_recorder.store import Store

NOON = datetime(2026, 1, 5, 12, tzinfo=UTC)


async def divided(config: Config) -> object:
    """An hour's silence in a house that uses most in the last quarter of each hour."""
    with TemporaryDirectory() as state:
        store = Store(Path(state) / "history.duckdb")
        before = (NOON - number * SLOT for number in range(1, 96 * 4))
        days = (SlotEnergy(start=one, kwh={"load": one.minute / 45}) for one in before)
        store.add_slots(days, "import", NOON)
        ledger = Habits(store, config).ledger(NOON)
        store.close()
    told = (_told(NOON, 10.0), _told(NOON + timedelta(hours=1), 12.0))
    from_messages = (one for message in told for one in measurements(message))
    page = ledger.after(from_messages, NOON + timedelta(hours=1)).page(NOON + timedelta(hours=2))
    return tuple(row.kwh["load"] for row in page.rows)


def _told(at: datetime, kwh: float) -> EnergyCounters:
    return EnergyCounters(
        sender=Service.EXECUTOR, emitted_at=at, load_kwh=Reading(value=kwh, measured_at=at)
    )


PROBES: tuple[Probe, ...] = (
    Probe(key="recorder.gap_profile", observe=divided, values=("usual", "even")),
)

"""What the recorder remembers, behind the bus of a gateway under test: its own code answers."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from support.gateway_app import NOON, Gateway

from darkstar_common.bus import Delivery, MemoryBus
from darkstar_common.config import Config, Tariff
from darkstar_common.contract import HISTORY_QUERY, ActionRecord, Command, Service, Write
from darkstar_common.slots import local_day, slots
from darkstar_common.testing import a_context, settle
from darkstar_recorder.answering import Answering
from darkstar_recorder.core.rollups import house_of
from darkstar_recorder.core.slots import SlotEnergy
from darkstar_recorder.store import Store
from darkstar_recorder.threads import here

HOUSE = house_of(Config())
MIDNIGHT, _ = local_day(date(2026, 6, 12), HOUSE.zone)
KWH = {"load": 1.0, "pv": 0.25, "import": 0.75, "export": 0.0, "charge": 0.0, "discharge": 0.0}


@asynccontextmanager
async def a_recorder(gateway: Gateway, folder: Path) -> AsyncIterator[Store]:
    """What the recorder on the gateway's bus remembers, in a file in `folder`."""
    remembered = Store(folder / "history.duckdb")
    bus = MemoryBus(broker=gateway.bus.broker, sender=Service.RECORDER, now=gateway.clock.now)
    context = a_context(bus, state_dir=folder, clock=gateway.clock, service=Service.RECORDER)
    answering = Answering(context, remembered, here)

    async def take() -> None:
        async with bus.inbox(HISTORY_QUERY) as inbox:
            async for delivery in inbox:
                assert isinstance(delivery, Delivery)
                await answering.take(delivery)

    async with asyncio.TaskGroup() as tasks:
        work = [tasks.create_task(take()), tasks.create_task(answering.run())]
        await settle()
        yield remembered
        for one in work:
            one.cancel()
    remembered.close()


def lived(store: Store, first: datetime, count: int, **flags: int) -> None:
    """Slots from `first` on, all alike, at a spot price of 1."""
    starts = slots(first, count)
    rows = [SlotEnergy(start=one, kwh=KWH, flags=flags) for one in starts]
    store.replace_slots(rows, "counters", NOON)
    store.add_prices([(one, 1.0) for one in starts], Tariff(), UTC)


def action(at: datetime, **said: Any) -> ActionRecord:
    """A record of the executor's."""
    fields: dict[str, Any] = {
        "slot_start": at.replace(minute=at.minute // 15 * 15, second=0),
        "rule": "schedule",
        "reason": "Stores the sun.",
        "commanded": Command(intent="charge_from_pv"),
        "writes": (),
        "success": True,
        "duration_seconds": 0.1,
        **said,
    }
    return ActionRecord(sender=Service.EXECUTOR, emitted_at=at, **fields)


def write(result: Any, entity: str = "number.current") -> Write:
    """What became of one setting."""
    return Write(role="max_charge_current", entity=entity, wanted=10.0, result=result)

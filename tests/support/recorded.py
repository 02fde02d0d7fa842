"""Ten days of a house as they may be in the recorder's file."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from darkstar_common.config import Config
from darkstar_common.slots import SLOT, slots
from darkstar_recorder.core.slots import SlotEnergy
from darkstar_recorder.store import Store
from darkstar_recorder.store.slots import Source

MIDNIGHT = datetime(2026, 1, 10, tzinfo=UTC)
NOW = datetime(2026, 1, 21, 12, tzinfo=UTC)
DAY, DAYS = timedelta(days=1), 10
UTC_HOUSE = Config.model_validate({"timezone": "UTC"})
KWH = {"load": 0.5, "pv": 0.0, "import": 0.5, "export": 0.0, "charge": 0.0, "discharge": 0.0}


def lived(
    store: Store,
    first: int = 0,
    count: int = DAYS * 96,
    source: Source = "import",
    flags: int = 0,
    **kwh: float | None,
) -> None:
    """So many slots from the `first` on, all alike; None is unknown."""
    known = {name: value for name, value in {**KWH, **kwh}.items() if value is not None}
    rows = [
        SlotEnergy(
            start=start, kwh=known, flags=dict.fromkeys(known, flags),
            soc_percent_start=50.0, soc_percent_end=50.0,
        )
        for start in slots(MIDNIGHT + first * SLOT, count)
    ]  # fmt: skip
    store.replace_slots(rows, source, NOW)


def priced(store: Store) -> None:
    store.add_prices([(one, 1.0) for one in slots(MIDNIGHT, DAYS * 96)], UTC_HOUSE.tariff, UTC)


def labelled(store: Store) -> dict[int, str]:
    found = store.day_labels(date(2026, 1, 1), date(2026, 1, 31))
    return {one.day.day: one.label for one in found}

"""Days that are all alike, in a store: lived, worked out and asked for."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from support.stores import A_MINUTE

from darkstar_common.config import Battery, Config, Tariff
from darkstar_common.contract import Schedule, ScheduleSlot, Service
from darkstar_common.slots import day_slots, local_day
from darkstar_recorder.core.rollups import House, house_of
from darkstar_recorder.core.slots import SlotEnergy
from darkstar_recorder.store import Asked, Details, Store

ZONE = ZoneInfo("Europe/Stockholm")
DAY = date(2026, 1, 5)  # a Monday
START, END = local_day(DAY, ZONE)
BATTERY = Battery(
    capacity_kwh=10, min_soc_percent=10, charge_efficiency=1, discharge_efficiency=1,
    wear_cost_per_kwh=0.1,
)  # fmt: skip
HOUSE = house_of(Config(battery=BATTERY))
KWH = {"load": 1.0, "pv": 0.25, "import": 0.5, "export": 0.0, "charge": 0.0, "discharge": 0.25}


def lived(store: Store, first: date, days: int, **other: float) -> None:
    """So many days, all slots alike."""
    starts = [one for n in range(days) for one in day_slots(first + timedelta(days=n), ZONE)]
    rows = [SlotEnergy(start=start, kwh=KWH | other) for start in starts]
    store.replace_slots(rows, "counters", START)
    store.add_prices([(start, 1.0) for start in starts], Tariff(), UTC)


def roll(
    store: Store, now: datetime = END + timedelta(days=900), house: House = HOUSE
) -> list[date]:
    """Work out all there is; which days that was."""
    done, waiting = list[date](), set(store.changed_days(house, now))
    while waiting:
        done += sorted(waiting)
        waiting = set(store.roll(waiting, house, now))
    return done


def ask(store: Store, by: str, days: int = 800) -> dict[str, tuple[Any, ...]]:
    asked = Asked(
        what="rollups", start=START, end=START + timedelta(days=days), limit=1000,
        details=Details(by=by),  # type: ignore[arg-type]
    )  # fmt: skip
    return store.answer(asked, A_MINUTE).columns


def planned(*starts: datetime, import_kw: float = 1.0) -> Schedule:
    slots = tuple(
        ScheduleSlot(
            start=start, import_kw=import_kw, export_kw=0, charge_kw=0, discharge_kw=0,
            soc_percent=50, load_kw=1, pv_kw=0, import_per_kwh=1, export_per_kwh=0.5,
            price_kind="published",
        )
        for start in starts
    )  # fmt: skip
    return Schedule(
        sender=Service.PLANNER, emitted_at=START, issued_at=START, valid_until=END,
        status="optimal", currency="SEK", cost=1, objective=1, bound=1, gap=0, solver="highs",
        solve_seconds=0.1, slots=slots,
    )  # fmt: skip

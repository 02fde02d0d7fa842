"""What changes by the clock alone: the price, the plan of this slot, and what comes next."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from darkstar_common.contract import (
    Now,
    Planned,
    PriceCurve,
    PriceSlot,
    Schedule,
    ScheduleSlot,
    Service,
)
from darkstar_common.slots import SLOT, slot_start

NOTHING: Mapping[str, float | None] = {}

NOTICED_KW = 0.1
"""Smaller powers are not what a slot is for [kW]."""


def present(
    prices: PriceCurve | None,
    schedule: Schedule | None,
    now: datetime,
    money: Mapping[str, float | None] = NOTHING,
) -> Now:
    """What is to be shown at `now`; it stays the same for all of a slot, but for its envelope.

    Args:
        prices: As known; None: not at all.
        schedule: In force; None: there is none.
        now: Of the house.
        money: What the day has cost and saved so far, by the fields of `Now`.
    """
    start = slot_start(now)
    price = _at(prices.slots, start) if prices else None
    slots = _from(schedule.slots, start) if schedule else ()
    planned = purpose(slots[0]) if slots else None
    later = next((one for one in slots if purpose(one) != planned), None)
    return Now(
        sender=Service.GATEWAY,
        emitted_at=now,
        caused_by=schedule.message_id if schedule else None,
        slot_start=start,
        currency=prices.currency if prices else None,
        planned=planned,
        planned_why=slots[0].reason if slots else "",
        planned_soc_percent=slots[0].soc_percent if slots else None,
        next_planned=purpose(later) if later else None,
        next_at=later.start if later else None,
        next_why=later.reason if later else "",
        **_priced(price),
        **money,
    )


def same(one: Now, other: Now | None) -> bool:
    """Whether the two say the same, whenever they were sent."""
    envelope = {"message_id", "emitted_at", "caused_by"}
    return other is not None and one.model_dump(exclude=envelope) == other.model_dump(
        exclude=envelope
    )


def purpose(slot: ScheduleSlot) -> Planned:
    """What `slot` is mainly for: the battery before the heater, the heater before a vehicle."""
    if slot.charge_kw > NOTICED_KW:
        beside_the_house = slot.import_kw - slot.load_kw - slot.water_kw - slot.ev_kw
        return "charge_from_grid" if beside_the_house > NOTICED_KW else "charge_from_pv"
    if slot.discharge_kw > NOTICED_KW:
        return "export" if slot.export_kw > NOTICED_KW else "discharge"
    if slot.water_kw > NOTICED_KW:
        return "heat"
    return "drive" if slot.ev_kw > NOTICED_KW else "rest"


def _priced(price: PriceSlot | None) -> dict[str, Any]:
    if price is None:
        return {}
    return {
        "import_per_kwh": price.import_per_kwh,
        "export_per_kwh": price.export_per_kwh,
        "price_kind": price.kind,
    }


def _at(slots: Sequence[PriceSlot], start: datetime) -> PriceSlot | None:
    place = (start - slots[0].start) // SLOT
    return slots[place] if 0 <= place < len(slots) else None


def _from(slots: Sequence[ScheduleSlot], start: datetime) -> Sequence[ScheduleSlot]:
    """The slots from `start` on; none if it is before the first of them."""
    place = (start - slots[0].start) // SLOT
    return slots[place:] if place >= 0 else ()

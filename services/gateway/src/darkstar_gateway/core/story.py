"""What the plan will do in the hours ahead, as facts that the page puts into words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from itertools import groupby

from pydantic import AwareDatetime, Field

from darkstar_common.contract import Part, Planned, Schedule, ScheduleSlot
from darkstar_common.slots import SLOT, SLOT_HOURS, slot_start
from darkstar_gateway.core.present import purpose

AHEAD = timedelta(hours=36)
"""What is further away is planned anew many times before it comes."""
SMALLEST_KWH = 0.2
"""Less energy than this is no story [kWh]."""
_TAKEN_OUT: frozenset[Planned] = frozenset({"discharge", "export"})


class Chapter(Part):
    """Something the plan does for a while."""

    kind: Planned
    start: AwareDatetime
    end: AwareDatetime
    kwh: float = Field(ge=0, description="Charged, discharged, sold, or heated with [kWh]")
    per_kwh: float | None = Field(
        description="Mean price: paid when it charges from the grid or heats, earned when it "
        "exports, saved when it discharges [currency/kWh]"
    )
    money: float | None = Field(description="The same for all of it [currency]")
    forecast: bool = Field(description="Whether a price of it is only forecast")
    reason: str = Field(description="The plan's own, of its first slot")
    used_from: AwareDatetime | None = Field(
        default=None, description="Of a charge: when the battery is next drawn on"
    )
    used_per_kwh: float | None = Field(
        default=None, description="What a kWh is worth then [currency/kWh]"
    )


class Ahead(Part):
    """What the plan comes to, against a house without a battery."""

    start: AwareDatetime
    end: AwareDatetime
    cost: float = Field(description="[currency]")
    cost_without_battery: float = Field(description="The same loads and sun [currency]")
    saved: float = Field(description="[currency]")
    soc_percent_start: float | None
    soc_percent_end: float | None = Field(description="What is left of it, or put aside")


def chapters(schedule: Schedule | None, now: datetime) -> tuple[Chapter, ...]:
    """What the plan does from `now` on, in order; rest is no chapter."""
    slots = _ahead(schedule, now)
    told = [one for one in _chapters(slots) if one.kind != "rest" and one.kwh >= SMALLEST_KWH]
    return tuple(_with_use(one, told[number + 1 :]) for number, one in enumerate(told))


def ahead(schedule: Schedule | None, now: datetime) -> Ahead | None:
    """What the whole plan from `now` on comes to; None: there is none."""
    slots = _ahead(schedule, now, schedule.valid_until - now if schedule else None)
    if not slots or schedule is None:
        return None
    cost = sum(_cost(one.import_kw, one.export_kw, one) for one in slots)
    bare = 0.0
    for one in slots:
        net = one.load_kw + one.water_kw + one.ev_kw - one.pv_kw
        bare += _cost(max(net, 0.0), max(-net, 0.0), one)
    before = [one for one in schedule.slots if one.start < slots[0].start]
    return Ahead(
        start=slots[0].start,
        end=slots[-1].start + SLOT,
        cost=cost,
        cost_without_battery=bare,
        saved=bare - cost,
        soc_percent_start=before[-1].soc_percent if before else schedule.soc_percent_at_start,
        soc_percent_end=slots[-1].soc_percent,
    )


def _cost(import_kw: float, export_kw: float, slot: ScheduleSlot) -> float:
    return SLOT_HOURS * (import_kw * slot.import_per_kwh - export_kw * slot.export_per_kwh)


def _ahead(
    schedule: Schedule | None, now: datetime, reach: timedelta | None = AHEAD
) -> Sequence[ScheduleSlot]:
    first, last = slot_start(now), now + (reach or AHEAD)
    return [one for one in schedule.slots if first <= one.start < last] if schedule else []


def _chapters(slots: Sequence[ScheduleSlot]) -> Iterator[Chapter]:
    for kind, group in groupby(slots, key=purpose):
        run = list(group)
        kwh = [_energy(kind, one) for one in run]
        prices = [_price(kind, one) for one in run]
        total = sum(kwh)
        money = sum(one * price for one, price in zip(kwh, prices, strict=True))
        yield Chapter(
            kind=kind,
            start=run[0].start,
            end=run[-1].start + SLOT,
            kwh=total,
            per_kwh=money / total if total else None,
            money=money if total else None,
            forecast=any(one.price_kind == "forecast" for one in run),
            reason=run[0].reason,
        )


def _energy(kind: Planned, slot: ScheduleSlot) -> float:
    """What the slot is about [kWh]."""
    kw = {
        "charge_from_grid": slot.charge_kw,
        "charge_from_pv": slot.charge_kw,
        "discharge": slot.discharge_kw,
        "export": slot.export_kw,
        "heat": slot.water_kw,
        "drive": slot.ev_kw,
    }.get(kind, 0.0)
    return kw * SLOT_HOURS


def _price(kind: Planned, slot: ScheduleSlot) -> float:
    """What a kWh of it costs or brings: stored sun costs what selling it would have brought."""
    return slot.export_per_kwh if kind in {"export", "charge_from_pv"} else slot.import_per_kwh


def _with_use(chapter: Chapter, later: Sequence[Chapter]) -> Chapter:
    """A charge with what it is for."""
    if chapter.kind not in {"charge_from_grid", "charge_from_pv"}:
        return chapter
    use = next((one for one in later if one.kind in _TAKEN_OUT), None)
    if use is None:
        return chapter
    return chapter.model_copy(update={"used_from": use.start, "used_per_kwh": use.per_kwh})

"""Two plausible days of a house on the bus, for what shows them."""

from __future__ import annotations

import math
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from darkstar_common.contract import (
    CONTROL_STATE,
    HOUSE_STATE,
    LOAD_FORECAST,
    PLAN_STATUS,
    PRICES,
    PV_FORECAST,
    SCHEDULE,
    STATUS,
    STRATEGY,
    Channel,
    Command,
    ControlState,
    HistoryRows,
    HouseState,
    Issue,
    Message,
    Override,
    PlanStatus,
    PriceCurve,
    PriceSlot,
    QuantileForecast,
    QuantileSlot,
    Reading,
    Schedule,
    ScheduleSlot,
    Service,
    ServiceStatus,
    Strategy,
)
from darkstar_common.slots import SLOT, slot_start, slots

ZONE = ZoneInfo("Europe/Stockholm")
AHEAD = 160
CAPACITY = 12.0
Sent = tuple[Channel[Any], Message]


def hour(moment: datetime) -> float:
    local = moment.astimezone(ZONE)
    return local.hour + local.minute / 60


def spot(moment: datetime) -> float:
    h = hour(moment)
    morning, evening = math.exp(-(((h - 8) / 1.6) ** 2)), math.exp(-(((h - 18.5) / 2.0) ** 2))
    ripple = 0.04 * math.sin(moment.timestamp() / 2100)
    return round(
        0.35 + 0.9 * morning + 1.3 * evening - 0.4 * math.exp(-(((h - 13) / 2) ** 2)) + ripple, 4
    )


def sun(moment: datetime) -> float:
    cloud = 0.85 + 0.15 * math.sin(moment.timestamp() / 4000)
    return max(0.0, 6.2 * math.sin(math.pi * (hour(moment) - 5) / 16)) * cloud


def appetite(moment: datetime) -> float:
    h = hour(moment)
    base = (
        0.45 + 1.1 * math.exp(-(((h - 7.5) / 1.2) ** 2)) + 1.9 * math.exp(-(((h - 18) / 1.8) ** 2))
    )
    return base + 0.12 * math.sin(moment.timestamp() / 900)


def slot(start: datetime, soc: float) -> ScheduleSlot:
    """What a sensible plan would do there, from a state of charge [%] on."""
    load, pv, water = appetite(start), sun(start), 3.0 if 12 <= hour(start) < 14 else 0.0
    dear, cheap = spot(start) > 1.0, hour(start) < 5 and spot(start) < 0.42
    room, stored = (100 - soc) / 100 * CAPACITY, max(0.0, soc - 15) / 100 * CAPACITY
    surplus = pv - load - water
    charge = min(5.0, room * 4, 3.5 if cheap else max(0.0, surplus))
    discharge = min(5.0, stored * 4, load + water - pv + (1.5 if dear else 0)) if dear else 0.0
    discharge = max(0.0, discharge)
    net = load + water + charge - pv - discharge
    reason = "Stores the sun for the evening." if charge else "Covers the house at a high price."
    if cheap:
        reason = "Charges while the price is lowest, for the dear morning."
    return ScheduleSlot(
        start=start,
        import_kw=max(0.0, net),
        export_kw=max(0.0, -net),
        charge_kw=charge,
        discharge_kw=discharge,
        water_kw=water,
        soc_percent=min(100.0, soc + (charge * 0.95 - discharge / 0.95) / 4 / CAPACITY * 100),
        load_kw=load,
        pv_kw=pv,
        import_per_kwh=price(start).import_per_kwh,
        export_per_kwh=price(start).export_per_kwh,
        price_kind=price(start).kind,
        reason=reason if charge or discharge else "The grid is cheaper than the battery.",
    )


def price(start: datetime, published_until: datetime | None = None) -> PriceSlot:
    paid = (spot(start) + 0.6846) * 1.25
    published = published_until is None or start < published_until
    return PriceSlot(
        start=start,
        import_per_kwh=round(paid, 4),
        export_per_kwh=spot(start),
        spot_per_kwh=spot(start),
        kind="published" if published else "forecast",
    )


def planned(start: datetime, count: int, soc: float) -> tuple[ScheduleSlot, ...]:
    made: list[ScheduleSlot] = []
    for moment in slots(start, count):
        made.append(slot(moment, made[-1].soc_percent or 0 if made else soc))
    return tuple(made)


def quantiles(now: datetime, quantity: Any) -> QuantileForecast:
    middle = sun if quantity == "pv" else appetite

    def one(number: int, start: datetime) -> QuantileSlot:
        spread = min(0.45, 0.12 + number / 500)
        kw = middle(start)
        return QuantileSlot(
            start=start, p10_kw=kw * (1 - spread), p50_kw=kw, p90_kw=kw * (1 + spread)
        )

    return QuantileForecast(
        sender=Service.FORECASTER,
        emitted_at=now,
        quantity=quantity,
        issued_at=now,
        model_version="quantiles-1",
        level="statistical",
        slots=tuple(one(n, start) for n, start in enumerate(slots(now, AHEAD))),
    )


def prices(now: datetime) -> PriceCurve:
    midnight = now.astimezone(ZONE).replace(hour=0, minute=0, second=0, microsecond=0)
    until = midnight + timedelta(days=2 if hour(now) >= 13 else 1)
    starts = slots(midnight - timedelta(days=1), 4 * 96)
    return PriceCurve(
        sender=Service.FORECASTER,
        emitted_at=now,
        issued_at=now,
        area="SE4",
        currency="SEK",
        source="generated",
        slots=tuple(price(one, until) for one in starts),
    )


def schedule(now: datetime) -> Schedule:
    first = slot_start(now)
    made = planned(first, AHEAD, 46.0)
    dated = tuple(
        one.model_copy(update={"price_kind": known.kind})
        for one, known in zip(made, _from(first, prices(now)), strict=False)
    )
    return Schedule(
        sender=Service.PLANNER,
        emitted_at=now,
        issued_at=now,
        valid_until=dated[-1].start + SLOT,
        status="optimal",
        currency="SEK",
        cost=18.42,
        objective=20.1,
        bound=20.08,
        gap=0.02,
        solver="HiGHS",
        solve_seconds=0.83,
        soc_percent_at_start=46.0,
        slots=dated,
        why=("Charges 6.4 kWh before 05:00 and sells 3.1 kWh at the evening peak.",),
    )


def _from(first: datetime, curve: PriceCurve) -> list[PriceSlot]:
    return [one for one in curve.slots if one.start >= first]


def house_state(now: datetime, soc: float = 46.3) -> HouseState:
    def read(value: float) -> Reading:
        return Reading(value=round(value, 3), measured_at=now)

    at = slot(slot_start(now), soc)
    return HouseState(
        sender=Service.EXECUTOR,
        emitted_at=now,
        soc_percent=read(soc),
        pv_kw=read(at.pv_kw),
        load_kw=read(at.load_kw + at.water_kw),
        import_kw=read(at.import_kw),
        export_kw=read(at.export_kw),
        charge_kw=read(at.charge_kw),
        discharge_kw=read(at.discharge_kw),
        water_kw=read(at.water_kw),
        water_temperature_c=read(54.2),
        grid_voltage_v=read(231.0),
        work_mode="Zero Export To CT",
    )


def control_state(
    now: datetime, *, shadow: bool = True, override: Override | None = None
) -> ControlState:
    names = {"force_charge": "charge_from_grid", "force_export": "export", "hold": "hold"}
    intent: Any = names.get(override.action, "self_consume") if override else "charge_from_pv"
    return ControlState(
        sender=Service.EXECUTOR,
        emitted_at=now,
        command=Command(intent=intent, charge_kw=3.2, soc_target_percent=90),
        rule="override" if override else "schedule",
        reason="You asked for it." if override else "Stores the sun for the evening.",
        shadow=shadow,
        override=override,
        slot_start=slot_start(now),
        next_slot_start=slot_start(now) + SLOT,
    )


def service_status(service: Service, now: datetime, *issues: Issue, online: bool = True) -> Sent:
    status = ServiceStatus(
        sender=service, emitted_at=now, online=online, version="0.1.0", issues=issues
    )
    return STATUS[service], status


def messages(now: datetime) -> Iterator[Sent]:
    """All that a healthy house says."""
    for service in STATUS:
        yield service_status(service, now)
    yield PRICES, prices(now)
    yield LOAD_FORECAST, quantiles(now, "load")
    yield PV_FORECAST, quantiles(now, "pv")
    yield SCHEDULE, schedule(now)
    yield (
        PLAN_STATUS,
        PlanStatus(
            sender=Service.PLANNER,
            emitted_at=now,
            running=False,
            last_run_at=now,
            last_success_at=now,
            next_run_at=slot_start(now) + SLOT,
        ),
    )
    yield (
        STRATEGY,
        Strategy(
            sender=Service.PLANNER,
            emitted_at=now,
            risk_appetite=3,
            comfort=3,
            vacation=False,
            export_enabled=True,
        ),
    )
    yield HOUSE_STATE, house_state(now)
    yield CONTROL_STATE, control_state(now)


def recorded(start: datetime, end: datetime, now: datetime) -> HistoryRows:
    """What the recorder would say of the slots closed between the two."""
    first, last = slot_start(start), slot_start(min(end, now))
    done = planned(first, max(0, (last - first) // SLOT), 52.0)
    socs = [52.0, *(one.soc_percent for one in done)]
    columns: dict[str, tuple[Any, ...]] = {"start": tuple(one.start for one in done)}
    for name in ("import", "export", "charge", "discharge", "water", "pv"):
        columns[f"{name}_kwh"] = tuple(getattr(one, f"{name}_kw") / 4 for one in done)
    columns["load_kwh"] = tuple(
        (one.load_kw + one.water_kw) / 4 * (1 + 0.15 * math.sin(n)) for n, one in enumerate(done)
    )
    columns["soc_percent_start"] = tuple(socs[:-1])
    columns["soc_percent_end"] = tuple(socs[1:])
    return HistoryRows(
        sender=Service.RECORDER,
        emitted_at=now,
        what="slots",
        columns=columns,
        row_count=len(done),
        complete=True,
    )

"""Messages that led to one another, from a price to what was written to the inverter."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID

from darkstar_common.contract import (
    ActionRecord,
    Command,
    ControlState,
    Episode,
    Override,
    PriceCurve,
    PriceSlot,
    QuantileForecast,
    QuantileSlot,
    Schedule,
    ScheduleSlot,
    Seen,
    Service,
    Write,
)
from darkstar_common.slots import SLOT

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)


def prices(at: datetime = NOON) -> PriceCurve:
    slot = PriceSlot(
        start=NOON, import_per_kwh=2, export_per_kwh=1, spot_per_kwh=1, kind="published"
    )
    return PriceCurve(
        sender=Service.FORECASTER, emitted_at=at, issued_at=at, area="SE4", currency="SEK",
        source="nordpool", slots=(slot,),
    )  # fmt: skip


def load(at: datetime = NOON) -> QuantileForecast:
    slot = QuantileSlot(start=NOON, p10_kw=0, p50_kw=1, p90_kw=2)
    return QuantileForecast(
        sender=Service.FORECASTER, emitted_at=at, issued_at=at, quantity="load",
        model_version="load-7", level="mature", slots=(slot,),
    )  # fmt: skip


def schedule(
    cause: UUID | None, made_from: dict[str, UUID] | None = None, at: datetime = NOON
) -> Schedule:
    slot = ScheduleSlot(
        start=NOON, import_kw=3, export_kw=0, charge_kw=2, discharge_kw=0, soc_percent=55,
        load_kw=1, pv_kw=0, import_per_kwh=2, export_per_kwh=1, price_kind="published",
    )  # fmt: skip
    return Schedule(
        sender=Service.PLANNER, emitted_at=at, caused_by=cause, issued_at=at,
        valid_until=NOON + SLOT, status="optimal", currency="SEK", cost=12.5, objective=12.5,
        bound=12.5, gap=0, solver="highs", solve_seconds=0.4, made_from=made_from or {},
        slots=(slot,),
    )  # fmt: skip


def episode(made: Schedule) -> Episode:
    return Episode(
        sender=Service.PLANNER, emitted_at=made.emitted_at, caused_by=made.message_id, inputs={},
        context={"because": "new prices", "version": "0.1.0"}, schedule_id=str(made.message_id),
        schedule=made.model_dump(mode="json"),
    )  # fmt: skip


def write(*, result: str = "written", before: float = 10, wanted: float = 50) -> Write:
    return Write.model_validate(
        {
            "role": "max_charge_current",
            "entity": "number.inverter_max_charge",
            "before": before,
            "wanted": wanted,
            "result": result,
        }
    )


def action(
    cause: UUID | None, *writes: Write, at: datetime = NOON, override: Override | None = None
) -> ActionRecord:
    return ActionRecord(
        sender=Service.EXECUTOR, emitted_at=at, caused_by=cause, slot_start=NOON,
        rule="plan_charge", reason="charges at 2.00, the cheapest of the day",
        planned=Command(intent="charge_from_grid", charge_kw=2),
        commanded=Command(intent="charge_from_grid", charge_kw=2, soc_target_percent=55),
        writes=writes, soc_percent=40, override=override, before=Seen(soc_percent=40, load_kw=1),
        success=True, duration_seconds=0.1,
    )  # fmt: skip


def overridden(cause: UUID, at: datetime = NOON) -> ControlState:
    return ControlState(
        sender=Service.EXECUTOR, emitted_at=at, caused_by=cause, rule="override_charge",
        command=Command(intent="charge_from_grid"), reason="you asked for it", shadow=False,
        override=Override(action="force_charge", until=NOON + 4 * SLOT),
    )  # fmt: skip

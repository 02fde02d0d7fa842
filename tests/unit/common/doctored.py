"""A house that is well, as the doctor sees it; tests break one thing of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from darkstar_common.config import Config
from darkstar_common.contract import (
    CONFIG,
    CONTROL_STATE,
    HOUSE_DEVICES,
    HOUSE_STATE,
    LOAD_FORECAST,
    PLAN_STATUS,
    PRICES,
    PV_FORECAST,
    SCHEDULE,
    STATUS,
    WEATHER,
    Channel,
    Command,
    ConfigState,
    ControlState,
    Devices,
    HouseState,
    Message,
    PlanStatus,
    PriceCurve,
    PriceSlot,
    QuantileForecast,
    QuantileSlot,
    Reading,
    RoleBinding,
    Schedule,
    ScheduleSlot,
    Service,
    ServiceStatus,
    WeatherForecast,
    WeatherSlot,
)
from darkstar_common.launcher.doctor.facts import Answer, Facts, Machine, Rights, Visit
from darkstar_common.slots import SLOT

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)
"""14:00 in Stockholm: tomorrow's prices have been due for an hour."""
HOUR = timedelta(hours=1)
CONFIGURED = Config.model_validate(
    {"prices": {"sources": ["nordpool"]}, "location": {"latitude": 59.3, "longitude": 18.1}}
)


def status(*issues: dict[str, Any], online: bool = True, version: str = "1.0") -> ServiceStatus:
    return ServiceStatus.model_validate(
        {
            "sender": "planner", "emitted_at": NOON, "online": online, "version": version,
            "issues": issues,
        }
    )  # fmt: skip


def prices(until: datetime, kind: str = "published") -> PriceCurve:
    count = (until - NOON) // SLOT
    slots = tuple(
        PriceSlot.model_validate(
            {
                "start": NOON + number * SLOT, "import_per_kwh": 2, "export_per_kwh": 1,
                "spot_per_kwh": 1, "kind": kind,
            }
        )
        for number in range(count)
    )  # fmt: skip
    return PriceCurve(
        sender=Service.FORECASTER, emitted_at=NOON, issued_at=NOON, area="SE4", currency="SEK",
        source="nordpool", slots=slots,
    )  # fmt: skip


def forecast(hours: int, start: datetime = NOON) -> QuantileForecast:
    slots = tuple(
        QuantileSlot(start=start + number * SLOT, p10_kw=0, p50_kw=1, p90_kw=2)
        for number in range(4 * hours)
    )
    return QuantileForecast(
        sender=Service.FORECASTER, emitted_at=NOON, quantity="load", issued_at=NOON,
        model_version="load-7", level="mature", slots=slots,
    )  # fmt: skip


def schedule(until: datetime, **more: Any) -> Schedule:
    slot = ScheduleSlot(
        start=NOON, import_kw=1, export_kw=0, charge_kw=0, discharge_kw=0, soc_percent=50,
        load_kw=1, pv_kw=0, import_per_kwh=2, export_per_kwh=1, price_kind="published",
    )  # fmt: skip
    return Schedule.model_validate(
        {
            "sender": "planner", "emitted_at": NOON, "issued_at": NOON, "valid_until": until,
            "status": "optimal", "currency": "SEK", "cost": 1, "objective": 1, "bound": 1,
            "gap": 0, "solver": "highs", "solve_seconds": 0.1, "slots": (slot,), **more,
        }
    )  # fmt: skip


def house(**values: Any) -> HouseState:
    known = Reading(value=1.0, measured_at=NOON)
    return HouseState.model_validate(
        {
            "sender": "executor", "emitted_at": NOON, "soc_percent": known, "load_kw": known,
            "import_kw": known, "pv_kw": known, **values,
        }
    )  # fmt: skip


def control(**values: Any) -> ControlState:
    return ControlState.model_validate(
        {
            "sender": "executor", "emitted_at": NOON, "command": Command(intent="hold"),
            "rule": "plan_hold", "reason": "it is dear", "shadow": False, **values,
        }
    )  # fmt: skip


def devices(*roles: RoleBinding, **more: Any) -> Devices:
    return Devices.model_validate(
        {"sender": "executor", "emitted_at": NOON, "roles": roles, "discovered": (), **more}
    )


def weather(issued_at: datetime) -> WeatherForecast:
    return WeatherForecast(
        sender=Service.FORECASTER, emitted_at=NOON, issued_at=issued_at, source="open_meteo",
        slots=(WeatherSlot(start=NOON),),
    )  # fmt: skip


def plan_status(**values: Any) -> PlanStatus:
    return PlanStatus.model_validate(
        {"sender": "planner", "emitted_at": NOON, "running": False, **values}
    )


def states() -> dict[Channel[Any], Message]:
    return {
        **dict.fromkeys(STATUS.values(), status()),
        CONFIG: ConfigState(sender=Service.GATEWAY, emitted_at=NOON, revision="abc"),
        HOUSE_STATE: house(),
        HOUSE_DEVICES: devices(RoleBinding(role="battery_soc", status="bound", entity="sensor.a")),
        PRICES: prices(NOON + 34 * HOUR),
        WEATHER: weather(NOON - HOUR),
        LOAD_FORECAST: forecast(48),
        PV_FORECAST: forecast(48),
        SCHEDULE: schedule(NOON + 24 * HOUR),
        PLAN_STATUS: plan_status(next_run_at=NOON + SLOT),
        CONTROL_STATE: control(),
    }


MACHINE = Machine(
    config_path=Path("config.yaml"), revision="abc", state_dir=Path("/var/lib/darkstar"),
    free_mb=20_000, keeps_database=True, newest_backup_at=NOON - 9 * HOUR, page_trouble="",
)  # fmt: skip
VISIT = Visit(
    where="broker:1883", user=Service.GATEWAY, named=True, rights=Rights(tried=30),
    recorder=Answer(
        took=timedelta(milliseconds=20), ahead=timedelta(0), newest_slot=NOON - 2 * SLOT
    ),
)  # fmt: skip


def well(
    visit: Visit | None = VISIT,
    machine: Machine = MACHINE,
    config: Config | None = CONFIGURED,
    **others: Message | None,
) -> Facts:
    """The house; `others` stand in place of a topic, by its name, None for nothing there."""
    told = {row.path: message for row, message in states().items()}
    for name, message in others.items():
        path = next(row.path for row in states() if row.name == name.upper())
        del told[path]
        if message is not None:
            told[path] = message
    seen = None if visit is None else replace(visit, states={**told, **visit.states})
    return Facts(now=NOON, machine=machine, config=config, visit=seen)

"""What the recorder keeps, and how it is asked for."""

from __future__ import annotations

from typing import Any, Literal
from uuid import UUID

from pydantic import AwareDatetime, Field

from darkstar_common.contract.base import Message, Percent, PricePerKwh, Request, SlotStart

EnergyKwh = float | None


class SlotObservation(Message):
    """A closed slot: what flowed in it. A later one for the same `start` corrects it."""

    start: SlotStart
    load_kwh: EnergyKwh = Field(default=None, ge=0, description="House, heater included [kWh]")
    pv_kwh: EnergyKwh = Field(default=None, ge=0, description="[kWh]")
    import_kwh: EnergyKwh = Field(default=None, ge=0, description="[kWh]")
    export_kwh: EnergyKwh = Field(default=None, ge=0, description="[kWh]")
    charge_kwh: EnergyKwh = Field(default=None, ge=0, description="[kWh]")
    discharge_kwh: EnergyKwh = Field(default=None, ge=0, description="[kWh]")
    water_kwh: EnergyKwh = Field(default=None, ge=0, description="[kWh]")
    ev_kwh: EnergyKwh = Field(default=None, ge=0, description="[kWh]")
    soc_percent_start: Percent | None = None
    soc_percent_end: Percent | None = None
    import_per_kwh: PricePerKwh | None = None
    export_per_kwh: PricePerKwh | None = None
    spot_per_kwh: PricePerKwh | None = None
    residual_kwh: float | None = Field(
        default=None,
        description="PV + import + discharge - load - export - charge: losses, and what is wrong "
        "with the meters [kWh]",
    )
    vacation: bool | None = Field(default=None, description="Nobody at home; null: unknown")
    alarm_armed: bool | None = Field(
        default=None, description="The house was left, as its alarm says; null: unknown"
    )
    quality: tuple[str, ...] = Field(
        default=(), description="Flags of all energies together; empty: clean"
    )
    flags: dict[str, tuple[str, ...]] = Field(
        default_factory=dict, description="By energy, such as load; those without are clean"
    )
    source: str = Field(default="counters", description="Where the energies come from")


HistoryQuestion = Literal[
    "slots", "rollups", "outcomes", "prices", "forecasts", "weather", "schedules", "planned",
    "actions", "episodes", "strategy", "settings", "notifications", "models", "scores", "days",
    "learning", "messages",
]  # fmt: skip
"""What the recorder can be asked for."""


class HistoryQuery(Request):
    """Rows of what was recorded, answered at the response topic."""

    examples = (
        '{"what": "slots", "start": "2026-01-01T00:00:00Z", "end": "2026-01-02T00:00:00Z"}',
        '{"what": "rollups", "by": "month", "start": "2026-01-01T00:00:00Z"}',
        "slots",
    )
    word_field = "what"

    what: HistoryQuestion
    start: AwareDatetime | None = Field(default=None, description="From here; null: a day ago")
    end: AwareDatetime | None = Field(default=None, description="To before here; null: now")
    limit: int = Field(default=10_000, ge=1, le=50_000, description="At most so many rows")
    offset: int = Field(default=0, ge=0, description="Rows to skip, to page through a long answer")
    columns: tuple[str, ...] = Field(default=(), description="Only these; empty: all")
    by: Literal["day", "week", "month", "year", "total"] = Field(
        default="day",
        description="Of rollups: the local time that one row covers; total: all days of it",
    )
    lead_hours: float | None = Field(
        default=None, ge=0, le=240,
        description="Of forecasts, weather and prices: the last issue at least so long before the "
        "slot [h]; null: the last one before its end",
    )  # fmt: skip
    id: UUID | None = Field(
        default=None,
        description="Of one episode or schedule, whole; of messages: all that it came of, and all "
        "that came of it",
    )
    beginning: str = Field(
        default="", max_length=36, pattern="^[0-9a-f-]*$",
        description="Of messages: their id, or that of what caused them, begins so",
    )  # fmt: skip
    format: Literal["json", "arrow"] = Field(
        default="json",
        description="`arrow`: the rows alone as an Arrow IPC stream, for long answers; its last "
        "column `complete` is what it is in JSON",
    )


class HistoryRows(Message):
    """The answer to a `HistoryQuery`, by column."""

    what: str
    columns: dict[str, tuple[Any, ...]] = Field(description="Equally long, ordered by time")
    row_count: int = Field(ge=0)
    complete: bool = Field(description="False: there are more rows; ask with a higher offset")

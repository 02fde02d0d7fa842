"""What of a planning run can be asked for without opening it.

Learning picks its runs by whose they are, when, how good and under which strategy; so that is
in columns. A field that a run does not say, or says in another type, is None.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from darkstar_common.contract import Episode

PROD = "prod"


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """The columns of an episode; UTC, [%], [currency], [currency/kWh]."""

    system_id: str = PROD
    """Whose run: prod, or another system in shadow."""
    issued_at: datetime | None = None
    first_slot: datetime | None = None
    """By this, and never by the time of writing, an episode is joined to slots."""
    slots: int | None = None
    """So many quarters of an hour from `first_slot` on."""
    status: str | None = None
    currency: str | None = None
    cost: float | None = None
    objective: float | None = None
    gap: float | None = None
    solver: str | None = None
    planner_version: str | None = None
    config_hash: str | None = None
    """Of the configuration it was made with: another one means another configuration."""
    because: str | None = None
    """Why there was a run."""
    soc_percent_at_start: float | None = None
    target_soc_percent: float | None = None
    terminal_value_per_kwh: float | None = None
    s_index: float | None = None
    risk_appetite: int | None = None
    comfort: int | None = None
    vacation: bool | None = None
    export_enabled: bool | None = None
    price_regime: str | None = None
    weather_volatility: float | None = None
    quality: str | None = None
    """What its writer thought of the day: clean, mask_battery, exclude."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptEpisode:
    """A planning run, whole, with its columns."""

    message_id: UUID
    name: str
    """What its writer calls it; the `message_id` again for a message."""
    caused_by: UUID | None = None
    emitted_at: datetime
    schedule_id: str = ""
    """The `message_id` of its schedule; empty: not known."""
    facts: Facts
    content: Any
    """Everything, as JSON values."""


def kept(episode: Episode) -> KeptEpisode:
    """`episode` with its columns."""
    content = episode.model_dump(mode="json")
    return KeptEpisode(
        message_id=episode.message_id,
        name=str(episode.message_id),
        caused_by=episode.caused_by,
        emitted_at=episode.emitted_at,
        schedule_id=episode.schedule_id,
        facts=facts(content),
        content=content,
    )


def facts(content: object) -> Facts:
    """The columns of an episode that came as a message, from its JSON values."""
    schedule, strategy = part(content, "schedule"), part(content, "context", "strategy")
    slots = part(schedule, "slots")
    listed = slots if isinstance(slots, list) else []
    return Facts(
        system_id=text(part(content, "system_id")) or PROD,
        first_slot=moment(part(listed[0], "start")) if listed else None,
        slots=len(listed) or None,
        planner_version=text(part(content, "context", "version")),
        **_read(part(content, "context"), "config_hash", "because"),
        **_read(schedule, *_OF_SCHEDULE),
        **_read(strategy, *_OF_STRATEGY),
    )


def _read(source: object, *names: str) -> dict[str, Any]:
    """The columns of these names from the fields of the same names, if they are of their types."""
    return {name: _READERS[_TYPES[name]](part(source, name)) for name in names}


def part(value: object, *path: str) -> object:
    """What is at `path` in nested objects; None where there is nothing."""
    for name in path:
        value = value.get(name) if isinstance(value, Mapping) else None
    return value


def text(value: object) -> str | None:
    """`value` if it is a text with something in it."""
    return value if isinstance(value, str) and value else None


def number(value: object) -> float | None:
    """`value` if it is a finite number."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        return float(value) if math.isfinite(value) else None
    except OverflowError:
        return None


def whole(value: object) -> int | None:
    """`value` if it is a number without a fraction that fits a column."""
    found = number(value)
    return int(found) if found is not None and found.is_integer() and abs(found) < 2**31 else None


def truth(value: object) -> bool | None:
    """`value` if it is true or false."""
    return value if isinstance(value, bool) else None


def moment(value: object) -> datetime | None:
    """`value` as a time in UTC, if it is one that says its offset."""
    try:
        found = datetime.fromisoformat(value) if isinstance(value, str) else None
        return found.astimezone(UTC) if found is not None and found.tzinfo is not None else None
    except (ValueError, OverflowError):
        return None


_OF_SCHEDULE = (
    "issued_at", "status", "currency", "cost", "objective", "gap", "solver",
    "soc_percent_at_start",
)  # fmt: skip
_OF_STRATEGY = (
    "target_soc_percent", "terminal_value_per_kwh", "s_index", "risk_appetite", "comfort",
    "vacation", "export_enabled", "price_regime", "weather_volatility",
)  # fmt: skip
_TYPES = {one.name: str(one.type).partition(" ")[0] for one in fields(Facts)}
_READERS: dict[str, Callable[[object], object]] = {
    "str": text, "float": number, "int": whole, "bool": truth, "datetime": moment,
}  # fmt: skip

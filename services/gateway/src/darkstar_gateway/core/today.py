"""One local day as it went and as it is planned, slot by slot."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Literal, Self

from pydantic import AwareDatetime, Field

from darkstar_common.contract import Part, PriceCurve, Schedule, ScheduleSlot
from darkstar_common.slots import SLOT_HOURS, slot_start

_ENERGIES = ("load", "pv", "import", "export", "charge", "discharge", "water", "ev")
_ALL_LOADS = ("load", "water", "ev")
"""A plan's load is the base load, a meter's all of it."""


class Flow(Part):
    """What flows in a slot, planned or measured; null is unknown."""

    load_kwh: float | None = Field(default=None, description="Of the house, heater and cars too")
    pv_kwh: float | None = None
    import_kwh: float | None = None
    export_kwh: float | None = None
    charge_kwh: float | None = None
    discharge_kwh: float | None = None
    water_kwh: float | None = None
    ev_kwh: float | None = None
    soc_percent_end: float | None = None

    @classmethod
    def measured(cls, record: Mapping[str, Any]) -> Self | None:
        """From a recorded slot; None: nothing of it is known."""
        found = cls.model_validate(record)
        return None if found == cls() else found

    @classmethod
    def planned(cls, slot: Mapping[str, Any]) -> Self:
        """From a slot of a schedule, with its mean powers [kW]."""
        kwh = {one: slot[f"{one}_kw"] * SLOT_HOURS for one in _ENERGIES}
        kwh["load"] = sum(kwh[one] for one in _ALL_LOADS)
        made = {f"{one}_kwh": value for one, value in kwh.items()}
        return cls.model_validate({**made, "soc_percent_end": slot["soc_percent"]})


class DaySlot(Part):
    """One slot of a day, with all that is known of it."""

    start: AwareDatetime
    planned: Flow | None = Field(description="By the plan in force at its end; null: there is none")
    actual: Flow | None = Field(description="Null: not over yet, or not measured")
    import_per_kwh: float | None = None
    export_per_kwh: float | None = None
    price_kind: Literal["published", "forecast"] | None = None
    actions: int = Field(ge=0, description="Changes of command in it")
    reason: str = Field(default="", description="Of the plan, for people")


class Today(Part):
    """A local day, merged."""

    day: date
    start: AwareDatetime
    end: AwareDatetime
    timezone: str
    currency: str
    slots: tuple[DaySlot, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What is known of the slots of a day: recorded rows, and what is in force now."""

    slots: Sequence[Mapping[str, Any]] = ()
    planned: Sequence[Mapping[str, Any]] = ()
    prices: Sequence[Mapping[str, Any]] = ()
    actions: Sequence[Mapping[str, Any]] = ()
    schedule: Schedule | None = None
    curve: PriceCurve | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Found:
    """All that is known, by the start of its slot."""

    actual: Mapping[datetime, Flow | None]
    planned: Mapping[datetime, Flow]
    reasons: Mapping[datetime, str]
    prices: Mapping[datetime, Mapping[str, Any]]
    actions: Mapping[datetime, int] = field(default_factory=dict)

    def at(self, start: datetime) -> DaySlot:
        price = self.prices.get(start, {})
        return DaySlot(
            start=start,
            planned=self.planned.get(start),
            actual=self.actual.get(start),
            import_per_kwh=price.get("import_per_kwh"),
            export_per_kwh=price.get("export_per_kwh"),
            price_kind=price.get("kind"),
            actions=self.actions.get(start, 0),
            reason=self.reasons.get(start, ""),
        )


def merged(starts: Iterable[datetime], known: Known, now: datetime) -> tuple[DaySlot, ...]:
    """Each of the slots, with what the recorder has and, from `now` on, what is in force.

    A plan that was recorded is what stood at the slot's end, so it goes before the present
    schedule only where the slot is over.
    """
    plans: dict[datetime, Mapping[str, Any]] = {_start(one): one for one in known.planned}
    present = slot_start(now)
    for slot in known.schedule.slots if known.schedule else ():
        if slot.start >= present or slot.start not in plans:
            plans[slot.start] = _fields(slot)
    prices = {slot.start: slot.model_dump() for slot in known.curve.slots} if known.curve else {}
    prices |= {_start(one): dict(one) for one in known.prices}
    found = _Found(
        actual={_start(one): Flow.measured(one) for one in known.slots},
        planned={start: Flow.planned(one) for start, one in plans.items()},
        reasons={start: one["reason"] or "" for start, one in plans.items()},
        prices=prices,
        actions=Counter(slot_start(_moment(one["emitted_at"])) for one in _changes(known.actions)),
    )
    return tuple(found.at(start) for start in starts)


def _changes(actions: Iterable[Mapping[str, Any]]) -> Iterable[Mapping[str, Any]]:
    return (one for one in actions if one.get("kind") in {"change", None})


def _fields(slot: ScheduleSlot) -> Mapping[str, Any]:
    return slot.model_dump()


def _start(record: Mapping[str, Any]) -> datetime:
    return _moment(record["start"])


def _moment(value: Any) -> datetime:
    """A time as the recorder tells it, in UTC."""
    return datetime.fromisoformat(value) if isinstance(value, str) else value

"""The dearest hours to sell in, and what selling more there would come to."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Self

from darkstar_common.config import Config
from darkstar_common.contract import Money, Schedule, ScheduleSlot, Simulated
from darkstar_common.contract.base import Part
from darkstar_common.slots import SLOT_HOURS

RELAXED: Mapping[str, object] = {"battery.wear_cost_per_kwh": 0.0, "risk_appetite": 5}
"""Economics without the care that is taken of the battery and of surprises."""


LEAST_KW = 0.1
"""A slot with less room than this is not worth selling in [kW]."""


class ExportStep(Part):
    """What selling so much at the dearest hours would come to."""

    kwh: float
    """Asked to be sold at the dearest hours, at least [kWh]."""
    realised_kwh: float
    """Of that, what the plan does sell in these hours [kWh]."""
    hours: tuple[datetime, ...]
    """Starts of the slots, by time."""
    money: Money
    usual: Money | None
    """Of the plan as things are; null: there is none."""
    net: float | None
    """What it gains over the plan as things are, what is left in storage counted in [currency]."""
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """What bounds selling [kW]: the battery, the inverter, and what may be fed in."""

    discharge_kw: float
    ac_kw: float
    export_kw: float

    @classmethod
    def of(cls, config: Config) -> Self:
        """The bounds of the house that `config` describes."""
        return cls(
            discharge_kw=config.battery.max_discharge_kw if config.battery else 0.0,
            ac_kw=config.inverter.max_ac_kw,
            export_kw=config.grid.max_export_kw,
        )

    def room_kw(self, slot: ScheduleSlot) -> float:
        """The most that can be sold in `slot` after the house has had what it needs [kW]."""
        made = min(self.ac_kw, self.discharge_kw + slot.pv_kw)
        return max(0.0, min(self.export_kw, made - slot.load_kw - slot.water_kw - slot.ev_kw))


def peak_sales(
    slots: Iterable[ScheduleSlot], reach: Reach, *, after: datetime, kwh: float
) -> dict[datetime, float]:
    """The power to sell with in the dearest slots that begin after `after` [kW].

    The dearest are filled first, until `kwh` are reached; what is planned to be sold there
    anyway is not made less. It is less than `kwh` only where the slots do not hold more.
    """
    left, found = kwh, {}
    ahead = [one for one in slots if one.start > after and reach.room_kw(one) > LEAST_KW]
    for slot in sorted(ahead, key=lambda one: (-one.export_per_kwh, one.start)):
        if left <= 0:
            break
        room = reach.room_kw(slot)
        found[slot.start] = max(min(room, left / SLOT_HOURS), min(slot.export_kw, room))
        left -= found[slot.start] * SLOT_HOURS
    return dict(sorted(found.items()))


def export_step(kwh: float, sales: Mapping[datetime, float], answer: Simulated) -> ExportStep:
    """What the planner's `answer` to `sales` says about selling `kwh`.

    Raises:
        ValueError: The answer has no plan.
    """
    if answer.schedule is None or answer.cost is None:
        raise ValueError("the answer has no plan")
    made = Schedule.model_validate(answer.schedule)
    money = _money(answer, made.slots)
    return ExportStep(
        kwh=kwh,
        realised_kwh=sum(one.export_kw * SLOT_HOURS for one in made.slots if one.start in sales),
        hours=tuple(sales),
        money=money,
        usual=answer.usual,
        net=None if answer.usual is None else _worth(money) - _worth(answer.usual),
        reason=answer.reason,
    )


def _worth(money: Money) -> float:
    return money.stored_worth - money.cost


def _money(answer: Simulated, slots: Sequence[ScheduleSlot]) -> Money:
    return Money(
        cost=answer.cost or 0.0,
        objective=answer.objective or 0.0,
        import_cost=answer.import_cost or 0.0,
        export_revenue=answer.export_revenue or 0.0,
        wear_cost=answer.wear_cost or 0.0,
        stored_worth=answer.stored_worth or 0.0,
        import_kwh=sum(one.import_kw for one in slots) * SLOT_HOURS,
        export_kwh=sum(one.export_kw for one in slots) * SLOT_HOURS,
    )

"""An earlier plan, as far as it speaks of the slots and devices of this problem."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, timedelta
from itertools import pairwise
from typing import Annotated

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from darkstar_planner.core.errors import ProblemError
from darkstar_planner.core.problem import Problem

FIELD = "options.hint"
# less than this is nothing [kW]
DUST = 1e-6
SECOND = timedelta(seconds=1)

Power = Annotated[float, Field(ge=0, allow_inf_nan=False)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Hint:
    """What an earlier plan decided: a value for each slot, None where it says nothing.

    Attributes:
        on: Of each heater and deferrable load, whether it was to run.
        load_kw: The power of the same [kW].
        power: Of each battery and EV, charge and discharge power [kW].
        marginal_price: What one more kWh at the house would have cost [currency/kWh].
    """

    on: dict[str, tuple[bool | None, ...]]
    load_kw: dict[str, tuple[float | None, ...]]
    power: dict[str, tuple[tuple[float, float] | None, ...]]
    marginal_price: tuple[float | None, ...]


class _Past(BaseModel):
    """Read from an earlier solution; what else that says does not matter here."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class _PastStorage(_Past):
    charge_kw: Power = 0.0
    discharge_kw: Power = 0.0


class _PastSlot(_Past):
    start: AwareDatetime
    batteries: dict[str, _PastStorage] = {}
    evs: dict[str, _PastStorage] = {}
    heaters: dict[str, Power] = {}
    deferrables: dict[str, Power] = {}
    marginal_price: Annotated[float, Field(allow_inf_nan=False)] | None = None


class _PastPlan(_Past):
    slots: tuple[_PastSlot, ...]


def hint_of(problem: Problem) -> Hint | None:
    """The hint of `problem`, slot by slot; None without one, or if it speaks of no slot here.

    Slots are told by their start, and must be as long as they were. A device that the
    hint does not know has no decisions, and one that the problem does not have is left out.

    Raises:
        ProblemError: The hint is no solution; names the place.
    """
    if problem.options.hint is None:
        return None
    past = _read(problem.options.hint)
    slots = _aligned(problem, past.slots)
    if not any(slots):
        return None
    loads = {one.id: tuple(_load(slot, one.id) for slot in slots) for one in problem.loads}
    return Hint(
        on={
            name: tuple(None if kw is None else kw > DUST for kw in power)
            for name, power in loads.items()
        },
        load_kw=loads,
        power={one.id: tuple(_flows(slot, one.id) for slot in slots) for one in problem.storages},
        marginal_price=tuple(None if slot is None else slot.marginal_price for slot in slots),
    )


def _read(hint: Mapping[str, object]) -> _PastPlan:
    try:
        past = _PastPlan.model_validate(hint)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        place = "".join(f"[{at}]" if isinstance(at, int) else f".{at}" for at in first["loc"])
        wrong = "is missing" if first["type"] == "missing" else first["msg"]
        sentence = f"is no solution of an earlier problem: {wrong}"
        raise ProblemError(f"{FIELD}{place}", sentence) from None
    starts = [one.start.astimezone(UTC) for one in past.slots]
    for number, (one, following) in enumerate(pairwise(starts)):
        if following <= one:
            sentence = f"{following.isoformat()} does not come after the slot before"
            raise ProblemError(f"{FIELD}.slots[{number + 1}].start", sentence)
    return past


def _aligned(problem: Problem, past: Sequence[_PastSlot]) -> list[_PastSlot | None]:
    """For each slot of `problem` the one of `past` that begins with it and is as long."""
    starts = [one.start.astimezone(UTC) for one in past]
    lengths = [following - one for one, following in pairwise(starts)]
    lengths.append(lengths[-1] if lengths else timedelta())
    known = dict(zip(starts, zip(past, lengths, strict=False), strict=True))
    return [
        _fitting(known.get(start), hours)
        for start, hours in zip(problem.starts, problem.hours, strict=True)
    ]


def _fitting(found: tuple[_PastSlot, timedelta] | None, hours: float) -> _PastSlot | None:
    if found is None:
        return None
    slot, length = found
    return slot if not length or abs(length - timedelta(hours=hours)) < SECOND else None


def _load(slot: _PastSlot | None, name: str) -> float | None:
    return None if slot is None else (slot.heaters | slot.deferrables).get(name)


def _flows(slot: _PastSlot | None, name: str) -> tuple[float, float] | None:
    found = None if slot is None else (slot.batteries | slot.evs).get(name)
    return None if found is None else (found.charge_kw, found.discharge_kw)

"""The planning problem: everything the solver needs, nothing it has to look up.

The field names are a published contract: outside tools write them. All powers are
means over a slot [kW], energies [kWh], prices [currency/kWh].
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import cached_property
from itertools import accumulate
from typing import Annotated, Any, Literal, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from darkstar_planner.core.devices import Battery, Deferrable, Ev, Heater, Load, Part
from darkstar_planner.core.errors import ProblemError

NonNegative = Annotated[float, Field(ge=0)]
Positive = Annotated[float, Field(gt=0)]
ROUNDING = 1e-9


def _utc(moment: datetime) -> datetime:
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return aware.astimezone(UTC)


def _known_zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError("no IANA time zone, such as Europe/Stockholm") from None
    return name


class Peak(Part):
    """A price on the mean of the `top_n` highest hourly imports of a month.

    `already_kw` is what the month has so far: one number for each of the `top_n`
    highest hours, or a list of them. What they cost is spent; a plan pays for the rise.
    """

    price_per_kw: NonNegative
    already_kw: NonNegative | tuple[NonNegative, ...] = 0.0
    window: Literal["month"] = "month"
    hours: tuple[Annotated[int, Field(ge=0, le=23)], ...] = tuple(range(7, 21))
    weekdays_only: bool = False
    top_n: Annotated[int, Field(ge=1)] = 1


class Grid(Part):
    """The connection to the grid."""

    max_import_kw: NonNegative | None = None
    max_export_kw: NonNegative | None = None
    import_limit_kw: NonNegative | None = None
    import_limit_penalty_per_kwh: NonNegative | None = None
    peak: Peak | None = None


class Inverter(Part):
    """A hybrid inverter that PV and batteries share."""

    max_ac_kw: NonNegative | None = None
    dc_coupled: bool = False
    efficiency: Annotated[float, Field(gt=0, le=1)] = 1.0


class Fixed(Part):
    """A manual block: what one device does in one slot, decided by a person."""

    slot: Annotated[int, Field(ge=0)]
    device: str
    charge_kw: NonNegative | None = None
    discharge_kw: NonNegative | None = None
    export_kw: NonNegative | None = None
    on: bool | None = None

    @model_validator(mode="after")
    def _one_decision(self) -> Self:
        decisions = (self.charge_kw, self.discharge_kw, self.export_kw, self.on)
        if sum(one is not None for one in decisions) != 1:
            raise ValueError("needs exactly one of charge_kw, discharge_kw, export_kw, on")
        return self


class Scenario(Part):
    """What may happen instead; prices that are not given are the problem's own.

    The problem's own series happen with the probability that all scenarios leave.
    """

    probability: Annotated[float, Field(gt=0, le=1)]
    load_kw: tuple[NonNegative, ...]
    pv_kw: tuple[NonNegative, ...]
    import_price: tuple[float, ...] | None = None
    export_price: tuple[float, ...] | None = None


class Options(Part):
    """How to solve."""

    time_limit_seconds: Positive = 10.0
    absolute_gap: NonNegative = 0.05
    solver: Literal["auto", "scip", "highs"] = "auto"
    hint: dict[str, Any] | None = None
    keep_threshold: NonNegative = 0.0


class Problem(BaseModel):
    """One horizon. Element t of each array belongs to the slot t."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)

    start: Annotated[datetime, AfterValidator(_utc)]
    slot_hours: Annotated[tuple[Positive, ...] | Positive, Field(union_mode="left_to_right")] = 0.25
    timezone: Annotated[str, AfterValidator(_known_zone)] = "UTC"
    currency: str = "SEK"
    import_price: Annotated[tuple[float, ...], Field(min_length=1)]
    export_price: tuple[float, ...]
    load_kw: tuple[NonNegative, ...]
    pv_kw: tuple[NonNegative, ...]
    scenarios: tuple[Scenario, ...] = ()
    commit_slots: Annotated[int, Field(ge=1)] = 1
    grid: Grid = Grid()
    inverter: Inverter = Inverter()
    curtailable: bool = True
    batteries: tuple[Battery, ...] = ()
    evs: tuple[Ev, ...] = ()
    heaters: tuple[Heater, ...] = ()
    deferrables: tuple[Deferrable, ...] = ()
    ramp_penalty_per_kw: NonNegative = 0.0
    previous_power_kw: float = 0.0
    fixed: tuple[Fixed, ...] = ()
    options: Options = Options()

    @cached_property
    def count(self) -> int:
        """Number of slots T."""
        return len(self.import_price)

    @cached_property
    def horizon(self) -> range:
        """The numbers of the slots."""
        return range(self.count)

    @cached_property
    def hours(self) -> tuple[float, ...]:
        """Length of each slot [h]."""
        if isinstance(self.slot_hours, tuple):
            return self.slot_hours
        return (self.slot_hours,) * self.count

    @cached_property
    def edges(self) -> tuple[float, ...]:
        """Where each slot begins, and the last one ends, from the start on [h]; T + 1 values."""
        return tuple(accumulate(self.hours, initial=0.0))

    @cached_property
    def starts(self) -> tuple[datetime, ...]:
        """UTC start of each slot."""
        return tuple(self.start + timedelta(hours=edge) for edge in self.edges[:-1])

    @cached_property
    def zone(self) -> ZoneInfo:
        """Where the people live."""
        return ZoneInfo(self.timezone)

    @cached_property
    def storages(self) -> tuple[Battery | Ev, ...]:
        """Everything that stores: the batteries, then the EVs."""
        return (*self.batteries, *self.evs)

    @cached_property
    def loads(self) -> tuple[Load, ...]:
        """Everything that runs when told to: the heaters, then the deferrable loads."""
        return (*self.heaters, *self.deferrables)

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        for field in ("export_price", "load_kw", "pv_kw", "slot_hours"):
            _same_length(field, getattr(self, field), self.count)
        for number, scenario in enumerate(self.scenarios):
            for field in ("load_kw", "pv_kw", "import_price", "export_price"):
                path = f"scenarios[{number}].{field}"
                _same_length(path, getattr(scenario, field), self.count)
        for number, ev in enumerate(self.evs):
            _same_length(f"evs[{number}].available", ev.available, self.count)
        self._check_names()
        self._check_slots()
        self._check_chances()
        return self

    def _check_names(self) -> None:
        seen = {"grid"}
        for kind in ("batteries", "evs", "heaters", "deferrables"):
            for number, device in enumerate(getattr(self, kind)):
                if device.id in seen:
                    raise ProblemError(f"{kind}[{number}].id", f"{device.id!r} is taken already")
                seen.add(device.id)
        for number, block in enumerate(self.fixed):
            decided, able = self._deciders(block)
            if block.device not in able:
                sentence = f"no device {block.device!r} here takes {decided}"
                raise ProblemError(f"fixed[{number}].device", sentence)

    def _deciders(self, block: Fixed) -> tuple[str, set[str]]:
        """The decision that `block` makes, and the devices that can take it."""
        if block.on is not None:
            return "on", {one.id for one in self.loads}
        if block.export_kw is not None:
            return "export_kw", {"grid"}
        storages = {one.id for one in self.storages}
        return ("discharge_kw" if block.charge_kw is None else "charge_kw"), storages

    def _check_chances(self) -> None:
        total = sum(one.probability for one in self.scenarios)
        if total > 1 + ROUNDING:
            sentence = f"have probabilities of {total:g} together; they may not exceed 1"
            raise ProblemError("scenarios", sentence)

    def _check_slots(self) -> None:
        for kind in ("batteries", "evs"):
            for number, device in enumerate(getattr(self, kind)):
                for place, goal in enumerate(device.goals):
                    _inside(f"{kind}[{number}].goals[{place}].slot", goal.slot, self.count)
        for number, block in enumerate(self.fixed):
            _inside(f"fixed[{number}].slot", block.slot, self.count)


def _same_length(field: str, values: object, count: int) -> None:
    if isinstance(values, tuple) and len(values) != count:
        sentence = f"has {len(values)} values where import_price has {count}"
        raise ProblemError(field, sentence, slot=min(len(values), count))


def _inside(field: str, slot: int, count: int) -> None:
    if slot >= count:
        raise ProblemError(field, f"{slot} is past the last slot, {count - 1}")

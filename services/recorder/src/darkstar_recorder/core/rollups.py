"""A local day in sums: energies, what it cost, and what it would have cost otherwise."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from hashlib import blake2b
from zoneinfo import ZoneInfo

from darkstar_common.config import Config
from darkstar_recorder.core.baseline import Cell, self_consuming, without_battery

ENERGIES = ("load", "pv", "import", "export", "charge", "discharge", "water", "ev")
_NEEDED = ("load", "pv", "import", "export")
"""Without these of a slot, and its prices, nothing is said of its cost."""
_RULES = 2
"""Another number when a day of the same slots would come out otherwise than before."""


@dataclass(frozen=True, slots=True, kw_only=True)
class House:
    """What has to be known of the house to judge its days."""

    cell: Cell | None
    zone: ZoneInfo
    """Where its days begin."""
    absent: frozenset[str] = frozenset()
    """Energies that it cannot have; they are zero without a meter."""

    @property
    def mark(self) -> int:
        """Another number of 64 bits for another house."""
        said = repr((_RULES, self.cell, self.zone.key, sorted(self.absent)))
        return int.from_bytes(blake2b(said.encode(), digest_size=8).digest(), "big")


@dataclass(frozen=True, slots=True, kw_only=True)
class PastSlot:
    """A slot as it went; null is unknown."""

    start: datetime
    kwh: dict[str, float | None]
    residual_kwh: float | None = None
    soc_percent_start: float | None = None
    soc_percent_end: float | None = None
    import_per_kwh: float | None = None
    export_per_kwh: float | None = None
    planned_cost: float | None = None
    """Of the plan in force at its end [currency]."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """Sums over a local day; null where nothing of the kind is known."""

    day: date
    start: datetime
    end: datetime
    expected_slots: int
    known_slots: int
    kwh: dict[str, float | None]
    """By energy, over the slots that know it [kWh]."""
    known_kwh: dict[str, float | None]
    """Of load, PV, import and export, over the slots that know all four and the prices [kWh]."""
    residual_kwh: float | None
    cost: float | None
    cost_without_battery: float | None
    cost_self_consumption: float | None
    planned_slots: int
    planned_cost: float | None
    cost_where_planned: float | None
    wear_cost: float | None
    stored_change_kwh: float | None
    rule_stored_change_kwh: float | None
    stored_worth_per_kwh: float | None
    """Mean import price, after the loss of discharging [currency/kWh]."""
    cycles: float | None
    rule_stored_kwh: float | None
    """In the simple battery at midnight, from where the next day goes on [kWh]."""


@dataclass(slots=True)
class _Costs:
    """What is added up slot by slot."""

    known: list[dict[str, float]] = field(default_factory=list)
    cost: list[float] = field(default_factory=list)
    bare: list[float] = field(default_factory=list)
    ruled: list[float] = field(default_factory=list)
    planned: list[tuple[float, float]] = field(default_factory=list)
    prices: list[float] = field(default_factory=list)


def house_of(config: Config) -> House:
    """What `config` says of it."""
    battery, absent = config.battery, set[str]()
    if not config.has_solar:
        absent.add("pv")
    if not config.grid.max_export_kw:
        absent.add("export")
    if battery is None:
        return House(
            cell=None, zone=config.zone, absent=frozenset(absent | {"charge", "discharge"})
        )
    cell = Cell(
        capacity_kwh=battery.capacity_kwh,
        floor_kwh=battery.capacity_kwh * battery.min_soc_percent / 100,
        ceiling_kwh=battery.capacity_kwh * battery.max_soc_percent / 100,
        charge_kw=battery.max_charge_kw,
        discharge_kw=battery.max_discharge_kw,
        charge_efficiency=battery.charge_efficiency,
        discharge_efficiency=battery.discharge_efficiency,
        wear_cost_per_kwh=battery.wear_cost_per_kwh,
    )
    return House(cell=cell, zone=config.zone, absent=frozenset(absent))


@dataclass(frozen=True, slots=True, kw_only=True)
class Calendar:
    """Where a local day lies."""

    day: date
    start: datetime
    end: datetime
    expected_slots: int
    """How many it has, or has had until now."""


def rolled(
    calendar: Calendar, slots: Sequence[PastSlot], house: House, stored_kwh: float | None
) -> Day:
    """The sums of a day.

    Args:
        calendar: The day.
        slots: What is known of it, oldest first.
        house: Whose day it is.
        stored_kwh: In the simple battery at the day's start; None: as the real one [kWh].
    """
    cell, change = house.cell, _stored_change(slots, house.cell)
    if cell is not None and stored_kwh is None:
        stored_kwh = _stored_at_start(slots, cell)
    costs, stored = _costs(slots, house, stored_kwh)
    kwh = {one: total(slot.kwh.get(one) for slot in slots) for one in ENERGIES}
    discharge = kwh["discharge"]
    mean_price = sum(costs.prices) / len(costs.prices) if costs.prices else None
    return Day(
        day=calendar.day, start=calendar.start, end=calendar.end,
        expected_slots=calendar.expected_slots, known_slots=len(costs.cost),
        kwh=kwh,
        known_kwh={one: total(known[one] for known in costs.known) for one in _NEEDED},
        residual_kwh=total(slot.residual_kwh for slot in slots),
        cost=total(costs.cost), cost_without_battery=total(costs.bare),
        cost_self_consumption=total(costs.ruled),
        planned_slots=len(costs.planned),
        planned_cost=total(planned for planned, _ in costs.planned),
        cost_where_planned=total(actual for _, actual in costs.planned),
        wear_cost=_with(cell, discharge, lambda c, kwh: kwh * c.wear_cost_per_kwh),
        stored_change_kwh=change,
        rule_stored_change_kwh=total((stored, -stored_kwh)) if stored_kwh is not None else None,
        stored_worth_per_kwh=_with(cell, mean_price, lambda c, mean: mean * c.discharge_efficiency),
        cycles=_with(cell, discharge, lambda c, kwh: kwh / c.capacity_kwh),
        rule_stored_kwh=stored,
    )  # fmt: skip


def _costs(
    slots: Iterable[PastSlot], house: House, stored: float | None
) -> tuple[_Costs, float | None]:
    """Every cost over the same slots: those of which all is known."""
    costs = _Costs()
    for slot in slots:
        known = _known(slot, house.absent)
        buying, selling = slot.import_per_kwh, slot.export_per_kwh
        if known is None or buying is None or selling is None:
            continue
        costs.known.append(known)
        costs.prices.append(buying)
        costs.cost.append(known["import"] * buying - known["export"] * selling)
        bare = without_battery(known["load"], known["pv"])
        costs.bare.append(bare.cost(buying, selling))
        if house.cell is not None and stored is not None:
            bare, stored = self_consuming(known["load"], known["pv"], stored, house.cell)
            costs.ruled.append(bare.cost(buying, selling))
        elif house.cell is None:
            costs.ruled.append(costs.bare[-1])
        if slot.planned_cost is not None:
            costs.planned.append((slot.planned_cost, costs.cost[-1]))
    return costs, stored


def _known(slot: PastSlot, absent: frozenset[str]) -> dict[str, float] | None:
    """The needed energies of a slot, or None if one is unknown."""
    found = {one: slot.kwh.get(one) for one in _NEEDED}
    filled = {
        one: 0.0 if value is None and one in absent else value for one, value in found.items()
    }
    known = {one: value for one, value in filled.items() if value is not None}
    return known if len(known) == len(_NEEDED) else None


def _stored_at_start(slots: Sequence[PastSlot], cell: Cell) -> float:
    first = next((s.soc_percent_start for s in slots if s.soc_percent_start is not None), None)
    return cell.floor_kwh if first is None else cell.capacity_kwh * first / 100


def _stored_change(slots: Sequence[PastSlot], cell: Cell | None) -> float | None:
    first = next((s.soc_percent_start for s in slots if s.soc_percent_start is not None), None)
    last = next((s.soc_percent_end for s in reversed(slots) if s.soc_percent_end is not None), None)
    if cell is None or first is None or last is None:
        return None
    return (last - first) / 100 * cell.capacity_kwh


def _with(
    cell: Cell | None, value: float | None, worked: Callable[[Cell, float], float]
) -> float | None:
    return None if cell is None or value is None else worked(cell, value)


def total(values: Iterable[float | None]) -> float | None:
    """The sum of what is known; None if nothing is."""
    known = [value for value in values if value is not None]
    return sum(known) if known else None

"""What a slot would have cost in a plainer house: without the battery, or with a simple one."""

from __future__ import annotations

from dataclasses import dataclass

from darkstar_common.slots import SLOT_HOURS


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """A battery that knows nothing of prices: surplus goes in, need comes out."""

    capacity_kwh: float
    floor_kwh: float
    """Not taken out by rule [kWh]."""
    ceiling_kwh: float
    charge_kw: float
    discharge_kw: float
    charge_efficiency: float
    discharge_efficiency: float
    wear_cost_per_kwh: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """What goes over the connection to the grid in a slot [kWh]."""

    import_kwh: float
    export_kwh: float

    def cost(self, import_per_kwh: float, export_per_kwh: float) -> float:
        """What it costs, negative for a gain [currency]."""
        return self.import_kwh * import_per_kwh - self.export_kwh * export_per_kwh


def without_battery(load_kwh: float, pv_kwh: float) -> Exchange:
    """The same load and PV, and nothing to store energy in.

    Example:
        >>> without_battery(1.0, 3.0)
        Exchange(import_kwh=0.0, export_kwh=2.0)
    """
    need = load_kwh - pv_kwh
    return Exchange(import_kwh=max(need, 0.0), export_kwh=max(-need, 0.0))


def self_consuming(
    load_kwh: float, pv_kwh: float, stored_kwh: float, cell: Cell
) -> tuple[Exchange, float]:
    """What is left for the grid when surplus is stored and need is met from the store.

    Args:
        load_kwh: Used in the slot [kWh].
        pv_kwh: Produced in it [kWh].
        stored_kwh: In the battery at its start [kWh].
        cell: The battery.

    Returns:
        The exchange with the grid, and what is in the battery at the slot's end [kWh].
    """
    plain = without_battery(load_kwh, pv_kwh)
    room = max(cell.ceiling_kwh - stored_kwh, 0.0) / cell.charge_efficiency
    charge = min(plain.export_kwh, cell.charge_kw * SLOT_HOURS, room)
    held = max(stored_kwh - cell.floor_kwh, 0.0) * cell.discharge_efficiency
    discharge = min(plain.import_kwh, cell.discharge_kw * SLOT_HOURS, held)
    stored = stored_kwh + charge * cell.charge_efficiency - discharge / cell.discharge_efficiency
    left = Exchange(import_kwh=plain.import_kwh - discharge, export_kwh=plain.export_kwh - charge)
    return left, stored

"""What a stretch of days came to: flows, money, and what was left."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from darkstar_common.slots import SLOT_HOURS
from darkstar_lab.inverter import Flows


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One slot as it went, at the prices of the day."""

    start: datetime
    flows: Flows
    import_price: float
    export_price: float

    @property
    def cost(self) -> float:
        """Bought less sold [currency]."""
        flows = self.flows
        paid = flows.import_kw * self.import_price - flows.export_kw * self.export_price
        return paid * SLOT_HOURS


@dataclass(frozen=True, slots=True, kw_only=True)
class Ledger:
    """A replayed stretch.

    Attributes:
        entries: Slot by slot.
        wear_cost_per_kwh: Of discharged energy [currency/kWh].
        left_worth: What the energy left in the battery is worth [currency].
        unheated_kwh: What the water heater owed its days and did not heat [kWh].
    """

    entries: tuple[Entry, ...]
    wear_cost_per_kwh: float = 0.0
    left_worth: float = 0.0
    unheated_kwh: float = 0.0

    @property
    def bill(self) -> float:
        """Bought less sold [currency]."""
        return sum(one.cost for one in self.entries)

    @property
    def wear(self) -> float:
        """Wear of the battery [currency]."""
        return self.wear_cost_per_kwh * self._kwh("discharge_kw")

    @property
    def total(self) -> float:
        """Bill and wear, less the worth of what is left [currency]."""
        return self.bill + self.wear - self.left_worth

    @property
    def import_kwh(self) -> float:
        """Bought [kWh]."""
        return self._kwh("import_kw")

    @property
    def export_kwh(self) -> float:
        """Sold [kWh]."""
        return self._kwh("export_kw")

    @property
    def stored_kwh(self) -> float:
        """Left in the battery [kWh]."""
        return self.entries[-1].flows.stored_kwh

    @property
    def lowest_kwh(self) -> float:
        """The least there was in the battery at the end of a slot [kWh]."""
        return min(one.flows.stored_kwh for one in self.entries)

    def _kwh(self, name: str) -> float:
        return SLOT_HOURS * sum(float(getattr(one.flows, name)) for one in self.entries)

"""Energy counters of the house, and what they grew by in a slot."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import datetime

from darkstar_simulator.core.inverter import Flows


@dataclass(frozen=True, slots=True, kw_only=True)
class Counters:
    """Cumulative energies [kWh].

    `load_kwh` counts all consumption with the water heater and the car in it, `water_kwh` the
    heater alone, `ev_kwh` the car alone. Own use, curtailment, standby, the tank's two and what
    the car used on its way (`ev_driven_kwh`) are on no meter: they close the balances.
    """

    load_kwh: float = 0.0
    water_kwh: float = 0.0
    own_kwh: float = 0.0
    pv_kwh: float = 0.0
    curtailed_kwh: float = 0.0
    charge_kwh: float = 0.0
    discharge_kwh: float = 0.0
    import_kwh: float = 0.0
    export_kwh: float = 0.0
    standby_kwh: float = 0.0
    tank_lost_kwh: float = 0.0
    tank_drawn_kwh: float = 0.0
    ev_kwh: float = 0.0
    ev_driven_kwh: float = 0.0

    def plus(self, flows: Flows, hours: float, *, lost_kwh: float, drawn_kwh: float) -> Counters:
        """The counters after `hours` of `flows` and the heat that left the tank [kWh]."""
        return Counters(
            load_kwh=self.load_kwh + flows.load_kw * hours,
            water_kwh=self.water_kwh + flows.water_kw * hours,
            own_kwh=self.own_kwh + flows.own_kw * hours,
            pv_kwh=self.pv_kwh + flows.pv_kw * hours,
            curtailed_kwh=self.curtailed_kwh + flows.curtailed_kw * hours,
            charge_kwh=self.charge_kwh + flows.charge_kw * hours,
            discharge_kwh=self.discharge_kwh + flows.discharge_kw * hours,
            import_kwh=self.import_kwh + flows.import_kw * hours,
            export_kwh=self.export_kwh + flows.export_kw * hours,
            standby_kwh=self.standby_kwh + flows.standby_kw * hours,
            tank_lost_kwh=self.tank_lost_kwh + lost_kwh,
            tank_drawn_kwh=self.tank_drawn_kwh + drawn_kwh,
            ev_kwh=self.ev_kwh + flows.ev_kw * hours,
            ev_driven_kwh=self.ev_driven_kwh,
        )

    def since(self, earlier: Counters) -> Counters:
        """What was counted since `earlier` [kWh]."""
        return Counters(
            **{
                field.name: getattr(self, field.name) - getattr(earlier, field.name)
                for field in fields(self)
            }
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class SlotRecord:
    """The truth about a closed slot.

    Attributes:
        start: first moment of the slot.
        energy: what flowed in it [kWh].
        counters: the counters at its end [kWh].
        soc_percent: at its end [%].
        tank_c: water temperature at its end [°C].
        ev_soc_percent: of the car at its end [%]; None without one.
        complete: false when the house was only switched on during the slot.
    """

    start: datetime
    energy: Counters
    counters: Counters
    soc_percent: float
    tank_c: float
    ev_soc_percent: float | None = None
    complete: bool = True

"""What the simulated house is made of; by default a Swedish home with a Deye-kind inverter."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from datetime import time

_KILO = 1000.0


@dataclass(frozen=True, slots=True, kw_only=True)
class TaperBand:
    """From this SoC on the battery takes only a share of its charging power, as BMS tables say it.

    Attributes:
        from_percent: lower edge of the band [% SoC].
        share: what is left of `max_charge_kw` [0..1].
    """

    from_percent: float
    share: float


@dataclass(frozen=True, slots=True, kw_only=True)
class BatteryParameters:
    """The battery behind the inverter.

    Attributes:
        capacity_kwh: usable energy between 0 and 100 % SoC [kWh].
        max_charge_kw: the BMS's own limit, measured at the inverter's side [kW].
        max_discharge_kw: likewise [kW].
        charge_efficiency: stored / charged, one way [0..1].
        discharge_efficiency: discharged / taken from store, one way [0..1].
        standby_kw: loss that never stops, from the store while it is above the floor [kW].
        nominal_voltage_v: turns amperes of the current limits into kW [V].
        taper: bands near full, ascending.
    """

    capacity_kwh: float = 34.2
    max_charge_kw: float = 8.88
    max_discharge_kw: float = 8.88
    charge_efficiency: float = 0.9754
    discharge_efficiency: float = 0.9754
    standby_kw: float = 0.010
    nominal_voltage_v: float = 48.0
    taper: tuple[TaperBand, ...] = (
        TaperBand(from_percent=95.0, share=0.5),
        TaperBand(from_percent=98.0, share=0.25),
        TaperBand(from_percent=99.0, share=0.1),
    )

    def __post_init__(self) -> None:
        slowest = min((band.share for band in self.taper), default=1.0) * self.max_charge_kw
        if slowest * self.charge_efficiency <= self.standby_kw:
            raise ValueError(
                f"the taper leaves {slowest} kW, which cannot cover standby_kw={self.standby_kw}; "
                "such a battery never fills"
            )

    def kilowatts(self, amperes: float) -> float:
        """The power [kW] of a battery current [A] at nominal voltage."""
        return amperes * self.nominal_voltage_v / _KILO


@dataclass(frozen=True, slots=True, kw_only=True)
class InverterParameters:
    """The hybrid inverter and the connection to the grid.

    Attributes:
        ac_limit_kw: cap on |PV + discharge − charge| through the inverter, both ways [kW].
        own_kw: what the inverter itself uses, on the house's side of the meter [kW].
        island_floor_percent: without a grid the battery serves the house down to it [% SoC].
        fuse_kw: the main fuse: grid charging never raises the import above it, and no more is
            exported [kW].
        max_current_a: upper end of the two current limits [A].
    """

    ac_limit_kw: float = 8.8
    own_kw: float = 0.08
    island_floor_percent: float = 5.0
    fuse_kw: float = 16.0
    max_current_a: float = 185.0


@dataclass(frozen=True, slots=True, kw_only=True)
class TankParameters:
    """The water heater: one well-mixed tank with a thermostat.

    Attributes:
        volume_l: water in the tank [l].
        heater_kw: electric element [kW].
        loss_kw_per_k: heat lost per kelvin above ambient [kW/K].
        ambient_c: room around the tank [°C].
        cold_c: water that flows in [°C].
        comfort_c: below this tank temperature people get less heat than they want [°C].
        hysteresis_k: the element switches on this far below the setpoint [K].
        draw_kwh_per_day: mean heat drawn with hot water [kWh/day].
    """

    volume_l: float = 300.0
    heater_kw: float = 3.0
    loss_kw_per_k: float = 0.0017
    ambient_c: float = 20.0
    cold_c: float = 8.0
    comfort_c: float = 40.0
    hysteresis_k: float = 3.0
    draw_kwh_per_day: float = 6.0

    @property
    def kwh_per_k(self) -> float:
        """Heat capacity of the water [kWh/K]: 4.186 kJ/(kg K), 1 kg/l."""
        return self.volume_l * 4.186 / 3600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class WallboxParameters:
    """The wallbox, and the one car that comes to it.

    Attributes:
        capacity_kwh: usable energy of the car [kWh].
        min_kw, max_kw: least and most that the car is charged with [kW].
        phases: on how many it charges.
        voltage_v: of a phase [V].
        efficiency: stored energy for each kWh that goes in [0..1].
        leaves, returns: local times; it is away from one to the other every day.
        trip_kwh: what it has used when it is back [kWh].
        initial_percent: how full it is at first [% SoC].
    """

    capacity_kwh: float = 60.0
    min_kw: float = 4.14
    max_kw: float = 11.04
    phases: int = 3
    voltage_v: float = 230.0
    efficiency: float = 0.9
    leaves: time = time(7)
    returns: time = time(17)
    trip_kwh: float = 12.0
    initial_percent: float = 60.0

    def kilowatts(self, amperes: float) -> float:
        """The power [kW] of a current [A] on all its phases."""
        return amperes * self.voltage_v * self.phases / _KILO

    @property
    def min_current_a(self) -> float:
        """The least whole current that gives at least `min_kw` [A]."""
        return math.ceil(round(self.min_kw / self.kilowatts(1.0), 6))

    @property
    def max_current_a(self) -> float:
        """The least whole current that gives `max_kw`; the car takes no more than that [A]."""
        return math.ceil(round(self.max_kw / self.kilowatts(1.0), 6))


@dataclass(frozen=True, slots=True, kw_only=True)
class HouseParameters:
    """The whole house; without a wallbox there is no car."""

    battery: BatteryParameters = field(default_factory=BatteryParameters)
    inverter: InverterParameters = field(default_factory=InverterParameters)
    tank: TankParameters = field(default_factory=TankParameters)
    wallbox: WallboxParameters | None = None
    initial_soc_percent: float = 50.0
    initial_tank_c: float = 55.0
    seed: int = 1

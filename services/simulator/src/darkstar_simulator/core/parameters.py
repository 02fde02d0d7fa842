"""What the simulated house is made of; by default a Swedish home with a Deye-kind inverter."""

from __future__ import annotations

from dataclasses import dataclass, field

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
        standby_kw: loss that never stops, from the store while it is above the SoC target [kW].
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
        fuse_kw: the main fuse: grid charging never raises the import above it, and no more is
            exported [kW].
        max_current_a: upper end of the two current limits [A].
    """

    ac_limit_kw: float = 8.8
    own_kw: float = 0.08
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
class HouseParameters:
    """The whole house."""

    battery: BatteryParameters = field(default_factory=BatteryParameters)
    inverter: InverterParameters = field(default_factory=InverterParameters)
    tank: TankParameters = field(default_factory=TankParameters)
    initial_soc_percent: float = 50.0
    initial_tank_c: float = 55.0
    seed: int = 1

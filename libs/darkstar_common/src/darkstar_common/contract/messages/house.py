"""The house as it is: measured states, cumulative energies, bound devices."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from darkstar_common.contract.base import Message, Moment, Part


class Reading(Part):
    """A measured value; null when it is unknown, and since when it was last known."""

    value: float | None = Field(default=None, description="In the unit of the field's name")
    measured_at: Moment | None = Field(
        default=None, description="When `value`, or the last one before it got lost, was measured"
    )


UNKNOWN = Reading()


class EvReading(Part):
    """An electric vehicle at its charger, as measured."""

    connected: bool | None = Field(default=None, description="Null: unknown")
    charging: bool | None = Field(default=None, description="What its switch shows")
    current_a: Reading = Field(default=UNKNOWN, description="What its charger is set to [A]")
    power_kw: Reading = Field(default=UNKNOWN, description="[kW]")
    soc_percent: Reading = Field(default=UNKNOWN, description="State of charge [%]")


class HouseState(Message):
    """Powers, state of charge and temperatures, converted and signed once and for all."""

    soc_percent: Reading = Field(default=UNKNOWN, description="State of charge [%]")
    pv_kw: Reading = Field(default=UNKNOWN, description="PV production [kW]")
    load_kw: Reading = Field(default=UNKNOWN, description="House consumption, heater included [kW]")
    import_kw: Reading = Field(default=UNKNOWN, description="From the grid [kW]")
    export_kw: Reading = Field(default=UNKNOWN, description="To the grid [kW]")
    charge_kw: Reading = Field(default=UNKNOWN, description="Into the battery [kW]")
    discharge_kw: Reading = Field(default=UNKNOWN, description="Out of the battery [kW]")
    water_kw: Reading = Field(default=UNKNOWN, description="Into the water heater [kW]")
    water_temperature_c: Reading = Field(default=UNKNOWN, description="Tank temperature [°C]")
    grid_voltage_v: Reading = Field(default=UNKNOWN, description="Grid voltage [V]")
    grid_available: bool | None = Field(
        default=None, description="By status or voltage; null: unknown"
    )
    alarm_armed: bool | None = Field(
        default=None, description="The alarm guards the whole house; null: unknown, or none"
    )
    ev_kw: Reading = Field(default=UNKNOWN, description="Into all electric vehicles [kW]")
    evs: dict[str, EvReading] = Field(default_factory=dict, description="Each of them, by id")
    work_mode: str | None = Field(default=None, description="The inverter's own word for its mode")


class EnergyCounters(Message):
    """Cumulative energies since some unknown past; they grow, and may start again from zero."""

    load_kwh: Reading = Field(default=UNKNOWN, description="House, heater included [kWh]")
    pv_kwh: Reading = Field(default=UNKNOWN, description="PV production [kWh]")
    import_kwh: Reading = Field(default=UNKNOWN, description="From the grid [kWh]")
    export_kwh: Reading = Field(default=UNKNOWN, description="To the grid [kWh]")
    charge_kwh: Reading = Field(default=UNKNOWN, description="Into the battery [kWh]")
    discharge_kwh: Reading = Field(default=UNKNOWN, description="Out of the battery [kWh]")
    water_kwh: Reading = Field(default=UNKNOWN, description="Into the water heater [kWh]")
    ev_kwh: Reading = Field(default=UNKNOWN, description="Into electric vehicles [kWh]")


class RoleBinding(Part):
    """What plays one role of the house, or why nothing does."""

    role: str = Field(description="Such as battery_soc or work_mode")
    status: Literal["bound", "missing", "ambiguous", "wrong_unit", "wrong_options", "unavailable"]
    entity: str | None = Field(default=None, description="The entity as the config names it")
    state_topic: str | None = None
    command_topic: str | None = None
    unit: str | None = None
    minimum: float | None = None
    maximum: float | None = None
    step: float | None = None
    options: tuple[str, ...] = ()
    detail: str = Field(default="", description="What is wrong, and what to do about it")
    optional: bool = Field(default=False, description="The house runs without it")


class DiscoveredEntity(Part):
    """An entity that was announced on the broker, as a person would recognise it."""

    entity: str = Field(description="As the config may name it, such as sensor.inverter_soc")
    component: str = Field(description="Such as sensor, number or select")
    name: str = ""
    device: str = Field(default="", description="Name of the device it belongs to")
    unit: str | None = None
    device_class: str | None = None
    settable: bool = Field(default=False, description="Whether it takes commands")
    options: tuple[str, ...] = ()
    value: str | None = Field(default=None, description="As last heard; null: nothing yet")


class RoleProposal(Part):
    """An entity that could play a role."""

    role: str
    entity: str
    likely: bool = Field(description="Name, unit and kind all fit; else it merely could")
    because: str = Field(description="What speaks for it, for people")


class Devices(Message):
    """Which entities were discovered, and which role each of them plays."""

    roles: tuple[RoleBinding, ...]
    discovered: tuple[str, ...] = Field(description="Entity ids seen in discovery")
    entities: tuple[DiscoveredEntity, ...] = Field(
        default=(), description="The same, with what is known of each"
    )
    proposals: tuple[RoleProposal, ...] = Field(
        default=(), description="What could play the roles, the likeliest first"
    )
    profile: str = Field(default="", description="The inverter's profile in use")

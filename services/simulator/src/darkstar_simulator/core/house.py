"""The house in motion: exact integration over stretches in which every power is constant.

A stretch ends at the next slot boundary, battery boundary (empty, target, taper band, full) or
thermostat switch, whichever comes first; so the result does not depend on how often it is asked
for, and energy is conserved up to floating-point rounding.

Signs: everything is non-negative here. Load includes the water heater, as a load CT behind a Deye
sees it; the house series' load is the base load without it.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from darkstar_common.slots import SLOT, slot_start
from darkstar_simulator.core import battery, inverter, tank
from darkstar_simulator.core.counters import Counters, SlotRecord
from darkstar_simulator.core.draws import draw_kw
from darkstar_simulator.core.inverter import Flows
from darkstar_simulator.core.parameters import HouseParameters
from darkstar_simulator.core.series import HouseSeries
from darkstar_simulator.core.settings import Settings
from darkstar_simulator.core.tank import Tank

_HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class House:
    """What does not change: the parts, the weather and the people."""

    series: HouseSeries
    timezone: ZoneInfo
    parameters: HouseParameters = field(default_factory=HouseParameters)

    def surroundings(self, moment: datetime) -> Surroundings:
        """What load, sun and people do in the slot that holds `moment`."""
        load_kw, pv_kw = self.series.powers(moment)
        return Surroundings(
            load_kw=load_kw,
            pv_kw=pv_kw,
            draw_kw=draw_kw(
                moment,
                seed=self.parameters.seed,
                kwh_per_day=self.parameters.tank.draw_kwh_per_day,
                timezone=self.timezone,
            ),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """Constant over a slot: base load, available PV and wanted hot water [kW]."""

    load_kw: float
    pv_kw: float
    draw_kw: float


@dataclass(frozen=True, slots=True, kw_only=True)
class HouseState:
    """The house at a moment.

    Attributes:
        at: the moment.
        stored_kwh: energy in the battery [kWh].
        tank: the water heater.
        counters: cumulative energies.
        opened: the counters when the slot that holds `at` began.
        opened_at: when `opened` was taken: the slot's start, or later if the house was switched
            on in it.
    """

    at: datetime
    stored_kwh: float
    tank: Tank
    counters: Counters = field(default_factory=Counters)
    opened: Counters = field(default_factory=Counters)
    opened_at: datetime


def initial_state(at: datetime, parameters: HouseParameters) -> HouseState:
    """The house as it is switched on for the first time."""
    return HouseState(
        at=at,
        stored_kwh=parameters.initial_soc_percent / 100 * parameters.battery.capacity_kwh,
        tank=Tank(temperature_c=parameters.initial_tank_c),
        opened_at=at,
    )


def soc_percent(state: HouseState, parameters: HouseParameters) -> float:
    """State of charge [%]."""
    return state.stored_kwh / parameters.battery.capacity_kwh * 100


def flows_now(state: HouseState, house: House, settings: Settings) -> Flows:
    """The powers at the state's moment."""
    around = house.surroundings(state.at)
    heated = tank.thermostat(state.tank, settings.water_setpoint_c, house.parameters.tank)
    return _flows(state.stored_kwh, heated, around, house.parameters, settings)


def advance(state: HouseState, house: House, settings: Settings, until: datetime) -> HouseState:
    """The house at `until`, under `settings` all the way; the same state if that is not later."""
    while state.at < until:
        following = slot_start(state.at) + SLOT
        state = _within_slot(state, house, settings, min(until, following))
        if state.at == following:
            state = replace(state, opened=state.counters, opened_at=state.at)
    return state


def advance_slots(
    state: HouseState, house: House, settings: Settings, until: datetime
) -> tuple[HouseState, tuple[SlotRecord, ...]]:
    """As `advance`, with the truth about every slot that closed on the way."""
    records: list[SlotRecord] = []
    while (end := slot_start(state.at) + SLOT) <= until:
        opened, opened_at = state.opened, state.opened_at
        state = advance(state, house, settings, end)
        records.append(
            SlotRecord(
                start=end - SLOT,
                energy=state.counters.since(opened),
                counters=state.counters,
                soc_percent=soc_percent(state, house.parameters),
                tank_c=state.tank.temperature_c,
                complete=opened_at == end - SLOT,
            )
        )
    return advance(state, house, settings, until), tuple(records)


def _within_slot(
    state: HouseState, house: House, settings: Settings, until: datetime
) -> HouseState:
    """Advances to `until` in the same slot, in float hours, so that events are not rounded."""
    around = house.surroundings(state.at)
    left = (until - state.at) / _HOUR
    while left > 0:
        state, spent = _stretch(state, around, house.parameters, settings, left)
        left -= spent
    return replace(state, at=until)


def _stretch(
    state: HouseState,
    around: Surroundings,
    parameters: HouseParameters,
    settings: Settings,
    most_hours: float,
) -> tuple[HouseState, float]:
    """Advances to the next event, at most `most_hours`; also says how many hours that was."""
    cell = parameters.battery
    water = tank.thermostat(state.tank, settings.water_setpoint_c, parameters.tank)
    flows = _flows(state.stored_kwh, water, around, parameters, settings)
    rate = _rate(flows, parameters)
    going = tank.course(water, around.draw_kw, parameters.tank)

    to_edge, edge_kwh = battery.next_boundary(state.stored_kwh, rate, settings, cell)
    to_switch, switch_c = tank.next_switch(water, going, settings.water_setpoint_c, parameters.tank)
    hours = min(most_hours, to_edge, to_switch)

    lost, drawn = tank.heat_taken(going, hours, around.draw_kw, parameters.tank)
    counters = state.counters.plus(flows, hours, lost_kwh=lost, drawn_kwh=drawn)
    moved = replace(
        state,
        stored_kwh=edge_kwh if hours == to_edge else state.stored_kwh + rate * hours,
        tank=Tank(
            temperature_c=switch_c if hours == to_switch else going.after(hours),
            heating=water.heating,
        ),
        counters=counters,
    )
    return moved, hours


def _flows(
    stored_kwh: float,
    water: Tank,
    around: Surroundings,
    parameters: HouseParameters,
    settings: Settings,
) -> Flows:
    """The powers at this SoC.

    Exactly at the target the battery rises only if PV carries it on against the standby loss that
    it then has to bear itself; otherwise it is held there.
    """

    def under(allowed: battery.BatteryLimits) -> Flows:
        return inverter.dispatch(
            base_load_kw=around.load_kw,
            water_kw=parameters.tank.heater_kw if water.heating else 0.0,
            available_pv_kw=around.pv_kw,
            battery=allowed,
            settings=settings,
            inverter=parameters.inverter,
        )

    allowed = battery.limits(stored_kwh, settings, parameters.battery)
    if stored_kwh != battery.target_kwh(settings, parameters.battery):
        return under(allowed)
    rising = under(allowed.rising())
    return rising if _rate(rising, parameters) > 0 else under(allowed.held())


def _rate(flows: Flows, parameters: HouseParameters) -> float:
    """How fast the stored energy changes [kW]."""
    return battery.stored_rate_kw(
        flows.charge_kw, flows.discharge_kw, flows.standby_kw, parameters.battery
    )

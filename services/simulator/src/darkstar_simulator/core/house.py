"""The house in motion: exact integration over stretches in which every power is constant.

A stretch ends at the next slot boundary, battery boundary (empty, floor, ceiling, taper band,
full), thermostat switch or full car, whichever comes first; so the result does not depend on how
often it is asked for, and energy is conserved up to floating-point rounding.

Signs: everything is non-negative here. Load includes the water heater and the car, as a load CT
behind a Deye sees it; the house series' load is the base load without them.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from darkstar_common.slots import SLOT, slot_start
from darkstar_simulator.core import battery, car, inverter, tank
from darkstar_simulator.core.battery import BatteryLimits
from darkstar_simulator.core.car import Car
from darkstar_simulator.core.control import Control, Orders
from darkstar_simulator.core.counters import Counters, SlotRecord
from darkstar_simulator.core.draws import draw_kw
from darkstar_simulator.core.inverter import Flows, Wants
from darkstar_simulator.core.parameters import HouseParameters
from darkstar_simulator.core.series import HouseSeries
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
            car_home=self.car_home(moment),
        )

    def car_home(self, moment: datetime) -> bool:
        """Whether a car stands at the wallbox in the slot that holds `moment`."""
        box = self.parameters.wallbox
        local = slot_start(moment).astimezone(self.timezone)
        return box is not None and car.is_home(local, box)


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """Constant over a slot: base load, available PV and wanted hot water [kW], and who is in."""

    load_kw: float
    pv_kw: float
    draw_kw: float
    car_home: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class HouseState:
    """The house at a moment.

    Attributes:
        at: the moment.
        stored_kwh: energy in the battery [kWh].
        tank: the water heater.
        car: the car, here or away; None in a house without a wallbox.
        counters: cumulative energies.
        opened: the counters when the slot that holds `at` began.
        opened_at: when `opened` was taken: the slot's start, or later if the house was switched
            on in it.
    """

    at: datetime
    stored_kwh: float
    tank: Tank
    car: Car | None = None
    counters: Counters = field(default_factory=Counters)
    opened: Counters = field(default_factory=Counters)
    opened_at: datetime


def initial_state(at: datetime, parameters: HouseParameters) -> HouseState:
    """The house as it is switched on for the first time."""
    return HouseState(
        at=at,
        stored_kwh=parameters.initial_soc_percent / 100 * parameters.battery.capacity_kwh,
        tank=Tank(temperature_c=parameters.initial_tank_c),
        car=initial_car(parameters),
        opened_at=at,
    )


def initial_car(parameters: HouseParameters) -> Car | None:
    """The car as it first comes; None in a house without a wallbox."""
    box = parameters.wallbox
    return None if box is None else Car(stored_kwh=box.initial_percent / 100 * box.capacity_kwh)


def soc_percent(state: HouseState, parameters: HouseParameters) -> float:
    """State of charge [%]."""
    return state.stored_kwh / parameters.battery.capacity_kwh * 100


def ev_soc_percent(state: HouseState, parameters: HouseParameters) -> float | None:
    """The car's state of charge [%]; None without one."""
    if state.car is None or parameters.wallbox is None:
        return None
    return state.car.stored_kwh / parameters.wallbox.capacity_kwh * 100


def flows_now(state: HouseState, house: House, orders: Orders) -> Flows:
    """The powers at the state's moment."""
    around = house.surroundings(state.at)
    heated = tank.thermostat(state.tank, orders.thermostat_c, house.parameters.tank)
    return _flows(replace(state, tank=heated), around, house.parameters, orders)


def advance(state: HouseState, house: House, orders: Orders, until: datetime) -> HouseState:
    """The house at `until`, under `orders` all the way; the same state if that is not later."""
    while state.at < until:
        following = slot_start(state.at) + SLOT
        state = _within_slot(state, house, orders, min(until, following))
        if state.at == following:
            state = _back_home(state, house)
            state = replace(state, opened=state.counters, opened_at=state.at)
    return state


def advance_slots(
    state: HouseState, house: House, orders: Orders, until: datetime
) -> tuple[HouseState, tuple[SlotRecord, ...]]:
    """As `advance`, with the truth about every slot that closed on the way."""
    records: list[SlotRecord] = []
    while (end := slot_start(state.at) + SLOT) <= until:
        opened, opened_at = state.opened, state.opened_at
        state = advance(state, house, orders, end)
        records.append(
            SlotRecord(
                start=end - SLOT,
                energy=state.counters.since(opened),
                counters=state.counters,
                soc_percent=soc_percent(state, house.parameters),
                tank_c=state.tank.temperature_c,
                ev_soc_percent=ev_soc_percent(state, house.parameters),
                complete=opened_at == end - SLOT,
            )
        )
    return advance(state, house, orders, until), tuple(records)


def _back_home(state: HouseState, house: House) -> HouseState:
    """The car with its trip behind it, if the slot that begins is the first it is home in."""
    box = house.parameters.wallbox
    if state.car is None or box is None:
        return state
    if not house.car_home(state.at) or house.car_home(state.at - SLOT):
        return state
    driven = min(box.trip_kwh, state.car.stored_kwh)
    return replace(
        state,
        car=Car(stored_kwh=state.car.stored_kwh - driven),
        counters=replace(state.counters, ev_driven_kwh=state.counters.ev_driven_kwh + driven),
    )


def _within_slot(state: HouseState, house: House, orders: Orders, until: datetime) -> HouseState:
    """Advances to `until` in the same slot, in float hours, so that events are not rounded."""
    around = house.surroundings(state.at)
    left = (until - state.at) / _HOUR
    while left > 0:
        state, spent = _stretch(state, around, house.parameters, orders, left)
        left -= spent
    return replace(state, at=until)


def _stretch(
    state: HouseState,
    around: Surroundings,
    parameters: HouseParameters,
    orders: Orders,
    most_hours: float,
) -> tuple[HouseState, float]:
    """Advances to the next event, at most `most_hours`; also says how many hours that was."""
    water = tank.thermostat(state.tank, orders.thermostat_c, parameters.tank)
    flows = _flows(replace(state, tank=water), around, parameters, orders)
    rate = _rate(flows, parameters)
    going = tank.course(water, around.draw_kw, parameters.tank)

    to_edge, edge_kwh = battery.next_boundary(
        state.stored_kwh, rate, _control(orders, parameters), parameters.battery
    )
    to_switch, switch_c = tank.next_switch(water, going, orders.thermostat_c, parameters.tank)
    to_full, driver = _car_ahead(state.car, flows.ev_kw, parameters)
    hours = min(most_hours, to_edge, to_switch, to_full)

    lost, drawn = tank.heat_taken(going, hours, around.draw_kw, parameters.tank)
    moved = replace(
        state,
        stored_kwh=edge_kwh if hours == to_edge else state.stored_kwh + rate * hours,
        tank=Tank(
            temperature_c=switch_c if hours == to_switch else going.after(hours),
            heating=water.heating,
        ),
        car=driver(hours),
        counters=state.counters.plus(flows, hours, lost_kwh=lost, drawn_kwh=drawn),
    )
    return moved, hours


def _car_ahead(
    driven: Car | None, taken_kw: float, parameters: HouseParameters
) -> tuple[float, Callable[[float], Car | None]]:
    """Hours until the car is full, and the car after some hours."""
    box = parameters.wallbox
    if driven is None or box is None:
        return math.inf, lambda _: driven
    to_full = car.hours_to_full(driven, taken_kw, box)

    def after(hours: float) -> Car:
        if hours == to_full:
            return Car(stored_kwh=box.capacity_kwh)
        return car.charged(driven, taken_kw, hours, box)

    return to_full, after


def _flows(
    state: HouseState, around: Surroundings, parameters: HouseParameters, orders: Orders
) -> Flows:
    """The powers at this SoC.

    Exactly at the floor (or at the ceiling of grid charging) the battery rises if it would go on
    rising above it, bearing its standby loss itself, and falls if it would go on falling below it;
    otherwise it is held there.
    """
    control, cell = _control(orders, parameters), parameters.battery
    wants = _wants(state, around, parameters, orders)

    def under(allowed: BatteryLimits) -> Flows:
        flows = inverter.dispatch(
            wants, battery=allowed, control=control, inverter=parameters.inverter
        )
        return inverter.islanded(flows) if orders.islanded else flows

    stored = state.stored_kwh
    at = battery.limits(stored, control, cell)
    if not battery.is_hinge(stored, control, cell):
        return under(at)
    rising = under(battery.limits(stored, control, cell, "above"))
    if _rate(rising, parameters) > 0:
        return rising
    falling = under(battery.limits(stored, control, cell, "below"))
    return falling if _rate(falling, parameters) < 0 else under(at.held())


def _wants(
    state: HouseState, around: Surroundings, parameters: HouseParameters, orders: Orders
) -> Wants:
    box, taken = parameters.wallbox, 0.0
    if box and state.car and around.car_home and not orders.islanded:
        taken = car.drawn_kw(state.car, orders.ev_kw, box)
    return Wants(
        base_load_kw=around.load_kw,
        water_kw=parameters.tank.heater_kw if state.tank.heating else 0.0,
        ev_kw=taken,
        available_pv_kw=around.pv_kw,
    )


def _control(orders: Orders, parameters: HouseParameters) -> Control:
    """What the inverter obeys: its orders, or its own mind when the grid is gone."""
    if not orders.islanded:
        return orders.control
    cell, floor = parameters.battery, parameters.inverter.island_floor_percent
    return Control(
        charge_kw=cell.max_charge_kw,
        discharge_kw=cell.max_discharge_kw,
        export_kw=0.0,
        floor_percent=floor,
        ceiling_percent=floor,
    )


def _rate(flows: Flows, parameters: HouseParameters) -> float:
    """How fast the stored energy changes [kW]."""
    return battery.stored_rate_kw(
        flows.charge_kw, flows.discharge_kw, flows.standby_kw, parameters.battery
    )

"""The water heater: one well-mixed tank, heated, cooling and drawn from, solved exactly.

C dT/dt = P − UA (T − T_ambient) − d φ(T), where d is the heat that people want. φ is 1 from the
comfort temperature on and falls linearly to 0 at the cold water's: a tank that is too cold gives
less. Between switching points this is a linear equation, so temperature, losses and switching times
are closed forms (Newton's law of cooling) and no step size enters.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from darkstar_simulator.core.parameters import TankParameters


@dataclass(frozen=True, slots=True, kw_only=True)
class Tank:
    """The tank's state: mean water temperature [°C], and whether the element is on."""

    temperature_c: float
    heating: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """How the temperature goes while nothing switches: T(t) = end + (T0 − end) e^(−rate t).

    Attributes:
        start_c: T0 [°C].
        end_c: where it would settle [°C].
        rate_per_hour: how fast [1/h].
        scarce: whether the tank gives less than is wanted.
    """

    start_c: float
    end_c: float
    rate_per_hour: float
    scarce: bool

    def after(self, hours: float) -> float:
        """The temperature [°C] after `hours`."""
        return self.end_c + (self.start_c - self.end_c) * math.exp(-self.rate_per_hour * hours)

    def degree_hours(self, hours: float) -> float:
        """The integral of the temperature over `hours` [°C h]."""
        decayed = -math.expm1(-self.rate_per_hour * hours) / self.rate_per_hour
        return self.end_c * hours + (self.start_c - self.end_c) * decayed

    def hours_to(self, temperature_c: float) -> float:
        """Hours until `temperature_c` is reached; infinite when it never is."""
        way = self.start_c - self.end_c
        if way == 0 or temperature_c == self.start_c:
            return math.inf
        left = (temperature_c - self.end_c) / way
        return -math.log(left) / self.rate_per_hour if 0 < left < 1 else math.inf


def thermostat(tank: Tank, setpoint_c: float, parameters: TankParameters) -> Tank:
    """The tank with its element switched as the thermostat wants it now."""
    heating = tank.heating
    if tank.temperature_c >= setpoint_c:
        heating = False
    elif tank.temperature_c <= setpoint_c - parameters.hysteresis_k:
        heating = True
    return (
        tank if heating is tank.heating else Tank(temperature_c=tank.temperature_c, heating=heating)
    )


def course(tank: Tank, draw_kw: float, parameters: TankParameters) -> Course:
    """The temperature's course from now on while `draw_kw` of heat is wanted."""
    power = parameters.heater_kw if tank.heating else 0.0
    gained = power + parameters.loss_kw_per_k * parameters.ambient_c
    slope = gained - draw_kw - parameters.loss_kw_per_k * tank.temperature_c
    above = tank.temperature_c - parameters.comfort_c
    scarce = above < 0 or (above == 0 and slope < 0)
    loss = parameters.loss_kw_per_k
    if scarce:
        per_kelvin = draw_kw / (parameters.comfort_c - parameters.cold_c)
        loss += per_kelvin
        gained += per_kelvin * parameters.cold_c
    else:
        gained -= draw_kw
    return Course(
        start_c=tank.temperature_c,
        end_c=gained / loss,
        rate_per_hour=loss / parameters.kwh_per_k,
        scarce=scarce,
    )


def next_switch(
    tank: Tank, going: Course, setpoint_c: float, parameters: TankParameters
) -> tuple[float, float]:
    """Hours until the element switches or comfort is crossed, and the temperature [°C] then."""
    switch = setpoint_c if tank.heating else setpoint_c - parameters.hysteresis_k
    return min((going.hours_to(edge), edge) for edge in (switch, parameters.comfort_c))


def heat_taken(
    going: Course, hours: float, draw_kw: float, parameters: TankParameters
) -> tuple[float, float]:
    """Heat lost to the room and heat drawn with the water over `hours` [kWh]."""
    integral = going.degree_hours(hours)
    lost = parameters.loss_kw_per_k * (integral - parameters.ambient_c * hours)
    if not going.scarce:
        return lost, draw_kw * hours
    missing = parameters.comfort_c - parameters.cold_c
    return lost, draw_kw * (integral - parameters.cold_c * hours) / missing

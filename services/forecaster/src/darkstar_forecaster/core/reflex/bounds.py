"""What may drift in this house: from where, how far, and in what steps."""

from __future__ import annotations

from dataclasses import dataclass

from darkstar_common.config import Battery, Config
from darkstar_common.contract import Learned

CAPACITY_STEP_KWH, CAPACITY_STEP = 0.5, 0.02
"""A step of the battery's capacity [kWh, and share of what is configured]: the larger."""
WEAR_STEP = 0.25
"""The largest step of the wear value, as a share of what is configured."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """How one figure may change.

    Attributes:
        configured: What the configuration says; 1 of a factor.
        step: The most it changes by in a day.
        lowest: It is never proposed lower.
        highest: It is never proposed higher.
    """

    configured: float
    step: float
    lowest: float
    highest: float

    def towards(self, wanted: float, *, current: float) -> float:
        """At most one step from `current` towards `wanted`, and within the bounds.

        Example:
            >>> rule = Rule(configured=1.0, step=0.02, lowest=0.8, highest=1.2)
            >>> rule.towards(0.9, current=1.0)
            0.98
        """
        aim = min(self.highest, max(self.lowest, wanted))
        return round(min(current + self.step, max(current - self.step, aim)), 6)


def rules(config: Config) -> dict[Learned, Rule]:
    """What may drift in this house; nothing of a battery or panels that it has not."""
    found: dict[Learned, Rule] = {
        "load_factor": Rule(configured=1.0, step=0.02, lowest=0.9, highest=1.3)
    }
    if config.has_solar:
        found["pv_factor"] = Rule(configured=1.0, step=0.02, lowest=0.8, highest=1.2)
    if config.battery is not None:
        found |= _battery(config.battery)
    return found


def _battery(battery: Battery) -> dict[Learned, Rule]:
    capacity, wear = battery.capacity_kwh, battery.wear_cost_per_kwh
    return {
        "battery_capacity_kwh": Rule(
            configured=capacity,
            step=max(CAPACITY_STEP_KWH, CAPACITY_STEP * capacity),
            lowest=round(0.5 * capacity, 6),
            highest=round(1.1 * capacity, 6),
        ),
        "charge_efficiency": _efficiency(battery.charge_efficiency),
        "discharge_efficiency": _efficiency(battery.discharge_efficiency),
        "wear_cost_per_kwh": Rule(
            configured=wear, step=WEAR_STEP * wear, lowest=wear, highest=round(3 * wear, 6)
        ),
    }


def _efficiency(configured: float) -> Rule:
    """One that is configured below the usual lower bound may stay there."""
    return Rule(configured=configured, step=0.005, lowest=min(0.80, configured), highest=1.0)

"""The battery as the house has shown it to be, where that is not as it is configured."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from darkstar_common.config import Battery, Config
from darkstar_common.contract import Learned, LearningState, RuleEffect
from darkstar_planner.core.strategy.words import changes

LEARNED = "learned"
"""The name of the rule, as `plan/strategy` has it."""
PHRASES: Mapping[Learned, tuple[str, str]] = {
    "battery_capacity_kwh": ("capacity_kwh", "the battery holds {} kWh"),
    "charge_efficiency": ("charge_efficiency", "it stores {} of a kWh"),
    "discharge_efficiency": ("discharge_efficiency", "it gives back {} of a stored kWh"),
    "wear_cost_per_kwh": ("wear_cost_per_kwh", "a kWh discharged counts {} in wear"),
}
"""The key of each figure that a plan takes over, and words for it. The factors of load and PV
are in the forecasts already; fuse and inverter limit what they limit, whatever is learned."""
CAPACITY = (0.4, 1.25)
"""A measured battery holds so much of what is configured [share]."""
LEAST_EFFICIENT = 0.7
MOST_WEAR = 5.0
"""Times what is configured."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """What a plan counts on.

    Attributes:
        configured: the configuration as it is in the file.
        config: the same with the learned figures that are in force.
        rules: what they changed, for people.
        absurd: sentences on figures that cannot be right and were left out.
    """

    configured: Config
    config: Config
    rules: tuple[RuleEffect, ...] = ()
    absurd: tuple[str, ...] = ()


def figures(configured: Config, state: LearningState) -> Figures:
    """`configured` with what was learned of its battery."""
    battery = configured.battery
    if battery is None:
        return Figures(configured=configured, config=configured)
    taken: dict[str, float] = {}
    absurd: list[str] = []
    for parameter, (key, _) in PHRASES.items():
        value = state.values.get(parameter)
        if value is None:
            continue
        low, high = _bounds(parameter, battery)
        if low <= value <= high:
            taken[key] = value
        else:
            absurd.append(
                f"{parameter} is said to be {value:g}; that cannot be where the configuration "
                f"says {getattr(battery, key):g}"
            )
    measured = battery.model_copy(update=taken)
    return Figures(
        configured=configured,
        config=configured.model_copy(update={"battery": measured}),
        rules=_rules(measured, battery),
        absurd=tuple(absurd),
    )


def _bounds(parameter: Learned, battery: Battery) -> tuple[float, float]:
    """What is believed; wider than what is ever proposed."""
    if parameter == "battery_capacity_kwh":
        low, high = CAPACITY
        return low * battery.capacity_kwh, high * battery.capacity_kwh
    if parameter == "wear_cost_per_kwh":
        return 0.0, MOST_WEAR * battery.wear_cost_per_kwh
    return min(LEAST_EFFICIENT, getattr(battery, parameter)), 1.0


def _rules(measured: Battery, battery: Battery) -> tuple[RuleEffect, ...]:
    said = changes(
        (phrase, getattr(measured, key), getattr(battery, key)) for key, phrase in PHRASES.values()
    )
    if not said:
        return ()
    reason = "the house has shown it; learning/revert goes back to the configuration"
    return (RuleEffect(rule=LEARNED, changed=said, reason=reason),)

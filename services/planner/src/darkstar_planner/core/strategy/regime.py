"""Whether prices move enough to work the battery for them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from zoneinfo import ZoneInfo

from darkstar_common.config import Battery, Planner
from darkstar_common.contract import PriceSlot, RuleEffect
from darkstar_planner.core.strategy.view import Regime
from darkstar_planner.core.strategy.words import changes

WEAR = {"narrow": 2.0, "usual": 1.0, "wide": 0.5}
"""Factor on the wear of the battery."""
RAMP = {"narrow": 2.0, "usual": 1.0, "wide": 0.5}
"""Factor on the ramp penalty."""
_SOME_HOURS = 24


def spreads(prices: Sequence[PriceSlot], zone: ZoneInfo) -> list[float]:
    """Highest less lowest import price of each local day [currency/kWh].

    A day of which the horizon has less than six hours says nothing, unless it is all
    there is.
    """
    days: dict[date, list[float]] = {}
    for one in prices:
        days.setdefault(one.start.astimezone(zone).date(), []).append(one.import_per_kwh)
    long = [one for one in days.values() if len(one) >= _SOME_HOURS]
    return [max(one) - min(one) for one in long or days.values()]


def regime(spread: Sequence[float], planner: Planner) -> Regime:
    """What kind of days these are: calm or wild only when each of them is.

    One plan has one wear cost for all its days, so days that disagree are usual ones.
    """
    if all(one < planner.narrow_spread_per_kwh for one in spread):
        return "narrow"
    if all(one > planner.wide_spread_per_kwh for one in spread):
        return "wide"
    return "usual"


def ramp_penalty(kind: Regime, planner: Planner) -> float:
    """Price of each kW by which the battery's power changes [currency/kW].

    None of its own for calm days: where prices are flat, the least of it has the plan charge
    evenly and sell beside that, and a house told so misses the sun that nobody forecast
    (0.6 SEK a day beside plain self-consumption).
    """
    return RAMP[kind] * planner.ramp_penalty_per_kw


def wear_cost(kind: Regime, battery: Battery) -> float:
    """What discharging counts in wear [currency/kWh]."""
    return WEAR[kind] * battery.wear_cost_per_kwh


def regime_rule(
    kind: Regime, spread: Sequence[float], planner: Planner, battery: Battery
) -> list[RuleEffect]:
    """What the kind of days changed."""
    changed = changes(
        (
            (
                "a kWh discharged counts {} in wear",
                wear_cost(kind, battery),
                battery.wear_cost_per_kwh,
            ),
            (
                "a kW of change in power {}",
                ramp_penalty(kind, planner),
                planner.ramp_penalty_per_kw,
            ),
        )
    )
    if not changed:
        return []
    if kind == "narrow":
        reason = f"prices of a day differ by {max(spread):.2f} at most: little to earn"
    else:
        reason = f"prices of each day differ by {min(spread):.2f} or more: much to earn"
    return [RuleEffect(rule="price_regime", changed=changed, reason=reason)]

"""What load and PV the plan rests on, by how much people want in reserve."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import NormalDist

from darkstar_common.contract import QuantileSlot, RuleEffect
from darkstar_common.slots import SLOT_HOURS
from darkstar_planner.core.strategy.uncertainty import Net

QUANTILE = {1: 0.85, 2: 0.65, 4: 0.40, 5: 0.25}
"""Share of futures in which the horizon needs less than planned for; level 3 expects.

The bold side is the milder one: too little in reserve costs more than too much. The
levels next to the middle stay so near to it that no forecast, however unsure, empties
a curve there, so that each level differs from the next on any day.
"""


def at_risk(net: Net, level: int) -> Net:
    """`net` as the plan is to rest on it at a risk appetite from 1 to 5."""
    quantile = QUANTILE.get(level)
    return net if quantile is None else net.moved(NormalDist().inv_cdf(quantile))


def expectation_rule(expected: Sequence[float], load: Sequence[QuantileSlot]) -> list[RuleEffect]:
    """What it changed to rest on the expected load [kW] and not on the median one."""
    median, mean = _kwh([one.p50_kw for one in load]), _kwh(expected)
    if f"{median:.1f}" == f"{mean:.1f}":
        return []
    return [
        RuleEffect(
            rule="expected_load",
            changed=f"counts on {mean:.1f} kWh of load where the median adds up to {median:.1f}",
            reason="short peaks lift the mean of a load above its median"
            if mean > median
            else "the load may stay far below its median",
        )
    ]


def risk_rule(expected: Net, planned: Net, level: int) -> list[RuleEffect]:
    """What the risk appetite `level` changed."""
    usual, wanted = (SLOT_HOURS * one.sum_kw for one in (expected, planned))
    if f"{usual:.1f}" == f"{wanted:.1f}":
        return []
    share = round(100 * QUANTILE[level])
    return [
        RuleEffect(
            rule="risk_appetite",
            changed=f"plans for {wanted:.1f} kWh of load less PV instead of the expected "
            f"{usual:.1f}",
            reason=f"risk appetite {level}: in {share} of 100 cases it takes no more than that",
        )
    ]


def s_index(planned: Sequence[float], load: Sequence[QuantileSlot]) -> float | None:
    """Planned load over the median one; None when the median is no load at all."""
    median = sum(one.p50_kw for one in load)
    return sum(planned) / median if median > 0 else None


def _kwh(kw: Sequence[float]) -> float:
    return SLOT_HOURS * sum(kw)

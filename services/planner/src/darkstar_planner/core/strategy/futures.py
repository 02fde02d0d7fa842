"""What may happen instead of what is expected, as a few futures with probabilities.

A future is not a quantile in every slot, which no day ever is. Two things matter to a
battery: how much the horizon needs in all, and when. So futures move the sum up or down,
or need from one half of the horizon to the other, each by so many standard deviations of
just that figure that the futures together are as unsure as the forecast.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import sqrt

from darkstar_common.contract import RuleEffect
from darkstar_planner.core.problem import Scenario
from darkstar_planner.core.strategy.uncertainty import Net

PROBABILITY = {1: 0.0, 3: 0.3, 5: 0.2}
"""Of each future beside the expected one, by how many are weighed in all."""
COMMON = 4
"""Slots whose decisions are the same in all futures: with an hour of them no plan puts off to
the next quarter what all futures would have it do now."""


def futures(planned: Net, count: int) -> tuple[Scenario, ...]:
    """What may happen instead of `planned`: none, two or four futures for 1, 3 or 5.

    The first two need less and more in all; the other two need more early and less
    late, and the other way round. What their probabilities leave is the planned one's.
    A pair of probability p each, moved by ±z, has a variance of 2pz²; z makes that 1.

    In the slots whose decisions are common all futures are as planned: there the battery
    follows the house by itself. If they differed, one power for all would have to cover
    the largest load and sell the rest of it (on 30 winter days that cost 3 % of the saving).
    """
    probability = PROBABILITY[count]
    if not probability or planned.sum_sigma <= 0:
        return ()
    z = sqrt(1 / (2 * probability))
    slots = len(planned.load.mean_kw)
    moved = [planned.moved(-z), planned.moved(z)]
    if count > 3:  # noqa: PLR2004 (two of five are a matter of time)
        early = [1.0 if t < slots // 2 else -1.0 for t in range(slots)]
        moved += [planned.shifted(z, early), planned.shifted(-z, early)]
    load, pv = planned.load.mean_kw, planned.pv.mean_kw
    return tuple(
        Scenario(
            probability=probability,
            load_kw=(*load[:COMMON], *one.load.mean_kw[COMMON:]),
            pv_kw=(*pv[:COMMON], *one.pv.mean_kw[COMMON:]),
        )
        for one in moved
    )


def futures_rule(scenarios: Sequence[Scenario]) -> list[RuleEffect]:
    """What it changed to weigh several futures."""
    if not scenarios:
        return []
    when = "" if len(scenarios) == 2 else ", early or late"  # noqa: PLR2004 (less and more)
    return [
        RuleEffect(
            rule="scenarios",
            changed=f"decides the first hour for {len(scenarios) + 1} futures at once",
            reason=f"the house may need less or more than expected{when}",
        )
    ]

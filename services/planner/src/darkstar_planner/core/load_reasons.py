"""Why a heater or another load runs when it does."""

from __future__ import annotations

from collections.abc import Sequence

from darkstar_planner.core.blocks import heating_blocks
from darkstar_planner.core.devices import Deferrable, Heater
from darkstar_planner.core.story import ASKED, NOTICED, Story, named, priced
from darkstar_planner.core.wishes import heating_days

Reasons = list[str | None]
# a start this long before a rest would be overdue is because of it [h]
SOON = 1.0


def heater_reasons(story: Story, heater: Heater) -> Reasons:
    """For each slot why `heater` runs; None where it does not."""
    power = story.dispatch.loads[heater.id]
    cheap, due = _cheapest(story, heater), _due(story, heater)
    said: Reasons = []
    for t in story.problem.horizon:
        if power[t] <= NOTICED:
            off = f"leaves the {named(heater.id)} off: {ASKED}"
            said.append(off if story.had(t, heater.id) else None)
            continue
        runs = f"runs the {named(heater.id)} {_paid(story, t)}"
        if story.had(t, heater.id):
            runs = f"{runs}: {ASKED}"
        elif t in heater.locked_on:
            runs = f"{runs}: it has begun already"
        elif t in due:
            runs = f"{runs}: it was off for {due[t]:.1f} h"
        elif t in cheap:
            runs = f"{runs}: among the cheapest slots of its day"
        said.append(runs)
    return said


def load_reasons(story: Story, load: Deferrable) -> Reasons:
    """For each slot why `load` runs; None where it does not."""
    said: Reasons = []
    for t, power in enumerate(story.dispatch.loads[load.id]):
        if power <= NOTICED:
            said.append(None)
            continue
        runs = f"runs the {named(load.id)} {_paid(story, t)}"
        end = load.deadline_slot
        if story.had(t, load.id):
            runs = f"{runs}: {ASKED}"
        elif end is not None and end < story.problem.count:
            runs = f"{runs}: to be done by {story.clock(end, seen_from=t)}"
        said.append(runs)
    return said


def _paid(story: Story, t: int) -> str:
    """What a kWh used in slot `t` costs."""
    if story.imports(t):
        return f"at {priced(story.problem.import_price[t])}"
    return "for nothing" if story.curtails(t) else "on own power"


def _cheapest(story: Story, heater: Heater) -> frozenset[int]:
    """The slots on that no more slots of their day undercut than the heater has on."""
    power, found = story.dispatch.loads[heater.id], set[int]()
    for day in heating_days(story.problem, heater):
        on = [t for t in day.slots if power[t] > NOTICED]
        found |= {t for t in on if _cheaper(story, day.slots, t) < len(on)}
    return frozenset(found)


def _cheaper(story: Story, slots: Sequence[int], t: int) -> int:
    """How many of `slots` have a lower import price than slot `t`."""
    prices = story.problem.import_price
    return sum(prices[other] < prices[t] for other in slots)


def _due(story: Story, heater: Heater) -> dict[int, float]:
    """The slots of blocks that began when the longest gap was reached, or nearly, and the gap."""
    if heater.max_gap_hours is None or not heater.gap_penalty_per_hour:
        return {}
    power, found = story.dispatch.loads[heater.id], dict[int, float]()
    for block in heating_blocks(story.problem, heater, story.dispatch):
        t = block.first
        if not block.starts or block.rest_hours < heater.max_gap_hours - SOON:
            continue
        while t < story.problem.count and power[t] > NOTICED:
            found[t] = block.rest_hours
            t += 1
    return found

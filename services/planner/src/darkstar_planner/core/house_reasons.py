"""Why the meter shows what it does: peaks, curtailment, sales, and what could not be had."""

from __future__ import annotations

from collections.abc import Iterator

from darkstar_planner.core.peak_hours import peak_months
from darkstar_planner.core.solution import Violation
from darkstar_planner.core.story import ASKED, NOTICED, Story, named, priced

_TOLD = 0.005
"""Less of anything would be told as 0.00."""
# what a violation is called, by the first word of its name; {} is the device, then the amount
BROKEN = {
    "unserved": "the fuse cannot carry the load",
    "curtailable": "more sun than the house and the grid can take",
    "grid.import_limit_kw": "{amount} over the import limit",
    "standby_kw": "the {device} is empty",
    "min_kwh": "the {device} is {amount} below its minimum",
    "max_kwh": "the {device} is {amount} above its maximum",
    "goal": "the {device} is {amount} short of what it should have",
    "daily_min_kwh": "the {device} gets {amount} less than its day needs",
    "min_spacing_hours": "the {device} rests {amount} less than it should",
    "max_gap_hours": "the {device} has been off {amount} too long",
    "fixed": "not all that you asked of the {device} fits",
}


def meter_reasons(story: Story, t: int) -> Iterator[str]:
    """What is to be said of the house in slot `t`, besides its devices."""
    dispatch = story.dispatch
    if story.had(t, "grid"):
        yield f"exports {dispatch.export_kw[t]:.1f} kW: {ASKED}"
    if story.curtails(t):
        yield f"curtails: {_curtailing(story, t)}"
    for one in story.violations:
        if one.slot == t and one.amount >= _TOLD:
            yield _broken(one)
    if dispatch.unserved_kw[t] > NOTICED and not any(
        (one.what, one.slot) == ("unserved", t) for one in story.violations
    ):
        yield BROKEN["unserved"]


def surplus_reason(story: Story, t: int) -> str | None:
    """What is sold in a slot in which nothing else is to be said."""
    if not story.exports(t):
        return None
    return f"exports the surplus at {priced(story.problem.export_price[t])}"


def peak_reasons(story: Story) -> dict[int, str]:
    """The slots in which a storage keeps an hour from raising the month's peak.

    Without its discharge the hour's mean import would lie above the lowest of the highest
    hours that the tariff counts; with it, it does not.
    """
    peak = story.problem.grid.peak
    if peak is None or not peak.price_per_kw:
        return {}
    found: dict[int, str] = {}
    storages = story.dispatch.storages.values()
    for month in peak_months(story.problem):
        bought = [
            sum(share * story.dispatch.import_kw[t] for t, share in hour) for hour in month.hours
        ]
        level = sorted([*month.already_kw, *bought], reverse=True)[peak.top_n - 1]
        for hour, mean_kw in zip(month.hours, bought, strict=True):
            given = sum(share * one.discharge_kw[t] for t, share in hour for one in storages)
            if mean_kw <= level + NOTICED < mean_kw + given:
                helping = {
                    t for t, _ in hour if any(one.discharge_kw[t] > NOTICED for one in storages)
                }
                sentence = f"stays within the month's peak of {level:.1f} kW"
                found |= dict.fromkeys(helping, sentence)
    return found


def _curtailing(story: Story, t: int) -> str:
    """What keeps the sun from being sold."""
    problem, price = story.problem, story.problem.export_price[t]
    most, carried = problem.grid.max_export_kw, problem.inverter.max_ac_kw
    if price <= 0:
        return f"export would earn {priced(price)}"
    if most is not None and story.dispatch.export_kw[t] > most - NOTICED:
        return f"the grid takes no more than {most:.1f} kW"
    if carried is not None and _through_inverter(story, t) > carried - NOTICED:
        return f"the inverter carries no more than {carried:.1f} kW"
    return f"export would earn {priced(price)}"


def _through_inverter(story: Story, t: int) -> float:
    """What flows from PV and batteries to the house [kW], before a shared inverter's loss."""
    made = [story.dispatch.storages[one.id] for one in story.problem.batteries]
    sun = story.problem.pv_kw[t] - story.dispatch.curtailed_kw[t]
    return sun + sum(one.discharge_kw[t] - one.charge_kw[t] for one in made)


def _broken(one: Violation) -> str:
    kind, _, device = one.what.partition(" ")
    sentence = BROKEN.get(kind, one.what)
    return sentence.format(device=named(device), amount=f"{one.amount:.2f} {one.unit}")

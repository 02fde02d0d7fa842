"""Why a battery or a car charges, discharges, or keeps what it has."""

from __future__ import annotations

from darkstar_planner.core.devices import Battery, Ev, Goal
from darkstar_planner.core.penalties import penalties
from darkstar_planner.core.story import ASKED, NOTICED, Story, named, priced
from darkstar_planner.core.wishes import energy_goals

Reasons = list[str | None]


def storage_reasons(story: Story, storage: Battery | Ev) -> Reasons:
    """For each slot why `storage` does what it does; None where it does nothing of note."""
    made = story.dispatch.storages[storage.id]
    uses = _uses(story, storage)
    goals = _goals(story, storage)
    said: Reasons = []
    for t in story.problem.horizon:
        asked = _asked(story, storage, t)
        if asked is not None:
            said.append(f"{asked}{_who(story, storage)}: {ASKED}")
        elif made.charge_kw[t] > NOTICED:
            why = _charging(story, storage, t, uses[t], goals[t])
            said.append(f"charges{_who(story, storage)}: {why}")
        elif made.discharge_kw[t] > NOTICED:
            said.append(f"discharges{_who(story, storage)}: {_discharging(story, t)}")
        else:
            said.append(_resting(story, storage, t, uses[t]))
    return said


def _who(story: Story, storage: Battery | Ev) -> str:
    """The device's name, which the only battery does not need."""
    alone = isinstance(storage, Battery) and len(story.problem.batteries) == 1
    return "" if alone else f" the {named(storage.id)}"


def _floor(storage: Battery | Ev) -> float:
    return storage.min_kwh + NOTICED


def _uses(story: Story, storage: Battery | Ev) -> list[int | None]:
    """For each slot the one in which energy kept at its end is worth the most.

    Found from the end backwards: what is stored is gone at the latest when the storage
    is empty.
    """
    made = story.dispatch.storages[storage.id]
    found: list[int | None] = [None] * story.problem.count
    best: int | None = None
    for t in reversed(story.problem.horizon):
        if made.stored_kwh[t] <= _floor(storage):
            best = None
        found[t] = best
        if made.discharge_kw[t] > NOTICED and (best is None or story.saved(t) >= story.saved(best)):
            best = t
    return found


def _goals(story: Story, storage: Battery | Ev) -> list[Goal | None]:
    """For each slot the next goal that is just met or missed, if nothing is used before it."""
    made = story.dispatch.storages[storage.id]
    by_slot = {
        goal.slot: goal
        for goal in energy_goals(story.problem, storage, penalties(story.problem))
        if made.stored_kwh[goal.slot] <= goal.kwh + NOTICED and goal.penalty_per_kwh > 0
    }
    found: list[Goal | None] = [None] * story.problem.count
    ahead: Goal | None = None
    for t in reversed(story.problem.horizon):
        ahead = by_slot.get(t, ahead)
        if made.discharge_kw[t] > NOTICED:
            ahead = None
        found[t] = ahead
    return found


def _charging(
    story: Story, storage: Battery | Ev, t: int, use: int | None, goal: Goal | None
) -> str:
    """What the energy is for: a goal, the slot it is worth the most in, or what comes after."""
    source = _source(story, t)
    if goal is not None:
        by = story.clock(goal.slot + 1, seen_from=t)
        return f"{source} for the {goal.kwh:.1f} kWh wanted by {by}"
    if use is not None:
        return f"{source} saves {priced(story.saved(use))} at {story.clock(use, seen_from=t)}"
    stored = story.dispatch.storages[storage.id].stored_kwh
    if min(stored[t:]) <= _floor(storage):
        return f"{source} makes up for what it loses at rest"
    worth = _left_worth(storage, stored[-1])
    kept = f"{source} is kept for after the plan"
    return f"{kept}, worth {priced(worth)} there" if worth > 0 else kept


def _source(story: Story, t: int) -> str:
    """What the energy stored in slot `t` costs."""
    if story.imports(t):
        return f"{priced(story.problem.import_price[t])} now"
    return "free surplus now" if story.curtails(t) else "surplus now"


def _left_worth(storage: Battery | Ev, stored_kwh: float) -> float:
    """What the last kWh of `stored_kwh` is worth after the horizon [currency/kWh]."""
    for upto_kwh, value in storage.terminal_value_curve:
        if stored_kwh <= upto_kwh + NOTICED:
            return value
    return storage.terminal_value_per_kwh


def _discharging(story: Story, t: int) -> str:
    if story.exports(t):
        return f"export earns {priced(story.problem.export_price[t])}"
    return f"saves import at {priced(story.problem.import_price[t])}"


def _resting(story: Story, storage: Battery | Ev, t: int, use: int | None) -> str | None:
    """What a battery at rest keeps, and for when."""
    stored = story.dispatch.storages[storage.id].stored_kwh
    kept = stored[t] - storage.min_kwh
    if kept <= NOTICED or not storage.max_discharge_kw:
        return None
    energy = f"keeps{_kept_by(story, storage)} {kept:.1f} kWh"
    if use is None:
        return f"{energy} for after the plan" if min(stored[t:]) > _floor(storage) else None
    when, worth = story.clock(use, seen_from=t), story.saved(use)
    verb = "earns" if story.exports(use) else "saves"
    return f"{energy} for {when}, when a kWh {verb} {priced(worth)}"


def _kept_by(story: Story, storage: Battery | Ev) -> str:
    who = _who(story, storage)
    return f" in{who}" if who else ""


def _asked(story: Story, storage: Battery | Ev, t: int) -> str | None:
    """What it does because a person decided so; None where the plan decided."""
    block, made = story.asked(t, storage.id), story.dispatch.storages[storage.id]
    if block is None or not story.had(t, storage.id):
        return None
    if made.charge_kw[t] > NOTICED:
        return "charges" if block.charge_kw else None
    if made.discharge_kw[t] > NOTICED:
        return "discharges" if block.discharge_kw else None
    return "rests"

"""Water heaters: blocks of heating, and rests that are neither too short nor too long.

The rules are a path of one unit through the states on, resting, free and overdue.
Written with what enters and leaves the state "on" (`start`, `end`), the other states
are sums of recent ends and need no variables: their constraints are differences of
the cumulated starts and ends, so the path stays as sharp as its arcs would make it
with a tenth of the columns. Only `on` is a yes or no.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from dataclasses import dataclass

from ortools.math_opt.python import mathopt

from darkstar_planner.core.blocks import off_since
from darkstar_planner.core.devices import Heater
from darkstar_planner.core.model.deferrable import Powers
from darkstar_planner.core.model.draft import Draft, Term
from darkstar_planner.core.model.heater_choice import overdue_before
from darkstar_planner.core.model.heater_power import add_powers, least_kw
from darkstar_planner.core.wishes import HeatingDay, heating_days

ROUNDING = 1e-9


@dataclass(frozen=True, slots=True, kw_only=True)
class HeaterVars:
    """Whether a heater is on in each slot, and the terms whose sum is its power [kW]."""

    on: tuple[mathopt.Variable, ...]
    power: tuple[Powers, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Blocks:
    """How blocks begin and end: `end[t]` is 1 when slot t is the first one off again.

    `before` says since when [h, ≤ 0] the heater has been off as the horizon begins;
    None while it is on.
    """

    start: tuple[mathopt.Variable, ...]
    end: tuple[mathopt.Variable, ...]
    before: float | None


def add_heater(draft: Draft, heater: Heater) -> HeaterVars:
    """Add one heater: its power, its days, its blocks."""
    locked = frozenset(heater.locked_on)
    on = tuple(draft.binary(f"heater.{heater.id}.on[{t}]") for t in draft.problem.horizon)
    for t in draft.problem.horizon:
        on[t].lower_bound = 1.0 if t in locked else 0.0
    power = add_powers(draft, heater, on)
    for number, day in enumerate(heating_days(draft.problem, heater)):
        _add_day(draft, heater, power, number=number, day=day)
    if heater.start_penalty or heater.min_spacing_hours or _minds_gaps(heater):
        blocks = _add_blocks(draft, heater, on)
        _add_spacing(draft, heater, on, blocks)
        if _minds_gaps(heater):
            _add_gap(draft, heater, on, blocks)
    return HeaterVars(on=on, power=power)


def _minds_gaps(heater: Heater) -> bool:
    return heater.max_gap_hours is not None and heater.gap_penalty_per_hour > 0


def _add_day(
    draft: Draft,
    heater: Heater,
    power: tuple[Powers, ...],
    *,
    number: int,
    day: HeatingDay,
) -> None:
    """`heater_day`: the day's energy, or what no longer fits is missing at a price."""
    if day.need_kwh <= ROUNDING:
        return
    hours = draft.problem.hours
    heat: list[Term] = [(hours[t] * kw, one) for t in day.slots for kw, one in power[t]]
    name = f"heater_day.{heater.id}[{number}]"
    need, price = day.need_kwh, draft.penalties.heat
    missing = draft.variable(f"{name}.missing_kwh", need, cost=price)
    draft.row(name, [*heat, (1.0, missing)], lower=need)
    lengths = [hours[t] for t in day.slots]
    size = least_kw(heater) * lengths[0]
    if max(lengths) - min(lengths) > ROUNDING or not size:
        return
    whole, most = math.ceil(need / size - 1e-6) * size, heater.full_kw * sum(lengths)
    if need + ROUNDING < whole <= most + ROUNDING:
        # a heater on for whole slots heats whole slots' worth; saying so sharpens the bound
        missed = draft.binary(f"{name}.missed")
        draft.row(f"{name}.whole", [*heat, (whole, missed)], lower=whole)
        least = need - (whole - size)
        draft.row(f"{name}.least", [(1.0, missing), (-least, missed)], lower=0.0)


def _add_blocks(draft: Draft, heater: Heater, on: tuple[mathopt.Variable, ...]) -> Blocks:
    """`heater_block`, `heater_start`: blocks start and end where on and off meet, and heat."""
    name = f"heater.{heater.id}"
    horizon = draft.problem.horizon
    cost = heater.start_penalty
    start = tuple(draft.variable(f"{name}.start[{t}]", 1, cost=cost) for t in horizon)
    end = tuple(draft.variable(f"{name}.end[{t}]", 1) for t in horizon)
    was_on = 1.0 if heater.on_before_slots else 0.0
    for t in horizon:
        terms: list[Term] = [(1.0, on[t]), (-1.0, start[t]), (1.0, end[t])]
        known = was_on if t == 0 else 0.0
        if t:
            terms.append((-1.0, on[t - 1]))
        draft.row(f"heater_block.{heater.id}[{t}]", terms, lower=known, upper=known)
        heats = [(1.0, start[t]), (-1.0, on[t])]
        draft.row(f"heater_start.{heater.id}[{t}]", heats, upper=0.0)
    return Blocks(start=start, end=end, before=off_since(draft.problem, heater))


def _add_spacing(
    draft: Draft, heater: Heater, on: tuple[mathopt.Variable, ...], blocks: Blocks
) -> None:
    """`heater_spacing`: on, or a block ended less than the spacing ago; not both.

    A lock overrules the rest, which then costs what a rest too short costs; the slots
    it throws its shadow on are held to the weaker rule that no other block starts there.
    """
    edges, locks = draft.problem.edges, _lock_starts(heater)
    for t in draft.problem.horizon:
        oldest = edges[t] - heater.min_spacing_hours + ROUNDING
        recent = [(1.0, blocks.end[e]) for e in range(t + 1) if e == t or edges[e] > oldest]
        resting = blocks.before is not None and blocks.before > oldest
        name = f"heater_spacing.{heater.id}[{t}]"
        if t in locks:
            cost = draft.penalties.spacing
            soon = draft.variable(f"heater.{heater.id}.too_soon[{t}]", cost=cost)
            starts = [(1.0, blocks.start[t]), (-1.0, soon)]
            draft.row(name, [*starts, *recent], upper=1.0)
            draft.row(f"heater_rest.{heater.id}[{t}]", starts, upper=0.0 if resting else 1.0)
        elif any(lock < t and edges[lock] > oldest for lock in locks):
            blocks.start[t].upper_bound = 0.0 if resting else 1.0
            draft.row(name, [(1.0, blocks.start[t]), *recent], upper=1.0)
        else:
            draft.row(name, [(1.0, on[t]), *recent], upper=0.0 if resting else 1.0)
        if locks:
            ended = [(1.0, on[t]), (1.0, blocks.end[t])]
            draft.row(f"heater_end.{heater.id}[{t}]", ended, upper=1.0)


def _lock_starts(heater: Heater) -> frozenset[int]:
    """The first slot of each locked stretch."""
    locked = frozenset(heater.locked_on)
    return frozenset(t for t in locked if t - 1 not in locked)


def _add_gap(
    draft: Draft, heater: Heater, on: tuple[mathopt.Variable, ...], blocks: Blocks
) -> None:
    """`heater_gap`: who is off ended a block within the gap, or has paid for this hour.

    A payment covers the slots of one overdue hour. Which slots those are depends on
    when the block ended; blocks whose overdue hours fall together share payments.
    """
    edges, longest = draft.problem.edges, heater.max_gap_hours or 0.0
    before = blocks.before
    if before is not None:
        # the last hour paid for before the horizon may reach into it
        before += max(0, math.ceil(-(before + longest) - ROUNDING))
    draft.model.objective.offset += overdue_before(draft, heater)
    if _is_odd(edges) or longest + edges[1] < 1 - ROUNDING:
        covers = _late_rests(draft, heater, on, blocks, before)
    else:
        covers = _payments(draft, heater, before)
    for t in draft.problem.horizon:
        since = edges[t + 1] - longest - ROUNDING
        fresh = [(1.0, blocks.end[e]) for e in range(t + 1) if edges[e] >= since]
        known = 1.0 if before is not None and before >= since else 0.0
        terms = [(1.0, on[t]), *fresh, *covers[t]]
        draft.row(f"heater_gap.{heater.id}[{t}]", terms, lower=1.0 - known)


def _payments(draft: Draft, heater: Heater, before: float | None) -> list[list[Term]]:
    """For each slot, the payments for an overdue hour that cover it.

    Where slots fill the hour, the hours of all blocks are runs of as many slots, and
    whoever is overdue pays for the next such run. That needs a gap that no second rest
    can exceed within the hour that the first one paid for.
    """
    edges, horizon = draft.problem.edges, draft.problem.horizon
    longest, slots = heater.max_gap_hours or 0.0, round(1 / edges[1])
    covers: list[list[Term]] = [[] for _ in horizon]
    dues = [since + longest for since in (*edges[:-1], before) if since is not None]
    for first in sorted(
        {_slot_at(edges, due) for due in dues} | set(_later(edges, before, longest))
    ):
        if first >= len(horizon):
            continue
        name = f"heater.{heater.id}.overdue[{first}]"
        paid = draft.variable(name, 1, cost=heater.gap_penalty_per_hour)
        for t in range(first, min(first + slots, len(horizon))):
            covers[t].append((1.0, paid))
    return covers


def _later(edges: tuple[float, ...], before: float | None, longest: float) -> list[int]:
    """The slots in which the hours after the first begin for who is off from the start on."""
    if before is None:
        return []
    hours = range(1, math.ceil(edges[-1]) + 1)
    return [_slot_at(edges, before + longest + hour) for hour in hours]


def _slot_at(edges: tuple[float, ...], moment: float) -> int:
    """The first slot that ends after `moment`."""
    return bisect_right(edges, moment + ROUNDING) - 1


def _is_odd(edges: tuple[float, ...]) -> bool:
    """Whether slots differ in length, or do not fill the hour, so that hours overlap oddly."""
    first = edges[1]
    uneven = any(abs(edges[t] - t * first) > ROUNDING for t in range(len(edges)))
    return uneven or abs(1 / first - round(1 / first)) * first > ROUNDING


def _late_rests(
    draft: Draft,
    heater: Heater,
    on: tuple[mathopt.Variable, ...],
    blocks: Blocks,
    before: float | None,
) -> list[list[Term]]:
    """`heater_late`: one variable for each rest that is too long, from its end to the next start.

    The rest after block e until start s costs its own number of hours; `late` says
    whether such a rest is on in a slot.
    """
    edges, count, name = draft.problem.edges, draft.problem.count, heater.id
    late = [draft.variable(f"heater.{name}.late[{t}]", 1) for t in range(count)]
    change: list[list[Term]] = [[(-1.0, one)] for one in late]
    until: list[list[Term]] = [[(-1.0, start)] for start in blocks.start]
    for t in range(1, count):
        change[t].append((1.0, late[t - 1]))
    ends: list[tuple[float | None, mathopt.Variable | None]] = [(before, None)]
    for number, (since, end) in enumerate([*ends, *zip(edges, blocks.end, strict=False)]):
        due = None if since is None else since + (heater.max_gap_hours or 0.0)
        if due is None or due >= edges[-1] - ROUNDING:
            continue
        first, rests = _slot_at(edges, due), list[Term]()
        for start in range(first + 1, count + 1):
            cost = math.ceil(edges[start] - due - ROUNDING) * heater.gap_penalty_per_hour
            rest = draft.variable(f"heater.{name}.rest[{number},{start}]", 1, cost=cost)
            rests.append((1.0, rest))
            change[first].append((1.0, rest))
            if start < count:
                change[start].append((-1.0, rest))
                until[start].append((1.0, rest))
        after: list[Term] = [] if end is None else [(-1.0, end)]
        most = 1.0 if end is None else 0.0
        draft.row(f"heater_late_after.{name}[{number}]", [*rests, *after], upper=most)
    for t in range(count):
        draft.row(f"heater_late.{name}[{t}]", change[t], lower=0.0, upper=0.0)
        draft.row(f"heater_late_until.{name}[{t}]", until[t], upper=0.0)
        # one long rest over a short block would cost fewer begun hours than two
        draft.row(f"heater_late_off.{name}[{t}]", [(1.0, on[t]), (1.0, late[t])], upper=1.0)
    return [[(1.0, one)] for one in late]

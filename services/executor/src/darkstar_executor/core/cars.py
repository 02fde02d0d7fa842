"""The table for each electric vehicle: rows in order, the first that applies wins."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from darkstar_common.config import Ev
from darkstar_executor.core.memory import Memory
from darkstar_executor.core.rules import OUTAGE
from darkstar_executor.core.situation import Situation

GIVEN_BACK = timedelta(minutes=5)
"""So long a vehicle that nobody plans is told that it may charge again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EvRule:
    """One row of a vehicle's table; `power_kw` gives the most [kW], None leaves it alone."""

    name: str
    when: str
    then: str
    applies: Callable[[Situation, Ev], bool]
    power_kw: Callable[[Situation, Ev], float | None]


def _nothing(_case: Situation, _ev: Ev) -> float | None:
    return 0.0


def _alone(_case: Situation, _ev: Ev) -> float | None:
    return None


def _planned(case: Situation, ev: Ev) -> float | None:
    return case.planned.evs.get(ev.id) if case.planned else None


def _trimmed(case: Situation, ev: Ev) -> float | None:
    planned, most = _planned(case, ev), case.trim.evs[ev.id]
    power = most if planned is None else min(planned, most)
    return power if power >= ev.min_charge_kw else 0.0


def _given_back(case: Situation, ev: Ev) -> bool:
    return ev.id in case.memory.evs_cut


EV_RULES: tuple[EvRule, ...] = (
    EvRule(
        name="off",
        when="automation is switched off",
        then="nothing, once",
        applies=lambda case, _: not case.automation,
        power_kw=_nothing,
    ),
    EvRule(
        name="pause",
        when="paused",
        then="left alone",
        applies=lambda case, _: case.wishes.paused_until is not None,
        power_kw=_alone,
    ),
    EvRule(
        name="grid_outage",
        when=OUTAGE,
        then="nothing",
        applies=lambda case, _: case.outage,
        power_kw=_nothing,
    ),
    EvRule(
        name="override_stop",
        when="override stop",
        then="nothing",
        applies=lambda case, _: case.action == "stop",
        power_kw=_nothing,
    ),
    EvRule(
        name="peak_guard",
        when="the peak guard cuts it back",
        then="what the guard leaves, no more than planned; less than `min_charge_kw` is nothing",
        applies=lambda case, ev: ev.id in case.trim.evs,
        power_kw=_trimmed,
    ),
    EvRule(
        name="plan",
        when="the slot in force says something about it",
        then="the planned power; less than `min_charge_kw` is nothing",
        applies=lambda case, ev: _planned(case, ev) is not None,
        power_kw=_planned,
    ),
    EvRule(
        name="given_back",
        when="nobody plans it, the peak guard cut it back and has let go of it, for "
        f"{GIVEN_BACK // timedelta(minutes=1)} minutes",
        then="all its charger gives",
        applies=_given_back,
        power_kw=lambda _, ev: ev.max_charge_kw,
    ),
    EvRule(
        name="no_plan",
        when="none of these",
        then="left alone",
        applies=lambda *_: True,
        power_kw=_alone,
    ),
)


def driven(case: Situation) -> tuple[Mapping[str, float | None], Mapping[str, str]]:
    """What each vehicle is to have at most [kW], and the row that says so, by its id."""
    rows = {ev.id: next(row for row in EV_RULES if row.applies(case, ev)) for ev in case.config.evs}
    powers = {ev.id: rows[ev.id].power_kw(case, ev) for ev in case.config.evs}
    return powers, {id_: row.name for id_, row in rows.items()}


def cars_memory(case: Situation, before: Memory) -> Memory:
    """`before` with the vehicles that the guard cut back though nobody plans them."""
    cut: dict[str, datetime | None] = {}
    for ev in case.config.evs:
        if _planned(case, ev) is not None:
            continue
        if ev.id in case.trim.evs:
            cut[ev.id] = None
        elif ev.id in before.evs_cut:
            until = before.evs_cut[ev.id] or case.now + GIVEN_BACK
            if case.now < until:
                cut[ev.id] = until
    return before if cut == before.evs_cut else replace(before, evs_cut=cut)

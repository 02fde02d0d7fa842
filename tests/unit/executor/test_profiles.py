"""Every shipped profile drives the simulated house of its brand, through a day and left alone.

A failure names the minute, the rule and the intent, what was written, and what the house did.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import timedelta
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from unit.executor.days import (
    FLOOR_PERCENT,
    Block,
    Day,
    Kind,
    Surprise,
    a_day,
    dull,
    sunny,
    wavering,
)
from unit.executor.life import Life, Minute
from unit.executor.played import MINUTE, Player, day_of, lived, misses

from darkstar_common.contract import Intent
from darkstar_executor.core.expectation import Limit
from darkstar_executor.core.terms import ENDS, SOC_CEILINGS, SOC_FLOORS, name_of
from darkstar_executor.profiles import PROFILES, load_profile
from darkstar_simulator.core.dialects import DIALECTS

CRUMB_KW = 0.06
"""A step of an ampere, a rounding to a percent: no flow that anybody meant."""
MOST_WRITES = 60
MOST_ASTRAY = 2.6
"""Points: a write threshold of two, and half a step of the entity."""
LEFT_ALONE = timedelta(hours=6)
LOOKS = {wavering: MINUTE, sunny: 4 * MINUTE, dull: 4 * MINUTE}
each_profile = pytest.mark.parametrize("name", PROFILES)


@cache
def life(name: str, surprise: Surprise) -> Life:
    """The brand's day, with that surprise; lived once for all that is to be said of it."""
    quick = MINUTE if name == "deye" else 2 * MINUTE
    step = max(LOOKS[surprise], quick)
    return lived(name, day_of(name).with_surprise(surprise), step=step)


def offences(life: Life, kinds: Iterable[Kind], sin: Callable[[Minute], bool]) -> list[str]:
    """The minutes planned as one of `kinds` in which the house did what it should not."""
    wrong = set(kinds)
    return [
        str(one)
        for one in life.minutes
        if one.at < life.day.end and life.day.kind(one.at) in wrong and sin(one)
    ][:20]


def all_but(*kinds: Kind) -> set[Kind]:
    every: set[Kind] = {
        "grid", "pv", "discharge", "export", "hold", "curtail", "idle", "self", "stop"
    }  # fmt: skip
    return every - set(kinds)


def test_every_profile_has_a_simulated_house_of_its_brand() -> None:
    assert set(PROFILES) == set(DIALECTS)


@each_profile
def test_every_role_is_bound_by_the_entity_names_of_the_profile(name: str) -> None:
    unbound = life(name, wavering).unbound
    assert not unbound, unbound


@each_profile
def test_the_battery_is_within_two_points_of_the_plan_at_the_end_of_each_block(name: str) -> None:
    steps = {"victron": 5.0}  # percents of its own: it ends a step before the plan's end
    wrong = list(misses(life(name, wavering), within=steps.get(name, 2.0)))
    assert not wrong, "\n\n".join(wrong)


@each_profile
def test_the_house_takes_everything_that_is_written(name: str) -> None:
    refused = life(name, wavering).refused
    assert not refused, refused


@each_profile
def test_a_day_makes_fewer_than_sixty_writes_to_any_entity(name: str) -> None:
    counted = life(name, wavering).writes
    assert counted
    assert not {entity: count for entity, count in counted.items() if count >= MOST_WRITES}


@each_profile
@pytest.mark.parametrize("surprise", [wavering, sunny, dull])
def test_the_battery_feeds_the_grid_only_by_plan(name: str, surprise: Surprise) -> None:
    found = offences(life(name, surprise), all_but("export"), _sells)
    assert not found, "\n".join(found)


@each_profile
@pytest.mark.parametrize("surprise", [wavering, sunny, dull])
def test_the_grid_charges_only_by_plan(name: str, surprise: Surprise) -> None:
    found = offences(life(name, surprise), all_but("grid"), _buys)
    assert not found, "\n".join(found)


@each_profile
def test_a_hold_keeps_what_is_in_the_battery(name: str) -> None:
    def drains(one: Minute) -> bool:
        return one.flows.discharge_kw > CRUMB_KW

    found = offences(life(name, dull), {"hold"}, drains)
    assert not found, "\n".join(found)


@each_profile
def test_an_idle_battery_leaves_the_sun_to_the_grid(name: str) -> None:
    def charges(one: Minute) -> bool:
        return one.flows.charge_kw > CRUMB_KW

    found = offences(life(name, wavering), {"idle"}, charges)
    assert not found, "\n".join(found)


@each_profile
@pytest.mark.parametrize("surprise", [wavering, sunny, dull])
def test_stop_brings_the_battery_to_rest(name: str, surprise: Surprise) -> None:
    def moves(one: Minute) -> bool:
        return one.flows.charge_kw + one.flows.discharge_kw > CRUMB_KW

    found = offences(life(name, surprise), {"stop"}, moves)
    assert not found, "\n".join(found)


@each_profile
def test_sun_that_nobody_planned_is_thrown_away_only_while_the_plan_curtails(name: str) -> None:
    def wastes(one: Minute) -> bool:
        return one.flows.curtailed_kw > CRUMB_KW

    found = offences(life(name, sunny), all_but("curtail"), wastes)
    assert not found, "\n".join(found)
    found = offences(life(name, wavering), all_but("curtail"), wastes)
    assert not found, "\n".join(found)


@each_profile
def test_a_curtailing_plan_exports_no_more_than_planned(name: str) -> None:
    def sells(one: Minute) -> bool:
        return one.flows.export_kw > (one.command.export_kw or 0.0) + CRUMB_KW

    found = offences(life(name, sunny), {"curtail"}, sells)
    assert not found, "\n".join(found)


@each_profile
def test_missing_sun_and_guests_never_take_the_battery_below_its_floor(name: str) -> None:
    lowest = min(life(name, dull).minutes, key=lambda one: one.soc_percent)
    assert lowest.soc_percent >= FLOOR_PERCENT - 0.1, lowest


def forced(kind: Kind) -> Day:
    """A forced flow for an hour, from 50 % to about 69 % or 29 %, and a house at rest after it."""
    return a_day(
        [
            Block(kind=kind, hours=1, load_kw=0.5, power_kw=4.0),
            Block(kind="hold", hours=6, load_kw=0.5),
        ],
        vary=False,
    )


def _is_forced(one: Minute) -> bool:
    return _sells(one) or _buys(one)


@each_profile
@pytest.mark.parametrize(("kind", "intent"), [("grid", "charge_from_grid"), ("export", "export")])
def test_what_was_forced_ends_by_itself_if_darkstar_dies(
    name: str, kind: Kind, intent: Intent
) -> None:
    profile, day = load_profile(name), forced(kind)
    if not profile.says(intent):
        pytest.skip(f"{name} has no words for {intent}")
    player = Player(name, day)
    life = player.lived(dies_at=day.start + 10 * MINUTE, until=day.start + LEFT_ALONE)
    words = {name_of(word) for word in profile.said(intent).values()}
    end, planned = next((end, planned) for end, _, planned in day.block_ends())
    story = life.story(day.start, day.end)
    if words & (SOC_CEILINGS if kind == "grid" else SOC_FLOORS):
        goal = player.bound(intent, planned)
        furthest = [one.soc_percent for one in life.minutes]
        beyond = max(furthest) - goal if kind == "grid" else goal - min(furthest)
        assert beyond < 2, story
    else:
        assert words & ENDS, "nothing ends it"
        late = [one for one in life.minutes if one.at > end + 5 * MINUTE]
        assert not any(_is_forced(one) for one in late), story


@each_profile
def test_an_executor_that_is_started_again_writes_nothing_twice(name: str) -> None:
    day = forced("grid") if load_profile(name).says("charge_from_grid") else a_day()
    first = Player(name, day)
    first.lived(until=day.start + 20 * MINUTE)
    second = Player(name, day)
    second.sim = first.sim
    second.lived(until=first.sim.state.at)
    kept = {role for role, one in second.profile.settings.items() if one.refresh_seconds is None}
    again = [entity for role, entity in second.profile.entities.items() if role in kept]
    assert not set(second.writes) & set(again)


@st.composite
def any_blocks(draw: st.DrawFn) -> Block:
    """An hour or two of one kind, with sun and load that go with it."""
    kind = draw(st.sampled_from(sorted(all_but())))
    bright = (3.0, 5.0, 8.0)
    suns = {"pv": bright, "idle": bright, "curtail": bright, "stop": (0.0, 3.0)}
    limits: dict[Kind, Limit] = {"pv": "charge", "curtail": "charge", "discharge": "discharge"}
    limited = limits.get(kind) if draw(st.booleans()) else None
    powers = (1.5, 3.0, 6.0) if limited or kind in {"grid", "export"} else (0.0,)
    return Block(
        kind=kind,
        hours=draw(st.sampled_from([0.5, 1, 2])),
        load_kw=draw(st.sampled_from([0.5, 1, 2])),
        pv_kw=draw(st.sampled_from(suns.get(kind, (0.0, 0.3)))),
        power_kw=draw(st.sampled_from(powers)),
        limited=limited,
    )


@settings(max_examples=25, deadline=None)
@given(st.sampled_from(PROFILES), st.lists(any_blocks(), min_size=2, max_size=5))
def test_whatever_the_plan_every_brand_follows_it(name: str, blocks: list[Block]) -> None:
    day = day_of(name, [*blocks, Block(kind="hold", hours=0.5, load_kw=0.5)])
    life = lived(name, day, step=2 * MINUTE)
    wrong = list(misses(life, within=MOST_ASTRAY))
    assert not wrong, "\n\n".join(wrong)
    assert not life.refused
    for sin, kinds in ((_sells, all_but("export")), (_buys, all_but("grid"))):
        found = offences(life, kinds, sin)
        assert not found, "\n".join(found)


def _sells(one: Minute) -> bool:
    return min(one.flows.discharge_kw, one.flows.export_kw) > CRUMB_KW


def _buys(one: Minute) -> bool:
    return min(one.flows.charge_kw, one.flows.import_kw) > CRUMB_KW


def test_a_day_has_every_intent_in_it() -> None:
    rules = {one.rule for one in life("deye", wavering).minutes}
    assert rules == {
        "plan_charge_from_grid", "plan_charge_from_pv", "plan_discharge", "plan_export",
        "plan_hold", "plan_curtail", "plan_idle", "plan_self_consume", "override_stop",
    }  # fmt: skip

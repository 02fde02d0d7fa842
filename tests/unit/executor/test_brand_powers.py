"""In its brand's words a forced flow has the planned power, and the floor is the battery's."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from unit.executor.days import CAPACITY_KWH, Block, Kind, a_day
from unit.executor.life import Minute
from unit.executor.played import Player, configuration, day_of

from darkstar_common.contract import Intent
from darkstar_executor.profiles import PROFILES, load_profile

STEP_KW = 0.15
"""A step of an ampere or a percent."""
UNLIMITED = {"goodwe", "growatt"}
"""While the battery follows the house they know no limit."""
STARTED, ENDING = timedelta(minutes=10), timedelta(minutes=40)
each_profile = pytest.mark.parametrize("name", PROFILES)


def into(one: Minute) -> float:
    """What the battery takes less what it gives [kW]."""
    return one.flows.charge_kw - one.flows.discharge_kw


@each_profile
@pytest.mark.parametrize(
    ("kind", "intent", "charge_kw"),
    [("grid", "charge_from_grid", 4.0), ("export", "export", -4.0)],
)
def test_a_forced_flow_has_the_planned_power(
    name: str, kind: Kind, intent: Intent, charge_kw: float
) -> None:
    if not load_profile(name).says(intent):
        pytest.skip(f"{name} has no words for {intent}")
    day = a_day([Block(kind=kind, hours=1, load_kw=0.5, power_kw=4.0)], vary=False)
    life = Player(name, day).lived()
    found = {
        str(one): into(one)
        for one in life.minutes
        if STARTED < one.at - day.start < ENDING and abs(into(one) - charge_kw) > STEP_KW
    }
    assert not found, life.story(day.start, day.end)


@each_profile
def test_the_house_is_served_with_no_more_than_a_limit(name: str) -> None:
    block = Block(kind="discharge", hours=1, load_kw=3.0, power_kw=2.0, limited="discharge")
    day = day_of(name, [block, Block(kind="self", hours=1, load_kw=1.0)])
    assert ("discharge" in day.kinds) != (name in UNLIMITED)
    if name in UNLIMITED:
        return
    life = Player(name, day).lived()
    late = [one for one in life.minutes if STARTED < one.at - day.start < ENDING]
    assert max(one.flows.discharge_kw for one in late) <= 2.0 + STEP_KW
    assert min(one.flows.discharge_kw for one in late) >= 1.5


@each_profile
def test_the_house_is_served_down_to_the_configured_floor_and_no_further(name: str) -> None:
    day = a_day([Block(kind="self", hours=5, load_kw=3.0)], vary=False)
    day = day.with_surprise(lambda _: (0.0, 0.0))  # the sun does not shine at all
    player = Player(name, day)
    battery = configuration(name).battery
    assert battery is not None
    player.config = player.config.model_copy(
        update={"battery": battery.model_copy(update={"min_soc_percent": 15.0})}
    )
    stored = 0.4 * CAPACITY_KWH
    player.sim = replace(player.sim, state=replace(player.sim.state, stored_kwh=stored))
    life = player.lived()
    assert life.minutes[-1].soc_percent == pytest.approx(15, abs=1), life.story(day.start, day.end)

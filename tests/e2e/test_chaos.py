"""A short campaign of random faults on a whole house: every promise holds through all of them.

The long one is `make chaos`. A busy machine is told so: DARKSTAR_TEST_WITHIN=120 gives every
service that many seconds to be well again, not 30, and lets an hour's energy come as much later.
"""

from __future__ import annotations

import asyncio
import os
from datetime import timedelta
from pathlib import Path

import pytest
from chaos.accounts import settled
from chaos.campaign import Outcome, watched
from chaos.energy import ALLOWED_KWH
from chaos.faults import Kind, campaign
from chaos.house import chaos_house, lay_out
from chaos.injecting import kinds_of
from chaos.observer import Observer
from e2e.conftest import Say
from support.broker import needs_mosquitto

from darkstar_common.launcher.fleet import SERVICES

pytestmark = [pytest.mark.e2e, pytest.mark.timed, pytest.mark.timeout(600), needs_mosquitto]
FAULTS, SEED, SPEED = 9, 16, 150.0
WITHIN = float(os.environ.get("DARKSTAR_TEST_WITHIN", "30"))
"""Within so many seconds of the wall a service is well again."""
ALLOWED = ALLOWED_KWH * WITHIN / 30
"""What is measured a tenth of a second late is a quarter of a minute late in the house."""
SLOW = frozenset({Kind.CLOCK_JUMP})
"""What wants hours of calm before and after it, so it is left to the long campaign."""


async def test_nine_random_faults_break_no_promise(tmp_path: Path, say: Say) -> None:
    wall = timedelta(minutes=10)
    trial = await asyncio.to_thread(lay_out, tmp_path / "run", speed=SPEED, wall=wall)
    async with (
        chaos_house(trial) as house,
        watched(house, within=WITHIN, say=say) as campaigning,
    ):
        begin = await campaigning.begin()
        await campaigning.suffer(campaign(SEED, FAULTS, set(kinds_of(house)) - SLOW))
        accounts = await settled(campaigning, begin, allowed=ALLOWED)
        check_the_observer_saw_the_house(campaigning.observer)
    assert [str(one.fault) for one in campaigning.outcomes if one.violations] == []
    assert list(accounts.violations) == []
    assert accounts.hours >= 1
    check_every_recovery(campaigning.outcomes)


def check_the_observer_saw_the_house(observer: Observer) -> None:
    """A checker that sees nothing finds nothing."""
    assert observer.known.settings
    assert observer.actions
    assert observer.announced
    assert {f"service/{one}/status" for one in SERVICES} <= set(observer.latest)


def check_every_recovery(outcomes: list[Outcome]) -> None:
    assert len(outcomes) == FAULTS
    assert all(one.seconds <= WITHIN for one in outcomes)
    assert len({one.fault.kind for one in outcomes}) > FAULTS // 2

"""A house that learns, and what it was proposed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from darkstar_common.config import Battery, Config
from darkstar_common.contract import Learned, Proposal
from darkstar_forecaster.core.reflex import Learnings, Refused

MORNING = datetime(2026, 5, 5, 2, 0, tzinfo=UTC)
DAY = timedelta(days=1)
HOUSE = Config(
    timezone="Europe/Stockholm",
    has_solar=True,
    battery=Battery(
        capacity_kwh=34.2,
        charge_efficiency=0.95,
        discharge_efficiency=0.95,
        wear_cost_per_kwh=0.2,
    ),
)


def a_proposal(
    parameter: Learned = "pv_factor",
    proposed: float = 0.98,
    *,
    current: float = 1.0,
    at: datetime = MORNING,
) -> Proposal:
    return Proposal(
        parameter=parameter,
        current=current,
        proposed=proposed,
        lowest=0.8,
        highest=1.2,
        proposed_at=at,
        evidence=f"{parameter} should be {proposed:g}",
        samples=200,
    )


def done(result: Learnings | Refused) -> Learnings:
    """What came of a change that is not to be refused."""
    assert isinstance(result, Learnings), result
    return result


def stepped(known: Learnings, parameter: Learned, value: float, now: datetime) -> Learnings:
    """`known` with a value proposed and applied at `now`."""
    proposed = known.weighed([a_proposal(parameter, value, at=now)], now)
    return done(proposed.applied(parameter, HOUSE, now))

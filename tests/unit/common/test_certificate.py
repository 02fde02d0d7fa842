"""A certificate of the broker that ends is told of while there is time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from darkstar_common.contract import STATUS, Service, ServiceStatus
from darkstar_common.runtime import Status
from darkstar_common.runtime.certificate import ENDING, SOON, certificate_watched, trouble
from darkstar_common.runtime.reload import KEPT_ISSUES
from darkstar_common.testing import FakeClock, MemoryBus

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
DAY = timedelta(days=1)


@pytest.mark.parametrize(
    ("left", "told"),
    [(None, None), (SOON + DAY, None), (SOON, 30), (DAY / 2, 0), (-DAY, 0), (10 * DAY, 10)],
)
def test_only_what_ends_soon_is_told(left: timedelta | None, told: int | None) -> None:
    issue = trouble(None if left is None else NOON + left, NOON)
    assert (issue is not None) == (told is not None)
    if issue is not None:
        assert f"in {told} days" in issue.message
        assert "make certs" in issue.guidance


def keys(status: Status) -> list[str]:
    return [one.key for one in status.issues]


async def test_the_issue_comes_in_time_and_goes_with_a_new_certificate() -> None:
    bus, clock = MemoryBus(), FakeClock(NOON)
    status = Status(bus, clock, service=Service.PLANNER, version="1")
    ends: list[datetime | None] = [None]
    async with certificate_watched(lambda: ends[0], status, clock):
        ends[0] = NOON + SOON + DAY
        await clock.advance(timedelta(hours=2))
        assert keys(status) == []
        await clock.advance(DAY)
        assert keys(status) == [ENDING]
        ends[0] = NOON + 1000 * DAY
        await clock.advance(timedelta(hours=1))
        assert keys(status) == []
    told: list[ServiceStatus] = bus.sent(STATUS[Service.PLANNER])
    assert [len(one.issues) for one in told] == [1, 1, 0], "once a day, and its end"


def test_a_service_that_begins_again_still_knows_it() -> None:
    assert ENDING in KEPT_ISSUES

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from darkstar_common.contract import STATUS, Issue, Service, ServiceStatus
from darkstar_common.runtime import Status
from darkstar_common.testing import FakeClock, MemoryBus

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
ROW = STATUS[Service.PLANNER]


def an_issue(key: str = "solver", message: str = "It is slow.") -> Issue:
    return Issue(key=key, severity="warning", message=message)


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock(NOON)


@pytest.fixture
def bus() -> MemoryBus:
    return MemoryBus()


@pytest.fixture
def status(bus: MemoryBus, clock: FakeClock) -> Status:
    return Status(bus, clock, service=Service.PLANNER, version="1.2")


async def test_an_issue_is_published_with_its_time_and_again_when_it_is_over(
    bus: MemoryBus, status: Status, clock: FakeClock
) -> None:
    await clock.advance(timedelta(minutes=1))
    await status.raise_issue(an_issue())
    await status.clear_issue("solver")
    raised, cleared = bus.sent(ROW)
    assert raised.issues == (an_issue().model_copy(update={"since": NOON + timedelta(minutes=1)}),)
    assert cleared.issues == ()
    assert raised.online
    assert cleared.online
    assert raised.version == "1.2"
    assert raised.started_at == NOON


async def test_what_does_not_change_is_not_published(bus: MemoryBus, status: Status) -> None:
    await status.raise_issue(an_issue())
    await status.raise_issue(an_issue())
    await status.clear_issue("another")
    assert len(bus.sent(ROW)) == 1


async def test_a_changed_issue_keeps_its_beginning(
    bus: MemoryBus, status: Status, clock: FakeClock
) -> None:
    await status.raise_issue(an_issue())
    await clock.advance(timedelta(hours=1))
    await status.raise_issue(an_issue(message="It is very slow."))
    await status.raise_issue(an_issue("disk"))
    assert [(one.key, one.since) for one in status.issues] == [
        ("solver", NOON),
        ("disk", NOON + timedelta(hours=1)),
    ]
    assert bus.sent(ROW)[1].issues[0].message == "It is very slow."


def test_who_is_gone_has_no_issues(status: Status) -> None:
    assert not status.message(online=False).online
    assert status.message(online=False).issues == ()


@pytest.mark.parametrize("speed", [1.0, 600.0])
async def test_it_is_said_again_every_minute_of_the_wall(bus: MemoryBus, speed: float) -> None:
    clock = FakeClock(NOON, speed=speed)
    status = Status(bus, clock, service=Service.PLANNER, version="1.2")
    async with status.repeated():
        await clock.advance(timedelta(seconds=59) * speed)
        assert bus.sent(ROW) == []
        await clock.advance(timedelta(minutes=2) * speed)
    first, second = bus.sent(ROW)
    assert first.online
    assert second.emitted_at - first.emitted_at == timedelta(minutes=1) * speed
    await clock.advance(timedelta(hours=1) * speed)
    assert len(bus.sent(ROW)) == 2, "who has ended says nothing"


@pytest.mark.parametrize("speed", [1.0, 600.0])
@pytest.mark.parametrize(
    ("age", "online", "there"),
    [
        (timedelta(0), True, True),
        (timedelta(minutes=4, seconds=59), True, True),
        (timedelta(minutes=5), True, False),
        (timedelta(days=-1), True, True),  # the clocks differ
        (timedelta(0), False, False),
    ],
)
def test_only_what_was_said_lately_says_that_a_service_is_there(
    age: timedelta, online: bool, there: bool, speed: float
) -> None:
    status = ServiceStatus(sender=Service.PLANNER, emitted_at=NOON, online=online)
    assert status.is_there(NOON + age * speed, speed=speed) is there


async def test_a_process_outside_the_contract_publishes_no_status(
    bus: MemoryBus, clock: FakeClock
) -> None:
    status = Status(bus, clock, service=None, version="1")
    await status.raise_issue(an_issue())
    assert bus.broker.sent == []
    assert [one.key for one in status.issues] == ["solver"]
    with pytest.raises(ValueError, match="only a service of the contract"):
        status.message(online=True)

"""What Prometheus may read about any service: issues, configuration, clock."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from prometheus_client import REGISTRY

from darkstar_common.contract import Issue, Service
from darkstar_common.contract.messages.service import Severity
from darkstar_common.runtime import Clock, Status, SystemClock
from darkstar_common.runtime.gauges import show_clock, show_config
from darkstar_common.testing import FakeClock, MemoryBus

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


def an_issue(key: str, severity: Severity = "warning") -> Issue:
    return Issue(key=key, severity=severity, message="It is slow.")


def a_status(service: Service | None = Service.PLANNER) -> Status:
    return Status(MemoryBus(), FakeClock(NOON), service=service, version="1")


def counted(severity: str) -> float | None:
    return REGISTRY.get_sample_value("darkstar_issues", {"severity": severity})


def named(key: str, severity: str = "warning") -> float | None:
    return REGISTRY.get_sample_value("darkstar_issue", {"key": key, "severity": severity})


@pytest.mark.parametrize("severity", ["info", "warning", "error"])
def test_a_service_that_starts_has_no_issues_of_any_severity(severity: str) -> None:
    a_status()
    assert counted(severity) == 0


@pytest.mark.parametrize("service", [Service.PLANNER, None])
async def test_an_issue_is_counted_and_named_while_it_stands(service: Service | None) -> None:
    status = a_status(service)
    await status.raise_issue(an_issue("solver"))
    await status.raise_issue(an_issue("disk", "error"))
    assert (counted("warning"), counted("error"), counted("info")) == (1, 1, 0)
    assert (named("solver"), named("disk", "error")) == (1, 1)
    await status.clear_issue("solver")
    assert (counted("warning"), counted("error")) == (0, 1)
    assert named("solver") is None, "what is over is not there at all"
    assert named("disk", "error") == 1


async def test_an_issue_that_grows_worse_stands_once() -> None:
    status = a_status()
    await status.raise_issue(an_issue("disk"))
    await status.raise_issue(an_issue("disk", "error"))
    assert (named("disk"), named("disk", "error")) == (None, 1)
    assert (counted("warning"), counted("error")) == (0, 1)


async def test_a_service_that_begins_again_keeps_what_stands() -> None:
    status = a_status()
    await status.raise_issue(an_issue("solver"))
    await status.raise_issue(an_issue("metrics_port"))
    await status.begin_again(frozenset({"metrics_port"}))
    assert (named("solver"), named("metrics_port")) == (None, 1)


def test_the_configuration_is_named_by_its_revision() -> None:
    show_config("abc")
    show_config("def")
    assert REGISTRY.get_sample_value("darkstar_config_info", {"revision": "abc"}) is None
    assert REGISTRY.get_sample_value("darkstar_config_info", {"revision": "def"}) == 1


def test_a_configuration_that_cannot_be_read_has_no_revision() -> None:
    show_config("abc")
    show_config("")
    assert REGISTRY.get_sample_value("darkstar_config_info", {"revision": "abc"}) is None


async def test_the_house_s_time_is_told_as_it_is_when_it_is_read() -> None:
    clock = FakeClock(NOON)
    show_clock(clock)
    assert REGISTRY.get_sample_value("darkstar_clock_timestamp_seconds") == NOON.timestamp()
    await clock.advance(timedelta(minutes=5))
    later = REGISTRY.get_sample_value("darkstar_clock_timestamp_seconds")
    assert later == NOON.timestamp() + 300


@pytest.mark.parametrize(("clock", "simulated"), [(FakeClock(NOON), 1), (SystemClock(), 0)])
def test_the_time_of_a_simulated_house_is_marked(clock: Clock, simulated: int) -> None:
    show_clock(clock)
    assert REGISTRY.get_sample_value("darkstar_clock_simulated") == simulated


@pytest.mark.parametrize("direction", ["in", "out"])
def test_lost_messages_are_counted_from_nothing(direction: str) -> None:
    name = "darkstar_messages_dropped_total"
    assert REGISTRY.get_sample_value(name, {"direction": direction}) is not None

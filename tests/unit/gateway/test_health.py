from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from support.gateway_house import messages, prices, schedule, service_status

from darkstar_common.contract import Issue, Service
from darkstar_gateway.core.health import Health, health
from darkstar_gateway.core.view import View

NOON = datetime(2026, 6, 12, 12, tzinfo=UTC)


def healthy() -> View:
    view = View()
    for channel, message in messages(NOON):
        view = view.updated(channel.path, message)
    return view


def check(view: View, now: datetime = NOON, *, broker_connected: bool = True) -> Health:
    return health(view, now, broker_connected=broker_connected)


def issues(found: Health) -> list[tuple[str, str]]:
    return [(group.category, issue.key) for group in found.groups for issue in group.issues]


def with_status(view: View, service: Service, *issues: Issue, online: bool = True) -> View:
    channel, status = service_status(service, NOON, *issues, online=online)
    return view.updated(channel.path, status)


def test_a_house_in_which_all_is_well_has_nothing_to_say() -> None:
    found = check(healthy())
    assert found.overall == "ok"
    assert issues(found) == []
    assert {group.category for group in found.groups} >= {"executor", "planner", "gateway"}


def test_with_nothing_heard_yet_everything_is_missing_and_each_says_what_to_do() -> None:
    found = check(View())
    assert found.overall == "down"
    assert set(issues(found)) >= {
        ("executor", "away"),
        ("recorder", "away"),
        ("prices", "no_prices"),
        ("schedule", "no_schedule"),
        ("house", "no_house_state"),
    }
    assert all(issue.guidance for group in found.groups for issue in group.issues)


@pytest.mark.parametrize(
    ("service", "overall"),
    [
        (Service.EXECUTOR, "down"),
        (Service.PLANNER, "degraded"),
        (Service.FORECASTER, "degraded"),
        (Service.RECORDER, "degraded"),
    ],
)
def test_only_without_an_executor_nobody_commands_the_house(service: Service, overall: str) -> None:
    found = check(with_status(healthy(), service, online=False))
    assert found.overall == overall
    assert issues(found) == [(service, "away")]


def test_a_service_that_went_silent_is_away_whatever_the_broker_kept_of_it() -> None:
    view = with_status(healthy(), Service.EXECUTOR)
    assert check(view, NOON + timedelta(minutes=4)).overall == "ok"
    found = check(view, NOON + timedelta(minutes=5))
    assert found.overall == "down"
    assert ("executor", "away") in issues(found)
    (away,) = next(one for one in found.groups if one.category == "executor").issues
    assert away.message.startswith("The executor has said nothing for a while")
    hours_later = NOON + timedelta(hours=40)
    quick = health(view, hours_later, broker_connected=True, speed=600)
    assert ("executor", "away") not in issues(quick)


def test_without_a_broker_all_is_old() -> None:
    found = check(healthy(), broker_connected=False)
    assert found.overall == "down"
    assert issues(found) == [("broker", "broker_lost")]


@pytest.mark.parametrize(
    ("severity", "overall"), [("info", "ok"), ("warning", "degraded"), ("error", "degraded")]
)
def test_what_a_service_says_of_itself_counts_by_its_severity(severity: str, overall: str) -> None:
    issue = Issue.model_validate({"key": "k", "severity": severity, "message": "m"})
    found = check(with_status(healthy(), Service.PLANNER, issue))
    assert found.overall == overall
    assert issues(found) == [("planner", "k")]


def test_the_worst_stands_first() -> None:
    said = [
        Issue.model_validate({"key": one, "severity": one, "message": "m"})
        for one in ("info", "error", "warning")
    ]
    found = check(with_status(healthy(), Service.EXECUTOR, *said))
    assert [key for _, key in issues(found)] == ["error", "warning", "info"]


def test_what_comes_to_its_end_is_an_error_from_that_moment_on() -> None:
    view = healthy()
    end = schedule(NOON).valid_until
    assert "schedule_ended" not in [
        key for _, key in issues(check(view, end - timedelta.resolution))
    ]
    assert ("schedule", "schedule_ended") in issues(check(view, end))
    last = prices(NOON).slots[-1].start + timedelta(minutes=15)
    assert ("prices", "prices_ended") not in issues(check(view, last - timedelta.resolution))
    assert ("prices", "prices_ended") in issues(check(view, last))


def test_it_stays_equal_while_nothing_happens() -> None:
    later = NOON + timedelta(minutes=10)
    assert check(View(), NOON) == check(View(), later)

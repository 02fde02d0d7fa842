"""What the gateway tells people by itself, and when."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from darkstar_common.contract import SERVICES, Issue, Service, ServiceStatus, Severity
from darkstar_gateway.core.watch import STANDS, News, Watch, troubles

NOON = datetime(2026, 6, 12, 12, tzinfo=UTC)
LOOK = timedelta(seconds=15)


def issue(key: str, severity: Severity = "error", message: str = "it is broken") -> Issue:
    return Issue(key=key, severity=severity, message=message, guidance="mend it")


@dataclass
class House:
    """The services of a house, looked at for as long as a test says."""

    speed: float = 1.0
    connected: bool = True
    services: dict[Service, ServiceStatus | None] = field(default_factory=dict)
    silent: set[Service] = field(default_factory=set)
    now: datetime = NOON
    watch: Watch = field(default_factory=Watch)

    def __post_init__(self) -> None:
        for service in SERVICES:
            self.says(service)

    def says(self, service: Service, *issues: Issue, online: bool = True) -> None:
        self.services[service] = ServiceStatus(
            sender=service, emitted_at=self.now, online=online, issues=issues
        )

    def told(self, **during: float) -> list[News]:
        """What is told in the time given, with every service that is there saying so again."""
        return [one for each in self._looks(timedelta(**during)) for one in each]

    def kinds(self, **during: float) -> list[str]:
        return [one.kind for one in self.told(**during)]

    def _looks(self, during: timedelta) -> Iterator[tuple[News, ...]]:
        for _ in range(round(during / LOOK)):
            self.now += LOOK * self.speed
            for service, status in self.services.items():
                if status and status.online and self.connected and service not in self.silent:
                    self.says(service, *status.issues)
            found = troubles(self.services, self.now, connected=self.connected, speed=self.speed)
            self.watch, news = self.watch.after(found, LOOK)
            yield news


@pytest.fixture(params=[1.0, 600.0])
def house(request: pytest.FixtureRequest) -> House:
    return House(speed=request.param)


def test_a_house_in_which_all_is_well_is_not_talked_of(house: House) -> None:
    assert house.told(days=1) == []


def test_a_service_that_is_away_for_five_minutes_is_told_once_and_so_is_its_return(
    house: House,
) -> None:
    house.says(Service.EXECUTOR, online=False)
    assert house.told(minutes=5) == []
    (away,) = house.told(hours=1)
    assert (away.kind, away.severity) == ("service_away", "error")
    assert away.title == "The executor is not running"
    assert "nobody reads the house" in away.text
    assert "Start darkstar-executor" in away.text
    house.says(Service.EXECUTOR)
    (back,) = house.told(hours=1)
    assert (back.kind, back.severity) == ("service_back", "info")
    assert (back.title, back.text) == ("The executor is back", "It was away for 65 minutes.")


def test_an_update_is_not_talked_of(house: House) -> None:
    for service in SERVICES:
        house.says(service, online=False)
    assert house.told(minutes=4, seconds=45) == []
    for service in SERVICES:
        house.says(service)
    assert house.told(hours=1) == []


def test_one_that_starts_again_and_again_is_not_running(house: House) -> None:
    kinds: list[str] = []
    for _ in range(20):
        house.says(Service.PLANNER, online=False)
        kinds += house.kinds(seconds=30)
        house.says(Service.PLANNER)
        kinds += house.kinds(seconds=30)
    assert kinds == ["service_away"]
    assert house.kinds(minutes=2) == ["service_back"]


def test_one_that_the_broker_believes_in_since_a_power_cut_is_told_of(house: House) -> None:
    house.silent.add(Service.RECORDER)
    assert house.told(minutes=9) == []
    assert house.kinds(minutes=2) == ["service_away"]


def test_one_that_was_never_there_and_the_gateway_itself_are_not_missed(house: House) -> None:
    house.services[Service.FORECASTER] = None
    house.says(Service.GATEWAY, online=False)
    assert house.told(hours=1) == []


@pytest.mark.parametrize(
    ("service", "said", "title"),
    [
        (Service.RECORDER, issue("database_unwritable"), "Nothing is recorded"),
        (Service.RECORDER, issue("disk_low", "warning"), "The disk is nearly full"),
        (Service.RECORDER, issue("backup_failed", "warning"), "There is no new backup"),
        (Service.EXECUTOR, issue("state_file_unwritten"), "The executor has a problem"),
        (Service.FORECASTER, issue("pv_forecast"), "The forecaster has a problem"),
        (Service.GATEWAY, issue("anything"), "The gateway has a problem"),
    ],
)
def test_an_issue_that_stands_is_told_once(
    house: House, service: Service, said: Issue, title: str
) -> None:
    house.says(service, said)
    assert house.told(minutes=5) == []
    (news,) = house.told(days=1)
    assert (news.kind, news.severity, news.title) == ("trouble", said.severity, title)
    assert news.text == "It is broken. Mend it."
    house.says(service)
    assert house.told(minutes=30) == []
    house.says(service, said)
    assert house.told(minutes=30) == [], "spared, since it was told just now"
    house.says(service)
    house.told(minutes=61)
    house.says(service, said)
    assert house.kinds(minutes=6) == ["trouble"]


@pytest.mark.parametrize(
    ("service", "said"),
    [
        (Service.EXECUTOR, issue("not_following")),
        (Service.EXECUTOR, issue("write_work_mode")),
        (Service.EXECUTOR, issue("role_battery_soc", "warning")),
        (Service.PLANNER, issue("no_plan", "warning")),
        (Service.GATEWAY, issue("notify_home_assistant", "warning")),
        (Service.FORECASTER, issue("pv_forecast", "info")),
    ],
)
def test_what_a_service_tells_itself_or_what_is_not_urgent_is_left_to_the_page(
    house: House, service: Service, said: Issue
) -> None:
    house.says(service, said)
    assert house.told(hours=1) == []


def test_what_all_services_share_is_told_once(house: House) -> None:
    for service in SERVICES:
        house.says(service, issue("broker_certificate", "warning"))
    (news,) = house.told(hours=2)
    assert news.title == "The broker's certificate ends soon"


def test_a_lost_broker_is_told_and_nothing_that_cannot_be_known_then(house: House) -> None:
    house.says(Service.RECORDER, issue("disk_low"))
    house.told(minutes=3)
    house.connected = False
    assert house.told(minutes=5) == []
    (lost,) = house.told(hours=2)
    assert (lost.kind, lost.severity) == ("broker_lost", "error")
    house.connected = True
    (back,) = house.told(minutes=4)
    assert (back.kind, back.text) == ("broker_back", "It was away for 2 hours.")
    assert house.kinds(minutes=2) == ["trouble"], "five minutes after the broker was back"


def test_a_broker_that_is_back_soon_is_not_talked_of(house: House) -> None:
    house.connected = False
    assert house.told(minutes=4) == []
    house.connected = True
    assert house.told(hours=1) == []


def test_what_was_told_before_the_broker_was_lost_is_not_told_again(house: House) -> None:
    house.says(Service.PLANNER, online=False)
    assert house.kinds(minutes=6) == ["service_away"]
    house.connected = False
    assert house.kinds(minutes=6) == ["broker_lost"]
    house.connected = True
    assert house.kinds(hours=1) == ["broker_back"]
    house.says(Service.PLANNER)
    assert house.kinds(minutes=2) == ["service_back"]


def test_a_clock_that_is_set_raises_no_alarm() -> None:
    house = House()
    house.told(minutes=10)
    house.now += timedelta(days=3)
    assert house.told(hours=1) == []


Step = tuple[Mapping[Service, bool], bool, int]


@given(
    st.lists(
        st.tuples(
            st.dictionaries(st.sampled_from(SERVICES), st.booleans()),
            st.booleans(),
            st.integers(1, 40),
        ),
        max_size=12,
    )
)
def test_away_and_back_take_turns_and_never_come_early(steps: list[Step]) -> None:
    house, told, at = House(), list[tuple[timedelta, News]](), timedelta(0)
    for changes, connected, looks in steps:
        house.connected = connected
        for service, online in changes.items():
            house.says(service, online=online)
        for _ in range(looks):
            at += LOOK
            told += [(at, one) for one in house.told(seconds=LOOK.total_seconds())]
    assert all(when > STANDS for when, _ in told)
    for subject in (*map(str, SERVICES), "broker"):
        kinds = [one.kind for _, one in told if f" {subject} " in one.title]
        assert all(
            kind.endswith("_away" if subject != "broker" else "_lost") for kind in kinds[::2]
        )
        assert all(kind.endswith("_back") for kind in kinds[1::2])

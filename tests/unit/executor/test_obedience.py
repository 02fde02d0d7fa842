"""A house that does not follow is told again a few times, said aloud, and left alone."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from unit.executor.samples import NOON
from unit.executor.test_expectation import CHARGE, CONFIG, EXPORT, HOUSE, calm

from darkstar_common.contract import Command, Following
from darkstar_executor.core.measured import Measured
from darkstar_executor.core.obedience import NOT_WATCHED, Watch, watched

MINUTE = timedelta(minutes=1)
OBEYS: dict[str, Any] = {"charge_kw": 4.0, "import_kw": 4.5}
REFUSES: dict[str, Any] = {"charge_kw": 0.0, "import_kw": 0.5}
PATIENCE = 5


class Observer:
    """Looks once a minute."""

    def __init__(self, command: Command | None = CHARGE, config: Any = CONFIG) -> None:
        self.command, self.config = command, config
        self.now: datetime = NOON
        self.watch: Watch = NOT_WATCHED
        self.again: list[int] = []
        self.minute = 0
        self.following = Following()

    def look(self, minutes: int, **readings: Any) -> str:
        for _ in range(minutes):
            self.watch, self.following = watched(
                self.watch,
                command=self.command,
                measured=Measured(**HOUSE | readings),
                config=self.config,
                now=self.now,
            )
            self.again += [self.minute] if self.watch.again else []
            self.now += MINUTE
            self.minute += 1
        return self.following.state


def test_a_house_that_obeys_follows() -> None:
    observer = Observer()
    assert observer.look(60, **OBEYS) == "following"
    assert observer.again == []


def test_disobedience_is_found_after_the_configured_minutes_and_not_before() -> None:
    observer = Observer()
    assert observer.look(PATIENCE, **REFUSES) == "following"
    assert observer.look(1, **REFUSES) == "not_following"
    told = observer.following
    assert told.since == NOON
    assert told.asked.startswith("charge from grid")
    assert told.seen == "it is charged with 0.0 kW"
    assert told.tried == "the settings were written again not yet"


def test_it_is_tried_again_three_times_at_longer_intervals_and_then_no_more() -> None:
    observer = Observer()
    observer.look(180, **REFUSES)
    assert observer.again == [PATIENCE + 1, PATIENCE + 6, PATIENCE + 21]
    assert observer.following.state == "not_following"
    assert "three times" in observer.following.tried
    assert "no more until something else is commanded" in observer.following.tried


def test_something_else_commanded_is_tried_anew_and_the_house_stays_suspect_till_it_follows(
) -> None:  # fmt: skip
    observer = Observer()
    observer.look(60, **REFUSES)
    observer.command, tried = EXPORT, len(observer.again)
    assert observer.look(1, **REFUSES) == "not_following"
    assert observer.look(5, **REFUSES) == "not_following"
    assert len(observer.again) == tried + 1
    assert observer.look(2, discharge_kw=4.0, export_kw=3.5) == "not_following"
    assert observer.look(1, discharge_kw=4.0, export_kw=3.5) == "following"


def test_a_lost_house_that_does_the_next_thing_at_once_is_trusted_after_two_minutes() -> None:
    observer = Observer()
    observer.look(60, **REFUSES)
    observer.command = EXPORT
    assert observer.look(2, discharge_kw=4.0, export_kw=3.5) == "not_following"
    assert observer.look(1, discharge_kw=4.0, export_kw=3.5) == "following"


def test_figures_that_waver_are_no_other_command() -> None:
    observer = Observer()
    for number in range(PATIENCE + 1):
        kw = 4.0 + 0.1 * (number % 2)
        observer.command = CHARGE.model_copy(update={"charge_kw": kw, "soc_target_percent": 80.0})
        observer.look(1, **REFUSES)
    assert observer.following.state == "not_following"


@pytest.mark.parametrize("pause", [OBEYS, {"charge_kw": None}])
def test_a_moment_of_obedience_or_of_silence_begins_the_count_anew(pause: dict[str, Any]) -> None:
    observer = Observer()
    for _ in range(12):
        observer.look(PATIENCE - 1, **REFUSES)
        assert observer.look(1, **pause) != "not_following"
    assert observer.again == []


def test_a_lost_house_follows_again_once_it_has_for_two_minutes() -> None:
    observer = Observer()
    observer.look(30, **REFUSES)
    assert observer.look(2, **OBEYS) == "not_following"
    assert observer.following.seen == "it follows now"
    assert observer.look(1, **REFUSES) == "not_following"
    assert observer.look(3, **OBEYS) == "following"


def test_what_is_not_known_while_it_is_lost_is_said_so_and_nothing_is_written() -> None:
    observer = Observer()
    observer.look(PATIENCE + 1, **REFUSES)
    assert observer.look(5, charge_kw=None) == "not_following"
    assert observer.following.seen == "nothing is known now"
    assert observer.again == []


def test_blind_from_the_start_is_unknown() -> None:
    assert Observer().look(60, charge_kw=None, soc_percent=None) == "unknown"


@pytest.mark.parametrize("command", [None])
def test_nothing_commanded_is_nothing_watched(command: Command | None) -> None:
    observer = Observer()
    observer.look(30, **REFUSES)
    observer.command = command
    assert observer.look(10, **REFUSES) == "unknown"
    assert observer.watch == NOT_WATCHED


def test_a_clock_set_back_finds_nothing_early() -> None:
    observer = Observer()
    observer.look(3, **REFUSES)
    observer.now -= timedelta(hours=1)
    assert observer.look(PATIENCE, **REFUSES) == "following"
    assert observer.look(1, **REFUSES) == "not_following"


@pytest.mark.parametrize(
    ("name", "readings"),
    [
        ("taper near full", {"charge_kw": 0.8, "soc_percent": 96.5}),
        ("the ceiling", {"charge_kw": 0.0, "soc_percent": 79.5}),
        ("the fuse", {"charge_kw": 1.0, "import_kw": 10.7}),
        ("no grid", {"charge_kw": 0.0, "grid_available": False}),
    ],
)
def test_what_an_inverter_may_do_is_no_alarm(name: str, readings: dict[str, Any]) -> None:
    observer = Observer()
    assert observer.look(120, **readings) == "following", name


def test_a_car_that_takes_more_than_the_battery_gives_is_no_alarm() -> None:
    observer = Observer(calm("self_consume"))
    assert observer.look(120, discharge_kw=4.8, import_kw=6.7, load_kw=11.5) == "following"


def test_clouds_are_no_alarm() -> None:
    observer = Observer(calm("self_consume"))
    for number in range(120):
        cloud = number % 3 == 0
        sold = {"export_kw": 2.0, "charge_kw": 1.0} if cloud else {"charge_kw": 3.0}
        observer.look(1, **sold)
        assert observer.following.state == "following"


@pytest.mark.parametrize(("minutes", "found"), [(2.0, 2), (5.0, 5), (10.0, 10)])
def test_how_long_it_may_take_is_configured(minutes: float, found: int) -> None:
    executor = CONFIG.executor.model_copy(update={"not_following_minutes": minutes})
    observer = Observer(config=CONFIG.model_copy(update={"executor": executor}))
    assert observer.look(found, **REFUSES) == "following"
    assert observer.look(1, **REFUSES) == "not_following"

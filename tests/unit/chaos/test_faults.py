from __future__ import annotations

from collections import Counter

import pytest
from chaos.faults import LASTS, MEANING, TARGETS, WEIGHTS, Fault, Kind, campaign, drawn

from darkstar_common.launcher.fleet import SERVICES

MANY = campaign(3, 600)


def test_the_same_seed_gives_the_same_faults_and_another_seed_others() -> None:
    assert campaign(7, 50) == campaign(7, 50)
    assert campaign(7, 50) != campaign(8, 50)


def test_a_fault_alone_is_the_one_it_was_in_the_campaign() -> None:
    assert campaign(7, 200, only=(42, 3)) == (campaign(7, 200)[2], campaign(7, 200)[41])
    assert drawn(7, 42) == campaign(7, 200)[41]


@pytest.mark.parametrize("kind", Kind)
def test_every_kind_comes_about_as_often_as_it_should(kind: Kind) -> None:
    expected = len(MANY) * WEIGHTS[kind] / sum(WEIGHTS.values())
    assert 0.5 * expected < sum(one.kind is kind for one in MANY) < 1.7 * expected


@pytest.mark.parametrize("kind", Kind)
def test_every_kind_lasts_as_long_as_it_may_and_hits_whom_it_can(kind: Kind) -> None:
    some = [one for one in MANY if one.kind is kind]
    shortest, longest = LASTS.get(kind, (0.0, 0.0))
    assert all(shortest <= one.seconds <= longest for one in some)
    assert {one.target for one in some} == set(TARGETS.get(kind, ("",)))
    assert MEANING[kind]


def test_only_kinds_that_can_be_had_are_drawn() -> None:
    some = {Kind.KILL, Kind.CLOCK_JUMP}
    assert {one.kind for one in campaign(1, 60, some)} == some


def test_every_service_is_killed_stopped_and_cut_off() -> None:
    hit = Counter((one.kind, one.target) for one in MANY)
    assert all(
        hit[kind, one] for kind in (Kind.KILL, Kind.STOP, Kind.PARTITION) for one in SERVICES
    )


def test_a_clock_jumps_two_hours_either_way_and_no_other_fault_has_hours() -> None:
    assert {one.ahead for one in MANY if one.kind is Kind.CLOCK_JUMP} == {-2, 2}
    assert {one.ahead for one in MANY if one.kind is not Kind.CLOCK_JUMP} == {0}


def test_most_faults_follow_a_wish_and_some_come_in_shadow() -> None:
    assert 0.6 < sum(bool(one.wish) for one in MANY) / len(MANY) < 0.8
    assert 0.08 < sum(one.shadow for one in MANY) / len(MANY) < 0.25


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        (Fault(number=1, kind=Kind.KILL, target="planner"), "1: kill planner"),
        (
            Fault(number=9, kind=Kind.CLOCK_JUMP, target="all", seconds=2.5, ahead=-2, shadow=True),
            "9: clock_jump all -2 h for 2.5 s in shadow",
        ),
        (
            Fault(number=2, kind=Kind.SENSOR_LOST, target="x", seconds=1, word="nan", wish="hold"),
            "2: sensor_lost x nan for 1.0 s after hold",
        ),
    ],
)
def test_a_fault_is_told_in_words(fault: Fault, words: str) -> None:
    assert str(fault) == words

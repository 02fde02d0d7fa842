from __future__ import annotations

from datetime import UTC, datetime, timedelta
from http import HTTPStatus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from darkstar_common.testing import FakeClock
from darkstar_gateway.api.access import turnstile
from darkstar_gateway.api.access.turnstile import Turnstile
from darkstar_gateway.api.problems import Problem
from darkstar_gateway.core.access.attempts import LONGEST, WINDOW, Attempts, visitor

NOON = datetime(2026, 6, 12, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)


def tried(times: int, *, allowed: int = 5) -> Attempts:
    state = Attempts(since=NOON)
    for _ in range(times):
        state = state.failed(NOON, allowed=allowed)
    return state


def test_so_many_wrong_ones_in_a_minute_have_no_consequence_and_the_next_has() -> None:
    assert tried(4).wait(NOON) == timedelta(0)
    assert tried(5).wait(NOON) == WINDOW


def test_wrong_ones_far_apart_have_no_consequence() -> None:
    state, now = Attempts(since=NOON), NOON
    for _ in range(20):
        state = state.failed(now, allowed=2)
        assert state.wait(now) == timedelta(0)
        now += WINDOW


def test_each_wait_is_twice_as_long_as_the_one_before_up_to_a_limit() -> None:
    state, now, waits = Attempts(since=NOON), NOON, []
    for _ in range(7):
        state = state.failed(now, allowed=1)
        waits.append(state.wait(now) // WINDOW)
        now += state.wait(now)
    assert waits == [1, 2, 4, 8, 15, 15, 15]


def test_after_a_quiet_hour_the_waits_are_short_again() -> None:
    state, now = Attempts(since=NOON), NOON
    for _ in range(5):
        state = state.failed(now, allowed=1)
        now += state.wait(now)
    state = state.failed(now + timedelta(hours=1), allowed=1)
    assert state.wait(now + timedelta(hours=1)) == WINDOW


@given(
    st.lists(st.timedeltas(min_value=timedelta(0), max_value=timedelta(hours=2)), max_size=60),
    st.integers(1, 6),
)
def test_nobody_ever_waits_longer_than_the_longest_and_waits_end(
    pauses: list[timedelta], allowed: int
) -> None:
    state, now = Attempts(since=NOON), NOON
    for pause in pauses:
        now += pause
        state = state.failed(now, allowed=allowed)
        assert timedelta(0) <= state.wait(now) <= LONGEST
        assert state.wait(now + LONGEST) == timedelta(0)


@given(st.integers(1, 9))
def test_in_an_hour_of_guessing_there_are_few_guesses(allowed: int) -> None:
    state, now, guesses = Attempts(since=NOON), NOON, 0
    while now < NOON + timedelta(hours=1):
        state, guesses = state.failed(now, allowed=allowed), guesses + 1
        now += max(state.wait(now), SECOND / 10)
    assert guesses <= 8 * allowed


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("192.0.2.1", "192.0.2.1", True),
        ("192.0.2.1", "192.0.2.2", False),
        ("192.0.2.1", "::ffff:192.0.2.1", True),
        ("2001:db8::1", "2001:db8::ffff:1", True),
        ("2001:db8::1", "2001:db8:0:1::1", False),
        (None, "", True),
        ("testclient", "other", False),
    ],
)
def test_who_counts_as_one(one: str | None, other: str | None, same: bool) -> None:
    assert (visitor(one) == visitor(other)) is same


def blocked(gate: Turnstile, address: str) -> bool:
    try:
        gate.enter(address)
    except Problem as problem:
        return problem.status == HTTPStatus.TOO_MANY_REQUESTS
    return False


def test_one_address_that_guesses_keeps_no_other_out() -> None:
    gate = Turnstile(FakeClock(NOON), allowed=3)
    assert [blocked(gate, "192.0.2.1") for _ in range(5)] == [False] * 3 + [True] * 2
    assert not blocked(gate, "192.0.2.2")


def test_the_problem_says_when_to_come_again() -> None:
    gate = Turnstile(FakeClock(NOON), allowed=1)
    gate.enter("192.0.2.1")
    with pytest.raises(Problem, match="Try again in 60 s") as refused:
        gate.enter("192.0.2.1")
    assert refused.value.extra == {"retry_after_seconds": 60}


def test_a_right_one_wipes_the_wrong_ones_out() -> None:
    gate = Turnstile(FakeClock(NOON), allowed=3)
    for _ in range(20):
        assert not blocked(gate, "192.0.2.1")
        assert not blocked(gate, "192.0.2.1")
        gate.passed("192.0.2.1")


def test_many_at_once_gain_nothing_by_it() -> None:
    """Each counts as wrong before it is looked at."""
    gate = Turnstile(FakeClock(NOON), allowed=2)
    assert [blocked(gate, "192.0.2.1") for _ in range(50)].count(False) == 2


def test_what_is_remembered_is_bounded_and_the_latest_are() -> None:
    gate = Turnstile(FakeClock(NOON), allowed=1)
    for number in range(turnstile.MOST + 50):
        gate.enter(f"10.{number // 250}.0.{number % 250}")
    assert len(gate._known) == turnstile.MOST
    assert blocked(gate, f"10.{(turnstile.MOST + 49) // 250}.0.{(turnstile.MOST + 49) % 250}")
    assert not blocked(gate, "10.0.0.0")

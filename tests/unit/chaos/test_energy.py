from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import partial

import pytest
from chaos import energy
from chaos.energy import ALLOWED_KWH, CHANNELS, HOUR, Difference, Slot, repeated, slots, worst

hourly = partial(energy.hourly, allowed=ALLOWED_KWH)
total = partial(energy.total, allowed=ALLOWED_KWH)
NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)
QUARTER = timedelta(minutes=15)
TRUE = dict.fromkeys(CHANNELS, 0.25)


def slot(number: int, flagged: frozenset[str] = frozenset(), /, **seen: float | None) -> Slot:
    start = NOON + number * QUARTER
    return Slot(start=start, seen={**TRUE, **seen}, true=TRUE, flagged=flagged)


def hour(**seen: float | None) -> list[Slot]:
    return [slot(0, **seen), slot(1), slot(2), slot(3)]


def test_a_recorder_that_is_right_is_not_blamed() -> None:
    some = hour()
    assert hourly(some) == total(some) == ()
    assert worst(some) == 0


@pytest.mark.parametrize(
    ("seen", "words"),
    [
        (0.31, "0.060 kWh of load doubled in the hour of 2026-06-01 12:00"),
        (0.5, "0.250 kWh of load doubled"),
        (0.0, "0.250 kWh of load lost"),
        (None, "0.250 kWh of load lost"),
    ],
)
def test_energy_lost_or_doubled_is_seen_in_its_hour(seen: float | None, words: str) -> None:
    (found,) = hourly(hour(load=seen))
    assert str(found).startswith(words)


def test_what_the_next_slot_makes_good_is_neither_lost_nor_doubled() -> None:
    some = [slot(0, load=0.0), slot(1, load=0.5), slot(2), slot(3)]
    assert hourly(some) == total(some) == ()


def test_a_slot_that_was_never_recorded_is_lost_in_every_channel() -> None:
    found = slots({"start": (), "flags": ()}, {NOON: TRUE})
    assert {one.channel for one in hourly(found)} == set(CHANNELS)


def test_a_guessed_hour_is_judged_only_in_all() -> None:
    guessed = [slot(0, frozenset({"load"}), load=0.0), slot(1), slot(2), slot(3)]
    assert hourly(guessed) == ()
    assert [str(one) for one in total(guessed)] == ["0.250 kWh of load lost in all"]


def test_a_flag_of_one_channel_excuses_no_other() -> None:
    some = [slot(0, frozenset({"load"}), pv=0.0), slot(1), slot(2), slot(3)]
    assert [one.channel for one in hourly(some)] == ["pv"]


def test_hours_set_apart_are_judged_only_in_all() -> None:
    some = hour(water=0.4)
    assert hourly(some, apart={NOON}) == ()
    assert total(some)


def test_a_busy_machine_may_be_allowed_more() -> None:
    some = hour(load=0.4)
    assert hourly(some)
    assert energy.hourly(some, allowed=0.2) == energy.total(some, allowed=0.2) == ()


def test_what_moved_over_an_hours_edge_while_nobody_could_hear_is_judged_with_the_next() -> None:
    some = [slot(number) for number in range(8)]
    some[3], some[4] = slot(3, pv=0.1), slot(4, pv=0.4)
    assert [one.hour for one in hourly(some)] == [NOON, NOON + HOUR]
    assert hourly(some, joined={NOON + HOUR}) == ()
    some[4] = slot(4)
    (found,) = hourly(some, joined={NOON + HOUR})
    assert str(found) == "0.150 kWh of pv lost in the hour of 2026-06-01 12:00"


def test_small_errors_of_many_hours_add_up() -> None:
    some = [slot(number, charge=0.26) for number in range(24)]
    assert hourly(some) == ()
    (found,) = total(some)
    assert found == Difference(channel="charge", kwh=found.kwh)
    assert found.kwh == pytest.approx(0.24)
    assert worst(some) == pytest.approx(0.24)


def test_an_answer_of_the_recorder_is_laid_beside_the_truth() -> None:
    columns: dict[str, tuple[object, ...]] = {
        "start": ("2026-06-01T12:15:00+00:00", "2026-06-01T12:30:00+00:00"),
        "flags": ({"pv": ["gap"]}, {}),
        **{f"{one}_kwh": (1.0, None) for one in CHANNELS},
    }
    truth = {NOON + number * QUARTER: TRUE for number in range(3)}
    first, second, third = slots(columns, truth)
    assert [one.start for one in (first, second, third)] == sorted(truth)
    assert first.seen["load"] is None
    assert second.seen["load"] == 1.0
    assert second.flagged == frozenset({"pv"})
    assert third.seen["load"] is None


@pytest.mark.parametrize(
    ("ids", "twice"), [((), ()), (("a", "b"), ()), (("a", "b", "a", "c", "c"), ("a", "c"))]
)
def test_what_is_there_twice_is_named_once(ids: tuple[str, ...], twice: tuple[str, ...]) -> None:
    assert repeated(ids) == twice

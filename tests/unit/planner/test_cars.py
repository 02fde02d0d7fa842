"""Cars, as people speak of them, in the words of the planning problem."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from unit.planner.houses import NOON, PLAIN
from unit.planner.test_inputs import complete

from darkstar_common.config import Config
from darkstar_common.config import Ev as Car
from darkstar_common.contract import EnergyCounters, EvSet, Reading, Service, SlotObservation
from darkstar_common.slots import SLOT
from darkstar_planner.core.cars import Cars, cars, departure
from darkstar_planner.core.devices import Ev
from darkstar_planner.core.energy import EnergyRecord
from darkstar_planner.core.plan import plan

HOUR = timedelta(hours=1)
CAR = Car(capacity_kwh=50.0, departure="19:00")
HOUSE = PLAIN.model_copy(update={"evs": (CAR,)})
NOTHING = EnergyRecord(quantity="ev_kwh")


def parked(
    asked: EvSet | None,
    *,
    config: Config = HOUSE,
    charging: EnergyRecord = NOTHING,
    now: datetime = NOON,
    count: int = 96,
) -> Cars:
    said = {} if asked is None else {"car": asked}
    return cars(config, said, charging, now, count)


def the_car(asked: EvSet, **kwargs: object) -> Ev:
    (ev,) = parked(asked, **kwargs).evs  # type: ignore[arg-type]
    return ev


def half(**fields: object) -> EvSet:
    return EvSet.model_validate({"soc_percent": 50.0, "emitted_at": NOON} | fields)


def charged(kwh: float, *, start: datetime, slots: int) -> EnergyRecord:
    """So much energy, spread over closed slots."""
    record = NOTHING
    for number in range(slots):
        at = start + number * SLOT
        record = record.observed(
            SlotObservation(
                sender=Service.RECORDER, emitted_at=at + SLOT, start=at, ev_kwh=kwh / slots
            )
        )
    return record


def test_a_car_is_there_until_it_leaves_with_its_target() -> None:
    ev = the_car(half())
    # 19:00 in Stockholm is 18:00 UTC, six hours from noon
    assert ev.departure_slot == 24
    assert ev.available == (True,) * 24 + (False,) * 72
    assert ev.stored_kwh == 25.0
    assert ev.target_kwh == 40.0
    assert ev.max_charge_kw == 11.0
    assert ev.min_charge_kw == 1.4
    assert ev.target_penalty_per_kwh == 10.0
    assert ev.charge_efficiency == 0.9


def test_what_is_asked_for_goes_before_what_is_configured() -> None:
    asked = half(target_percent=90.0, departure=NOON + 2 * HOUR + SLOT / 3)
    ev = the_car(asked)
    assert ev.target_kwh == 45.0
    assert ev.departure_slot == 8, "it must be done when the slot it leaves in begins"


def test_a_departure_that_is_over_makes_way_for_the_daily_one() -> None:
    assert the_car(half(departure=NOON - HOUR)).departure_slot == 24


def test_a_car_that_is_away_is_not_planned_for() -> None:
    assert parked(half(connected=False)) == Cars()


def test_an_unknown_charge_is_never_made_up() -> None:
    found = parked(EvSet(emitted_at=NOON))
    assert found.evs == ()
    (said,) = found.why
    assert said.startswith("nothing is planned for car: its state of charge is not known")
    assert said.endswith("send soc_percent to ev/car/set")


def test_a_car_nobody_spoke_of_is_not_planned_for_and_that_is_said() -> None:
    found = parked(None)
    assert found.evs == ()
    assert found.why == (
        "nothing is planned for car: whether it is connected is not known; say so with ev/car/set",
    )


def test_a_house_without_cars_has_nothing_to_say_of_them() -> None:
    assert parked(half(), config=PLAIN) == Cars()


def test_what_was_charged_since_is_in_the_car() -> None:
    now = NOON + 2 * HOUR
    ev = the_car(half(), charging=charged(10.0, start=NOON, slots=8), now=now)
    assert ev.stored_kwh == pytest.approx(25.0 + 0.9 * 10.0)


def test_only_what_was_charged_since_it_was_said_counts() -> None:
    record = charged(10.0, start=NOON - HOUR, slots=4)
    assert the_car(half(), charging=record).stored_kwh == 25.0
    late = half(emitted_at=NOON - SLOT / 2)
    assert the_car(late, charging=record).stored_kwh == pytest.approx(25.0 + 0.9 * 1.25)


def test_the_live_counter_counts_before_the_slot_is_closed() -> None:
    record = NOTHING
    for minute in range(6):
        at = NOON + timedelta(minutes=minute)
        counted = Reading(value=100 + minute / 10, measured_at=at)
        record = record.counted(
            EnergyCounters(sender=Service.EXECUTOR, emitted_at=at, ev_kwh=counted)
        )
    now = NOON + timedelta(minutes=5)
    assert the_car(half(), charging=record, now=now).stored_kwh == pytest.approx(25.45)


def test_a_car_never_holds_more_than_it_can() -> None:
    record = charged(100.0, start=NOON, slots=4)
    assert the_car(half(), charging=record, now=NOON + HOUR).stored_kwh == 50.0


def test_connected_cars_share_the_one_counter_there_is() -> None:
    config = PLAIN.model_copy(update={"evs": (CAR, CAR.model_copy(update={"id": "van"}))})
    record, now = charged(8.0, start=NOON, slots=4), NOON + HOUR
    both = cars(config, {"car": half(), "van": half()}, record, now, 96).evs
    assert [one.stored_kwh for one in both] == pytest.approx([25 + 3.6] * 2)
    alone = cars(config, {"car": half(), "van": half(connected=False)}, record, now, 96).evs
    assert [one.stored_kwh for one in alone] == pytest.approx([25 + 7.2])


def test_a_car_that_leaves_beyond_the_horizon_asks_for_its_share() -> None:
    ev = the_car(half(departure=NOON + 48 * HOUR), count=96)
    assert ev.departure_slot is None
    assert ev.available == (True,) * 96
    assert ev.target_kwh == pytest.approx(25.0 + 15.0 / 2)


def test_a_car_that_has_enough_asks_for_no_more() -> None:
    assert the_car(half(soc_percent=95.0, departure=NOON + 48 * HOUR)).target_kwh == 47.5


def test_a_car_that_leaves_at_once_is_reported_and_not_charged() -> None:
    ev = the_car(half(departure=NOON + SLOT / 3))
    assert ev.departure_slot == 0
    assert not any(ev.available or ())


@pytest.mark.parametrize(
    ("now", "clock", "leaves"),
    [
        ("2026-01-01T12:00+00:00", "07:00", "2026-01-02T06:00+00:00"),
        ("2026-01-01T12:00+00:00", "13:00", "2026-01-02T12:00+00:00"),
        ("2026-01-01T12:00+00:00", "13:01", "2026-01-01T12:01+00:00"),
        ("2026-01-01T23:30+00:00", "00:15", "2026-01-02T23:15+00:00"),
        ("2026-01-01T23:10+00:00", "00:15", "2026-01-01T23:15+00:00"),
        # the clock is moved from 2 to 3, so half past two is half past three
        ("2026-03-28T12:00+00:00", "07:00", "2026-03-29T05:00+00:00"),
        ("2026-03-28T12:00+00:00", "02:30", "2026-03-29T01:30+00:00"),
        # and back from 3 to 2: the first of the two
        ("2026-10-24T12:00+00:00", "07:00", "2026-10-25T06:00+00:00"),
        ("2026-10-24T12:00+00:00", "02:30", "2026-10-25T00:30+00:00"),
        ("2026-10-25T00:45+00:00", "02:30", "2026-10-26T01:30+00:00"),
    ],
)
def test_the_daily_departure_is_a_time_on_the_local_clock(
    now: str, clock: str, leaves: str
) -> None:
    car = CAR.model_copy(update={"departure": clock})
    moment = datetime.fromisoformat(now)
    assert departure(car, half(), PLAIN.zone, moment) == datetime.fromisoformat(leaves)


MINUTES = st.integers(0, 2 * 365 * 24 * 60)


@settings(deadline=None)
@given(minute=MINUTES, clock=st.integers(0, 24 * 60 - 1))
def test_the_next_departure_is_ahead_and_within_a_day_and_an_hour(minute: int, clock: int) -> None:
    now = datetime(2025, 1, 1, tzinfo=UTC) + timedelta(minutes=minute)
    car = CAR.model_copy(update={"departure": f"{clock // 60:02}:{clock % 60:02}"})
    ahead = departure(car, half(), PLAIN.zone, now) - now
    assert timedelta(0) < ahead <= timedelta(hours=25)


@settings(deadline=None)
@given(
    minute=MINUTES,
    clock=st.integers(0, 24 * 60 - 1),
    soc=st.floats(0, 100),
    target=st.floats(0, 100),
    count=st.integers(1, 192),
)
def test_any_car_at_any_time_is_part_of_a_problem(
    minute: int, clock: int, soc: float, target: float, count: int
) -> None:
    now = datetime(2025, 1, 1, tzinfo=UTC) + timedelta(minutes=minute)
    car = CAR.model_copy(update={"departure": f"{clock // 60:02}:{clock % 60:02}"})
    config = PLAIN.model_copy(update={"evs": (car,)})
    asked = half(soc_percent=soc, target_percent=target, emitted_at=now)
    ev = the_car(asked, config=config, now=now, count=count)
    there = ev.available or ()
    assert len(there) == count
    assert sum(there) == (count if ev.departure_slot is None else ev.departure_slot)
    assert ev.target_kwh is not None
    assert ev.target_kwh <= max(target, soc) / 100 * 50 + 1e-9


def test_the_car_is_full_when_it_leaves() -> None:
    inputs = complete(HOUSE)
    made = plan(replace(inputs, cars={"car": half()}).planned(NOON).problem)
    assert made.checks.passed
    assert made.slots[23].evs["car"].stored_kwh == pytest.approx(40.0)
    assert all(one.evs["car"].charge_kw == 0 for one in made.slots[24:])

"""What to ask of Home Assistant, and readings and prices out of its answers."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from darkstar_common.slots import SLOT
from darkstar_recorder.core.backfilled import (
    PRICE,
    BackfillRefusedError,
    Source,
    entities,
    factor,
    of_hours,
    of_states,
    prices_of_hours,
    prices_of_states,
    source,
)
from darkstar_recorder.core.memories import Hour, Known, State

NOON = datetime(2026, 9, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
WH = Source(channel="load", entity="sensor.load", history_factor=0.001, statistics_factor=1.0)
PRICED = Source(channel=PRICE, entity="sensor.price", history_factor=0.01, statistics_factor=0.01)


def state(minutes: float, text: str) -> State:
    return State(at=NOON + timedelta(minutes=minutes), text=text)


def test_the_entities_are_those_of_the_roles_and_of_the_price() -> None:
    roles = {
        "load_energy": "sensor.load",
        "battery_soc": "sensor.soc",
        "grid_power": "sensor.grid",
        "water_setpoint": "number.tank",
    }
    assert entities(roles, "sensor.spot") == {
        "load": "sensor.load",
        "soc": "sensor.soc",
        PRICE: "sensor.spot",
    }


def test_no_entity_at_all_is_refused_with_a_way_out() -> None:
    with pytest.raises(BackfillRefusedError, match=r"set executor\.roles, such as load_energy"):
        entities({"grid_power": "sensor.grid"}, None)


def test_a_role_that_is_no_entity_id_is_refused_by_name() -> None:
    with pytest.raises(BackfillRefusedError, match=r"executor\.roles\.pv_energy is 'abc123'"):
        entities({"pv_energy": "abc123"}, None)


@pytest.mark.parametrize(
    ("channel", "unit", "currency", "expected"),
    [
        ("load", "Wh", "SEK", 0.001),
        ("pv", "kWh", "SEK", 1.0),
        ("ev", "MWh", "SEK", 1000.0),
        ("load", "kW", "SEK", None),
        ("load", None, "SEK", None),
        ("soc", "%", "SEK", 1.0),
        ("soc", "kWh", "SEK", None),
        (PRICE, "SEK/kWh", "SEK", 1.0),
        (PRICE, "kr/kWh", "SEK", 1.0),
        (PRICE, "öre/kWh", "SEK", 0.01),
        (PRICE, "Öre/kWh", "SEK", 0.01),
        (PRICE, "SEK/MWh", "SEK", 0.001),
        (PRICE, "€/MWh", "EUR", 0.001),
        (PRICE, "ct/kWh", "EUR", 0.01),
        (PRICE, "EUR/kWh", "SEK", None),
        (PRICE, "ct/kWh", "SEK", None),
        (PRICE, "SEK", "SEK", None),
    ],
)
def test_units_are_converted_or_refused(
    channel: str, unit: str | None, currency: str, expected: float | None
) -> None:
    found = factor(channel, unit, currency)
    assert found == (None if expected is None else pytest.approx(expected))


def test_a_counter_with_both_memories_uses_both() -> None:
    known = Known(unit="Wh", statistics_unit="kWh", has_sum=True)
    assert source("load", "sensor.load", known, "SEK") == WH


def test_a_counter_without_long_term_statistics_has_its_history_alone() -> None:
    found = source("water", "sensor.water", Known(unit="kWh"), "SEK")
    assert (found.history_factor, found.statistics_factor) == (1.0, None)


def test_statistics_without_a_sum_are_none_of_a_counter() -> None:
    known = Known(unit="kWh", statistics_unit="kWh", has_mean=True)
    assert source("load", "sensor.load", known, "SEK").statistics_factor is None


@pytest.mark.parametrize(
    ("channel", "known", "said"),
    [
        ("load", None, "knows no sensor.x, which is to be load"),
        ("load", Known(unit="W"), "sensor.x is in W, and load is wanted in Wh, kWh, MWh"),
        ("load", Known(), "sensor.x is in no unit"),
        ("soc", Known(unit="V"), "is wanted in %"),
        (PRICE, Known(unit="EUR/kWh"), "is wanted in SEK/kWh; name another entity"),
    ],
)
def test_a_wrong_entity_is_refused_in_one_sentence(
    channel: str, known: Known | None, said: str
) -> None:
    with pytest.raises(BackfillRefusedError, match=said):
        source(channel, "sensor.x", known, "SEK")


def test_the_history_becomes_readings_without_what_was_unknown() -> None:
    texts = ("1000", "unavailable", "unknown", "", "nan", "inf", "1500.5")
    states = [state(minute, text) for minute, text in enumerate(texts)]
    found = [(one.measured_at, one.value) for one in of_states(WH, states)]
    assert found == [(NOON, 1.0), (NOON + timedelta(minutes=6), pytest.approx(1.5005))]


def test_a_counter_that_shows_nothing_new_for_an_hour_stands_still() -> None:
    states = [state(0, "1000"), state(60, "1100"), state(300, "1200"), state(309, "1300")]
    found = [((one.measured_at - NOON).seconds / 60, one.value) for one in of_states(WH, states)]
    assert found == [(0, 1.0), (60, 1.1), (291, 1.1), (300, 1.2), (309, 1.3)]


def test_changes_in_a_burst_do_not_squeeze_the_energy_before_them() -> None:
    states = [state(0, "1000"), state(300, "1200"), state(300.001, "1210"), state(300.002, "1215")]
    held = list(of_states(WH, states))[1]
    assert (held.measured_at, held.value) == (NOON + timedelta(minutes=299), 1.0)


def test_what_was_unavailable_meanwhile_did_not_stand_still() -> None:
    states = [state(0, "1000"), state(150, "unavailable"), state(300, "1200")]
    assert len(list(of_states(WH, states))) == 2


def test_a_charge_lasts_until_it_changes() -> None:
    soc = Source(channel="soc", entity="sensor.soc", history_factor=1.0, statistics_factor=None)
    states = [state(5, "40"), state(50, "41"), state(55, "42")]
    found = [((one.measured_at - NOON).seconds / 60, one.value) for one in of_states(soc, states)]
    assert found == [(5, 40), (15, 40), (30, 40), (45, 40), (50, 41), (55, 42)]


def test_an_hour_of_a_counter_is_a_reading_at_its_end() -> None:
    found = list(of_hours(WH, [Hour(start=NOON, sum=3.5), Hour(start=NOON + HOUR)]))
    assert [(one.channel, one.measured_at, one.value) for one in found] == [
        ("load", NOON + HOUR, 3.5)
    ]


def test_an_hour_of_a_battery_is_a_reading_in_its_middle() -> None:
    soc = Source(channel="soc", entity="sensor.soc", history_factor=1.0, statistics_factor=1.0)
    (found,) = of_hours(soc, [Hour(start=NOON, mean=41.5, sum=7.0)])
    assert (found.measured_at, found.value) == (NOON + HOUR / 2, 41.5)


def test_an_hours_mean_is_the_price_of_its_four_slots() -> None:
    found = prices_of_hours(PRICED, [Hour(start=NOON, mean=-20.0), Hour(start=NOON + HOUR)])
    assert found == {NOON + number * SLOT: -0.2 for number in range(4)}


def test_the_price_of_a_slot_is_what_is_shown_in_its_middle() -> None:
    states = [state(0.1, "50"), state(15.2, "60"), state(29.9, "unavailable"), state(31, "70")]
    found = prices_of_states(PRICED, states, NOON + HOUR)
    assert found == {
        NOON: pytest.approx(0.5),
        NOON + SLOT: pytest.approx(0.6),
        NOON + 2 * SLOT: pytest.approx(0.7),
        NOON + 3 * SLOT: pytest.approx(0.7),
    }


def test_a_price_is_believed_for_six_hours() -> None:
    found = prices_of_states(PRICED, [state(0, "50")], NOON + 24 * HOUR)
    assert max(found) == NOON + 6 * HOUR - SLOT
    assert len(found) == 24

"""`darkstar-recorder backfill`, against the stand-in of Home Assistant."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from support.desks import a_desk
from support.fake_home_assistant import (
    TOKEN,
    FakeHomeAssistant,
    fake_home_assistant,
    hour,
    metadata,
)
from support.stores import empty_history

from darkstar_common.config import Config
from darkstar_common.runtime import Secrets
from darkstar_common.slots import SLOT
from darkstar_recorder.core.filling import edges
from darkstar_recorder.core.flags import GAP, HOURLY, LUMP
from darkstar_recorder.core.slots import SlotEnergy
from darkstar_recorder.store import Store
from darkstar_recorder.store.slots import SlotRow
from darkstar_recorder.tools.backfill import BACKFILL, PIECES
from darkstar_recorder.tools.tool import Desk, Stopped, ToolError

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
NOW = datetime(2026, 9, 30, 12, 7, tzinfo=UTC)
BEGIN = datetime(2026, 9, 18, tzinfo=UTC)
FINE = NOW.replace(minute=0) - 2 * DAY
"""Home Assistant's history begins here."""
LOAD, WATER, SOC, PRICE = "sensor.load", "sensor.water", "sensor.soc", "sensor.price"
ROLES = {"load_energy": LOAD, "water_energy": WATER, "battery_soc": SOC}


@pytest.fixture
def home() -> Iterator[FakeHomeAssistant]:
    with fake_home_assistant() as fake:
        remember(fake)
        yield fake


def remember(fake: FakeHomeAssistant) -> None:
    """12 days of all but the heater by the hour; 2 days of all, as fine as a sensor."""
    hours = int((NOW - BEGIN) / HOUR)
    learn(fake, metadata(LOAD, "Wh", energy=True), {"sum": 400.0}, hours)
    learn(fake, metadata(PRICE, "öre/kWh", has_sum=False), {"mean": 0.5}, hours)
    learn(fake, metadata(SOC, "%", has_sum=False), {"mean": 0.02}, hours)
    fake.units |= {LOAD: "Wh", WATER: "kWh", SOC: "%", PRICE: "öre/kWh"}
    steps = int((NOW - FINE) / (5 * 60 * timedelta(seconds=1)))
    for number in range(steps + 1):
        at = FINE + number * timedelta(minutes=5)
        fake.states.setdefault(LOAD, []).append((at, f"{50 * number}"))
        fake.states.setdefault(SOC, []).append((at, f"{number % 100}"))
        if number % 3 == 0:
            fake.states.setdefault(WATER, []).append((at, f"{0.25 * number / 3}"))
            fake.states.setdefault(PRICE, []).append((at, f"{number}"))


def learn(
    fake: FakeHomeAssistant, head: dict[str, Any], grows: dict[str, float], hours: int
) -> None:
    ((kind, step),) = grows.items()
    name = head["statistic_id"]
    fake.metadata[name] = head
    fake.hours[name] = {
        (BEGIN + number * HOUR).timestamp(): hour(BEGIN, **{kind: step * (number + 1)})
        for number in range(hours)
    }


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = Store(empty_history(tmp_path / "history.duckdb"))
    yield opened
    opened.close()


@pytest.fixture
def desk(home: FakeHomeAssistant, store: Store, tmp_path: Path) -> Desk:
    return replace(
        a_desk(store, tmp_path),
        config=config(home),
        secrets=Secrets(home_assistant_token=TOKEN),
        now=NOW,
    )


def config(home: FakeHomeAssistant, **roles: str) -> Config:
    return Config.model_validate(
        {
            "home_assistant": {"url": home.url},
            "executor": {"roles": ROLES | roles},
            "recorder": {"price_entity": PRICE},
        }
    )


def backfill(desk: Desk, since: datetime = BEGIN, *, again: bool = False) -> int:
    return BACKFILL.run(desk, Namespace(since=since, again=again))


def rows(store: Store) -> dict[datetime, SlotRow]:
    return {one.start: one for one in store.slots(BEGIN - DAY, NOW + DAY)}


def test_the_older_past_comes_by_the_hour_and_the_last_days_as_they_were(
    desk: Desk, store: Store
) -> None:
    assert backfill(desk) == 0
    found = rows(store)
    old, fine = found[FINE - 5 * DAY], found[FINE + DAY]
    assert old.kwh == {"load": pytest.approx(0.1)}
    assert old.flags["load"] & HOURLY
    assert old.source == "statistics"
    assert fine.kwh == {"load": pytest.approx(0.15), "water": pytest.approx(0.25)}
    assert (fine.flags, fine.source) == ({}, "history")


def test_no_slot_is_missing_where_the_two_memories_meet(desk: Desk, store: Store) -> None:
    backfill(desk)
    found = rows(store)
    first = BEGIN + HOUR  # what the counter showed before its first hour nobody knows
    slots = int((NOW.replace(minute=0) - first) / SLOT)
    assert all("load" in found[first + number * SLOT].kwh for number in range(slots))


def test_prices_and_the_state_of_charge_come_too(desk: Desk, store: Store) -> None:
    backfill(desk)
    found = rows(store)
    number = int((FINE - 5 * DAY - BEGIN) / HOUR)
    old, fine = found[FINE - 5 * DAY], found[FINE + DAY]
    assert old.spot_per_kwh == pytest.approx(0.005 * (number + 1))
    assert fine.spot_per_kwh == pytest.approx(0.01 * 12 * 24)
    assert fine.import_per_kwh == pytest.approx(desk.config.tariff.import_price(2.88, FINE))
    assert (fine.soc_percent_start, fine.soc_percent_end) == (88, 91)
    assert found[FINE - 5 * DAY + SLOT].soc_percent_end == pytest.approx(0.02 * (number + 1))


def test_a_second_run_changes_no_row_and_asks_little(
    desk: Desk, store: Store, home: FakeHomeAssistant
) -> None:
    backfill(desk)
    before, asked = rows(store), len(home.asked)
    backfill(desk)
    assert rows(store) == before
    assert len(home.asked) - asked < 12


def test_asked_again_it_changes_no_row_either(desk: Desk, store: Store) -> None:
    backfill(desk)
    before = rows(store)
    backfill(desk, again=True)
    assert rows(store) == before


def test_what_was_measured_better_stays(desk: Desk, store: Store) -> None:
    start = FINE - 5 * DAY
    store.replace_slots([SlotEnergy(start=start, kwh={"load": 7.0})], "counters", NOW)
    backfill(desk)
    assert rows(store)[start].kwh == {"load": 7.0}
    assert "counters" in rows(store)[start].source


@pytest.mark.parametrize("commands", [3, 9, 30, 45])
def test_an_interrupted_one_goes_on_and_ends_alike(
    desk: Desk, store: Store, home: FakeHomeAssistant, tmp_path: Path, commands: int
) -> None:
    whole = Store(tmp_path / "whole.duckdb")
    backfill(replace(desk, opened=whole))
    asked = len(home.asked)
    home.hangs_up_after = asked + commands
    with pytest.raises(ToolError, match="hung up"):
        backfill(desk)
    home.hangs_up_after = None
    backfill(desk)
    assert rows(store) == rows(whole)
    whole.close()


def test_it_stops_when_nobody_waits_for_it(desk: Desk, store: Store) -> None:
    left = iter(range(10))

    def checkpoint() -> None:
        if next(left, None) is None:
            raise Stopped

    with pytest.raises(Stopped):
        backfill(replace(desk, checkpoint=checkpoint))
    backfill(desk)
    assert BEGIN + HOUR in rows(store)


def test_an_earlier_beginning_fetches_what_is_older(desk: Desk, store: Store) -> None:
    backfill(desk, FINE - DAY)
    assert min(rows(store)) == FINE - DAY
    backfill(desk)
    assert BEGIN + HOUR in rows(store)


def test_a_week_later_it_goes_on_where_it_was(
    desk: Desk, store: Store, home: FakeHomeAssistant
) -> None:
    backfill(desk)
    last = FINE + int((NOW - FINE) / (5 * timedelta(minutes=1))) * timedelta(minutes=5)
    shown = float(home.states[LOAD][-1][1])
    for number in range(1, 13):
        at = last + number * timedelta(minutes=5)
        home.states[LOAD].append((at, f"{shown + 100 * number}"))
    backfill(replace(desk, now=NOW + HOUR))
    found = rows(store)[NOW.replace(minute=15)]
    assert found.kwh["load"] == pytest.approx(0.3)


def test_a_heater_that_rests_over_a_border_of_days_has_no_gap(
    desk: Desk, store: Store, home: FakeHomeAssistant
) -> None:
    midnight = (FINE + DAY).replace(hour=0)
    home.states[WATER] = [
        (FINE, "1.0"), (midnight - 5 * HOUR, "2.0"), (midnight - 4 * HOUR, "2.5"),
        (midnight + 6 * HOUR, "2.6"), (midnight + 7 * HOUR, "unavailable"),
        (midnight + 9 * HOUR, "3.6"), (midnight + 9 * HOUR + SLOT, "3.7"),
    ]  # fmt: skip
    backfill(desk)
    found = {at: row for at, row in rows(store).items() if "water" in row.kwh}
    flagged = [at for at, row in found.items() if row.flags.get("water", 0) & GAP]
    assert found[midnight].kwh["water"] == 0.0
    assert min(at for at in flagged if at >= midnight) == midnight + 6 * HOUR
    assert sum(row.kwh["water"] for row in found.values()) == pytest.approx(2.7)


def test_sums_below_zero_are_as_good_as_others(
    desk: Desk, store: Store, home: FakeHomeAssistant
) -> None:
    for number, row in enumerate(home.hours[LOAD].values()):
        row["sum"] = 400.0 * number - 40_000.0  # it is zero on the fifth day [Wh]
    backfill(desk)
    hourly = [row.kwh["load"] for at, row in rows(store).items() if BEGIN + HOUR <= at < FINE]
    assert hourly == pytest.approx([0.1] * len(hourly))


def test_a_freeze_over_the_border_of_two_pieces_is_divided(
    desk: Desk, store: Store, home: FakeHomeAssistant
) -> None:
    border = datetime(2026, 9, 4, tzinfo=UTC)
    since = border - 3 * DAY
    assert border in edges(since, FINE, PIECES["statistics"])
    shown = 0.0
    for number in range(int((NOW - since) / HOUR)):
        at = since + number * HOUR
        if not border - 9 * HOUR <= at < border + 9 * HOUR:
            shown = 400.0 * number
        home.hours[LOAD][at.timestamp()] = hour(at, sum=shown)
    backfill(desk, since)
    found = {row.start: row for row in store.slots(since, NOW)}
    lump = [at for at, row in found.items() if row.flags.get("load", 0) & LUMP]
    assert (lump[0], lump[-1]) == (border - 9 * HOUR, border + 10 * HOUR - SLOT)
    assert [found[at].kwh["load"] for at in lump] == pytest.approx([0.1] * len(lump))


@pytest.mark.parametrize(("profile", "first"), [("usual", 0.2), ("even", 0.1)])
def test_an_hour_divides_as_the_house_usually_does(
    desk: Desk, store: Store, profile: str, first: float
) -> None:
    some = desk.config.recorder.model_copy(update={"gap_profile": profile})
    desk = replace(desk, config=desk.config.model_copy(update={"recorder": some}))
    known = [
        SlotEnergy(start=at, kwh={"load": 0.4 if at.minute < 30 else 0.0})
        for at in (NOW.replace(minute=0) - number * SLOT for number in range(1, 4 * 96))
    ]
    store.replace_slots(known, "counters", NOW)
    backfill(desk)
    hour = rows(store)[FINE - 5 * DAY]
    assert hour.kwh["load"] == pytest.approx(first)


def test_progress_is_told(desk: Desk) -> None:
    told: list[tuple[int, int]] = []
    backfill(replace(desk, progress=lambda done, whole: told.append((done, whole))))
    assert told
    assert all(0 < done <= whole for done, whole in told)
    assert told[-1][0] == told[-1][1]


def test_what_came_of_it_is_said_in_a_line(desk: Desk) -> None:
    told: list[str] = []
    backfill(replace(desk, tell=told.append))
    assert len(told) == 1
    assert told[0].startswith("4 channels since 2026-09-18: ")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"load_energy": "sensor.nobody"}, "knows no sensor.nobody, which is to be load"),
        ({"load_energy": SOC}, "sensor.soc is in %, and load is wanted in Wh, kWh, MWh"),
        ({"load_energy": "abc"}, r"executor\.roles\.load_energy is 'abc'"),
    ],
)
def test_a_wrong_entity_is_one_sentence_and_changes_nothing(
    desk: Desk, store: Store, home: FakeHomeAssistant, change: dict[str, str], said: str
) -> None:
    with pytest.raises(ToolError, match=said):
        backfill(replace(desk, config=config(home, **change)))
    assert rows(store) == {}


def test_without_an_address_or_a_token_it_says_what_to_set(desk: Desk) -> None:
    with pytest.raises(ToolError, match=r"home_assistant\.url is not set"):
        backfill(replace(desk, config=Config()))
    with pytest.raises(ToolError, match="DARKSTAR_HOME_ASSISTANT_TOKEN"):
        backfill(replace(desk, secrets=Secrets()))


def test_the_future_is_no_past(desk: Desk) -> None:
    with pytest.raises(ToolError, match="--from 2026-10-01 is no past"):
        backfill(desk, NOW + DAY)

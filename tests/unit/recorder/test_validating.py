"""`darkstar-recorder validate`, against the stand-in of Home Assistant and against a file."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from support.desks import Heard, a_desk
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
from darkstar_recorder.core.flags import GAP
from darkstar_recorder.core.slots import SlotEnergy
from darkstar_recorder.store import Store
from darkstar_recorder.tools.tool import ToolError
from darkstar_recorder.tools.validating import VALIDATE

HOUR = timedelta(hours=1)
BEGIN = datetime(2026, 9, 20, tzinfo=UTC)
NOW = datetime(2026, 9, 25, 12, tzinfo=UTC)
LOAD, WATER = "sensor.load", "sensor.water"
HOURS = int((NOW - BEGIN) / HOUR)


@pytest.fixture
def home() -> Iterator[FakeHomeAssistant]:
    """A kilowatt-hour an hour by statistics; a heater of half of it without."""
    with fake_home_assistant() as fake:
        fake.metadata[LOAD] = metadata(LOAD, "kWh", energy=True)
        fake.hours[LOAD] = {
            (BEGIN + number * HOUR).timestamp(): hour(BEGIN, sum=number + 1.0)
            for number in range(-1, HOURS)
        }
        fake.units[WATER] = "kWh"
        fake.states[WATER] = [
            (BEGIN + number * SLOT, f"{number / 8}") for number in range(-4, 4 * HOURS)
        ]
        yield fake


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = Store(empty_history(tmp_path / "history.duckdb"))
    write(opened, 4 * HOURS)
    yield opened
    opened.close()


def write(store: Store, slots: int, *, first: int = 0, load: float = 0.25, flags: int = 0) -> None:
    rows = [
        SlotEnergy(
            start=BEGIN + number * SLOT,
            kwh={"load": load, "water": 0.125},
            flags={"load": flags} if flags else {},
        )
        for number in range(first, first + slots)
    ]
    store.replace_slots(rows, "counters", NOW)


def validate(
    store: Store, tmp_path: Path, home: FakeHomeAssistant | None = None, **options: Any
) -> tuple[int, list[str]]:
    heard = Heard()
    roles = {"load_energy": LOAD, "water_energy": WATER}
    house = {
        "timezone": "Europe/Stockholm",
        "home_assistant": {"url": home.url if home else None},
        "executor": {"roles": roles},
    }
    desk = a_desk(
        store,
        tmp_path,
        heard=heard,
        config=Config.model_validate(house),
        now=NOW,
        secrets=Secrets(home_assistant_token=TOKEN),
    )
    wanted = {"against": "ha", "file": None, "days": 10, "tolerance": 0.1} | options
    return VALIDATE.run(desk, Namespace(**wanted)), heard.lines


def test_what_agrees_with_home_assistant_ends_well(
    store: Store, tmp_path: Path, home: FakeHomeAssistant
) -> None:
    code, lines = validate(store, tmp_path, home)
    assert code == 0
    assert lines[0].startswith("looked at 2026-09-20")
    assert lines[-1] == "5 days: 0 hours differ by more than 0.1 kWh, 0 unexplained"


def test_what_nobody_explains_is_listed_and_fails(
    store: Store, tmp_path: Path, home: FakeHomeAssistant
) -> None:
    write(store, 4, first=4 * 30, load=0.5)
    code, lines = validate(store, tmp_path, home)
    assert code == 1
    assert lines[1:] == [
        "2026-09-21 06:00 load: recorded 2.000 kWh, there 1.000 kWh: unexplained",
        "5 days: 1 hours differ by more than 0.1 kWh, 1 unexplained",
    ]


def test_what_is_flagged_is_listed_and_does_not_fail(
    store: Store, tmp_path: Path, home: FakeHomeAssistant
) -> None:
    write(store, 4, first=4 * 30, load=0.5, flags=GAP)
    code, lines = validate(store, tmp_path, home)
    assert code == 0
    assert lines[1].endswith("kWh: gap")


def forget(store: Store, first: int, last: int) -> None:
    """As if those slots had never been written."""
    gone = [SlotEnergy(start=BEGIN + number * SLOT) for number in range(first, last)]
    store.replace_slots(gone, "counters", NOW)


def test_an_hour_that_is_missing_is_listed_with_its_cause(
    store: Store, tmp_path: Path, home: FakeHomeAssistant
) -> None:
    forget(store, 4 * 30, 4 * 32)
    code, lines = validate(store, tmp_path, home)
    assert code == 0
    cause = "recorded unknown, there 2.000 kWh: not covered: 0 of 4 slots are recorded"
    assert [one for one in lines if " load: " in one] == [
        f"2026-09-21 06:00 to 2026-09-21 08:00 load: {cause}"
    ]


def test_a_day_that_is_missing_is_listed_with_the_way_out(
    store: Store, tmp_path: Path, home: FakeHomeAssistant
) -> None:
    forget(store, 4 * 22, 4 * 70)  # two local days
    code, lines = validate(store, tmp_path, home)
    assert code == 0
    known = "nothing is recorded, there load 48.000, water 24.000 kWh: not covered"
    assert lines[1] == (f"2026-09-21 to 2026-09-22: {known}; backfill --from 2026-09-21 fetches it")
    assert lines[-1].startswith("3 days: 0 hours differ")


def test_a_missing_day_of_which_the_file_knows_nothing_either(store: Store, tmp_path: Path) -> None:
    forget(store, 4 * 22, 4 * 46)
    known = [*range(4), *range(4 * 48, 4 * 49)]
    lines = [f"{BEGIN + number * SLOT:%Y-%m-%dT%H:%M:%SZ},0.25" for number in known]
    (tmp_path / "house.csv").write_text("\n".join(["start_utc,load_kwh", *lines]))
    _, lines = validate(store, tmp_path, against="csv", file=Path("house.csv"))
    assert (
        "2026-09-21: nothing is recorded: not covered, and nothing is known there either" in lines
    )


def test_only_days_that_the_file_knows_are_compared(store: Store, tmp_path: Path) -> None:
    lines = [f"{BEGIN + number * SLOT:%Y-%m-%dT%H:%M:%SZ},0.25" for number in range(96, 192)]
    (tmp_path / "house.csv").write_text("\n".join(["start_utc,load_kwh", *lines]))
    code, told = validate(store, tmp_path, against="csv", file=Path("house.csv"))
    assert code == 0, told
    assert told[0] == "looked at 2026-09-21 (low load), 2026-09-22 (recent)"
    assert told[-1].startswith("2 days: 24 hours differ")  # the hours that are of no such day


def test_a_file_of_other_days_is_refused(store: Store, tmp_path: Path) -> None:
    (tmp_path / "house.csv").write_text("start_utc,load_kwh\n2020-01-01T00:00:00Z,0.25")
    with pytest.raises(ToolError, match=r"house\.csv knows no day that is recorded"):
        validate(store, tmp_path, against="csv", file=Path("house.csv"))


def test_a_counter_without_statistics_is_compared_with_its_history(
    store: Store, tmp_path: Path, home: FakeHomeAssistant
) -> None:
    home.states[WATER] = [(at, f"{3 * float(text)}") for at, text in home.states[WATER]]
    code, lines = validate(store, tmp_path, home, days=1)
    assert code == 1
    assert all(" water: recorded 0.500 kWh, there 1.500 kWh" in one for one in lines[1:-1])


def test_the_tolerance_can_be_chosen(store: Store, tmp_path: Path, home: FakeHomeAssistant) -> None:
    write(store, 4, first=4 * 30, load=0.5)
    assert validate(store, tmp_path, home, tolerance=1.5)[0] == 0


def test_a_file_will_do(store: Store, tmp_path: Path) -> None:
    lines = [f"{BEGIN + number * SLOT:%Y-%m-%dT%H:%M:%SZ},0.25" for number in range(4 * HOURS)]
    lines[200] = lines[200].replace("0.25", "0.75")
    (tmp_path / "house.csv").write_text("\n".join(["start_utc,load_kwh", *lines]))
    code, told = validate(store, tmp_path, against="csv", file=Path("house.csv"))
    assert code == 1
    assert told[1:-1] == ["2026-09-22 02:00 load: recorded 1.000 kWh, there 1.500 kWh: unexplained"]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"against": "csv"}, "needs --file"),
        ({"against": "csv", "file": Path("nowhere.csv")}, r"nowhere\.csv: it cannot be read"),
        ({"against": "csv", "file": Path("bad.csv")}, r"bad\.csv: it has no column start_utc"),
        ({"against": "csv", "file": Path("old.db")}, r"old\.db: it is no CSV file"),
        ({"days": 0}, "--days is at least 1"),
        ({"tolerance": float("nan")}, "a number that is not negative"),
        ({}, r"home_assistant\.url is not set"),
    ],
)
def test_what_cannot_be_done_is_said_in_a_sentence(
    store: Store, tmp_path: Path, options: dict[str, Any], said: str
) -> None:
    (tmp_path / "bad.csv").write_text("a,b\n1,2\n")
    (tmp_path / "old.db").write_bytes(b"SQLite format 3\0\xff\xfe")
    with pytest.raises(ToolError, match=said):
        validate(store, tmp_path, **options)


def test_an_empty_memory_has_nothing_to_compare(tmp_path: Path, home: FakeHomeAssistant) -> None:
    empty = Store(tmp_path / "empty.duckdb")
    with pytest.raises(ToolError, match="no whole day is recorded yet"):
        validate(empty, tmp_path, home)
    empty.close()

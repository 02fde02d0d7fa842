"""Taking over a past: files of every kind, again and again, and back out."""

from __future__ import annotations

import json
import sqlite3
import zlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from functools import partial
from pathlib import Path

import polars as pl
import pytest
from support.desks import Heard, a_desk
from support.earlier_file import SCHEMA
from support.stores import A_MINUTE, empty_history

from darkstar_common.config import Config, Tariff, Window
from darkstar_common.contract import Notification, Service
from darkstar_common.slots import SLOT
from darkstar_recorder.commandline import parser, tool_named
from darkstar_recorder.core.flags import HOURLY, LUMP
from darkstar_recorder.core.slots import SlotEnergy
from darkstar_recorder.store import EXPORTED, Asked, Batch, Details, Store
from darkstar_recorder.store.caring import Caring
from darkstar_recorder.store.slots import SlotRow
from darkstar_recorder.tools.exporting import EXPORT
from darkstar_recorder.tools.importing import IMPORT
from darkstar_recorder.tools.tool import ToolError

NEW_YEAR = datetime(2026, 1, 1, tzinfo=UTC)
NOON = datetime(2025, 11, 16, 12, tzinfo=UTC)
AGES = (datetime(2000, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC))
ALL = (
    "start_utc,load_kwh,pv_kwh,import_kwh,export_kwh,charge_kwh,discharge_kwh,water_kwh,ev_kwh,"
    "soc_percent_start,soc_percent_end,spot_per_kwh\n"
    "2025-12-31T23:45Z,1,0,1.1,0,0,0,0.5,0,40,41,0.5\n"
    "2026-01-01T00:00Z,2,0.125,1.9,0,0,0,,0,41,,-0.25\n"
)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = Store(empty_history(tmp_path / "history.duckdb"))
    yield opened
    opened.close()


def call(store: Store, directory: Path, *arguments: str, config: Config | None = None) -> list[str]:
    """What a tool says when it is called."""
    options = parser(tools=(IMPORT, EXPORT)).parse_args(arguments)
    tool = tool_named(options.command, (IMPORT, EXPORT))
    heard = Heard()
    assert tool is not None
    assert tool.run(a_desk(store, directory, heard=heard, config=config), options) == 0
    return heard.lines


def everything(store: Store) -> list[SlotRow]:
    return store.slots(*AGES)


def test_all_channels_of_a_csv_are_taken_over_once(store: Store, tmp_path: Path) -> None:
    (tmp_path / "house.csv").write_text(ALL)
    first = call(store, tmp_path, "import", "house.csv")
    assert first == [f"house.csv: 2 slots read, 2 new in {store.path}"]
    before = everything(store)
    again = call(store, tmp_path, "import", "house.csv")
    assert again == [f"house.csv: 2 slots read, 0 new in {store.path}"]
    assert everything(store) == before
    assert before[0].kwh["ev"] == 0
    assert (before[0].kwh["import"], before[0].soc_percent_end) == (1.1, 41)
    assert "water" not in before[1].kwh
    tariff = Config().tariff
    assert before[1].import_per_kwh == tariff.import_price(-0.25, before[1].start)
    assert before[1].export_per_kwh == tariff.export_price(-0.25)


def test_a_grid_fee_by_the_hour_is_that_of_the_local_hour_of_an_imported_slot(
    store: Store, tmp_path: Path
) -> None:
    (tmp_path / "house.csv").write_text(ALL)
    dear = Window(per_kwh=1.0, hours=(1,))
    tariff = Tariff(vat_percent=0.0, energy_tax_per_kwh=0.0, grid_fee_windows=(dear,))
    call(store, tmp_path, "import", "house.csv", config=Config(tariff=tariff))
    bought = [one.import_per_kwh for one in everything(store)]  # from 00:45 and 01:00 local
    assert bought == pytest.approx([0.5 + tariff.grid_fee_per_kwh, -0.25 + 1.0])


def test_prices_alone_are_added_to_slots_that_are_there(store: Store, tmp_path: Path) -> None:
    store.add_slots([SlotEnergy(start=NEW_YEAR, kwh={"load": 1.0})], "counters", NEW_YEAR)
    (tmp_path / "prices.csv").write_text("start_utc,spot_per_kwh\n2026-01-01T00:00Z,0.5\n")
    assert call(store, tmp_path, "import", "prices.csv") == [
        f"prices.csv: 1 slots read, 0 new in {store.path}",
        "prices.csv: 1 slots have a price that had none",
    ]
    (slot,) = everything(store)
    assert (slot.spot_per_kwh, slot.price_kind, slot.kwh) == (0.5, "published", {"load": 1.0})


def test_what_was_measured_is_not_overwritten(store: Store, tmp_path: Path) -> None:
    store.add_slots([SlotEnergy(start=NEW_YEAR, kwh={"load": 9.0})], "counters", NEW_YEAR)
    (tmp_path / "house.csv").write_text(ALL)
    call(store, tmp_path, "import", "house.csv")
    _, slot = everything(store)
    assert (slot.kwh["load"], slot.kwh["pv"]) == (9.0, 0.125)


def test_a_long_import_lets_recording_go_on_after_each_thousand_slots(
    store: Store, tmp_path: Path
) -> None:
    """How long a thousand keep the file is a figure of `make bench-recorder`."""
    rows = [f"{NEW_YEAR + number * SLOT:%FT%TZ},0.5,0.25,1" for number in range(5_000)]
    (tmp_path / "year.csv").write_text("start_utc,load_kwh,pv_kwh,spot_per_kwh\n" + "\n".join(rows))
    there = list[int]()
    with ThreadPoolExecutor(max_workers=1) as recording:

        def record() -> None:
            note = Notification(
                sender=Service.EXECUTOR, emitted_at=NOON, kind="heartbeat", title="a", text="b"
            )
            commit = partial(store.commit, Batch(at=NOON, messages=(note,)))
            recording.submit(commit).result(timeout=60)
            there.append(len(everything(store)))

        options = parser(tools=(IMPORT,)).parse_args(("import", "year.csv"))
        desk = a_desk(store, tmp_path, checkpoint=record)
        assert IMPORT.run(desk, options) == 0
    assert there == [0, 1_000, 2_000, 3_000, 4_000]
    assert store.ask("notifications", *AGES, limit=100).row_count == len(there)


def test_a_dry_run_writes_nothing(store: Store, tmp_path: Path) -> None:
    (tmp_path / "house.csv").write_text(ALL)
    assert call(store, tmp_path, "import", "house.csv", "--dry-run") == [
        "house.csv: 2 slots read",
        f"nothing was written to {store.path}",
    ]
    assert everything(store) == []


@pytest.mark.parametrize("options", [[], ["--csv"]])
def test_what_is_exported_comes_back_identical(
    store: Store, tmp_path: Path, options: list[str]
) -> None:
    (tmp_path / "house.csv").write_text(ALL)
    call(store, tmp_path, "import", "house.csv")
    flagged = SlotEnergy(
        start=NEW_YEAR + SLOT, kwh={"load": 1 / 3, "pv": 0.0}, flags={"load": LUMP | HOURLY}
    )
    store.add_slots([flagged], "import", NEW_YEAR)
    call(store, tmp_path, "export", "out", *options)
    other = Store(tmp_path / "other.duckdb")
    call(other, tmp_path, "import", "out")
    assert everything(other) == everything(store)
    other.close()


def test_a_month_is_exported_and_polars_reads_it(store: Store, tmp_path: Path) -> None:
    (tmp_path / "house.csv").write_text(ALL)
    call(store, tmp_path, "import", "house.csv")
    said = call(
        store, tmp_path, "export", "out", "--from", "2026-01-01", "--until", "2026-02-01",
        "--table", "slots", "--table", "prices",
    )  # fmt: skip
    assert said == ["out/slots: 1 rows in 1 months", "out/prices: 1 rows in 1 months"]
    read = pl.read_parquet(tmp_path / "out/slots/month=2026-01/slots.parquet")
    assert read["start"].to_list() == [NEW_YEAR]
    assert read["load_kwh"].to_list() == [2]
    assert sorted(one.name for one in (tmp_path / "out").iterdir()) == ["prices", "slots"]


def test_an_empty_database_has_nothing_to_export(store: Store, tmp_path: Path) -> None:
    said = call(store, tmp_path, "export", "out")
    assert said == [f"out/{table}: 0 rows in 0 months" for table in EXPORTED]


def test_where_nothing_can_be_written_is_said_in_a_sentence(store: Store, tmp_path: Path) -> None:
    (tmp_path / "house.csv").write_text(ALL)
    call(store, tmp_path, "import", "house.csv")
    with pytest.raises(ToolError, match=r"house\.csv: it cannot be written"):
        call(store, tmp_path, "export", "house.csv")


# -- an earlier Darkstar

PLAN = json.dumps({"schedule": [{"start_time": "2025-11-16T13:00:00+01:00"}]})


@pytest.fixture
def earlier(tmp_path: Path) -> Path:
    """The file of an earlier Darkstar: slots and lumps, labels, episodes in every form."""
    path = tmp_path / "planner_learning.db"
    connection = sqlite3.connect(path)
    connection.executescript(SCHEMA)
    slots = [
        ("2025-11-16T13:00:00+01:00", 0.5, 1.5),
        ("2025-11-16T13:15:00+01:00", 0.0, 1.5),
        ("2025-11-16T13:30:00+01:00", 9.0, 1.5),
        ("nonsense", 0.5, 1.5),
        ("2026-01-01T14:00:00+01:00", 0.0, 2.5),  # the future, by the clock of these tests
    ]
    connection.executemany(
        "INSERT INTO slot_observations (slot_start, slot_end, load_kwh, import_price_sek_kwh) "
        "VALUES (?, '', ?, ?)",
        slots,
    )
    labels = [("2025-11-16", "mask_battery", "lumps"), ("2025-11-17", "fine", None)]
    connection.executemany("INSERT INTO data_quality_daily VALUES (?, ?, ?)", labels)
    forecasts = [
        ("2025-11-16T13:00:00+01:00", "aurora", 0.5, 0.25),
        ("2025-11-16T13:15:00+01:00", "aurora", 0.5, 0.0),
        ("2025-11-16T13:30:00+01:00", "aurora", "much", 0.25),
        ("2026-02-01T14:00:00+01:00", "aurora", 0.0, 0.25),
    ]
    connection.executemany("INSERT INTO slot_forecasts VALUES (?, ?, ?, ?, NULL, NULL)", forecasts)
    forms = {
        "episode_2025-11-16_13-00-00": PLAN,
        "plain-bytes": PLAN.encode(),
        "packed": zlib.compress(PLAN.encode()),
        "broken": zlib.compress(PLAN.encode())[:-9],
    }
    connection.executemany(
        "INSERT INTO training_episodes VALUES (?, '2025-11-16 12:00:00', NULL, NULL, ?, NULL)",
        forms.items(),
    )
    connection.commit()
    connection.close()
    return path


@pytest.mark.usefixtures("earlier")
def test_the_database_of_an_earlier_darkstar_is_taken_over_once(
    store: Store, tmp_path: Path
) -> None:
    name = "planner_learning.db"
    bad = [
        "nonsense: its time cannot be read; left out",
        "2025-11-16T12:30:00+00:00: load of 9 kWh was spread over 2 slots",
        "day 2025-11-17: its label is 'fine', none of clean, mask_battery, exclude; left out",
        "forecast 2025-11-16T13:30:00+01:00 aurora: pv_forecast_kwh is no number; left out",
    ]
    first = call(store, tmp_path, "import", name)
    assert first[:-5] == [
        f"{name}: 4 slots read, 3 new in {store.path}",
        f"{name}: 4 slots have a price that had none",
        f"{name}: 1 days with a label, 1 new",
        f"{name}: 3 forecasts of a slot read, 3 new",
        f"{name}: 3 episodes read, 3 new",
    ]
    assert first[-5:-1] == bad
    assert first[-1].startswith("episode broken: its schedule cannot be read")
    before = everything(store)
    assert [one.kwh.get("load") for one in before] == [0.5, 4.5, 4.5]
    assert [one.flags.get("load", 0) for one in before] == [0, LUMP, LUMP]
    assert [one.start for one in before] == [NOON + number * SLOT for number in range(3)]
    assert before[0].import_per_kwh == 1.5
    (label,) = store.day_labels(date(2025, 1, 1), date(2026, 1, 1))
    assert label.label == "mask_battery"
    again = call(store, tmp_path, "import", name)
    assert again[:4] == [
        f"{name}: 4 slots read, 0 new in {store.path}",
        f"{name}: 1 days with a label, 0 new",
        f"{name}: 3 forecasts of a slot read, 0 new",
        f"{name}: 3 episodes read, 0 new",
    ]
    assert everything(store) == before


@pytest.mark.usefixtures("earlier")
def test_forecasts_of_an_earlier_darkstar_are_asked_for_as_others_are_and_outlive_the_thinning(
    store: Store, tmp_path: Path
) -> None:
    call(store, tmp_path, "import", "planner_learning.db")
    while Caring(store.path).prune(Config().recorder.keep, NOON + timedelta(days=4000)):
        pass
    asked = Asked(what="forecasts", start=NOON, end=NOON + 3 * SLOT, limit=10)
    rows = store.answer(asked, A_MINUTE).columns
    assert rows["start"] == (NOON, NOON, NOON + SLOT)
    assert rows["quantity"] == ("load", "pv", "pv")
    assert rows["p50_kw"] == (1.0, 2.0, 2.0)
    assert rows["issued_at"] == rows["start"]
    assert set(rows["level"]) == {"predecessor"}
    ahead = replace(asked, details=Details(lead_hours=1))
    assert store.answer(ahead, A_MINUTE).columns["start"] == ()


@pytest.mark.usefixtures("earlier")
def test_a_span_of_an_earlier_darkstar_has_its_slots_days_and_episodes(
    store: Store, tmp_path: Path
) -> None:
    said = call(store, tmp_path, "import", "planner_learning.db", "--from", "2025-11-18")
    assert said[0] == f"planner_learning.db: 1 slots read, 0 new in {store.path}"
    assert not [line for line in said if "days" in line or "episodes read" in line]


def test_a_damaged_file_gives_what_can_be_read_of_it(
    store: Store, tmp_path: Path, earlier: Path
) -> None:
    connection = sqlite3.connect(earlier)
    connection.executemany(
        "INSERT INTO training_episodes VALUES (?, '2025-11-16 12:00:00', NULL, NULL, ?, NULL)",
        [(f"many-{number}", PLAN * 1 + " " * 3000) for number in range(200)],
    )
    connection.commit()
    connection.close()
    whole = earlier.read_bytes()
    earlier.write_bytes(whole[: len(whole) // 2] + bytes(len(whole) - len(whole) // 2))
    said = call(store, tmp_path, "import", "planner_learning.db")
    assert len(everything(store)) == 3
    assert any("training_episodes: the rest of it cannot be read" in line for line in said)


def test_any_other_sqlite_file_is_refused(store: Store, tmp_path: Path) -> None:
    connection = sqlite3.connect(tmp_path / "other.db")
    connection.execute("CREATE TABLE cats (name TEXT)")
    connection.close()
    with pytest.raises(ToolError, match=r"other\.db: it is no database of an earlier Darkstar"):
        call(store, tmp_path, "import", "other.db")


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (None, "it cannot be read: .*No such file"),
        (b"PAR1 no more of it, however long it may be", "it cannot be read"),
        (b"SQLite format 3\0 no more of it", "it cannot be read"),
        (b"\xff\xfe\x00", "it cannot be read"),
        (b"a,b\n", "it has no column start_utc"),
        (b"start_utc,load_kwh\n2026-01-01,much\n", "line 2: load_kwh is 'much', no number"),
    ],
)
def test_what_cannot_be_imported_is_named_and_changes_nothing(
    store: Store, tmp_path: Path, content: bytes | None, sentence: str
) -> None:
    if content is not None:
        (tmp_path / "past").write_bytes(content)
    with pytest.raises(ToolError, match=f"past: {sentence}"):
        call(store, tmp_path, "import", "past")
    assert everything(store) == []


def test_a_directory_without_files_is_refused(store: Store, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(ToolError, match="empty: there is no Parquet or CSV file"):
        call(store, tmp_path, "import", "empty")


@pytest.mark.parametrize("file", ["nothing.csv", "/dev/null"])
def test_an_empty_file_is_said_to_be_one(store: Store, tmp_path: Path, file: str) -> None:
    (tmp_path / "nothing.csv").touch()
    with pytest.raises(ToolError, match="it is empty"):
        call(store, tmp_path, "import", file)


def test_who_imports_a_copy_of_the_recorders_file_is_told_of_restore(
    store: Store, tmp_path: Path
) -> None:
    Caring(store.path).copy_to(tmp_path / "copy.duckdb")
    with pytest.raises(ToolError, match="put it back with `restore`"):
        call(store, tmp_path, "import", "copy.duckdb")


def test_many_findings_are_told_in_short(store: Store, tmp_path: Path) -> None:
    row = "2026-01-01T00:00Z,{0}\n"
    text = "start_utc,load_kwh\n" + "".join(row.format(number) for number in range(1, 40))
    (tmp_path / "house.csv").write_text(text)
    said = call(store, tmp_path, "import", "house.csv")
    assert len(said) == 22
    assert said[-1] == "and 18 more of the kind; --all names them"
    assert len(call(store, tmp_path, "import", "house.csv", "--all")) == 1 + 38


def test_bad_slots_do_not_hide_the_name_of_a_damaged_planning_run(
    store: Store, tmp_path: Path, earlier: Path
) -> None:
    connection = sqlite3.connect(earlier)
    connection.executemany(
        "INSERT INTO slot_observations (slot_start, slot_end) VALUES (?, '')",
        [(f"nonsense {number}",) for number in range(30)],
    )
    connection.commit()
    connection.close()
    said = call(store, tmp_path, "import", earlier.name)
    assert "and 12 more of the kind; --all names them" in said
    assert said[-1].startswith("episode broken: ")


def test_a_slot_that_knew_less_is_filled(store: Store, tmp_path: Path) -> None:
    (tmp_path / "house.csv").write_text("start_utc,pv_kwh\n2026-01-01T00:00Z,0.125\n")
    call(store, tmp_path, "import", "house.csv")
    (tmp_path / "house.csv").write_text("start_utc,load_kwh,pv_kwh\n2026-01-01T00:00Z,1,9\n")
    said = call(store, tmp_path, "import", "house.csv")
    assert said[-1] == "house.csv: 1 slots know more than before"
    (slot,) = everything(store)
    assert slot.kwh == {"load": 1.0, "pv": 0.125, "water": 0.0}
    assert replace(slot, kwh={}).flags == {}

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from darkstar_common.config import Tariff, Window
from darkstar_common.slots import SLOT
from darkstar_recorder.core.flags import GAP, HOURLY, LUMP, PARTIAL, POWER, RESET
from darkstar_recorder.core.ledger import Ledger, Page
from darkstar_recorder.core.readings import Reading
from darkstar_recorder.core.slots import SlotEnergy
from darkstar_recorder.store import (
    Batch,
    Store,
    StoreLockedError,
    StoreNewerError,
    StoreUnreadableError,
)
from darkstar_recorder.store.database import migrations, open_database

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
READING = Reading(channel="load", measured_at=NOON + SLOT, value=7.5)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "history.duckdb"


@pytest.fixture
def store(path: Path) -> Iterator[Store]:
    opened = Store(path)
    yield opened
    opened.close()


def slots(store: Store, **more: Any) -> dict[str, tuple[Any, ...]]:
    span: dict[str, Any] = {"start": NOON - SLOT * 100, "end": NOON + SLOT * 100, "limit": 1000}
    return store.ask("slots", **(span | more)).columns


def slot(kwh: float = 1.0, channel: str = "load", flags: int = 0, **more: Any) -> SlotEnergy:
    return SlotEnergy(start=NOON, kwh={channel: kwh}, flags={channel: flags}, **more)


def batch(*rows: SlotEnergy, **more: Any) -> Batch:
    """What writes `rows` as closed slots."""
    page = Page(rows=rows, closed=tuple(row.start for row in rows), **more)
    return Batch(at=NOON, page=page)


def test_a_new_file_has_the_newest_schema(path: Path) -> None:
    with open_database(path) as connection:
        found = connection.execute("SELECT version FROM schema_version ORDER BY 1").fetchall()
    assert [number for (number,) in found] == [number for number, _ in migrations()]


def test_each_migration_has_a_number_of_its_own() -> None:
    numbers = [number for number, _ in migrations()]
    assert numbers == sorted(set(numbers))


def test_a_migration_between_two_others_is_not_passed_over(path: Path) -> None:
    newest = max(number for number, _ in migrations())
    last = (newest + 2, "CREATE TABLE last_one (a INTEGER)")
    between = (newest + 1, "CREATE TABLE between_them (a INTEGER)")
    open_database(path, [*migrations(), last]).close()
    with open_database(path, [*migrations(), between, last]) as connection:
        assert connection.execute("SELECT * FROM between_them").fetchall() == []


def test_an_old_file_is_brought_up_to_date_and_keeps_its_rows(path: Path) -> None:
    with open_database(path) as connection:
        connection.execute("INSERT INTO reading VALUES ('pv', now()::TIMESTAMP, 3, NULL)")
    newest = migrations()[-1][0] + 1
    change = (newest, "ALTER TABLE reading ADD COLUMN note VARCHAR DEFAULT 'new'")
    with open_database(path, [*migrations(), change]) as connection:
        found = connection.execute("SELECT value, note FROM reading").fetchall()
    assert found == [(3.0, "new")]


def test_the_slots_and_the_last_readings_of_the_first_version_are_kept(path: Path) -> None:
    with open_database(path, migrations()[:3]) as old:
        old.execute(
            "INSERT INTO counter_state VALUES ('load', '2026-01-01 11:00', '2026-01-01 12:20', 7)"
        )
        old.execute(
            "INSERT INTO slot_observation (start_at, source, load_kwh, gap, closed) VALUES "
            "('2026-01-01 12:00', 'counters', 1.5, TRUE, TRUE), "
            "('2026-01-01 12:15', 'counters', 0.5, FALSE, FALSE)"
        )
    store = Store(path)
    (row,) = store.slots(NOON, NOON + SLOT * 9)
    held = store.ledger().readings["load"]
    store.close()
    assert (row.kwh, row.flags) == ({"load": 1.5}, {"load": GAP})
    assert [(one.measured_at - NOON, one.value) for one in held] == [
        (SLOT, 6.5), (SLOT * 4 / 3, 7.0),
    ]  # fmt: skip


def test_a_migration_that_fails_leaves_the_file_as_it_was(path: Path) -> None:
    open_database(path).close()
    newest = max(number for number, _ in migrations()) + 1
    broken = (newest, "CREATE TABLE half (a INTEGER); SELECT * FROM nowhere")
    with pytest.raises(Exception, match="nowhere"):
        open_database(path, [*migrations(), broken])
    with open_database(path) as connection:
        tables = {name for (name,) in connection.execute("SELECT table_name FROM duckdb_tables")
                  .fetchall()}  # fmt: skip
    assert "half" not in tables


def test_a_file_of_a_newer_version_is_refused(path: Path) -> None:
    with open_database(path) as connection:
        connection.execute("INSERT INTO schema_version (version) VALUES (99)")
    with pytest.raises(StoreNewerError, match=r"schema version 99.*install the newer") as caught:
        Store(path)
    assert (caught.value.found, caught.value.known) == (99, max(migrations())[0])


def test_a_file_that_is_no_database_is_refused(path: Path) -> None:
    path.write_text("start_utc,load_kwh\n" * 1000)
    with pytest.raises(StoreUnreadableError, match="cannot be opened"):
        Store(path)


def test_a_row_that_is_written_again_is_replaced_whole(store: Store) -> None:
    store.commit(batch(slot(1.0, flags=GAP)))
    store.commit(batch(slot(1.5, flags=RESET, soc_percent_end=40.0)))
    found = slots(store)
    assert found["load_kwh"] == (1.5,)
    assert found["import_kwh"] == (None,)
    assert found["soc_percent_end"] == (40.0,)
    assert found["quality"] == (["reset"],)


def test_closing_gives_the_slot_and_so_does_correcting_it(store: Store) -> None:
    (first,) = store.commit(batch(slot(1.0, flags=PARTIAL)))
    (second,) = store.commit(batch(slot(2.0)))
    assert (first["start"], first["load_kwh"], first["load_flags"]) == (NOON, 1.0, PARTIAL)
    assert (second["load_kwh"], second["load_flags"]) == (2.0, 0)


def test_what_was_not_announced_waits_for_it_over_a_restart(path: Path) -> None:
    before = Store(path)
    before.commit(batch(slot(), readings=(READING,)))
    before.close()
    store = Store(path)
    ledger = store.ledger()
    assert ledger.unannounced == (NOON,)
    (row,) = store.commit(Batch(at=NOON, page=Page(closed=ledger.unannounced)))
    assert row["start"] == NOON
    store.commit(Batch(at=NOON, announced=(NOON,)))
    assert store.ledger().unannounced == ()
    store.commit(batch(slot(2.0)))
    assert store.ledger().unannounced == (NOON,)
    store.close()


def test_readings_survive_and_the_larger_of_two_at_once(path: Path) -> None:
    before = Store(path)
    smaller = Reading(channel="load", measured_at=NOON + SLOT, value=7.25)
    before.commit(Batch(at=NOON, page=Page(readings=(READING,))))
    before.commit(Batch(at=NOON, page=Page(readings=(smaller,))))
    before.close()
    store = Store(path)
    assert store.ledger().readings == {"load": (READING,)}
    assert store.readings("load", NOON, NOON + SLOT) == []
    assert store.readings("load", NOON, NOON + 2 * SLOT) == [READING]
    store.close()


def test_a_batch_is_written_whole_or_not_at_all(store: Store) -> None:
    class Odd:
        pass

    page = Page(readings=(READING,), rows=(slot(),), closed=(NOON,))
    with pytest.raises(KeyError):
        store.commit(Batch(at=NOON, page=page, messages=(Odd(),)))  # type: ignore[arg-type]
    assert store.ledger() == Ledger()
    assert store.slots(NOON, NOON + SLOT) == []


_KILLED = """
import os, signal, sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from darkstar_recorder.core.ledger import Page
from darkstar_recorder.core.readings import Reading
from darkstar_recorder.core.slots import SlotEnergy
from darkstar_recorder.store import Batch, Store
noon = datetime(2026, 1, 1, 12, tzinfo=UTC)
store = Store(Path(sys.argv[1]))
for number in range(1, 8):
    at = noon + timedelta(minutes=number)
    store.commit(Batch(at=at, page=Page(
        readings=(Reading(channel="load", measured_at=at, value=number),),
        rows=(SlotEnergy(start=noon, kwh={"load": number}),),
        closed=(noon,),
    )))
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_what_was_committed_survives_a_kill_exactly_once(path: Path) -> None:
    killed = subprocess.run([sys.executable, "-c", _KILLED, str(path)], check=False)
    assert killed.returncode == -9
    store = Store(path)
    assert [one.value for one in store.ledger().readings["load"]] == list(range(1, 8))
    assert slots(store)["load_kwh"] == (7.0,)
    store.close()


_HOLDS = """
import sys
from pathlib import Path
from darkstar_recorder.store import Store
store = Store(Path(sys.argv[1]))
print("open", flush=True)
sys.stdin.read()
"""


def test_a_file_that_another_process_has_open_is_refused(path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", _HOLDS, str(path)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    ) as other:  # fmt: skip
        assert other.stdout is not None
        assert other.stdout.readline() == "open\n"
        with pytest.raises(StoreLockedError, match="another process has it open"):
            Store(path)
        other.communicate()


def imported(number: int = 0, load: float = 0.5) -> SlotEnergy:
    return SlotEnergy(start=NOON + number * SLOT, kwh={"load": load, "pv": 0.0, "water": 0.0})


def test_an_import_is_there_once_however_often_it_is_made(store: Store) -> None:
    assert store.add_slots([imported(0), imported(1)], "import", NOON).new == 2
    assert store.add_prices([(NOON, 0.1), (NOON + SLOT, 0.1)], None, UTC) == 2
    assert store.add_slots([imported(0, load=9.0), imported(2)], "import", NOON).new == 1
    assert store.add_prices([(NOON, 0.1)], None, UTC) == 0
    found = slots(store)
    assert found["load_kwh"] == (0.5, 0.5, 0.5)
    assert found["water_kwh"] == (0.0, 0.0, 0.0)
    assert found["spot_per_kwh"] == (0.1, 0.1, None)
    assert set(found["source"]) == {"import"}


@pytest.mark.parametrize(
    ("flags", "best"),
    [
        (0, "counters"),
        (RESET, "counters"),
        (GAP, "import"),
        (LUMP | RESET, "import"),
        (POWER, "import"),
        (HOURLY, "import"),
        (PARTIAL, "import"),
    ],
)
def test_of_two_sources_the_better_one_is_told(store: Store, flags: int, best: str) -> None:
    store.add_slots([slot(2.0)], "import", NOON)
    store.commit(batch(slot(flags=flags)))
    (row,) = store.slots(NOON, NOON + SLOT)
    assert row.source == best
    assert row.kwh == {"load": 1.0 if best == "counters" else 2.0}


def test_each_energy_is_the_best_that_any_source_knows(store: Store) -> None:
    store.commit(batch(SlotEnergy(start=NOON, kwh={"load": 1.0, "pv": 3.0}, flags={"load": GAP})))
    store.add_slots(
        [SlotEnergy(start=NOON, kwh={"load": 2.0, "pv": 9.0, "import": 0.5})], "statistics", NOON
    )
    (row,) = store.slots(NOON, NOON + SLOT)
    assert row.kwh == {"load": 2.0, "pv": 3.0, "import": 0.5}
    assert row.flags == {}
    assert row.source == "counters+statistics"


@pytest.mark.parametrize("order", [1, -1])
def test_a_partial_energy_is_worse_than_an_assumed_one(store: Store, order: int) -> None:
    sources: list[Any] = [("history", PARTIAL, 1.0), ("statistics", HOURLY, 2.0)]
    for source, flags, kwh in sources[::order]:
        store.add_slots([slot(kwh, flags=flags)], source, NOON)
    (row,) = store.slots(NOON, NOON + SLOT)
    assert (row.kwh, row.flags) == ({"load": 2.0}, {"load": HOURLY})


def test_the_balance_of_a_slot_is_known_when_all_of_it_is(store: Store) -> None:
    known = {"pv": 2.0, "import": 1.0, "discharge": 0.5, "load": 2.5, "export": 0.25}
    store.commit(batch(SlotEnergy(start=NOON, kwh=known)))
    assert store.slots(NOON, NOON + SLOT)[0].residual_kwh is None
    (told,) = store.commit(batch(SlotEnergy(start=NOON, kwh={**known, "charge": 0.5})))
    assert told["residual_kwh"] == pytest.approx(0.25)


def test_adding_fills_what_is_null_and_never_overwrites(store: Store) -> None:
    later = NOON + SLOT
    added = store.add_slots([slot(1.0, flags=HOURLY)], "statistics", NOON)
    assert (added.new, added.filled) == (1, 0)
    more = SlotEnergy(start=NOON, kwh={"load": 9.0, "pv": 2.0}, flags={"load": GAP, "pv": RESET})
    again = store.add_slots([more, SlotEnergy(start=later, kwh={})], "statistics", NOON)
    assert (again.new, again.filled) == (1, 1)
    first, _ = store.slots(NOON, NOON + 2 * SLOT)
    assert first.kwh == {"load": 1.0, "pv": 2.0}
    assert first.flags == {"load": HOURLY, "pv": RESET}
    last = store.add_slots([more], "statistics", NOON)
    assert (last.new, last.filled) == (0, 0)


def test_replacing_puts_whole_rows(store: Store) -> None:
    store.add_slots([slot(1.0, "pv")], "import", NOON)
    store.replace_slots([slot(2.0)], "import", NOON)
    assert store.slots(NOON, NOON + SLOT)[0].kwh == {"load": 2.0}


def test_the_grid_fee_of_a_fetched_price_goes_by_local_time(store: Store) -> None:
    dear = Window(per_kwh=1.0, hours=(14,))
    tariff = Tariff(vat_percent=0, energy_tax_per_kwh=0, grid_fee_windows=(dear,))
    zone = ZoneInfo("Europe/Helsinki")
    hours = [NOON + number * timedelta(hours=1) for number in range(4)]
    store.add_prices([(one, 0.0) for one in hours], tariff, zone)
    found = store.ask("prices", NOON, NOON + timedelta(hours=4), limit=9).columns
    fees = dict(zip(hours, found["import_per_kwh"], strict=True))
    assert {one.astimezone(zone).hour for one, fee in fees.items() if fee == 1.0} == {14}


def test_prices_are_added_once_with_what_the_tariff_makes_of_them(store: Store) -> None:
    assert store.add_prices([(NOON, 0.5)], Tariff(), UTC) == 1
    assert store.add_prices([(NOON, 0.9), (NOON + SLOT, 0.1)], Tariff(), UTC) == 1
    found = store.ask("prices", NOON, NOON + SLOT, limit=9).columns
    assert found["spot_per_kwh"] == (0.5,)
    assert found["import_per_kwh"] == (Tariff().import_price(0.5, NOON),)
    assert found["export_per_kwh"] == (Tariff().export_price(0.5),)
    assert found["kind"] == ("published",)


def test_what_is_older_than_the_ledger_is_worked_out_from_what_is_kept(store: Store) -> None:
    kept = [(0, 5.0), (1, 6.0), (2, 7.0), (3, 8.0)]
    readings = tuple(
        Reading(channel="load", measured_at=NOON + number * SLOT, value=value)
        for number, value in kept
    )
    store.commit(batch(slot(1.0), readings=readings))
    late = Reading(channel="load", measured_at=NOON + SLOT * 1.5, value=6.9)
    page = Page(readings=(late,), anew=(NOON + SLOT, late.measured_at), until=NOON + 9 * SLOT)
    told = store.commit(Batch(at=NOON, page=page))
    assert [one["start"] for one in told] == [NOON + SLOT, NOON + 2 * SLOT]
    assert [one["load_kwh"] for one in told] == pytest.approx([1.0, 1.0])


def test_pages_fit_together(store: Store) -> None:
    store.add_slots((imported(number) for number in range(10)), "import", NOON)
    span: dict[str, Any] = {"start": NOON, "end": NOON + 10 * SLOT}
    pages = [store.ask("slots", **span, limit=4, offset=offset) for offset in (0, 4, 8)]
    assert [page.complete for page in pages] == [False, False, True]
    starts = [start for page in pages for start in page.columns["start"]]
    assert starts == [NOON + number * SLOT for number in range(10)]


def test_the_span_of_a_question_is_half_open(store: Store) -> None:
    store.add_slots((imported(number) for number in range(4)), "import", NOON)
    found = slots(store, start=NOON + SLOT, end=NOON + 3 * SLOT)
    assert found["start"] == (NOON + SLOT, NOON + 2 * SLOT)


def test_many_commits_do_not_bloat_the_file(path: Path) -> None:
    store = Store(path)
    for number in range(300):
        at = NOON + number * SLOT / 30
        reading = Reading(channel="load", measured_at=at, value=number)
        store.commit(batch(slot(number / 30), readings=(reading,)))
    store.close()
    assert path.stat().st_size < 4_000_000

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from darkstar_common.slots import SLOT
from darkstar_recorder.core.counters import Meter
from darkstar_recorder.core.imported import ImportedSlot
from darkstar_recorder.core.slots import Increment, Ledger
from darkstar_recorder.store import (
    Batch,
    Store,
    StoreLockedError,
    StoreNewerError,
    StoreUnreadableError,
)
from darkstar_recorder.store.database import migrations, open_database

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
METER = Meter(channel="load", first_at=NOON, measured_at=NOON + SLOT, value=7.5)


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


def increment(kwh: float = 1.0, channel: str = "load", **more: Any) -> Increment:
    return Increment(start=NOON, kwh={channel: kwh}, **more)


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
        connection.execute("INSERT INTO counter_state VALUES ('pv', now(), now(), 3)")
    newest = max(number for number, _ in migrations()) + 1
    change = (newest, "ALTER TABLE counter_state ADD COLUMN note VARCHAR DEFAULT 'new'")
    with open_database(path, [*migrations(), change]) as connection:
        found = connection.execute("SELECT reading, note FROM counter_state").fetchall()
    assert found == [(3.0, "new")]


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


def test_increments_of_a_slot_add_up(store: Store) -> None:
    store.commit(Batch(increments=(increment(1.0),)))
    store.commit(Batch(increments=(increment(0.5, flags=frozenset({"reset"})),)))
    store.commit(Batch(increments=(increment(2.0, "pv", soc_percent_end=40.0),)))
    store.commit(Batch(closed={NOON: False}))
    found = slots(store)
    assert found["load_kwh"] == (1.5,)
    assert found["pv_kwh"] == (2.0,)
    assert found["import_kwh"] == (None,)
    assert found["soc_percent_end"] == (40.0,)
    assert found["quality"] == (["reset"],)


def test_an_open_slot_is_not_told(store: Store) -> None:
    store.commit(Batch(increments=(increment(),)))
    assert not slots(store)["start"]


def test_closing_gives_the_slot_and_so_does_correcting_it(store: Store) -> None:
    (first,) = store.commit(Batch(increments=(increment(),), closed={NOON: True}))
    (second,) = store.commit(Batch(increments=(increment(),), closed={NOON: False}))
    assert (first["start"], first["load_kwh"], first["partial"]) == (NOON, 1.0, True)
    assert (second["load_kwh"], second["partial"]) == (2.0, False)


def test_what_was_not_announced_waits_for_it_over_a_restart(path: Path) -> None:
    before = Store(path)
    before.commit(Batch(increments=(increment(),), closed={NOON: False}))
    before.close()
    store = Store(path)
    assert store.ledger().waiting == {NOON}
    store.commit(Batch(announced=(NOON,)))
    assert not store.ledger().waiting
    store.commit(Batch(increments=(increment(),)))
    assert store.ledger().waiting == {NOON}
    store.close()


def test_meters_survive(path: Path) -> None:
    before = Store(path)
    before.commit(Batch(meters=(METER,)))
    before.close()
    store = Store(path)
    assert store.ledger() == Ledger(meters={"load": METER})
    store.close()


def test_a_batch_is_written_whole_or_not_at_all(store: Store) -> None:
    class Odd:
        pass

    with pytest.raises(KeyError):
        store.commit(Batch(meters=(METER,), increments=(increment(),), messages=(Odd(),)))  # type: ignore[arg-type]
    assert store.ledger() == Ledger()


_KILLED = """
import os, signal, sys
from datetime import UTC, datetime
from pathlib import Path
from darkstar_recorder.core.counters import Meter
from darkstar_recorder.core.slots import Increment
from darkstar_recorder.store import Batch, Store
noon = datetime(2026, 1, 1, 12, tzinfo=UTC)
store = Store(Path(sys.argv[1]))
for number in range(1, 8):
    store.commit(Batch(
        meters=(Meter(channel="load", first_at=noon, measured_at=noon, value=number),),
        increments=(Increment(start=noon, kwh={"load": 1.0}),),
        closed={noon: False},
    ))
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_what_was_committed_survives_a_kill_exactly_once(path: Path) -> None:
    killed = subprocess.run([sys.executable, "-c", _KILLED, str(path)], check=False)
    assert killed.returncode == -9
    store = Store(path)
    assert store.ledger().meters["load"].value == 7
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


def imported(number: int = 0, load: float = 0.5, spot: float | None = 0.1) -> ImportedSlot:
    return ImportedSlot(start=NOON + number * SLOT, load_kwh=load, pv_kwh=0.0, spot_per_kwh=spot)


def test_an_import_is_there_once_however_often_it_is_made(store: Store) -> None:
    assert store.add_imported([imported(0), imported(1)]) == 2
    assert store.add_imported([imported(0, load=9.0), imported(2, spot=None)]) == 1
    found = slots(store)
    assert found["load_kwh"] == (0.5, 0.5, 0.5)
    assert found["water_kwh"] == (0.0, 0.0, 0.0)
    assert found["spot_per_kwh"] == (0.1, 0.1, None)
    assert set(found["source"]) == {"import"}


@pytest.mark.parametrize(
    ("flags", "partial", "best"),
    [
        (frozenset(), False, "counters"),
        (frozenset({"reset"}), False, "counters"),
        (frozenset({"gap"}), False, "import"),
        (frozenset(), True, "import"),
    ],
)
def test_of_two_sources_the_better_one_is_told(
    store: Store, flags: frozenset[str], partial: bool, best: str
) -> None:
    store.add_imported([imported()])
    store.commit(Batch(increments=(increment(flags=flags),), closed={NOON: partial}))
    assert slots(store)["source"] == (best,)


def test_pages_fit_together(store: Store) -> None:
    store.add_imported(imported(number) for number in range(10))
    span: dict[str, Any] = {"start": NOON, "end": NOON + 10 * SLOT}
    pages = [store.ask("slots", **span, limit=4, offset=offset) for offset in (0, 4, 8)]
    assert [page.complete for page in pages] == [False, False, True]
    starts = [start for page in pages for start in page.columns["start"]]
    assert starts == [NOON + number * SLOT for number in range(10)]


def test_the_span_of_a_question_is_half_open(store: Store) -> None:
    store.add_imported(imported(number) for number in range(4))
    found = slots(store, start=NOON + SLOT, end=NOON + 3 * SLOT)
    assert found["start"] == (NOON + SLOT, NOON + 2 * SLOT)


def test_many_commits_do_not_bloat_the_file(path: Path) -> None:
    store = Store(path)
    for number in range(300):
        start = NOON + number // 30 * SLOT
        store.commit(
            Batch(
                meters=(Meter(channel="load", first_at=NOON, measured_at=start, value=number),),
                increments=(Increment(start=start, kwh={"load": 0.01}),),
            )
        )
    store.close()
    assert path.stat().st_size < 4_000_000

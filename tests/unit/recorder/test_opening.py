"""Files that cannot be opened, or not now: what is said, and that nothing is made worse."""

from __future__ import annotations

import resource
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb
import pytest

from darkstar_common.contract import Notification, Service
from darkstar_recorder.store import (
    Batch,
    Store,
    StoreError,
    StoreUnreadableError,
    StoreUnwritableError,
)
from darkstar_recorder.store.caring import Caring
from darkstar_recorder.store.copies import is_database
from darkstar_recorder.store.database import Migration, migrations, open_database, transaction

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
CHANGES = migrations()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "history.duckdb"


@contextmanager
def no_room() -> Iterator[None]:
    """No file of this process may grow, as on a full disk."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def a_batch(number: int = 0) -> Batch:
    note = Notification(
        sender=Service.PLANNER, emitted_at=NOON, kind="test", title="Test", text=str(number)
    )
    return Batch(at=NOON, messages=(note,))


def notes(store: Store) -> tuple[str, ...]:
    end = NOON + timedelta(days=1)
    return store.ask("notifications", NOON, end, limit=100).columns["text"]


def test_a_full_disk_leaves_no_half_of_a_file(path: Path) -> None:
    with no_room():
        store = Store(path, patient=True)
        with pytest.raises(StoreUnwritableError):
            store.commit(a_batch())
        with pytest.raises(StoreUnwritableError, match=r"cannot be written .*history\.duckdb"):
            notes(store)
    assert not path.exists()
    store.commit(a_batch())
    assert (notes(store), store.trouble) == (("0",), None)
    store.close()


def test_who_is_not_patient_is_told_at_once(path: Path) -> None:
    with no_room(), pytest.raises(StoreUnwritableError):
        Store(path)


def test_what_is_left_of_a_file_that_was_not_finished_does_no_harm(path: Path) -> None:
    path.with_name(f"{path.name}.new").write_bytes(b"half")
    Store(path).close()
    assert is_database(path)


def test_a_disk_that_fills_keeps_answers_and_goes_on_when_there_is_room(path: Path) -> None:
    store = Store(path)
    store.commit(a_batch(0))
    batch = a_batch(1)
    with no_room():
        for _ in range(2):
            with pytest.raises(StoreUnwritableError):
                store.commit(batch)
        assert notes(store) == ("0",)
    store.commit(batch)
    assert sorted(notes(store)) == ["0", "1"]
    store.close()


def test_what_stands_in_the_way_is_waited_for(path: Path) -> None:
    path.mkdir()
    store = Store(path, patient=True)
    for ask in (lambda: store.commit(a_batch()), lambda: notes(store), store.ledger):
        with pytest.raises(StoreUnreadableError, match="Is a directory"):
            ask()
    path.rmdir()
    store.commit(a_batch())
    assert notes(store) == ("0",)
    store.close()


@pytest.mark.parametrize(
    "content",
    [b"", b"[]", b"PAR1" * 100, b"SQLite format 3\x00" + bytes(100), b"a,b\n1,2\n"],
    ids=["nothing", "json", "parquet", "sqlite", "csv"],
)
@pytest.mark.parametrize("name", ["history.duckdb", "lock.json", "x.db", "x.parquet"])
def test_another_kind_of_file_is_refused_and_left_as_it_is(
    tmp_path: Path, name: str, content: bytes
) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(StoreUnreadableError, match="cannot be opened as a DuckDB database"):
        Store(path)
    store = Store(path, patient=True)
    with pytest.raises(StoreUnreadableError):
        store.commit(a_batch())
    assert path.read_bytes() == content
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("length", [12, 5_000, 20_000])
def test_a_damaged_file_is_refused_and_left_as_it_is(tmp_path: Path, length: int) -> None:
    path = tmp_path / "lock.duckdb"  # a name is no reason
    Store(path).close()
    damaged = path.read_bytes()[:length]
    path.write_bytes(damaged)
    with pytest.raises(StoreUnreadableError):
        Store(path)
    assert path.read_bytes() == damaged


def test_damage_inside_is_told_of_and_the_rest_goes_on(path: Path) -> None:
    store = Store(path)
    for number in range(200):
        store.commit(a_batch(number))
    store.close()
    whole = path.read_bytes()
    told: list[str] = []
    for block in range(12_288, len(whole), 262_144):
        path.write_bytes(whole[:block] + bytes(4096) + whole[block + 4096 :])
        store = Store(path, patient=True)
        try:
            notes(store)
            store.commit(a_batch())
        except StoreError as error:  # and nothing else
            told.append(str(error))
        store.close()
    assert told
    assert all(one.startswith(str(path)) for one in told)


def test_who_looks_after_the_file_makes_none(path: Path) -> None:
    with pytest.raises(StoreError, match="no such file yet"):
        Caring(path).checkpoint()
    assert not path.exists()


class PowerCutError(Exception):
    """From here on nothing is written."""


def copy_of(path: Path, target: Path) -> None:
    """What a power cut would leave now of the file and its log."""
    for suffix in ("", ".wal"):
        if (source := path.with_name(path.name + suffix)).exists():
            shutil.copyfile(source, target.with_name(target.name + suffix))


def pieces(change: Migration) -> list[str]:
    """The statements of a migration."""
    with duckdb.connect() as connection:
        return [one.query for one in connection.extract_statements(change[1])]


def schema(path: Path) -> list[tuple[str, ...]]:
    with duckdb.connect(str(path), read_only=True) as connection:
        return connection.execute(
            "SELECT table_name, column_name, data_type FROM duckdb_columns() "
            "WHERE NOT internal ORDER BY ALL"
        ).fetchall()


@pytest.mark.parametrize("index", range(len(CHANGES)), ids=[str(one) for one, _ in CHANGES])
def test_a_power_cut_between_two_statements_of_a_migration_leaves_the_old_version(
    tmp_path: Path, index: int
) -> None:
    """What is on disk between two statements is what a kill leaves: it is opened from a copy."""
    before, change = CHANGES[:index], CHANGES[index]
    path, wanted = tmp_path / "a.duckdb", tmp_path / "b.duckdb"
    open_database(wanted).close()
    open_database(path, before).close()
    old = schema(path)
    statements = pieces(change)
    cuts = {0, len(statements) // 2, len(statements) - 1}
    connection = duckdb.connect(str(path), config={"threads": 1})
    with suppress(PowerCutError), transaction(connection):
        for number, statement in enumerate(statements):
            connection.execute(statement)
            if number in cuts:
                copy_of(path, tmp_path / f"{number}.duckdb")
        raise PowerCutError
    connection.close()
    for cut in (tmp_path / f"{number}.duckdb" for number in cuts):
        assert schema(cut) == old
        open_database(cut).close()
        assert schema(cut) == schema(wanted)

"""Copies of a file in use, and what is done beside the writer."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb
import pytest

from darkstar_recorder.store import StoreError, StoreUnreadableError
from darkstar_recorder.store.caring import Caring
from darkstar_recorder.store.copies import PART, verify
from darkstar_recorder.store.database import migrations, open_database, transaction
from darkstar_recorder.store.errors import (
    StoreCopyError,
    StoreLockedError,
    StoreNotCopiedError,
    StoreTroubleError,
)

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
NEWEST = max(number for number, _ in migrations())


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "history.duckdb"


@pytest.fixture
def writer(path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    with open_database(path) as connection:
        connection.execute("CREATE TABLE noted (number INTEGER PRIMARY KEY, text VARCHAR)")
        yield connection


@pytest.fixture
def caring(path: Path, writer: duckdb.DuckDBPyConnection) -> Caring:
    assert writer
    return Caring(path)


def note(connection: duckdb.DuckDBPyConnection, *numbers: int) -> None:
    with transaction(connection):
        for number in numbers:
            connection.execute("INSERT INTO noted VALUES (?, ?)", [number, "x" * 200])


def noted(path: Path) -> list[int]:
    with duckdb.connect(str(path), read_only=True) as connection:
        found = connection.execute("SELECT number FROM noted ORDER BY 1").fetchall()
    return [number for (number,) in found]


def test_a_copy_has_all_that_was_committed(
    caring: Caring, writer: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    note(writer, 1, 2)
    caring.copy_to(tmp_path / "backups" / "copy.duckdb")
    note(writer, 3)
    assert noted(tmp_path / "backups" / "copy.duckdb") == [1, 2]
    assert verify(tmp_path / "backups" / "copy.duckdb") == NEWEST


def test_a_copy_made_while_much_is_written_is_whole_and_none_of_it_is_lost(
    caring: Caring, writer: duckdb.DuckDBPyConnection, path: Path, tmp_path: Path
) -> None:
    writer.execute("INSERT INTO noted SELECT i, repeat('y', 100) FROM range(100_000) t(i)")
    done = threading.Event()
    copied: list[int] = []

    def copy() -> None:
        for number in range(3):
            target = tmp_path / f"copy{number}.duckdb"
            caring.copy_to(target)
            copied.append(len(noted(target)))
        done.set()

    thread = threading.Thread(target=copy)
    thread.start()
    number = 100_000
    while not done.is_set():
        note(writer, *range(number, number + 10))
        number += 10
    thread.join()
    writer.close()
    assert all(count >= 100_000 and count % 10 == 0 for count in copied)
    assert len(copied) == 3
    assert copied == sorted(copied)
    assert noted(path) == list(range(number))


def test_a_copy_waits_for_who_is_just_writing(
    caring: Caring, writer: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    note(writer, 1)
    writer.begin()
    writer.execute("UPDATE noted SET text = 'mended'")
    with ThreadPoolExecutor(1) as elsewhere:
        copying = elsewhere.submit(caring.copy_to, tmp_path / "copy.duckdb")
        assert not wait([copying], timeout=0.2).done
        writer.commit()
        copying.result(timeout=10)
    with duckdb.connect(str(tmp_path / "copy.duckdb"), read_only=True) as copied:
        assert copied.execute("SELECT text FROM noted").fetchall() == [("mended",)]


def test_others_are_still_kept_out_after_a_copy(caring: Caring, path: Path, tmp_path: Path) -> None:
    caring.copy_to(tmp_path / "copy.duckdb")
    code = f"import duckdb; duckdb.connect({str(path)!r})"
    refused = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False
    )
    assert "lock" in refused.stderr


def test_a_copy_that_cannot_be_written_leaves_nothing_and_says_so(
    caring: Caring, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("no directory")
    with pytest.raises(StoreNotCopiedError, match=r"copy\.duckdb: no copy can be written there"):
        caring.copy_to(tmp_path / "file" / "copy.duckdb")
    assert not list(tmp_path.glob(f"*{PART}"))


def test_what_is_not_committed_is_not_copied_and_not_disturbed(
    caring: Caring, writer: duckdb.DuckDBPyConnection, path: Path, tmp_path: Path
) -> None:
    note(writer, 1)
    writer.begin()
    writer.execute("INSERT INTO noted VALUES (2, 'x')")
    caring.copy_to(tmp_path / "copy.duckdb")
    writer.commit()
    assert noted(tmp_path / "copy.duckdb") == [1]
    writer.close()
    assert noted(path) == [1, 2]


def test_what_cannot_be_written_is_a_trouble_with_a_way_out(
    caring: Caring, writer: duckdb.DuckDBPyConnection
) -> None:
    writer.execute("DROP TABLE care")
    with pytest.raises(StoreTroubleError, match="look whether its disk is full"):
        caring.done("nightly", NOON)


def test_what_is_no_database_is_no_copy(tmp_path: Path) -> None:
    (tmp_path / "copy.duckdb").write_bytes(b"nothing of the kind" * 1000)
    with pytest.raises(StoreCopyError, match="no copy of the recorder's file"):
        verify(tmp_path / "copy.duckdb")
    duckdb.connect(str(tmp_path / "other.duckdb")).close()
    with pytest.raises(StoreCopyError, match="schema_version"):
        verify(tmp_path / "other.duckdb")


def test_when_care_was_taken_is_known_afterwards(caring: Caring) -> None:
    assert caring.last_done("nightly") is None
    caring.done("nightly", NOON)
    caring.done("nightly", NOON + timedelta(days=1))
    caring.done("other", NOON)
    assert caring.last_done("nightly") == NOON + timedelta(days=1)


def test_the_size_is_of_the_file_and_its_log(
    caring: Caring, writer: duckdb.DuckDBPyConnection
) -> None:
    caring.checkpoint()
    before = caring.size_mb
    note(writer, *range(100))
    assert before < caring.size_mb < before + 1


LOSING = (NEWEST + 1, "-- destructive: nobody looks at it\nDROP TABLE noted")


def test_before_a_change_that_loses_something_the_file_is_copied(
    path: Path, writer: duckdb.DuckDBPyConnection
) -> None:
    note(writer, 1, 2, 3)
    writer.close()
    open_database(path, [*migrations(), LOSING]).close()
    kept = path.with_name(f"history.duckdb.before-{NEWEST + 1:04d}")
    assert noted(kept) == [1, 2, 3]
    assert verify(kept) == NEWEST


def test_a_new_file_has_nothing_to_lose(path: Path) -> None:
    changes = [*migrations()[:1], (2, "-- destructive\nDROP VIEW slot")]
    with open_database(path, changes):
        pass
    assert [one.name for one in path.parent.glob("*.before-*")] == []


def test_a_change_that_loses_something_is_not_made_without_a_copy(
    path: Path, writer: duckdb.DuckDBPyConnection
) -> None:
    note(writer, 1)
    writer.close()
    blocking = path.with_name(f"history.duckdb.before-{NEWEST + 1:04d}{PART}")
    blocking.mkdir()
    with pytest.raises(StoreCopyError):
        open_database(path, [*migrations(), LOSING])
    assert noted(path) == [1]


def test_all_troubles_are_of_one_kind() -> None:
    kinds = (StoreCopyError, StoreLockedError, StoreTroubleError, StoreUnreadableError)
    assert all(issubclass(one, StoreError) for one in kinds)

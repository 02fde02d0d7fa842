"""A copy of the recorder's file, and the way back to it."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from uuid import uuid4

import duckdb
import pytest
from unit.recorder.test_store_messages import NOTICE

from darkstar_recorder.__main__ import main
from darkstar_recorder.store.copies import verify
from darkstar_recorder.store.database import migrations, open_database
from darkstar_recorder.store.messages import keep

NEWEST = max(number for number, _ in migrations())


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the command is called; an empty configuration is the default house."""
    (tmp_path / "config.yaml").touch()
    monkeypatch.chdir(tmp_path)
    for name in ("CONFIG", "STATE_DIR", "CLOCK"):
        monkeypatch.delenv(f"DARKSTAR_{name}", raising=False)
    return tmp_path


@pytest.fixture
def database(home: Path) -> Path:
    path = home / "state/recorder/history.duckdb"
    tell(path)
    return path


def tell(path: Path) -> None:
    """Let the file have one more notification."""
    with open_database(path) as connection:
        keep(connection, NOTICE.model_copy(update={"message_id": uuid4()}))


def told(path: Path) -> int:
    with duckdb.connect(str(path), read_only=True) as connection:
        (row,) = connection.execute("SELECT count(*) FROM notification").fetchall()
    return int(row[0])


def refused(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> str:
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == 2
    return capsys.readouterr().err


def test_a_backup_is_brought_back_and_what_was_there_is_moved_aside(
    home: Path, database: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["backup", "--to", "copy.duckdb"])
    tell(database)
    main(["restore", "copy.duckdb"])
    (aside,) = database.parent.glob("history.duckdb.replaced-*")
    assert (told(database), told(aside), told(home / "copy.duckdb")) == (1, 2, 1)
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith(f"{home / 'copy.duckdb'}: a copy of all")
    assert lines[1].startswith(f"{aside}: what was there")
    assert lines[2].startswith(f"{database}: as it was in")


def test_a_backup_goes_where_those_of_the_night_go(database: Path) -> None:
    main(["backup"])
    (copy,) = (database.parent / "backups").iterdir()
    assert copy.name.startswith("history-")
    assert verify(copy) == NEWEST


def test_a_backup_takes_no_other_files_place(
    home: Path, database: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert database.exists()
    (home / "precious").write_text("precious")
    assert "precious is there already" in refused(["backup", "--to", "precious"], capsys)
    assert (home / "precious").read_text() == "precious"


def test_a_house_without_a_file_gets_one(home: Path, database: Path) -> None:
    main(["backup", "--to", "copy.duckdb"])
    database.unlink()
    main(["restore", "copy.duckdb"])
    assert told(database) == 1
    assert [one.name for one in database.parent.iterdir()] == ["history.duckdb"]
    assert (home / "copy.duckdb").exists()


def no_file(home: Path) -> None:
    (home / "copy.duckdb").unlink()


def no_database(home: Path) -> None:
    (home / "copy.duckdb").write_text("nothing of the kind" * 1000)


def newer(home: Path) -> None:
    with duckdb.connect(str(home / "copy.duckdb")) as connection:
        connection.execute("INSERT INTO schema_version (version) VALUES (99)")


def with_a_log(home: Path) -> None:
    (home / "copy.duckdb.wal").write_bytes(b"log")


@pytest.mark.parametrize(
    ("broken", "sentence"),
    [
        (no_file, "is no file; copies are in"),
        (no_database, "is no copy of the recorder's file"),
        (newer, "schema version 99"),
        (with_a_log, "holds what is not in copy.duckdb yet"),
    ],
)
def test_what_cannot_be_restored_changes_nothing(
    home: Path,
    database: Path,
    capsys: pytest.CaptureFixture[str],
    broken: Callable[[Path], None],
    sentence: str,
) -> None:
    main(["backup", "--to", "copy.duckdb"])
    broken(home)
    assert sentence in refused(["restore", "copy.duckdb"], capsys)
    assert [one.name for one in database.parent.iterdir()] == ["history.duckdb"]
    assert told(database) == 1


def rows_of(path: Path) -> dict[str, list[tuple[object, ...]]]:
    """All that is in a file, by table."""
    with duckdb.connect(str(path), read_only=True) as connection:
        names = connection.execute("SELECT table_name FROM duckdb_tables()").fetchall()
        return {
            name: sorted(connection.execute(f'SELECT * FROM "{name}"').fetchall(), key=str)  # noqa: S608 (a name from the catalogue)
            for (name,) in names
        }


def grown(path: Path) -> None:
    """Let the file have been much larger once, and keep what there is of several kinds."""
    with open_database(path) as connection:
        connection.execute(
            "INSERT INTO slot_observation (start_at, source, load_kwh, announced, changed_at) "
            "SELECT t, 'import', random(), TRUE, t FROM range(TIMESTAMP '2020-01-01', "
            "TIMESTAMP '2024-01-01', INTERVAL 15 MINUTE) r(t)"
        )
        connection.execute("CHECKPOINT")
        connection.execute("DELETE FROM slot_observation WHERE start_at >= '2020-02-01'")
        connection.execute("INSERT INTO care VALUES ('nightly', TIMESTAMP '2024-01-01')")


def test_a_file_is_written_anew_without_the_room_of_what_is_gone(
    database: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    grown(database)
    before, size = rows_of(database), database.stat().st_size
    main(["compact"])
    assert rows_of(database) == before
    assert len(before["slot_observation"]) == 31 * 96
    assert database.stat().st_size < size / 2
    assert [one.name for one in database.parent.iterdir()] == ["history.duckdb"]
    megabytes = [f"{one / 1e6:.1f} MB" for one in (size, database.stat().st_size)]
    assert capsys.readouterr().out == (f"{database}: {megabytes[0]} before, {megabytes[1]} now\n")
    tell(database)  # it is a database as before
    main(["compact"])
    main(["compact"])
    assert "it takes no more than it needs" in capsys.readouterr().out


def test_a_file_that_cannot_be_written_anew_stays_as_it_was(
    database: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    grown(database)
    before = rows_of(database)
    part = database.with_name("history.duckdb.compact.part")
    part.mkdir()  # in the way
    assert "history.duckdb.compact.part" in refused(["compact"], capsys)
    part.rmdir()
    assert rows_of(database) == before
    database.write_text("nothing of the kind" * 1000)
    assert "cannot be opened as a DuckDB database" in refused(["compact"], capsys)
    database.unlink()
    assert "is not there" in refused(["compact"], capsys)
    assert list(database.parent.iterdir()) == []


def test_nothing_is_restored_under_a_recorder_that_runs(
    home: Path, database: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["backup", "--to", "copy.duckdb"])
    code = f"import duckdb; c = duckdb.connect({str(database)!r}); print(1, flush=True); input()"
    with subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as other:
        assert other.stdout
        other.stdout.readline()
        assert "in use" in refused(["restore", "copy.duckdb"], capsys)
        assert "in use" in refused(["compact"], capsys)
        other.communicate(b"\n")
    assert (home / "copy.duckdb").exists()


def test_a_copy_is_looked_at_before_it_is_needed(
    home: Path, database: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["backup", "--to", "copy.duckdb"])
    before = database.read_bytes()
    main(["verify", "copy.duckdb"])
    said = capsys.readouterr().out.splitlines()[-1]
    assert said.startswith(f"{home / 'copy.duckdb'}: whole, of version {NEWEST}, ")
    assert database.read_bytes() == before
    (home / "copy.duckdb").write_bytes(before[:5000])
    assert "copy.duckdb" in refused(["verify", "copy.duckdb"], capsys)


def test_a_copy_of_a_newer_version_is_known_by_a_look(
    home: Path, database: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with open_database(home / "newer.duckdb", [*migrations(), (9999, "SELECT 1")]):
        pass
    assert "newer" in refused(["verify", "newer.duckdb"], capsys)
    assert told(database) == 1

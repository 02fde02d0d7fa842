"""Planning runs of an earlier Darkstar's file: whole, once, by their slots."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

import pytest
from bench.predecessor_episodes import episodes
from support.desks import Heard, a_desk
from support.stores import empty_history

from darkstar_recorder.commandline import parser
from darkstar_recorder.store import Store
from darkstar_recorder.store.episodes import Chosen
from darkstar_recorder.tools.importing import IMPORT

ROWS = list(episodes(3, first=46))
"""The last two of 1 July 2025 (UTC) and the first of the next day."""


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = Store(empty_history(tmp_path / "history.duckdb"))
    yield opened
    opened.close()


@pytest.fixture
def earlier(tmp_path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(tmp_path / "earlier.db", isolation_level=None)
    connection.execute(
        "CREATE TABLE training_episodes (episode_id TEXT PRIMARY KEY, created_at TEXT, "
        "inputs_json TEXT, context_json TEXT, schedule_json TEXT, config_overrides_json TEXT)"
    )
    connection.executemany("INSERT INTO training_episodes VALUES (?, ?, ?, ?, ?, ?)", ROWS)
    return connection


def called(store: Store, directory: Path, *words: str) -> list[str]:
    heard = Heard()
    options = parser().parse_args(["import", "earlier.db", *words])
    assert IMPORT.run(a_desk(store, directory, heard=heard), options) == 0
    return heard.lines


def test_runs_come_whole_and_once(
    store: Store, earlier: sqlite3.Connection, tmp_path: Path
) -> None:
    earlier.close()
    assert "earlier.db: 3 episodes read, 3 new" in called(store, tmp_path)
    assert "earlier.db: 3 episodes read, 0 new" in called(store, tmp_path)
    for name, _, inputs, *_ in ROWS:
        assert json.dumps(store.episode(UUID(name))["inputs"]) == inputs


def test_a_span_is_one_of_slots_and_not_of_the_time_of_writing(
    store: Store, earlier: sqlite3.Connection, tmp_path: Path
) -> None:
    earlier.execute("UPDATE training_episodes SET created_at = '2026-03-01 12:00:00'")
    earlier.execute(
        "UPDATE training_episodes SET schedule_json = replace(schedule_json, 'planned_at', 'at'), "
        "context_json = '{}'"
    )
    earlier.close()
    said = called(store, tmp_path, "--from", "2025-07-01T23:30Z", "--until", "2025-07-02")
    assert "earlier.db: 1 episodes read, 1 new" in said
    (row,) = store.find_episodes(Chosen())
    assert row["message_id"] == UUID(ROWS[1][0])


@pytest.mark.parametrize("damage", [b"\x78\x9c damaged", b"\xff\xfe", "{", b"[" * 100_000])
def test_a_damaged_one_is_named_and_the_rest_comes(
    store: Store, earlier: sqlite3.Connection, tmp_path: Path, damage: bytes | str
) -> None:
    earlier.execute(
        "UPDATE training_episodes SET inputs_json = ? WHERE episode_id = ?", [damage, ROWS[1][0]]
    )
    earlier.close()
    said = called(store, tmp_path)
    assert "earlier.db: 2 episodes read, 2 new" in said
    (line,) = (one for one in said if ROWS[1][0] in one)
    assert line.startswith(f"episode {ROWS[1][0]}: its inputs cannot be read")

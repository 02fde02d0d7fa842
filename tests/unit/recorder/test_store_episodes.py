"""Planning runs in the file: read back whole, found by columns, old ones written anew."""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import duckdb
import pytest
from bench.predecessor_episodes import Row, episodes
from support.stores import empty_history

from darkstar_common.contract import Episode, Service
from darkstar_common.slots import SLOT
from darkstar_recorder.core.earlier_episodes import earlier
from darkstar_recorder.core.episodes import Facts, KeptEpisode, facts, kept
from darkstar_recorder.core.packing import UnreadableError
from darkstar_recorder.store import Store
from darkstar_recorder.store.caring import Caring
from darkstar_recorder.store.database import migrations, open_database
from darkstar_recorder.store.episodes import Chosen, Repacked, repack
from darkstar_recorder.store.times import naive

FIRST = datetime(2025, 7, 1, tzinfo=UTC)
HERE = ZoneInfo("Europe/Stockholm")
DAMAGED = UUID(int=99)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = Store(empty_history(tmp_path / "history.duckdb"))
    yield opened
    opened.close()


def taken(row: Row, system_id: str | None = None) -> KeptEpisode:
    name, created_at, inputs, context, schedule, overrides = row
    return earlier(
        name, created_at=created_at, inputs=inputs, context=context, schedule=schedule,
        overrides=overrides, system_id=system_id, timezone=HERE,
    )  # fmt: skip


def run(number: int, system_id: str = "prod") -> Episode:
    """A run of this recorder's own time, an hour after the one before."""
    at = FIRST + timedelta(hours=number)
    slots = [{"start": (at + timedelta(minutes=15 * slot)).isoformat(), "load_kw": 1.5}
             for slot in range(3)]  # fmt: skip
    return Episode(
        sender=Service.PLANNER, emitted_at=at, inputs={"price": [0.1 + 0.2, number]}, context={},
        schedule_id="x", schedule={"slots": slots, "cost": number / 3}, system_id=system_id,
        message_id=UUID(int=number + 1),
    )  # fmt: skip


def written_before(path: Path, runs: list[Episode]) -> None:
    """A file as the recorder wrote it when bodies were zlib, with one that is damaged."""
    connection = open_database(path, [one for one in migrations() if one[0] < 7])
    bodies = {one.message_id: zlib.compress(one.model_dump_json().encode()) for one in runs}
    bodies[DAMAGED] = b"\x78\x9c damaged"
    for key, body in bodies.items():
        connection.execute("INSERT INTO episode VALUES (?, NULL, ?, 'x', ?)", [key, FIRST, body])
    connection.close()


def test_what_was_written_is_read_back_identical(store: Store) -> None:
    rows = list(episodes(3))
    assert store.add_episodes(taken(row) for row in rows) == len(rows)
    for name, _, inputs, context, schedule, overrides in rows:
        content = store.episode(UUID(name))
        columns = [content[one] for one in ("inputs", "context", "schedule", "overrides")]
        assert [json.dumps(one) for one in columns] == [inputs, context, schedule, overrides]


def test_an_episode_is_kept_once_however_often_it_comes(store: Store) -> None:
    found = [taken(row) for row in episodes(3)]
    assert store.add_episodes(found[:2]) == 2
    assert store.add_episodes([*found, found[0]]) == 1
    assert store.episode_sizes().episodes == 3


def test_bodies_take_a_twentieth_of_their_text(store: Store) -> None:
    store.add_episodes(taken(row) for row in episodes(3))
    sizes = store.episode_sizes()
    assert sizes.texts > 3 * 140_000
    assert sizes.bodies < sizes.texts / 20
    assert sizes.unreadable == 0


def test_all_columns_come_back(store: Store) -> None:
    episode = taken(next(episodes(1)))
    store.add_episodes([episode])
    (row,) = store.find_episodes(Chosen())
    assert Facts(**{name: row[name] for name in Facts.__dataclass_fields__}) == episode.facts
    assert (row["message_id"], row["name"]) == (episode.message_id, episode.name)
    assert (row["form"], row["emitted_at"]) == ("DC1", episode.emitted_at)


@pytest.mark.parametrize(
    ("chosen", "found"),
    [
        (Chosen(), [3, 2, 1, 0]),
        (Chosen(start=FIRST + timedelta(hours=1)), [3, 2, 1]),
        (Chosen(end=FIRST + timedelta(hours=1)), [0]),
        (Chosen(system_id="shadow"), [3]),
        (Chosen(system_id="prod", limit=2), [2, 1]),
        (Chosen(system_id="nobody"), []),
    ],
    ids=repr,
)
def test_runs_are_found_by_their_columns(store: Store, chosen: Chosen, found: list[int]) -> None:
    store.add_episodes(kept(run(number)) for number in range(3))
    store.add_episodes([kept(run(3, "shadow"))])
    assert [row["message_id"].int - 1 for row in store.find_episodes(chosen)] == found


def test_a_run_is_found_by_its_name_or_the_beginning_of_its_id(store: Store) -> None:
    row = next(episodes(1))
    store.add_episodes([taken(("episode_2025-07-01_00-15-00", *row[1:])), kept(run(1))])
    (named,) = store.episodes_named("episode_2025-07-01_00-15-00")
    (begun,) = store.episodes_named(str(named["message_id"])[:8].upper())
    assert begun == named
    assert store.episodes_named("ffffffff") == []
    assert store.episodes_named("0' OR 1=1") == []


def test_a_run_that_is_not_there_is_said_so(store: Store) -> None:
    with pytest.raises(KeyError):
        store.episode(uuid4())


def test_rows_of_an_earlier_version_are_readable_before_anything_else(tmp_path: Path) -> None:
    written_before(tmp_path / "old.duckdb", [run(1)])
    store = Store(tmp_path / "old.duckdb")
    assert Episode.model_validate(store.episode(run(1).message_id)) == run(1)
    assert {row["form"] for row in store.find_episodes(Chosen())} == {None}
    with pytest.raises(UnreadableError, match="zlib"):
        store.episode(DAMAGED)
    store.close()


def test_rows_of_an_earlier_version_are_written_anew_in_pieces_and_none_is_lost(
    tmp_path: Path,
) -> None:
    runs = [run(number) for number in range(5)]
    written_before(tmp_path / "old.duckdb", runs)
    store = Store(tmp_path / "old.duckdb")
    pieces = [store.repack_episodes(4) for _ in range(3)]
    assert [one.done + len(one.unreadable) for one in pieces] == [4, 2, 0]
    assert [one for piece in pieces for one in piece.unreadable] == [DAMAGED]
    store.close()
    store = Store(tmp_path / "old.duckdb")
    assert [Episode.model_validate(store.episode(one.message_id)) for one in runs] == runs
    rows = {row["message_id"]: row for row in store.find_episodes(Chosen())}
    for one in runs:
        row = rows[one.message_id]
        assert row["form"] == "DC1"
        assert row["cost"] == facts(one.model_dump(mode="json")).cost
        assert row["first_slot"] == one.emitted_at
    assert rows[DAMAGED]["form"] == "unreadable"
    assert store.repack_episodes(4) == Repacked(done=0)
    with pytest.raises(UnreadableError):
        store.episode(DAMAGED)
    store.close()


@pytest.fixture
def joined(tmp_path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """A file with a run of three slots that was written nine days late, and eight slots."""
    store = Store(empty_history(tmp_path / "history.duckdb"))
    late = run(1).model_copy(update={"emitted_at": FIRST + timedelta(days=9)})
    store.add_episodes([kept(late)])
    store.close()
    with open_database(tmp_path / "history.duckdb") as connection:
        for slot in range(8):
            connection.execute(
                "INSERT INTO slot_observation (start_at, source, load_kwh, changed_at) "
                "VALUES (?, 'counters', ?, now())",
                [naive(FIRST + timedelta(minutes=15 * slot)), slot],
            )
        yield connection


def test_episodes_join_slots_by_slot_start(joined: duckdb.DuckDBPyConnection) -> None:
    found = joined.execute(
        "SELECT system_id, ahead, load_kwh, day_label FROM episode_slot ORDER BY ahead"
    ).fetchall()
    assert found == [("prod", 0, 4, None), ("prod", 1, 5, None), ("prod", 2, 6, None)]


def test_each_slot_has_the_label_of_its_local_day(joined: duckdb.DuckDBPyConnection) -> None:
    midnight = FIRST + timedelta(minutes=75)
    for day, start, end in [(1, FIRST, midnight), (2, midnight, midnight + SLOT)]:
        joined.execute(
            "INSERT INTO daily (day, start_at, end_at, expected_slots, known_slots, planned_slots) "
            "VALUES (?, ?, ?, 0, 0, 0)",
            [date(2025, 7, day), naive(start), naive(end)],
        )
    joined.execute(
        "INSERT INTO day_quality VALUES ('2025-07-02', 'exclude', '', 'person', now()), "
        "('2025-07-01', 'clean', '', 'doctor', now())"
    )
    labels = joined.execute("SELECT ahead, day_label FROM episode_slot ORDER BY ahead").fetchall()
    assert labels == [(0, "clean"), (1, "exclude"), (2, None)]


def test_two_who_write_the_same_ones_anew_do_not_trouble_each_other(tmp_path: Path) -> None:
    path = tmp_path / "old.duckdb"
    runs = [run(number) for number in range(3)]
    written_before(path, runs)
    with open_database(path) as tool:
        tool.begin()
        assert repack(tool, 9).done == len(runs)
        assert not Caring(path).repack(9)
        tool.commit()
        assert not Caring(path).repack(9)
        forms = dict(tool.execute("SELECT message_id, form FROM episode").fetchall())
    assert forms == {one.message_id: "DC1" for one in runs} | {DAMAGED: "unreadable"}

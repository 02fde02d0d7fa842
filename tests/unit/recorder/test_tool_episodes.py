"""`darkstar-recorder episodes`, as a person uses it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import polars as pl
import pytest
from support.desks import Heard, a_desk
from support.stores import empty_history
from unit.recorder.test_store_episodes import DAMAGED, FIRST, run, written_before

from darkstar_common.config import Config
from darkstar_recorder.commandline import parser
from darkstar_recorder.core.episodes import kept
from darkstar_recorder.core.quality import DayLabel
from darkstar_recorder.core.slots import SlotEnergy
from darkstar_recorder.store import Store
from darkstar_recorder.store.database import open_database
from darkstar_recorder.tools.episodes import EPISODES
from darkstar_recorder.tools.tool import Stopped, ToolError

RUNS = [run(number) for number in range(3)]
Call = Callable[..., list[str]]


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """A file with three runs and a damaged one of an earlier version, and one of this."""
    written_before(tmp_path / "history.duckdb", RUNS)
    opened = Store(empty_history(tmp_path / "history.duckdb"))
    opened.add_episodes([kept(run(7, "shadow"))])
    yield opened
    opened.close()


@pytest.fixture
def call(store: Store, tmp_path: Path) -> Call:
    def calling(*words: str) -> list[str]:
        heard = Heard()
        options = parser().parse_args(["episodes", *words])
        assert EPISODES.run(a_desk(store, tmp_path, heard=heard), options) == 0
        return heard.lines

    return calling


def test_the_newest_are_listed_first(call: Call) -> None:
    lines = call("list", "--limit", "1")
    assert lines[0].split() == [str(run(7).message_id), "2025-07-01", "07:00", "shadow", "2.33"]
    assert lines[1:] == ["1 of 5 episodes"]


@pytest.mark.parametrize(
    ("words", "count"),
    [
        ((), 5),
        (("--system", "shadow"), 1),
        (("--from", "2025-07-01T07:00Z"), 1),
        (("--until", "2025-07-01T07:00Z"), 4),
    ],
)
def test_a_part_of_them_is_listed(call: Call, words: tuple[str, ...], count: int) -> None:
    assert call("list", *words)[-1] == f"{count} of 5 episodes"


def test_sizes_are_shown(call: Call) -> None:
    lines = call("list", "--show-size")
    assert lines[0].endswith(" bytes")
    assert lines[-1].startswith("all of them: 0.00 MB")


@pytest.mark.parametrize("number", [1, 7])
def test_one_of_every_form_is_shown(call: Call, number: int) -> None:
    lines = call("show", str(run(number).message_id))
    assert f"message_id: {run(number).message_id}" in lines
    assert any(one.startswith("schedule, as JSON: ") for one in lines)


def test_what_is_exported_is_the_whole_run(call: Call, tmp_path: Path) -> None:
    for one in RUNS:
        call("export", str(one.message_id), "--output", "one.json")
        assert json.loads((tmp_path / "one.json").read_text()) == one.model_dump(mode="json")


@pytest.mark.parametrize("doing", [["show"], ["export", "--output", "x.json"]])
def test_a_damaged_one_is_named(call: Call, doing: list[str], tmp_path: Path) -> None:
    with pytest.raises(ToolError, match=f"episode {DAMAGED} is damaged: its zlib bytes"):
        call(*doing, str(DAMAGED))
    assert not (tmp_path / "x.json").exists()


@pytest.mark.parametrize(
    ("name", "sentence"),
    [("ffff", "there is no episode ffff; `episodes list`"), ("0000", "5 episodes begin with 0000")],
)
def test_an_id_that_means_none_or_many_is_refused(call: Call, name: str, sentence: str) -> None:
    with pytest.raises(ToolError, match=sentence):
        call("show", name)


def test_a_file_that_cannot_be_written_is_named(call: Call) -> None:
    with pytest.raises(ToolError, match=r"no/one\.json: it cannot be written"):
        call("export", str(UUID(int=8)), "--output", "no/one.json")


def test_earlier_ones_are_written_anew_and_the_damaged_one_is_named(
    call: Call, store: Store
) -> None:
    lines = call("repack")
    assert lines == [f"episode {DAMAGED} is damaged; it stays as it is", "3 episodes written anew"]
    assert call("repack") == ["0 episodes written anew"]
    assert store.episode(RUNS[0].message_id) == RUNS[0].model_dump(mode="json")
    assert any("damaged" in one for one in call("list"))


def test_it_stops_when_nobody_waits(store: Store, tmp_path: Path) -> None:
    def gone() -> None:
        raise Stopped

    desk = a_desk(store, tmp_path, checkpoint=gone)
    with pytest.raises(Stopped):
        EPISODES.run(desk, parser().parse_args(["episodes", "repack"]))
    assert store.repack_episodes(9).done == len(RUNS)


def parquet(directory: Path, name: str) -> pl.DataFrame:
    return pl.read_parquet(directory / name / "**" / "*.parquet")


def test_all_runs_are_exported_for_learning_and_the_damaged_one_is_named(
    call: Call, store: Store, tmp_path: Path
) -> None:
    slot = SlotEnergy(start=FIRST + timedelta(hours=1), kwh={"load": 0.75}, flags={})
    store.add_slots([slot], "counters", FIRST)
    lines = call("export", "--all", "out")
    assert lines[0] == f"episode {DAMAGED} is damaged; it stays as it is"
    assert lines[1:] == [
        f"episode {DAMAGED} is damaged; it is left out",
        "out/episodes: 4 episodes of 1 days",
        "out/episode_slots: 12 slots as they planned them and as they came",
    ]
    runs = parquet(tmp_path / "out", "episodes").sort("first_slot")
    assert runs["message_id"].to_list() == [str(one.message_id) for one in (*RUNS, run(7))]
    assert runs["system_id"].to_list() == ["prod"] * 3 + ["shadow"]
    assert [json.loads(one) for one in runs["content"]][:3] == [
        one.model_dump(mode="json") for one in RUNS
    ]
    slots = parquet(tmp_path / "out", "episode_slots")
    assert slots.height == 12
    (seen,) = slots.filter(pl.col("load_kwh").is_not_null()).rows(named=True)
    assert (seen["message_id"], seen["start"]) == (str(RUNS[1].message_id), slot.start)
    assert (seen["load_kwh"], seen["planned_load_kw"]) == (0.75, 1.5)


def test_each_slot_that_goes_out_has_the_label_of_its_local_day(
    store: Store, tmp_path: Path
) -> None:
    day = DayLabel(day=FIRST.date(), label="exclude", reasons="")
    store.label_days([day], "person", FIRST)
    store.add_episodes([kept(run(21))])  # 21:00 UTC: 23:00 in Stockholm; three slots
    store.add_episodes([kept(run(22))])
    for zone in ("Europe/Stockholm", "UTC"):
        desk = a_desk(store, tmp_path, config=Config.model_validate({"timezone": zone}))
        words = ["episodes", "export", "--all", zone, "--from", "2025-07-01T20:00Z"]
        assert EPISODES.run(desk, parser().parse_args(words)) == 0
    there = parquet(tmp_path / "Europe/Stockholm", "episode_slots").sort("start")
    assert there["day_label"].to_list() == ["exclude"] * 3 + [None] * 3
    assert set(parquet(tmp_path / "UTC", "episode_slots")["day_label"]) == {"exclude"}


@pytest.mark.parametrize("year", [1, 9999])
def test_a_run_of_no_possible_time_goes_out_all_the_same(
    store: Store, call: Call, tmp_path: Path, year: int
) -> None:
    slots = [{"start": f"{year:04}-12-31T23:45:00+00:00"}]
    odd = run(9).model_copy(update={"schedule": {"slots": slots}})
    store.add_episodes([kept(odd)])
    call("export", "--all", "out")
    assert str(odd.message_id) in parquet(tmp_path / "out", "episodes")["message_id"]


def test_exporting_again_puts_the_same_files_in_their_place(call: Call, tmp_path: Path) -> None:
    call("export", "--all", "out")
    before = parquet(tmp_path / "out", "episodes")
    call("export", "--all", "out")
    assert parquet(tmp_path / "out", "episodes").equals(before)
    assert [one.name for one in (tmp_path / "out").rglob("*.part")] == []


@pytest.mark.parametrize(
    ("words", "count"),
    [
        (("--system", "shadow"), 1),
        (("--from", "2025-07-01T01:00Z", "--until", "2025-07-01T07:00Z"), 2),
    ],
)
def test_a_part_of_them_is_exported(
    call: Call, words: tuple[str, ...], count: int, tmp_path: Path
) -> None:
    call("export", "--all", "out", *words)
    assert parquet(tmp_path / "out", "episodes").height == count


def test_nothing_to_export_is_said(call: Call, tmp_path: Path) -> None:
    lines = call("export", "--all", "out", "--system", "nobody")
    assert "out/episodes: 0 episodes of 0 days" in lines
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    "words", [(), ("1",), ("--output", "x"), ("1", "--all", "out"), ("--output", "x", "--all", "y")]
)
def test_what_is_to_be_exported_must_be_said(call: Call, words: tuple[str, ...]) -> None:
    with pytest.raises(ToolError, match="say which episode and into which file"):
        call("export", *words)


def test_a_directory_that_cannot_be_made_is_named(call: Call, tmp_path: Path) -> None:
    (tmp_path / "out").write_text("a file")
    with pytest.raises(ToolError, match="out: it cannot be written"):
        call("export", "--all", "out")


def test_a_body_that_was_damaged_later_is_named_in_the_list_and_left_out(
    call: Call, tmp_path: Path
) -> None:
    broken = run(7).message_id
    with open_database(tmp_path / "history.duckdb") as connection:
        connection.execute("UPDATE episode SET body = 'DC1 rot' WHERE message_id = ?", [broken])
    assert "damaged" in next(one for one in call("list") if one.startswith(str(broken)))
    assert f"episode {broken} is damaged; it is left out" in call("export", "--all", "out")
    assert parquet(tmp_path / "out", "episodes").height == len(RUNS)


@pytest.mark.parametrize(
    "words",
    [
        ("--database", "other", "list"),
        ("list", "--database", "other"),
        ("export", "--all", "out", "--database", "other"),
        ("repack", "--database", "other"),
    ],
)
def test_another_file_is_named_before_or_after(words: tuple[str, ...]) -> None:
    assert parser().parse_args(["episodes", *words]).database == Path("other")
    assert parser().parse_args(["episodes", "list"]).database is None

"""`darkstar-recorder episodes`, as a person uses it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from uuid import UUID

import pytest
from support.desks import Heard, a_desk
from unit.recorder.test_store_episodes import DAMAGED, run, written_before

from darkstar_recorder.commandline import parser
from darkstar_recorder.core.episodes import kept
from darkstar_recorder.store import Store
from darkstar_recorder.tools.episodes import EPISODES
from darkstar_recorder.tools.tool import Stopped, ToolError

RUNS = [run(number) for number in range(3)]
Call = Callable[..., list[str]]


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """A file with three runs and a damaged one of an earlier version, and one of this."""
    written_before(tmp_path / "history.duckdb", RUNS)
    opened = Store(tmp_path / "history.duckdb")
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

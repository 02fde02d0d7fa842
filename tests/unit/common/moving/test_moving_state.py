"""What of a service's files travels, and how a state is put in place: all of it, or nothing."""

from __future__ import annotations

import io
import os
import socket
from pathlib import Path, PurePosixPath

import pytest

from darkstar_common.launcher.moving import placing, state
from darkstar_common.launcher.moving.errors import MovingError, SpaceError


def put(directory: Path, **files: str) -> Path:
    for name, content in files.items():
        path = directory / name.replace("__", "/")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8")
    return directory


@pytest.mark.parametrize(
    ("name", "does"),
    [
        ("wishes.json", True),
        ("models/load/load-20260101T030000/model.bin", True),
        ("backups/config-20260101.yaml", True),
        ("history.duckdb", False),
        ("history.duckdb.wal", False),
        ("history.duckdb.before-0012", False),
        ("history.duckdb.replaced-20260101T000000Z", False),
        ("backups/history-20260101T020000Z.duckdb", False),
        ("backups/history-20260101T020000Z.duckdb.part", False),
        (".moving.duckdb", False),
        (".wishes.json.abc123", False),
        ("prices/.part/x", False),
    ],
)
def test_what_travels(name: str, does: bool) -> None:
    assert state.travels(PurePosixPath(name)) is does


def test_sockets_and_links_stay(tmp_path: Path) -> None:
    put(tmp_path, a="1", b__c="2")
    (tmp_path / "link").symlink_to(tmp_path / "a")
    with socket.socket(socket.AF_UNIX) as one:
        one.bind(str(tmp_path / "tools"))
        assert list(state.files(tmp_path)) == ["a", "b/c"]


def test_a_file_that_goes_meanwhile_is_left_out(tmp_path: Path) -> None:
    found = state.files(put(tmp_path, a="1", b="2"))
    (tmp_path / "a").unlink()
    assert [(name, size) for name, size, _ in state.opened(found)] == [("b", 1)]


def test_a_pipe_carries_all_files(tmp_path: Path) -> None:
    pipe = io.BytesIO()
    state.pack(state.opened(state.files(put(tmp_path / "a", x="one", y__z="two"))), pipe)
    pipe.seek(0)
    for name, _, content in state.packed(pipe):
        state.write(tmp_path / "b", name, content)
    assert (tmp_path / "b/x").read_text(encoding="utf-8") == "one"
    assert (tmp_path / "b/y/z").read_text(encoding="utf-8") == "two"


@pytest.mark.parametrize("length", [0, 100, 700, 1500])
def test_a_pipe_that_ends_too_early_is_noticed(length: int, tmp_path: Path) -> None:
    pipe = io.BytesIO()
    state.pack(state.opened(state.files(put(tmp_path / "a", x="one" * 400, y="two"))), pipe)
    cut = io.BytesIO(pipe.getvalue()[:length])

    def arriving() -> None:
        for name, _, content in state.packed(cut):
            state.write(tmp_path / "b", name, content)

    with pytest.raises(MovingError, match="did not arrive whole"):
        arriving()


@pytest.mark.parametrize("name", ["../x", "a/../../x", "/x", "."])
def test_nothing_is_written_elsewhere(name: str, tmp_path: Path) -> None:
    with pytest.raises((MovingError, OSError)):
        state.write(tmp_path / "stage", name, io.BytesIO(b"x"))
    assert not (tmp_path / "x").exists()


def staged(place: Path, **files: str) -> Path:
    put(placing.stage(place), **files)
    return place


def test_what_waits_is_put_in_the_place_of_what_was_there(tmp_path: Path) -> None:
    old = put(tmp_path / "planner", a="old", b="old")
    staged(old, a="new")
    fresh = staged(tmp_path / "gateway", c="new")
    placing.commit((old, fresh))
    placing.settle((old, fresh))
    assert state.files(old).keys() == {"a"}
    assert (old / "a").read_text(encoding="utf-8") == "new"
    assert {one.name for one in tmp_path.iterdir()} == {"planner", "gateway"}


def test_where_one_cannot_be_put_in_place_all_stay_as_they_were(tmp_path: Path) -> None:
    first = put(tmp_path / "planner", a="old")
    second = put(tmp_path / "recorder", b="old")
    staged(first, a="new")  # nothing waits for the second
    with pytest.raises(OSError, match="incoming-recorder"):
        placing.commit((first, second))
    assert (first / "a").read_text(encoding="utf-8") == "old"
    placing.settle((first, second))
    assert (first / "a").read_text(encoding="utf-8") == "old"
    assert (second / "b").read_text(encoding="utf-8") == "old"
    assert {one.name for one in tmp_path.iterdir()} == {"planner", "recorder"}


@pytest.mark.parametrize("cut_off", [1, 2])
def test_an_import_that_was_cut_off_is_taken_back_by_the_next(cut_off: int, tmp_path: Path) -> None:
    place = put(tmp_path / "planner", a="old")
    staged(place, a="half")
    place.rename(placing.replaced(place))
    if cut_off == 2:
        placing.incoming(place).rename(place)
    staged(place, a="new")
    assert (place / "a").read_text(encoding="utf-8") == "old"
    placing.commit((place,))
    placing.settle((place,))
    assert (place / "a").read_text(encoding="utf-8") == "new"


def test_what_was_put_in_place_can_be_undone_until_it_is_settled(tmp_path: Path) -> None:
    place = staged(put(tmp_path / "planner", a="old"), a="new")
    placing.commit((place,))
    placing.undo((place,))
    assert (place / "a").read_text(encoding="utf-8") == "old"
    placing.settle((place,))
    placing.undo((place,))
    assert (place / "a").read_text(encoding="utf-8") == "old"


def test_the_copies_of_each_night_stay(tmp_path: Path) -> None:
    place = put(tmp_path / "recorder", **{"history.duckdb": "old", "backups__h-1.duckdb": "night"})
    staged(place, **{"history.duckdb": "new"})
    placing.commit((place,))
    placing.settle((place,))
    assert (place / "backups/h-1.duckdb").read_text(encoding="utf-8") == "night"
    assert (place / "history.duckdb").read_text(encoding="utf-8") == "new"


@pytest.mark.parametrize(
    ("files", "lived"),
    [({}, False), ({".x": "1"}, False), ({"x.json": "1"}, True), ({"history.duckdb": ""}, True)],
)
def test_a_place_is_lived_in(files: dict[str, str], lived: bool, tmp_path: Path) -> None:
    assert placing.is_lived_in(put(tmp_path / "recorder", **files)) is lived


def test_a_house_that_does_not_fit_is_refused(tmp_path: Path) -> None:
    placing.need_room(tmp_path / "not/yet/there", 1000)
    with pytest.raises(SpaceError, match=r"MB are needed.*make room"):
        placing.need_room(tmp_path, 1 << 60)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files away")
def test_what_root_puts_in_place_is_the_services(tmp_path: Path) -> None:
    os.chown(tmp_path, 12345, 12345)
    place = staged(tmp_path / "planner", a__b="new")
    placing.commit((place,))
    assert {one.stat().st_uid for one in (place, place / "a", place / "a/b")} == {12345}

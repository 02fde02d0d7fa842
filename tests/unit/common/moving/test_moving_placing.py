"""What an import leaves where it was cut off, and what the next one makes of that."""

from __future__ import annotations

from pathlib import Path

import pytest

from darkstar_common.launcher.moving import placing


@pytest.fixture
def places(tmp_path: Path) -> tuple[Path, ...]:
    found = (tmp_path / "planner", tmp_path / "recorder")
    for place in found:
        place.mkdir()
        (place / "kept").write_text("before", encoding="utf-8")
        fresh = placing.stage(place)
        (fresh / "kept").write_text("came in", encoding="utf-8")
    return found


def kept(places: tuple[Path, ...]) -> set[str]:
    return {(place / "kept").read_text(encoding="utf-8") for place in places}


def left(places: tuple[Path, ...]) -> set[str]:
    return {one.name for one in places[0].parent.iterdir() if one.name.startswith(".")}


def test_what_was_committed_and_not_settled_is_never_undone_by_a_later_import(
    places: tuple[Path, ...],
) -> None:
    placing.commit(places)
    for place in places:
        (place / "kept").write_text("went on", encoding="utf-8")
    for place in places:
        placing.stage(place)
    assert kept(places) == {"went on"}
    placing.undo(places)
    placing.settle(places)
    assert kept(places) == {"went on"}
    assert left(places) == set()


def test_what_was_cut_off_before_all_had_it_is_taken_back(places: tuple[Path, ...]) -> None:
    place = places[0]
    place.rename(placing.replaced(place))
    placing.incoming(place).rename(place)
    placing.recover(places)
    assert kept(places) == {"before"}


def test_a_commit_can_be_taken_back_by_who_made_it(places: tuple[Path, ...]) -> None:
    placing.commit(places)
    placing.undo(places)
    placing.settle(places)
    assert kept(places) == {"before"}
    assert left(places) == set()


def test_settling_that_was_cut_off_is_ended_and_not_undone(places: tuple[Path, ...]) -> None:
    placing.commit(places)
    placing.committed(places[0]).unlink()
    placing.recover(places)
    assert kept(places) == {"came in"}
    assert left(places) == set()

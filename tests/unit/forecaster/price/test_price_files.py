"""Published prices survive a restart, and what may be wrong with a disk."""

from __future__ import annotations

from pathlib import Path

import pytest
from unit.forecaster.price.desks import MORNING, Desk, a_desk, at_work, day_prices
from unit.forecaster.price.markets import DAY, MONDAY, STOCKHOLM

from darkstar_common.slots import local_day
from darkstar_common.testing import settle
from darkstar_forecaster.price_history import (
    ISSUE,
)


async def test_what_is_noted_is_known_at_once_and_after_a_restart(tmp_path: Path) -> None:
    desk = a_desk(tmp_path)
    async with at_work(desk):
        desk.history.note(day_prices(MONDAY, 0.123))
        assert MONDAY in desk.known()
        await settle()
    again = a_desk(tmp_path).history
    assert again.spots().equals(desk.history.spots())
    assert again.days(2)[MONDAY] == day_prices(MONDAY, 0.123, source="")


def test_what_comes_later_counts_more(tmp_path: Path) -> None:
    history = a_desk(tmp_path).history
    for price in (0.1, 0.2):
        history.note(day_prices(MONDAY, price))
    assert history.spots().height == 96
    assert set(history.spots()["spot_per_kwh"]) == {0.2}


@pytest.mark.parametrize("content", [b"", b"nonsense", b"PAR1" + b"\0" * 50 + b"PAR1"])
def test_a_damaged_file_is_fetched_again(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "prices" / "SE4_SEK" / "2026-03.parquet"
    path.parent.mkdir(parents=True)
    path.write_bytes(content)
    assert a_desk(tmp_path).history.spots().is_empty()


async def test_a_file_that_was_copied_brings_no_slot_twice(tmp_path: Path) -> None:
    desk = a_desk(tmp_path)
    desk.market.silent = True
    async with at_work(desk):
        desk.history.note(day_prices(MONDAY))
        await settle()
    path = tmp_path / "prices" / "SE4_SEK" / "2026-03.parquet"
    path.with_name("2026-02.parquet").write_bytes(path.read_bytes())
    (path.parent / "notes.parquet").write_bytes(b"of a person")
    assert a_desk(tmp_path).history.spots().equals(desk.history.spots())


async def test_what_is_older_than_is_learned_from_is_removed(tmp_path: Path) -> None:
    desk = a_desk(tmp_path)
    async with at_work(desk):
        desk.history.note(day_prices(MONDAY))
        await settle()
    files = [one.name for one in (tmp_path / "prices" / "SE4_SEK").glob("*.parquet")]
    later = a_desk(tmp_path, now=MORNING + 1200 * DAY)
    assert later.history.spots().is_empty()
    assert not any((tmp_path / "prices" / "SE4_SEK" / name).exists() for name in files)


def troubles(desk: Desk) -> list[str]:
    return [one.key for one in desk.context.status.issues]


async def test_a_full_disk_is_survived_and_tried_again(tmp_path: Path) -> None:
    (tmp_path / "prices").write_text("a file where a directory should be")
    desk = a_desk(tmp_path)
    desk.market.silent = True
    async with at_work(desk):
        desk.history.note(day_prices(MONDAY))
        await settle()
        assert MONDAY in desk.known()
        assert troubles(desk) == [ISSUE]
        (tmp_path / "prices").unlink()
        desk.history.note(day_prices(MONDAY - 40 * DAY))
        await settle()
        assert troubles(desk) == []
    assert set(a_desk(tmp_path).history.spots()["start"]) == set(desk.history.spots()["start"])
    assert local_day(MONDAY, STOCKHOLM)[0] in set(desk.history.spots()["start"])


async def test_an_area_of_any_name_stays_within_the_directory(tmp_path: Path) -> None:
    desk = a_desk(tmp_path, area="../../no 2/SE4")
    desk.market.silent = True
    async with at_work(desk):
        desk.history.note(day_prices(MONDAY))
        await settle()
    (found,) = (tmp_path / "prices").iterdir()
    assert found.name == "------no-2-SE4_SEK"

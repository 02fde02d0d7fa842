"""The file is copied each night, what is old goes, and people hear of a disk that is full."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from structlog.testing import capture_logs
from unit.recorder.caring import NOON, Disk, looked_after
from unit.recorder.test_store_episodes import DAMAGED, run, written_before
from unit.recorder.test_store_messages import NOTICE

from darkstar_common.config import Config, Keep, Recorder
from darkstar_recorder.care import due_after
from darkstar_recorder.store.copies import verify
from darkstar_recorder.store.messages import keep

STOCKHOLM = ZoneInfo("Europe/Stockholm")


def config(**wanted: object) -> Config:
    return Config(recorder=Recorder.model_validate(wanted))


async def test_the_file_is_copied_each_night_at_the_local_hour(tmp_path: Path) -> None:
    async with looked_after(tmp_path) as home:
        await home.wait(hours=13.75)
        assert home.backups == []
        await home.wait(hours=24.5)
        assert home.backups == [
            "history-20260111T020000Z.duckdb",
            "history-20260112T020000Z.duckdb",
        ]
        assert home.issues == {}
    assert verify(tmp_path / "backups" / "history-20260111T020000Z.duckdb") > 4


async def test_so_many_copies_are_kept_as_wanted(tmp_path: Path) -> None:
    async with looked_after(tmp_path, config(backups=2)) as home:
        await home.wait(hours=4 * 24)
        assert home.backups == [
            "history-20260113T020000Z.duckdb",
            "history-20260114T020000Z.duckdb",
        ]


async def test_a_night_that_was_missed_is_made_up_for_at_start(tmp_path: Path) -> None:
    async with looked_after(tmp_path) as home:
        await home.wait(hours=15)
    async with looked_after(tmp_path, at=NOON + timedelta(days=3)) as home:
        assert home.backups[-1] == "history-20260113T120000Z.duckdb"


async def test_a_restart_by_day_makes_no_copy(tmp_path: Path) -> None:
    for hours in (0, 15, 20):
        async with looked_after(tmp_path, at=NOON + timedelta(hours=hours)) as home:
            await home.wait(hours=1)
            count = len(home.backups)
    assert count == 1


async def test_without_an_hour_nothing_is_copied_and_old_rows_go_all_the_same(
    tmp_path: Path,
) -> None:
    wanted = config(backup_hour=None, keep=Keep(notifications_days=1))
    async with looked_after(tmp_path, wanted) as home:
        keep(home.writer, NOTICE)
        await home.wait(hours=15)
        assert (home.backups, home.count("notification")) == ([], 0)


async def test_what_is_old_is_in_the_copy_and_gone_from_the_file(tmp_path: Path) -> None:
    async with looked_after(tmp_path, config(keep=Keep(notifications_days=1))) as home:
        keep(home.writer, NOTICE)
        await home.wait(hours=15)
        assert home.count("notification") == 0
        copy = home.care.backups / home.backups[0]
        home.writer.execute(f"ATTACH '{copy}' AS copied (READ_ONLY)")
        assert home.count("copied.notification") == 1


async def test_a_disk_that_has_little_left_is_told_of_until_there_is_more(tmp_path: Path) -> None:
    async with looked_after(tmp_path, disk=Disk(free=499)) as home:
        assert home.issues == {"disk_low": "499 MB are free on the recorder's disk, less than 500"}
        home.disk.free = 501
        await home.wait(hours=0.25)
        assert home.issues == {}


async def test_a_copy_that_has_no_room_is_left_out_and_told_of(tmp_path: Path) -> None:
    async with looked_after(tmp_path) as home:
        home.disk.free = 0.1
        await home.wait(hours=15)
        assert home.backups == []
        assert "0 MB are free" in home.issues["backup_failed"]
        home.disk.free = 10_000
        await home.wait(hours=24)
        assert len(home.backups) == 1
        assert home.issues == {}


async def test_a_copy_that_cannot_be_written_is_told_of_and_does_not_stop_the_rest(
    tmp_path: Path,
) -> None:
    (tmp_path / "backups").write_text("in the way")
    async with looked_after(tmp_path, config(keep=Keep(notifications_days=1))) as home:
        keep(home.writer, NOTICE)
        await home.wait(hours=15)
        assert "was not copied" in home.issues["backup_failed"]
        assert home.count("notification") == 0


async def test_what_a_power_cut_left_of_a_copy_goes_with_the_next_one(tmp_path: Path) -> None:
    (tmp_path / "backups").mkdir()
    (tmp_path / "backups" / "history-20260109T020000Z.duckdb.part").write_bytes(b"half")
    async with looked_after(tmp_path) as home:
        await home.wait(hours=15)
        assert home.backups == ["history-20260111T020000Z.duckdb"]


async def test_trouble_with_the_file_is_told_of_and_tried_again(tmp_path: Path) -> None:
    async with looked_after(tmp_path, config(backup_hour=None)) as home:
        home.writer.execute("ALTER TABLE notification RENAME TO elsewhere")
        await home.wait(hours=15)
        assert "what is old stays" in home.issues["care_failed"]
        home.writer.execute("ALTER TABLE elsewhere RENAME TO notification")
        await home.wait(hours=2)
        assert home.issues == {}


@pytest.mark.parametrize(
    ("last", "hour", "due"),
    [
        ("2026-01-10T01:59:00Z", 3, "2026-01-10T02:00:00Z"),
        ("2026-01-10T02:00:00Z", 3, "2026-01-11T02:00:00Z"),
        ("2026-03-28T02:00:00Z", 3, "2026-03-29T01:00:00Z"),
        ("2026-10-24T01:00:00Z", 3, "2026-10-25T02:00:00Z"),
        ("2026-01-10T22:30:00Z", 0, "2026-01-10T23:00:00Z"),
    ],
)
def test_the_hour_is_the_local_one(last: str, hour: int, due: str) -> None:
    assert due_after(datetime.fromisoformat(last), hour, STOCKHOLM) == datetime.fromisoformat(due)


@given(days=st.floats(0, 7000), hour=st.integers(0, 23))
def test_there_is_a_night_within_little_more_than_a_day(days: float, hour: int) -> None:
    last = NOON + timedelta(days=days)
    due = due_after(last, hour, STOCKHOLM)
    assert timedelta(0) < due - last <= timedelta(hours=25)


async def test_planning_runs_of_earlier_versions_are_written_anew_at_night(tmp_path: Path) -> None:
    runs = [run(number) for number in range(45)]
    written_before(tmp_path / "history.duckdb", runs)
    async with looked_after(tmp_path) as home:
        with capture_logs() as logs:
            await home.wait(hours=15)
        forms = dict(home.writer.execute("SELECT message_id, form FROM episode").fetchall())
    assert forms == {one.message_id: "DC1" for one in runs} | {DAMAGED: "unreadable"}
    damaged = [one["episode_id"] for one in logs if one["event"] == "episode_damaged"]
    assert damaged == [str(DAMAGED)]

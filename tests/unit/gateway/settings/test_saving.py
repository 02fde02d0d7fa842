"""The file on disk: replaced whole, with its owner and mode, or written in place."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st

from darkstar_gateway.saving import (
    ChangedMeanwhileError,
    Kept,
    NoBackupError,
    SettingsFile,
    UnwritableError,
)

NOW = datetime(2026, 6, 12, 12, tzinfo=UTC)
NOBODY = 65534


@pytest.fixture
def file(tmp_path: Path) -> SettingsFile:
    path = tmp_path / "house" / "config.yaml"
    path.parent.mkdir()
    path.write_bytes(b"site: one\n")
    return SettingsFile(path, tmp_path / "state" / "backups")


def replaced(file: SettingsFile, content: bytes, *, minutes: int = 0) -> tuple[str, ...]:
    return file.replace(content, file.read().revision, NOW + timedelta(minutes=minutes))


@pytest.fixture
def as_nobody() -> Iterator[None]:
    """Rights count for nothing while one is root."""
    if os.geteuid() != 0:
        yield
        return
    os.setegid(NOBODY)
    os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(0)
        os.setegid(0)


def test_the_whole_file_is_another_and_the_one_before_is_kept(file: SettingsFile) -> None:
    before = file.path.stat().st_ino
    assert replaced(file, b"site: two\n") == ()
    assert file.path.read_bytes() == b"site: two\n"
    assert file.path.stat().st_ino != before
    (backup,) = file.backups()
    first = Kept(b"site: one\n").revision[:8]
    assert backup.name == f"config-20260612T120000Z-{first}.yaml"
    assert file.backup(backup.name).content == b"site: one\n"
    assert [one.name for one in file.path.parent.iterdir()] == ["config.yaml"]


@pytest.mark.parametrize("mode", [0o600, 0o644, 0o666])
def test_its_mode_stays(file: SettingsFile, mode: int) -> None:
    file.path.chmod(mode)
    replaced(file, b"site: two\n")
    assert stat.S_IMODE(file.path.stat().st_mode) == mode


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files away")
def test_its_owner_stays(file: SettingsFile) -> None:
    os.chown(file.path, NOBODY, NOBODY)
    replaced(file, b"site: two\n")
    found = file.path.stat()
    assert (found.st_uid, found.st_gid) == (NOBODY, NOBODY)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files away")
@pytest.mark.parametrize(("mode", "replaced_whole"), [(0o666, True), (0o646, True), (0o664, False)])
def test_a_file_of_somebody_else_is_replaced_only_if_they_can_still_write_it(
    request: pytest.FixtureRequest, mode: int, replaced_whole: bool
) -> None:
    """As in a container, whose user is not the one at the keyboard."""
    with TemporaryDirectory() as place:
        Path(place).chmod(0o777)
        path = Path(place) / "config.yaml"
        path.write_bytes(b"site: one\n")
        path.chmod(mode)
        os.chown(path, 0, NOBODY)
        inode = path.stat().st_ino
        request.getfixturevalue("as_nobody")
        notes = replaced(SettingsFile(path, Path(place) / "backups"), b"site: two\n")
        assert path.read_bytes() == b"site: two\n"
        assert (path.stat().st_ino != inode) is replaced_whole
        assert (notes == ()) is replaced_whole
        assert stat.S_IMODE(path.stat().st_mode) == mode
        os.seteuid(0)


def test_a_link_stays_a_link(file: SettingsFile, tmp_path: Path) -> None:
    link = tmp_path / "config.yaml"
    link.symlink_to(file.path)
    replaced(SettingsFile(link, tmp_path / "backups"), b"site: two\n")
    assert link.is_symlink()
    assert file.path.read_bytes() == b"site: two\n"


def test_another_file_is_not_overwritten(file: SettingsFile) -> None:
    revision = file.read().revision
    file.path.write_bytes(b"site: by hand\n")
    with pytest.raises(ChangedMeanwhileError) as caught:
        file.replace(b"site: two\n", revision, NOW)
    assert caught.value.revision == file.read().revision
    assert file.path.read_bytes() == b"site: by hand\n"
    assert file.backups() == ()


def test_the_last_twenty_backups_stay_newest_first(file: SettingsFile) -> None:
    for number in range(25):
        replaced(file, f"site: s{number}\n".encode(), minutes=number)
    names = [one.name for one in file.backups()]
    assert len(names) == 20
    assert names == sorted(names, reverse=True)
    assert file.backup(names[0]).content == b"site: s23\n"
    assert file.backup(names[-1]).content == b"site: s4\n"


def test_other_files_among_the_backups_are_let_alone(file: SettingsFile) -> None:
    replaced(file, b"site: two\n")
    folder = file.path.parents[1] / "state" / "backups"
    (folder / "notes.txt").write_text("mine")
    assert len(file.backups()) == 1
    with pytest.raises(NoBackupError):
        file.backup("notes.txt")
    assert (folder / "notes.txt").exists()


@given(st.text(max_size=40))
def test_no_other_name_is_a_backup(name: str) -> None:
    with pytest.raises(NoBackupError):
        SettingsFile(Path("config.yaml"), Path("nowhere")).backup(name)


@pytest.fixture
def shared(as_nobody: None) -> Iterator[SettingsFile]:  # noqa: ARG001 (rights that count)
    """A file in a directory that nobody may write, reached by all."""
    with TemporaryDirectory() as place:
        house = Path(place) / "house"
        house.mkdir()
        (house / "config.yaml").write_bytes(b"site: one\n")
        (house / "config.yaml").chmod(0o666)
        house.chmod(0o555)
        yield SettingsFile(house / "config.yaml", Path(place) / "backups")
        house.chmod(0o755)


def test_where_the_directory_is_not_ours_it_is_written_in_place_and_that_is_said(
    shared: SettingsFile,
) -> None:
    inode = shared.path.stat().st_ino
    assert shared.obstacle() is None
    (note,) = replaced(shared, b"site: 2\n")
    assert "written in place" in note
    assert shared.path.read_bytes() == b"site: 2\n"
    assert shared.path.stat().st_ino == inode


def test_a_file_that_is_read_only_is_an_obstacle_with_a_way_out(shared: SettingsFile) -> None:
    shared.path.chmod(0o444)
    obstacle = shared.obstacle()
    assert obstacle is not None
    assert "may not write" in obstacle
    assert "by hand" in obstacle
    with pytest.raises(UnwritableError, match="cannot be written"):
        replaced(shared, b"site: 2\n")
    assert shared.path.read_bytes() == b"site: one\n"


def test_without_room_for_a_backup_nothing_is_changed(file: SettingsFile, tmp_path: Path) -> None:
    (tmp_path / "state").write_text("a file where the directory belongs")
    with pytest.raises(UnwritableError, match="No copy"):
        replaced(file, b"site: two\n")
    assert file.path.read_bytes() == b"site: one\n"


def test_a_missing_file_is_an_obstacle(tmp_path: Path) -> None:
    obstacle = SettingsFile(tmp_path / "config.yaml", tmp_path).obstacle()
    assert obstacle is not None
    assert "config.example.yaml" in obstacle

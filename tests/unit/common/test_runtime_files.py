from __future__ import annotations

import os
from pathlib import Path

import pytest

from darkstar_common.runtime import write_atomic


def test_it_replaces_the_whole_file_and_leaves_nothing_beside_it(tmp_path: Path) -> None:
    path = tmp_path / "new" / "state.json"
    write_atomic(path, b"a longer first version")
    write_atomic(path, b"second")
    assert path.read_bytes() == b"second"
    assert [one.name for one in path.parent.iterdir()] == ["state.json"]


def test_what_cannot_be_put_there_leaves_the_old_one_alone(tmp_path: Path) -> None:
    path = tmp_path / "state.json"
    path.mkdir()
    (path / "old").write_bytes(b"old")
    with pytest.raises(OSError, match=r"state\.json"):
        write_atomic(path, b"new")
    assert (path / "old").read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_readers_see_the_old_or_the_new_one(tmp_path: Path) -> None:
    path = tmp_path / "state.json"
    write_atomic(path, b"old")
    with path.open("rb") as reader:
        write_atomic(path, b"new")
        assert reader.read() == b"old"
    assert path.read_bytes() == b"new"
    assert not os.access(path, os.X_OK)

"""The copy of the recorder's database that is packed, or the reason why there is none."""

from __future__ import annotations

from pathlib import Path

import pytest

from darkstar_common.launcher.moving import recorder
from darkstar_common.launcher.moving.errors import DatabaseError
from darkstar_common.launcher.moving.state import DATABASE


def test_where_nothing_is_recorded_there_is_no_copy(tmp_path: Path) -> None:
    with recorder.copied(tmp_path, {}) as copy:
        assert copy is None


def test_what_is_no_database_is_refused_in_the_recorders_words(tmp_path: Path) -> None:
    (tmp_path / DATABASE).write_bytes(b"no database")
    told = {"DARKSTAR_CONFIG": str(tmp_path / "config.yaml")}
    (tmp_path / "config.yaml").touch()
    with (
        pytest.raises(DatabaseError, match="the recorder's database: "),
        recorder.copied(tmp_path, told),
    ):
        pass
    assert sorted(one.name for one in tmp_path.iterdir()) == ["config.yaml", DATABASE]

"""Days that a person wants left out of learning."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from support.desks import Heard, a_desk
from support.stores import empty_history

from darkstar_common.config import Config
from darkstar_recorder.commandline import parser
from darkstar_recorder.core.quality import DayLabel
from darkstar_recorder.store import Store
from darkstar_recorder.tools.resetting import RESET_LEARNING

LATE = datetime(2026, 6, 30, 22, 30, tzinfo=UTC)
"""Half past midnight of the next day in Stockholm."""


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    one = Store(empty_history(tmp_path / "history.duckdb"))
    yield one
    one.close()


def reset(store: Store, now: datetime = LATE, timezone: str = "Europe/Stockholm") -> list[str]:
    heard = Heard()
    config = Config.model_validate({"timezone": timezone})
    desk = a_desk(store, store.path.parent, heard=heard, config=config, now=now)
    options = parser().parse_args(["reset-learning", "--today"])
    assert RESET_LEARNING.run(desk, options) == 0
    return heard.lines


@pytest.mark.parametrize(
    ("timezone", "day"), [("Europe/Stockholm", date(2026, 7, 1)), ("UTC", date(2026, 6, 30))]
)
def test_the_local_day_is_left_out(store: Store, timezone: str, day: date) -> None:
    lines = reset(store, timezone=timezone)
    (label,) = store.day_labels(date(2026, 1, 1), date(2026, 12, 31))
    assert (label.day, label.label) == (day, "exclude")
    assert lines[0].startswith(f"{day}: is left out of learning")
    assert "learning/reset" in lines[1]


def test_again_changes_nothing_and_says_so(store: Store) -> None:
    reset(store)
    before = store.day_labels(date(2026, 1, 1), date(2026, 12, 31))
    assert "was left out of learning before" in reset(store)[0]
    assert store.day_labels(date(2026, 1, 1), date(2026, 12, 31)) == before


def test_a_doctor_does_not_overrule_the_person(store: Store) -> None:
    reset(store)
    healthy = DayLabel(day=date(2026, 7, 1), label="clean", reasons="all there")
    assert store.label_days([healthy], "doctor", LATE) == 0


def test_which_day_must_be_said(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        parser().parse_args(["reset-learning"])
    assert "--today" in capsys.readouterr().err

"""A statement that is not read to its end keeps the file from being tidied and copied."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import get_args
from uuid import UUID
from zoneinfo import ZoneInfo

import duckdb
import pytest
from support.stores import empty_history

import darkstar_recorder.store
from darkstar_common.contract import HistoryQuestion
from darkstar_common.slots import SLOT
from darkstar_recorder.core.filling import STATISTICS
from darkstar_recorder.core.ledger import Page
from darkstar_recorder.core.rollups import House
from darkstar_recorder.core.slots import SlotEnergy
from darkstar_recorder.store import Batch, Store, copies
from darkstar_recorder.store.caring import Caring
from darkstar_recorder.store.database import open_beside
from darkstar_recorder.store.episodes import Chosen
from darkstar_recorder.store.errors import StoreTroubleError
from darkstar_recorder.store.queries import Asked
from darkstar_recorder.store.questions import Details, QuestionError

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
HOUSE = House(cell=None, zone=ZoneInfo("Europe/Stockholm"))
NOBODY = UUID(int=0)
AT_ONCE = timedelta(0)

USES: dict[str, Callable[[Store], object]] = {
    "ledger": lambda store: store.ledger(),
    "usual": lambda store: store.usual(NOON),
    "readings": lambda store: store.readings("load", NOON, NOON + SLOT),
    "slots": lambda store: store.slots(NOON, NOON + SLOT),
    "changed_days": lambda store: store.changed_days(HOUSE, NOON),
    "past_mark": lambda store: store.past_mark(NOON),
    "roll": lambda store: store.roll([NOON.date()], HOUSE, NOON + timedelta(days=2)),
    "marks": lambda store: store.marks(STATISTICS),
    "day_labels": lambda store: store.day_labels(NOON.date(), NOON.date()),
    "find_episodes": lambda store: store.find_episodes(Chosen()),
    "episodes_named": lambda store: store.episodes_named("0"),
    "episode_sizes": lambda store: store.episode_sizes(),
    "repack_episodes": lambda store: store.repack_episodes(1),
}


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = Store(empty_history(tmp_path / "history.duckdb"))
    keep(opened, 1.0)
    yield opened
    opened.close()


def keep(store: Store, kwh: float) -> None:
    """Write the slot at noon; a second time is a change of what is there."""
    row = SlotEnergy(start=NOON, kwh={"load": kwh})
    store.commit(Batch(at=NOON, page=Page(rows=(row,), closed=(NOON,))))


def fold_after_a_change(store: Store) -> None:
    """What a copy does first, after somebody changed what was read before."""
    keep(store, 2.0)
    with open_beside(store.path) as beside:
        copies.fold(beside, patience=AT_ONCE)


@pytest.mark.parametrize("name", USES)
def test_nothing_that_the_store_does_stays_open(store: Store, name: str) -> None:
    USES[name](store)
    fold_after_a_change(store)


def test_a_run_that_is_not_there_stays_not_open(store: Store) -> None:
    with pytest.raises(KeyError):
        store.episode(NOBODY)
    fold_after_a_change(store)


@pytest.mark.parametrize("question", get_args(HistoryQuestion))
@pytest.mark.parametrize("columns", [(), ("no_such",)])
def test_no_question_stays_open_nor_one_that_is_refused(
    store: Store, question: HistoryQuestion, columns: tuple[str, ...]
) -> None:
    asked = Asked(
        what=question, start=NOON, end=NOON + SLOT, limit=1, details=Details(columns=columns)
    )
    with suppress(QuestionError):
        store.answer(asked)
    fold_after_a_change(store)


def test_who_reads_on_holds_up_a_copy_and_nobody_else(store: Store, tmp_path: Path) -> None:
    with open_beside(store.path) as reading:
        reading.execute("SELECT * FROM slot_observation").fetchone()
        keep(store, 2.0)
        with (
            open_beside(store.path) as beside,
            pytest.raises(duckdb.TransactionException, match="CHECKPOINT"),
        ):
            copies.fold(beside, patience=timedelta(milliseconds=50))
        keep(store, 3.0)
        assert store.slots(NOON, NOON + SLOT)[0].kwh == {"load": 3.0}
        reading.fetchall()
    Caring(store.path).copy_to(tmp_path / "copy.duckdb")
    assert copies.verify(tmp_path / "copy.duckdb")


def test_a_copy_that_cannot_be_made_is_refused_in_a_sentence(store: Store, tmp_path: Path) -> None:
    with open_beside(store.path) as reading:
        reading.execute("SELECT * FROM slot_observation").fetchone()
        keep(store, 2.0)
        with pytest.raises(StoreTroubleError, match="CHECKPOINT"):
            Caring(store.path, patience=AT_ONCE).copy_to(tmp_path / "copy.duckdb")
    assert not (tmp_path / "copy.duckdb").exists()


def test_the_store_never_asks_for_one_row_alone() -> None:
    package = Path(inspect.getfile(darkstar_recorder.store)).parent
    found = [one.name for one in package.glob("*.py") if ".fetchone(" in one.read_text("utf-8")]
    assert found == []

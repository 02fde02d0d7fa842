"""The recorder's memory: one DuckDB file, opened by one process."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import nullcontext, suppress
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta, tzinfo
from pathlib import Path
from typing import Any
from uuid import UUID

import duckdb

from darkstar_common.config import Tariff
from darkstar_common.contract import HistoryQuestion, Message
from darkstar_recorder.core.earlier_forecasts import EarlierForecast
from darkstar_recorder.core.episodes import KeptEpisode
from darkstar_recorder.core.filling import Mark, Memory
from darkstar_recorder.core.ledger import Ledger, Page
from darkstar_recorder.core.limits import Limits
from darkstar_recorder.core.past import PastSlot
from darkstar_recorder.core.quality import DayLabel, Judge
from darkstar_recorder.core.readings import Reading
from darkstar_recorder.core.rollups import House
from darkstar_recorder.core.slots import SlotEnergy
from darkstar_recorder.core.usual import DAYS, Usual
from darkstar_recorder.core.usual import usual as usual_of
from darkstar_recorder.store import (
    backfills,
    changes,
    episodes,
    imports,
    messages,
    meters,
    queries,
    readings,
    rollups,
    slots,
)
from darkstar_recorder.store.connections import PASSING, Connections
from darkstar_recorder.store.database import transaction
from darkstar_recorder.store.errors import StoreError
from darkstar_recorder.store.exports import Exporter
from darkstar_recorder.store.failing import keeping, telling, writing
from darkstar_recorder.store.slots import Added, SlotRow, Source
from darkstar_recorder.store.turns import Turns, aside, in_turn

_A_SECOND = timedelta(seconds=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """What is written together, or not at all."""

    at: datetime
    """The moment of writing."""
    page: Page = field(default_factory=Page)
    announced: tuple[datetime, ...] = ()
    """Slots that were published as they stand."""
    messages: tuple[Message, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.page or self.announced or self.messages)


@in_turn
class Store:
    """Blocking; safe for several threads: writers take turns, who asks waits for no writer."""

    def __init__(self, path: Path, *, patient: bool = False) -> None:
        """Open the file at `path`, making it or bringing it up to date if need be.

        Args:
            path: Of the file.
            patient: A file that cannot be opened now is tried again with each commit; until
                then all that is asked of it raises why not.

        Raises:
            StoreError: It cannot be opened; the sentence says why, and the way out.
        """
        self.path = path
        self._turns, self._file = Turns(), Connections(path)
        with suppress(*PASSING) if patient else nullcontext():
            self._file.open()

    def ledger(self, limits: Limits | None = None, usual: Usual | None = None) -> Ledger:
        """What the counters showed of late, and the slots that were made of it."""
        return meters.ledger(self._writer, limits or Limits(), usual)

    def commit(self, batch: Batch) -> list[dict[str, Any]]:
        """Write `batch` in one transaction.

        Returns:
            The slots it closed or corrected and those left to announce, as columns by name.

        Raises:
            StoreRefusedError: A message of it would never be taken.
            StoreError: The file takes nothing for now; the same batch may be tried again.
        """
        with writing(self.path):
            self._file.mend()
            return self._committed(batch)

    def _committed(self, batch: Batch) -> list[dict[str, Any]]:
        with transaction(self._writer):
            slots.mark_announced(self._writer, batch.announced)
            closed = meters.keep(self._writer, batch.page, batch.at)
            for message in batch.messages:
                with keeping(self.path, message):
                    messages.keep(self._writer, message)
        return slots.observations(self._writer, closed)

    def usual(self, now: datetime) -> Usual:
        """How the house used energy at each quarter of the days before `now`."""
        return usual_of(slots.slots(self._writer, now - timedelta(days=DAYS), now))

    def readings(self, channel: str, start: datetime, end: datetime) -> list[Reading]:
        """What a channel showed in [`start`, `end`), as far as it is kept, in order."""
        return readings.between(self._writer, channel, start, end)

    def slots(self, start: datetime, end: datetime) -> list[SlotRow]:
        """The closed slots that start in [`start`, `end`): the best value of each energy."""
        return slots.slots(self._writer, start, end)

    def add_slots(self, rows: Iterable[SlotEnergy], source: Source, at: datetime) -> Added:
        """Insert what is missing of one source; what it said before stays as it is."""
        with transaction(self._writer):
            return slots.add_slots(self._writer, rows, source, at)

    def replace_slots(self, rows: Iterable[SlotEnergy], source: Source, at: datetime) -> None:
        """Put whole rows of one source in place of what it said before."""
        with transaction(self._writer):
            slots.replace_slots(self._writer, rows, source, at, announced=True)

    def add_prices(
        self, prices: Iterable[tuple[datetime, float]], tariff: Tariff | None, zone: tzinfo
    ) -> int:
        """Insert published spot prices [currency/kWh] where there is none yet.

        `zone` is the local time that the `tariff` goes by.

        Returns:
            How many were missing.
        """
        with transaction(self._writer):
            return slots.add_prices(self._writer, prices, tariff, zone)

    def marks(self, memory: Memory) -> dict[str, Mark]:
        """How far each channel was fetched from Home Assistant."""
        return backfills.marks(self._writer, memory)

    def keep_marks(self, changed: Iterable[Mark]) -> None:
        """Note how far channels were fetched."""
        with transaction(self._writer):
            backfills.keep_marks(self._writer, changed)

    @aside
    def memory_bytes(self) -> int | None:
        """What the database holds in memory; None: it is closed."""
        return self._file.memory_bytes()

    @aside
    def ask(
        self,
        question: HistoryQuestion,
        start: datetime,
        end: datetime,
        *,
        limit: int,
        offset: int = 0,
    ) -> queries.Rows:
        """The rows of `question` in [`start`, `end`), at most `limit` of them after `offset`."""
        asked = queries.Asked(what=question, start=start, end=end, limit=limit, offset=offset)
        return self.answer(asked)

    @aside
    def answer(self, asked: queries.Asked, within: timedelta = _A_SECOND) -> queries.Rows:
        """The rows of a question.

        Raises:
            QuestionError: It has no answer, or none `within` that time.
            StoreError: The file cannot be read.
        """
        with telling(self.path), self._file.asking:
            return queries.ask(self._file.reader, asked, within)

    @aside
    def changed_days(
        self, house: House, now: datetime, since: datetime | None = None
    ) -> frozenset[date]:
        """Local days whose slots, prices, plans or house are others than they were.

        Raises:
            StoreUnwritableError: The file is broken; it is opened anew when something is recorded.
        """
        with self._file.summing, writing(self.path):
            return changes.changed(self._file.summer, house, now, since)

    @aside
    def past_mark(self, before: datetime) -> int:
        """Another number when more slots or prices of the time before `before` have come in.

        Raises:
            StoreError: The file is broken; it is opened anew when something is recorded.
        """
        with self._file.summing, writing(self.path):
            return changes.past_mark(self._file.summer, before)

    @aside
    def roll(self, days: Iterable[date], house: House, now: datetime) -> frozenset[date]:
        """Work out the sums of `days`, which nobody else writes; so no writer waits for it.

        Returns:
            Days after them to work out as well.

        Raises:
            StoreError: The file takes nothing for now.
        """
        with telling(self.path), writing(self.path), self._file.summing:
            found = rollups.worked_out(self._file.summer, days, house, now)
            with transaction(self._file.summer):
                rollups.keep(self._file.summer, found)
        return frozenset(found.following)

    def add_paid_prices(self, past: Iterable[PastSlot]) -> int:
        """Insert the prices of slots that are past, where none is published yet.

        Returns:
            How many slots had none.
        """
        with transaction(self._writer):
            return imports.add_paid_prices(self._writer, past)

    def add_forecasts(self, found: Iterable[EarlierForecast]) -> int:
        """Insert forecasts of an earlier Darkstar that are not there yet.

        Returns:
            How many were new.
        """
        with transaction(self._writer):
            return imports.add_forecasts(self._writer, found)

    def label_days(self, labels: Iterable[DayLabel], by: Judge, at: datetime) -> int:
        """Keep what local days are good for, unless somebody who knows better said otherwise.

        Returns:
            How many days are labelled otherwise than before.
        """
        with transaction(self._writer):
            return imports.label_days(self._writer, labels, by, at)

    def day_labels(self, first: date, last: date) -> tuple[DayLabel, ...]:
        """The labels of the days from `first` to `last`, both included, in order."""
        return imports.day_labels(self._writer, first, last)

    def exporter(self) -> Exporter:
        """Writes files of what is committed; to be closed after use."""
        return Exporter(self._writer.cursor())

    @aside
    def add_episodes(self, found: Iterable[KeptEpisode]) -> int:
        """Insert planning runs that are not there yet, in one transaction: some tens at once.

        Returns:
            How many were new.
        """
        rows = episodes.rows_of(found)
        with self._turns, transaction(self._writer):
            return episodes.insert(self._writer, rows)

    def find_episodes(self, chosen: episodes.Chosen) -> list[dict[str, Any]]:
        """The columns of planning runs, newest first."""
        return episodes.find(self._writer, chosen)

    def episodes_named(self, name: str) -> list[dict[str, Any]]:
        """The columns of planning runs with this name, or whose id begins so."""
        return episodes.named(self._writer, name)

    def episode(self, message_id: UUID) -> Any:
        """A planning run, whole.

        Raises:
            KeyError: There is none of that id.
            UnreadableError: It is damaged.
        """
        return episodes.content(self._writer, message_id)

    def episode_sizes(self) -> episodes.Sizes:
        """What the planning runs take."""
        return episodes.sizes(self._writer)

    def repack_episodes(self, most: int) -> episodes.Repacked:
        """Write so many planning runs of earlier versions in the present form."""
        with transaction(self._writer):
            return episodes.repack(self._writer, most)

    def close(self) -> None:
        """Fold the log into the file and close it."""
        self._file.close()

    @property
    def trouble(self) -> StoreError | None:
        """Why the file could not be opened to write, when that was tried last."""
        return self._file.trouble

    @property
    def _writer(self) -> duckdb.DuckDBPyConnection:
        return self._file.writer

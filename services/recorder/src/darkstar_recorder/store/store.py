"""The recorder's memory: one DuckDB file, opened by one process."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from darkstar_common.contract import HistoryQuestion, Message
from darkstar_recorder.core.counters import Meter
from darkstar_recorder.core.episodes import KeptEpisode
from darkstar_recorder.core.imported import ImportedSlot
from darkstar_recorder.core.slots import Increment, Ledger
from darkstar_recorder.store import episodes, messages, queries, slots
from darkstar_recorder.store.database import open_database, transaction
from darkstar_recorder.store.turns import Turns, aside, in_turn

_A_SECOND = timedelta(seconds=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """What is written together, or not at all."""

    meters: tuple[Meter, ...] = ()
    increments: tuple[Increment, ...] = ()
    closed: Mapping[datetime, bool] = field(default_factory=dict)
    """Slots to close, and whether each is only partly covered."""
    announced: tuple[datetime, ...] = ()
    """Slots that were published as they stand."""
    messages: tuple[Message, ...] = ()

    def __bool__(self) -> bool:
        return bool(
            self.meters or self.increments or self.closed or self.announced or self.messages
        )


@in_turn
class Store:
    """Blocking; safe for several threads: writers take turns, who asks waits for no writer."""

    def __init__(self, path: Path) -> None:
        """Open the file at `path`, making it or bringing it up to date if need be.

        Raises:
            StoreError: It cannot be opened; the sentence says why, and the way out.
        """
        self.path = path
        self._turns, self._asking = Turns(), Turns()
        self._writer = open_database(path)
        self._reader = self._writer.cursor()

    def ledger(self) -> Ledger:
        """Where the counters stood at the last commit."""
        return Ledger(meters=slots.meters(self._writer), waiting=slots.waiting(self._writer))

    def commit(self, batch: Batch) -> list[dict[str, Any]]:
        """Write `batch` in one transaction.

        Returns:
            The slots it closed or corrected, as columns by name.
        """
        with transaction(self._writer):
            slots.mark_announced(self._writer, batch.announced)
            slots.add(self._writer, batch.increments)
            slots.keep_meters(self._writer, batch.meters)
            slots.close(self._writer, batch.closed)
            for message in batch.messages:
                messages.keep(self._writer, message)
        return queries.observations(self._writer, list(batch.closed)) if batch.closed else []

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
        """
        with self._asking:
            return queries.ask(self._reader, asked, within)

    def add_imported(self, rows: Iterable[ImportedSlot]) -> int:
        """Insert slots from a file where there are none from one yet.

        Returns:
            How many were new.
        """
        with transaction(self._writer):
            return slots.add_imported(self._writer, rows)

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
        with self._asking:
            self._reader.close()
        self._writer.close()

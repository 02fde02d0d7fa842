"""What is usual in this house and what its counters step by, looked up again each day."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from darkstar_common.config import Config
from darkstar_recorder.conversion import limits
from darkstar_recorder.core.ledger import Ledger
from darkstar_recorder.core.limits import learned
from darkstar_recorder.core.usual import Usual
from darkstar_recorder.store import Store

_DAILY = timedelta(days=1)
_AT_FIRST = timedelta(hours=1)
"""While nothing is known of any counter."""


class Habits:
    """Blocking; what gaps and odd readings are judged by."""

    def __init__(self, store: Store, config: Config) -> None:
        self._store, self._config = store, config
        self._looked_at: datetime | None = None

    def ledger(self, now: datetime) -> Ledger:
        """The ledger as the file has it."""
        self._looked_at = now
        return self._store.ledger(limits(self._config), self._usual(now))

    def are_old(self, ledger: Ledger, now: datetime) -> bool:
        """Whether `ledger` should be renewed."""
        known = ledger.limits.steps_kwh
        return self._looked_at is None or now - self._looked_at >= (_DAILY if known else _AT_FIRST)

    def renewed(self, ledger: Ledger, now: datetime) -> Ledger:
        """`ledger` with the habits of the days before `now`."""
        self._looked_at = now
        known = learned(ledger.limits, ledger.readings)
        return replace(ledger, limits=known, usual=self._usual(now))

    def _usual(self, now: datetime) -> Usual | None:
        return self._store.usual(now) if self._config.recorder.gap_profile == "usual" else None

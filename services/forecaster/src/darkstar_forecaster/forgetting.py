"""Local days that nothing is to be learned from, because people said so."""

from __future__ import annotations

import json
from datetime import date, datetime, timedelta
from pathlib import Path

from darkstar_common.runtime import Context, write_atomic

_FILE = "forgotten.json"


class Forgotten:
    """Kept in the state directory for as long as the past is learned from."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._path = Path(context.state_dir) / _FILE
        self.days = self._read()

    def add(self, now: datetime) -> date:
        """Forget the local day of `now`.

        Raises:
            OSError: It cannot be written; nothing has changed.
        """
        config = self._context.config
        day = now.astimezone(config.zone).date()
        oldest = day - timedelta(days=config.forecaster.history_days + 1)
        days = frozenset(one for one in self.days | {day} if one >= oldest)
        write_atomic(self._path, json.dumps([one.isoformat() for one in sorted(days)]).encode())
        self.days = days
        return day

    def _read(self) -> frozenset[date]:
        try:
            told = json.loads(self._path.read_bytes())
            return frozenset(date.fromisoformat(one) for one in told)
        except FileNotFoundError:
            return frozenset()
        except (OSError, ValueError, TypeError) as error:
            self._context.log.warning("forgotten_days_unreadable", reason=str(error))
            return frozenset()

"""UTC in the database is naive; everywhere else it says so."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import overload


@overload
def naive(moment: datetime) -> datetime: ...
@overload
def naive(moment: None) -> None: ...
def naive(moment: datetime | None) -> datetime | None:
    """`moment` as the database keeps it."""
    return None if moment is None else moment.astimezone(UTC).replace(tzinfo=None)


def aware(moment: datetime) -> datetime:
    """`moment` as the database gave it, with its zone."""
    return moment.replace(tzinfo=UTC)

"""Messages of any kind in one shape, and what the recorder says of them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from darkstar_common.contract import HistoryRows


@dataclass(frozen=True, slots=True, kw_only=True)
class Remark:
    """A line of a service's log about what a message led to."""

    at: datetime | None
    service: str
    event: str
    detail: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A message, as far as it is known; an empty topic: all that is known is its id."""

    message_id: str
    topic: str = ""
    sender: str = ""
    sent_at: datetime | None = None
    caused_by: str | None = None
    made_from: Mapping[str, str] = field(default_factory=dict)
    """Ids of the messages that it rests on, by what they tell."""
    detail: Mapping[str, Any] = field(default_factory=dict)
    remarks: tuple[Remark, ...] = ()

    @property
    def parents(self) -> tuple[str, ...]:
        """What it came of."""
        cause = () if self.caused_by is None else (self.caused_by,)
        return tuple(dict.fromkeys((*cause, *self.made_from.values())))

    def joined(self, other: Told) -> Told:
        """With what only `other` knows of the same message."""
        known = self if self.topic else other
        return replace(
            known,
            caused_by=self.caused_by or other.caused_by,
            made_from=self.made_from or other.made_from,
            remarks=(*self.remarks, *(one for one in other.remarks if one not in self.remarks)),
        )


def recorded(rows: HistoryRows) -> tuple[Told, ...]:
    """The messages that the recorder answered with."""
    names = tuple(rows.columns)
    return tuple(
        _told(dict(zip(names, values, strict=True)))
        for values in zip(*rows.columns.values(), strict=True)
    )


def _told(row: Mapping[str, Any]) -> Told:
    return Told(
        message_id=row["message_id"],
        topic=row["topic"],
        sender=row["sender"],
        sent_at=datetime.fromisoformat(row["sent_at"]),
        caused_by=row["caused_by"],
        made_from=json.loads(row["made_from"] or "{}"),
        detail=json.loads(row["detail"]),
    )


def known(*told: Iterable[Told]) -> dict[str, Told]:
    """All that is told, by id; what two tell of one message is put together."""
    found: dict[str, Told] = {}
    for one in (each for some in told for each in some):
        before = found.get(one.message_id)
        found[one.message_id] = one if before is None else before.joined(one)
    return found

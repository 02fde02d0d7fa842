"""What Home Assistant shows of its entities, kept up to date by what it tells.

It tells of the entities that were asked for, in the short form of `subscribe_entities`: `a` for
those that are there, `c` for what has changed of them, `r` for those that went.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

GONE = frozenset({"unavailable"})
"""What an entity shows whose device cannot be reached."""


@dataclass(frozen=True, slots=True)
class Shown:
    """An entity as Home Assistant shows it."""

    state: str
    attributes: Mapping[str, Any] = field(default_factory=dict)

    @property
    def reachable(self) -> bool:
        """Whether its device is there."""
        return self.state not in GONE


def merged(shown: Mapping[str, Shown], event: Mapping[str, Any]) -> dict[str, Shown]:
    """What is shown after `event`; what cannot be read of it changes nothing."""
    found = dict(shown)
    for entity_id, raw in _rows(event.get("a")):
        found[entity_id] = Shown(str(raw.get("s", "unknown")), _dictionary(raw.get("a")))
    for entity_id, raw in _rows(event.get("c")):
        if entity_id in found:
            found[entity_id] = _changed(found[entity_id], raw)
    gone = event.get("r")
    for entity_id in gone if isinstance(gone, list) else ():
        found.pop(str(entity_id), None)
    return found


def _changed(before: Shown, raw: Mapping[str, Any]) -> Shown:
    more, less = _dictionary(raw.get("+")), _dictionary(raw.get("-")).get("a")
    gone = {str(one) for one in less} if isinstance(less, list) else set()
    attributes = {**before.attributes, **_dictionary(more.get("a"))}
    kept = {name: value for name, value in attributes.items() if name not in gone}
    return Shown(str(more.get("s", before.state)), kept)


def _rows(raw: object) -> list[tuple[str, Mapping[str, Any]]]:
    rows = raw.items() if isinstance(raw, dict) else ()
    return [(str(name), value) for name, value in rows if isinstance(value, dict)]


def _dictionary(raw: object) -> dict[str, Any]:
    return raw if isinstance(raw, dict) else {}

"""How values are told that the database has otherwise."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

from darkstar_recorder.core.flags import names
from darkstar_recorder.core.packing import unpack
from darkstar_recorder.core.readings import ENERGIES


@dataclass(frozen=True, slots=True)
class Told:
    """How the values of a column are told."""

    kind: str
    """As an SQL type."""
    of: Callable[[Any], Any]


@cache
def _quality(mask: int) -> list[str]:
    return list(names(mask))


def _flags(masks: list[int]) -> dict[str, list[str]]:
    """By channel; clean ones are left out, as on `history/slot`."""
    if not any(masks):
        return {}
    return {one: _quality(mask) for one, mask in zip(ENERGIES, masks, strict=True) if mask}


def _whole(body: bytes) -> str:
    return json.dumps(unpack(body), ensure_ascii=False)


QUALITY = Told("VARCHAR[]", _quality)
FLAGS = Told("MAP(VARCHAR, VARCHAR[])", _flags)
EPISODE = Told("VARCHAR", _whole)

"""Whether two values say the same, and how one list becomes another."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """What becomes of an item: `old` its place before, `new` after; None: it is not there."""

    old: int | None
    new: int | None
    value: Any = None


def same(one: Any, other: Any) -> bool:
    """Whether they are equal, where true is not 1.

    Example:
        >>> same([1.0], [1]), same(1, True), same({"a": None}, {})
        (True, False, False)
    """
    if isinstance(one, dict) and isinstance(other, dict):
        return set(one) == set(other) and all(same(one[key], other[key]) for key in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(same, one, other))
    return isinstance(one, bool) is isinstance(other, bool) and bool(one == other)


def steps(old: list[Any], new: list[Any]) -> Iterator[Step]:
    """How `old` becomes `new`, in order, with as many items kept as can be."""
    before, after = [_key(one) for one in old], [_key(one) for one in new]
    matcher = SequenceMatcher(None, before, after, autojunk=False)
    for _, i, i_end, j, j_end in matcher.get_opcodes():
        both = min(i_end - i, j_end - j)
        for k in range(both):
            yield Step(old=i + k, new=j + k, value=new[j + k])
        for k in range(i + both, i_end):
            yield Step(old=k, new=None)
        for k in range(j + both, j_end):
            yield Step(old=None, new=k, value=new[k])


def _key(value: Any) -> str:
    return json.dumps(_plain(value), sort_keys=True, default=repr)


def _plain(value: Any) -> Any:
    """Numbers that are equal look equal."""
    if isinstance(value, dict):
        return {str(key): _plain(one) for key, one in value.items()}
    if isinstance(value, list):
        return [_plain(one) for one in value]
    return float(value) if isinstance(value, int) and not isinstance(value, bool) else value

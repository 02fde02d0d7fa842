from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from darkstar_common.bus.backlog import Backlog

ITEMS = st.lists(st.tuples(st.sampled_from(["a", "b", "c", None]), st.booleans()), max_size=60)


def drain(backlog: Backlog[int]) -> list[int]:
    return [backlog.pop() for _ in range(len(backlog))]


@given(ITEMS, st.integers(1, 5))
def test_it_stays_bounded_in_order_and_keeps_the_latest_of_each_key(
    puts: list[tuple[str | None, bool]], limit: int
) -> None:
    backlog = Backlog[int](limit)
    dropped = [
        backlog.put(number, key, latest_only=latest) for number, (key, latest) in enumerate(puts)
    ]
    kept = drain(backlog)
    events = [number for number, (key, _) in enumerate(puts) if key is None]
    assert len(kept) <= 2 * limit + 3
    assert kept == sorted(kept)
    for key in ("a", "b", "c"):
        of_key = [number for number, (one, _) in enumerate(puts) if one == key]
        assert of_key[-1:] == [number for number in kept if puts[number][0] == key][-1:]
    assert [number for number in kept if puts[number][0] is None] == events[-limit:]
    assert [one for one in dropped if one is not None] == events[:-limit]


@given(st.lists(st.one_of(st.none(), st.sampled_from(["a", "b"])), max_size=40))
def test_below_the_limit_nothing_is_lost(keys: list[str | None]) -> None:
    backlog = Backlog[int](limit=1000)
    for number, key in enumerate(keys):
        assert backlog.put(number, key) is None
    assert drain(backlog) == list(range(len(keys)))


@given(st.lists(st.one_of(st.just("pop"), st.none(), st.sampled_from(["a", "b"])), max_size=80))
def test_taking_and_putting_may_alternate(steps: list[str | None]) -> None:
    backlog = Backlog[int](limit=3)
    taken: list[int] = []
    for number, step in enumerate(steps):
        if step == "pop":
            taken += [backlog.pop()] if len(backlog) else []
        else:
            backlog.put(number, step, latest_only=step == "a")
    taken += drain(backlog)
    assert taken == sorted(taken)
    assert len(set(taken)) == len(taken)


@given(ITEMS, st.integers(1, 5))
def test_what_gives_way_is_told_and_nothing_else(
    puts: list[tuple[str | None, bool]], limit: int
) -> None:
    gone: list[int] = []
    backlog = Backlog[int](limit, gave_way=gone.append)
    for number, (key, latest) in enumerate(puts):
        backlog.put(number, key, latest_only=latest)
    assert sorted(gone + drain(backlog)) == list(range(len(puts)))


def test_an_empty_one_has_nothing_to_take() -> None:
    backlog = Backlog[int]()
    backlog.put(1, "a")
    backlog.clear()
    with pytest.raises(KeyError):
        backlog.pop()
    assert backlog.put(2, "a", latest_only=True) is None
    assert drain(backlog) == [2]

"""Several threads at one store."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Barrier, Event, Thread

import pytest
from support.stores import empty_history

from darkstar_common.slots import SLOT
from darkstar_recorder.store import Store
from darkstar_recorder.store.turns import Turns, aside, in_turn

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


def run(*threads: Thread) -> None:
    for one in threads:
        one.start()
    for one in threads:
        one.join(10)
        assert not one.is_alive()


def test_one_at_a_time() -> None:
    turns, together, inside, most = Turns(), Barrier(4), [0], [0]

    def count() -> None:
        together.wait(10)
        for _ in range(500):
            with turns:
                inside[0] += 1
                most[0] = max(most[0], inside[0])
                inside[0] -= 1

    run(*(Thread(target=count) for _ in range(4)))
    assert most == [1]


def test_who_has_the_turn_may_ask_again_and_gives_it_back_once() -> None:
    turns, got = Turns(), Event()
    with turns:
        with turns:
            pass
        other = Thread(target=lambda: _enter(turns, got))
        other.start()
        assert not got.wait(0.05)
    other.join(10)
    assert got.is_set()


def _enter(turns: Turns, got: Event) -> None:
    with turns:
        got.set()


def test_who_writes_piece_after_piece_lets_others_in_between() -> None:
    """A greedy thread gets no second turn while another waits for its first."""
    turns, got, pieces = Turns(), Event(), [0]

    def greedy() -> None:
        while not got.is_set():
            with turns:
                pieces[0] += 1
            if pieces[0] == 3:
                other.start()
                while turns._next == turns._serving and not got.is_set():
                    pass

    other = Thread(target=lambda: _enter(turns, got))
    run(Thread(target=greedy))
    other.join(10)
    assert pieces[0] <= 5


def test_an_error_gives_the_turn_back() -> None:
    turns = Turns()
    with pytest.raises(RuntimeError), turns:
        raise RuntimeError
    got = Event()
    run(Thread(target=lambda: _enter(turns, got)))
    assert got.is_set()


def test_every_public_method_takes_its_turn_but_those_aside() -> None:
    @in_turn
    class Shelf:
        def __init__(self) -> None:
            self._turns = Turns()

        def held(self) -> int | None:
            return self._turns._owner

        def _private(self) -> int | None:
            return self._turns._owner

        @aside
        def beside(self) -> int | None:
            return self._turns._owner

    shelf = Shelf()
    assert shelf.held() is not None
    assert shelf.beside() is None
    assert shelf._private() is None
    assert shelf.held.__name__ == "held"


def test_a_generator_has_no_turn() -> None:
    class Shelf:
        def rows(self) -> Iterator[int]:
            yield 1

    with pytest.raises(TypeError, match=r"Shelf.rows is a generator"):
        in_turn(Shelf)


def test_threads_at_a_store_write_and_ask_without_harm(tmp_path: Path) -> None:
    store, together, failures = (
        Store(empty_history(tmp_path / "history.duckdb")),
        Barrier(5),
        list[object](),
    )

    def ask() -> None:
        together.wait(10)
        for _ in range(20):
            found = store.ask("prices", NOON, NOON + timedelta(days=400), limit=50_000)
            if found.row_count != len(found.columns["start"]):
                failures.append(found)

    def write(offset: int) -> None:
        together.wait(10)
        for number in range(20):
            start = NOON + (2 * number + offset) * SLOT
            if store.add_prices([(start, 1.0)], None, UTC) != 1:
                failures.append(start)

    writers = (Thread(target=write, args=(offset,)) for offset in range(2))
    run(*writers, *(Thread(target=ask) for _ in range(3)))
    assert not failures
    assert store.ask("prices", NOON, NOON + timedelta(days=1), limit=99).row_count == 40
    store.close()

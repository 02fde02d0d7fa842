from __future__ import annotations

from dataclasses import dataclass, field

from darkstar_common.bus.reading import Incoming
from darkstar_common.bus.router import Router, Row
from darkstar_common.contract import NOTIFY


@dataclass(eq=False)
class Desk:
    filters: dict[str, Row]
    got: list[tuple[str, Row]] = field(default_factory=list)

    def accept(self, incoming: Incoming, row: Row) -> None:
        self.got.append((incoming.payload.decode(), row))


def a_letter(topic: str, text: str = "x") -> Incoming:
    return Incoming(topic, text.encode())


def test_each_desk_gets_what_it_asked_for() -> None:
    router, exact, wild = Router(), Desk({"a/b": None}), Desk({"a/+": None, "c/#": None})
    router.open(exact)
    router.open(wild)
    for topic in ("a/b", "a/c", "c/d/e", "b"):
        router.route(a_letter(topic, topic))
    assert [text for text, _ in exact.got] == ["a/b"]
    assert [text for text, _ in wild.got] == ["a/b", "a/c", "c/d/e"]


def test_overlapping_filters_of_a_desk_deliver_once_and_the_contract_goes_first() -> None:
    router, desk = Router(), Desk({"a/#": None, "a/b": NOTIFY, "a/+": None})
    router.open(desk)
    router.route(a_letter("a/b"))
    assert desk.got == [("x", NOTIFY)]


def test_what_comes_before_a_desk_is_open_is_held_for_it() -> None:
    router = Router()
    for number in range(3):
        router.route(a_letter("a", str(number)))
        router.route(a_letter("b", str(number)))
    first, second = Desk({"a": None}), Desk({"+": None})
    router.open(first)
    router.route(a_letter("a", "3"))
    router.open(second)
    assert [text for text, _ in first.got] == ["0", "1", "2", "3"]
    assert [text for text, _ in second.got] == ["0", "1", "2"]


def test_once_settled_nothing_is_held() -> None:
    router, desk = Router(), Desk({"a": None})
    router.route(a_letter("a"))
    router.settle()
    router.route(a_letter("a"))
    router.open(desk)
    assert desk.got == []


def test_what_is_held_is_bounded() -> None:
    router, desk = Router(), Desk({"a": None})
    for number in range(10_050):
        router.route(a_letter("a", str(number)))
    router.open(desk)
    assert [text for text, _ in desk.got] == [str(number) for number in range(50, 10_050)]


def test_what_is_held_is_bounded_in_bytes() -> None:
    router, desk = Router(), Desk({"a": None})
    for _ in range(100):
        router.route(a_letter("a", "x" * 1024 * 1024))
    router.open(desk)
    assert len(desk.got) == 32


def test_a_filter_is_given_up_when_the_last_desk_closes() -> None:
    router, first, second = Router(), Desk({"a": None, "b": None}), Desk({"b": None})
    router.open(first)
    router.open(second)
    assert set(router.filters) == {"a", "b"}
    assert router.close(first) == ("a",)
    assert router.filters == ("b",)
    router.route(a_letter("b"))
    assert (len(first.got), len(second.got)) == (0, 1)
    assert router.close(second) == ("b",)


def test_filters_of_an_open_desk_may_change() -> None:
    router, desk = Router(), Desk({"a": None})
    router.open(desk)
    router.route(a_letter("b"))
    desk.filters["b"] = None
    router.want(["b"])
    router.route(a_letter("b", "second"))
    del desk.filters["b"]
    assert router.release(["b"]) == ("b",)
    router.route(a_letter("b", "third"))
    assert [text for text, _ in desk.got] == ["x", "second"]

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.gateway_app import Gateway

from darkstar_common.contract import LogLine, LogLines, Service
from darkstar_gateway.logbook import LEVELS, Logbook

NOON = datetime(2026, 6, 12, 12, tzinfo=UTC)


def said(service: Service, *levels: Any, dropped: int = 0, event: str = "plan_made") -> LogLines:
    lines = tuple(
        LogLine(at=NOON, level=level, event=event, details={"n": number})
        for number, level in enumerate(levels)
    )
    return LogLines(sender=service, emitted_at=NOON, lines=lines, dropped=dropped)


async def told(gateway: Gateway, **asked: str) -> Any:
    answer = await gateway.get("/api/logs", **asked)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_lines_of_all_services_come_in_the_order_they_came(gateway: Gateway) -> None:
    book = gateway.wired.logbook
    book.take(said(Service.PLANNER, "info", "error", dropped=3))
    book.take(said(Service.EXECUTOR, "debug"))
    book.take(said(Service.PLANNER, "warning"))
    found = await told(gateway)
    assert [(one["service"], one["level"]) for one in found["lines"]] == [
        ("planner", "info"), ("planner", "error"), ("executor", "debug"), ("planner", "warning"),
    ]  # fmt: skip
    assert found["cursor"] == 4
    assert found["dropped"] == 3
    assert found["lines"][1]["details"] == {"n": 1}
    assert found["lines"][0]["event"] == "plan_made"


@pytest.mark.parametrize(
    ("asked", "numbers"),
    [
        ({"service": "executor"}, [3]),
        ({"level": "warning"}, [2, 4]),
        ({"level": "warning", "service": "executor"}, []),
        ({"after": "2"}, [3, 4]),
        ({"limit": "1"}, [4]),
        ({"after": "99"}, []),
    ],
)
async def test_they_can_be_chosen(
    gateway: Gateway, asked: dict[str, str], numbers: list[int]
) -> None:
    book = gateway.wired.logbook
    book.take(said(Service.PLANNER, "info", "error"))
    book.take(said(Service.EXECUTOR, "debug"))
    book.take(said(Service.PLANNER, "warning"))
    found = await told(gateway, **asked)
    assert [one["number"] for one in found["lines"]] == numbers
    assert found["left_out"] == (3 if "limit" in asked else 0)


@given(
    st.lists(
        st.tuples(
            st.sampled_from([Service.PLANNER, Service.EXECUTOR]),
            st.lists(st.sampled_from(LEVELS), min_size=1, max_size=5),
        ),
        max_size=30,
    ),
    st.integers(1, 10),
)
def test_each_service_keeps_its_latest_however_much_the_others_say(
    messages: list[tuple[Service, list[str]]], most: int
) -> None:
    book = Logbook(most)
    for service, levels in messages:
        book.take(said(service, *levels))
    for service in (Service.PLANNER, Service.EXECUTOR):
        count = sum(len(levels) for one, levels in messages if one is service)
        assert len(list(book.lines(service=service))) == min(most, count)
    numbers = [one.number for one in book.lines()]
    assert numbers == sorted(set(numbers))


async def test_following_the_cursor_misses_nothing_and_repeats_nothing(gateway: Gateway) -> None:
    book, cursor, seen = gateway.wired.logbook, 0, []
    for number in range(4):
        book.take(said(Service.RECORDER, *["info"] * number or ["debug"]))
        found = await told(gateway, after=str(cursor))
        seen += [one["number"] for one in found["lines"]]
        cursor = found["cursor"]
    assert seen == list(range(1, cursor + 1))


async def test_they_can_be_taken_along_a_line_each(gateway: Gateway) -> None:
    gateway.wired.logbook.take(said(Service.PLANNER, "info", "error", event="two\nlines"))
    answer = await gateway.get("/api/logs/download", level="error")
    assert answer.headers["content-type"].startswith("application/x-ndjson")
    assert "attachment" in answer.headers["content-disposition"]
    (line,) = answer.text.splitlines()
    assert json.loads(line)["event"] == "two\nlines"


async def test_without_any_there_is_an_empty_answer(gateway: Gateway) -> None:
    found = await told(gateway)
    assert found["lines"] == []
    assert found["cursor"] == 0
    assert "gateway" in found["services"]
    assert (await gateway.get("/api/logs/download")).text == ""


@pytest.mark.parametrize("asked", [{"level": "loud"}, {"service": "people"}, {"limit": "0"}])
async def test_what_is_no_log_is_refused(gateway: Gateway, asked: dict[str, str]) -> None:
    answer = await gateway.get("/api/logs", **asked)
    assert answer.status_code == 422
    assert next(iter(asked)) in answer.json()["detail"]

from __future__ import annotations

import asyncio
import io
import json
import logging
import threading
from collections.abc import Iterator
from contextlib import redirect_stderr
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st

from darkstar_common.bus import MemoryBus
from darkstar_common.contract import LOG, LogLine, LogLines, Service
from darkstar_common.runtime.log_lines import LONGEST_TEXT, KeptLines, without
from darkstar_common.runtime.log_sending import MOST_AT_ONCE, send_lines
from darkstar_common.runtime.logs import configure_logs
from darkstar_common.testing import FakeClock, settle

NOON = datetime(2026, 6, 12, 12, tzinfo=UTC)
SECRET = 'the"s3cret'  # noqa: S105 (it is of this test)
HIDDEN = (SECRET, json.dumps(SECRET)[1:-1])


def logged(kept: KeptLines, event: str = "plan_made", **fields: Any) -> None:
    said = {"event": event, "level": "info", "timestamp": NOON.isoformat(), **fields}
    assert kept(None, "info", said) is said


def one(kept: KeptLines) -> LogLine:
    (line,), _ = kept.take(10)
    return line


def test_a_line_says_what_was_logged() -> None:
    kept = KeptLines()
    logged(
        kept, level="warning", caused_by="9d", service="planner", house_time=NOON.isoformat(),
        slots=3, path=Path("a"), cost=1.5, _record="of the library",
    )  # fmt: skip
    line = one(kept)
    assert line.event == "plan_made"
    assert line.level == "warning"
    assert line.at == line.house_time == NOON
    assert line.caused_by == "9d"
    assert line.details == {"slots": 3, "path": "a", "cost": 1.5}


def test_lines_are_taken_once_the_oldest_first() -> None:
    kept = KeptLines()
    for number in range(5):
        logged(kept, str(number))
    assert [line.event for line in kept.take(2)[0]] == ["0", "1"]
    assert [line.event for line in kept.take(9)[0]] == ["2", "3", "4"]
    assert kept.take(9) == ((), 0)


@given(most=st.integers(1, 20), count=st.integers(0, 60))
def test_what_nobody_takes_is_bounded_and_counted(most: int, count: int) -> None:
    kept = KeptLines(most=most)
    for number in range(count):
        logged(kept, str(number))
    lines, dropped = kept.take(1000)
    assert len(lines) == min(most, count)
    assert dropped == count - len(lines)
    assert [int(line.event) for line in lines] == list(range(dropped, count))


def test_any_thread_may_log() -> None:
    kept = KeptLines(most=10_000)

    def work() -> None:
        for number in range(500):
            logged(kept, str(number))

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(kept.take(10_000)[0]) == 2000


_ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner) | st.tuples(inner),
    max_leaves=8,
)


@given(value=_ANYTHING, event=st.text())
def test_whatever_is_logged_becomes_a_line_that_can_be_sent(value: Any, event: str) -> None:
    kept = KeptLines()
    logged(kept, event, value=value)
    said = LogLines(sender=Service.PLANNER, emitted_at=NOON, lines=(one(kept),))
    assert LogLines.model_validate_json(said.model_dump_json()).lines[0].details.keys() == {"value"}


def test_what_is_very_long_is_cut() -> None:
    kept = KeptLines()
    logged(kept, "x" * 10_000, text="y" * 10_000, many=list(range(10_000)))
    line = one(kept)
    assert len(line.event) == len(line.details["text"]) == LONGEST_TEXT
    assert len(line.details["many"]) == LONGEST_TEXT


def test_an_exception_is_kept_as_its_traceback() -> None:
    kept = KeptLines()
    logged(kept, exc_info=ValueError("no price"))
    line = one(kept)
    assert "ValueError: no price" in line.details["exception"]
    assert "exc_info" not in line.details


@pytest.mark.parametrize("place", ["event", "text", "deep", "key", "caused_by"])
def test_no_line_holds_a_secret(place: str) -> None:
    kept = KeptLines(hidden=HIDDEN)
    said = f"refused {SECRET} there"
    places: dict[str, dict[str, Any]] = {
        "event": {"event": said},
        "text": {"url": said},
        "deep": {"sent": {"headers": [said]}},
        "key": {"sent": {said: 1}},
        "caused_by": {"reason": OSError(said)},
    }
    logged(kept, **places[place])
    text = one(kept).model_dump_json()
    assert "s3cret" not in text
    assert "***" in text


def test_a_word_that_is_no_secret_stays() -> None:
    assert without(("abc",), "abc is too short to be looked for").startswith("abc")


@pytest.fixture
def plain_logs() -> Iterator[None]:
    """Logging as it was, whatever a test makes of it."""
    handlers, level = logging.root.handlers[:], logging.root.level
    yield
    logging.root.handlers[:] = handlers
    logging.root.setLevel(level)
    structlog.reset_defaults()


@pytest.mark.usefixtures("plain_logs")
@pytest.mark.parametrize("log_format", ["json", "console"])
def test_the_service_and_its_libraries_are_kept_and_written_without_secrets(
    log_format: Any,
) -> None:
    kept, written = KeptLines(hidden=HIDDEN), io.StringIO()
    with redirect_stderr(written):
        log = configure_logs(
            "planner", clock=FakeClock(NOON), log_format=log_format, level="info",
            kept=kept, hidden=HIDDEN,
        )  # fmt: skip
        log.info("signed_in", token=SECRET)
        log.debug("too_quiet")
        logging.getLogger("library").warning("it says %s", SECRET)
    lines, _ = kept.take(10)
    assert [(line.event, line.level) for line in lines] == [
        ("signed_in", "info"), ("it says ***", "warning"),
    ]  # fmt: skip
    assert lines[1].details["logger"] == "library"
    assert "s3cret" not in written.getvalue()
    assert written.getvalue().count("***") == 2


async def test_they_are_sent_a_hundred_at_a_time() -> None:
    bus, kept = MemoryBus(sender=Service.PLANNER), KeptLines(most=150)
    for number in range(170):
        logged(kept, str(number))
    sending = asyncio.create_task(
        send_lines(kept, bus, FakeClock(NOON), Service.PLANNER, connected=lambda: True, pause=0)
    )
    await settle()
    sending.cancel()
    said = bus.sent(LOG[Service.PLANNER])
    assert [len(one.lines) for one in said] == [MOST_AT_ONCE, 50]
    assert [one.dropped for one in said] == [20, 0]
    assert said[0].lines[0].event == "20"


async def test_without_a_broker_they_wait_and_nothing_is_queued() -> None:
    bus, kept, there = MemoryBus(sender=Service.PLANNER), KeptLines(), [False]
    logged(kept)
    sending = asyncio.create_task(
        send_lines(kept, bus, FakeClock(NOON), Service.PLANNER, connected=lambda: there[0], pause=0)
    )
    await settle()
    assert not bus.sent(LOG[Service.PLANNER])
    there[0] = True
    await settle()
    sending.cancel()
    assert len(bus.sent(LOG[Service.PLANNER])) == 1

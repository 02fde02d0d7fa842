from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from darkstar_common.bus.reading import MAX_PAYLOAD, Incoming, Refused, read
from darkstar_common.contract import (
    NOTIFY,
    OVERRIDE_SET,
    TABLE,
    Channel,
    Message,
    Notification,
    OverrideSet,
)

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
NOTE: dict[str, Any] = {
    "sender": "planner",
    "emitted_at": "2026-01-01T12:00:00Z",
    "kind": "test",
    "title": "Test",
    "text": "hello",
}


def opened(channel: Channel[Any], payload: bytes, **more: Any) -> Message | Refused:
    return read(channel, Incoming("topic", payload), now=NOON, **more)


def refused(channel: Channel[Any], payload: bytes, **more: Any) -> Refused:
    result = opened(channel, payload, **more)
    assert isinstance(result, Refused)
    return result


def test_the_largest_payload_is_read_and_a_larger_one_is_not() -> None:
    bare = len(json.dumps({**NOTE, "text": ""}))
    fits = json.dumps({**NOTE, "text": "x" * (MAX_PAYLOAD - bare)}).encode()
    assert isinstance(opened(NOTIFY, fits), Notification)
    assert refused(NOTIFY, fits + b" ").kind == "too_large"
    assert refused(OVERRIDE_SET, b"x" * (MAX_PAYLOAD + 1)).kind == "too_large"


@pytest.mark.parametrize(
    ("seconds", "speed", "acts"),
    [(59, 1, True), (61, 1, False), (61, 240, True), (60 * 240 + 1, 240, False), (-3600, 1, True)],
)
def test_a_request_grows_old_by_the_time_of_the_wall(
    seconds: int, speed: float, acts: bool
) -> None:
    sent = OverrideSet(action="hold", emitted_at=NOON - timedelta(seconds=seconds))
    result = opened(OVERRIDE_SET, sent.model_dump_json().encode(), speed=speed)
    assert isinstance(result, OverrideSet) == acts


def test_old_facts_are_still_facts() -> None:
    old = {**NOTE, "emitted_at": "2020-01-01T00:00:00Z"}
    assert isinstance(opened(NOTIFY, json.dumps(old).encode()), Notification)


def test_unknown_fields_are_ignored_and_missing_ones_named() -> None:
    assert isinstance(opened(NOTIFY, json.dumps({**NOTE, "new": 1}).encode()), Notification)
    without = {key: value for key, value in NOTE.items() if key != "text"}
    assert refused(NOTIFY, json.dumps(without).encode()).reason == "text: Field required"


def test_the_sort_of_a_problem_does_not_depend_on_its_place_in_a_list() -> None:
    schedule = next(row for row in TABLE if row.path == "market/prices")
    slot = {"start": "2026-01-01T12:00:00Z"}
    head = {**NOTE, "currency": "SEK", "area": "SE4"}
    kinds = {
        refused(schedule, json.dumps({**head, "slots": [slot] * count}).encode()).kind
        for count in (1, 2, 3)
    }
    assert len(kinds) == 1


@given(st.sampled_from(TABLE), st.binary(max_size=200))
def test_no_payload_brings_the_reader_down(channel: Channel[Any], payload: bytes) -> None:
    assert isinstance(opened(channel, payload), Message | Refused)


JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.floats(), st.integers(), st.text(max_size=10)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=4), st.dictionaries(st.text(max_size=10), inner, max_size=4)
    ),
    max_leaves=10,
)


@given(st.sampled_from(TABLE), JSON, st.dictionaries(st.sampled_from(list(NOTE)), JSON))
def test_no_json_brings_the_reader_down(
    channel: Channel[Any], value: Any, fields: dict[str, Any]
) -> None:
    for one in (value, {**NOTE, **fields}):
        assert isinstance(opened(channel, json.dumps(one).encode()), Message | Refused)

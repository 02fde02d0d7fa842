"""What logs tell of messages, whatever else is in them."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from darkstar_common.launcher.tracing.chain import chain
from darkstar_common.launcher.tracing.logs import logged
from darkstar_common.launcher.tracing.messages import known

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


def line(event: str, **more: Any) -> str:
    return json.dumps(
        {"event": event, "timestamp": "2026-01-01T12:00:00Z", "level": "info", **more}
    )


@pytest.mark.parametrize(
    ("event", "more", "topic"),
    [
        ("prices_published", {}, "market/prices"),
        ("weather_published", {}, "weather/forecast"),
        ("forecast_published", {"quantity": "pv"}, "forecast/pv"),
        ("schedule_published", {}, "plan/schedule"),
        ("action_recorded", {}, "control/action"),
        ("notification_sent", {}, "notify"),
    ],
)
def test_what_was_published_is_a_message(event: str, more: dict[str, Any], topic: str) -> None:
    (one,) = logged([line(event, message_id="a", caused_by="b", service="planner", **more)])
    assert (one.message_id, one.topic, one.caused_by) == ("a", topic, "b")
    assert (one.sender, one.sent_at) == ("planner", NOON)


def test_what_a_message_led_to_is_remarked_on_it() -> None:
    (one,) = logged(
        [line("request_answered", caused_by="b", service="executor", request="override/set")]
    )
    assert (one.message_id, one.topic) == ("b", "override/set")
    assert one.remarks[0].event == "request_answered"
    assert one.remarks[0].detail == {"request": "override/set"}


def test_what_came_of_a_message_that_is_no_request_gives_it_no_topic() -> None:
    (one,) = logged([line("setting_written", caused_by="b", request="override/set")])
    assert (one.message_id, one.topic) == ("b", "")


def test_an_event_of_a_message_that_it_does_not_publish_is_remarked_on_that_message() -> None:
    (one,) = logged([line("message_dropped", message_id="a", caused_by="b")])
    assert (one.message_id, one.topic, one.caused_by) == ("a", "", "b")
    assert one.remarks[0].event == "message_dropped"


@pytest.mark.parametrize(
    "text",
    ["", "not JSON", "{", '{"event": 1', "[1, 2]", line("nothing_to_follow"), '{"caused_by": 3}',
     '{"message_id": null}', "\x00{}", "{" * 100_000],
)  # fmt: skip
def test_other_lines_are_passed_over(text: str) -> None:
    assert logged([text]) == ()


def test_a_line_may_begin_with_the_name_of_its_container() -> None:
    (one,) = logged(["executor-1  | " + line("action_recorded", message_id="a")])
    assert one.message_id == "a"


def test_a_simulated_day_has_its_own_time() -> None:
    (one,) = logged(
        [line("prices_published", message_id="a", house_time="2025-06-01T00:00:00+00:00")]
    )
    assert one.sent_at == datetime(2025, 6, 1, tzinfo=UTC)


@pytest.mark.parametrize("said", ["yesterday", "2026-01-01T12:00:00", 3, None])
def test_a_time_that_cannot_be_read_is_none(said: object) -> None:
    (one,) = logged([json.dumps({"message_id": "a", "event": "x", "timestamp": said})])
    assert one.sent_at is None


def test_logs_alone_lead_from_a_price_to_a_setpoint() -> None:
    told = logged(
        [
            line("prices_published", message_id="p", service="forecaster"),
            line("schedule_published", message_id="s", made_from={"prices": "p"}),
            line("action_recorded", message_id="a", caused_by="s", writes=1),
            line("setting_written", caused_by="s", role="max_charge_current", payload="50"),
        ]
    )
    found = chain("p", known(told))
    assert set(found.messages) == {"p", "s", "a"}
    assert found.messages["s"].topic == "plan/schedule"
    assert [one.event for one in found.messages["s"].remarks] == ["setting_written"]

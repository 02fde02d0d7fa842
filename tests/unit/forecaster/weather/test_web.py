"""One question to a web service, whatever it answers."""

from __future__ import annotations

import logging
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.fake_web import Given, fake_web

from darkstar_forecaster.sources.web import NoReply, Outcome, Question, Reply, ask, retry_after

NOW = datetime(2026, 1, 1, 12, tzinfo=UTC)


async def answered(given: Given, *, timeout_seconds: float = 5.0, body: object = None) -> Outcome:
    with fake_web(lambda _: given) as web:
        question = Question(url=f"{web.url}/v1/thing", params={"a": "b c"}, body=body)
        return await ask(question, timeout=timeout_seconds, now=NOW)


async def test_json_is_a_reply() -> None:
    assert await answered(Given({"x": [1, None]})) == Reply(status=200, body={"x": [1, None]})


async def test_no_content_is_a_reply_without_a_body() -> None:
    assert await answered(Given(status=204)) == Reply(status=204, body=None)


async def test_the_question_goes_out_as_it_is() -> None:
    with fake_web(lambda _: Given({})) as web:
        one = Question(
            url=f"{web.url}/a", params={"q": "1 &"}, headers={"authorization": "Bearer t"}
        )
        await ask(one, timeout=20, now=NOW)
        await ask(Question(url=f"{web.url}/b", body={"k": 1}), timeout=20, now=NOW)
        got, posted = web.asked
    assert (got.method, got.path, got.query) == ("GET", "/a", {"q": "1 &"})
    assert got.headers["authorization"] == "Bearer t"
    assert (posted.method, posted.body) == ("POST", {"k": 1})


def test_the_headers_of_a_question_are_not_shown() -> None:
    one = Question(url="http://x", headers={"authorization": "Bearer secret"})
    assert "secret" not in repr(one)


async def test_what_is_asked_is_not_logged(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO):
        await answered(Given({}))
    assert "thing" not in caplog.text


async def test_silence_ends_with_the_time_given() -> None:
    found = await answered(Given(never=True), timeout_seconds=0.05)
    assert found == NoReply(reason="did not answer within 0.05 s")


async def test_a_refusal_tells_what_was_said_and_how_long_to_wait() -> None:
    found = await answered(
        Given({"error": True, "reason": "Too many."}, 429, {"retry-after": "90"})
    )
    assert found == NoReply(
        reason="answered 429 (Too many.)", status=429, retry_after=timedelta(seconds=90)
    )


@pytest.mark.parametrize("raw", [b"", b"<html>", b'"text"', b'{"reason": 5}', b'{"error": true}'])
async def test_a_refusal_without_a_reason_tells_its_number(raw: bytes) -> None:
    assert await answered(Given(raw=raw, status=500)) == NoReply(reason="answered 500", status=500)


@pytest.mark.parametrize("raw", [b"<html>", b'{"a": 1', b"\xff\xfe", b"[" * 100_000])
async def test_what_is_no_json_is_no_reply(raw: bytes) -> None:
    assert await answered(Given(raw=raw)) == NoReply(reason="answered what is no JSON", status=200)


async def test_too_much_is_not_read_to_its_end() -> None:
    found = await answered(Given(raw=b"1" * 20_000_001))
    assert found == NoReply(reason="answered more than 20 MB", status=200)


async def test_elsewhere_is_no_answer() -> None:
    found = await answered(Given(status=302, headers={"location": "/other"}))
    assert found == NoReply(reason="answered 302", status=302)


@pytest.mark.parametrize("url", ["http://127.0.0.1:9", "http://["])
async def test_nobody_there_is_no_reply(url: str) -> None:
    found = await ask(Question(url=url), timeout=20, now=NOW)
    assert isinstance(found, NoReply)
    assert found.reason.startswith("cannot be reached (")


@pytest.mark.parametrize(
    ("said", "wait"),
    [
        ("0", timedelta(0)),
        ("120", timedelta(minutes=2)),
        ("9" * 30, timedelta(days=1)),
        ("Thu, 01 Jan 2026 12:05:00 GMT", timedelta(minutes=5)),
        ("Thu, 01 Jan 2026 11:00:00 GMT", timedelta(0)),
        ("Fri, 01 Jan 2027 12:00:00 GMT", timedelta(days=1)),
        ("", None),
        ("soon", None),
        ("-5", None),
    ],
)
def test_how_long_to_wait(said: str, wait: timedelta | None) -> None:
    assert retry_after(said, NOW) == wait


@given(st.text(max_size=40))
def test_no_retry_after_is_a_surprise(said: str) -> None:
    wait = retry_after(said, NOW)
    assert wait is None or timedelta(0) <= wait <= timedelta(days=1)

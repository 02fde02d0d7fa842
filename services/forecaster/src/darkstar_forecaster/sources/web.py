"""Asks a web service one question, and says in a sentence what went wrong.

What can go wrong is an answer too; nothing here raises.
"""

from __future__ import annotations

import asyncio
import json
import logging
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from functools import cache
from typing import Any, TypeAlias

import httpx

_LARGEST = 20_000_000
"""No answer is read beyond this [bytes]."""
_LONGEST = timedelta(days=1)
_SHOWN = 160
_AGENT = "darkstar-forecaster"


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What is asked: with a body it is posted as JSON, else it is a GET.

    Attributes:
        url: without a query.
        params: the query.
        headers: beyond the usual ones; may hold a secret, so never shown.
        body: JSON, or None.
    """

    url: str
    params: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: object = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """It was answered.

    Attributes:
        status: 200 to 299.
        body: the JSON; None where there was no content.
    """

    status: int
    body: Any


@dataclass(frozen=True, slots=True, kw_only=True)
class NoReply:
    """It was not.

    Attributes:
        reason: the rest of a sentence that begins with the name of the service.
        status: what it answered; None: nothing.
        retry_after: how long it wants to be left alone; None: it did not say.
    """

    reason: str
    status: int | None = None
    retry_after: timedelta | None = None


Outcome: TypeAlias = "Reply | NoReply"


async def ask(question: Question, *, timeout: float, now: datetime) -> Outcome:  # noqa: ASYNC109 (part of the question)
    """Ask once.

    Args:
        question: What.
        timeout: All of it may take so long [s].
        now: By which a `Retry-After` that names a moment is understood.
    """
    logging.getLogger("httpx").setLevel(logging.WARNING)  # it logs each request, place and all
    try:
        async with asyncio.timeout(timeout):
            return await _asked(question, now)
    except TimeoutError:
        return NoReply(reason=f"did not answer within {timeout:g} s")
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        detail = str(error) or type(error).__name__
        return NoReply(reason=f"cannot be reached ({detail[:_SHOWN]})")


async def _asked(question: Question, now: datetime) -> Outcome:
    headers = {"user-agent": _AGENT, "accept": "application/json", **question.headers}
    async with (
        httpx.AsyncClient(headers=headers, timeout=None, verify=_trust()) as client,  # noqa: S113 (the caller's)
        client.stream(
            "GET" if question.body is None else "POST",
            question.url,
            params=dict(question.params),
            json=question.body,
        ) as response,
    ):
        content = await _content(response)
        return _outcome(response, content, now)


@cache
def _trust() -> ssl.SSLContext:
    """Whom to believe on https; reading that takes some 70 ms."""
    return httpx.create_ssl_context()


async def _content(response: httpx.Response) -> bytes | None:
    """All of it, or None where it is too large."""
    found = bytearray()
    async for piece in response.aiter_bytes():
        found += piece
        if len(found) > _LARGEST:
            return None
    return bytes(found)


def _outcome(response: httpx.Response, content: bytes | None, now: datetime) -> Outcome:
    if content is None:
        return NoReply(
            reason=f"answered more than {_LARGEST // 1_000_000} MB", status=response.status_code
        )
    if not response.is_success:
        return NoReply(
            reason=f"answered {response.status_code}{_told(content)}",
            status=response.status_code,
            retry_after=retry_after(response.headers.get("retry-after", ""), now),
        )
    if not content.strip():
        return Reply(status=response.status_code, body=None)
    try:
        return Reply(status=response.status_code, body=json.loads(content))
    except (ValueError, RecursionError):
        return NoReply(reason="answered what is no JSON", status=response.status_code)


def _told(content: bytes) -> str:
    """What a refusal says of itself, in brackets; empty: nothing that can be shown."""
    try:
        body = json.loads(content)
    except (ValueError, RecursionError):
        return ""
    if not isinstance(body, dict):
        return ""
    said = next((body[key] for key in ("reason", "message", "error") if body.get(key)), "")
    return f" ({' '.join(said.split())[:_SHOWN]})" if isinstance(said, str) and said else ""


def retry_after(said: str, now: datetime) -> timedelta | None:
    """How long a `Retry-After` asks to wait, a day at most; None: it says nothing of use.

    Example:
        >>> retry_after("120", datetime(2026, 1, 1, tzinfo=UTC))
        datetime.timedelta(seconds=120)
    """
    try:
        if said.strip().isdigit():
            wait = timedelta(seconds=min(int(said), _LONGEST.total_seconds()))
        else:
            moment = parsedate_to_datetime(said)
            wait = moment.replace(tzinfo=moment.tzinfo or UTC) - now
    except (ValueError, OverflowError):
        return None
    return min(max(wait, timedelta(0)), _LONGEST)

"""How a view is written down for the page: JSON, put together from one fragment for each key."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, Literal

from pydantic_core import to_json

from darkstar_common.contract import Devices

Kind = Literal["bundle", "changes", "tick"]


_LEFT_OUT = {"entities", "proposals"}
"""Of the devices: hundreds of lines that the page asks for where it needs them."""


def fragment(value: Any) -> str:
    """`value` (a message, several, a plain value or nothing) as JSON."""
    if isinstance(value, Devices):
        return value.model_dump_json(exclude=_LEFT_OUT)
    return to_json(value).decode()


def joined(fragments: Mapping[str, str], keys: Iterable[str]) -> str:
    """A JSON object of those `fragments` whose keys are asked for.

    Example:
        >>> joined({"a": "1", "b": "null", "c": "3"}, ["a", "b"])
        '{"a":1,"b":null}'
    """
    return "{" + ",".join(f'"{key}":{fragments[key]}' for key in keys) + "}"


def envelope(
    kind: Kind, *, run: str, sequence: int, now: datetime, content: str | None = None
) -> str:
    """A message to the page: its kind, its number, the house's time, and what it says.

    The `content`, if any, stands under the name of the kind. Numbers are those of one `run`
    of the gateway; the next one counts anew.

    Example:
        >>> from datetime import UTC
        >>> envelope("tick", run="1f", sequence=3, now=datetime(2026, 1, 1, tzinfo=UTC))
        '{"type":"tick","run":"1f","sequence":3,"now":"2026-01-01T00:00:00Z"}'
    """
    head = f'{{"type":"{kind}","run":"{run}","sequence":{sequence},"now":{fragment(now)}'
    return head + (f',"{kind}":{content}' if content is not None else "") + "}"

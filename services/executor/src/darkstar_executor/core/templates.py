"""Value and command templates of MQTT discovery: Jinja2 in a bounded sandbox, compiled once.

A value template says a value, or that there is none, or nothing at all. The last is what Home
Assistant hears when a member is missing from a JSON payload or the result is empty: a gateway
that sends what has changed says nothing about the rest, and the value before it stands until it
is too old.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Callable, Mapping
from enum import Enum
from functools import lru_cache
from typing import Any

from jinja2 import Template, TemplateError, UndefinedError

from darkstar_executor.core.legible import from_json, legible
from darkstar_executor.core.template_words import environment


class Silence(Enum):
    """What a payload may say of an entity: nothing."""

    SILENT = "silent"


SILENT = Silence.SILENT
Said = str | Silence | None

_PATH = re.compile(
    r"\{\{-?\s*value_json((?:\.[A-Za-z_]\w*|\[(?:'[^']*'|\"[^\"]*\"|\d+)\])+)\s*-?\}\}"
)
_STEP = re.compile(r"\.(\w+)|\['([^']*)'\]|\[\"([^\"]*)\"\]|\[(\d+)\]")
_SURPRISES = (
    TemplateError, TypeError, ValueError, ArithmeticError, LookupError, AttributeError,
    AssertionError, RuntimeError, MemoryError, SyntaxError, OSError, NameError, re.error,
    struct.error,
)  # fmt: skip
"""All that the words of a template raise; Jinja2 itself writes `1e999` as a name, `inf`."""
_LONGEST_PAYLOAD = 65_536
_ENVIRONMENT = environment()


def render(template: str, payload: str) -> Said:
    """What `template` makes of `payload`; None when it is no value, SILENT when it says nothing.

    Example:
        >>> render("{{ value_json.battery.soc | float / 10 }}", '{"battery": {"soc": 415}}')
        '41.5'
    """
    if len(payload) > _LONGEST_PAYLOAD:
        return None
    return _reader(template)(payload)


def command(template: str, value: float | str, **more: str) -> str | None:
    """The payload that `template` makes of a number or a word; None when it cannot.

    Example:
        >>> command("{{ (value * 1000) | int }}", 1.5)
        '1500'
    """
    made = _compiled(template)
    if made is None:
        return None
    try:
        return _rendered(made, {"value": value, **more})
    except _SURPRISES:
        return None


@lru_cache(maxsize=2048)
def _reader(template: str) -> Callable[[str], Said]:
    path = _PATH.fullmatch(template.strip())
    if path:
        return _walker(path.group(1))
    made = _compiled(template)
    if made is None:
        return lambda _payload: None
    wants_json = "value_json" in template

    def run(payload: str) -> Said:
        known = _parsed(payload)
        lost = None if wants_json and not known else SILENT
        try:
            return _rendered(made, {"value": payload, **known}) or lost
        except UndefinedError:
            return lost
        except _SURPRISES:
            return None

    return run


def _rendered(made: Template, words: Mapping[str, Any]) -> str:
    """A template's own text may spell half a character, too."""
    return legible(_ENVIRONMENT.rendered(made, words))


@lru_cache(maxsize=2048)
def _compiled(template: str) -> Template | None:
    try:
        return _ENVIRONMENT.template(template)
    except _SURPRISES:
        return None


def _walker(path: str) -> Callable[[str], Said]:
    """The fast way for the commonest template by far: one member of a JSON payload."""
    steps = [_step(match) for match in _STEP.finditer(path)]

    def run(payload: str) -> Said:
        known = _parsed(payload)
        if not known:
            return None
        found: Any = known["value_json"]
        for step in steps:
            if not isinstance(found, list if isinstance(step, int) else dict):
                return SILENT
            try:
                found = found[step]  # type: ignore[index]  # (checked above: a list has a number)
            except LookupError:
                return SILENT
        return str(found)

    return run


def _step(match: re.Match[str]) -> str | int:
    member, single, double, place = match.groups()
    return int(place) if place else member or single or double or ""


@lru_cache(maxsize=4)  # several entities share one topic, so one payload
def _parsed(payload: str) -> Mapping[str, Any]:
    try:
        return {"value_json": from_json(payload)}
    except (ValueError, RecursionError):
        return {}

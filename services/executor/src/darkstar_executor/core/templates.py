"""Value templates of MQTT discovery: Jinja2 in a sandbox, compiled once.

The filters are those Home Assistant adds for templates of sensors. A template that fails
gives None: an unknown value, never a default.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable
from functools import lru_cache
from typing import Any

from jinja2 import TemplateError, UndefinedError
from jinja2.sandbox import ImmutableSandboxedEnvironment

_PATH = re.compile(
    r"\{\{-?\s*value_json((?:\.[A-Za-z_]\w*|\[(?:'[^']*'|\"[^\"]*\"|\d+)\])+)\s*-?\}\}"
)
_STEP = re.compile(r"\.(\w+)|\['([^']*)'\]|\[\"([^\"]*)\"\]|\[(\d+)\]")
_NO_DEFAULT: Any = object()
_SURPRISES = (TemplateError, TypeError, ValueError, ArithmeticError, LookupError, AttributeError)
_NO_NUMBER = (TypeError, ValueError, OverflowError, UndefinedError)
_TEXT_LIMIT = 65_536
_DECIMAL = 10


def render(template: str, payload: str) -> str | None:
    """What `template` makes of `payload`, or None when it cannot.

    Example:
        >>> render("{{ value_json.battery.soc | float / 10 }}", '{"battery": {"soc": 415}}')
        '41.5'
    """
    if len(payload) > _TEXT_LIMIT:
        return None
    return _compiled(template)(payload)


@lru_cache(maxsize=2048)
def _compiled(template: str) -> Callable[[str], str | None]:
    path = _PATH.fullmatch(template.strip())
    if path:
        return _walker(path.group(1))
    try:
        made = _ENVIRONMENT.from_string(template)
    except TemplateError:
        return lambda _payload: None

    def run(payload: str) -> str | None:
        try:
            return made.render(value=payload, **_parsed(payload)).strip()
        except _SURPRISES:
            return None

    return run


def _walker(path: str) -> Callable[[str], str | None]:
    """The fast way for the commonest template by far: one member of a JSON payload."""
    steps = [_step(match) for match in _STEP.finditer(path)]

    def run(payload: str) -> str | None:
        found: Any = _parsed(payload).get("value_json")
        for step in steps:
            if isinstance(found, list) != isinstance(step, int):
                return None
            if not isinstance(found, list | dict):
                return None
            try:
                found = found[step]  # type: ignore[index]  # (checked above: a list has a number)
            except LookupError:
                return None
        return str(found)

    return run


def _step(match: re.Match[str]) -> str | int:
    member, single, double, place = match.groups()
    return int(place) if place else member or single or double or ""


def _parsed(payload: str) -> dict[str, Any]:
    try:
        return {"value_json": json.loads(payload)}
    except (json.JSONDecodeError, RecursionError):
        return {}


def _number(value: Any, default: Any = _NO_DEFAULT) -> Any:
    try:
        return float(value)
    except _NO_NUMBER:
        if default is _NO_DEFAULT:
            raise
        return default


def _integer(value: Any, default: Any = _NO_DEFAULT, base: int = _DECIMAL) -> Any:
    try:
        if isinstance(value, str) and base != _DECIMAL:
            return int(value, base)
        return int(float(value))
    except _NO_NUMBER:
        if default is _NO_DEFAULT:
            raise
        return default


def _rounded(
    value: Any, precision: int = 0, method: str = "common", default: Any = _NO_DEFAULT
) -> Any:
    whole = {"ceil": math.ceil, "floor": math.floor}.get(method, round)
    try:
        scaled = whole(float(value) * 10**precision) / 10**precision
    except _NO_NUMBER:
        if default is _NO_DEFAULT:
            raise
        return default
    return int(scaled) if precision == 0 else scaled


def _is_number(value: Any) -> bool:
    try:
        return math.isfinite(float(value))
    except _NO_NUMBER:
        return False


def _choose(value: Any, if_true: Any = True, if_false: Any = False) -> Any:
    return if_true if value else if_false


def _environment() -> ImmutableSandboxedEnvironment:
    made = ImmutableSandboxedEnvironment()
    shared: dict[str, Callable[..., Any]] = {
        "float": _number,
        "int": _integer,
        "is_number": _is_number,
        "iif": _choose,
    }
    made.globals.update(shared)
    made.filters.update(shared, round=_rounded, from_json=json.loads, to_json=json.dumps)
    return made


_ENVIRONMENT = _environment()

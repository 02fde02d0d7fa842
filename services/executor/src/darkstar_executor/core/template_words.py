"""The filters, tests and functions that Home Assistant adds to Jinja2, as far as sensors use them.

Written from its documentation of templates. Those that ask for states, areas or the time of
day are not there: a template that uses them fails, and its sensor stays unknown. Local time is
UTC here.
"""

from __future__ import annotations

import base64
import json
import math
import re
import statistics
import struct
from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime, timedelta
from typing import Any

from jinja2 import Environment, Undefined, pass_environment

from darkstar_executor.core.names import slug
from darkstar_executor.core.template_bounds import BoundedEnvironment, check_pattern, sized

_NONE_GIVEN: Any = object()
_NO_NUMBER = (TypeError, ValueError, OverflowError, ZeroDivisionError)
_TRUE = frozenset({"1", "true", "yes", "on", "enable"})
_FALSE = frozenset({"0", "false", "no", "off", "disable"})
_DECIMAL = 10
_MOST_DECIMALS = 300


def environment() -> BoundedEnvironment:
    """The sandbox with all of them."""
    return BoundedEnvironment(
        filters={**_BOTH, **_FILTERS}, tests=_TESTS, words={**_BOTH, **_FUNCTIONS}
    )


def _or_default(work: Callable[..., Any], *args: Any, default: Any) -> Any:
    """What `work` makes; the default where it cannot, and there is one.

    Of what is undefined there is no default: the payload says nothing then, as in Home Assistant.
    """
    try:
        return work(*args)
    except _NO_NUMBER:
        if default is _NONE_GIVEN:
            raise
        return default


def _float(value: Any, default: Any = _NONE_GIVEN) -> Any:
    return _or_default(float, value, default=default)


def _int(value: Any, default: Any = _NONE_GIVEN, base: int = _DECIMAL) -> Any:
    def whole(one: Any) -> int:
        if isinstance(one, str) and base != _DECIMAL:
            return int(one, base)
        return one if isinstance(one, int) else int(float(one))

    return _or_default(whole, value, default=default)


def _bool(value: Any, default: Any = _NONE_GIVEN) -> Any:
    def truth(one: Any) -> bool:
        if isinstance(one, bool | int | float):
            return bool(one)
        word = str(one).strip().lower()
        if word not in _TRUE | _FALSE:
            raise ValueError(f"{word} is neither true nor false")
        return word in _TRUE

    return _or_default(truth, value, default=default)


def _round(
    value: Any, precision: int = 0, method: str = "common", default: Any = _NONE_GIVEN
) -> Any:
    def rounded(one: Any) -> float:
        if abs(precision) > _MOST_DECIMALS:
            raise ValueError("so many decimals")
        number, scale = float(one), float(10**precision)
        if method == "half":
            made = round(number * 2) / 2
        elif method in {"ceil", "floor"}:
            made = getattr(math, method)(number * scale) / scale
        else:
            made = round(number, precision)
        return int(made) if precision == 0 else made

    return _or_default(rounded, value, default=default)


def _is_number(value: Any) -> bool:
    try:
        return math.isfinite(float(value))
    except _NO_NUMBER:
        return False


def _calculated(work: Callable[..., float]) -> Callable[..., Any]:
    """A function of one number that takes a default."""

    def calculate(value: Any, default: Any = _NONE_GIVEN) -> Any:
        return _or_default(lambda one: work(float(one)), value, default=default)

    return calculate


def _log(value: Any, base: Any = math.e, default: Any = _NONE_GIVEN) -> Any:
    return _or_default(lambda one: math.log(float(one), float(base)), value, default=default)


def _add(value: Any, amount: Any, default: Any = _NONE_GIVEN) -> Any:
    return _or_default(lambda one: float(one) + float(amount), value, default=default)


def _multiply(value: Any, amount: Any, default: Any = _NONE_GIVEN) -> Any:
    return _or_default(lambda one: float(one) * float(amount), value, default=default)


def _of_several(work: Callable[[list[Any]], Any]) -> Callable[..., Any]:
    """A function of a list, or of its members one by one."""

    def calculate(*args: Any, default: Any = _NONE_GIVEN) -> Any:
        many = len(args) == 1 or isinstance(args[0], list | tuple)
        given = args[0] if many else args
        if many and len(args) > 1 and default is _NONE_GIVEN:
            default = args[1]
        try:
            return work(list(given))
        except _NO_NUMBER:
            if default is _NONE_GIVEN:
                raise
            return default

    return calculate


def _clamp(value: Any, low: Any, high: Any) -> float:
    return max(float(low), min(float(high), float(value)))


def _wrap(value: Any, low: Any, high: Any) -> float:
    start, width = float(low), float(high) - float(low)
    return start if width == 0 else (float(value) - start) % width + start


def _iif(value: Any, if_true: Any = True, if_false: Any = False, if_none: Any = _NONE_GIVEN) -> Any:
    if value is None and if_none is not _NONE_GIVEN:
        return if_none
    return if_true if value else if_false


def _is_defined(value: Any) -> Any:
    if isinstance(value, Undefined):
        str(value.missing)  # raises what such a thing raises
    return value


def _from_json(value: str, default: Any = _NONE_GIVEN) -> Any:
    return _or_default(json.loads, value, default=default)


def _to_json(value: Any, **_looks: Any) -> str:
    return json.dumps(sized(value), ensure_ascii=False, separators=(",", ":"))


def _pack(value: Any, layout: str) -> bytes:
    return struct.pack(_short(layout), value)


def _unpack(value: bytes, layout: str, offset: int = 0) -> Any:
    return struct.unpack_from(_short(layout), value, offset)[0]


def _short(layout: str) -> str:
    if len(layout) > 8 or re.search(r"\d{3}", layout):  # noqa: PLR2004 (one number, its order and size)
        raise ValueError(f"{layout} packs too much")
    return layout


def _pattern(
    environment: Environment, value: Any, find: str, ignorecase: bool
) -> tuple[re.Pattern[str], str]:
    text = str(value)
    check_pattern(environment, find, text)
    return re.compile(find, re.IGNORECASE if ignorecase else 0), text


@pass_environment
def _regex_match(
    environment: Environment, value: Any, find: str = "", ignorecase: bool = False
) -> bool:
    pattern, text = _pattern(environment, value, find, ignorecase)
    return pattern.match(text) is not None


@pass_environment
def _regex_search(
    environment: Environment, value: Any, find: str = "", ignorecase: bool = False
) -> bool:
    pattern, text = _pattern(environment, value, find, ignorecase)
    return pattern.search(text) is not None


@pass_environment
def _regex_replace(
    environment: Environment,
    value: Any = "",
    find: str = "",
    replace: str = "",
    ignorecase: bool = False,
) -> str:
    pattern, text = _pattern(environment, value, find, ignorecase)
    sized([replace] * (len(text) + 1))
    return pattern.sub(replace, text)


@pass_environment
def _regex_findall(
    environment: Environment, value: Any, find: str = "", ignorecase: bool = False
) -> list[Any]:
    pattern, text = _pattern(environment, value, find, ignorecase)
    return pattern.findall(text)


@pass_environment
def _regex_findall_index(
    environment: Environment, value: Any, find: str = "", index: int = 0, ignorecase: bool = False
) -> Any:
    return _regex_findall(environment, value, find, ignorecase)[index]


def _moment(value: Any) -> datetime:
    if isinstance(value, datetime):
        found = value
    elif isinstance(value, date):
        found = datetime(value.year, value.month, value.day, tzinfo=UTC)
    elif _is_number(value):
        found = datetime.fromtimestamp(float(value), UTC)
    else:
        found = datetime.fromisoformat(str(value))
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _as_datetime(value: Any, default: Any = _NONE_GIVEN) -> Any:
    return _or_default(_moment, value, default=default)


def _as_timestamp(value: Any, default: Any = _NONE_GIVEN) -> Any:
    return _or_default(lambda one: _moment(one).timestamp(), value, default=default)


def _strptime(text: str, layout: str, default: Any = _NONE_GIVEN) -> Any:
    read = lambda one: datetime.strptime(one, layout).replace(tzinfo=UTC)  # noqa: E731 (short)
    return _or_default(read, text, default=default)


def _timestamp_custom(
    value: Any,
    layout: str = "%Y-%m-%d %H:%M:%S",
    _local: bool = True,
    default: Any = _NONE_GIVEN,
) -> Any:
    shown = lambda one: datetime.fromtimestamp(float(one), UTC).strftime(sized(layout))  # noqa: E731
    return _or_default(shown, value, default=default)


def _timestamp_text(value: Any, default: Any = _NONE_GIVEN) -> Any:
    shown = lambda one: datetime.fromtimestamp(float(one), UTC).isoformat()  # noqa: E731
    return _or_default(shown, value, default=default)


def _members(work: Callable[[set[Any], set[Any]], set[Any]]) -> Callable[..., list[Any]]:
    return lambda one, other: list(work(set(one), set(other)))


def _flat(value: Iterable[Any]) -> list[Any]:
    return [
        inner for one in value for inner in (_flat(one) if isinstance(one, list | tuple) else [one])
    ]


_BOTH: dict[str, Callable[..., Any]] = {
    "float": _float, "int": _int, "bool": _bool, "is_number": _is_number, "iif": _iif,
    **{
        name: _calculated(getattr(math, name))
        for name in ("sqrt", "sin", "cos", "tan", "asin", "acos", "atan")
    },
    "log": _log, "clamp": _clamp, "wrap": _wrap,
    "average": _of_several(statistics.fmean), "median": _of_several(statistics.median),
    "statistical_mode": _of_several(statistics.mode),
    "bitwise_and": lambda one, other: one & other,
    "bitwise_or": lambda one, other: one | other,
    "bitwise_xor": lambda one, other: one ^ other,
    "pack": _pack, "unpack": _unpack, "as_timestamp": _as_timestamp, "as_datetime": _as_datetime,
    "as_local": _moment, "strptime": _strptime, "slugify": slug, "set": set, "tuple": tuple,
    "typeof": lambda value: type(value).__name__, "flatten": _flat,
    "union": _members(set.union), "intersect": _members(set.intersection),
    "difference": _members(set.difference),
}  # fmt: skip
_FUNCTIONS: dict[str, Any] = {
    "min": _of_several(min), "max": _of_several(max), "e": math.e, "pi": math.pi, "tau": math.tau,
    "timedelta": timedelta, "zip": zip,
}  # fmt: skip
_FILTERS: dict[str, Callable[..., Any]] = {
    "round": _round, "add": _add, "multiply": _multiply, "is_defined": _is_defined,
    "from_json": _from_json, "to_json": _to_json, "tojson": _to_json, "from_hex": bytes.fromhex,
    "ord": ord, "contains": lambda value, one: one in value,
    "base64_encode": lambda value: base64.b64encode(str(value).encode()).decode(),
    "base64_decode": lambda value: base64.b64decode(value).decode(),
    "regex_match": _regex_match, "regex_search": _regex_search, "regex_replace": _regex_replace,
    "regex_findall": _regex_findall, "regex_findall_index": _regex_findall_index,
    "timestamp_custom": _timestamp_custom, "timestamp_local": _timestamp_text,
    "timestamp_utc": _timestamp_text,
}  # fmt: skip
_TESTS: dict[str, Callable[..., bool]] = {
    "is_number": _is_number, "match": _regex_match, "search": _regex_search,
    "contains": lambda value, one: one in value,
    "datetime": lambda value: isinstance(value, datetime),
    "list": lambda value: isinstance(value, list), "set": lambda value: isinstance(value, set),
    "tuple": lambda value: isinstance(value, tuple),
    "string_like": lambda value: isinstance(value, str | bytes),
}  # fmt: skip

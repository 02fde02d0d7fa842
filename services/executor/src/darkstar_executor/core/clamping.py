"""What an entity can be set to, and when two of its values are the same."""

from __future__ import annotations

import math
import re
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_EVEN, Decimal

from darkstar_executor.core.ears import number
from darkstar_executor.core.entities import Entity
from darkstar_executor.core.setting import Sense, Value

_ROUNDING = 1e-9
"""3 × 0.1 is a little more than 0.3."""
_DIGITS = 9
"""Behind the point: what is beyond them comes of computing, nobody has set it."""
_NO_LIMIT = -1.0
"""The minimum of a limit that can be none; its steps begin at 0 then."""
_TIME = re.compile(r"\d\d:\d\d(:\d\d)?")
_KINDS: dict[str, type | tuple[type, ...]] = {
    "switch": bool, "button": bool, "number": (int, float), "select": str, "text": str,
}  # fmt: skip


def clamped(value: float, entity: Entity, sense: Sense | None = None) -> float:
    """`value` on the entity's own steps, within its own range; twice is the same as once.

    A minimum of -1 with steps of more is no limit at all, so nothing else may be rounded to it.

    Args:
        value: In the entity's unit.
        entity: Who takes it.
        sense: Which way it is the safer, so the way to the next step; None: to the nearest.
    """
    low = -math.inf if entity.minimum is None else entity.minimum
    high = math.inf if entity.maximum is None else entity.maximum
    inside = min(max(value, low), high)
    step = _exact(entity.step or 0.0)
    if step <= 0:
        return inside
    lifted = low == _NO_LIMIT and step > 1
    if lifted and inside < 0:
        return _NO_LIMIT
    base = Decimal(0) if lifted or not math.isfinite(low) else _exact(low)
    steps = ((_exact(inside) - base) / step).to_integral_value(_rounding(sense, inside))
    if base + steps * step > _exact(high):
        steps -= 1
    return min(max(float(base + steps * step), low), high)


def _exact(figure: float) -> Decimal:
    """What is meant by `figure`: 0.3 / 0.1 are three steps, as are 3 * 0.1."""
    return Decimal(repr(round(figure, _DIGITS)))


def _rounding(sense: Sense | None, value: float) -> str:
    """A limit nears zero, a ceiling falls, a floor rises."""
    match sense:
        case "limit":
            return ROUND_FLOOR if value >= 0 else ROUND_CEILING
        case "ceiling":
            return ROUND_FLOOR
        case "floor":
            return ROUND_CEILING
        case None:
            return ROUND_HALF_EVEN


def unfit(value: Value, entity: Entity) -> str | None:
    """Why `entity` cannot be set to `value`, whatever is done to it; None when it can."""
    kind = _KINDS.get(entity.component, object)
    if not isinstance(value, kind) or (isinstance(value, bool) and kind not in {bool, object}):
        return f"{entity.entity_id} is a {entity.component}; {value!r} is none of its values"
    if entity.options and isinstance(value, str) and value not in entity.options:
        return f"{entity.entity_id} does not offer {value}; it has {', '.join(entity.options)}"
    if not isinstance(value, bool | str) and not math.isfinite(value):
        return f"{value} is no number to write"
    low, high = entity.minimum, entity.maximum
    if low is not None and high is not None and low > high:
        return f"{entity.entity_id} says that its range is from {low:g} to {high:g}"
    return None


def shown(entity: Entity, text: str | None) -> Value | None:
    """What an entity of a setting says it is set to, or None if it does not say."""
    if text is None:
        return None
    if entity.component == "switch":
        return {entity.state_on: True, entity.state_off: False}.get(text)
    return number(text) if entity.component == "number" else text


def same(one: Value | None, other: Value, entity: Entity, *, within: float = 0.0) -> bool:
    """Whether `one` is `other`, to half a step of the entity, or to `within`.

    A time is the same with seconds and without.
    """
    if isinstance(one, str) and isinstance(other, str):
        return one == other or (_minute(one) is not None and _minute(one) == _minute(other))
    if one is None or isinstance(one, bool | str) or isinstance(other, bool | str):
        return one is not None and type(one) is type(other) and one == other
    return abs(one - other) <= max(within, (entity.step or 0.0) / 2 + _ROUNDING)


def _minute(text: str) -> str | None:
    return text[:5] if _TIME.fullmatch(text) else None

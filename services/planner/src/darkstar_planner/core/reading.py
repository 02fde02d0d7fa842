"""From a problem written as JSON to a `Problem`, or one line that says what is wrong."""

from __future__ import annotations

import json
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from darkstar_planner.core.errors import ProblemError
from darkstar_planner.core.hint import hint_of
from darkstar_planner.core.problem import Problem

_DUMP = "darkstar_dump"
"""Only a dump of the gateway has this field."""
SLOT_FIELDS = frozenset(
    {"slot_hours", "import_price", "export_price", "load_kw", "pv_kw", "available"}
)


def read_problem(text: str | bytes) -> Problem:
    """The problem written in `text`, which may be that of a dump of the gateway.

    Raises:
        ProblemError: It cannot be read; names the field, the slot and the value.
    """
    try:
        problem = Problem.model_validate_json(_in_dump(text))
    except ValidationError as error:
        raise _first(error) from None
    hint_of(problem)
    return problem


def _in_dump(text: str | bytes) -> str | bytes:
    """The problem in a dump; anything else as it is.

    Raises:
        ProblemError: The dump has none; says why, as the dump does.
    """
    if _DUMP.encode() not in (text.encode() if isinstance(text, str) else text):
        return text
    try:
        said = json.loads(text)
    except (ValueError, RecursionError):
        return text
    if not isinstance(said, dict) or _DUMP not in said:
        return text
    if not isinstance(said.get("problem"), dict):
        raise ProblemError("problem", f"the dump has none. {said.get('problem_note', '')}".strip())
    return json.dumps(said["problem"])


def _first(error: ValidationError) -> ProblemError:
    """The first thing wrong, unknown fields before all others since they explain the rest."""
    found = error.errors(include_url=False)
    unknown = (each for each in found if each["type"] == "extra_forbidden")
    # of a field that may be an array or one number, only one complaint is to the point
    telling = (each for each in found if not _is_beside_the_point(each))
    one = next(unknown, None) or next(telling, found[0])
    field, slot = _path(one["loc"])
    if one["type"] == "extra_forbidden":
        return ProblemError(field, f"unknown field, with the value {_shown(one['input'])}")
    if one["type"] == "missing":
        return ProblemError(field, "is missing")
    if one["type"] == "json_invalid":
        return ProblemError("the problem", one["msg"])
    sentence = one["msg"].removeprefix("Value error, ")
    if not (one["type"] == "value_error" and isinstance(one["input"], dict)):
        sentence += f", got {_shown(one['input'])}"
    return ProblemError(field, sentence, slot=slot)


def _is_beside_the_point(one: ErrorDetails) -> bool:
    """Whether it only says that an array is no number, or a number no array."""
    no_number = one["type"] in {"int_type", "float_type"} and isinstance(one["input"], list)
    return no_number or one["type"] == "tuple_type"


def _path(location: tuple[int | str, ...]) -> tuple[str, int | None]:
    """`("batteries", 0, "id")` as `batteries[0].id`; the last number of an array is a slot."""
    parts = [part for part in location if not _is_branch(part)]
    slot = None
    if len(parts) > 1 and isinstance(parts[-1], int) and parts[-2] in SLOT_FIELDS:
        slot = int(parts.pop())
    path = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in parts)
    return path.removeprefix(".") or "the problem", slot


def _is_branch(part: int | str) -> bool:
    """Whether pydantic put it there to name the branch of a union."""
    return isinstance(part, str) and (part == "float" or part.startswith(("tuple[", "constrained")))


def _shown(value: Any) -> str:
    """`value` in at most one short line."""
    text = json.dumps(value, default=str)
    return text if len(text) <= 60 else f"{text[:57]}..."  # noqa: PLR2004 (one line of a terminal)

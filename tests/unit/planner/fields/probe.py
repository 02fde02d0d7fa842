"""What a probe of a problem's field is, and which fields there are."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias, get_args

from pydantic import BaseModel
from unit.planner.problems import a_document

from darkstar_planner.core.plan import plan
from darkstar_planner.core.problem import Problem
from darkstar_planner.core.reading import read_problem
from darkstar_planner.core.solution import Solution

Figure: TypeAlias = Callable[[Solution], object]

ABSENT: Any = object()
"""The field is not given."""


def cost(made: Solution) -> object:
    """The money [currency], to five decimals."""
    return round(made.cost, 5) + 0.0


def objective(made: Solution) -> object:
    """What was minimised [currency], to five decimals."""
    return round(made.objective, 5) + 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Probe:
    """A field, two values for it, and the figure each of them leads to, worked out by hand.

    Attributes:
        path: The field's, such as `batteries[].wear_cost_per_kwh`; `[]` is the first of a list.
        price: Import price of each slot; the rest of the house as `a_document` has it.
        house: What differs from that.
        values: Two values of the field.
        figures: What the plan comes to with the one and the other.
        figure: What is looked at.
    """

    path: str
    values: tuple[object, object]
    figures: tuple[object, object]
    price: tuple[float, ...] = (1.0, 3.0)
    house: Mapping[str, Any] = field(default_factory=dict)
    figure: Figure = cost

    def outcome(self, value: object) -> object:
        """The figure where the field has `value`."""
        document = json.loads(json.dumps(a_document(self.price) | dict(self.house)))
        return self.figure(plan(read_problem(json.dumps(changed(document, self.path, value)))))


def changed(document: dict[str, Any], path: str, value: object) -> dict[str, Any]:
    """`document` with `value` at `path`."""
    *sections, name = path.split(".")
    place: Any = document
    for section in sections:
        key = section.removesuffix("[]")
        place = place[key][0] if key != section else place.setdefault(key, {})
    if value is ABSENT:
        place.pop(name, None)
    else:
        place[name] = value
    return document


def paths(part: type[BaseModel] = Problem, prefix: str = "") -> Iterator[str]:
    """Every field that holds a value, at every depth."""
    for name, one in part.model_fields.items():
        inner = list(_models(one.annotation))
        several = "tuple" in str(one.annotation)
        for model in inner:
            yield from paths(model, f"{prefix}{name}{'[]' if several else ''}.")
        if not inner:
            yield f"{prefix}{name}"


def _models(annotation: object) -> Iterator[type[BaseModel]]:
    """The parts that an annotation speaks of."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for inner in get_args(annotation):
        yield from _models(inner)

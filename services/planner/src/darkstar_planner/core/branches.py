"""The futures of a problem: its own, and its scenarios, each with its weight."""

from __future__ import annotations

from dataclasses import dataclass, replace

from darkstar_planner.core.problem import Problem, Scenario

# below this a weight counts for nothing
LEAST_WEIGHT = 1e-9


@dataclass(frozen=True, slots=True, kw_only=True)
class Branch:
    """One future as a problem of its own.

    Attributes:
        weight: Its probability; together with the other branches' 1.
        scenarios: Numbers of the problem's scenarios that it stands for.
    """

    problem: Problem
    weight: float
    scenarios: tuple[int, ...] = ()

    @property
    def counts(self) -> bool:
        """Whether the expectation takes notice of it."""
        return self.weight > LEAST_WEIGHT


def branches(problem: Problem) -> tuple[Branch, ...]:
    """The futures of `problem`, its own first; those that are the same are one.

    The own future has the weight that the scenarios leave, which may be nothing.
    """
    left = 1.0 - sum(one.probability for one in problem.scenarios)
    own = _alone(problem, {})
    found = [Branch(problem=own, weight=max(0.0, left))]
    for number, scenario in enumerate(problem.scenarios):
        one = _alone(problem, _given(scenario))
        for place, known in enumerate(found):
            if _same(known.problem, one):
                weight = known.weight + scenario.probability
                numbers = (*known.scenarios, number)
                found[place] = replace(known, weight=weight, scenarios=numbers)
                break
        else:
            found.append(Branch(problem=one, weight=scenario.probability, scenarios=(number,)))
    return tuple(found)


def _given(scenario: Scenario) -> dict[str, tuple[float, ...]]:
    """The series in which `scenario` differs from the problem."""
    return {
        field: series
        for field in ("load_kw", "pv_kw", "import_price", "export_price")
        if (series := getattr(scenario, field)) is not None
    }


def _alone(problem: Problem, series: dict[str, tuple[float, ...]]) -> Problem:
    """`problem` without scenarios, with `series` in place of its own."""
    fields = {name: getattr(problem, name) for name in Problem.model_fields}
    return Problem(**fields | series | {"scenarios": (), "commit_slots": 1})


def _same(one: Problem, other: Problem) -> bool:
    return all(
        getattr(one, field) == getattr(other, field)
        for field in ("load_kw", "pv_kw", "import_price", "export_price")
    )

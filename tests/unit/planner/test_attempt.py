"""A solver that fails is one that found nothing: the house gets a plan all the same."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from ortools.math_opt.python import mathopt
from support.any_problem import a_slot_later, any_problem
from support.whole_plan import wrongs

from darkstar_planner.core.attempt import attempted, linear_attempt
from darkstar_planner.core.plan import plan
from darkstar_planner.core.reading import read_problem

LIMIT = mathopt.SolveParameters(time_limit=timedelta(seconds=3))
STUMBLES = 700_936
"""The simplex method ends "abnormal" on the second plan of this seed."""


class Solver:
    """Fails with each of `failures` in turn, then answers; knows how it was asked."""

    def __init__(self, *failures: Exception) -> None:
        self.failures, self.asked = list(failures), list[mathopt.SolveParameters]()

    def __call__(self, parameters: mathopt.SolveParameters) -> mathopt.SolveResult:
        self.asked.append(parameters)
        if self.failures:
            raise self.failures.pop(0)
        model = mathopt.Model()
        model.add_variable(lb=1.0)
        return mathopt.solve(model, mathopt.SolverType.GLOP)


def stumbled() -> AttributeError:
    return AttributeError("no such attribute", name="canonical_code", obj=None)


@pytest.mark.parametrize("failure", [RuntimeError("abnormal"), stumbled()])
def test_a_failure_of_the_solver_is_no_answer(failure: Exception) -> None:
    assert attempted(Solver(failure), LIMIT) is None
    assert attempted(Solver(), LIMIT) is not None


def test_a_mistake_of_ours_is_none_of_the_solvers() -> None:
    with pytest.raises(AttributeError, match="wrong_name"):
        attempted(Solver(AttributeError("wrong_name", name="wrong_name", obj=None)), LIMIT)


def test_a_linear_model_is_tried_with_the_other_algorithm() -> None:
    solver = Solver(stumbled())
    found = linear_attempt(solver, LIMIT)
    assert found is not None
    assert found.has_primal_feasible_solution()
    first, second = solver.asked
    assert first.lp_algorithm is None
    assert second.lp_algorithm is mathopt.LPAlgorithm.DUAL_SIMPLEX
    assert second.time_limit == first.time_limit
    assert linear_attempt(Solver(stumbled(), RuntimeError()), LIMIT) is None


def test_a_problem_on_which_the_solver_fails_is_planned() -> None:
    document = any_problem(STUMBLES)
    first = plan(read_problem(json.dumps(document)))
    later = a_slot_later(document, first.model_dump(mode="json"))
    assert wrongs(later, plan(read_problem(json.dumps(later)))) == []

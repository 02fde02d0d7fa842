"""Running a solver that may fail: an answer, or None, and never an exception of its own.

A plan is made with what is at hand, so a solver that gives up on a model for reasons of
numerics is no more than one that ran out of time.
"""

from __future__ import annotations

from collections.abc import Callable

from ortools.math_opt.python import mathopt

Attempt = Callable[[mathopt.SolveParameters], mathopt.SolveResult]

_STUMBLED = "canonical_code"
"""ortools 9.15 trips over this name where it would raise the solver's failure."""


def attempted(solve: Attempt, parameters: mathopt.SolveParameters) -> mathopt.SolveResult | None:
    """What `solve` answers; None if the solver fails.

    Raises:
        AttributeError: A mistake of ours, not the solver's failure.
    """
    try:
        return solve(parameters)
    except RuntimeError:
        return None
    except AttributeError as error:
        if error.name != _STUMBLED:
            raise
        return None


def linear_attempt(
    solve: Attempt, parameters: mathopt.SolveParameters
) -> mathopt.SolveResult | None:
    """`attempted` for a linear model: where one algorithm fails, the other is tried."""
    found = attempted(solve, parameters)
    if found is not None:
        return found
    other = mathopt.SolveParameters(
        time_limit=parameters.time_limit,
        lp_algorithm=mathopt.LPAlgorithm.DUAL_SIMPLEX,
        presolve=mathopt.Emphasis.OFF,
    )
    return attempted(solve, other)

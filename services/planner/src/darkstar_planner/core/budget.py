"""How long a plan may still take."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(slots=True, kw_only=True)
class Budget:
    """The time of one plan, which nothing in the core can read by itself.

    Whoever has a clock hands in `elapsed`, and all work counts; else the time that the
    solvers say they took does, which is most of it.

    Attributes:
        limit: The whole time [s].
        elapsed: Time since the planning began [s].
        solver: Time in the solvers so far [s].
    """

    limit: float
    elapsed: Callable[[], float] | None = None
    solver: float = 0.0

    @property
    def left(self) -> float:
        """Time left [s]; negative when it was exceeded."""
        return self.limit - (self.solver if self.elapsed is None else self.elapsed())

    def take(self, seconds: float) -> None:
        """Count `seconds` in a solver."""
        self.solver += seconds

    def part(self, share: float) -> Budget:
        """A budget of `share` of what is left; what it takes of the solvers is counted on."""
        limit = self.limit - (1 - share) * self.left
        return Budget(limit=limit, elapsed=self.elapsed, solver=self.solver)

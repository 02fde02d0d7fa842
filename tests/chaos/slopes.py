"""Whether a process grows: the slope of its memory and open files, deaf to single peaks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from statistics import median

MANY = 400
"""Points beyond which only so many, evenly spread, are compared with each other."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """What a process had at one moment.

    Attributes:
        days: since the start of the measurement, in the house's time [days].
        resident_mib: memory [MiB].
        files: open file descriptors.
    """

    days: float
    resident_mib: float
    files: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Growth:
    """How a process changed over a measurement.

    Attributes:
        first_mib, last_mib: median memory of the first and the last fifth of it [MiB].
        mib_per_day: by which it grew [MiB a simulated day].
        files_per_day: by how many it had more open [a simulated day].
        most_files: that it had open at once.
    """

    first_mib: float
    last_mib: float
    mib_per_day: float
    files_per_day: float
    most_files: float


def slope(points: Sequence[tuple[float, float]]) -> float:
    """The median of the slopes between all pairs (Theil 1950, Sen 1968); 0 for fewer than two.

    A third of the points may be anything, and it is still the slope of the others.
    """
    stride = max(1, len(points) // MANY)
    some = points[::stride]
    slopes = [(b[1] - a[1]) / (b[0] - a[0]) for a, b in combinations(some, 2) if b[0] > a[0]]
    return median(slopes) if slopes else 0.0


def growth(samples: Sequence[Sample], *, warm_up_days: float) -> Growth:
    """What the samples after the warm-up say.

    Raises:
        ValueError: There are fewer than ten of them.
    """
    some = [one for one in samples if one.days >= warm_up_days]
    if len(some) < 10:
        raise ValueError(
            f"{len(some)} samples after a warm-up of {warm_up_days:g} days say nothing; "
            "measure for longer"
        )
    fifth = len(some) // 5
    return Growth(
        first_mib=median(one.resident_mib for one in some[:fifth]),
        last_mib=median(one.resident_mib for one in some[-fifth:]),
        mib_per_day=slope([(one.days, one.resident_mib) for one in some]),
        files_per_day=slope([(one.days, one.files) for one in some]),
        most_files=max(one.files for one in some),
    )


def leaks(name: str, found: Growth, *, mib_per_day: float, files_per_day: float) -> Sequence[str]:
    """A sentence for each bound that is passed."""
    sentences = []
    if found.mib_per_day > mib_per_day:
        sentences.append(
            f"{name} grows by {found.mib_per_day:.2f} MiB a day, more than {mib_per_day:g}"
        )
    if found.files_per_day > files_per_day:
        sentences.append(
            f"{name} opens {found.files_per_day:.2f} files more every day, "
            f"more than {files_per_day:g}"
        )
    return sentences

"""When what is missing is looked for again: soon, then later and later, and houses differ."""

from __future__ import annotations

import random
from datetime import datetime, time, timedelta

from darkstar_common.config import Config

SHORTEST, LONGEST = timedelta(minutes=5), timedelta(hours=1)
"""Times until a day that is due is asked for again."""
LAG = timedelta(minutes=5)
"""Houses that ask a service of all look for tomorrow up to so much after its time."""
_STRETCH = 0.2
"""Their pauses are up to so much longer."""
ONLINE = frozenset({"nordpool", "energy_charts"})
"""Sources that many houses ask."""


class Patience:
    """Growing pauses; of a house whose source is asked by many, a little different from others'.

    What is different about a house comes from the name of its site, so a test, and a restart,
    sees the same times again.
    """

    def __init__(self, config: Config) -> None:
        shared = bool(ONLINE.intersection(config.prices.sources))
        self._chance = random.Random(f"{config.site} {config.tariff.area}")  # noqa: S311 (no secret)
        self._stretch = _STRETCH if shared else 0.0
        lag = LAG * self._chance.random() if shared else timedelta(0)
        self.publication = later(time.fromisoformat(config.prices.published_at), lag)
        self._tries = 0

    def begun(self) -> timedelta:
        """The pause after a first try."""
        self._tries = 0
        return self.longer()

    def longer(self) -> timedelta:
        """The pause after one more try."""
        doubled = SHORTEST * float(2 ** min(self._tries, 10))
        self._tries += 1
        return min(LONGEST, doubled) * (1 + self._stretch * self._chance.random())


def later(moment: time, lag: timedelta) -> time:
    """`moment` and `lag`, but on the same day.

    Example:
        >>> later(time(23, 58), timedelta(minutes=5))
        datetime.time(23, 59)
    """
    day = datetime(2000, 1, 1)  # noqa: DTZ001 (any day; only the time counts)
    shifted = datetime.combine(day, moment) + lag
    return shifted.time() if shifted.date() == day.date() else time(23, 59)

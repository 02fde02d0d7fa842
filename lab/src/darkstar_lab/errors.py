"""What the lab refuses.

LabError
├── PeriodError   the file does not hold the days that were asked for
└── PolicyError   there is no policy of that name
"""

from __future__ import annotations


class LabError(Exception):
    """Something asked of the lab cannot be done; the message says what and the way out."""


class PeriodError(LabError):
    """The days asked for are not in the file, or too close to its start to forecast from."""


class PolicyError(LabError):
    """A policy that does not exist."""

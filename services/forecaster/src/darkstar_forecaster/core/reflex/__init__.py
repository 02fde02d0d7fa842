"""Reflex: the slow tuning of what drifts, each figure by evidence of its own."""

from darkstar_forecaster.core.reflex.bounds import Rule, rules
from darkstar_forecaster.core.reflex.learnings import Learnings, Refused
from darkstar_forecaster.core.reflex.observed import Look, forecasts, house
from darkstar_forecaster.core.reflex.weigh import LONGEST, weigh

__all__ = [
    "LONGEST",
    "Learnings",
    "Look",
    "Refused",
    "Rule",
    "forecasts",
    "house",
    "rules",
    "weigh",
]

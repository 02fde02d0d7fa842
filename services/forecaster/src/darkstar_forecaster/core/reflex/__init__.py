"""Reflex: the slow tuning of what drifts, each figure by evidence of its own."""

from darkstar_forecaster.core.reflex.bounds import Rule, rules
from darkstar_forecaster.core.reflex.learnings import Learnings, Refused

__all__ = ["Learnings", "Refused", "Rule", "rules"]

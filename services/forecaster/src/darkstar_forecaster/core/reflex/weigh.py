"""From evidence to proposals: one step at a time, within the bounds."""

from __future__ import annotations

from darkstar_common.contract import Proposal
from darkstar_forecaster.core.reflex.bias import pv_factor
from darkstar_forecaster.core.reflex.evenings import load_factor
from darkstar_forecaster.core.reflex.observed import Evidence, Look
from darkstar_forecaster.core.reflex.round_trip import efficiencies
from darkstar_forecaster.core.reflex.swings import capacity
from darkstar_forecaster.core.reflex.worth import wear

LONGEST = 60
"""So far back evidence reaches [days]."""
_SAME = 1e-6


def weigh(look: Look) -> tuple[Proposal, ...]:
    """What is proposed at `look.now`."""
    found = (_proposal(look, one) for one in evidence(look))
    return tuple(one for one in found if one is not None)


def evidence(look: Look) -> list[Evidence]:
    """That figures should be others; nothing of those that may stay as they are."""
    found = [load_factor(look), capacity(look), *efficiencies(look), wear(look)]
    if look.config.has_solar:
        found.append(pv_factor(look))
    return [one for one in found if one is not None]


def _proposal(look: Look, one: Evidence) -> Proposal | None:
    rule, current = look.rules[one.parameter], look.current(one.parameter)
    proposed = rule.towards(one.wanted, current=current)
    if abs(proposed - current) < _SAME:
        return None
    return Proposal(
        parameter=one.parameter,
        current=current,
        proposed=proposed,
        lowest=rule.lowest,
        highest=rule.highest,
        proposed_at=look.now,
        evidence=one.sentence,
        samples=one.samples,
        figures=dict(one.figures),
    )

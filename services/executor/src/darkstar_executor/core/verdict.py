"""What to do about one setting: leave it, write it, wait for it, or give it up for a while."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Literal

from darkstar_executor.core.case import Case
from darkstar_executor.core.clamping import unfit
from darkstar_executor.core.sent import FIGHT, HOUR, Sent

ATTEMPTS = 3
DEAF = 10
"""Without a word from the house an attempt lasts so many times longer: perhaps we hear nothing."""

Result = Literal["written", "unchanged", "shadow", "held_back", "unbound", "not_confirmed"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What is done about a setting.

    Attributes:
        sends: Whether it is written.
        wears: Whether that counts as a write of the day; a keep-alive does not.
        worn: It is held back since its entity was written often enough today.
    """

    result: Result
    detail: str = ""
    sends: bool = False
    wears: bool = True
    worn: bool = False


def judge(case: Case) -> Verdict:
    """What to do about the setting of `case`, others apart."""
    wrong = unfit(case.value, case.entity)
    if wrong is not None:
        return Verdict(result="held_back", detail=wrong)
    verdict = _wish(case)
    if verdict.sends and not case.reachable:
        return held_back(f"{case.entity.entity_id} says it is unavailable")
    if verdict.sends and verdict.wears and case.used_up and not case.calms:
        detail = f"{case.entity.entity_id} was written {case.today} times today"
        return Verdict(result="held_back", detail=detail, worn=True)
    return verdict


def remembered(case: Case, verdict: Verdict) -> Sent | None:
    """What is to be known of the entity after `verdict`."""
    last, now = case.last, case.now
    if last is not None and verdict.result == "not_confirmed":
        return last if last.failed else replace(last, at=now, failed=True, troubled=True)
    if not verdict.sends:
        return last
    unseen = case.manners.shadow or case.entity.state_topic is None
    sent = Sent(
        value=case.value,
        at=now,
        confirmed=unseen or case.near(case.shown),
        was=case.shown,
        afloat=case.afloat,
    )
    if last is None:
        return sent
    sent = replace(sent, troubled=last.troubled)
    if not case.near(last.value):
        return sent
    fought = last.reverted if abs(now - last.at) < HOUR else 0
    if last.confirmed:
        return replace(sent, reverted=fought + (0 if case.near(case.shown) else 1))
    return replace(sent, attempts=last.attempts + 1, reverted=fought)


def held_back(detail: str) -> Verdict:
    """It would be written, but for `detail`."""
    return Verdict(result="held_back", detail=detail)


def _wish(case: Case) -> Verdict:
    last = case.last
    passed = abs(case.now - last.at) if last else timedelta.max  # a clock may be set back
    if last is not None and case.near(last.value):
        if last.failed:
            return _resting(case, last)
        if not last.confirmed:
            return _waiting(case, last, passed)
    if case.near(case.standing):
        return _set_already(case, passed)
    if last is not None and case.near(last.value) and last.reverted >= FIGHT and passed < HOUR:
        return Verdict(result="not_confirmed", detail=_fought_over(case))
    hurry = case.manners.urgent or case.setting.calm
    if passed < case.manners.min_interval and not hurry:
        return held_back(f"written {passed.total_seconds():.0f} s ago")
    return Verdict(result="written", sends=True)


def _set_already(case: Case, passed: timedelta) -> Verdict:
    if case.manners.again and not case.manners.shadow:
        return Verdict(result="written", detail="the house does not follow it", sends=True)
    refresh = case.setting.refresh
    if refresh is not None and passed >= refresh and not case.manners.shadow:
        return Verdict(result="unchanged", detail="kept alive", sends=True, wears=False)
    return Verdict(result="unchanged")


def _resting(case: Case, last: Sent) -> Verdict:
    if last.rests(case.now) or not case.reachable:
        detail = _fought_over(case) if last.reverted >= FIGHT else _not_shown(case, last.attempts)
        return Verdict(result="not_confirmed", detail=detail)
    return Verdict(result="written", detail="tried again after a rest", sends=True)


def _waiting(case: Case, last: Sent, passed: timedelta) -> Verdict:
    limit = case.manners.confirm_within * min(last.attempts, ATTEMPTS)
    if passed < limit:
        return Verdict(result="unchanged", detail="sent, not shown yet")
    if not case.reachable:
        return held_back(f"{case.entity.entity_id} says it is unavailable")
    if not case.heard and passed < DEAF * limit:
        return held_back("sent, and nothing was heard of the house since")
    if last.attempts < ATTEMPTS:
        detail = f"attempt {last.attempts + 1} of {ATTEMPTS}"
        return Verdict(result="written", detail=detail, sends=True)
    return Verdict(result="not_confirmed", detail=_not_shown(case, last.attempts))


def _not_shown(case: Case, attempts: int) -> str:
    seen = "nothing" if case.shown is None else f"{case.shown}"
    return f"{case.entity.entity_id} was set to {case.value} {attempts} times and shows {seen}"


def _fought_over(case: Case) -> str:
    return (
        f"{case.entity.entity_id} was set to {case.value} {FIGHT} times within an hour and each "
        f"time something else changed it, to {case.shown} at last"
    )
